/** Reads one stay's chart through a gateway: the plan's searches, a few at a time, then what they refer to, then the notes' files. */
import type { FhirResource } from "fhir/r4.js";
import { referencedType } from "../core/chart/reference.ts";
import { AdapterError } from "../core/errors.ts";
import { ehrStatusOf } from "./fhir-transport.ts";
import type { FhirGateway } from "./fhir-gateway.ts";
import { inTurns } from "./in-turns.ts";
import { readEarlierDoses } from "./read-earlier-doses.ts";
import { readTexts } from "./read-texts.ts";
import { refusalWords } from "./refusal-words.ts";
import type { PlannedSearch } from "./search-plan.ts";
import { searchPlan } from "./search-plan.ts";

export interface ReadChart {
  readonly resources: readonly FhirResource[];
  /** What could not be read, in words: type and the EHR's status only. */
  readonly gaps: readonly string[];
}

const MAX_MEDICATIONS = 200;

/**
 * @param known resources already had (prefetch); a type held there is still searched, and the EHR's copy wins
 * @throws AdapterError prefetch_unavailable when Patient or Encounter cannot be had; ehr_failed and ehr_timeout pass on
 */
export async function readChart(
  gateway: FhirGateway,
  patientId: string,
  encounterId: string,
  known: readonly FhirResource[],
): Promise<ReadChart> {
  const found = new Map<string, FhirResource>();
  for (const resource of known) keep(found, resource);
  const gaps: string[] = [];
  await Promise.all([
    readRequired(gateway, "Patient", patientId, found),
    readRequired(gateway, "Encounter", encounterId, found),
  ]);
  await inTurns(searchPlan(patientId, encounterId), async (search) => {
    const gap = await runSearch(gateway, search, found);
    if (gap !== undefined) gaps.push(gap);
  });
  for (const dose of await readEarlierDoses(gateway, patientId, encounterId, [...found.values()])) keep(found, dose);
  await readMedications(gateway, found);
  const texts = await readTexts(gateway, encounterId, [...found.values()]);
  return { resources: [...found.values(), ...texts.files], gaps: [...gaps, ...texts.gaps].toSorted() };
}

function keep(found: Map<string, FhirResource>, resource: FhirResource): void {
  if (resource.id !== undefined) found.set(`${resource.resourceType}/${resource.id}`, resource);
}

async function readRequired(
  gateway: FhirGateway,
  type: string,
  id: string,
  found: Map<string, FhirResource>,
): Promise<void> {
  const resource = await gateway.read(type, id);
  if (resource !== undefined) keep(found, resource);
  else if (!found.has(`${type}/${id}`))
    throw new AdapterError("prefetch_unavailable", { detail: `the EHR has no such ${type}` });
}

/** Runs one search; an optional type that the EHR does not offer becomes a gap, a failing EHR an error. */
async function runSearch(
  gateway: FhirGateway,
  search: PlannedSearch,
  found: Map<string, FhirResource>,
): Promise<string | undefined> {
  for (const params of [search.params, search.fallback]) {
    if (params === undefined) continue;
    try {
      const result = await gateway.search(search.type, params, search.maxPages);
      for (const resource of result.resources) keep(found, resource);
      return result.complete || search.bounded === true
        ? undefined
        : `${search.type}: only the first ${result.resources.length} were read`;
    } catch (error) {
      const status = ehrStatusOf(error);
      if (status === undefined || status === 401 || status === 429 || status >= 500) throw error;
      if (status !== 400 || params === search.fallback || search.fallback === undefined) {
        return `${search.type}: ${refusalWords(error)}`;
      }
    }
  }
  return undefined;
}

/** Medications named by reference only: their code is what the reconciliation matches by. */
async function readMedications(gateway: FhirGateway, found: Map<string, FhirResource>): Promise<void> {
  const missing = new Set<string>();
  for (const resource of found.values()) {
    const reference = "medicationReference" in resource ? resource.medicationReference?.reference : undefined;
    if (reference !== undefined && referencedType(reference) === "Medication" && !found.has(reference))
      missing.add(reference);
  }
  await inTurns([...missing].slice(0, MAX_MEDICATIONS), async (reference) => {
    const medication = await gateway.follow(reference);
    if (medication !== undefined) keep(found, medication);
  });
}
