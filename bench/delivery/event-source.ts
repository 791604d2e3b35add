/** Puts events into the log in bulk, as their owner: what is measured is delivery, not appending. */
import { Client } from "pg";

export interface EventSource {
  /** Appends and positions `count` events of the tenant's one job. Returns their ids. */
  add(tenant: string, count: number): Promise<readonly string[]>;
  /** Removes what the tenant's endpoints were owed. */
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
  from job, generate_series(1, $2::int) n
  returning id`;

export async function startEventSource(ownerUrl: string, paddingBytes: number): Promise<EventSource> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  return {
    async add(tenant, count) {
      await owner.query(insertJob, [tenant]);
      const { rows } = await owner.query<{ id: string }>(insertEvents, [tenant, count, paddingBytes]);
      await owner.query("select * from handover.sys_sequence_events(1000000)");
      return rows.map(({ id }) => id);
    },
    async forget(tenant) {
      await owner.query("delete from handover.delivery where tenant = $1", [tenant]);
    },
    close: () => owner.end(),
  };
}
