/** What every section writer works with, and how sentences are made. */
import { versionOf } from "../chart/resource-version.ts";
import type { Chart } from "../chart/chart.ts";
import type { Fact, FactKind } from "../chart/facts.ts";
import type { DatePrinter } from "../facts/dates.ts";
import { createDatePrinter, instantOf } from "../facts/dates.ts";
import { withoutPlantedText } from "../facts/planted-text.ts";
import type { Language } from "../language/language.ts";
import type { MessageKey } from "../language/messages.ts";
import type { Wording } from "../language/wording.ts";
import { wordingOf } from "../language/wording.ts";
import type { StayKind } from "../stay/stay-kind.ts";
import { stayKindOf } from "../stay/stay-kind.ts";
import type { Jurisdiction } from "../jurisdiction/jurisdiction.ts";
import type { Evidence, SectionId } from "../summary/summary.ts";

export interface SectionOptions {
  /** IANA zone in which dates are printed. */
  readonly timeZone: string;
  readonly jurisdiction: Jurisdiction;
  /** English where absent; the facts must have been read in the same language. */
  readonly language?: Language;
  /** A hospital's own titles. */
  readonly style?: { readonly titles?: Readonly<Partial<Record<SectionId, string>>> };
  /** A hospital's own wording of that language; the catalogue's where absent. */
  readonly words?: Wording;
}

export interface SectionContext {
  readonly chart: Chart;
  readonly facts: readonly Fact[];
  readonly dates: DatePrinter;
  readonly words: Wording;
  /** Titles in the place of the catalogue's. */
  readonly titles: Readonly<Partial<Record<SectionId, string>>>;
  /** Which sections there are, and what some of them say. */
  readonly kind: StayKind;
  readonly jurisdiction: Jurisdiction;
  /** `Type/id` of resources that hold text addressed to a machine; it is left out of `chart` and of every fact. */
  readonly planted: readonly string[];
  /** Facts of the kinds, in time order; facts of equal time keep the chart's order. */
  of(...kinds: readonly FactKind[]): readonly Fact[];
}

/** A sentence before it gets its number. */
export interface SentenceDraft {
  readonly text: string;
  readonly evidence: readonly Evidence[];
}

/** What a writer returns: its sentences, and what it looked for, which is printed when it found nothing. */
export interface SectionDraft {
  readonly sentences: readonly SentenceDraft[];
  readonly lookedFor: Extract<MessageKey, `${string}.lookedFor`>;
}

export type SectionWriter = (context: SectionContext) => SectionDraft;

/** Facts by kind in time order. Undated facts come last; the sort is stable, so the chart's order breaks ties. */
export function createSectionContext(raw: Chart, facts: readonly Fact[], options: SectionOptions): SectionContext {
  const { chart, planted } = withoutPlantedText(raw);
  const words = options.words ?? wordingOf(options.language ?? "en");
  const dates = createDatePrinter(options.timeZone, words);
  const keys = new Map(facts.map((fact) => [fact.id, timeKey(fact.time)]));
  const ordered = facts.toSorted((a, b) => compareText(keys.get(a.id) ?? "", keys.get(b.id) ?? ""));
  const byKind = groupBy(ordered, (fact) => fact.kind);
  return {
    chart,
    facts,
    dates,
    words,
    titles: options.style?.titles ?? {},
    kind: stayKindOf(chart),
    jurisdiction: options.jurisdiction,
    planted,
    of: (...kinds) =>
      kinds.length === 1 && kinds[0] !== undefined
        ? (byKind.get(kinds[0]) ?? [])
        : ordered.filter((fact) => kinds.includes(fact.kind)),
  };
}

/** Order by code units: no locale may change the order of a document. */
export function compareText(left: string, right: string): number {
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Sorts as text in time order; undated comes last. */
function timeKey(time: string | undefined): string {
  const instant = instantOf(time);
  return instant === undefined ? "~" : new Date(instant).toISOString();
}

function evidenceKey(evidence: Evidence): string {
  return `${evidence.reference} ${evidence.path ?? ""} ${evidence.span?.start ?? ""}`;
}

/** Evidence of several facts, each place once, in order. */
export function evidenceOf(
  ...sources: readonly (Fact | Evidence | readonly (Fact | Evidence)[])[]
): readonly Evidence[] {
  const seen = new Map<string, Evidence>();
  for (const source of sources.flat()) {
    for (const evidence of "reference" in source ? [source] : source.evidence) {
      if (!seen.has(evidenceKey(evidence))) seen.set(evidenceKey(evidence), evidence);
    }
  }
  return [...seen.values()];
}

/** A sentence that rests on the facts. The full stop is added unless the text ends with a mark. */
export function say(
  text: string,
  ...sources: readonly (Fact | Evidence | readonly (Fact | Evidence)[])[]
): SentenceDraft {
  const plain = text.replaceAll(/\s+/gu, " ").trim();
  return { text: /[.!?"]$/u.test(plain) ? plain : `${plain}.`, evidence: evidenceOf(...sources) };
}

/** Evidence that the encounter itself gives. */
export function encounterEvidence(context: SectionContext, path: string): Evidence {
  const { encounter } = context.chart;
  const version = versionOf(encounter);
  return { reference: `Encounter/${encounter.id}`, path, ...(version === undefined ? {} : { version }) };
}

/** Items with equal keys together, in order of first appearance. */
export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Text in quotation marks; marks inside it become single ones. */
export function inQuotes(text: string): string {
  return text.replaceAll('"', "'");
}

/** True for what belongs to the stay, results that came after the discharge included. */
export function ofStay(fact: Fact): boolean {
  return fact.period === "this-stay";
}

/** Text with a capital first letter; names that start with a lower-case code word keep the rest. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `text` cut to whole sentences within `limit` characters; where none fits, to whole words, marked `[...]`. */
export function excerpt(text: string, limit: number): string {
  const plain = text.replaceAll(/\s+/gu, " ").trim();
  if (plain.length <= limit) return plain;
  const sentences = /^.*[.!?](?=\s)/su.exec(plain.slice(0, limit))?.[0];
  if (sentences !== undefined && sentences.length > limit / 3) return `${sentences} [...]`;
  return `${plain.slice(0, limit).replace(/\s+\S*$/u, "")} [...]`;
}
