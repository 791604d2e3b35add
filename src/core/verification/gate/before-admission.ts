/** What is said to have been known or done before the admission is of an earlier day in the record. */
import type { Fact } from "../../chart/facts.ts";
import { calendarDate } from "../zoned-date.ts";
import type { CalendarDate } from "../zoned-date.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import { named } from "./lasting.ts";

const admission = String.raw`(?:before|prior\s+to)\s+(?:the\s+|this\s+)?(?:admission|arrival|presentation)\b`;
const knownBefore = new RegExp(
  `\\b(?:(?:known|present|there|diagnosed|found)\\s+(?:already\\s+)?${admission}|pre-?existing\\b|previously\\s+(?:known|diagnosed)\\b|long-?standing\\b|already\\s+known\\b)`,
  "giu",
);
const doneBefore = new RegExp(
  `\\b(?:performed|done|placed|inserted|carried\\s+out|obtained|given|underwent)\\b[^.;]{0,40}?${admission}`,
  "giu",
);

const dayOf = ({ year, month = 1, day = 1 }: CalendarDate): number => Date.UTC(year, month - 1, day);

/** True where every fact has a day, and none lies before the admission's. */
function allInStay(facts: readonly Fact[], { chart, timeZone }: CitedSentence): boolean {
  const admitted = calendarDate(chart.encounter.period?.start ?? "", timeZone);
  if (facts.length === 0 || admitted === undefined) return false;
  return facts.every(({ time }) => {
    const began = calendarDate(time ?? "", timeZone);
    return began !== undefined && dayOf(began) >= dayOf(admitted);
  });
}

/** "Known before admission" of a diagnosis that began with it, "performed before admission" of what was done after it. */
export const putsNothingBeforeTheStay: GateCheck = (sentence): readonly GateFailure[] => {
  const found = [knownBefore, doneBefore].map((pattern) => failEach("order", sentence.text, pattern));
  const [known = [], done = []] = found;
  if (known.length === 0 && done.length === 0) return [];
  const events = [...named("procedure", sentence), ...named("device", sentence)];
  return [
    ...(allInStay(named("diagnosis", sentence), sentence) ? known : []),
    ...(allInStay(events, sentence) ? done : []),
  ];
};
