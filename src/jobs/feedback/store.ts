/** Statements on feedback. What was said in words is sealed; verdicts, places and scores are not PHI and are counted. */
import type { Verdict } from "../../core/feedback/feedback.ts";
import { GATE, tenantQuery } from "../../db/query.ts";

/** Engine, model and prompt version are the version's own: whoever gives feedback need not know them. */
const asWritten = `from handover.summary s where ${GATE} and s.tenant = $1 and s.job = $2 and s.version = $3::int`;

export const putFeedback = tenantQuery<
  { readonly engine: string },
  readonly [
    job: string,
    version: number,
    actor: string,
    section: string,
    sentence: string,
    verdict: Verdict,
    sealed: Buffer | null,
  ]
>(
  "feedback.put",
  `insert into handover.summary_feedback (tenant, job, version, actor, section, sentence, verdict, sealed, engine, model, prompt_version)
   select $1, $2, $3::int, $4, $5, $6, $7, $8::bytea, s.engine, s.model, s.generation ->> 'promptVersion' ${asWritten}
   on conflict (tenant, job, version, actor, section, sentence)
     do update set verdict = excluded.verdict, sealed = excluded.sealed, at = now()
   returning engine`,
);

export const deleteFeedback = tenantQuery<
  never,
  readonly [job: string, version: number, actor: string, section: string, sentence: string]
>(
  "feedback.delete",
  `delete from handover.summary_feedback
   where ${GATE} and tenant = $1 and job = $2 and version = $3::int and actor = $4 and section = $5 and sentence = $6`,
);

export const putRating = tenantQuery<
  { readonly engine: string },
  readonly [job: string, version: number, actor: string, scores: readonly number[]]
>(
  "feedback.put-rating",
  `insert into handover.summary_rating (tenant, job, version, actor, scores, engine, model, prompt_version)
   select $1, $2, $3::int, $4, $5::smallint[], s.engine, s.model, s.generation ->> 'promptVersion' ${asWritten}
   on conflict (tenant, job, version, actor) do update set scores = excluded.scores, at = now()
   returning engine`,
);

export interface FeedbackRow {
  readonly version: number;
  readonly actor: string;
  readonly section: string;
  readonly sentence: string;
  readonly verdict: Verdict;
  readonly at: Date;
  readonly sealed: Buffer | null;
}

export const readFeedback = tenantQuery<FeedbackRow, readonly [job: string]>(
  "feedback.of-job",
  `select version, actor, section, sentence, verdict, at, sealed from handover.summary_feedback
   where ${GATE} and tenant = $1 and job = $2 order by at, actor, section, sentence`,
);

export interface CountRow {
  readonly section: string;
  readonly engine: string;
  readonly model: string | null;
  readonly prompt_version: string | null;
  readonly helpful: number;
  readonly wrong: number;
  readonly missing: number;
}

export const countFeedback = tenantQuery<CountRow, readonly [since: string]>(
  "feedback.count",
  `select section, engine, model, prompt_version,
     count(*) filter (where verdict = 'helpful')::int as helpful,
     count(*) filter (where verdict = 'wrong')::int as wrong,
     count(*) filter (where verdict = 'missing')::int as missing
   from handover.summary_feedback where ${GATE} and tenant = $1 and at >= $2::timestamptz
   group by section, engine, model, prompt_version order by section, engine, model, prompt_version`,
);

export interface RatingRow {
  readonly engine: string;
  readonly model: string | null;
  readonly prompt_version: string | null;
  readonly ratings: number;
  /** Means, in the instrument's order. */
  readonly means: readonly number[];
}

export const meanRatings = tenantQuery<RatingRow, readonly [since: string]>(
  "feedback.ratings",
  `select engine, model, prompt_version, count(*)::int as ratings,
     array[avg(scores[1]), avg(scores[2]), avg(scores[3]), avg(scores[4]), avg(scores[5]), avg(scores[6]), avg(scores[7]), avg(scores[8]), avg(scores[9])]::float8[] as means
   from handover.summary_rating where ${GATE} and tenant = $1 and at >= $2::timestamptz
   group by engine, model, prompt_version order by engine, model, prompt_version`,
);
