/** Puts events into the log of a test database and starts delivery over it. */
import type { ServerResponse } from "node:http";
import { randomUUID } from "node:crypto";
import type { EventData, PublicEventType } from "../../src/core/event/event.ts";
import type { EndpointConfig, TenantConfig } from "../../src/config/tenant-schema.ts";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import type { Database } from "../../src/db/database.ts";
import { createSealer } from "../../src/db/sealer.ts";
import type { ApplyDependencies } from "../../src/delivery/apply-endpoints.ts";
import { applyEndpoints } from "../../src/delivery/apply-endpoints.ts";
import type { Authorize } from "../../src/delivery/authorization/authorize.ts";
import type { Delivery, DeliveryDependencies } from "../../src/delivery/delivery.ts";
import { createDelivery } from "../../src/delivery/delivery.ts";
import type { ReadSummaryText } from "../../src/delivery/destinations/webhook/body.ts";
import type { ReadChangedValues } from "../../src/delivery/destinations/webhook/full-body.ts";
import { webhookDestination } from "../../src/delivery/destinations/webhook/webhook.ts";
import { createEgressClient } from "../../src/egress/client.ts";
import { postOver } from "../../src/egress/post.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { memoryWakeUp } from "./memory-log.ts";
import type { TestDatabase } from "./postgres.ts";

export const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
export const testSealer = createSealer([Buffer.alloc(32, 1)]);
const testLog = createLog({ level: process.env["TEST_LOG"] === undefined ? "silent" : "info" });

/** One tenant of the configuration, with these endpoints. */
export function aTenant(id: string, endpoints: readonly Partial<EndpointConfig>[] = []): TenantConfig {
  return tenantSchema.parse({
    id,
    name: "General Hospital",
    environment: "test",
    network: { allow: ["127.0.0.1/32"], allowHttp: true },
    ehr: { fhirBaseUrl: "https://ehr.example/fhir" },
    endpoints: endpoints.map((endpoint) => ({ id: "his", secret, retry: { preset: "short" }, ...endpoint })),
  });
}

export function applyDependencies(changes: Partial<ApplyDependencies> = {}): ApplyDependencies {
  return {
    sealer: testSealer,
    tell: async () => undefined,
    now: Date.now,
    secretOf: (endpoint) => endpoint.secret,
    refuseUrl: () => undefined,
    accessOf: () => ({ authorization: null, tls: null }),
    ...changes,
  };
}

export async function apply(database: Database, ...tenants: TenantConfig[]): Promise<void> {
  await database.worker.transaction(null, (tx) => applyEndpoints(tx, tenants, applyDependencies()));
}

/** Appends an event to a job's log and gives it its position, as the log and its sequencer do. */
export async function addEvent(
  db: TestDatabase,
  event: { readonly tenant: string; readonly job: string; readonly type?: PublicEventType; readonly data?: EventData },
): Promise<string> {
  const [id] = await addEvents(db, event, 1);
  return id ?? "";
}

export async function addEvents(...given: Parameters<typeof appendEvents>): Promise<readonly string[]> {
  const ids = await appendEvents(...given);
  await givePositions(given[0]);
  return ids;
}

export async function givePositions(db: TestDatabase): Promise<void> {
  await db.asOwner("select * from handover.sys_sequence_events(100000)");
}

/** Appends events that have no position yet. */
export async function appendEvents(
  db: TestDatabase,
  { tenant, job, type = "summary.signed", data = {} }: Parameters<typeof addEvent>[1],
  count: number,
): Promise<readonly string[]> {
  await addJob(db, tenant, job, undefined, data);
  const rows = await db.asOwner(
    `with job as (update handover.job set seq = seq + $3::int where tenant = $1 and id = $2 returning seq)
     insert into handover.event (tenant, job, seq, id, type, source, data, draft)
     select $1, $2, job.seq - $3::int + place, 'evt_' || replace(gen_random_uuid()::text, '-', ''), $4, 'https://adapter.example/tenants/' || $1, $5, false
     from job, generate_series(1, $3::int) as place returning id`,
    [tenant, job, count, type, JSON.stringify(data)],
  );
  return rows.map((row) => String(row["id"]));
}

export async function addJob(
  db: TestDatabase,
  tenant: string,
  job: string,
  callbackUrl?: string,
  place: EventData = {},
): Promise<void> {
  await db.asOwner(
    `insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id, callback_url)
     values ($1, $2, 'completed', false, 'https://adapter.example/tenants/' || $1, $5, $3, 'discharge-summary', 'api', 'api-client', 'gateway', $4)
     on conflict do nothing`,
    [
      tenant,
      job,
      place["encounter"] ?? `Encounter/${randomUUID()}`,
      callbackUrl ?? null,
      place["patient"] ?? "Patient/1",
    ],
  );
}

export interface RunningDelivery extends Delivery {
  readonly wake: () => void;
}

const noAuthorization: Authorize = async () => ({ kind: "unauthorized" });

/** Starts delivery with a walled client that may reach this machine. `changes` override single dependencies. */
export function startDelivery(
  database: Database,
  changes: Partial<DeliveryDependencies> & {
    readonly summaryText?: ReadSummaryText;
    readonly changedValues?: ReadChangedValues;
    readonly authorize?: Authorize;
  } = {},
): RunningDelivery {
  const client = createEgressClient({ allow: ["127.0.0.1/32"], allowHttp: true });
  const wakeUp = memoryWakeUp();
  const post = postOver(client);
  const {
    summaryText = async () => undefined,
    changedValues = async () => undefined,
    authorize = noAuthorization,
    ...rest
  } = changes;
  const delivery = createDelivery({
    database,
    sealer: testSealer,
    wakeUp,
    destinations: [webhookDestination({ sealer: testSealer, summaryText, changedValues, authorize })],
    post: () => post,
    topicEvents: () => undefined,
    tell: async () => undefined,
    log: testLog,
    now: Date.now,
    random: () => 0,
    sweepMs: 50,
    ...rest,
  });
  delivery.start();
  return {
    ...delivery,
    wake: () => wakeUp.notify("sequenced"),
    async stop(graceMs) {
      await delivery.stop(graceMs);
      await client.close();
    },
  };
}

/** States of an endpoint's deliveries in order of their numbers. */
export async function states(db: TestDatabase, tenant: string, endpoint = "his"): Promise<readonly string[]> {
  const rows = await db.asOwner(
    "select state from handover.delivery where tenant = $1 and endpoint = $2 order by sequence",
    [tenant, endpoint],
  );
  return rows.map((row) => String(row["state"]));
}

export function answers(...statuses: readonly number[]) {
  let next = 0;
  return (_received: unknown, response: ServerResponse): void => {
    const status = statuses[Math.min(next, statuses.length - 1)] ?? 204;
    next += 1;
    response.writeHead(status).end();
  };
}
