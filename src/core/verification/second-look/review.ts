/**
 * The second look at a draft as it stands: which of its statements the chart bears out, what the chart holds and the draft
 * does not, and what in the chart wants to be looked at. It warns; it never keeps anybody from signing.
 */
import type { Chart } from "../../chart/chart.ts";
import type { Fact, FactKind } from "../../chart/facts.ts";
import { recordedFacts } from "../../facts/extract.ts";
import type { Language } from "../../language/language.ts";
import { labelsByReference } from "../../sensitivity/withhold.ts";
import { isForReview } from "../../sections/for-review.ts";
import type { Evidence, Section, SectionId, Sentence } from "../../summary/summary.ts";
import { verifySentence } from "../verify-sentence.ts";
import type { ClaimVerdict } from "./claims.ts";
import { judgeClaims } from "./claims.ts";
import type { OmissionReason, Weighty } from "./omissions.ts";
import { matterOf, untold, weightyFacts } from "./omissions.ts";

/** What the chart holds and a draft may leave out, with the sentence that would tell it. */
export interface OmissionCandidate {
  /** Of the fact, `f12`; stable as long as the draft is. */
  readonly id: string;
  readonly why: OmissionReason;
  readonly label: string;
  readonly section: SectionId;
  readonly text: string;
  readonly verified: boolean;
  readonly evidence: readonly Evidence[];
  /** Codes of the security labels that its sources carry. */
  readonly security?: readonly string[];
  /** Any of these cited means that it is told. */
  readonly references: readonly string[];
  /** Equal for all values of one test. */
  readonly matter: string;
}

/** How the draft's text is printed. */
export interface ReviewOptions {
  /** IANA zone. */
  readonly timeZone: string;
  readonly language: Language;
}

/** What a draft is looked at with, for as long as it may be edited. */
export interface ReviewBasis {
  readonly chart: Chart;
  readonly options: ReviewOptions;
  readonly candidates: readonly OmissionCandidate[];
}

/** A statement of the draft that the chart does not bear out. */
export interface DoubtedClaim {
  /** Id of the sentence. */
  readonly sentence: string;
  readonly text: string;
  readonly verdict: Exclude<ClaimVerdict, "supported">;
  /** Records that speak of the same matter. */
  readonly evidence: readonly Evidence[];
}

export type ReviewedOmission = Omit<OmissionCandidate, "references" | "matter">;

export interface Review {
  readonly claims: {
    readonly supported: number;
    readonly notSupported: number;
    readonly notAddressed: number;
    readonly doubted: readonly DoubtedClaim[];
  };
  /** The gravest first. */
  readonly omissions: readonly ReviewedOmission[];
  /** Ids of sentences that warn of planted text. */
  readonly warnings: readonly string[];
}

const sectionByKind: Partial<Record<FactKind, SectionId>> = {
  result: "results",
  report: "results",
  diagnosis: "diagnoses",
  medication: "medications",
  allergy: "allergies",
  order: "pending",
  procedure: "procedures",
  device: "procedures",
};

function sectionOf({ fact, why }: Weighty): SectionId {
  return why === "pending-result" ? "pending" : (sectionByKind[fact.kind] ?? "course");
}

const cites = (sentence: Sentence, { evidence }: Fact): boolean =>
  sentence.evidence.some(({ reference }) => evidence.some((own) => own.reference === reference));

/** The computed section's own sentence on the fact; the fact's statement where no section tells it. */
function sentenceFor(
  weighty: Weighty,
  template: readonly Section[],
  chart: Chart,
  options: ReviewOptions,
): Pick<OmissionCandidate, "section" | "text" | "verified" | "evidence"> {
  const wanted = sectionOf(weighty);
  const ordered = template.toSorted((a, b) => Number(b.id === wanted) - Number(a.id === wanted));
  for (const { id, sentences } of ordered) {
    const own = sentences.find((sentence) => cites(sentence, weighty.fact) && !isForReview(sentence.text));
    // A timeline tells many things in one sentence; elsewhere each has its own.
    if (own !== undefined && id !== "course")
      return { section: id, text: own.text, verified: own.verified, evidence: own.evidence };
  }
  const text = `${weighty.fact.text.replace(/[.\s]+$/u, "")}.`;
  const { evidence } = weighty.fact;
  return {
    // Not every kind of stay has every section.
    section: template.some(({ id }) => id === wanted) ? wanted : "course",
    text,
    evidence,
    verified: verifySentence({ text, evidence }, chart, options).verified,
  };
}

function withLabels<T extends { readonly evidence: readonly Evidence[] }>(
  sentence: T,
  labels: ReadonlyMap<string, readonly string[]>,
): T & Pick<OmissionCandidate, "security"> {
  const codes = [...new Set(sentence.evidence.flatMap(({ reference }) => labels.get(reference) ?? []))];
  return codes.length === 0 ? sentence : { ...sentence, security: codes };
}

/**
 * What a draft of this chart is looked at with. `template` are the computed sections, verified: their sentences are what
 * can be added.
 */
export function reviewBasisOf(
  chart: Chart,
  template: readonly Section[],
  { timeZone, language }: ReviewOptions,
): ReviewBasis {
  const options = { timeZone, language };
  const labels = labelsByReference(chart);
  const candidates = weightyFacts(recordedFacts(chart, options)).map((weighty): OmissionCandidate => ({
    id: weighty.fact.id,
    why: weighty.why,
    label: weighty.fact.label,
    references: weighty.references,
    matter: matterOf(weighty),
    ...withLabels(sentenceFor(weighty, template, chart, options), labels),
  }));
  return { chart, options, candidates };
}

interface Judged {
  readonly supported: number;
  readonly doubted: readonly DoubtedClaim[];
}

/** Rules and gate have looked at every sentence of theirs already; a person's own is held against the whole chart. */
function judgeSentence(sentence: Sentence, { chart, options }: ReviewBasis): Judged {
  const { timeZone, language } = options;
  const { id, text, origin, verified, evidence } = sentence;
  if (origin !== "person") {
    if (verified) return { supported: 1, doubted: [] };
    return { supported: 0, doubted: [{ sentence: id, text, verdict: "not-supported", evidence }] };
  }
  // Claims are cut and held against facts by English words; what cannot be judged is not doubted.
  if (language !== "en") return { supported: 0, doubted: [] };
  const facts = recordedFacts(chart, options);
  const byId = new Map(facts.map((fact) => [fact.id, fact]));
  const claims = judgeClaims(text, { chart, facts, timeZone });
  const doubted = claims.flatMap(({ verdict, text: claim, factIds }): readonly DoubtedClaim[] =>
    verdict === "supported"
      ? []
      : [
          {
            sentence: id,
            text: claim,
            verdict,
            evidence: factIds.slice(0, mostCited).flatMap((factId) => byId.get(factId)?.evidence ?? []),
          },
        ],
  );
  return { supported: claims.length - doubted.length, doubted };
}

/** As many records as a reader looks at. */
const mostCited = 5;

/** The draft's sections under a second look. Pure, and cheap: only what a person wrote is judged anew. */
export function reviewOf(sections: readonly Section[], basis: ReviewBasis): Review {
  const sentences = sections.flatMap((section) => section.sentences);
  const judged = sentences.filter(({ text }) => !isForReview(text)).map((sentence) => judgeSentence(sentence, basis));
  const doubted = judged.flatMap((each) => each.doubted);
  const ofVerdict = (verdict: DoubtedClaim["verdict"]): number =>
    doubted.filter((claim) => claim.verdict === verdict).length;
  return {
    claims: {
      supported: judged.reduce((sum, { supported }) => sum + supported, 0),
      notSupported: ofVerdict("not-supported"),
      notAddressed: ofVerdict("not-addressed"),
      doubted,
    },
    omissions: untold(basis.candidates, sections, ({ matter }) => matter).map(
      ({ references: _references, matter: _matter, ...omission }) => omission,
    ),
    warnings: sentences.filter(({ text }) => isForReview(text)).map(({ id }) => id),
  };
}
