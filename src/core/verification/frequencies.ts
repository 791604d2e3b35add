/** How often, and when relative to what: dosing frequencies and times told from another time. */
import type { KeyedValue, Recogniser } from "./value.ts";
import { parseSpelledNumber } from "./numbers.ts";
import { anyOf, inTurn } from "./value.ts";
import { wholeMatches, wholeWords } from "./whole-words.ts";

const count =
  "(?:\\d+(?:\\.\\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty-four|forty-eight|seventy-two)";
const unitWord = "(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|wks?|months?|mos?|years?|yrs?)";

const unitCodes: readonly [RegExp, string][] = [
  [/^s/iu, "s"],
  [/^mi/iu, "min"],
  [/^h/iu, "h"],
  [/^d/iu, "d"],
  [/^w/iu, "wk"],
  [/^mo/iu, "mo"],
  [/^y/iu, "a"],
];

function unitCode(word: string): string {
  return unitCodes.find(([pattern]) => pattern.test(word))?.[1] ?? word.toLowerCase();
}

function countOf(word: string | undefined): number {
  if (word === undefined) return 1;
  return /^\d/u.test(word) ? Number(word) : (parseSpelledNumber(word) ?? Number.NaN);
}

/** Canonical key of "n times per period": `2/1d`. Twice a day is not every 12 hours: the chart's own word stands. */
export function frequencyKey(times: number, period: number, periodUnit: string): string {
  return `${times}/${period}${periodUnit}`;
}

interface FrequencyForm {
  readonly pattern: RegExp;
  readonly key: (match: RegExpExecArray) => string;
}

const fixed = (source: string, key: string): FrequencyForm => ({
  pattern: wholeWords(source, "giu"),
  key: () => key,
});
const computed = (source: string, key: FrequencyForm["key"]): FrequencyForm => ({
  pattern: wholeWords(source, "giu"),
  key,
});

const perDay = "(?:daily|(?:a|per|each|every)\\s+day|/\\s?day|x\\s?day)";
const times = "(?:times|x)";

/** Longest forms first: "three times daily" before "daily". */
const frequencyForms: readonly FrequencyForm[] = [
  computed(
    `every\\s+(?<low>${count})\\s?(?:-|–|to)\\s?(?<high>${count})\\s?-?(?<unit>${unitWord})`,
    ({ groups = {} }) => {
      return frequencyKey(1, countOf(groups["low"]), `-${countOf(groups["high"])}${unitCode(groups["unit"] ?? "")}`);
    },
  ),
  computed(`q\\.?\\s?(?<low>${count})\\s?(?:-|–)\\s?(?<high>${count})\\s?(?<unit>${unitWord})`, ({ groups = {} }) => {
    return frequencyKey(1, countOf(groups["low"]), `-${countOf(groups["high"])}${unitCode(groups["unit"] ?? "")}`);
  }),
  computed(`(?:every|q\\.?)\\s?(?<n>${count})\\s?-?(?<unit>${unitWord})`, ({ groups = {} }) =>
    frequencyKey(1, countOf(groups["n"]), unitCode(groups["unit"] ?? "")),
  ),
  fixed("every\\s+other\\s+day|q\\.?o\\.?d\\.?|alternate\\s+days", "1/2d"),
  computed(
    `(?<n>${count}|once|twice|thrice)\\s*(?:${times}\\s*)?(?:daily|(?:a|per|each|every)\\s+(?<unit>day|week|month|hour|year)|(?<adverb>weekly|monthly|yearly|hourly))`,
    ({ groups = {} }) => {
      const word = (groups["n"] ?? "").toLowerCase();
      const adverbs: Record<string, string> = { once: "one", twice: "two", thrice: "three" };
      return frequencyKey(countOf(adverbs[word] ?? word), 1, unitCode(groups["unit"] ?? groups["adverb"] ?? "day"));
    },
  ),
  computed(`(?<n>${count})\\s*${times}\\s*/\\s*(?<unit>day|week|month|d|wk)`, ({ groups = {} }) =>
    frequencyKey(countOf(groups["n"]), 1, unitCode(groups["unit"] ?? "")),
  ),
  fixed("b\\.?i\\.?d\\.?", "2/1d"),
  fixed("t\\.?i\\.?d\\.?|t\\.?d\\.?s\\.?", "3/1d"),
  fixed("q\\.?i\\.?d\\.?|q\\.?d\\.?s\\.?", "4/1d"),
  fixed(`q\\.?d\\.?|q\\s?day|o\\.?d\\.?|${perDay}`, "1/1d"),
  fixed("every\\s+hour|hourly|q\\.?h\\.?", "1/1h"),
  fixed("every\\s+week|weekly|q\\.?\\s?week|per\\s+week|a\\s+week", "1/1wk"),
  fixed("every\\s+month|monthly|q\\.?\\s?month|per\\s+month", "1/1mo"),
  fixed("yearly|annually|every\\s+year", "1/1a"),
  fixed("every\\s+(?:morning|am)|q\\.?\\s?am|in\\s+the\\s+morning", "MORN"),
  fixed("every\\s+(?:evening|pm)|q\\.?\\s?pm|in\\s+the\\s+evening", "EVE"),
  fixed("at\\s+(?:noon|midday)", "NOON"),
  fixed("at\\s+bedtime|before\\s+bed|bedtime|q\\.?\\s?hs|h\\.?s\\.?|nightly|every\\s+night|at\\s+night", "HS"),
  fixed("with\\s+(?:meals|food)|with\\s+breakfast|with\\s+dinner", "C"),
  fixed("before\\s+(?:meals|food|breakfast|dinner)", "AC"),
  fixed("after\\s+(?:meals|food|breakfast|dinner)", "PC"),
  fixed("as\\s+(?:needed|required)|when\\s+(?:needed|required)|if\\s+needed|p\\.?r\\.?n\\.?", "prn"),
  fixed("stat|immediately|once\\s+only|one\\s+time(?:\\s+only)?|single\\s+dose", "once"),
];

function keyed(kind: KeyedValue["kind"], form: FrequencyForm): Recogniser {
  return (text) =>
    wholeMatches(text, form.pattern).map((match) => ({
      kind,
      key: form.key(match),
      span: { start: match.index, end: match.index + match[0].length },
      text: match[0],
    }));
}

/** All forms in their order; a text that holds none of them is looked at once. */
function family(kind: KeyedValue["kind"], forms: readonly FrequencyForm[]): Recogniser {
  const any = anyOf(
    forms.map(({ pattern }) => pattern),
    "iu",
  );
  const all = inTurn(forms.map((form) => keyed(kind, form)));
  return (text) => (any.test(text) ? all(text) : []);
}

/** How often: "twice daily", "q8h", "at bedtime". */
export const frequencies: Recogniser = family("frequency", frequencyForms);

const squash = (match: RegExpExecArray): string => match[0].toLowerCase().replaceAll(/[\s-]+/gu, " ");

const dayOrdinals = "first second third fourth fifth sixth seventh eighth ninth tenth".split(" ");

const relativeForms: readonly FrequencyForm[] = [
  computed(
    `(?:hospital|post-?\\s?operative|post-?\\s?op|postoperative|HD|POD|treatment)\\s*(?:day\\s*)?#?(?<n>\\d+|${count})`,
    ({ 0: all, groups = {} }) =>
      `${/^(?:hospital|HD)/iu.test(all) ? "hospital" : /^treatment/iu.test(all) ? "treatment" : "postoperative"} day ${countOf(groups["n"])}`,
  ),
  computed(
    `(?:in|within|after|for\\s+another|next|past|last|over\\s+the\\s+(?:next|past|last))\\s+(?<n>${count})(?:\\s?(?:-|–|to)\\s?(?<m>${count}))?\\s+(?<unit>days?|weeks?|months?|years?|hours?|minutes?)`,
    ({ 0: all, groups = {} }) => {
      const lead = /^\w+/u.exec(all)?.[0].toLowerCase() ?? "";
      const upper = groups["m"] === undefined ? "" : `-${countOf(groups["m"])}`;
      return `${lead} ${countOf(groups["n"])}${upper}${unitCode(groups["unit"] ?? "")}`;
    },
  ),
  computed(
    `(?:(?<n>${count}|a|an)\\s+)(?<unit>days?|weeks?|months?|years?|hours?|minutes?)\\s+(?<side>ago|earlier|later|before|after|prior)`,
    ({ groups = {} }) => {
      const word = groups["n"] ?? "";
      return `${/^an?$/iu.test(word) ? 1 : countOf(word)}${unitCode(groups["unit"] ?? "")} ${(groups["side"] ?? "").toLowerCase()}`;
    },
  ),
  computed(
    "(?<n>first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\\s+(?:hospital\\s+)?day(?:\\s+of\\s+(?:the\\s+)?(?:stay|admission|hospitali[sz]ation))?",
    ({ groups = {} }) => `hospital day ${dayOrdinals.indexOf((groups["n"] ?? "").toLowerCase()) + 1}`,
  ),
  fixed("(?:on\\s+)?(?:the\\s+)?day\\s+of\\s+(?:the\\s+)?admission", "hospital day 1"),
  fixed("(?:on\\s+)?(?:the\\s+)?day\\s+after\\s+(?:the\\s+)?admission", "hospital day 2"),
  computed(
    "(?:the\\s+)?(?:day|night|morning|evening)\\s+(?:before|after|of|following|prior\\s+to)\\s+(?:the\\s+|his\\s+|her\\s+)?(?:admission|discharge|surgery|operation|procedure|arrival)",
    squash,
  ),
  computed(
    "yesterday|today|tonight|tomorrow|overnight|(?:the\\s+)?(?:next|following|previous|same|last|this)\\s+(?:day|morning|evening|night|week|month|year|afternoon)",
    squash,
  ),
  computed(
    "(?:next|last|this|on)\\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tues|wednes|thurs|fri|satur|sun)days?",
    squash,
  ),
];

/** When, told from another time: "hospital day 3", "yesterday", "two weeks ago". */
export const relativeTimes: Recogniser = family("relative", relativeForms);
