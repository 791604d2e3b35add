/** Subscriptions in bulk, as they are once their handshakes are done, and events for them. */
import { randomUUID } from "node:crypto";
import { Client } from "pg";
import type { Database } from "../../src/db/database.ts";
import { run } from "../../src/db/query.ts";
import type { SubscriptionChannel } from "../../src/delivery/subscription-endpoints.ts";
import { createSubscriptionEndpoints } from "../../src/delivery/subscription-endpoints.ts";
import { insertSubscription } from "../../src/subscriptions/store.ts";
import { testSealer } from "../../test/support/delivery.ts";
import { publicUrl } from "../../test/support/subscriptions.ts";

export interface Wanted {
  readonly tenant: string;
  readonly count: number;
  readonly kind: SubscriptionChannel["kind"];
  /** Empty for websockets. */
  readonly url: string;
  /** One patient for each, `Patient/1` for the first. */
  readonly byPatient: boolean;
  /** Of the API client of each. */
  readonly client: (index: number) => string;
}

const atOnce = 250;
const sideBySide = 4;

/** @returns ids, in the order of their numbers */
export async function makeSubscriptions(database: Database, wanted: Wanted): Promise<readonly string[]> {
  const { tenant, count, kind, url, byPatient, client } = wanted;
  const endpoints = createSubscriptionEndpoints({
    pool: database.worker,
    sealer: testSealer,
    post: () => undefined,
    mail: undefined,
  });
  const ids = Array.from({ length: count }, () => randomUUID());
  const resource = JSON.stringify({ resourceType: "Subscription", channel: { type: kind } });
  const part = async (from: number): Promise<void> => {
    await database.worker.transaction(tenant, async (tx) => {
      for (const [offset, id] of ids.slice(from, from + atOnce).entries()) {
        const index = from + offset;
        await endpoints.create(tx, tenant, id, {
          kind,
          url,
          headers: { authorization: "Bearer secret-of-the-subscriber" },
          contentType: "application/fhir+json",
          content: "id-only",
          topic: "summary-signed",
          filter: byPatient ? { "data.patient": [`Patient/${index + 1}`] } : {},
          subscription: `${publicUrl}/fhir/Subscription/${id}`,
          timeoutMs: 15_000,
        });
        await run(tx, insertSubscription, tenant, id, client(index), "active", "summary-signed", resource, null, null);
      }
    });
  };
  for (let from = 0; from < count; from += atOnce * sideBySide)
    await Promise.all(Array.from({ length: sideBySide }, (_, index) => part(from + index * atOnce)));
  return ids;
}

export interface Publisher {
  /** Handshakes are done. */
  activate(): Promise<void>;
  /** One event for each of so many patients, from `Patient/1` on, each in a log of its own. */
  publish(tenant: string, count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startPublisher(ownerUrl: string): Promise<Publisher> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  return {
    async activate() {
      await owner.query("update handover.endpoint set status = 'active' where status = 'pending'");
      await owner.query("update handover.subscription set check_at = null");
      await owner.query("analyze handover.endpoint");
    },
    async publish(tenant, count) {
      await owner.query(
        `with job as (
           insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id)
           select $1, gen_random_uuid()::text, 'completed', false, 'https://adapter.example/tenants/' || $1, 'Patient/' || n,
             'Encounter/' || n, 'discharge-summary', 'api', 'api-client', 'bench' from generate_series(1, $2::int) n
           returning id, patient)
         insert into handover.event (tenant, job, seq, id, type, source, data, draft)
         select $1, job.id, 1, 'evt_' || replace(gen_random_uuid()::text, '-', ''), 'summary.signed',
           'https://adapter.example/tenants/' || $1, jsonb_build_object('patient', job.patient), false from job`,
        [tenant, count],
      );
    },
    close: () => owner.end(),
  };
}
