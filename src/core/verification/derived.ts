/** Values that a citation implies without printing them: the age at a date, and the date of a hospital day. */
import type { Chart } from "../chart/chart.ts";
import type { Evidence } from "../summary/summary.ts";
import type { EvidenceLookup } from "./evidence.ts";
import type { KnownNumber, ValueSet } from "./value-set.ts";
import { emptyCollector } from "./value-set.ts";
import type { CalendarDate } from "./zoned-date.ts";
import { calendarDate, completedYears, daysBetween } from "./zoned-date.ts";

/** Whoever cites the patient and the stay cites the patient's age on admission and at discharge. */
function agesAtStay(chart: Chart, timeZone: string): readonly KnownNumber[] {
  const birth = calendarDate(chart.patient.birthDate ?? "", timeZone);
  if (birth === undefined) return [];
  const { start, end } = chart.encounter.period ?? {};
  return [start, end].flatMap((text): KnownNumber[] => {
    const date = calendarDate(text ?? "", timeZone);
    const age = date === undefined ? undefined : completedYears(birth, date);
    return age === undefined ? [] : [{ value: age, decimals: 0, units: ["a"] }];
  });
}

/** "Hospital day 3" is the third calendar day of the stay, where something cited happened on that day. */
export function hospitalDaysOf(dates: readonly CalendarDate[], chart: Chart, timeZone: string): readonly string[] {
  const admission = calendarDate(chart.encounter.period?.start ?? "", timeZone);
  if (admission === undefined) return [];
  return dates.flatMap((date) => {
    const days = daysBetween(admission, date);
    return days === undefined || days < 0 ? [] : [`relative:hospital day ${days + 1}`];
  });
}

/** Values implied by the citations together with the chart's patient and stay. */
export function derivedValues(
  evidence: readonly Evidence[],
  lookup: EvidenceLookup,
  chart: Chart,
  timeZone: string,
): ValueSet {
  const cited = new Set(evidence.map(({ reference }) => reference));
  const citesAge = cited.has(`Patient/${chart.patient.id ?? ""}`) && cited.has(`Encounter/${chart.encounter.id ?? ""}`);
  const dates = evidence.flatMap((citation) => lookup.values(citation)?.dates ?? []);
  return {
    ...emptyCollector(),
    numbers: citesAge ? agesAtStay(chart, timeZone) : [],
    keys: new Set(hospitalDaysOf(dates, chart, timeZone)),
  };
}
