/** The gate itself: resolves the citations, then asks every check. */
import type { Evidence } from "../../summary/summary.ts";
import type { Fact } from "../../chart/facts.ts";
import { derivedValues } from "../derived.ts";
import { extractValues } from "../extract.ts";
import { negations } from "../cues.ts";
import { valuesOfText } from "../resource-values.ts";
import type { ValueSet } from "../value-set.ts";
import { emptyCollector, unite } from "../value-set.ts";
import { canonicalUnit } from "../units.ts";
import { calendarDate } from "../zoned-date.ts";
import { readChart } from "../verify-sentence.ts";
import { deniesNothingElse, deniesWhatIsDenied, keepsAssertion } from "./assertion.ts";
import type { CitedSentence, GateCheck, GateContext, GateFailure, ModelSentence } from "./check.ts";
import { bearsNoInstruction, givesNoAdvice, isPlainSentence, namesNobodyNew } from "./conduct.ts";
import { treatsWithCitedOnly } from "./therapy.ts";
import { holdsOnlyCitedValues, pairsValuesWithTheirDates } from "./values.ts";

export interface GateVerdict {
  readonly passed: boolean;
  readonly failures: readonly GateFailure[];
  /** Evidence of the cited facts, each place once; empty unless passed. */
  readonly evidence: readonly Evidence[];
}

const denialKeys = (text: string): ReadonlySet<string> =>
  new Set(negations(text).flatMap((value) => (value.kind === "negation" ? [value.key] : [])));

const checks: readonly GateCheck[] = [
  isPlainSentence,
  bearsNoInstruction,
  givesNoAdvice,
  holdsOnlyCitedValues,
  pairsValuesWithTheirDates,
  deniesWhatIsDenied(denialKeys),
  deniesNothingElse(denialKeys),
  keepsAssertion,
  treatsWithCitedOnly,
  namesNobodyNew,
];

/** What a fact says of itself: its statement, its quantity under both spellings of the unit, its time. */
function valuesOfFact(fact: Fact, timeZone: string): ValueSet {
  const { quantity, time } = fact;
  const date = time === undefined ? undefined : calendarDate(time, timeZone);
  const units = [quantity?.unit, quantity?.code].filter((unit) => unit !== undefined).map(canonicalUnit);
  const decimals = /\.(\d+)/u.exec(String(quantity?.value ?? ""))?.[1]?.length ?? 0;
  const own: ValueSet = {
    ...emptyCollector(),
    numbers: quantity === undefined ? [] : [{ value: quantity.value, decimals, units }],
    dates: date === undefined ? [] : [date],
    keys: new Set(fact.laterality === undefined ? [] : [`laterality:${fact.laterality}`]),
    negative: fact.assertion === "absent",
  };
  return unite([own, valuesOfText(`${fact.text}\n${fact.label}`)]);
}

/** Places, not objects: two facts of one note share the note but not the span. */
function distinct(evidence: readonly Evidence[]): readonly Evidence[] {
  return [
    ...new Map(evidence.map((entry) => [JSON.stringify([entry.reference, entry.path, entry.span]), entry])).values(),
  ];
}

function citationFailures({ text, factIds }: ModelSentence, facts: GateContext["facts"]): readonly GateFailure[] {
  const span = { start: 0, end: text.length };
  if (factIds.length === 0) return [{ kind: "no-citation", value: "", span }];
  return factIds.filter((id) => !facts.has(id)).map((id) => ({ kind: "unknown-fact", value: id, span }));
}

/**
 * Decides whether one sentence of a model may count. It passes only if every cited fact exists and every number, unit,
 * date, drug, side, denial and degree of certainty in it is borne out by the cited facts or their resources; what cannot
 * be read fails. Never throws.
 */
export function gateSentence(sentence: ModelSentence, context: GateContext): GateVerdict {
  const unknown = citationFailures(sentence, context.facts);
  if (unknown.length > 0) return { passed: false, failures: unknown, evidence: [] };

  const { lookup, lexicon } = readChart(context.chart, context.timeZone);
  const facts = [...new Set(sentence.factIds)].flatMap((id) => context.facts.get(id) ?? []);
  const evidence = distinct(facts.flatMap((fact) => fact.evidence));
  const parts = facts.map((fact) =>
    unite([valuesOfFact(fact, context.timeZone), ...fact.evidence.flatMap((entry) => lookup.values(entry) ?? [])]),
  );
  const cited: CitedSentence = {
    text: sentence.text,
    values: extractValues(sentence.text, { lexicon }),
    facts,
    evidence: unite([...parts, derivedValues(evidence, lookup, context.chart, context.timeZone)]),
    parts,
    lexicon,
  };
  const failures = checks.flatMap((check) => check(cited));
  return { passed: failures.length === 0, failures, evidence: failures.length === 0 ? evidence : [] };
}
