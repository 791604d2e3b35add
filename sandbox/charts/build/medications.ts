/** Medicines before admission, in hospital and at discharge, and what was given. */
import type {
  Dosage,
  MedicationAdministration,
  MedicationRequest,
  MedicationStatement,
  TimingRepeat,
} from "fhir/r4.js";
import { coding, concept, hl7, RXNORM, SNOMED, UCUM } from "./codes.ts";
import { person } from "./hospital.ts";
import { stamp } from "./stay.ts";
import type { Stay } from "./stay.ts";

/** A dose by its parts: amount and unit, route, how often. `text` is what the chart prints. */
export interface Dose {
  readonly value: number;
  readonly unit: string;
  readonly route: "oral" | "intravenous" | "subcutaneous" | "inhalation" | "topical";
  readonly times?: number;
  readonly everyHours?: number;
  /** As needed, for this. */
  readonly asNeeded?: string;
  /** Words behind the dose: "with breakfast". */
  readonly extra?: string;
}

const ROUTES = {
  oral: { code: "26643006", display: "Oral route", word: "by mouth" },
  intravenous: { code: "47625008", display: "Intravenous route", word: "intravenously" },
  subcutaneous: { code: "34206005", display: "Subcutaneous route", word: "subcutaneously" },
  inhalation: { code: "447694001", display: "Respiratory tract route", word: "inhaled" },
  topical: { code: "6064005", display: "Topical route", word: "on the skin" },
} as const;

const DAILY: Record<number, string> = {
  1: "once daily",
  2: "twice daily",
  3: "three times daily",
  4: "four times daily",
};

export function dosage(dose: Dose): Dosage {
  const route = ROUTES[dose.route];
  const result: Dosage = {
    text: doseText(dose),
    route: concept(route.display, coding(SNOMED, route.code, route.display)),
    doseAndRate: [{ doseQuantity: { value: dose.value, unit: dose.unit, system: UCUM, code: ucumOf(dose.unit) } }],
  };
  const repeat = repeatOf(dose);
  if (repeat !== undefined) result.timing = { repeat };
  if (dose.asNeeded !== undefined) result.asNeededCodeableConcept = concept(dose.asNeeded);
  return result;
}

function repeatOf({ times, everyHours }: Dose): TimingRepeat | undefined {
  if (everyHours !== undefined) return { frequency: 1, period: everyHours, periodUnit: "h" };
  return times === undefined ? undefined : { frequency: times, period: 1, periodUnit: "d" };
}

function doseText(dose: Dose): string {
  const often = dose.everyHours === undefined ? DAILY[dose.times ?? 0] : `every ${dose.everyHours} hours`;
  const words = [`${dose.value} ${dose.unit}`, ROUTES[dose.route].word, often, dose.extra];
  const needed = dose.asNeeded === undefined ? undefined : `as needed for ${dose.asNeeded}`;
  return [...words, needed].filter((word) => word !== undefined).join(" ");
}

function ucumOf(unit: string): string {
  const codes: Record<string, string> = { units: "[iU]", mcg: "ug", puffs: "{puff}", tablet: "{tbl}", mEq: "meq" };
  return codes[unit] ?? unit;
}

interface Drug {
  readonly text: string;
  /** RxNorm of the ingredient. */
  readonly rxnorm?: string;
}

const codeOf = ({ text, rxnorm }: Drug) =>
  concept(text, ...(rxnorm === undefined ? [] : [coding(RXNORM, rxnorm, text.split(" ")[0])]));

export interface HomeFields extends Drug {
  readonly dose?: Dose;
  readonly doseText?: string;
  readonly status?: "active" | "stopped" | "on-hold" | "unknown" | "entered-in-error" | "not-taken";
  readonly reason?: string;
  /** When it was asserted; `null` leaves the medicine undated altogether. */
  readonly asserted: string | null;
  readonly since?: string;
  readonly until?: string;
  readonly note?: string;
}

/** What the patient took before admission, and what became of it. */
export function homeMedication(stay: Stay, slug: string, fields: HomeFields): MedicationStatement {
  const resource: MedicationStatement = {
    resourceType: "MedicationStatement",
    id: `${stay.key}-home-${slug}`,
    status: fields.status ?? "active",
    category: hl7("medication-statement-category", "community"),
    medicationCodeableConcept: codeOf(fields),
    subject: stay.patient,
  };
  if (fields.reason !== undefined) resource.statusReason = [concept(fields.reason)];
  if (fields.asserted !== null) resource.dateAsserted = fields.asserted;
  if (fields.since !== undefined) {
    resource.effectivePeriod = { start: fields.since, ...(fields.until === undefined ? {} : { end: fields.until }) };
  }
  if (fields.dose !== undefined) resource.dosage = [dosage(fields.dose)];
  else if (fields.doseText !== undefined) resource.dosage = [{ text: fields.doseText }];
  if (fields.note !== undefined) resource.note = [{ text: fields.note }];
  return resource;
}

export interface OrderFields extends Drug {
  readonly category: "inpatient" | "discharge" | "community";
  readonly dose: Dose;
  readonly authored: string;
  readonly by?: string;
  readonly status?: "active" | "completed" | "stopped" | "on-hold" | "cancelled" | "entered-in-error" | "draft";
  readonly statusReason?: string;
  readonly reason?: string;
  readonly note?: string;
  readonly days?: number;
}

/** An order: inpatient, or the prescription that the patient leaves with. */
export function medicationOrder(stay: Stay, slug: string, fields: OrderFields): MedicationRequest {
  const prefix = fields.category === "discharge" ? "discharge" : "order";
  const resource: MedicationRequest = {
    resourceType: "MedicationRequest",
    id: `${stay.key}-${prefix}-${slug}`,
    status: fields.status ?? "active",
    intent: "order",
    category: [hl7("medicationrequest-category", fields.category)],
    medicationCodeableConcept: codeOf(fields),
    subject: stay.patient,
    encounter: stay.encounter,
    authoredOn: fields.authored,
    requester: person(fields.by ?? "dr-amara-singh"),
    dosageInstruction: [dosage(fields.dose)],
  };
  if (fields.statusReason !== undefined) resource.statusReason = concept(fields.statusReason);
  if (fields.reason !== undefined) resource.reasonCode = [concept(fields.reason)];
  if (fields.note !== undefined) resource.note = [{ text: fields.note }];
  if (fields.days !== undefined) {
    resource.dispenseRequest = {
      expectedSupplyDuration: { value: fields.days, unit: "days", system: UCUM, code: "d" },
    };
  }
  return resource;
}

export interface GivenFields extends Drug {
  readonly dose: Dose;
  readonly times: readonly string[];
  readonly order?: string;
  readonly status?: "completed" | "not-done" | "entered-in-error" | "stopped";
  readonly statusReason?: string;
  readonly note?: string;
}

/** One administration for each time. */
export function given(stay: Stay, slug: string, fields: GivenFields): readonly MedicationAdministration[] {
  return fields.times.map((time) => {
    const { text, route, doseAndRate } = dosage(fields.dose);
    const dose = doseAndRate?.[0]?.doseQuantity;
    const resource: MedicationAdministration = {
      resourceType: "MedicationAdministration",
      id: `${stay.key}-given-${slug}-${stamp(time)}`,
      status: fields.status ?? "completed",
      medicationCodeableConcept: codeOf(fields),
      subject: stay.patient,
      context: stay.encounter,
      effectiveDateTime: time,
      performer: [{ actor: person("nurse-daniel-park") }],
      dosage: { text, route, dose },
    };
    if (fields.order !== undefined)
      resource.request = { reference: `MedicationRequest/${stay.key}-order-${fields.order}` };
    if (fields.statusReason !== undefined) resource.statusReason = [concept(fields.statusReason)];
    if (fields.note !== undefined) resource.note = [{ text: fields.note }];
    return resource;
  });
}
