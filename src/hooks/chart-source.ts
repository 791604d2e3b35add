/** Where the chart of a job that starts now will come from, in the contract's order (section 3). */
import type { FhirResource } from "fhir/r4.js";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import type { PrefetchValue } from "./checks/prefetch.ts";
import { ownershipOf } from "./checks/patient.ts";
import type { PlannedRead, QueryParams, TemplateValues } from "./prefetch-template.ts";
import { dependenciesOf, fillTemplate } from "./prefetch-template.ts";
import type { ChartData, ChartSource, PrefetchPolicies, PrefetchTemplates } from "./service.ts";

/** The tenant's FHIR API with the hook's own token, bound to the registered base. */
export interface HookReader {
  read(type: string, id: string): Promise<FhirResource | undefined>;
  search(
    type: string,
    params: QueryParams,
    maxPages: number,
  ): Promise<{ readonly resources: readonly FhirResource[]; readonly complete: boolean }>;
}

export interface ChartSourceInput {
  readonly tenant: TenantConfig;
  readonly templates: PrefetchTemplates;
  /** What becomes of a key whose data did not come with the call; `fetch` where nothing is said. */
  readonly onMissing: PrefetchPolicies;
  readonly values: Omit<TemplateValues, "prefetch"> & { readonly encounterId: string };
  readonly prefetch: ReadonlyMap<string, PrefetchValue>;
  /** Opens the EHR with the hook's token; absent where the call brought none. */
  readonly openReader: (() => HookReader) | undefined;
  /** Aborts once the time for reading is up. */
  readonly signal: AbortSignal;
}

const MAX_PAGES = 3;
const CONCURRENCY = 6;

/** What is known of the chart, and which keys did not come. */
interface Gathered {
  readonly chart: ChartData;
  readonly missingKeys: readonly string[];
}

/** What the EHR must bring, by whichever way, for a summary to make sense at all; and what the service says it must. */
function missingRequired({ values, onMissing }: ChartSourceInput, { chart, missingKeys }: Gathered): string[] {
  const has = (type: string, id: string): boolean =>
    chart.resources.some((resource) => resource.resourceType === type && resource.id === id);
  const missing = [
    ...(has("Patient", values.patientId) ? [] : ["prefetch.patient"]),
    ...(has("Encounter", values.encounterId) ? [] : ["prefetch.encounter"]),
    ...missingKeys.filter((key) => onMissing[key] === "fail").map((key) => `prefetch.${key}`),
  ];
  return [...new Set(missing)];
}

/** @throws AdapterError `prefetch_unavailable` (412); `ehr_timeout` where only time ran out */
export async function chartSource(input: ChartSourceInput): Promise<ChartSource> {
  const brought = { chart: fromPrefetch(input.prefetch, input.templates), missingKeys: wantedKeys(input) };
  const whole = brought.missingKeys.length === 0 && missingRequired(input, brought).length === 0;
  if (whole) return { kind: "chart", chart: brought.chart };
  const { backendServices, smart } = input.tenant.ehr;
  if (backendServices !== undefined) return { kind: "backend", chart: brought.chart };
  const gathered = input.openReader === undefined ? brought : await readMissing(input, input.openReader());
  const missing = missingRequired(input, gathered);
  // A launch brings the whole chart; a partial one would make "not documented" of what was never looked at.
  if (smart !== undefined && (missing.length > 0 || gathered.missingKeys.length > 0)) return { kind: "launch" };
  if (missing.length === 0) return { kind: "chart", chart: gathered.chart };
  if (input.signal.aborted)
    throw new AdapterError("ehr_timeout", { detail: "the hook's own token brought nothing in time" });
  throw new AdapterError("prefetch_unavailable", {
    at: missing[0] ?? "prefetch",
    message: "It is required for this hook, did not come with the call, and there is no access to fetch it.",
  });
}

/** Keys whose data did not come whole and is worth another way; what may be left out is no reason to go anywhere. */
function wantedKeys({ prefetch, onMissing }: ChartSourceInput): readonly string[] {
  return [...prefetch].filter(([key, { kind }]) => kind !== "whole" && onMissing[key] !== "omit").map(([key]) => key);
}

/** A gap as the sections understand it, by the FHIR type that the key would have brought. */
function gapOf(key: string, templates: PrefetchTemplates, why: string): string {
  const type = /^([A-Z][A-Za-z]+)[/?]/u.exec(templates[key] ?? "")?.[1];
  return type === undefined ? `${key}: ${why}` : `${type}: ${why} (${key})`;
}

/** What came with the call itself, each resource once. */
export function fromPrefetch(prefetch: ReadonlyMap<string, PrefetchValue>, templates: PrefetchTemplates): ChartData {
  const resources: FhirResource[] = [];
  const gaps: string[] = [];
  for (const [key, value] of prefetch) {
    if (value.kind !== "missing") resources.push(...value.resources);
    if (value.kind === "missing") gaps.push(gapOf(key, templates, "not in the prefetch"));
    if (value.kind === "part") gaps.push(gapOf(key, templates, "only a first page in the prefetch"));
  }
  return { resources: unique(resources), gaps };
}

/** Fetches what is missing or cut off, a few at a time; a search that fails becomes a gap. */
async function readMissing(input: ChartSourceInput, reader: HookReader): Promise<Gathered> {
  const known = new Map([...input.prefetch].flatMap(([key, value]) => knownValue(input, key, value)));
  const resources = [...fromPrefetch(input.prefetch, input.templates).resources];
  const missingKeys: string[] = [];
  const readKey = async (key: string): Promise<void> => {
    const read = fillTemplate(input.templates[key] ?? "", { ...input.values, prefetch: known });
    const found =
      read === undefined || input.signal.aborted ? undefined : await orUndefined(readOne(reader, read), input.signal);
    if (found === undefined) return void missingKeys.push(key);
    const own = found.filter((resource) => ["own", "shared"].includes(ownershipOf(resource, input.values.patientId)));
    resources.push(...own);
    for (const entry of knownValue(input, key, { kind: "whole", resources: own })) known.set(...entry);
  };
  for (const keys of inOrder(input, wantedKeys(input))) await eachOf(keys, readKey);
  const gaps = missingKeys.map((key) => gapOf(key, input.templates, "the EHR did not give it to the hook's token"));
  const left = [...input.prefetch].filter(([key, { kind }]) => kind !== "whole" && input.onMissing[key] === "omit");
  return {
    chart: {
      resources: unique(resources),
      gaps: [...gaps, ...fromPrefetch(new Map(left), input.templates).gaps].toSorted(),
    },
    missingKeys,
  };
}

/** What later templates see of a key: its resource, or a Bundle of what its search found. */
function knownValue(
  { templates }: ChartSourceInput,
  key: string,
  value: PrefetchValue,
): readonly (readonly [string, FhirResource])[] {
  // A first page, or nothing, would make a template that builds on it look for too little.
  if (value.kind !== "whole") return [];
  const [first] = value.resources;
  if (first !== undefined && templates[key]?.includes("?") === false) return [[key, first]];
  const entry = value.resources.map((resource) => ({ resource }));
  return [[key, { resourceType: "Bundle", type: "searchset", entry }]];
}

/** The keys in turns: each after those that its template builds on. */
function inOrder({ templates }: ChartSourceInput, keys: readonly string[]): readonly (readonly string[])[] {
  const turns: (readonly string[])[] = [];
  let waiting = keys;
  while (waiting.length > 0) {
    const ready = waiting.filter((key) => !dependenciesOf(templates[key] ?? "").some((one) => waiting.includes(one)));
    // Templates that wait for each other do not pass the check at the start; they would find nothing.
    const turn = ready.length === 0 ? waiting : ready;
    turns.push(turn);
    waiting = waiting.filter((key) => !turn.includes(key));
  }
  return turns;
}

async function eachOf(keys: readonly string[], work: (key: string) => Promise<void>): Promise<void> {
  const waiting = [...keys];
  const next = async (): Promise<void> => {
    for (let key = waiting.shift(); key !== undefined; key = waiting.shift()) await work(key);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, next));
}

async function readOne(reader: HookReader, read: PlannedRead): Promise<readonly FhirResource[] | undefined> {
  if (read.kind === "nothing") return [];
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
