/** Charts with planted facts, for properties: what is true is known because it was put there. */
import type { FhirResource } from "fhir/r4.js";
import * as fc from "fast-check";
import type { Chart } from "../../src/core/chart/chart.ts";
import type { Fact } from "../../src/core/chart/facts.ts";

export const timeZone = "America/Chicago";

/** One statement that the chart bears out, with the parts that a corruption takes hold of. */
export interface PlantedStatement {
  readonly text: string;
  readonly fact: Fact;
  readonly resource: FhirResource;
  /** Substrings of `text`, where it has them. */
  readonly number?: string;
  readonly unit?: string;
  readonly date?: string;
  readonly drug?: string;
  readonly subject?: string;
}

export const units = ["mg/dL", "mmol/L", "g/dL", "10*3/uL", "U/L", "%", "ng/mL", "mm[Hg]", "/min", "Cel"] as const;
export const doseUnits = ["mg", "mcg", "g", "mL", "units"] as const;
export const drugs = [
  "furosemide",
  "metoprolol",
  "warfarin",
  "apixaban",
  "lisinopril",
  "ceftriaxone",
  "insulin",
  "prednisone",
  "digoxin",
  "heparin",
] as const;
const analytes = [
  "Creatinine",
  "Potassium",
  "Hemoglobin",
  "Leukocytes",
  "Troponin",
  "Lactate",
  "Glucose",
  "Bilirubin",
] as const;
const conditions = [
  "pneumonia",
  "heart failure",
  "atrial fibrillation",
  "acute kidney injury",
  "cellulitis",
  "pulmonary embolism",
] as const;
const procedures = ["Coronary angiography", "Appendectomy", "Thoracentesis", "Colonoscopy"] as const;
const frequencies = [
  { words: "twice daily", repeat: { frequency: 2, period: 1, periodUnit: "d" } },
  { words: "every 8 hours", repeat: { frequency: 1, period: 8, periodUnit: "h" } },
  { words: "once daily", repeat: { frequency: 1, period: 1, periodUnit: "d" } },
] as const;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** `18 Mar 2026` in the charts' zone. */
export function printDate(instant: Date): string {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    year: "numeric",
    month: "numeric",
    day: "numeric",
  }).formatToParts(instant);
  const part = (type: string): number => Number(parts.find((entry) => entry.type === type)?.value);
  return `${part("day")} ${months[part("month") - 1] ?? ""} ${part("year")}`;
}

const instants = fc.date({
  min: new Date("2024-02-01T00:00:00Z"),
  max: new Date("2026-11-01T00:00:00Z"),
  noInvalidDate: true,
});
/** Values as laboratories report them: up to two decimals. */
const values = fc.integer({ min: 1, max: 99_999 }).map((value) => value / 100);
const subject = { reference: "Patient/p" };

function base(
  kind: Fact["kind"],
  resource: FhirResource,
  text: string,
  label: string,
  assertion: Fact["assertion"] = "present",
): Fact {
  const reference = `${resource.resourceType}/${resource.id ?? ""}`;
  return { id: "f1", kind, text, label, codes: [], assertion, period: "this-stay", evidence: [{ reference }] };
}

const laboratory = fc
  .record({ analyte: fc.constantFrom(...analytes), value: values, unit: fc.constantFrom(...units), at: instants })
  .map(({ analyte, value, unit, at }): PlantedStatement => {
    const resource: FhirResource = {
      resourceType: "Observation",
      id: "r1",
      status: "final",
      subject,
      code: { text: analyte },
      effectiveDateTime: at.toISOString(),
      valueQuantity: { value, unit, system: "http://unitsofmeasure.org", code: unit },
    };
    const date = printDate(at);
    const text = `${analyte} was ${value} ${unit} on ${date}.`;
    const fact = {
      ...base("result", resource, `${analyte} ${value} ${unit} on ${date}`, analyte),
      quantity: { value, unit },
      time: at.toISOString(),
    };
    return { text, fact, resource, number: String(value), unit, date, subject: analyte };
  });

const order = fc
  .record({
    drug: fc.constantFrom(...drugs),
    dose: fc.integer({ min: 1, max: 999 }),
    unit: fc.constantFrom(...doseUnits),
    often: fc.constantFrom(...frequencies),
    at: instants,
  })
  .map(({ drug, dose, unit, often, at }): PlantedStatement => {
    const resource: FhirResource = {
      resourceType: "MedicationRequest",
      id: "r1",
      status: "active",
      intent: "order",
      subject,
      authoredOn: at.toISOString(),
      medicationCodeableConcept: { text: drug },
      dosageInstruction: [
        { timing: { repeat: { ...often.repeat } }, doseAndRate: [{ doseQuantity: { value: dose, unit } }] },
      ],
    };
    const date = printDate(at);
    const text = `The patient was started on ${drug} ${dose} ${unit} ${often.words} on ${date}.`;
    const fact = base("medication", resource, `${drug} ${dose} ${unit} ${often.words} ordered on ${date}`, drug);
    return { text, fact, resource, number: String(dose), unit, date, drug, subject: drug };
  });

const diagnosis = fc
  .record({ name: fc.constantFrom(...conditions), at: instants, absent: fc.boolean() })
  .map(({ name, at, absent }): PlantedStatement => {
    const resource: FhirResource = {
      resourceType: "Condition",
      id: "r1",
      subject,
      code: { text: name },
      onsetDateTime: at.toISOString(),
      verificationStatus: { coding: [{ code: absent ? "refuted" : "confirmed" }] },
    };
    const date = printDate(at);
    const text = absent ? `There was no ${name} on ${date}.` : `The patient had ${name} on ${date}.`;
    const fact = base(
      "diagnosis",
      resource,
      absent ? `${name} ruled out on ${date}` : `${name} on ${date}`,
      name,
      absent ? "absent" : "present",
    );
    return { text, fact, resource, date, subject: name };
  });

const procedure = fc
  .record({ name: fc.constantFrom(...procedures), at: instants, side: fc.constantFrom("left", "right") })
  .map(({ name, at, side }): PlantedStatement => {
    const resource: FhirResource = {
      resourceType: "Procedure",
      id: "r1",
      status: "completed",
      subject,
      code: { text: name },
      bodySite: [{ text: `${side} side` }],
      performedDateTime: at.toISOString(),
    };
    const date = printDate(at);
    const text = `${name} (${side} side) was performed on ${date}.`;
    return {
      text,
      fact: { ...base("procedure", resource, `${name}, ${side} side, on ${date}`, name), laterality: side },
      resource,
      date,
      subject: name,
    };
  });

export const laboratoryStatements = laboratory;
export const orderStatements = order;
export const procedureStatements = procedure;
export const diagnosisStatements = diagnosis;
export const statements = fc.oneof(laboratory, order, diagnosis, procedure);

/** The chart that holds one planted resource. */
export function chartOf(resource: FhirResource): Chart {
  return {
    patient: { resourceType: "Patient", id: "p", birthDate: "1958-03-14" },
    encounter: { resourceType: "Encounter", id: "e", status: "finished", class: { code: "IMP" } },
    resources: [resource],
    gaps: [],
  };
}
