/** The stay as a frame of time: what belongs to it, what lies before, and what came later. */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import { encounterReference } from "../chart/encounter-of.ts";
import type { FactPeriod } from "../chart/facts.ts";
import type { DatePrinter } from "./dates.ts";
import { hasTime, instantOf } from "./dates.ts";

export interface StayFrame {
  readonly start?: string;
  readonly end?: string;
  /** Where a resource stands, by its encounter first and its time second. */
  periodOf(resource: FhirResource, time: string | undefined): FactPeriod;
  /** True when the resource names the stay's encounter or a part of it, whatever its time. */
  isOwn(resource: FhirResource): boolean;
}

/** Compares with the precision that both sides have: `2026-03` against the day `2026-03-17` is equal. */
function compareDays(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  const [a, b] = [left.slice(0, length), right.slice(0, length)];
  return a === b ? 0 : a < b ? -1 : 1;
}

function encountersOfStay(chart: Chart): ReadonlySet<string> {
  const own = `Encounter/${chart.encounter.id}`;
  const parts = chart.resources.filter(
    (resource) => resource.resourceType === "Encounter" && resource.partOf?.reference === own,
  );
  return new Set([own, ...parts.map((part) => `Encounter/${part.id}`)]);
}

/** The frame of the chart's encounter, with days as `dates` counts them. */
export function createStayFrame(chart: Chart, dates: DatePrinter): StayFrame {
  const { start, end } = chart.encounter.period ?? {};
  const own = encountersOfStay(chart);

  /** Negative before `bound`, positive after it; 0 within the precision of either. */
  function against(time: string, bound: string | undefined): number {
    if (bound === undefined) return 0;
    const [a, b] = [instantOf(time), instantOf(bound)];
    if (a === undefined || b === undefined) return 0;
    if (hasTime(time) && hasTime(bound)) return a - b;
    return compareDays(dates.day(time) ?? "", dates.day(bound) ?? "");
  }

  function byTime(time: string | undefined): FactPeriod {
    // Nothing says that an undated thing without an encounter is of this stay, so it never passes as that.
    if (time === undefined || instantOf(time) === undefined) return "before";
    if (against(time, start) < 0) return "before";
    return end !== undefined && against(time, end) > 0 ? "after" : "this-stay";
  }

  return {
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    isOwn: (resource) => own.has(encounterReference(resource) ?? ""),
    periodOf(resource, time) {
      const encounter = encounterReference(resource);
      const later = time !== undefined && end !== undefined && against(time, end) > 0;
      if (encounter === undefined) return byTime(time);
      if (later) return "after";
      return own.has(encounter) ? "this-stay" : "other-encounter";
    },
  };
}
