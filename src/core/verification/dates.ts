/** Absolute dates and times of day in a text, in every form that clinicians write. */
import type { ClockTime, DateValue, KeyedValue, Recogniser, TimeValue } from "./value.ts";
import { found } from "./value.ts";
import { wholeMatches, wholeWords } from "./whole-words.ts";

const monthNames = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];
const shortNames = monthNames.map((name) => name.slice(0, 3)).concat("sept");
/** Words that lower-case text uses otherwise: "may improve", "marched". */
const wordsToo = new Set(["may", "mar", "march"]);
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
const spellings = [...monthNames, ...shortNames].flatMap((name) => [
  capital(name),
  name.toUpperCase(),
  ...(wordsToo.has(name) ? [] : [name]),
]);
const monthPattern = `(?:${spellings.toSorted((x, y) => y.length - x.length).join("|")})\\b\\.?`;
const day = "\\d{1,2}(?:st|nd|rd|th|ST|ND|RD|TH)?";
const year = "(?:19|20)\\d{2}";
const clock =
  "(?:[01]?\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?(?:\\s?[apAP]\\.?[mM]\\.?(?![\\p{L}]))?|\\b(?:1[0-2]|0?[1-9])\\s?[apAP]\\.?[mM]\\.?(?![\\p{L}])";
const zone = "(?:\\s?(?<utc>Z|UTC|GMT)(?![\\p{L}]))?";
/** A time behind a date belongs to it. */
const timeBehind = `(?:(?:,|\\s+at|,\\s*at)?\\s+(?:at\\s+)?(?<time>${clock})${zone})?`;

/** 1 to 12; undefined for a word that is no month. */
function monthNumber(name: string): number | undefined {
  const index = monthNames.findIndex((month) => month.startsWith(name.toLowerCase().slice(0, 3)));
  return index === -1 ? undefined : index + 1;
}

/** Hour and minute of `14:30`, `2:30 pm`, `2 pm`. */
function parseClock(text: string): ClockTime | undefined {
  const match = /^(\d{1,2})(?::(\d{2}))?(?::\d{2}(?:\.\d+)?)?\s?(?:([ap])\.?m\.?)?$/iu.exec(text.trim());
  if (match === null) return undefined;
  const [, hours = "", minutes = "0", half] = match;
  const base = Number(hours);
  const hour = half === undefined ? base : (base % 12) + (half.toLowerCase() === "p" ? 12 : 0);
  return hour > 23 ? undefined : { hour, minute: Number(minutes) };
}

interface DateParts {
  readonly year?: number | undefined;
  readonly month?: number | undefined;
  readonly day?: number | undefined;
}

const isPossible = ({ month = 1, day = 1 }: DateParts): boolean => month >= 1 && month <= 12 && day >= 1 && day <= 31;

/** "45 Sep 2026" has the form of a date and is none: it is reported as a whole, not taken apart into 45 and September. */
function impossibleDate(match: RegExpExecArray): KeyedValue {
  return { kind: "unparsed", key: match[0].toLowerCase(), ...found(match) };
}

function dateValue(parts: DateParts, match: RegExpExecArray): DateValue | KeyedValue {
  if (!isPossible(parts)) return impossibleDate(match);
  const written = match.groups?.["time"];
  const time = written === undefined ? undefined : parseClock(written);
  return {
    kind: "date",
    ...(parts.year === undefined ? {} : { year: parts.year }),
    ...(parts.month === undefined ? {} : { month: parts.month }),
    ...(parts.day === undefined ? {} : { day: parts.day }),
    ...(time === undefined ? {} : { time }),
    utc: match.groups?.["utc"] !== undefined,
    ...found(match),
  };
}

const integer = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number.parseInt(text, 10);

/** `read` returns the dates of one match, or none where it has more than one reading. */
function byPattern(source: string, read: (match: RegExpExecArray) => readonly DateParts[]): Recogniser {
  const pattern = wholeWords(source, "gu");
  return (text) => wholeMatches(text, pattern).flatMap((match) => read(match).map((parts) => dateValue(parts, match)));
}

/** "18-21 Mar 2026", "18 to 21 March": two dates; the time behind belongs to neither alone and is read by itself. */
const dayRangeThenMonth = byPattern(
  `(?<from>${day})\\s?(?:-|–|—|to|through|and)\\s?(?<to>${day})\\s+(?<month>${monthPattern})(?:,?\\s+(?<year>${year}))?`,
  ({ groups = {} }) => {
    const shared = { month: monthNumber(groups["month"] ?? ""), year: integer(groups["year"]) };
    return [
      { ...shared, day: integer(groups["from"]) },
      { ...shared, day: integer(groups["to"]) },
    ];
  },
);
const monthThenDayRange = byPattern(
  `(?<month>${monthPattern})\\s+(?<from>${day})\\s?(?:-|–|—|to|through|and)\\s?(?<to>${day})(?:,?\\s+(?<year>${year}))?`,
  ({ groups = {} }) => {
    const shared = { month: monthNumber(groups["month"] ?? ""), year: integer(groups["year"]) };
    return [
      { ...shared, day: integer(groups["from"]) },
      { ...shared, day: integer(groups["to"]) },
    ];
  },
);
const dayMonthYear = byPattern(
  `(?<day>${day})(?:\\s+of)?[\\s-]+(?<month>${monthPattern})(?:,?[\\s-]+(?<year>${year}))?${timeBehind}`,
  ({ groups = {} }) => [
    { day: integer(groups["day"]), month: monthNumber(groups["month"] ?? ""), year: integer(groups["year"]) },
  ],
);
const monthDayYear = byPattern(
  `(?<month>${monthPattern})\\s+(?<day>${day})(?:,?\\s+(?<year>${year}))?${timeBehind}`,
  ({ groups = {} }) => [
    { day: integer(groups["day"]), month: monthNumber(groups["month"] ?? ""), year: integer(groups["year"]) },
  ],
);
const monthYear = byPattern(`(?<month>${monthPattern}),?\\s+(?:of\\s+)?(?<year>${year})`, ({ groups = {} }) => [
  { month: monthNumber(groups["month"] ?? ""), year: integer(groups["year"]) },
]);
/** Case counts: "may" is a verb and "march" a gait. */
const monthAlone = byPattern(
  "(?<month>January|February|March|April|June|July|August|September|October|November|December|(?<=(?:in|since|until|during|of)\\s)May)",
  ({ groups = {} }) => [{ month: monthNumber(groups["month"] ?? "") }],
);

/** ISO 8601 and FHIR dateTime; the offset, if any, is dealt with by whoever reads structured elements. */
const iso = byPattern(
  `(?<year>${year})-(?<month>\\d{2})-(?<day>\\d{2})(?:(?:T|\\s+)(?<time>(?:[01]\\d|2[0-3]):[0-5]\\d(?::[0-5]\\d(?:\\.\\d+)?)?)(?:\\s?(?<utc>Z|UTC|GMT))?)?`,
  ({ groups = {} }) => [
    { year: integer(groups["year"]), month: integer(groups["month"]), day: integer(groups["day"]) },
  ],
);
const yearFirstSlashes = byPattern(
  `(?<year>${year})[/.](?<month>\\d{1,2})[/.](?<day>\\d{1,2})${timeBehind}`,
  ({ groups = {} }) => [
    { year: integer(groups["year"]), month: integer(groups["month"]), day: integer(groups["day"]) },
  ],
);

function fullYear(written: string | undefined): number | undefined {
  const value = integer(written);
  return value !== undefined && value < 100 ? 2000 + value : value;
}

/** `18/03/2026` and `3/18/26`: only where one reading is possible; `03/04/2026` is nobody's date and fails. */
const slashes = byPattern(
  `(?<first>\\d{1,2})[/.](?<second>\\d{1,2})[/.](?<year>${year}|\\d{2})${timeBehind}`,
  ({ groups = {} }) => {
    const first = Number(groups["first"]);
    const second = Number(groups["second"]);
    const parts = { year: fullYear(groups["year"]) };
    if (first === second && first <= 12) return [{ ...parts, month: first, day: second }];
    if (first > 12 && second <= 12) return [{ ...parts, day: first, month: second }];
    if (second > 12 && first <= 12) return [{ ...parts, month: first, day: second }];
    return first > 12 && second > 12 ? [{ ...parts, day: first, month: second }] : [];
  },
);

const clockAlone = new RegExp(`(?<![\\p{L}\\p{N}:.])(?<time>${clock})${zone}(?![\\p{N}:])`, "gu");
const timesOfDay: Recogniser = (text) =>
  [...text.matchAll(clockAlone)].flatMap((match): TimeValue[] => {
    const time = parseClock(match.groups?.["time"] ?? "");
    if (time === undefined) return [];
    const utc = match.groups?.["utc"] !== undefined;
    return [
      { kind: "time", time, utc, span: { start: match.index, end: match.index + match[0].length }, text: match[0] },
    ];
  });

/** In the order in which they must look: the longest forms first. */
export const dateRecognisers: readonly Recogniser[] = [
  iso,
  yearFirstSlashes,
  slashes,
  dayRangeThenMonth,
  monthThenDayRange,
  dayMonthYear,
  monthDayYear,
  monthYear,
  timesOfDay,
  monthAlone,
];
