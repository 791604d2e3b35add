/** Feedback on summaries: said in one place, changed, taken back, read again, and counted without anybody's words. */
import type { FeedbackPlace, Pdqi9Scores, Verdict } from "../../core/feedback/feedback.ts";
import { pdqi9Items } from "../../core/feedback/feedback.ts";
import type { Pool } from "../../db/database.ts";
import { run } from "../../db/query.ts";
import type { SealContext, Sealer } from "../../db/sealer.ts";
import { openJson, sealJson } from "../../db/sealer.ts";
import type { Actor } from "../jobs.ts";
import type { CountRow, FeedbackRow, RatingRow } from "./store.ts";
import { countFeedback, deleteFeedback, meanRatings, putFeedback, putRating, readFeedback } from "./store.ts";

/** Which version of which summary, and who speaks. */
export interface FeedbackSubject {
  readonly tenant: string;
  readonly job: string;
  readonly version: number;
  readonly actor: Actor;
}

export interface GivenFeedback extends FeedbackPlace {
  readonly verdict: Verdict;
  /** Why, in the clinician's words. */
  readonly reason?: string | undefined;
  /** The sentence as it stood, which a later edit may change. */
  readonly text?: string | undefined;
}

export interface StoredFeedback {
  readonly version: number;
  /** `practitioner:Practitioner/7`. */
  readonly actor: string;
  readonly section?: string;
  readonly sentence?: string;
  readonly verdict: Verdict;
  /** RFC 3339. */
  readonly at: string;
  readonly reason?: string;
  readonly text?: string;
}

/** How a text was written. */
interface Written {
  readonly engine: string;
  readonly model?: string;
  readonly promptVersion?: string;
}

export interface FeedbackCount extends Written {
  /** Absent: the summary as a whole. */
  readonly section?: string;
  readonly helpful: number;
  readonly wrong: number;
  readonly missing: number;
}

export interface MeanRating extends Written {
  readonly ratings: number;
  /** From 1 to 5. */
  readonly means: Pdqi9Scores;
}

export interface Feedback {
  /** One verdict a person and place: a later one takes the place of the earlier. */
  give(subject: FeedbackSubject, given: GivenFeedback): Promise<void>;
  /** Takes it back; nothing happens where nothing was said. */
  withdraw(subject: FeedbackSubject, place: FeedbackPlace): Promise<void>;
  rate(subject: FeedbackSubject, scores: Pdqi9Scores): Promise<void>;
  ofJob(tenant: string, job: string): Promise<readonly StoredFeedback[]>;
  /**
   * Numbers only: no words, no persons, no patients.
   *
   * @param since RFC 3339
   */
  counts(
    tenant: string,
    since: string,
  ): Promise<{ readonly sections: readonly FeedbackCount[]; readonly pdqi9: readonly MeanRating[] }>;
}

export interface FeedbackDeps {
  readonly db: Pool;
  readonly sealer: Sealer;
  /** Told of each verdict and rating, for the metrics. */
  readonly onGiven: (given: { readonly section: string; readonly verdict: string; readonly engine: string }) => void;
}

const actorName = ({ kind, id }: Actor): string => `${kind}:${id}`;

const context = (tenant: string, job: string, row: Omit<FeedbackRow, "sealed" | "verdict" | "at">): SealContext => ({
  tenant,
  purpose: "feedback",
  id: job,
  version: JSON.stringify([row.version, row.actor, row.section, row.sentence]),
});

interface Said {
  readonly reason?: string;
  readonly text?: string;
}

export function createFeedback({ db, sealer, onGiven }: FeedbackDeps): Feedback {
  const sealed = (subject: FeedbackSubject, given: GivenFeedback): Buffer | null => {
    const { reason, text } = given;
    if (reason === undefined) return null;
    const { tenant, job, version, actor } = subject;
    const place = { version, actor: actorName(actor), section: given.section ?? "", sentence: given.sentence ?? "" };
    const said: Said = { reason, ...(text === undefined ? {} : { text }) };
    return sealJson(sealer, said, context(tenant, job, place));
  };
  return {
    async give(subject, given) {
      const { tenant, job, version, actor } = subject;
      const { section, sentence = "", verdict } = given;
      const words = sealed(subject, given);
      const [row] = await run(
        db,
        putFeedback,
        tenant,
        job,
        version,
        actorName(actor),
        section ?? "",
        sentence,
        verdict,
        words,
      );
      if (row !== undefined) onGiven({ section: section ?? "summary", verdict, engine: row.engine });
    },
    async withdraw({ tenant, job, version, actor }, { section, sentence }) {
      await run(db, deleteFeedback, tenant, job, version, actorName(actor), section ?? "", sentence ?? "");
    },
    async rate({ tenant, job, version, actor }, scores) {
      const ordered = pdqi9Items.map((item) => scores[item]);
      const [row] = await run(db, putRating, tenant, job, version, actorName(actor), ordered);
      if (row !== undefined) onGiven({ section: "summary", verdict: "pdqi9", engine: row.engine });
    },
    async ofJob(tenant, job) {
      const rows = await run(db, readFeedback, tenant, job);
      return rows.map((row) => toFeedback(sealer, tenant, job, row));
    },
    async counts(tenant, since) {
      const [sections, ratings] = await Promise.all([
        run(db, countFeedback, tenant, since),
        run(db, meanRatings, tenant, since),
      ]);
      return { sections: sections.map(toCount), pdqi9: ratings.map(toMean) };
    },
  };
}

function toFeedback(sealer: Sealer, tenant: string, job: string, row: FeedbackRow): StoredFeedback {
  const said = row.sealed === null ? {} : (openJson(sealer, row.sealed, context(tenant, job, row)) as Said);
  return {
    version: row.version,
    actor: row.actor,
    ...(row.section === "" ? {} : { section: row.section }),
    ...(row.sentence === "" ? {} : { sentence: row.sentence }),
    verdict: row.verdict,
    at: row.at.toISOString(),
    ...said,
  };
}

function written({
  engine,
  model,
  prompt_version: version,
}: Pick<CountRow, "engine" | "model" | "prompt_version">): Written {
  return {
    engine,
    ...(model === null ? {} : { model }),
    ...(version === null ? {} : { promptVersion: version }),
  };
}

function toCount(row: CountRow): FeedbackCount {
  const { section, helpful, wrong, missing } = row;
  return { ...(section === "" ? {} : { section }), ...written(row), helpful, wrong, missing };
}

function toMean(row: RatingRow): MeanRating {
  const means = Object.fromEntries(pdqi9Items.map((item, index) => [item, row.means[index] ?? 0])) as Pdqi9Scores;
  return { ...written(row), ratings: row.ratings, means };
}
