/**
 * What became of a medicine: stopped, held, continued, started, given or prescribed as its cited entries and lists say, in
 * the dose that the entry has of which it is said. "Discharged on 80 mg" is false where 80 mg was the hospital's dose, true
 * as each of its parts is.
 */
import type { Fact } from "../../chart/facts.ts";
import { supportsValue } from "../support.ts";
import type { Value } from "../value.ts";
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";
import { routesIn, supportsRoute } from "./routes.ts";
import {
  continuesIn,
  isByAnotherRoute,
  isDoseOf,
  isFirstDay,
  isOnList,
  isSupersededEnd,
  wasTakenBefore,
} from "./therapy-lists.ts";
import type { TherapyPhrase } from "./therapy-phrases.ts";
import { phrasesOf } from "./therapy-phrases.ts";

type Act = "stop" | "complete" | "hold" | "continue" | "start" | "resume" | "give" | "take" | "discharge" | "home";

const acts: readonly (readonly [Act, RegExp])[] = [
  ["stop", /\b(?:stopped|stopping|discontinued|ceased|taken\s+off|withdrawn)\b/giu],
  ["complete", /\b(?:completed?|completing|finished)\b/giu],
  ["hold", /\b(?:held|withheld|paused|on\s+hold)\b/giu],
  ["continue", /\b(?:continued?|continues|continuing|maintained|unchanged)\b/giu],
  ["start", /\b(?:started|initiated|begun|began|commenced|added|new(?:ly)?)\b/giu],
  ["resume", /\b(?:resumed?|resuming|restart(?:ed)?)\b/giu],
  ["give", /(?<!\bnot\s)\b(?:given|administered|receiv(?:ed|ing)|treat(?:ed|ment)|controlled|managed|infused)\b/giu],
  ["take", /\b(?:took|takes|taking|used|uses)\b/giu],
  [
    "discharge",
    /\b(?:(?:at|on|after)\s+discharge|discharged\s+(?:home\s+)?(?:on|with)|discharge\s+(?:medications?|medicines?|prescriptions?)|prescribed|prescription)\b/giu,
  ],
  [
    "home",
    /\b(?:before\s+(?:the\s+)?admission|prior\s+to\s+admission|at\s+home|on\s+admission|home\s+medications?|pre-?admission)\b/giu,
  ],
];

const ended = new Set(["stopped", "cancelled", "completed", "ended"]);
const neverGiven = new Set(["cancelled", "not-done", "not-taken", "on-hold", "draft", "entered-in-error", "declined"]);

const says = (part: CitedFact, ...stems: readonly string[]): boolean => stems.some((stem) => part.stems.has(stem));
const isTaken = ({ fact }: CitedFact): boolean => !neverGiven.has(fact.status ?? "");
/** A list of home medicines or an order for the way home is no record of a dose in hospital. */
const isOfHospital = ({ fact }: CitedFact): boolean =>
  fact.kind === "administration" || fact.medication?.list === "inpatient" || fact.medication?.list === "unclear";

/** A dose that was given in full is "completed", which is no end of the medicine. */
const givenStatus = ({ fact }: CitedFact): string | undefined =>
  fact.kind === "administration" ? "completed" : undefined;

const rules: Readonly<Record<Act, (part: CitedFact, chartFacts: readonly Fact[]) => boolean>> = {
  stop: (part, all) =>
    ((ended.has(part.fact.status ?? "") && part.fact.status !== givenStatus(part)) ||
      says(part, "stopp", "stop", "discontinu")) &&
    !isOnList(part.fact, all, "discharge"),
  complete: (part, all) =>
    part.fact.status === "completed" && part.fact.kind === "medication" && !isOnList(part.fact, all, "discharge"),
  hold: (part) =>
    part.fact.status === "on-hold" || part.fact.status === "not-done" || says(part, "held", "hold", "withheld"),
  continue: (part, all) => isOnList(part.fact, all, "home") && isOnList(part.fact, all, "discharge"),
  start: (part, all) => isTaken(part) && (!isOnList(part.fact, all, "home") || isByAnotherRoute(part.fact, all)),
  resume: (part, all) =>
    (isOnList(part.fact, all, "discharge") && wasTakenBefore(part.fact, all)) || says(part, "resum", "restart"),
  give: (part) => isTaken(part) && isOfHospital(part),
  take: isTaken,
  discharge: (part) => part.fact.medication?.list === "discharge" && part.fact.status === "active",
  home: (part) => part.fact.medication?.list === "home",
};

/** The cited entries of medicines that the sentence names at this mention. */
function entriesAt(mention: Mention, { cited }: CitedSentence): readonly CitedFact[] {
  return cited.filter(({ fact }) => fact.medication !== undefined && isNamedAt(fact, mention));
}

const spans = new Set(["d", "wk", "mo", "a", "h", "min"]);
const isDose = (value: Value): boolean => value.kind === "number" && !spans.has(value.unit ?? "");

const isItsDose = (value: Value, part: CitedFact): boolean =>
  supportsValue(value, part.values) && isDoseOf(value, part.fact);

/** "Started on DAY" names the day of the first dose or order; a dose that is named may begin later than the medicine. */
function startsOn(fact: Fact, { values, text }: TherapyPhrase, chartFacts: readonly Fact[]): boolean {
  if (!isOnList(fact, chartFacts, "home")) return values.some(isDose) || isFirstDay(fact, values, chartFacts);
  return routesIn(text).length > 0;
}

function bearsOut(part: CitedFact, act: Act, phrase: TherapyPhrase, { chartFacts }: CitedSentence): boolean {
  const own = phrase.values.filter((value) => isDose(value) || value.kind === "frequency");
  if (!own.every((value) => isItsDose(value, part))) return false;
  if (act === "continue") return continuesIn(part.fact, own, chartFacts);
  if (act === "start" && !startsOn(part.fact, phrase, chartFacts)) return false;
  if (act === "stop" || act === "complete") return !isSupersededEnd(part, phrase.values, chartFacts);
  return act === "hold" || routesIn(phrase.text).every((route) => supportsRoute(route, part.stems));
}

/** Each act of treatment in a phrase agrees with one entry of every medicine that the phrase speaks of, dose included. */
export const treatsAsRecorded: GateCheck = (sentence): readonly GateFailure[] =>
  phrasesOf(sentence).flatMap((phrase) => {
    const medicines = phrase.mentions
      .map((spoken) => ({ entries: entriesAt(spoken.mention, sentence), values: spoken.values }))
      .filter(({ entries }) => entries.length > 0);
    if (medicines.length === 0) return [];
    return acts.flatMap(([act, pattern]) =>
      [...phrase.text.matchAll(pattern)].flatMap((match): readonly GateFailure[] => {
        const holds = medicines.every(({ entries, values }) =>
          entries.some(
            (part) => rules[act](part, sentence.chartFacts) && bearsOut(part, act, { ...phrase, values }, sentence),
          ),
        );
        const start = phrase.start + match.index;
        return holds ? [] : [{ kind: "contradiction", value: match[0], span: { start, end: start + match[0].length } }];
      }),
    );
  });

const notTaken =
  /\b(?:cancel\p{L}*|withdraw\p{L}*|revoked?|held|withheld|hold|paused|declin\p{L}*|refused|draft|not|never|without|instead|omitted)\b/iu;

/** A medicine of which all that is cited was cancelled, held or never given is spoken of as that. */
export const tellsWhatWasNotGiven: GateCheck = (sentence): readonly GateFailure[] =>
  notTaken.test(sentence.text)
    ? []
    : sentence.mentions.flatMap((mention): readonly GateFailure[] => {
        const entries = entriesAt(mention, sentence);
        const never = entries.length > 0 && !entries.some(isTaken);
        const { start, end } = mention;
        return never ? [{ kind: "contradiction", value: sentence.text.slice(start, end), span: { start, end } }] : [];
      });

const single =
  /\b(?:once(?!\s+(?:daily|weekly|monthly|a|an|per|every|in|at|on|the|he|she)\b)|a\s+single\s+dose|one\s+dose)\b/giu;

/** "Given once" of what was given again: the doses of the chart are counted, unless the record itself says so. */
export const givesAsOften: GateCheck = ({ text, mentions, facts, chartFacts }) => {
  const found = failEach("contradiction", text, single).filter(
    ({ value }) => !facts.some((fact) => fact.text.toLowerCase().includes(value.toLowerCase())),
  );
  if (found.length === 0) return [];
  const medicines = mentions.filter(({ medicines: names }) => names.size > 0);
  const again = medicines.some(
    (mention) =>
      chartFacts.filter(
        (fact) => fact.kind === "administration" && fact.status === "completed" && isNamedAt(fact, mention),
      ).length > 1,
  );
  return again ? found : [];
};

const dosing = /\b(?:given|administered|infused)\b/iu;
const measured = new Set<Fact["kind"]>(["result", "vital"]);

/** A test is measured, never given: "calcium was given at 8.7 mg/dL" reads a value as a dose. */
export const givesNoTest: GateCheck = ({ text, mentions }): readonly GateFailure[] => {
  const act = dosing.exec(text);
  if (act === null || mentions.length === 0) return [];
  const tests = mentions.every(({ kinds }) => [...kinds].every((kind) => measured.has(kind)));
  return tests
    ? [{ kind: "contradiction", value: act[0], span: { start: act.index, end: act.index + act[0].length } }]
    : [];
};

/** What goes on does so from one list to the next, at the admission or at the discharge: never before it came here. */
export const continuesFromHereOn: GateCheck = ({ text }) =>
  failEach("contradiction", text, /\bcontinued\s+(?:before|prior\s+to)\s+(?:the\s+)?admission\b/giu);

const change =
  /\b(?:increas\p{L}*|rais\p{L}*|decreas\p{L}*|reduc\p{L}*|lower\p{L}*|titrated|changed|switched|from)\b/iu;

/** "Changed from A to B": A is an entry from before, B one that came after it. */
export const changesAsTheLists: GateCheck = (sentence): readonly GateFailure[] => {
  if (!change.test(sentence.text)) return [];
  const doses = sentence.values.filter((value) => value.kind === "number");
  const lead = (value: Value): string => sentence.text.slice(Math.max(0, value.span.start - 8), value.span.start);
  const from = doses.find((value) => /\bfrom\s+(?:a\s+)?$/iu.test(lead(value)));
  const to = doses.find((value) => /\bto\s+(?:a\s+)?$/iu.test(lead(value)));
  if (from === undefined || to === undefined || from.span.start > to.span.start) return [];
  const mention = sentence.mentions.findLast(({ start }) => start < from.span.start);
  const entries = mention === undefined ? [] : entriesAt(mention, sentence);
  if (entries.length === 0) return [];
  const rank = ({ fact }: CitedFact): number =>
    ({ home: 0, unclear: 1, inpatient: 1, discharge: 2 })[fact.medication?.list ?? "unclear"];
  const holds = entries.some(
    (old) =>
      isItsDose(from, old) &&
      entries.some(
        (later) =>
          isItsDose(to, later) &&
          isTaken(later) &&
          (rank(old) < rank(later) || (rank(old) === rank(later) && (old.fact.time ?? "") < (later.fact.time ?? ""))),
      ),
  );
  const span = { start: from.span.start, end: to.span.end };
  return holds ? [] : [{ kind: "contradiction", value: sentence.text.slice(span.start, span.end), span }];
};
