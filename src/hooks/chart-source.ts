/** Where the chart of a job that starts now will come from, in the contract's order (section 3). */
import type { FhirResource } from "fhir/r4.js";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import type { PrefetchValue } from "./checks/prefetch.ts";
import { ownershipOf } from "./checks/patient.ts";
import type { PlannedRead, TemplateValues } from "./prefetch-template.ts";
import { fillTemplate } from "./prefetch-template.ts";
import type { ChartData, ChartSource, PrefetchTemplates } from "./service.ts";

/** The tenant's FHIR API with the hook's own token, bound to the registered base. */
export interface HookReader {
  read(type: string, id: string): Promise<FhirResource | undefined>;
  search(
    type: string,
    params: Readonly<Record<string, string>>,
    maxPages: number,
  ): Promise<{ readonly resources: readonly FhirResource[]; readonly complete: boolean }>;
}

export interface ChartSourceInput {
  readonly tenant: TenantConfig;
  readonly templates: PrefetchTemplates;
  readonly values: TemplateValues & { readonly encounterId: string };
  readonly prefetch: ReadonlyMap<string, PrefetchValue>;
  /** Opens the EHR with the hook's token; absent where the call brought none. */
  readonly openReader: (() => HookReader) | undefined;
  /** Aborts once the time for reading is up. */
  readonly signal: AbortSignal;
}

const MAX_PAGES = 3;
const CONCURRENCY = 6;

/** What the EHR must bring, by whichever way, for a summary to make sense at all. */
function missingRequired({ values }: ChartSourceInput, resources: readonly FhirResource[]): string[] {
  const has = (type: string, id: string): boolean =>
    resources.some((resource) => resource.resourceType === type && resource.id === id);
  return [
    ...(has("Patient", values.patientId) ? [] : ["prefetch.patient"]),
    ...(has("Encounter", values.encounterId) ? [] : ["prefetch.encounter"]),
  ];
}

/** @throws AdapterError `prefetch_unavailable` (412); `ehr_timeout` where only time ran out */
export async function chartSource(input: ChartSourceInput): Promise<ChartSource> {
  const brought = fromPrefetch(input.prefetch);
  if (brought.gaps.length === 0 && missingRequired(input, brought.resources).length === 0)
    return { kind: "chart", chart: brought };
  const { backendServices, smart } = input.tenant.ehr;
  if (backendServices !== undefined) return { kind: "backend", chart: brought };
  const chart = input.openReader === undefined ? brought : await readMissing(input, input.openReader());
  const missing = missingRequired(input, chart.resources);
  // A launch brings the whole chart; a partial one would make "not documented" of what was never looked at.
  if (smart !== undefined && (missing.length > 0 || chart.gaps.length > 0)) return { kind: "launch" };
  if (missing.length === 0) return { kind: "chart", chart };
  if (input.signal.aborted)
    throw new AdapterError("ehr_timeout", { detail: "the hook's own token brought nothing in time" });
  throw new AdapterError("prefetch_unavailable", {
    at: missing[0] ?? "prefetch",
    message: "Patient and Encounter of the context are required, and there is no access to fetch them.",
  });
}

/** What came with the call itself, each resource once. */
export function fromPrefetch(prefetch: ReadonlyMap<string, PrefetchValue>): ChartData {
  const resources: FhirResource[] = [];
  const gaps: string[] = [];
  for (const [key, value] of prefetch) {
    if (value.kind !== "missing") resources.push(...value.resources);
    if (value.kind === "missing") gaps.push(`${key}: not in the prefetch`);
    if (value.kind === "part") gaps.push(`${key}: only a first page in the prefetch`);
  }
  return { resources: unique(resources), gaps };
}

/** Fetches what is missing or cut off, a few at a time; a search that fails becomes a gap. */
async function readMissing(input: ChartSourceInput, reader: HookReader): Promise<ChartData> {
  const resources = [...fromPrefetch(input.prefetch).resources];
  const gaps: string[] = [];
  const wanted = [...input.prefetch].filter(([, { kind }]) => kind !== "whole").map(([key]) => key);
  const next = async (): Promise<void> => {
    for (let key = wanted.shift(); key !== undefined; key = wanted.shift()) {
      const read = fillTemplate(input.templates[key] ?? "", input.values);
      const found =
        read === undefined || input.signal.aborted ? undefined : await orUndefined(readOne(reader, read), input.signal);
      if (found === undefined) gaps.push(`${key}: the EHR did not give it to the hook's token`);
      else
        resources.push(
          ...found.filter((resource) => ["own", "shared"].includes(ownershipOf(resource, input.values.patientId))),
        );
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
  return { resources: unique(resources), gaps: gaps.toSorted() };
}

async function readOne(reader: HookReader, read: PlannedRead): Promise<readonly FhirResource[] | undefined> {
  if (read.kind === "search") {
    const { resources, complete } = await reader.search(read.type, read.params, MAX_PAGES);
    return complete ? resources : undefined;
  }
  const resource = await reader.read(read.type, read.id);
  return resource === undefined ? undefined : [resource];
}

/** The EHR's refusal and the end of our time are the same here: the data did not come. */
async function orUndefined<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const aborted = Promise.withResolvers<undefined>();
  const stop = (): void => aborted.resolve(undefined);
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([work.catch(() => undefined), aborted.promise]).finally(() =>
    signal.removeEventListener("abort", stop),
  );
}

function unique(resources: readonly FhirResource[]): readonly FhirResource[] {
  return [
    ...new Map(
      resources.map((resource, index) => [
        resource.id === undefined ? `#${index}` : `${resource.resourceType}/${resource.id}`,
        resource,
      ]),
    ).values(),
  ];
}
