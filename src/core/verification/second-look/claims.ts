/**
 * A second look at a draft that somebody may have rewritten: each sentence cut into claims, and each claim held against
 * all facts of the chart, whatever it cites. The gate asks whether a sentence may stand; this asks what it rests on.
 */
import type { Chart } from "../../chart/chart.ts";
import type { Fact } from "../../chart/facts.ts";
import { extractValues } from "../extract.ts";
import type { GateFailure } from "../gate/check.ts";
import { gateSentence } from "../gate/gate-sentence.ts";
import { findMentions } from "../gate/mentions.ts";
import type { Span } from "../value.ts";
import { wordsWithPlaces } from "../gate/words.ts";

/** `supported`: the chart says so. `not-supported`: the chart speaks of the matter and says otherwise. `not-addressed`: it is silent. */
export type ClaimVerdict = "supported" | "not-supported" | "not-addressed";

export interface Claim {
  readonly text: string;
  /** Place in the sentence, in UTF-16 code units. */
  readonly span: Span;
}

export interface JudgedClaim extends Claim {
  readonly verdict: ClaimVerdict;
  /** Ids of the facts that bear the claim out, or that speak of the same matter. */
  readonly factIds: readonly string[];
}

/** Where one statement ends and the next begins; "and" only in front of a new subject with its own verb. */
const seams =
  /[.;](?=\s|$)|,?\s+(?:but|while|whereas|although|however)\s+|,?\s+and\s+(?=(?:[\p{L}'-]+\s+){1,4}(?:was|were|is|had|has|rose|fell|showed|remained|resolved)\b)/giu;

/** The claims of a sentence, in their order. A sentence without seams is one claim. */
export function claimsOf(text: string): readonly Claim[] {
  const claims: Claim[] = [];
  let start = 0;
  const take = (end: number): void => {
    const piece = text.slice(start, end);
    const lead = piece.length - piece.trimStart().length;
    if (/\p{L}/u.test(piece))
      claims.push({ text: piece.trim(), span: { start: start + lead, end: start + piece.trimEnd().length } });
  };
  for (const match of text.matchAll(seams)) {
    take(match.index);
    start = match.index + match[0].length;
  }
  take(text.length);
  return claims;
}

export interface ClaimContext {
  readonly chart: Chart;
  readonly facts: readonly Fact[];
  readonly timeZone: string;
}

/** More facts than this about one claim is a list, and judging it together finds nothing. */
const mostRelated = 40;

/** Facts whose names the claim mentions, in the chart's order. */
function related(claim: Claim, facts: ReadonlyMap<string, Fact>): readonly Fact[] {
  const labels = new Set(findMentions(wordsWithPlaces(claim.text), facts).flatMap((mention) => [...mention.labels]));
  return [...facts.values()].filter(({ label }) => labels.has(label)).slice(0, mostRelated);
}

/** What the chart says otherwise. The rest is what it does not say: advice, another word, an interval that nobody recorded. */
const contrary = new Set<GateFailure["kind"]>(["negation", "assertion", "trend", "order", "contradiction"]);
const timeUnits = new Set(["d", "wk", "mo", "a", "h", "min", "s"]);

function contradicts({ kind, span }: GateFailure, text: string): boolean {
  if (kind !== "value" && kind !== "mispaired") return contrary.has(kind);
  const value = extractValues(text).find((read) => read.span.start === span.start);
  // A side or a degree is a word.
  if (value === undefined) return kind === "mispaired";
  return value.kind === "date" || (value.kind === "number" && !timeUnits.has(value.unit ?? "d"));
}

function judge(claim: Claim, context: ClaimContext, facts: ReadonlyMap<string, Fact>): JudgedClaim {
  const about = related(claim, facts);
  const ids = (some: readonly Fact[]): readonly string[] => some.map(({ id }) => id);
  if (about.length === 0) return { ...claim, verdict: "not-addressed", factIds: [] };
  const gate = { chart: context.chart, facts, chartFacts: context.facts, timeZone: context.timeZone };
  // A claim has no full stop of its own; the gate reads sentences.
  const failuresBy = (some: readonly Fact[]): readonly GateFailure[] =>
    gateSentence({ text: `${claim.text}.`, factIds: ids(some) }, gate).failures;
  const alone = about.filter((fact) => failuresBy([fact]).length === 0);
  if (alone.length > 0) return { ...claim, verdict: "supported", factIds: ids(alone) };
  const failures = failuresBy(about);
  if (failures.length === 0) return { ...claim, verdict: "supported", factIds: ids(about) };
  const otherwise = failures.some((failure) => contradicts(failure, claim.text));
  return { ...claim, verdict: otherwise ? "not-supported" : "not-addressed", factIds: ids(about) };
}

/** Every claim of `text` with its verdict against the chart's facts. Pure; the same text and chart give the same verdicts. */
export function judgeClaims(text: string, context: ClaimContext): readonly JudgedClaim[] {
  const facts = new Map(context.facts.map((fact) => [fact.id, fact]));
  return claimsOf(text).map((claim) => judge(claim, context, facts));
}
