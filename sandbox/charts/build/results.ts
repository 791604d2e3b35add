/** Laboratory results over days with their reports, vital signs, and single findings. */
import type { CodeableConcept, DiagnosticReport, FhirResource, Observation } from "fhir/r4.js";
import { coding, concept, hl7, LOINC, UCUM } from "./codes.ts";
import { person } from "./hospital.ts";
import { ref, stamp } from "./stay.ts";
import type { Stay } from "./stay.ts";
import { ANALYTES, PANELS } from "./analytes.ts";
import type { Analyte, AnalyteName, PanelName } from "./analytes.ts";

export type LabStatus = "final" | "preliminary" | "corrected" | "amended" | "entered-in-error";

export interface LabFields {
  readonly status?: LabStatus;
  readonly note?: string;
  /** When it was issued, if not an hour after it was drawn. */
  readonly issued?: string;
}

/** One result; its flag follows from its range. */
export function lab(stay: Stay, name: AnalyteName, time: string, value: number, fields: LabFields = {}): Observation {
  const analyte: Analyte = ANALYTES[name];
  const resource: Observation = {
    resourceType: "Observation",
    id: `${stay.key}-lab-${name}-${stamp(time)}`,
    status: fields.status ?? "final",
    category: [hl7("observation-category", "laboratory", "Laboratory")],
    code: concept(analyte.display, coding(LOINC, analyte.loinc, analyte.display)),
    subject: stay.patient,
    encounter: stay.encounter,
    effectiveDateTime: time,
    valueQuantity: { value, unit: analyte.unit, system: UCUM, code: analyte.ucum },
  };
  if (fields.issued !== undefined) resource.issued = fields.issued;
  if (analyte.low !== undefined || analyte.high !== undefined) {
    resource.referenceRange = [rangeOf(analyte)];
    resource.interpretation = [flagOf(analyte, value)];
  }
  if (fields.note !== undefined) resource.note = [{ text: fields.note }];
  return resource;
}

function rangeOf({ low, high, unit, ucum }: Analyte) {
  const quantity = (value: number) => ({ value, unit, system: UCUM, code: ucum });
  return {
    ...(low === undefined ? {} : { low: quantity(low) }),
    ...(high === undefined ? {} : { high: quantity(high) }),
  };
}

function flagOf({ low, high, panicLow, panicHigh }: Analyte, value: number): CodeableConcept {
  const flag = (code: string, text: string) => hl7("v3-ObservationInterpretation", code, text);
  if (panicHigh !== undefined && value >= panicHigh) return flag("HH", "Critical high");
  if (panicLow !== undefined && value <= panicLow) return flag("LL", "Critical low");
  if (high !== undefined && value > high) return flag("H", "High");
  if (low !== undefined && value < low) return flag("L", "Low");
  return flag("N", "Normal");
}

/** A panel drawn at several times: values stand in the order of the times; `null` was not measured. */
export function panel(
  stay: Stay,
  name: PanelName,
  times: readonly string[],
  rows: Partial<Record<AnalyteName, readonly (number | null)[]>>,
): readonly FhirResource[] {
  return times.flatMap((time, index) => {
    const results = Object.entries(rows).flatMap(([analyte, values]) => {
      const value = values[index];
      return isAnalyte(analyte) && typeof value === "number" ? [lab(stay, analyte, time, value)] : [];
    });
    return [...results, panelReport(stay, name, time, results)];
  });
}

function isAnalyte(name: string): name is AnalyteName {
  return name in ANALYTES;
}

function panelReport(stay: Stay, name: PanelName, time: string, results: readonly Observation[]): DiagnosticReport {
  const { loinc, display } = PANELS[name];
  return {
    resourceType: "DiagnosticReport",
    id: `${stay.key}-report-${name}-${stamp(time)}`,
    status: "final",
    category: [hl7("v2-0074", "LAB", "Laboratory")],
    code: concept(display, coding(LOINC, loinc, display)),
    subject: stay.patient,
    encounter: stay.encounter,
    effectiveDateTime: time,
    issued: time,
    result: results.map((result) => ref(result)),
  };
}

export interface VitalSigns {
  readonly time: string;
  readonly bp?: readonly [number, number];
  readonly heartRate?: number;
  readonly temperature?: number;
  readonly respirations?: number;
  readonly saturation?: number;
  readonly weight?: number;
  readonly status?: LabStatus;
}

const VITALS = {
  heartRate: { loinc: "8867-4", display: "Heart rate", unit: "/min", ucum: "/min" },
  temperature: { loinc: "8310-5", display: "Body temperature", unit: "°C", ucum: "Cel" },
  respirations: { loinc: "9279-1", display: "Respiratory rate", unit: "/min", ucum: "/min" },
  saturation: { loinc: "2708-6", display: "Oxygen saturation", unit: "%", ucum: "%" },
  weight: { loinc: "29463-7", display: "Body weight", unit: "kg", ucum: "kg" },
} as const;

/** A round of vital signs: one Observation each, blood pressure with two components. */
export function vitals(stay: Stay, signs: VitalSigns): readonly Observation[] {
  const single = Object.entries(VITALS).flatMap(([name, sign]) => {
    const value = isVital(name) ? signs[name] : undefined;
    if (value === undefined) return [];
    const valueQuantity = { value, unit: sign.unit, system: UCUM, code: sign.ucum };
    return [{ ...vitalBase(stay, signs, name.toLowerCase(), sign.loinc, sign.display), valueQuantity }];
  });
  return signs.bp === undefined ? single : [...single, bloodPressure(stay, signs, signs.bp)];
}

function isVital(name: string): name is keyof typeof VITALS {
  return name in VITALS;
}

function bloodPressure(stay: Stay, signs: VitalSigns, [systolic, diastolic]: readonly [number, number]): Observation {
  const component = (loinc: string, display: string, value: number) => ({
    code: concept(display, coding(LOINC, loinc, display)),
    valueQuantity: { value, unit: "mmHg", system: UCUM, code: "mm[Hg]" },
  });
  return {
    ...vitalBase(stay, signs, "bp", "85354-9", "Blood pressure"),
    component: [
      component("8480-6", "Systolic blood pressure", systolic),
      component("8462-4", "Diastolic blood pressure", diastolic),
    ],
  };
}

function vitalBase(
  stay: Stay,
  { time, status }: VitalSigns,
  slug: string,
  loinc: string,
  display: string,
): Observation {
  return {
    resourceType: "Observation",
    id: `${stay.key}-vital-${slug}-${stamp(time)}`,
    status: status ?? "final",
    category: [hl7("observation-category", "vital-signs", "Vital Signs")],
    code: concept(display, coding(LOINC, loinc, display)),
    subject: stay.patient,
    encounter: stay.encounter,
    effectiveDateTime: time,
  };
}

export interface FindingFields {
  readonly category: "exam" | "social-history" | "survey" | "laboratory" | "activity";
  readonly text: string;
  readonly system?: string;
  readonly code?: string;
  readonly value: CodeableConcept | string;
  readonly time: string;
  readonly status?: LabStatus;
  readonly note?: string;
  readonly by?: string;
}

/** A finding in words: code status, functional status, an organism. */
export function finding(stay: Stay, slug: string, fields: FindingFields): Observation {
  const codes = fields.code === undefined ? [] : [coding(fields.system ?? LOINC, fields.code, fields.text)];
  const value =
    typeof fields.value === "string" ? { valueString: fields.value } : { valueCodeableConcept: fields.value };
  const resource: Observation = {
    resourceType: "Observation",
    id: `${stay.key}-finding-${slug}`,
    status: fields.status ?? "final",
    category: [hl7("observation-category", fields.category)],
    code: concept(fields.text, ...codes),
    subject: stay.patient,
    encounter: stay.encounter,
    effectiveDateTime: fields.time,
    ...value,
  };
  if (fields.by !== undefined) resource.performer = [person(fields.by)];
  if (fields.note !== undefined) resource.note = [{ text: fields.note }];
  return resource;
}

export interface ReportFields {
  readonly text: string;
  readonly loinc?: string;
  readonly category: "RAD" | "LAB" | "MB" | "SP" | "CUS" | "GE";
  readonly status?: "registered" | "partial" | "preliminary" | "final" | "amended" | "corrected" | "cancelled";
  readonly time: string;
  readonly issued?: string;
  readonly conclusion?: string;
  readonly results?: readonly Observation[];
  readonly order?: string;
  /** Who reads it, or will. */
  readonly interpreter?: string;
}

export function report(stay: Stay, slug: string, fields: ReportFields): DiagnosticReport {
  const resource: DiagnosticReport = {
    resourceType: "DiagnosticReport",
    id: `${stay.key}-report-${slug}`,
    status: fields.status ?? "final",
    category: [hl7("v2-0074", fields.category)],
    code: concept(fields.text, ...(fields.loinc === undefined ? [] : [coding(LOINC, fields.loinc, fields.text)])),
    subject: stay.patient,
    encounter: stay.encounter,
    effectiveDateTime: fields.time,
  };
  if (fields.issued !== undefined) resource.issued = fields.issued;
  if (fields.conclusion !== undefined) resource.conclusion = fields.conclusion;
  if (fields.results !== undefined) resource.result = fields.results.map((result) => ref(result));
  if (fields.order !== undefined)
    resource.basedOn = [{ reference: `ServiceRequest/${stay.key}-request-${fields.order}` }];
  if (fields.interpreter !== undefined) resource.resultsInterpreter = [person(fields.interpreter)];
  return resource;
}
