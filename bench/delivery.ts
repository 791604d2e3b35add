/**
 * Delivery lanes against a bare loop that signs and POSTs the same bodies, in the same run on the same machine: the ratio is
 * the figure, absolute rates belong to the machine. A durable database (fsync on), the receiver in a process of its own.
 */
import { fork } from "node:child_process";
import { on, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { Agent } from "undici";
import { signatureHeaders } from "../src/core/signature/forms.ts";
import { openDatabase } from "../src/db/connect.ts";
import type { Database } from "../src/db/database.ts";
import { startEmbedded } from "../src/db/embedded.ts";
import { migrate } from "../src/db/migrate.ts";
import { appUrlFrom } from "../src/db/roles.ts";
import { fanOutStep } from "../src/delivery/fan-out.ts";
import { installQueues } from "../src/jobs/boss.ts";
import { aTenant, apply, secret, startDelivery } from "../test/support/delivery.ts";

const concurrency = 32;
const events = 5000;
const padding = "x".repeat(1500);

const folder = await mkdtemp(join(tmpdir(), "handover-bench-"));
const cluster = await startEmbedded({ dataDir: join(folder, "data") });
await migrate({ ownerUrl: cluster.ownerUrl, enableAppLogin: true, installers: [installQueues] });
const owner = new Client({ connectionString: cluster.ownerUrl });
await owner.connect();
const database = openDatabase(appUrlFrom(cluster.ownerUrl));
const receiver = fork(join(import.meta.dirname, "delivery", "receiver.ts"));
const [{ url }] = (await once(receiver, "message")) as [{ url: string }];

function print(figure: Record<string, unknown>): void {
  console.log(JSON.stringify({ bench: "delivery", ...figure }));
}

/** Resolves with the time at which the receiver had `wanted` requests. */
async function counted(wanted: number): Promise<number> {
  receiver.send({ wanted });
  for await (const [message] of on(receiver, "message") as AsyncIterable<[{ kind: string; atMs: number }]>) {
    if (message.kind === "count") return message.atMs;
  }
  throw new Error("the receiver is gone");
}

async function addEvents(tenant: string, count: number): Promise<void> {
  await owner.query(
    `insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id)
     values ($1, 'job', 'completed', false, 'https://adapter.example/tenants/' || $1, 'Patient/1', 'Encounter/1', 'discharge-summary', 'api', 'api-client', 'bench') on conflict do nothing`,
    [tenant],
  );
  await owner.query(
    `with job as (update handover.job set seq = seq + $2::int where tenant = $1 and id = 'job' returning seq)
     insert into handover.event (tenant, job, seq, id, type, source, data, draft)
     select $1, 'job', job.seq - $2::int + n, 'evt_' || replace(gen_random_uuid()::text, '-', ''), 'summary.signed',
       'https://adapter.example/tenants/' || $1, jsonb_build_object('padding', $3::text), false from job, generate_series(1, $2::int) n`,
    [tenant, count, padding],
  );
  await owner.query("select * from handover.sys_sequence_events(1000000)");
}

/** The bare loop: the same signature, size and concurrency, and nothing else. */
async function bareRate(count: number): Promise<number> {
  const agent = new Agent({ connections: concurrency, allowH2: false });
  const body = Buffer.from(JSON.stringify({ padding, envelope: "y".repeat(450) }));
  const done = counted(count);
  const startedAt = Date.now();
  let left = count;
  const send = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const headers = signatureHeaders("standard", { id: `evt_${left}`, timeMs: Date.now(), body, secrets: [secret] });
      const response = await agent.request({
        origin: url,
        path: "/bare",
        method: "POST",
        headers: { ...headers },
        body,
      });
      await response.body.dump();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, send));
  const rate = (count * 1000) / ((await done) - startedAt);
  await agent.close();
  return rate;
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

/** Rate at which lanes clear a backlog that is already dealt out. */
async function laneRate(name: string, endpoints: number, hanging: number): Promise<void> {
  const tenant = name.replaceAll("_", "-");
  const per = events / endpoints;
  const of = (path: string, id: string) => ({
    id,
    url: `${url}${path}`,
    events: ["*"],
    concurrency: Math.ceil(concurrency / endpoints),
    ratePerSecond: 100_000,
  });
  const healthy = Array.from({ length: endpoints }, (_, index) => of("/hook", `e${index}`));
  const stuck = Array.from({ length: hanging }, (_, index) => ({ ...of("/hang", `h${index}`), concurrency: 4 }));
  await apply(database, aTenant(tenant, [...healthy, ...stuck]));
  await addEvents(tenant, per);
  await dealOut();
  const bare = await bareRate(events);
  const done = counted(events);
  const watched = counting(database);
  const startedAt = Date.now();
  const delivery = startDelivery(watched.database);
  const perSecond = (events * 1000) / ((await done) - startedAt);
  await delivery.stop(0);
  const roundTrips = watched.statements() / events;
  print({
    figure: name,
    deliveriesPerSecond: Math.round(perSecond),
    barePerSecond: Math.round(bare),
    ratio: Number((perSecond / bare).toFixed(2)),
    roundTripsPerDelivery: Number(roundTrips.toFixed(3)),
  });
  await owner.query("delete from handover.delivery where tenant = $1", [tenant]);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** From the event's position being visible to its arrival, at a steady rate, with endpoints that hang beside it. */
async function latency(name: string, perSecond: number, hanging: number): Promise<void> {
  const tenant = name.replaceAll("_", "-");
  const endpoints = [
    { id: "timed", url: `${url}/timed`, events: ["*"] },
    ...Array.from({ length: hanging }, (_, index) => ({ id: `h${index}`, url: `${url}/hang`, events: ["*"] })),
  ];
  await apply(database, aTenant(tenant, endpoints));
  const sent = new Map<string, number>();
  const delays: number[] = [];
  const total = perSecond * 4;
  const delivery = startDelivery(database);
  const all = Promise.withResolvers<void>();
  const onMessage = (message: { kind: string; id: string; atMs: number }): void => {
    if (message.kind !== "arrival") return;
    delays.push(message.atMs - (sent.get(message.id) ?? message.atMs));
    if (delays.length === total) all.resolve();
  };
  receiver.on("message", onMessage);
  for (let index = 0; index < total; index += 1) {
    await addEvents(tenant, 1);
    const { rows } = await owner.query<{ id: string }>(
      "select id from handover.event where tenant = $1 order by seq desc limit 1",
      [tenant],
    );
    sent.set(rows[0]?.id ?? "", Date.now());
    delivery.wake();
    await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
  }
  await all.promise;
  receiver.off("message", onMessage);
  await delivery.stop(0);
  const sorted = delays.toSorted((a, b) => a - b);
  print({ figure: name, perSecond, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) });
}

try {
  await laneRate("one_endpoint", 1, 0);
  await laneRate("twenty_endpoints", 20, 0);
  await laneRate("twenty_beside_one_hanging", 20, 1);
  await latency("arrival", 50, 0);
  await latency("arrival_beside_nineteen_hanging", 50, 19);
} finally {
  receiver.kill();
  await database.close();
  await owner.end();
  await cluster.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);
