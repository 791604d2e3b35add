/** A small chart for tests of the clinical rules: one patient, one stay, and whatever resources the test puts in. */
import type {
  AllergyIntolerance,
  Condition,
  Encounter,
  FhirResource,
  MedicationRequest,
  MedicationStatement,
  Observation,
  Patient,
} from "fhir/r4.js";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import type { Chart } from "../../src/core/chart/chart.ts";
import type { Fact } from "../../src/core/chart/facts.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import type { Section, SectionId } from "../../src/core/summary/summary.ts";
import { us } from "./jurisdictions.ts";

export const timeZone = "America/Chicago";

export const patient: Patient = {
  resourceType: "Patient",
  id: "p1",
  identifier: [{ system: "urn:mrn", value: "1" }],
  birthDate: "1950-01-02",
};

export const encounter: Encounter = {
  resourceType: "Encounter",
  id: "e1",
  status: "finished",
  class: { system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "IMP" },
  subject: { reference: "Patient/p1" },
  period: { start: "2026-03-14T12:00:00-05:00", end: "2026-03-18T11:00:00-05:00" },
};

export const subject = { reference: "Patient/p1" };
export const ofStay = { reference: "Encounter/e1" };

export function chartOf(resources: readonly FhirResource[], stay: Encounter = encounter): Chart {
  return buildChart({ resources: [patient, stay, ...resources], encounterId: "e1" });
}

export function factsOf(resources: readonly FhirResource[], stay: Encounter = encounter): readonly Fact[] {
  return extractFacts(chartOf(resources, stay), { timeZone });
}

export function sectionsOf(resources: readonly FhirResource[], stay: Encounter = encounter): readonly Section[] {
  const chart = chartOf(resources, stay);
  return templateSections(chart, extractFacts(chart, { timeZone }), { timeZone, jurisdiction: us });
}

export function sectionOf(id: SectionId, resources: readonly FhirResource[], stay: Encounter = encounter): Section {
  const section = sectionsOf(resources, stay).find((candidate) => candidate.id === id);
  if (section === undefined) throw new Error(`no section ${id}`);
  return section;
}

/** Texts of a section's sentences. */
export function textsOf(
  id: SectionId,
  resources: readonly FhirResource[],
  stay: Encounter = encounter,
): readonly string[] {
  return sectionOf(id, resources, stay).sentences.map(({ text }) => text);
}

const LAB = [
  { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] },
];

export function lab(
  id: string,
  name: string,
  value: number,
  unit: string,
  time: string,
  more: Partial<Observation> = {},
): Observation {
  return {
    resourceType: "Observation",
    id,
    status: "final",
    category: LAB,
    code: { text: name },
    subject,
    encounter: ofStay,
    effectiveDateTime: time,
    valueQuantity: { value, unit, system: "http://unitsofmeasure.org", code: unit },
    ...more,
  };
}

export interface OrderFields {
  readonly dose?: readonly [number, string];
  readonly timesDaily?: number;
  readonly route?: string;
  readonly text?: string;
}

export function order(
  id: string,
  drug: string,
  category: string,
  fields: OrderFields = {},
  more: Partial<MedicationRequest> = {},
): MedicationRequest {
  const { dose, timesDaily, route, text } = fields;
  return {
    resourceType: "MedicationRequest",
    id,
    status: "active",
    intent: "order",
    category: [
      { coding: [{ system: "http://terminology.hl7.org/CodeSystem/medicationrequest-category", code: category }] },
    ],
    medicationCodeableConcept: { text: drug },
    subject,
    encounter: ofStay,
    authoredOn: category === "discharge" ? "2026-03-18T10:00:00-05:00" : "2026-03-14T13:00:00-05:00",
    dosageInstruction: [
      {
        ...(text === undefined ? {} : { text }),
        ...(route === undefined ? {} : { route: { text: route } }),
        ...(timesDaily === undefined
          ? {}
          : { timing: { repeat: { frequency: timesDaily, period: 1, periodUnit: "d" } } }),
        ...(dose === undefined
          ? {}
          : { doseAndRate: [{ doseQuantity: { value: dose[0], unit: dose[1], code: dose[1] } }] }),
      },
    ],
    ...more,
  };
}

export function taken(
  id: string,
  drug: string,
  fields: OrderFields = {},
  more: Partial<MedicationStatement> = {},
): MedicationStatement {
  const { dosageInstruction } = order(id, drug, "inpatient", fields);
  return {
    resourceType: "MedicationStatement",
    id,
    status: "active",
    medicationCodeableConcept: { text: drug },
    subject,
    dateAsserted: "2026-03-14T12:30:00-05:00",
    ...(dosageInstruction === undefined ? {} : { dosage: dosageInstruction }),
    ...more,
  };
}

export function diagnosis(id: string, text: string, more: Partial<Condition> = {}): Condition {
  return {
    resourceType: "Condition",
    id,
    code: { text },
    subject,
    encounter: ofStay,
    category: [{ coding: [{ code: "encounter-diagnosis" }] }],
    clinicalStatus: { coding: [{ code: "active" }] },
    verificationStatus: { coding: [{ code: "confirmed" }] },
    ...more,
  };
}

export function allergyTo(id: string, text: string, more: Partial<AllergyIntolerance> = {}): AllergyIntolerance {
  return {
    resourceType: "AllergyIntolerance",
    id,
    code: { text },
    patient: subject,
    clinicalStatus: { coding: [{ code: "active" }] },
    verificationStatus: { coding: [{ code: "confirmed" }] },
    ...more,
  };
}

/** A plain text note as a DocumentReference. */
export function noteOf(id: string, type: string, text: string, time = "2026-03-15T09:00:00-05:00"): FhirResource {
  return {
    resourceType: "DocumentReference",
    id,
    status: "current",
    type: { text: type },
    subject,
    date: time,
    context: { encounter: [ofStay] },
    content: [{ attachment: { contentType: "text/plain", data: Buffer.from(text, "utf8").toString("base64") } }],
  };
}
