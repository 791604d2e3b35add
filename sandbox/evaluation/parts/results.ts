/** Laboratory series: value on admission, worst and last, of which each must be told with its unit and day. */
import type { Observation } from "fhir/r4.js";
import type { LabTest } from "../catalogue/tests.ts";
import { labTests } from "../catalogue/tests.ts";
import type { Scenario } from "../catalogue/scenarios.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant, state } from "../chart-draft.ts";
import { coding, concept, hl7, LOINC, quantity } from "../codes.ts";
import { inWords } from "../stay-time.ts";

export interface Measured {
  readonly test: LabTest;
  readonly value: number;
  readonly day: number;
  readonly hour?: number;
}

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** The unit as people print it. */
const printedUnit = (unit: string): string => unit.replace("10*3/", "x10^3/");

/** Unit as it may be printed: the code, or the power written out. */
export function unitWords(unit: string): readonly string[] {
  if (unit === "1") return [""];
  return [
    ...new Set([unit, unit.replace("10*3/", "x10^3/"), unit.replace("umol", "µmol"), unit.replace("10*3/", "10^3/")]),
  ];
}

/** When it was taken, in the forms that FHIR has for it. */
function drawn(draft: ChartDraft, time: string): Partial<Observation> {
  return draft.dice.pick([
    { effectiveDateTime: time },
    { effectiveDateTime: time },
    { effectivePeriod: { start: time, end: time } },
    { effectiveInstant: time },
  ]);
}

/** Adds one value. Its range and flag are what its laboratory gives. */
export function addResult(
  draft: ChartDraft,
  { test, value, day, hour = day === 0 ? 15 : 7 }: Measured,
  over: Partial<Observation> = {},
): string {
  const flag = value > test.high ? "H" : value < test.low ? "L" : "N";
  return add(draft, {
    resourceType: "Observation",
    id: draft.id("lab"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Laboratory", coding(hl7("observation-category"), "laboratory"))],
    code: concept(test.name, ...(draft.dice.chance(0.85) ? [coding(LOINC, test.loinc, test.name)] : [])),
    subject: draft.subject,
    ...(draft.dice.chance(0.15) ? {} : { encounter: draft.ofStay }),
    ...drawn(draft, draft.time.at(day, hour, draft.dice.between(0, 50))),
    valueQuantity: quantity(value, test.unit),
    referenceRange: [{ low: quantity(test.low, test.unit), high: quantity(test.high, test.unit) }],
    ...(draft.dice.chance(0.5)
      ? { interpretation: [concept(flag, coding(hl7("v3-ObservationInterpretation"), flag))] }
      : {}),
    ...over,
  });
}

/** Records that the value with unit and day must be told under results. */
export function plantResult(
  draft: ChartDraft,
  resource: string,
  { test, value, day }: Measured,
  kind = "result",
): void {
  const values = unitWords(test.unit).map((unit) => `${value} ${unit}`.trim());
  plant(draft, {
    sections: ["results"],
    kind,
    resources: [resource],
    words: [test.name, values],
    days: [draft.time.day(day)],
  });
}

/** A value outside the range by that share of its width, and outside after rounding too. */
function outside(test: LabTest, direction: "high" | "low", share: number): number {
  const step = 1 / 10 ** test.decimals;
  const value =
    direction === "high"
      ? Math.max(test.high + (test.high - test.low) * share, test.high + step)
      : Math.min(test.low - Math.min(test.high - test.low, test.low * 0.6) * share, test.low - step);
  return rounded(value, test.decimals);
}

/** Three values of a test that is out of range: on admission, at its worst, and on the last day. */
function abnormalSeries(draft: ChartDraft, test: LabTest, direction: "high" | "low"): void {
  const { dice, time } = draft;
  const shares = [0.3 + dice.random() * 0.3, 0.8 + dice.random() * 0.2, 0.1 + dice.random() * 0.1];
  const days = [0, Math.floor(time.nights / 2), time.nights];
  const [values, resources]: [string[], string[]] = [[], []];
  for (const [index, share] of shares.entries()) {
    const value = outside(test, direction, share);
    // The hour of the discharge is later than that of any sample.
    const measured: Measured = { test, value, day: days[index] ?? 0, hour: 14 + index - (index === 2 ? 8 : 0) };
    const resource = addResult(draft, measured);
    plantResult(draft, resource, measured);
    const form = dice.pick(["short", "long", "american"] as const);
    const printed = `${value} ${printedUnit(test.unit)}`.replace(/ 1$/u, "");
    state(draft, `${test.name} was ${printed} on ${inWords(time.day(measured.day), form)}.`, resource);
    values.push(`${value}`);
    resources.push(resource);
  }
  // Each value alone could stand anywhere; what helps a reader is that they stand together.
  plant(draft, { sections: ["results"], kind: "series", resources, words: [test.name, ...values] });
}

function normalSeries(draft: ChartDraft, test: LabTest): void {
  const middle = (test.low + test.high) / 2;
  for (const day of [0, draft.time.nights]) addResult(draft, { test, value: rounded(middle, test.decimals), day });
}

/** A value that somebody withdrew: a number that occurs nowhere else. */
function enteredInError(draft: ChartDraft, test: LabTest): void {
  addResult(draft, { test, value: 7777, day: 0 }, { status: "entered-in-error" });
  draft.forbidden.push({ text: "7777", why: "a result entered in error" });
}

export const testNamed = (name: string): LabTest => {
  const found = labTests.find((test) => test.name === name);
  if (found === undefined) throw new RangeError(`no test is named ${name}`);
  return found;
};

export function addResults(draft: ChartDraft, scenario: Scenario): void {
  const names = scenario.labs.map(([name]) => name);
  for (const [name, direction] of scenario.labs) abnormalSeries(draft, testNamed(name), direction);
  const others = labTests.filter(({ name }) => !names.includes(name));
  for (const test of draft.dice.some(others, 2)) normalSeries(draft, test);
  if (draft.dice.chance(0.5)) enteredInError(draft, testNamed(names[0] ?? "Creatinine"));
}
