/** Rosa Delgado: every fate a medicine can have at discharge. */
import type { FhirResource } from "fhir/r4.js";
import { given, homeMedication, medicationOrder } from "../build/medications.ts";
import { at } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

const ASKED = at("03-14", "12:10");
const LEAVING = at("03-20", "08:40");

export function medicationsOf(stay: Stay): readonly FhirResource[] {
  return [...home(stay), ...inpatient(stay), ...discharge(stay)];
}

function home(stay: Stay): readonly FhirResource[] {
  const taken = { asserted: ASKED };
  return [
    homeMedication(stay, "furosemide", {
      text: "Furosemide 40 mg oral tablet",
      rxnorm: "4603",
      dose: { value: 40, unit: "mg", route: "oral", times: 1 },
      since: "2024-01-15",
      ...taken,
    }),
    homeMedication(stay, "carvedilol", {
      text: "Carvedilol 12.5 mg oral tablet",
      rxnorm: "20352",
      dose: { value: 12.5, unit: "mg", route: "oral", times: 2 },
      ...taken,
    }),
    homeMedication(stay, "atorvastatin", {
      text: "Atorvastatin 40 mg oral tablet",
      rxnorm: "83367",
      dose: { value: 40, unit: "mg", route: "oral", times: 1 },
      ...taken,
    }),
    homeMedication(stay, "apixaban", {
      text: "Apixaban 5 mg oral tablet",
      rxnorm: "1364430",
      dose: { value: 5, unit: "mg", route: "oral", times: 2 },
      ...taken,
    }),
    homeMedication(stay, "ibuprofen", {
      text: "Ibuprofen 600 mg oral tablet",
      rxnorm: "5640",
      dose: { value: 600, unit: "mg", route: "oral", times: 3, asNeeded: "knee pain" },
      status: "stopped",
      reason: "Acute kidney injury and heart failure",
      ...taken,
    }),
    homeMedication(stay, "metformin", {
      text: "Metformin 1,000 mg oral tablet",
      rxnorm: "6809",
      dose: { value: 1000, unit: "mg", route: "oral", times: 2 },
      status: "on-hold",
      reason: "Kidney function; to be decided at the primary care visit on 2 April 2026",
      ...taken,
    }),
    // Nobody has dated it, and nobody decided about it at discharge.
    homeMedication(stay, "ginkgo", { text: "Ginkgo biloba", doseText: "Dose unknown", asserted: null }),
    homeMedication(stay, "magnesium", {
      text: "Magnesium oxide 400 mg oral tablet",
      rxnorm: "6582",
      status: "unknown",
      note: "Bottle not brought; patient unsure whether still taken.",
      ...taken,
    }),
    // The same medicine again, from the pharmacy's list under its brand.
    homeMedication(stay, "lasix", {
      text: "Lasix 40 mg tablet",
      rxnorm: "4603",
      doseText: "1 tablet every morning",
      asserted: at("03-14", "12:20"),
    }),
    homeMedication(stay, "digoxin-error", {
      text: "Digoxin 0.125 mg oral tablet",
      rxnorm: "3407",
      status: "entered-in-error",
      asserted: ASKED,
    }),
  ];
}

function inpatient(stay: Stay): readonly FhirResource[] {
  const loop = { text: "Furosemide injection", rxnorm: "4603" };
  const bolus = { value: 80, unit: "mg", route: "intravenous", times: 2 } as const;
  const potassium = { value: 40, unit: "mEq", route: "oral", times: 1 } as const;
  return [
    medicationOrder(stay, "furosemide-iv", {
      ...loop,
      category: "inpatient",
      dose: bolus,
      authored: at("03-14", "09:00"),
      status: "completed",
    }),
    ...given(stay, "furosemide-iv", {
      ...loop,
      dose: bolus,
      order: "furosemide-iv",
      times: [at("03-14", "09:15"), at("03-14", "21:00"), at("03-15", "09:00"), at("03-16", "09:00")],
    }),
    medicationOrder(stay, "ceftriaxone", {
      text: "Ceftriaxone 1 g injection",
      rxnorm: "2193",
      category: "inpatient",
      dose: { value: 1, unit: "g", route: "intravenous", times: 1 },
      authored: at("03-14", "10:35"),
      status: "stopped",
      statusReason: "Pneumonia ruled out",
    }),
    ...given(stay, "ceftriaxone", {
      text: "Ceftriaxone 1 g injection",
      rxnorm: "2193",
      dose: { value: 1, unit: "g", route: "intravenous" },
      order: "ceftriaxone",
      times: [at("03-14", "11:00"), at("03-15", "11:00")],
    }),
    ...given(stay, "potassium", {
      text: "Potassium chloride oral solution",
      rxnorm: "8591",
      dose: potassium,
      times: [at("03-17", "08:30")],
    }),
    ...given(stay, "carvedilol", {
      text: "Carvedilol 12.5 mg oral tablet",
      rxnorm: "20352",
      dose: { value: 12.5, unit: "mg", route: "oral" },
      times: [at("03-14", "20:00")],
      status: "not-done",
      statusReason: "Systolic blood pressure below 95 mmHg",
    }),
  ];
}

function discharge(stay: Stay): readonly FhirResource[] {
  const leaving = { category: "discharge", authored: LEAVING } as const;
  return [
    medicationOrder(stay, "furosemide", {
      ...leaving,
      text: "Furosemide 40 mg oral tablet",
      rxnorm: "4603",
      dose: { value: 40, unit: "mg", route: "oral", times: 2 },
      days: 30,
    }),
    medicationOrder(stay, "carvedilol", {
      ...leaving,
      text: "Carvedilol 6.25 mg oral tablet",
      rxnorm: "20352",
      dose: { value: 6.25, unit: "mg", route: "oral", times: 2, extra: "with food" },
      note: "Halved because of low blood pressure on 14 March.",
      days: 30,
    }),
    medicationOrder(stay, "atorvastatin", {
      ...leaving,
      text: "Atorvastatin 40 mg oral tablet",
      rxnorm: "83367",
      dose: { value: 40, unit: "mg", route: "oral", times: 1 },
    }),
    medicationOrder(stay, "apixaban", {
      ...leaving,
      text: "Apixaban 5 mg oral tablet",
      rxnorm: "1364430",
      dose: { value: 5, unit: "mg", route: "oral", times: 2 },
    }),
    medicationOrder(stay, "spironolactone", {
      ...leaving,
      text: "Spironolactone 25 mg oral tablet",
      rxnorm: "9997",
      dose: { value: 25, unit: "mg", route: "oral", times: 1 },
      reason: "Heart failure with reduced ejection fraction",
      days: 30,
    }),
    medicationOrder(stay, "empagliflozin", {
      ...leaving,
      text: "Empagliflozin 10 mg oral tablet",
      rxnorm: "1545653",
      dose: { value: 10, unit: "mg", route: "oral", times: 1 },
      reason: "Heart failure with reduced ejection fraction",
      days: 30,
    }),
    medicationOrder(stay, "digoxin-cancelled", {
      ...leaving,
      text: "Digoxin 0.125 mg oral tablet",
      rxnorm: "3407",
      dose: { value: 0.125, unit: "mg", route: "oral", times: 1 },
      status: "cancelled",
      statusReason: "Rate controlled without it",
    }),
  ];
}
