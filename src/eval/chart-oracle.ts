/** What a summary must hold by the chart alone, computed by the evaluation's own short rules. */
import type { Bundle, FhirResource, MedicationRequest, MedicationStatement } from "fhir/r4.js";
import type { Section } from "../core/summary/summary.ts";
import type { Tally } from "./coverage.ts";
import { tally } from "./coverage.ts";

const nameOf = (resource: FhirResource): string => `${resource.resourceType}/${resource.id}`;

function ofEncounter(resource: FhirResource, encounterId: string): boolean {
  const text = JSON.stringify("encounter" in resource ? resource.encounter : undefined) ?? "";
  return text.includes(encounterId);
}

function resourcesOf(bundle: Bundle<FhirResource>, encounterId: string): readonly FhirResource[] {
  return (bundle.entry ?? []).flatMap(({ resource }) =>
    resource !== undefined && ofEncounter(resource, encounterId) ? [resource] : [],
  );
}

function basedOnOf(resource: FhirResource): readonly string[] {
  const based: unknown = "basedOn" in resource ? resource.basedOn : undefined;
  return (Array.isArray(based) ? based : []).flatMap((item: unknown) =>
    item !== null && typeof item === "object" && "reference" in item && typeof item.reference === "string"
      ? [item.reference]
      : [],
  );
}

/** References of what is still awaited: active orders nobody's report is based on, and what is not final. */
function awaited(resources: readonly FhirResource[]): readonly string[] {
  const answered = new Set(resources.flatMap(basedOnOf));
  const observations = resources.filter((resource) => resource.resourceType === "Observation");
  const codes = new Set(observations.flatMap(({ code }) => (code.coding ?? []).flatMap((coding) => coding.code ?? [])));
  return resources.flatMap((resource) => {
    if (resource.resourceType === "ServiceRequest") {
      const hasResult =
        answered.has(nameOf(resource)) || resource.code?.coding?.some(({ code }) => codes.has(code ?? "")) === true;
      return resource.status === "active" && !hasResult ? [nameOf(resource)] : [];
    }
    const open =
      (resource.resourceType === "DiagnosticReport" || resource.resourceType === "Observation") &&
      ["registered", "preliminary", "partial"].includes(resource.status);
    return open ? [nameOf(resource)] : [];
  });
}

/** Whether each awaited thing stands under pending or follow-up. */
export function pendingTally(bundle: Bundle<FhirResource>, encounterId: string, sections: readonly Section[]): Tally {
  const cited = new Set(
    sections
      .filter(({ id }) => id === "pending" || id === "follow-up")
      .flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence.map(({ reference }) => reference))),
  );
  return tally(awaited(resourcesOf(bundle, encounterId)), (reference) => cited.has(reference));
}

function categoryOf(request: MedicationRequest): string {
  return request.category?.[0]?.coding?.[0]?.code ?? "";
}

type Entry = MedicationRequest | MedicationStatement;

const drugOf = (entry: Entry): string =>
  (entry.medicationCodeableConcept?.text ?? entry.medicationCodeableConcept?.coding?.[0]?.display ?? "").toLowerCase();

function regimenOf(entry: Entry): string {
  const [dosage] = (entry.resourceType === "MedicationRequest" ? entry.dosageInstruction : entry.dosage) ?? [];
  const dose = dosage?.doseAndRate?.[0]?.doseQuantity;
  const { frequency, period, periodUnit } = dosage?.timing?.repeat ?? {};
  return `${dose?.value} ${dose?.code} ${frequency}/${period}${periodUnit} ${dosage?.route?.text}`;
}

/** The class by name and coded regimen alone, home entries being community orders of the stay and statements. */
function expectedClass(order: MedicationRequest, home: readonly Entry[]): string {
  const same = home.filter((entry) => drugOf(entry) === drugOf(order));
  if (same.length === 0) return "NEW";
  return same.some((entry) => regimenOf(entry) === regimenOf(order)) ? "CONTINUED" : "CHANGED";
}

/** Whether each discharge order stands in a line of its class. */
export function medicationClassTally(
  bundle: Bundle<FhirResource>,
  encounterId: string,
  sections: readonly Section[],
): Tally {
  const requests = resourcesOf(bundle, encounterId).filter((resource) => resource.resourceType === "MedicationRequest");
  const statements = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === "MedicationStatement" ? [resource] : [],
  );
  const home = [...requests.filter((request) => categoryOf(request) === "community"), ...statements];
  const lines = sections.filter(({ id }) => id === "medications").flatMap(({ sentences }) => sentences);
  const orders = requests.filter((request) => categoryOf(request) === "discharge" && request.status === "active");
  const wanted = new Map(orders.map((order) => [nameOf(order), expectedClass(order, home)]));
  return tally([...wanted.keys()], (reference) =>
    lines.some(
      ({ text, evidence }) =>
        text.startsWith(wanted.get(reference) ?? "?") && evidence.some((citation) => citation.reference === reference),
    ),
  );
}

/** Whether each medication order of the stay is cited in some line of the section. */
export function medicationListedTally(
  bundle: Bundle<FhirResource>,
  encounterId: string,
  sections: readonly Section[],
): Tally {
  const requests = resourcesOf(bundle, encounterId).filter(
    (resource) =>
      resource.resourceType === "MedicationRequest" &&
      !["cancelled", "entered-in-error", "draft"].includes(resource.status ?? ""),
  );
  const cited = new Set(
    sections
      .filter(({ id }) => id === "medications")
      .flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence.map(({ reference }) => reference))),
  );
  return tally(requests.map(nameOf), (reference) => cited.has(reference));
}

/** Whether each allergy entry that was there by the discharge is cited under allergies, denials included. */
export function allergyTally(
  bundle: Bundle<FhirResource>,
  discharge: string | undefined,
  sections: readonly Section[],
): Tally {
  const entries = (bundle.entry ?? []).flatMap(({ resource }) =>
    resource?.resourceType === "AllergyIntolerance" ? [resource] : [],
  );
  const valid = entries.filter(
    ({ verificationStatus, recordedDate }) =>
      verificationStatus?.coding?.[0]?.code !== "entered-in-error" &&
      (recordedDate === undefined || discharge === undefined || Date.parse(recordedDate) <= Date.parse(discharge)),
  );
  const cited = new Set(
    sections
      .filter(({ id }) => id === "allergies")
      .flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence.map(({ reference }) => reference))),
  );
  return tally(valid.map(nameOf), (reference) => cited.has(reference));
}
