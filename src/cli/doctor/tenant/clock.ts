/** Do the EHR's clocks and ours agree? Assertions and hook tokens live for minutes. */
import type { Check } from "../check.ts";
import { broken, held, noted } from "../check.ts";
import type { Answer } from "./examination.ts";

const NAME = "clock";
const MOST_OFFSET_MS = 60_000;
/** A Date header has whole seconds, and an answer takes a while. */
const NOTABLE_OFFSET_MS = 10_000;

/** @param answers by whose clock it is, as a person names it */
export function checkClock(answers: Readonly<Record<string, Answer | undefined>>): readonly Check[] {
  const offsets = Object.entries(answers).flatMap(([who, answer]) =>
    answer?.clockOffsetMs === undefined ? [] : [{ who, offsetMs: answer.clockOffsetMs }],
  );
  if (offsets.length === 0)
    return [noted(NAME, "no answer carried a Date header: not compared", "Compare the EHR's clock with true time.")];
  const worst = offsets.reduce((a, b) => (Math.abs(b.offsetMs) > Math.abs(a.offsetMs) ? b : a));
  const size = Math.abs(worst.offsetMs);
  const found = `${worst.who} is ${Math.round(size / 1000)} s ${worst.offsetMs < 0 ? "behind" : "ahead of"} us`;
  const fix = "Let both machines take their time from NTP; compare each with true time to see which is wrong.";
  if (size > MOST_OFFSET_MS) return [broken(NAME, `${found}: our assertions and its hook tokens will be refused`, fix)];
  return [size > NOTABLE_OFFSET_MS ? noted(NAME, found, fix) : held(NAME, found)];
}
