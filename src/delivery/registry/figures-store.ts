/** The statement behind an endpoint's figures. */
import { GATE, tenantQuery } from "../../db/query.ts";

/** Attempts looked at: with more in the window, the newest of them stand for it. */
export const ATTEMPTS_LOOKED_AT = 100_000;

export interface FiguresRow {
  readonly attempts: number;
  readonly sent: number;
  readonly delivered: number;
  /** The oldest attempt looked at. */
  readonly oldest_at: Date | null;
  /** 50th, 90th and 99th percentile; null where nothing was sent. */
  readonly latency_ms: readonly number[] | null;
  /** 50th and 99th. */
  readonly lag_ms: readonly number[] | null;
  readonly codes: Readonly<Record<string, number>> | null;
}

/** Figures of an endpoint's attempts since so many seconds, in one walk along attempt_at. */
export const readFigures = tenantQuery<FiguresRow, readonly [endpoint: string, windowSeconds: number, most: number]>(
  "registry.figures",
  `with seen as (
     select a.outcome, a.code, a.duration_ms, a.lag_ms, a.started_at, a.outcome in ('delivered', 'retry', 'dead') as sent
     from handover.attempt a
     where ${GATE} and a.tenant = $1 and a.endpoint = $2 and a.started_at >= now() - $3::float8 * interval '1 second'
     order by a.started_at desc limit $4::int
   )
   select count(*)::int as attempts, count(*) filter (where s.sent)::int as sent,
     count(*) filter (where s.outcome = 'delivered')::int as delivered, min(s.started_at) as oldest_at,
     percentile_disc(array[0.5, 0.9, 0.99]) within group (order by s.duration_ms) filter (where s.sent) as latency_ms,
     percentile_disc(array[0.5, 0.99]) within group (order by s.lag_ms) filter (where s.lag_ms is not null) as lag_ms,
     (select jsonb_object_agg(c.code, c.n) from (select code, count(*)::int as n from seen group by code) c) as codes
   from seen s`,
);
