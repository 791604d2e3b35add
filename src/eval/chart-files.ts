/** Chart files for the evaluation: which there are, and what is in each, with every discharge summary taken out. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Bundle, Composition, Encounter, FhirResource } from "fhir/r4.js";
import type { Truth } from "./truth/truth.ts";
import { parseTruth } from "./truth/truth.ts";
import { binariesOf, isDischargeSummary } from "../core/chart/discharge-summary.ts";

const inflate = promisify(gunzip);

/**
 * Paths of all charts (`.json`, `.json.gz`) under a folder, sorted by path; of a file, that one. A `.truth.json` belongs to the
 * chart beside it.
 */
export async function chartPaths(folder: string): Promise<readonly string[]> {
  if ((await stat(folder)).isFile()) return [folder];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.json(?:\.gz)?$/u.test(entry.name) && !entry.name.endsWith(".truth.json"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

export class UnreadableChart extends Error {
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, cause === undefined ? undefined : { cause });
    this.name = "UnreadableChart";
    this.path = path;
  }
}

/** A chart in which there is nothing to evaluate: visits only. */
export class NoInpatientStay extends UnreadableChart {
  constructor(path: string) {
    super(path, "holds no inpatient encounter");
    this.name = "NoInpatientStay";
  }
}

function isBundle(value: unknown): value is Bundle<FhirResource> {
  return value !== null && typeof value === "object" && "resourceType" in value && value.resourceType === "Bundle";
}

/** Reads one file. Throws UnreadableChart, which names the file, for anything that is no FHIR Bundle. */
export async function readBundle(path: string): Promise<Bundle<FhirResource>> {
  try {
    const bytes = await readFile(path);
    const text = path.endsWith(".gz") ? (await inflate(bytes)).toString("utf8") : bytes.toString("utf8");
    const value: unknown = JSON.parse(text);
    if (isBundle(value)) return value;
  } catch (error) {
    throw new UnreadableChart(path, "cannot be read as JSON", error);
  }
  throw new UnreadableChart(path, "is not a FHIR Bundle");
}

/** What is known of a chart, from `<chart>.truth.json` beside it; undefined where there is none. Throws UnreadableChart. */
export async function readTruth(chartPath: string): Promise<Truth | undefined> {
  const path = chartPath.replace(/\.json(?:\.gz)?$/u, ".truth.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return parseTruth(JSON.parse(text));
  } catch (error) {
    throw new UnreadableChart(path, error instanceof Error ? error.message : "cannot be read", error);
  }
}

export interface LoadedChart {
  /** The Bundle without discharge summaries of any stay, and without the Binaries that carry them. */
  readonly bundle: Bundle<FhirResource>;
  /** Discharge summary Compositions that were taken out: what the output is compared with. */
  readonly references: readonly Composition[];
}

/** Takes every discharge summary out before core sees the chart, so that nothing can be copied from one. */
export function withoutDischargeSummaries(bundle: Bundle<FhirResource>): LoadedChart {
  const entries = bundle.entry ?? [];
  const summaries = entries.filter((entry) => entry.resource !== undefined && isDischargeSummary(entry.resource));
  const binaries = new Set(
    summaries.flatMap((entry) => (entry.resource === undefined ? [] : binariesOf(entry.resource))),
  );
  const kept = entries.filter((entry) => !summaries.includes(entry) && !binaries.has(nameOf(entry.resource)));
  const references = summaries.flatMap((entry) =>
    entry.resource?.resourceType === "Composition" ? [entry.resource] : [],
  );
  return { bundle: { ...bundle, entry: kept }, references: references.filter(isPhysicians) };
}

function nameOf(resource: FhirResource | undefined): string {
  return resource === undefined ? "" : `${resource.resourceType}/${resource.id}`;
}

function isPhysicians(composition: Composition): boolean {
  return composition.type.coding?.some((coding) => coding.code === "18842-5") === true;
}

const inpatientClasses: ReadonlySet<string> = new Set(["IMP", "ACUTE", "NONAC", "SS", "OBSENC"]);

/** The inpatient encounters of a Bundle, in order of admission. */
export function inpatientEncounters(bundle: Bundle<FhirResource>): readonly Encounter[] {
  const encounters = (bundle.entry ?? []).flatMap((entry) =>
    entry.resource?.resourceType === "Encounter" ? [entry.resource] : [],
  );
  const start = (encounter: Encounter): string => encounter.period?.start ?? "";
  return encounters
    .filter((encounter) => inpatientClasses.has(encounter.class.code ?? ""))
    .toSorted((a, b) => (start(a) === start(b) ? 0 : start(a) < start(b) ? -1 : 1));
}
