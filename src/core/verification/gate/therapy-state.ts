/** What became of a medicine: stopped, held, continued, started, given or prescribed as its cited entries and lists say. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";

type Act = "stop" | "hold" | "continue" | "start" | "give" | "discharge" | "home";

const acts: readonly (readonly [Act, RegExp])[] = [
  ["stop", /\b(?:stopped|stopping|discontinued|ceased|taken\s+off|withdrawn)\b/giu],
  ["hold", /\b(?:held|withheld|paused|on\s+hold)\b/giu],
  ["continue", /\b(?:continued?|continues|continuing|maintained|unchanged)\b/giu],
  ["start", /\b(?:started|initiated|begun|began|commenced|added|new(?:ly)?)\b/giu],
  ["give", /\b(?:given|administered|received|receiving|treated|infused|took)\b/giu],
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

const sharesIngredient = (a: Fact, b: Fact): boolean =>
  a.medication !== undefined &&
  b.medication !== undefined &&
  a.medication.ingredients.some((name) => b.medication?.ingredients.includes(name) === true);

function onList(fact: Fact, chartFacts: readonly Fact[], list: "home" | "discharge"): boolean {
  return chartFacts.some(
    (other) => sharesIngredient(other, fact) && other.medication?.list === list && other.status === "active",
  );
}

const says = (part: CitedFact, ...stems: readonly string[]): boolean => stems.some((stem) => part.stems.has(stem));

const rules: Readonly<Record<Act, (part: CitedFact, chartFacts: readonly Fact[]) => boolean>> = {
  stop: (part, all) =>
    (ended.has(part.fact.status ?? "") || says(part, "stopp", "stop", "discontinu")) &&
    !onList(part.fact, all, "discharge"),
  hold: (part) =>
    part.fact.status === "on-hold" || part.fact.status === "not-done" || says(part, "held", "hold", "withheld"),
  continue: (part, all) => onList(part.fact, all, "home") && onList(part.fact, all, "discharge"),
  start: (part, all) => !neverGiven.has(part.fact.status ?? "") && !onList(part.fact, all, "home"),
  give: (part) => !neverGiven.has(part.fact.status ?? ""),
  discharge: (part) => part.fact.medication?.list === "discharge" && part.fact.status === "active",
  home: (part) => part.fact.medication?.list === "home",
};

/** The cited entries of medicines that the sentence names at this mention. */
function entriesAt(mention: Mention, { cited }: CitedSentence): readonly CitedFact[] {
  return cited.filter(({ fact }) => fact.medication !== undefined && isNamedAt(fact, mention));
}

/** Each act of treatment in the sentence agrees with an entry of every medicine that it names. */
export const treatsAsRecorded: GateCheck = (sentence): readonly GateFailure[] => {
  const medicines = sentence.mentions
    .map((mention) => entriesAt(mention, sentence))
    .filter((entries) => entries.length > 0);
  if (medicines.length === 0) return [];
  return acts.flatMap(([act, pattern]) =>
    [...sentence.text.matchAll(pattern)].flatMap((match): readonly GateFailure[] => {
      const holds = medicines.every((entries) => entries.some((part) => rules[act](part, sentence.chartFacts)));
      const span = { start: match.index, end: match.index + match[0].length };
      return holds ? [] : [{ kind: "contradiction", value: match[0], span }];
    }),
  );
};

/** What goes on does so from one list to the next, at the admission or at the discharge: never before it came here. */
export const continuesFromHereOn: GateCheck = ({ text }) =>
  failEach("contradiction", text, /\bcontinued\s+(?:before|prior\s+to)\s+(?:the\s+)?admission\b/giu);
