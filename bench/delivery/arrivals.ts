/** From the commit of an event to its arrival, along the whole way: log, sequencer, wake-up, fan-out, lane, POST. */
import { setTimeout as delay } from "node:timers/promises";
import { createEventLog } from "../../src/events/log.ts";
import { startSequencer } from "../../src/events/sequencer.ts";
import { createWakeUp } from "../../src/events/wake-up.ts";
import { aTenant, apply, startDelivery, testSealer } from "../../test/support/delivery.ts";
import type { Site } from "./backlog.ts";

export interface Steady {
  readonly tenant: string;
  /** Endpoints that answer; each gets every event. */
  readonly endpoints: number;
  /** Endpoints beside them that never answer. */
  readonly hanging: number;
  /** To all healthy endpoints together. */
  readonly deliveriesPerSecond: number;
  readonly seconds: number;
  readonly paddingBytes: number;
}

const exactNow = (): number => performance.timeOrigin + performance.now();
const warmUp = 10;

async function addEndpoints({ database, receiver }: Site, steady: Steady): Promise<void> {
  const named = (path: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ id: `${path}${index}`, url: `${receiver.url}/${path}/${index}` }));
  const endpoints = [...named("timed", steady.endpoints), ...named("hang", steady.hanging)];
  await apply(
    database,
    aTenant(
      steady.tenant,
      endpoints.map((endpoint) => ({ ...endpoint, events: ["*"], ratePerSecond: 1000 })),
    ),
  );
}

/** @returns one duration in ms for each delivery to a healthy endpoint */
export async function arrivals(site: Site, steady: Steady): Promise<readonly number[]> {
  const { database, source, receiver } = site;
  const { tenant, endpoints } = steady;
  await addEndpoints(site, steady);
  await source.addJob(tenant);
  const wakeUp = createWakeUp(database);
  const sequencer = startSequencer({ database, wakeUp, leaveMs: 5 });
  const log = createEventLog({ reader: database.worker, sealer: testSealer });
  const delivery = startDelivery(database, { wakeUp });
  const committedAtMs = new Map<string, number>();
  const append = async (): Promise<void> => {
    const data = { padding: "x".repeat(steady.paddingBytes) };
    const [event] = await database.http.transaction(tenant, (tx) =>
      log.append(tx, tenant, "job", [{ type: "summary.signed", data }]),
    );
    const atMs = exactNow();
    wakeUp.notify("appended");
    if (event !== undefined) committedAtMs.set(event.id, atMs);
  };

  const warm = receiver.arrivals(warmUp * endpoints);
  for (let index = 0; index < warmUp; index += 1) {
    await append();
    await delay(100);
  }
  await warm;
  committedAtMs.clear();

  const perSecond = steady.deliveriesPerSecond / endpoints;
  const total = Math.round(perSecond * steady.seconds);
  const arrived = receiver.arrivals(total * endpoints);
  const startedAtMs = performance.now();
  for (let index = 0; index < total; index += 1) {
    await delay(Math.max(0, startedAtMs + (index * 1000) / perSecond - performance.now()));
    await append();
  }
  const came = await arrived;
  await delivery.stop(0);
  await sequencer.stop();
  await wakeUp.close();
  await source.forget(tenant);
  // An arrival can be seen before the commit has answered here.
  return came.map(({ id, atMs }) => Math.max(0, atMs - (committedAtMs.get(id) ?? atMs)));
}
