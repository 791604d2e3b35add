/** How long something lasted: from when, until when, still there at the discharge, there already at the admission. */
import type { Fact } from "../../chart/facts.ts";
import type { DateValue } from "../value.ts";
import { calendarDate } from "../zoned-date.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";
import { extractValues } from "../extract.ts";
import { isNarrative } from "./narrative-words.ts";
import { stemsOf } from "./words.ts";

/** Cited facts of a kind that the sentence names, if only by the first word of their name ("sepsis" of "sepsis due to ..."). */
export function named(kind: Fact["kind"], { cited, mentions, words }: CitedSentence): readonly Fact[] {
  return cited
    .map(({ fact }) => fact)
    .filter((fact) => fact.kind === kind)
    .filter((fact) => {
      const first = stemsOf(fact.label).find((stem) => !isNarrative(stem));
      return mentions.some((mention) => isNamedAt(fact, mention)) || words.some(({ stem }) => stem === first);
    });
}

const stillThere =
  /\b(?:at\s+(?:the\s+time\s+of\s+)?discharge|still|remain(?:s|ed|ing)?|persist\p{L}*|ongoing|unresolved|continu(?:es|ed|ing))\b/giu;
const thereAlready = /\b(?:(?:on|at|upon)\s+(?:admission|arrival|presentation)|initially)\b/giu;
const over = new Set(["resolved", "inactive", "remission"]);
const saysOver = /\b(?:resolv\p{L}*|inactive|remission|over)\b/iu;

/** What was ruled out never took a course: it was not treated, did not resolve and did not come again. */
const course =
  /\b(?:resolv\p{L}*|improv\p{L}*|clear(?:ed|ing)|cured|recover\p{L}*|treated|recurr\p{L}*|worsen\p{L}*)\b/giu;
const saysNotThere = /\b(?:ruled?\s+out|exclud\p{L}*|not|no|without|negative)\b/iu;
const failures = (pattern: RegExp, { text }: CitedSentence): readonly GateFailure[] =>
  failEach("contradiction", text, pattern);

const isOver = ({ status, diagnosis }: Fact): boolean =>
  over.has(diagnosis?.clinicalStatus ?? status ?? "") || diagnosis?.abatement !== undefined;

/** What is recorded as resolved is not still there, and what began on a later day was not there at the admission. */
export const diagnosesInTheirTime: GateCheck = (sentence): readonly GateFailure[] => {
  const admitted = calendarDate(sentence.chart.encounter.period?.start ?? "", sentence.timeZone);
  const dayAfter = (fact: Fact): boolean => {
    const began = calendarDate(fact.time ?? "", sentence.timeZone);
    if (began?.day === undefined || admitted?.day === undefined) return false;
    const days = ({ year, month = 1, day = 1 }: { year: number; month?: number; day?: number }): number =>
      Date.UTC(year, month - 1, day) / 86_400_000;
    return days(began) - days(admitted) > 1;
  };
  const diagnoses = named("diagnosis", sentence);
  if (diagnoses.length === 0) return [];
  const absent = diagnoses.every(({ assertion }) => assertion === "absent");
  return [
    ...(absent && !saysNotThere.test(sentence.text) ? failures(course, sentence) : []),
    ...(diagnoses.every(isOver) && !saysOver.test(sentence.text) ? failures(stillThere, sentence) : []),
    ...(diagnoses.every(dayAfter) ? failures(thereAlready, sentence) : []),
  ];
};

const bounding = /\b(?<word>since|until|till)\s+(?:the\s+)?$/iu;

const isDay = (date: DateValue, instant: string | undefined, timeZone: string): boolean => {
  const known = calendarDate(instant ?? "", timeZone);
  return known !== undefined && known.day === date.day && (date.month === undefined || known.month === date.month);
};

/** Facts that stand for a day of their own, in a row: the last of them is until when. */
const dailyKinds = new Set<Fact["kind"]>(["administration", "stay", "device", "diagnosis"]);

function isBorneOut(word: string, date: DateValue, sentence: CitedSentence): boolean {
  const { cited, chartFacts, timeZone, mentions } = sentence;
  const printed = new RegExp(
    `\\b(?:${word === "since" ? "since|from" : "until|till|through|to"})\\b[^.;]{0,12}$`,
    "iu",
  );
  const inWords = cited.some(({ fact }) =>
    [...fact.text.matchAll(/\d{1,2}\s+\p{L}+/gu)].some(
      ({ 0: day, index }) => Number.parseInt(day, 10) === date.day && printed.test(fact.text.slice(0, index)),
    ),
  );
  // "Given until" is told of doses that were given; an order's last day lies ahead of them.
  const given = /\b(?:given|administered|infused|received)\b/iu.test(sentence.text);
  const mention = mentions.findLast(({ start }) => start < date.span.start);
  if (mention === undefined || (inWords && !given)) return inWords;
  const daily = chartFacts.filter(
    (fact) => isNamedAt(fact, mention) && dailyKinds.has(fact.kind) && fact.status !== "not-done",
  );
  const times = daily.flatMap(({ time }) => time ?? []).toSorted((a, b) => a.localeCompare(b));
  const bound =
    word === "since" ? times[0] : daily.some(({ kind }) => kind === "administration") ? times.at(-1) : undefined;
  return isDay(date, bound, timeZone) || isDay(date, sentence.chart.encounter.period?.end, timeZone);
}

/** "Since DAY" and "until DAY" say more than that something was on that day: the record says so, or its first or last day does. */
export const boundsAsRecorded: GateCheck = (sentence): readonly GateFailure[] =>
  sentence.values
    .filter((value): value is DateValue => value.kind === "date" && value.day !== undefined)
    .flatMap((date): readonly GateFailure[] => {
      const word = bounding.exec(sentence.text.slice(0, date.span.start))?.groups?.["word"]?.toLowerCase();
      if (word === undefined || isBorneOut(word, date, sentence)) return [];
      return [{ kind: "order", value: `${word} ${date.text}`, span: date.span }];
    });

const lasts = /(?<what>\p{L}{4,})\s+since\s+(?<day>\d{1,2}\s+\p{L}+(?:\s+\d{4})?)/giu;

/** "Afebrile since 5 April" says that it was otherwise before: no earlier day is told in that word. */
export const tellsNoEarlierDay: GateCheck = (sentence): readonly GateFailure[] => {
  const days = sentence.values.filter((value): value is DateValue => value.kind === "date" && value.day !== undefined);
  if (days.length === 0) return [];
  return sentence.facts.flatMap((fact) =>
    [...fact.text.matchAll(lasts)].flatMap(({ groups = {} }): readonly GateFailure[] => {
      const [from] = extractValues(groups["day"] ?? "");
      const stem = stemsOf(groups["what"] ?? "")[0];
      if (from?.kind !== "date" || !sentence.words.some((word) => word.stem === stem)) return [];
      const rank = ({ month = 0, day = 0 }: DateValue): number => month * 32 + day;
      return days
        .filter(
          (day) =>
            rank(day) < rank(from) && (day.year === undefined || from.year === undefined || day.year === from.year),
        )
        .map(({ text, span }) => ({ kind: "order", value: text, span }));
    }),
  );
};

const removal = /\b(?:remov(?:ed|al)|taken\s+out|pulled|explanted)\b/giu;

/** A device that is in is not told as taken out. */
export const leavesInWhatIsIn: GateCheck = (sentence): readonly GateFailure[] => {
  const devices = named("device", sentence);
  const isIn =
    devices.length > 0 && devices.every(({ status, device }) => status === "active" && device?.end === undefined);
  return isIn ? failures(removal, sentence) : [];
};

const moving = /\bfrom\s+(?<from>[^.;]*?)\s+to\s+/giu;
const stayed = /\b(?:remain(?:ed)?|stayed)\b[^.;]*\b(?:until|at|through(?:out)?)\b/giu;

/** Wards are told in their order: where the patient came from lies before where the patient went. */
export const movesAsRecorded: GateCheck = (sentence): readonly GateFailure[] => {
  const { text, mentions, chartFacts } = sentence;
  const places = mentions.filter(({ kinds }) => kinds.has("stay"));
  const timesOf = (mention: Mention): readonly string[] =>
    chartFacts
      .filter((fact) => fact.status === "location" && isNamedAt(fact, mention))
      .flatMap(({ time }) => time ?? []);
  const lastMove = chartFacts
    .filter(({ status }) => status === "location")
    .flatMap(({ time }) => time ?? [])
    .toSorted((a, b) => a.localeCompare(b))
    .at(-1);
  const backwards = [...text.matchAll(moving)].filter(({ index, 0: all }) => {
    const left = places.find(({ start }) => start >= index && start < index + all.length);
    const right = places.find(({ start }) => start >= index + all.length);
    if (left === undefined || right === undefined) return false;
    const [from, to] = [timesOf(left), timesOf(right)];
    return from.length > 0 && to.length > 0 && !from.some((one) => to.some((other) => one < other));
  });
  const leftEarlier = [...text.matchAll(stayed)].filter(({ index }) => {
    const place = places.findLast(({ start }) => start < index + 60);
    const times = place === undefined ? [] : timesOf(place);
    return /\bdischarge\b/iu.test(text) && times.length > 0 && lastMove !== undefined && !times.includes(lastMove);
  });
  return [...backwards, ...leftEarlier].map(({ 0: value, index }) => ({
    kind: "order",
    value,
    span: { start: index, end: index + value.length },
  }));
};
