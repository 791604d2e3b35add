/** The gate for sentences a language model wrote: a list of small named checks, each of which can only refuse. */
import type { Chart } from "../../chart/chart.ts";
import type { Fact } from "../../chart/facts.ts";
import type { DrugLexicon } from "../drugs.ts";
import type { Span, Value } from "../value.ts";
import type { ValueSet } from "../value-set.ts";
import type { CitedFact } from "./cited-facts.ts";
import type { Mention } from "./mentions.ts";
import type { Word } from "./words.ts";

/** What a model hands in: its words, and the facts it says they rest on. */
export interface ModelSentence {
  readonly text: string;
  readonly factIds: readonly string[];
}

export interface GateContext {
  readonly chart: Chart;
  /** The facts that the model was shown, by id. */
  readonly facts: ReadonlyMap<string, Fact>;
  /** Every fact of the chart: "last", "peak" and what a section says otherwise are judged by them. Absent: those shown. */
  readonly chartFacts?: readonly Fact[];
  /** IANA zone in which facts print their dates. */
  readonly timeZone: string;
}

export type GateFailureKind =
  | "no-citation"
  | "unknown-fact"
  | "malformed"
  | "instruction"
  | "directive"
  | "value"
  | "negation"
  | "assertion"
  | "therapy"
  | "name"
  | "stranger"
  | "mispaired"
  | "trend"
  | "order"
  | "contradiction";

export interface GateFailure {
  readonly kind: GateFailureKind;
  /** What gave offence, as written. Chart content or worse: never log it. */
  readonly value: string;
  readonly span: Span;
}

/** A sentence whose citations exist, with all that a check may look at. */
export interface CitedSentence {
  readonly text: string;
  readonly values: readonly Value[];
  readonly facts: readonly Fact[];
  /** What the cited facts and their resources contain, together. */
  readonly evidence: ValueSet;
  /** The same, for each cited fact by itself. */
  readonly cited: readonly CitedFact[];
  /** What the citations imply without printing it: an age, a length of stay, a hospital day. */
  readonly derived: ValueSet;
  readonly words: readonly Word[];
  /** Where the sentence names facts that the model was shown, cited or not. */
  readonly mentions: readonly Mention[];
  readonly chart: Chart;
  readonly chartFacts: readonly Fact[];
  readonly timeZone: string;
  readonly lexicon: DrugLexicon;
}

/** Returns what it refuses; an empty list lets the sentence pass. */
export type GateCheck = (sentence: CitedSentence) => readonly GateFailure[];

/** One failure for every match of `pattern`. */
export function failEach(kind: GateFailureKind, text: string, pattern: RegExp): readonly GateFailure[] {
  return [...text.matchAll(pattern)].map((match) => ({
    kind,
    value: match[0],
    span: { start: match.index, end: match.index + match[0].length },
  }));
}
