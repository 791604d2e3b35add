/**
 * Text that speaks to a machine, anywhere in a chart: in a comment, a result, a name. It is taken out before any fact is
 * made, so that no section, no model and no evidence can carry it, and the resource is named for somebody to look at.
 */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import { isSuspicious, withoutInstructions } from "./note-text.ts";

export interface CleanChart {
  /** The chart without such text; resources without any are the same objects. */
  readonly chart: Chart;
  /** `Type/id` of the resources that held some, in the chart's order. */
  readonly planted: readonly string[];
}

/**
 * Elements that hold no words for a reader. `div` and `data` hold whole notes: those are judged as notes, which are named
 * and not quoted at all.
 */
const wordless = new Set(
  "resourceType id meta system code reference url div data contentType profile versionId start end unit".split(" "),
);

/** Most strings of a chart are the same few names, so each is judged once. */
type Judge = (text: string) => boolean;

function createJudge(): Judge {
  const known = new Map<string, boolean>();
  return (text) => {
    // Too short to say anything to anybody, or one word.
    if (text.length < 12 || !/\s|</u.test(text)) return false;
    const verdict = known.get(text) ?? isSuspicious(text);
    known.set(text, verdict);
    return verdict;
  };
}

function cleansed(value: unknown, isPlanted: Judge): unknown {
  if (typeof value === "string") return isPlanted(value) ? withoutInstructions(value) : value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => cleansed(item, isPlanted));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const clean = entries.map(([key, item]): [string, unknown] => [
    key,
    typeof item === "string" && wordless.has(key) ? item : cleansed(item, isPlanted),
  ]);
  return clean.some(([, item], index) => item !== entries[index]?.[1]) ? Object.fromEntries(clean) : value;
}

const cleaned = new WeakMap<Chart, CleanChart>();

/** The chart without text that addresses a machine. Computed once a chart; a clean chart comes back as it is. */
export function withoutPlantedText(chart: Chart): CleanChart {
  const known = cleaned.get(chart);
  if (known !== undefined) return known;
  const isPlanted = createJudge();
  const planted: string[] = [];
  const clean = <T extends FhirResource>(resource: T): T => {
    const result = cleansed(resource, isPlanted);
    if (result !== resource) planted.push(`${resource.resourceType}/${resource.id}`);
    // The same tree with other words in it.
    return result as T;
  };
  const [patient, encounter] = [clean(chart.patient), clean(chart.encounter)];
  const resources = chart.resources.map(clean);
  const result: CleanChart = {
    chart: planted.length === 0 ? chart : { ...chart, patient, encounter, resources },
    planted,
  };
  cleaned.set(chart, result);
  cleaned.set(result.chart, result);
  return result;
}
