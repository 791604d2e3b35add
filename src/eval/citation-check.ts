/**
 * The evaluation's own judgement of a citation, independent of the product's verifier: every number with its unit, every
 * date, every frequency, and every word that is not the template's own must stand in a cited resource.
 */
import type { FhirResource } from "fhir/r4.js";
import type { Sentence } from "../core/summary/summary.ts";
import type { CitedText } from "./cited-text.ts";
import { citedText, wordsOf } from "./cited-text.ts";
import { templateWords } from "./template-words.ts";

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const datePattern =
  /\b(?:(\d{1,2}) )?(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)? (\d{4})(?: at (\d{2}:\d{2}))?/gu;

/** Days (and minutes) on which a cited time falls in the zone; a date without time stands for itself. */
function localForms(dates: readonly string[], timeZone: string): ReadonlySet<string> {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  const forms = dates.flatMap((date) => {
    if (!date.includes("T")) return [date];
    const [day = "", time = ""] = format.format(new Date(date)).split(" ");
    return [day, `${day} ${time}`];
  });
  return new Set(forms);
}

function wrongDates(text: string, cited: CitedText, timeZone: string): readonly string[] {
  const known = localForms(cited.dates, timeZone);
  return [...text.matchAll(datePattern)].flatMap(([whole, day, month = "", year, time]) => {
    const number = String(monthNames.indexOf(month.toLowerCase()) + 1).padStart(2, "0");
    const printed = [year, number, day?.padStart(2, "0")].filter((part) => part !== undefined).join("-");
    const wanted = time === undefined ? printed : `${printed} ${time}`;
    return known.has(wanted) || cited.text.includes(whole.toLowerCase()) ? [] : [`date ${whole}`];
  });
}

/** Units as printed -> as coded. One unit a line; the table is the evaluation's own. */
const unitForms: Readonly<Record<string, readonly string[]>> = {
  "°C": ["cel", "degc", "°c"],
  mmHg: ["mm[hg]", "mmhg"],
  mcg: ["ug", "mcg", "µg"],
  "x10^3/uL": ["10*3/ul"],
  "x10^6/uL": ["10*6/ul"],
  days: ["d", "day", "days"],
  weeks: ["wk", "weeks"],
  hours: ["h", "hours"],
  minutes: ["min", "minutes"],
  units: ["u", "iu", "[iu]", "units", "[iu]"],
  "mIU/L": ["m[iu]/l", "miu/l"],
};

const numberPattern = /(?<![\p{L}\p{N}.^*])(\d+(?:\.\d+)?)(?:( ?)(%|°C|[a-zA-Zµ{/][^\s,;()]*))?/gu;

function isCitedNumber(value: number, unit: string | undefined, cited: CitedText): boolean {
  const plainUnit = unit?.replace(/[.:]+$/u, "");
  const forms =
    plainUnit === undefined
      ? []
      : [
          plainUnit.toLowerCase(),
          plainUnit.toLowerCase().replace(/^mcg(?=\/)/u, "ug"),
          ...(unitForms[plainUnit] ?? []),
        ];
  const isUnit = cited.numbers.some((number) => number.unit !== undefined && forms.includes(number.unit.toLowerCase()));
  return cited.numbers.some(
    (number) =>
      number.value === value && (!isUnit || (number.unit !== undefined && forms.includes(number.unit.toLowerCase()))),
  );
}

function wrongNumbers(text: string, cited: CitedText): readonly string[] {
  const rest = text.replaceAll(datePattern, " ").replaceAll(/\bevery \d+(?: to \d+)? (?:hours|days|weeks)/gu, " ");
  return [...rest.matchAll(numberPattern)].flatMap(([whole, number = "", blank = "", unit]) => {
    if (isCitedNumber(Number(number), unit, cited)) return [];
    // As written in a text: a dose "875/125mg", a score inside a quoted note.
    const written = whole.toLowerCase().replace(/[.:,"']+$/u, "");
    const word = new RegExp(String.raw`(?<![\d.])${number.replace(".", String.raw`\.`)}(?![\d]|\.\d)`, "u");
    const inText =
      cited.text.includes(written) ||
      (unit === undefined || blank === ""
        ? word.test(cited.text)
        : cited.text.includes(`${number}${unit.toLowerCase().replace(/[.:]+$/u, "")}`));
    return inText ? [] : [`number ${whole}`];
  });
}

const countWords: Readonly<Record<string, number>> = {
  once: 1,
  twice: 2,
  "three times": 3,
  "four times": 4,
  "five times": 5,
  "six times": 6,
};
const perDay: Readonly<Record<string, number>> = {
  daily: 1,
  weekly: 1 / 7,
  monthly: 1 / 30,
  hours: 24,
  days: 1,
  weeks: 1 / 7,
  hour: 24,
};
const writtenForms: readonly (readonly [RegExp, number])[] = [
  [/\b(?:bid|b\.i\.d|twice daily)\b/u, 2],
  [/\b(?:tid|three times daily)\b/u, 3],
  [/\bqid\b/u, 4],
  [/\b(?:daily|qd|once daily|every day)\b/u, 1],
  [/\bweekly\b/u, 1 / 7],
];

function isCitedTiming(times: number, cited: CitedText): boolean {
  const near = (other: number): boolean => Math.abs(other - times) < 0.01;
  const hourly = [...cited.text.matchAll(/\bq ?(\d+)(?:-\d+)? ?h/gu)].map((match) => 24 / Number(match[1]));
  return (
    cited.timings.some(near) ||
    hourly.some(near) ||
    writtenForms.some(([pattern, count]) => near(count) && pattern.test(cited.text))
  );
}

function wrongTimings(text: string, cited: CitedText): readonly string[] {
  const counted = [...text.matchAll(/\b(once|twice|(?:three|four|five|six) times) (daily|weekly|monthly)\b/gu)].map(
    (match): readonly [string, number] => [match[0], (countWords[match[1] ?? ""] ?? 0) * (perDay[match[2] ?? ""] ?? 0)],
  );
  const spaced = [...text.matchAll(/\bevery (\d+)(?: to \d+)? (hours|days|weeks)\b/gu)].map(
    (match): readonly [string, number] => [match[0], (perDay[match[2] ?? ""] ?? 0) / Number(match[1])],
  );
  return [...counted, ...spaced]
    .filter(([words, times]) => !isCitedTiming(times, cited) && !cited.text.includes(words))
    .map(([words]) => `frequency ${words}`);
}

function wrongWords(text: string, cited: CitedText): readonly string[] {
  const rest = text.replaceAll(datePattern, " ");
  const foreign = wordsOf(rest).filter(
    (word) => !/^\d/u.test(word) && !templateWords.has(word) && !cited.words.has(word) && !cited.text.includes(word),
  );
  return foreign.map((word) => `word ${word}`);
}

/** What is wrong with a sentence's citations; empty when nothing is. */
export function citationFaults(
  sentence: Sentence,
  index: ReadonlyMap<string, FhirResource>,
  timeZone: string,
): readonly string[] {
  if (sentence.evidence.length === 0) return ["no evidence"];
  const cited = citedText([...new Set(sentence.evidence.map(({ reference }) => reference))], index);
  if (cited === undefined) return ["cites a resource that the chart does not hold"];
  const { text } = sentence;
  return [
    ...wrongDates(text, cited, timeZone),
    ...wrongNumbers(text, cited),
    ...wrongTimings(text, cited),
    ...wrongWords(text, cited),
  ];
}
