/**
 * FHIR notifications: how many a second, by rest-hook beside a bare loop of POSTs and by websocket, and what 10,000 Subscriptions
 * and 1,000 open sockets cost the server's process in memory.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openDatabase } from "../../src/db/connect.ts";
import type { Database } from "../../src/db/database.ts";
import { bareName, bareRate } from "../delivery/bare-loop.ts";
import type { Receiver } from "../delivery/receiver-process.ts";
import { startReceiver } from "../delivery/receiver-process.ts";
import { startBenchDatabase } from "../measure/database.ts";
import type { Figure } from "../measure/figures.ts";
import { openSockets } from "./sockets.ts";
import type { Publisher } from "./subscriptions.ts";
import { makeSubscriptions, startPublisher } from "./subscriptions.ts";

const many = 10_000;
const filteredEvents = 500;
const fanned = { subscriptions: 200, events: 50 } as const;
const sockets = { count: 1000, events: 20, perClient: 100 } as const;
/** About what an id-only notification takes. */
const bodyBytes = 1200;

async function megabytes(server: ChildProcess): Promise<number> {
  server.send("memory");
  const [answer] = (await once(server, "message")) as [{ readonly megabytes: number }];
  return answer.megabytes;
}

async function perSecond(count: number, work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return (count * 1000) / (performance.now() - startedAtMs);
}

interface Bed {
  readonly database: Database;
  readonly publisher: Publisher;
  readonly receiver: Receiver;
  readonly server: ChildProcess;
  /** Of the server. */
  readonly base: string;
}

const hooks = ({ receiver }: Bed) =>
  ({ kind: "rest-hook", url: `${receiver.url}/hook`, client: (index: number) => `c${index % 100}` }) as const;

/** Publishes, and waits for so many notifications. */
async function received({ receiver, publisher }: Bed, tenant: string, events: number, count: number): Promise<void> {
  const all = receiver.counted(count);
  await publisher.publish(tenant, events);
  await all;
}

/** Each event for each of some Subscriptions. */
async function fannedFigures(bed: Bed): Promise<readonly Figure[]> {
  const { subscriptions, events } = fanned;
  await makeSubscriptions(bed.database, { ...hooks(bed), tenant: "fanned", count: subscriptions, byPatient: false });
  await bed.publisher.activate();
  const total = subscriptions * events;
  const bare = await bareRate(bed.receiver, total, subscriptions, bodyBytes);
  const value = await perSecond(total, async () => received(bed, "fanned", events, total));
  const baseline = { name: bareName, value: bare };
  return [{ figure: `rest-hook notifications, ${subscriptions} Subscriptions`, value, unit: "/s", baseline }];
}

/** Each event for one of very many Subscriptions. */
async function manyFigures(bed: Bed): Promise<readonly Figure[]> {
  const before = await megabytes(bed.server);
  await makeSubscriptions(bed.database, { ...hooks(bed), tenant: "many", count: many, byPatient: true });
  await bed.publisher.activate();
  const startedAtMs = performance.now();
  await received(bed, "many", 1, 1);
  const oneMs = performance.now() - startedAtMs;
  const rate = await perSecond(filteredEvents, async () => received(bed, "many", filteredEvents, filteredEvents));
  const baseline = { name: `with ${fanned.subscriptions}`, value: before };
  return [
    { figure: `an event that 1 of ${many} Subscriptions wants, until it arrives`, value: oneMs, unit: "ms" },
    { figure: `${filteredEvents} such events, each for another one`, value: rate, unit: "/s" },
    { figure: `memory with ${many} Subscriptions`, value: await megabytes(bed.server), unit: "MB", baseline },
  ];
}

/** Each event for each of many open sockets. */
async function socketFigures(bed: Bed): Promise<readonly Figure[]> {
  const client = (index: number): string => `c${index}`;
  const wanted = { tenant: "sockets", kind: "websocket", url: "", byPatient: false, client } as const;
  const count = sockets.count / sockets.perClient;
  const subscriptions = await makeSubscriptions(bed.database, { ...wanted, count });
  await bed.publisher.activate();
  const before = await megabytes(bed.server);
  const each = Array.from({ length: sockets.count }, (_, index) => {
    const at = Math.floor(index / sockets.perClient);
    return { client: client(at), subscription: subscriptions[at] ?? "" };
  });
  const open = await openSockets(bed.base, "sockets", each);
  const perSocket = (((await megabytes(bed.server)) - before) * 1024) / sockets.count;
  const rate = await perSecond(sockets.count * sockets.events, async () => {
    const all = open.told(sockets.events);
    await bed.publisher.publish("sockets", sockets.events);
    await all;
  });
  open.close();
  return [
    { figure: `websocket notifications, ${sockets.count} sockets`, value: rate, unit: "/s" },
    { figure: `memory of an open socket, of ${sockets.count}`, value: perSocket, unit: "KB" },
  ];
}

/** Runs it all on a database of its own. */
export async function notificationFigures(): Promise<readonly Figure[]> {
  const place = await startBenchDatabase();
  const database = openDatabase(place.appUrl);
  const publisher = await startPublisher(place.ownerUrl);
  const receiver = await startReceiver();
  const env = { ...process.env, BENCH_DATABASE_URL: place.appUrl };
  const server = fork(join(import.meta.dirname, "subscription-process.ts"), { env, execArgv: ["--expose-gc"] });
  try {
    const [{ port }] = (await once(server, "message")) as [{ readonly port: number }];
    const bed: Bed = { database, publisher, receiver, server, base: `http://127.0.0.1:${port}` };
    return [...(await fannedFigures(bed)), ...(await manyFigures(bed)), ...(await socketFigures(bed))];
  } finally {
    server.kill();
    receiver.stop();
    await publisher.close();
    await database.close();
    await place.drop();
  }
}
