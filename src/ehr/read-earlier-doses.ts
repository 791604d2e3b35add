/**
 * Doses given at visits before the stay. An order of such a visit that has ended without a date looks like a medicine of the
 * home; that it was given there and then tells an operation's or a clinic's dose from it (core/sections/reconcile.ts).
 */
import type { FhirResource, MedicationRequest } from "fhir/r4.js";
import { relativeReference } from "../core/chart/reference.ts";
import type { FhirGateway } from "./fhir-gateway.ts";
import { ehrStatusOf } from "./fhir-transport.ts";
import { inTurns } from "./in-turns.ts";

/** Bounds an address: ids are up to 64 characters. */
const VISITS_A_SEARCH = 20;
/** The newest: older orders are no question any more. */
const MAX_VISITS = 60;
const MAX_PAGES = 3;

const over: ReadonlySet<string> = new Set(["completed", "stopped", "cancelled"]);

/** Encounters other than the stay whose orders are over, as `Encounter/id`, the newest first. */
function visitsOf(resources: readonly FhirResource[], encounterId: string): readonly string[] {
  const orders = resources.filter(
    (one): one is MedicationRequest => one.resourceType === "MedicationRequest" && over.has(one.status),
  );
  const newestFirst = orders.toSorted((a, b) => ((a.authoredOn ?? "") < (b.authoredOn ?? "") ? 1 : -1));
  const visits = newestFirst.flatMap(({ encounter }) => relativeReference(encounter?.reference ?? "") ?? []);
  return [...new Set(visits)].filter((visit) => visit !== `Encounter/${encounterId}`).slice(0, MAX_VISITS);
}

/**
 * What an EHR that does not search so leaves out is no gap: the orders are then told as unclear, which they are.
 *
 * @throws AdapterError as the searches of the plan do: no token, throttled, the EHR away
 */
export async function readEarlierDoses(
  gateway: FhirGateway,
  patientId: string,
  encounterId: string,
  resources: readonly FhirResource[],
): Promise<readonly FhirResource[]> {
  const visits = visitsOf(resources, encounterId);
  const groups = Array.from({ length: Math.ceil(visits.length / VISITS_A_SEARCH) }, (_, index) =>
    visits.slice(index * VISITS_A_SEARCH, (index + 1) * VISITS_A_SEARCH),
  );
  const found: FhirResource[] = [];
  await inTurns(groups, async (group) => {
    try {
      const params = { patient: patientId, context: group.join(","), _count: "200" };
      found.push(...(await gateway.search("MedicationAdministration", params, MAX_PAGES)).resources);
    } catch (error) {
      const status = ehrStatusOf(error);
      if (status === undefined || status === 401 || status === 429 || status >= 500) throw error;
    }
  });
  return found;
}
