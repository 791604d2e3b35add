/** The gate itself: resolves the citations, then asks every check. */
import type { Evidence } from "../../summary/summary.ts";
import { derivedValues } from "../derived.ts";
import { extractValues } from "../extract.ts";
import { negations } from "../cues.ts";
import type { Value } from "../value.ts";
import { unite } from "../value-set.ts";
import { readChart } from "../verify-sentence.ts";
import { keepsValuesTogether } from "./anchored-values.ts";
import { deniesNothingElse, deniesWhatIsDenied, keepsAssertion } from "./assertion.ts";
import type { CitedSentence, GateCheck, GateContext, GateFailure, ModelSentence } from "./check.ts";
import { readFact } from "./cited-facts.ts";
import { putsNothingBeforeTheStay } from "./before-admission.ts";
import { endsForTheRecordedReason, linksAsRecorded } from "./causes.ts";
import { doesWhatIsRecorded, plansNothingDone, saysWhyNotDone } from "./done-as-recorded.ts";
import { exchangesAsRecorded } from "./exchanges.ts";
import { keepsFormerValues, keepsSteps } from "./former-values.ts";
import {
  boundsAsRecorded,
  diagnosesInTheirTime,
  leavesInWhatIsIn,
  movesAsRecorded,
  tellsNoEarlierDay,
} from "./lasting.ts";
import { keepsNumbersInPlace, keepsPairsInOrder } from "./numbers-in-place.ts";
import { keepsPhrases, showsAsReported } from "./phrases.ts";
import { saysNothingElse, saysSomething } from "./closed-world.ts";
import {
  bearsNoInstruction,
  callsTheStayNothing,
  givesNoAdvice,
  goesInNoCircles,
  isPlainSentence,
  leavesNoGap,
  namesNobodyNew,
} from "./conduct.ts";
import { findMentions } from "./mentions.ts";
import { affirmsNothingDenied, deniesNothingAffirmed } from "./denied-words.ts";
import {
  datesNoOldDiagnosis,
  diagnosesAsRecorded,
  deniesNoAllergy,
  givesNoAllergen,
  speaksOfThisPerson,
  wentWhereRecorded,
} from "./contradictions.ts";
import {
  comesFromElsewhere,
  goesWhereRecorded,
  keepsAcuteOnChronic,
  namesWhoDidIt,
  placesAsRecorded,
  relatesAsRecorded,
  speaksOfNobodyElse,
  tellsTheCorrectedReading,
} from "./relations.ts";
import { datesTheStayItself } from "./stay-dates.ts";
import { quotesWordForWord } from "./quotations.ts";
import { keepsBoth, keepsDegrees, keepsSides } from "./sides.ts";
import {
  changesAsTheLists,
  continuesFromHereOn,
  givesAsOften,
  givesNoTest,
  tellsWhatWasNotGiven,
  treatsAsRecorded,
} from "./therapy-state.ts";
import { boundsOfTheStay, firstAndLast, followsTheChart, keepsDatesInOrder } from "./time-order.ts";
import { comparesNothing, movesAsTheNumbers, rangesAsTheNumbers } from "./trends.ts";
import { treatsWithCitedOnly } from "./therapy.ts";
import { asksWhereTheRecordAsks, awaitsWhatIsAwaited, plansWhatIsPlanned } from "./unfinished.ts";
import { holdsOnlyCitedValues, pairsValuesWithTheirDates } from "./values.ts";
import { happensWhereThePatientWas } from "./wards.ts";
import type { Word } from "./words.ts";
import { wordsWithPlaces } from "./words.ts";

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
  leavesNoGap,
  goesInNoCircles,
  callsTheStayNothing,
  bearsNoInstruction,
  givesNoAdvice,
  holdsOnlyCitedValues,
  pairsValuesWithTheirDates,
  deniesWhatIsDenied(denialKeys),
  deniesNothingElse(denialKeys),
  keepsAssertion,
  treatsWithCitedOnly,
  namesNobodyNew,
  saysNothingElse,
  saysSomething,
  keepsValuesTogether,
  keepsSides,
  keepsDegrees,
  keepsBoth,
  movesAsTheNumbers,
  rangesAsTheNumbers,
  comparesNothing,
  keepsDatesInOrder,
  firstAndLast,
  boundsOfTheStay,
  followsTheChart,
  treatsAsRecorded,
  tellsWhatWasNotGiven,
  changesAsTheLists,
  givesAsOften,
  givesNoTest,
  continuesFromHereOn,
  exchangesAsRecorded,
  linksAsRecorded,
  endsForTheRecordedReason,
  keepsFormerValues,
  keepsSteps,
  saysWhyNotDone,
  plansNothingDone,
  doesWhatIsRecorded,
  keepsNumbersInPlace,
  keepsPairsInOrder,
  relatesAsRecorded,
  goesWhereRecorded,
  comesFromElsewhere,
  speaksOfNobodyElse,
  namesWhoDidIt,
  tellsTheCorrectedReading,
  placesAsRecorded,
  keepsAcuteOnChronic,
  keepsPhrases,
  showsAsReported,
  awaitsWhatIsAwaited,
  plansWhatIsPlanned,
  asksWhereTheRecordAsks,
  diagnosesInTheirTime,
  boundsAsRecorded,
  leavesInWhatIsIn,
  movesAsRecorded,
  happensWhereThePatientWas,
  tellsNoEarlierDay,
  putsNothingBeforeTheStay,
  deniesNothingAffirmed,
  affirmsNothingDenied,
  givesNoAllergen,
  datesNoOldDiagnosis,
  diagnosesAsRecorded,
  deniesNoAllergy,
  wentWhereRecorded,
  speaksOfThisPerson,
  datesTheStayItself,
  quotesWordForWord,
];

/** "g" of "2 g" and "Mar" of a date name nothing; a term ("A1c") is part of a name. */
const isOutside = (values: readonly Value[]): ((word: Word) => boolean) => {
  const taken = values.filter(
    ({ kind }) => kind === "number" || kind === "date" || kind === "time" || kind === "frequency",
  );
  return ({ start, end }) => !taken.some(({ span }) => start < span.end && end > span.start);
};

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
 * Reads the chart and every fact that a model is shown, so that its first sentences cost no more than its last: a long
 * note takes as long to read as twenty sentences to judge. Called once a draft, while the model is still thinking.
 */
export function prepareGate(context: GateContext): void {
  const { lookup } = readChart(context.chart, context.timeZone);
  for (const fact of context.facts.values()) readFact(fact, lookup, context);
  findMentions([], context.facts);
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
  const cited = facts.map((fact) => readFact(fact, lookup, context));
  // Hospital days are each fact's own: a stay's resource holds days of which the cited fact says nothing.
  const derived = { ...derivedValues(evidence, lookup, context.chart, context.timeZone), keys: new Set<string>() };
  const words = wordsWithPlaces(sentence.text);
  const values = extractValues(sentence.text, { lexicon });
  const read: CitedSentence = {
    text: sentence.text,
    values,
    facts,
    evidence: unite([...cited.map(({ values }) => values), derived]),
    cited,
    derived,
    words,
    mentions: findMentions(words.filter(isOutside(values)), context.facts),
    lexicon,
    chart: context.chart,
    chartFacts: context.chartFacts ?? [...context.facts.values()],
    timeZone: context.timeZone,
  };
  const failures = checks.flatMap((check) => check(read));
  return { passed: failures.length === 0, failures, evidence: failures.length === 0 ? evidence : [] };
}
