/** Statements on what a draft was written from, and what changed since. Contents are sealed. */
import { GATE, tenantQuery } from "../../db/query.ts";

export const readBasis = tenantQuery<{ readonly sealed: Buffer }, readonly [job: string]>(
  "context.read-basis",
  `select sealed from handover.chart_basis where ${GATE} and tenant = $1 and job = $2`,
);

export const putBasis = tenantQuery<{ readonly job: string }, readonly [job: string, sealed: Buffer]>(
  "context.put-basis",
  `insert into handover.chart_basis (tenant, job, sealed) select $1, $2, $3::bytea where ${GATE}
   on conflict (tenant, job) do update set sealed = excluded.sealed returning job`,
);

export const deleteBasis = tenantQuery<never, readonly [job: string]>(
  "context.delete-basis",
  `delete from handover.chart_basis where ${GATE} and tenant = $1 and job = $2`,
);

export const readValues = tenantQuery<{ readonly sealed: Buffer }, readonly [job: string, sequence: number]>(
  "context.read-values",
  `select sealed from handover.context_change where ${GATE} and tenant = $1 and job = $2 and sequence = $3::int`,
);

export const putValues = tenantQuery<
  { readonly sequence: number },
  readonly [job: string, sequences: readonly number[], sealed: readonly Buffer[]]
>(
  "context.put-values",
  `insert into handover.context_change (tenant, job, sequence, sealed)
   select $1, $2, c.sequence, c.sealed from unnest($3::int[], $4::bytea[]) as c (sequence, sealed) where ${GATE} returning sequence`,
);

export const deleteValues = tenantQuery<never, readonly [job: string]>(
  "context.delete-values",
  `delete from handover.context_change where ${GATE} and tenant = $1 and job = $2`,
);

/** A visible change of the job: its chart is another one now. */
export const markContextUpdated = tenantQuery<{ readonly version: number }, readonly [job: string]>(
  "context.mark",
  `update handover.job set context_updated_at = clock_timestamp(), version = version + 1, updated_at = clock_timestamp()
   where ${GATE} and tenant = $1 and id = $2 returning version`,
);

/** A new draft has seen the chart as it is. */
export const unmarkContext = tenantQuery<never, readonly [job: string]>(
  "context.unmark",
  `update handover.job set context_updated_at = null
   where ${GATE} and tenant = $1 and id = $2 and context_updated_at is not null`,
);
