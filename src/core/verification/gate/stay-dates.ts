/** The days of admission and discharge are the stay's own: no other fact's day is told as one of them. */
import { calendarDate } from "../zoned-date.ts";
import type { DateValue, Value } from "../value.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";

/** "Admitted to the ICU on ..." and "discharged from the ICU on ..." are moves inside the stay. */
const admitted = /\b(?:admitted|admission)\b(?!\s+(?:in)?to\b)(?!\s+diagnos)/giu;
const discharged =
  /\bdischarged\b(?!\s+from\s+(?!(?:the\s+)?hospital\b))|(?<!\bat\s+)\bdischarge\s+(?=on\b|date\b|was\b)/giu;
/** A day belongs to the act when nothing else is told between the two. */
const otherAct =
  /[.;,]|\b(?:and|then|where|for|after|before|until|since|admitted|discharged|transferred|started|given)\b/iu;
/** What somebody came with may have a day of its own; with whom somebody went has none. */
const withWhat = /\bwith\b/iu;

const isDate = (value: Value): value is DateValue => value.kind === "date";

/** The date that a clause gives its act: the first behind it, in brackets or not, without another act between. */
function dateBehind({ text, values }: CitedSentence, end: number, isAdmission: boolean): DateValue | undefined {
  const next = values.filter(isDate).find(({ span }) => span.start >= end);
  if (next === undefined) return undefined;
  const between = text.slice(end, next.span.start).replaceAll(/\([^()]*\)/gu, "");
  return otherAct.test(between) || (isAdmission && withWhat.test(between)) ? undefined : next;
}

function isThatDay({ year, month, day }: DateValue, instant: string | undefined, timeZone: string): boolean {
  const date = calendarDate(instant ?? "", timeZone);
  if (date === undefined) return false;
  return (
    (year === undefined || year === date.year) &&
    (month === undefined || month === date.month) &&
    (day === undefined || day === date.day)
  );
}

/** "Admitted on" its first day, "discharged on" its last; a stay that has not ended has no day of discharge. */
export const datesTheStayItself: GateCheck = (sentence) => {
  const { chart, timeZone, text, facts } = sentence;
  // Another stay has days of its own.
  if (facts.some(({ period }) => period === "other-encounter" || period === "before")) return [];
  const { start, end } = chart.encounter.period ?? {};
  const wrong = (pattern: RegExp, instant: string | undefined): readonly GateFailure[] =>
    failEach("contradiction", text, pattern).filter(({ span }) => {
      const date = dateBehind(sentence, span.end, pattern === admitted);
      return date !== undefined && !isThatDay(date, instant, timeZone);
    });
  return [...wrong(admitted, start), ...wrong(discharged, end)];
};
