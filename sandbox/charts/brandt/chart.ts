/**
 * Olivia Brandt, 36, a night in hospital for vomiting: the thin chart.
 * Exercises what is not documented at all: no allergy entry of any kind, no medicines at home, no procedure, no code status,
 * no plan, a stay of less than a day.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { chartBundle } from "../build/bundle.ts";
import { condition } from "../build/clinical.ts";
import { given } from "../build/medications.ts";
import { note } from "../build/notes.ts";
import { encounter, patient } from "../build/person.ts";
import { panel, vitals } from "../build/results.ts";
import { at, stayOf } from "../build/stay.ts";

const STAY = stayOf("brandt", "stay", "Olivia Brandt");

const ED = `EMERGENCY DEPARTMENT NOTE
36-year-old woman with twelve hours of vomiting after a restaurant meal. Abdomen soft. Not pregnant by urine test.
Two litres of fluid and ondansetron; kept overnight.`;

function stay() {
  return encounter(STAY, {
    id: "brandt-stay",
    status: "in-progress",
    class: "IMP",
    start: at("06-20", "23:40"),
    visitNumber: "V-2026-062094",
    reason: "Vomiting",
    locations: [["ward-5-east", at("06-20", "23:40")]],
    diagnoses: [{ id: "brandt-condition-gastroenteritis", use: "DD", rank: 1 }],
  });
}

export function brandtChart(): Bundle<FhirResource> {
  const draws = [at("06-20", "21:30"), at("06-21", "06:00")];
  return chartBundle("brandt", [
    patient("brandt", {
      given: "Olivia",
      family: "Brandt",
      gender: "female",
      birthDate: "1990-02-17",
      mrn: "GH-6120933",
      phone: "312-555-0109",
      street: "1500 N Wells St",
      contact: "none given",
    }),
    stay(),
    condition(STAY, "gastroenteritis", {
      text: "Acute gastroenteritis",
      snomed: "25374005",
      icd: "K52.9",
      recorded: at("06-20", "23:00"),
    }),
    ...panel(STAY, "bmp", draws, {
      sodium: [133, 138],
      potassium: [3.1, 3.8],
      bicarbonate: [20, 24],
      creatinine: [1.1, 0.8],
      urea: [24, 12],
      glucose: [88, 92],
    }),
    ...panel(STAY, "cbc", draws, { leukocytes: [11.9, 8.3], hemoglobin: [14.1, 12.8], platelets: [301, 266] }),
    ...vitals(STAY, { time: at("06-20", "21:10"), bp: [104, 60], heartRate: 118, temperature: 37.6, weight: 62 }),
    ...vitals(STAY, { time: at("06-21", "08:00"), bp: [116, 70], heartRate: 78, temperature: 36.8 }),
    ...given(STAY, "ondansetron", {
      text: "Ondansetron 4 mg injection",
      rxnorm: "26225",
      dose: { value: 4, unit: "mg", route: "intravenous" },
      times: [at("06-20", "21:45"), at("06-21", "02:10")],
    }),
    note(STAY, "ed", { type: "ed", time: at("06-20", "23:10"), by: "dr-amara-singh", text: ED }),
  ]);
}
