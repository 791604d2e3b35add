/** Statements of the log. */
import { GATE, tenantQuery } from "../db/query.ts";
import { systemQuery } from "../db/system.ts";

export interface AppendedRow {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly at: Date;
  readonly trace_parent: string | null;
}

/**
 * Numbers and inserts events in one statement: the job row gives out the numbers under its lock, so they are gapless. With a
 * fence (an epoch) nothing happens once the job has moved on.
 */
export const appendEvents = tenantQuery<
  AppendedRow,
  readonly [
    job: string,
    count: number,
    fence: string | null,
    ids: readonly string[],
    types: readonly string[],
    sections: readonly (string | null)[],
    data: readonly (string | null)[],
    sealed: readonly (Buffer | null)[],
  ]
>(
  "events.append",
  `with job as (
     update handover.job set seq = seq + $3::int
     where ${GATE} and tenant = $1 and id = $2 and ($4::bigint is null or (epoch = $4::bigint and status = 'in-progress'))
     returning seq, source, trace_parent
   ), added as (
     insert into handover.event (tenant, job, seq, id, type, source, section, data, sealed, draft, trace_parent)
     select $1, $2, job.seq - $3::int + e.place, e.id, e.type, job.source, e.section, e.data::jsonb, e.sealed, e.sealed is not null,
       job.trace_parent
     from job, unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[]) with ordinality as e (id, type, section, data, sealed, place)
     returning seq, id, type, source, at, trace_parent
   )
   select seq, id, type, source, at, trace_parent from added order by seq`,
);

/** The same for the log of what is no job, whose row is made with its first event. */
export const appendStreamEvents = tenantQuery<
  AppendedRow,
  readonly [
    stream: string,
    count: number,
    source: string,
    ids: readonly string[],
    types: readonly string[],
    data: readonly string[],
  ]
>(
  "events.append-stream",
  `with stream as (
     insert into handover.stream (tenant, id, seq, source) select $1, $2, $3::int, $4 where ${GATE}
     on conflict (tenant, id) do update set seq = handover.stream.seq + excluded.seq
     returning seq, source
   ), added as (
     insert into handover.event (tenant, job, seq, id, type, source, data, draft, trace_parent)
     select $1, $2, stream.seq - $3::int + e.place, e.id, e.type, stream.source, e.data::jsonb, false, (
       select b.trace_parent from handover.batch b where ${GATE} and b.tenant = $1 and $2 = 'batch/' || b.id)
     from stream, unnest($5::text[], $6::text[], $7::text[]) with ordinality as e (id, type, data, place)
     returning seq, id, type, source, at, trace_parent
   )
   select seq, id, type, source, at, trace_parent from added order by seq`,
);

export interface EventRow {
  readonly job: string;
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly at: Date;
  readonly trace_parent: string | null;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly sealed: Buffer | null;
  /** bigint, so the driver gives text. */
  readonly pos: string | null;
}

const columns = "e.job, e.seq, e.id, e.type, e.source, e.at, e.trace_parent, e.data, e.sealed, e.pos";

export const readJobEvents = tenantQuery<EventRow, readonly [job: string, after: number, limit: number]>(
  "events.of-job",
  `select ${columns} from handover.event e
   where ${GATE} and e.tenant = $1 and e.job = $2 and e.seq > $3::int order by e.seq limit $4::int`,
);

export const readJobsEvents = tenantQuery<
  EventRow,
  readonly [jobs: readonly string[], after: readonly number[], limit: number]
>(
  "events.of-jobs",
  `select f.* from unnest($2::text[], $3::int[]) as c (job, after)
   cross join lateral (
     select ${columns} from handover.event e
     where e.tenant = $1 and e.job = c.job and e.seq > c.after order by e.seq limit $4::int
   ) f
   where ${GATE} order by f.job, f.seq`,
);

export const readFeedEvents = tenantQuery<
  EventRow,
  readonly [after: string, types: readonly string[] | null, limit: number]
>(
  "events.feed",
  `select ${columns} from handover.event e
   where ${GATE} and e.tenant = $1 and e.pos > $2::bigint and ($3::text[] is null or e.type = any ($3::text[]))
   order by e.pos limit $4::int`,
);

export const newestPosition = tenantQuery<{ readonly pos: string | null }>(
  "events.newest",
  `select max(e.pos) as pos from handover.event e where ${GATE} and e.tenant = $1 and e.pos is not null`,
);

export const readOneEvent = tenantQuery<EventRow, readonly [job: string, seq: number]>(
  "events.one",
  `select ${columns} from handover.event e where ${GATE} and e.tenant = $1 and e.job = $2 and e.seq = $3::int`,
);

export const sequenceEvents = systemQuery<{ first_position: string; last_position: string }, readonly [most: number]>(
  "events.sequence",
  "select * from handover.sys_sequence_events($1)",
);

export const sequencerLag = systemQuery<{ seconds: number }>(
  "events.lag",
  "select * from handover.sys_sequencer_lag()",
);

/** One row without a position where nothing is new; no row where another process reads. */
export interface SequencedRow {
  readonly pos: string | null;
  readonly tenant: string;
  readonly job: string;
  readonly seq: number;
  readonly type: string;
  /** Whether this statement gave positions. */
  readonly numbered: boolean;
}

export const nextEvents = systemQuery<SequencedRow, readonly [reader: string, most: number, numberMost: number]>(
  "events.next",
  "select * from handover.sys_next_events($1, $2, $3)",
);
