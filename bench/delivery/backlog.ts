/** Lanes that clear a backlog: how fast, with how many statements, how much CPU time and memory. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { z } from "zod";
import type { Database } from "../../src/db/database.ts";
import { fanOutStep } from "../../src/delivery/fan-out.ts";
import { aTenant, apply, startDelivery } from "../../test/support/delivery.ts";
import type { CpuMeter } from "../measure/cpu.ts";
import type { EventSource } from "./event-source.ts";
import type { Receiver } from "./receiver-process.ts";

export interface Site {
  readonly database: Database;
  readonly source: EventSource;
  readonly receiver: Receiver;
  readonly cpu: CpuMeter;
}

export interface Backlog {
  readonly tenant: string;
  /** Deliveries owed to healthy endpoints, in all. */
  readonly deliveries: number;
  readonly endpoints: number;
  /** Endpoints beside them that never answer; each is owed the same events. */
  readonly hanging?: number;
  /** Of the event's own data. */
  readonly paddingBytes: number;
  /** Requests in flight to all healthy endpoints together. */
  readonly concurrency: number;
}

export interface Cleared {
  readonly perSecond: number;
  readonly statementsEach: number;
  readonly processMsEach: number;
  readonly databaseMsEach?: number;
}

/** Counts the statements that run through the worker pool, those inside transactions with their begin and commit included. */
function counting(inner: Database): { readonly database: Database; readonly statements: () => number } {
  let statements = 0;
  const worker: Database["worker"] = {
    query: (text, values) => {
      statements += 1;
      return inner.worker.query(text, values);
    },
    transaction: (tenant, work) => {
      statements += 2;
      return inner.worker.transaction(tenant, (tx) =>
        work({
          query: (text, values) => {
            statements += 1;
            return tx.query(text, values);
          },
        }),
      );
    },
  };
  return { database: { ...inner, worker }, statements: () => statements };
}

export async function dealOut(database: Database): Promise<void> {
  while ((await fanOutStep({ pool: database.worker, topicEvents: () => undefined }))?.more === true);
}

async function prepare(site: Site, backlog: Backlog): Promise<void> {
  const { tenant, endpoints, hanging = 0, deliveries, paddingBytes, concurrency } = backlog;
  const endpoint = (path: string, id: string, most: number) => ({
    id,
    url: `${site.receiver.url}${path}`,
    events: ["*"],
    concurrency: most,
    ratePerSecond: 100_000,
  });
  const share = Math.ceil(concurrency / endpoints);
  const healthy = Array.from({ length: endpoints }, (_, index) => endpoint("/hook", `e${index}`, share));
  const stuck = Array.from({ length: hanging }, (_, index) => endpoint("/hang", `h${index}`, 4));
  await apply(site.database, aTenant(tenant, [...healthy, ...stuck]));
  await site.source.add(tenant, Math.ceil(deliveries / endpoints), paddingBytes);
  await dealOut(site.database);
}

/** Prepares what is owed, then lets lanes clear it; what the hanging endpoints are owed stays. */
export async function clearBacklog(site: Site, backlog: Backlog): Promise<Cleared> {
  await prepare(site, backlog);
  const deliveries = Math.ceil(backlog.deliveries / backlog.endpoints) * backlog.endpoints;
  const watched = counting(site.database);
  const work = async (): Promise<number> => {
    const done = site.receiver.counted(deliveries);
    const startedAtMs = Date.now();
    const delivery = startDelivery(watched.database);
    const perSecond = (deliveries * 1000) / ((await done) - startedAtMs);
    await delivery.stop(0);
    return perSecond;
  };
  const value = await site.cpu.during(work);
  await site.source.forget(backlog.tenant);
  return {
    perSecond: value.value,
    statementsEach: watched.statements() / deliveries,
    processMsEach: value.processMs / deliveries,
    ...(value.databaseMs === undefined ? {} : { databaseMsEach: value.databaseMs / deliveries }),
  };
}

/** The most memory that a process takes which does nothing but clear this backlog, in MB. */
export async function peakOfServer(site: Site, backlog: Backlog, appUrl: string): Promise<number> {
  await prepare(site, backlog);
  const done = site.receiver.counted(Math.ceil(backlog.deliveries / backlog.endpoints) * backlog.endpoints);
  const env = { ...process.env, BENCH_DATABASE_URL: appUrl };
  const child = fork(join(import.meta.dirname, "server-process.ts"), { env, execArgv: [] });
  await done;
  child.send("stop");
  const [said] = await once(child, "message");
  await site.source.forget(backlog.tenant);
  return z.object({ peakMegabytes: z.number() }).parse(said).peakMegabytes;
}
