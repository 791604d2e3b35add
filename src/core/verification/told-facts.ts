/**
 * Which facts of a chart some sentences tell. A citation alone tells nothing: a sentence may cite twelve records and speak of
 * two, so what it cites must be named in it too.
 */
import type { Fact } from "../chart/facts.ts";
import { isNarrative, synonymStems } from "./gate/narrative-words.ts";
import { stemsOf, wordsWithPlaces } from "./gate/words.ts";

export interface TellingSentence {
  readonly text: string;
  readonly facts: readonly Fact[];
}

interface Read {
  readonly text: string;
  readonly stems: ReadonlySet<string>;
}

const named = new Set<Fact["kind"]>([
  "diagnosis",
  "procedure",
  "result",
  "vital",
  "medication",
  "administration",
  "device",
  "immunization",
]);

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`);

/** The value as a number of its own: 5.5 stands neither in 15.5 nor in 5.51. */
function holdsValue(text: string, printed: string): boolean {
  const [value = ""] = printed.split(" ");
  return new RegExp(String.raw`(?<![\d.,])${escaped(value)}(?![\d]|[.,]\d)`, "u").test(text);
}

/** Any word of a fact's name that is no word of every story. */
function isNamedIn({ label, medication }: Fact, { stems }: Read): boolean {
  const words = [label, ...(medication?.ingredients ?? [])].flatMap(wordsWithPlaces);
  const telling = words.filter(({ text }) => !isNarrative(text) && !/^\d/u.test(text));
  return (telling.length > 0 ? telling : words).some(({ stem }) => synonymStems(stem).some((same) => stems.has(same)));
}

function isTold(fact: Fact, read: Read): boolean {
  if (named.has(fact.kind) && !isNamedIn(fact, read)) return false;
  return fact.result === undefined || holdsValue(read.text, fact.result.printed);
}

/** The same matter under another id: an act done daily, a medicine given twice, two records in the same words. */
function mattersOf({ kind, label, text, medication, status }: Fact): readonly string[] {
  const same = `${kind} ${text}`;
  if (kind === "procedure" || kind === "diagnosis") return [same, `${kind} ${label}`];
  // A dose that was broken off is news, however often the medicine is told of; and what goes on the discharge list was not given by that.
  if (medication === undefined || status === "stopped" || (kind === "medication" && medication.list !== "inpatient"))
    return [same];
  return [same, ...medication.keys.map((key) => `medicine ${key}`)];
}

/** Results that a told report lists, where the sentence prints their values. */
function resultsOfReport({ report }: Fact, all: ReadonlyMap<string, Fact>, { text }: Read): readonly Fact[] {
  return (report?.results ?? []).flatMap((reference) => {
    const fact = all.get(reference);
    return fact?.result !== undefined && holdsValue(text, fact.result.printed) ? [fact] : [];
  });
}

/** A test of facts: true for those that one of the sentences cites and names. `chartFacts` are those that may be asked about. */
export function toldBy(sentences: readonly TellingSentence[], chartFacts: readonly Fact[]): (fact: Fact) => boolean {
  const byReference = new Map(chartFacts.map((fact) => [fact.evidence[0]?.reference ?? fact.id, fact]));
  const told = sentences.flatMap(({ text, facts }) => {
    const read = { text, stems: new Set(stemsOf(text).flatMap(synonymStems)) };
    return facts.flatMap((fact) => (isTold(fact, read) ? [fact, ...resultsOfReport(fact, byReference, read)] : []));
  });
  const matters = new Set(told.flatMap(mattersOf));
  return (fact) => mattersOf(fact).some((matter) => matters.has(matter));
}
