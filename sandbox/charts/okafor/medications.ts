/** Harold Okafor: a penicillin given against a recorded anaphylaxis, and antibiotics at home. */
import type { FhirResource } from "fhir/r4.js";
import { given, homeMedication, medicationOrder } from "../build/medications.ts";
import { at } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

export function medicationsOf(stay: Stay): readonly FhirResource[] {
  return [...home(stay), ...inpatient(stay), ...discharge(stay)];
}

function home(stay: Stay): readonly FhirResource[] {
  const asserted = at("04-02", "14:30");
  return [
    homeMedication(stay, "metformin", {
      text: "Metformin 1,000 mg oral tablet",
      rxnorm: "6809",
      dose: { value: 1000, unit: "mg", route: "oral", times: 2 },
      asserted,
    }),
    homeMedication(stay, "glargine", {
      text: "Insulin glargine 100 units/mL",
      rxnorm: "274783",
      dose: { value: 18, unit: "units", route: "subcutaneous", times: 1, extra: "at bedtime" },
      asserted,
    }),
    homeMedication(stay, "amlodipine", {
      text: "Amlodipine 10 mg oral tablet",
      rxnorm: "17767",
      dose: { value: 10, unit: "mg", route: "oral", times: 1 },
      status: "on-hold",
      reason: "Low blood pressure on admission; restart if above 140 mmHg at home",
      asserted,
    }),
    homeMedication(stay, "gabapentin", {
      text: "Gabapentin 300 mg oral capsule",
      rxnorm: "25480",
      dose: { value: 300, unit: "mg", route: "oral", times: 3 },
      asserted,
    }),
    homeMedication(stay, "gabapentin-again", {
      text: "Gabapentin 300 mg oral capsule",
      rxnorm: "25480",
      doseText: "Take 1 capsule three times a day",
      asserted: at("04-02", "14:45"),
      note: "Imported from the pharmacy.",
    }),
  ];
}

function inpatient(stay: Stay): readonly FhirResource[] {
  const pipTazo = { text: "Piperacillin-tazobactam 4.5 g injection", rxnorm: "74169" };
  const vancomycin = { text: "Vancomycin 1.25 g injection", rxnorm: "11124" };
  const cefazolin = { text: "Cefazolin 2 g injection", rxnorm: "2180" };
  const iv = { route: "intravenous", unit: "g" } as const;
  return [
    medicationOrder(stay, "piperacillin", {
      ...pipTazo,
      category: "inpatient",
      dose: { ...iv, value: 4.5, everyHours: 8 },
      authored: at("04-02", "13:40"),
      status: "stopped",
      statusReason: "Allergy noted: anaphylaxis to penicillin; changed to cefepime",
    }),
    ...given(stay, "piperacillin", {
      ...pipTazo,
      dose: { ...iv, value: 4.5 },
      order: "piperacillin",
      times: [at("04-02", "13:55")],
      note: "Hives after 20 minutes; infusion stopped, diphenhydramine given, no anaphylaxis.",
      status: "stopped",
    }),
    medicationOrder(stay, "vancomycin", {
      ...vancomycin,
      category: "inpatient",
      dose: { ...iv, value: 1.25, everyHours: 12 },
      authored: at("04-02", "13:40"),
      status: "stopped",
      statusReason: "Methicillin-susceptible organism",
    }),
    ...given(stay, "vancomycin", {
      ...vancomycin,
      dose: { ...iv, value: 1.25 },
      order: "vancomycin",
      times: [at("04-02", "14:30"), at("04-03", "02:30"), at("04-03", "14:30"), at("04-04", "02:30")],
    }),
    medicationOrder(stay, "cefazolin", {
      ...cefazolin,
      category: "inpatient",
      dose: { ...iv, value: 2, everyHours: 8 },
      authored: at("04-04", "17:00"),
      by: "dr-lucia-romano",
      status: "completed",
    }),
    ...given(stay, "cefazolin", {
      ...cefazolin,
      dose: { ...iv, value: 2 },
      order: "cefazolin",
      times: [at("04-04", "18:00"), at("04-06", "18:00"), at("04-08", "18:00"), at("04-10", "02:00")],
    }),
    ...given(stay, "norepinephrine", {
      text: "Norepinephrine infusion",
      rxnorm: "7512",
      dose: { value: 0.1, unit: "ug/kg/min", route: "intravenous" },
      times: [at("04-02", "16:45")],
    }),
  ];
}

function discharge(stay: Stay): readonly FhirResource[] {
  const leaving = { category: "discharge", authored: at("04-10", "09:10") } as const;
  return [
    medicationOrder(stay, "cefazolin-home", {
      ...leaving,
      text: "Cefazolin 2 g injection",
      rxnorm: "2180",
      dose: { value: 2, unit: "g", route: "intravenous", everyHours: 8, extra: "through the PICC" },
      by: "dr-lucia-romano",
      reason: "Osteomyelitis",
      days: 35,
    }),
    medicationOrder(stay, "glargine", {
      ...leaving,
      text: "Insulin glargine 100 units/mL",
      rxnorm: "274783",
      dose: { value: 26, unit: "units", route: "subcutaneous", times: 1, extra: "at bedtime" },
    }),
    medicationOrder(stay, "metformin", {
      ...leaving,
      text: "Metformin 1,000 mg oral tablet",
      rxnorm: "6809",
      dose: { value: 1000, unit: "mg", route: "oral", times: 2 },
    }),
    medicationOrder(stay, "gabapentin", {
      ...leaving,
      text: "Gabapentin 300 mg oral capsule",
      rxnorm: "25480",
      dose: { value: 300, unit: "mg", route: "oral", times: 3 },
    }),
    // Ordered by habit, against the allergy: the summary must show the conflict.
    medicationOrder(stay, "amoxicillin", {
      ...leaving,
      text: "Amoxicillin 500 mg oral capsule",
      rxnorm: "723",
      dose: { value: 500, unit: "mg", route: "oral", times: 3 },
      by: "dr-tom-becker",
      reason: "Dental prophylaxis",
      days: 3,
    }),
  ];
}
