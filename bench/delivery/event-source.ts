/** Puts events into the log in bulk, as their owner: what is measured is delivery, not appending. */
import { Client } from "pg";

export interface EventSource {
  /** Makes the tenant's one job. */
  addJob(tenant: string): Promise<void>;
  /** Appends and positions `count` events of it. */
  add(tenant: string, count: number, paddingBytes: number): Promise<void>;
  /** Deliveries that were made long ago, an attempt each, evenly over the tenant's endpoints, which must be there. */
  addHistory(tenant: string, attempts: number): Promise<void>;
  /** Removes what the tenant's endpoints are still owed. */
  forget(tenant: string): Promise<void>;
  close(): Promise<void>;
}

const insertJob = `
  insert into handover.job (tenant, id, status, open, source, patient, encounter, document_type, trigger, actor_kind, actor_id)
  values ($1, 'job', 'completed', false, 'https://adapter.example/tenants/' || $1, 'Patient/1', 'Encounter/1', 'discharge-summary',
    'api', 'api-client', 'bench')
  on conflict do nothing`;

const insertEvents = `
  with job as (update handover.job set seq = seq + $2::int where tenant = $1 and id = 'job' returning seq)
  insert into handover.event (tenant, job, seq, id, type, source, data, draft)
  select $1, 'job', job.seq - $2::int + n, 'evt_' || replace(gen_random_uuid()::text, '-', ''), 'summary.signed',
    'https://adapter.example/tenants/' || $1, jsonb_build_object('padding', repeat('x', $3::int)), false
  from job, generate_series(1, $2::int) n`;

const insertOldDeliveries = `
  insert into handover.delivery (tenant, endpoint, sequence, event_id, job, job_sequence, type, state, attempts, code, done_at)
  select $1, e.id, e.last_sequence + n, 'old_' || n, 'old-' || n / 10, n % 10, 'summary.signed', 'delivered', 1, 'http_204', now() - interval '1 hour'
  from handover.endpoint e, generate_series(1, $2::int) n where e.tenant = $1`;

const insertOldAttempts = `
  insert into handover.attempt (tenant, endpoint, sequence, number, outcome, code, http_status, duration_ms, started_at)
  select $1, e.id, e.last_sequence + n, 1, 'delivered', 'http_204', 204, 12, now() - n * interval '1 second'
  from handover.endpoint e, generate_series(1, $2::int) n where e.tenant = $1`;

export async function startEventSource(ownerUrl: string): Promise<EventSource> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  return {
    async addJob(tenant) {
      await owner.query(insertJob, [tenant]);
    },
    async add(tenant, count, paddingBytes) {
      await owner.query(insertJob, [tenant]);
      await owner.query(insertEvents, [tenant, count, paddingBytes]);
      await owner.query("select * from handover.sys_sequence_events(1000000)");
    },
    async addHistory(tenant, attempts) {
      const { rows } = await owner.query<{ n: number }>(
        "select count(*)::int as n from handover.endpoint where tenant = $1",
        [tenant],
      );
      const each = Math.ceil(attempts / (rows[0]?.n ?? 1));
      await owner.query(insertOldDeliveries, [tenant, each]);
      await owner.query(insertOldAttempts, [tenant, each]);
      await owner.query("update handover.endpoint set last_sequence = last_sequence + $2 where tenant = $1", [
        tenant,
        each,
      ]);
      await owner.query("vacuum analyze handover.delivery");
      await owner.query("vacuum analyze handover.attempt");
      await owner.query("checkpoint");
    },
    async forget(tenant) {
      await owner.query("delete from handover.delivery where tenant = $1 and state = 'pending'", [tenant]);
    },
    close: () => owner.end(),
  };
}
