/**
 * Delivery lanes against a bare loop of http.request and HMAC with bodies of the same size and no database, in the same run on the same machine: the
 * ratio is the figure, absolute rates belong to the machine. A durable database, the receiver in a process of its own.
 */
import { createHmac } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase } from "../src/db/connect.ts";
import type { Database } from "../src/db/database.ts";
import { fanOutStep } from "../src/delivery/fan-out.ts";
import { aTenant, apply, startDelivery } from "../test/support/delivery.ts";
import { startEventSource } from "./delivery/event-source.ts";
import { startReceiver } from "./delivery/receiver-process.ts";
import { startBenchDatabase } from "./measure/database.ts";
import type { Figure } from "./measure/figures.ts";
import { latencyFigures, printFigures } from "./measure/figures.ts";
import { withPeakMemory } from "./measure/memory.ts";

const concurrency = 32;
const backlog = 5000;
/** Of the event's own data; with the envelope around it a body has about 2 KB. */
const paddingBytes = 1500;
const envelopeBytes = 450;
const bareKey = Buffer.alloc(32, 7);

const place = await startBenchDatabase();
const database = openDatabase(place.appUrl);
const source = await startEventSource(place.ownerUrl, paddingBytes);
const receiver = await startReceiver();

/** One signed POST by Node's own client, its answer read to the end. */
async function barePost(agent: Agent, id: string, body: Buffer, path = "/bare"): Promise<void> {
  const seconds = Math.floor(Date.now() / 1000);
  const mac = createHmac("sha256", bareKey).update(`${id}.${seconds}.`).update(body).digest("base64");
  const headers = {
    "content-length": body.length,
    "webhook-id": id,
    "webhook-timestamp": seconds,
    "webhook-signature": `v1,${mac}`,
  };
  const sent = request(`${receiver.url}${path}`, { agent, method: "POST", headers });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  await once(answer.resume(), "end");
}

/** The bare loop: the same signature, size and concurrency, and nothing else. Requests per second. */
async function bareRate(count: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const body = Buffer.from(JSON.stringify({ padding: "x".repeat(paddingBytes), envelope: "y".repeat(envelopeBytes) }));
  const done = receiver.counted(count);
  const startedAtMs = Date.now();
  let left = count;
  const send = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await barePost(agent, `evt_${left}`, body);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, send));
  const perSecond = (count * 1000) / ((await done) - startedAtMs);
  agent.destroy();
  return perSecond;
}

/** Counts the statements that run through the worker pool. */
function counting(inner: Database): { readonly database: Database; readonly statements: () => number } {
  let statements = 0;
  const query: Database["worker"]["query"] = (text, values) => {
    statements += 1;
    return inner.worker.query(text, values);
  };
  return { database: { ...inner, worker: { ...inner.worker, query } }, statements: () => statements };
}

async function dealOut(): Promise<void> {
  while ((await fanOutStep({ pool: database.worker, topicEvents: () => undefined }))?.more === true);
}

interface Lanes {
  readonly tenant: string;
  readonly count: number;
  /** Endpoints beside them that never answer. */
  readonly hanging?: number;
}

/** Endpoints that share the concurrency, each owed its part of the backlog, already dealt out. */
async function prepareBacklog({ tenant, count, hanging = 0 }: Lanes, events: number): Promise<void> {
  const endpoint = (path: string, id: string, most: number) => ({
    id,
    url: `${receiver.url}${path}`,
    events: ["*"],
    concurrency: most,
    ratePerSecond: 100_000,
  });
  const share = Math.ceil(concurrency / count);
  const healthy = Array.from({ length: count }, (_, index) => endpoint("/hook", `e${index}`, share));
  const stuck = Array.from({ length: hanging }, (_, index) => endpoint("/hang", `h${index}`, 4));
  await apply(database, aTenant(tenant, [...healthy, ...stuck]));
  await source.add(tenant, events / count);
  await dealOut();
}

interface Cleared {
  readonly perSecond: number;
  readonly statementsEach: number;
}

/** Lets lanes clear what is owed. */
async function clearBacklog(events: number): Promise<Cleared> {
  const watched = counting(database);
  const done = receiver.counted(events);
  const startedAtMs = Date.now();
  const delivery = startDelivery(watched.database);
  const perSecond = (events * 1000) / ((await done) - startedAtMs);
  await delivery.stop(0);
  return { perSecond, statementsEach: watched.statements() / events };
}

async function laneRate(name: string, lanes: Lanes, events = backlog): Promise<readonly Figure[]> {
  await prepareBacklog(lanes, events);
  const bare = await withPeakMemory(() => bareRate(events));
  const ours = await withPeakMemory(() => clearBacklog(events));
  await source.forget(lanes.tenant);
  const baseline = "bare loop: http.request and HMAC, same size, no database";
  return [
    {
      figure: `${name}: deliveries`,
      value: ours.value.perSecond,
      unit: "/s",
      baseline: { name: baseline, value: bare.value },
    },
    { figure: `${name}: statements each`, value: ours.value.statementsEach, unit: "" },
    {
      figure: `${name}: peak memory`,
      value: ours.peakMegabytes,
      unit: "MB",
      baseline: { name: baseline, value: bare.peakMegabytes },
    },
  ];
}

interface Pace {
  readonly perSecond: number;
  readonly seconds: number;
}

/** From the event's position being visible to its arrival, in ms, at a steady rate, with endpoints that hang beside it. */
async function arrivals(tenant: string, { perSecond, seconds }: Pace, hanging: number): Promise<readonly number[]> {
  const stuck = Array.from({ length: hanging }, (_, index) => ({ id: `h${index}`, url: `${receiver.url}/hang` }));
  const endpoints = [{ id: "timed", url: `${receiver.url}/timed` }, ...stuck];
  await apply(
    database,
    aTenant(
      tenant,
      endpoints.map((endpoint) => ({ ...endpoint, events: ["*"], ratePerSecond: 1000 })),
    ),
  );
  const total = perSecond * seconds;
  const arrived = receiver.arrivals(total);
  const delivery = startDelivery(database);
  const visibleAtMs = new Map<string, number>();
  const startedAtMs = performance.now();
  for (let index = 0; index < total; index += 1) {
    await delay(Math.max(0, startedAtMs + (index * 1000) / perSecond - performance.now()));
    const [id] = await source.add(tenant, 1);
    if (id !== undefined) visibleAtMs.set(id, Date.now());
    delivery.wake();
  }
  const atMs = await arrived;
  await delivery.stop(0);
  // An arrival can be seen before the statement that made it visible has answered here.
  return [...atMs].map(([id, at]) => Math.max(0, at - (visibleAtMs.get(id) ?? at)));
}

/** What a POST takes by itself: the floor of any arrival. */
async function bareArrivals({ perSecond, seconds }: Pace): Promise<readonly number[]> {
  const total = perSecond * seconds;
  const arrived = receiver.arrivals(total);
  const agent = new Agent({ keepAlive: true });
  const sentAtMs = new Map<string, number>();
  for (let index = 0; index < total; index += 1) {
    const id = `bare_${index}`;
    sentAtMs.set(id, Date.now());
    await barePost(agent, id, Buffer.from("{}"), "/timed");
    await delay(1000 / perSecond);
  }
  const atMs = await arrived;
  agent.destroy();
  return [...atMs].map(([id, at]) => Math.max(0, at - (sentAtMs.get(id) ?? at)));
}

try {
  // Cold code would be measured else: the first thousands of requests run at a fraction of the later rate.
  await bareRate(backlog);
  await laneRate("warm-up", { tenant: "warm-up", count: 4 }, 4000);
  const pace: Pace = { perSecond: 50, seconds: 4 };
  printFigures("delivery", [
    ...(await laneRate("1 endpoint", { tenant: "one", count: 1 })),
    ...(await laneRate("20 endpoints", { tenant: "twenty", count: 20 })),
    ...(await laneRate("20 beside 1 that hangs", { tenant: "beside", count: 20, hanging: 1 })),
    ...latencyFigures("a bare POST", await bareArrivals(pace)),
    ...latencyFigures("arrival at 50/s", await arrivals("arrival", pace, 0)),
    ...latencyFigures("arrival at 50/s beside 19 that hang", await arrivals("arrival-beside", pace, 19)),
  ]);
} finally {
  receiver.stop();
  await database.close();
  await source.close();
  await place.drop();
}
// Requests to endpoints that hang are still open.
process.exit(0);
