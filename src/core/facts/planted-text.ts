/**
 * Text that speaks to a machine, anywhere in a chart: in a comment, a result, a name. It is taken out before any fact is
 * made, so that no section, no model and no evidence can carry it, and the resource is named for somebody to look at.
 */
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../chart/chart.ts";
import { isSuspicious, withoutInstructions } from "./addressed-text.ts";
import { visibleText } from "./hidden-text.ts";

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
  "resourceType id meta system code reference url div data contentType profile versionId start end".split(" "),
);

/** Too short to say anything to anybody. */
const shortest = 12;

const isPlanted = (text: string): boolean => text.length >= shortest && isSuspicious(text);

function cleansed(value: unknown): unknown {
  if (typeof value === "string") return isPlanted(value) ? withoutInstructions(value) : visibleText(value);
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => cleansed(item));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const clean = entries.map(([key, item]): [string, unknown] => [
    key,
    typeof item === "string" && wordless.has(key) ? item : cleansed(item),
  ]);
  return clean.some(([, item], index) => item !== entries[index]?.[1]) ? Object.fromEntries(clean) : value;
}

/** Cleaned text differs by its mark; a stray zero-width blank that went is nothing to look at. */
function holdsPlanted(value: unknown, key = ""): boolean {
  if (typeof value === "string") return !wordless.has(key) && isPlanted(value);
  if (Array.isArray(value)) return value.some((item: unknown) => holdsPlanted(item));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([name, item]) => holdsPlanted(item, name));
}

/** One resource without such text and without characters that print nothing. */
export function withoutPlantedWords<T extends FhirResource>(resource: T): T {
  // The same tree with other words in it.
  return cleansed(resource) as T;
}

const cleaned = new WeakMap<Chart, CleanChart>();

const isSame = (chart: Chart, patient: unknown, encounter: unknown, resources: readonly FhirResource[]): boolean =>
  patient === chart.patient &&
  encounter === chart.encounter &&
  resources.every((resource, index) => resource === chart.resources[index]);

/** The chart without text that addresses a machine. Computed once a chart; a clean chart comes back as it is. */
export function withoutPlantedText(chart: Chart): CleanChart {
  const known = cleaned.get(chart);
  if (known !== undefined) return known;
  const planted: string[] = [];
  const clean = <T extends FhirResource>(resource: T): T => {
    const result = withoutPlantedWords(resource);
    if (result !== resource && holdsPlanted(resource)) planted.push(`${resource.resourceType}/${resource.id}`);
    return result;
  };
  const [patient, encounter] = [clean(chart.patient), clean(chart.encounter)];
  const resources = chart.resources.map(clean);
  const result: CleanChart = {
    chart: isSame(chart, patient, encounter, resources) ? chart : { ...chart, patient, encounter, resources },
    planted,
  };
  cleaned.set(chart, result);
  cleaned.set(result.chart, result);
  return result;
}
