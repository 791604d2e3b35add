/** Harold Okafor: sepsis markers over a week, cultures in every state, imaging. */
import type { FhirResource } from "fhir/r4.js";
import { concept, coding, SNOMED } from "../build/codes.ts";
import { finding, lab, panel, report, vitals } from "../build/results.ts";
import { at } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

const ARRIVAL = at("04-02", "13:15");

export function resultsOf(stay: Stay): readonly FhirResource[] {
  return [...blood(stay), ...microbiology(stay), ...imaging(stay), ...signs(stay)];
}

function blood(stay: Stay): readonly FhirResource[] {
  const days = [ARRIVAL, at("04-03", "05:30"), at("04-06", "06:00"), at("04-10", "06:00")];
  return [
    ...panel(stay, "sepsis", days, { lactate: [4.6, 2.1, 1.1, null], crp: [288, 301, 96, 21] }),
    ...panel(stay, "cbc", days, {
      leukocytes: [22.4, 18.9, 11.8, 8.2],
      hemoglobin: [12.8, 11.6, 11.1, 11.4],
      platelets: [138, 121, 210, 344],
    }),
    ...panel(stay, "bmp", days, { creatinine: [1.9, 1.6, 1.1, 0.9], glucose: [388, 254, 172, 138] }),
    lab(stay, "hba1c", at("04-03", "05:30"), 10.4),
    lab(stay, "albumin", at("04-03", "05:30"), 2.6),
    lab(stay, "vancomycin-trough", at("04-04", "20:00"), 23.5, {
      status: "amended",
      issued: at("04-05", "09:00"),
      note: "Amended: drawn during the infusion; not a trough.",
    }),
  ];
}

function organism(stay: Stay, slug: string, specimen: string, text: string, time: string, snomed?: string) {
  return finding(stay, slug, {
    category: "laboratory",
    text: `Bacteria identified in ${specimen} by culture`,
    code: specimen === "blood" ? "600-7" : "6463-4",
    value: concept(text, ...(snomed === undefined ? [] : [coding(SNOMED, snomed, text)])),
    time,
  });
}

function microbiology(stay: Stay): readonly FhirResource[] {
  const blood = organism(
    stay,
    "blood-culture",
    "blood",
    "Methicillin-susceptible Staphylococcus aureus",
    ARRIVAL,
    "448417001",
  );
  const bone = organism(stay, "bone-culture", "bone", "Staphylococcus aureus", at("04-03", "15:45"), "3092008");
  const clearance = organism(stay, "blood-culture-clearance", "blood", "No growth after 5 days", at("04-05", "08:00"));
  return [
    blood,
    bone,
    clearance,
    report(stay, "blood-culture", {
      text: "Blood culture, two sets",
      loinc: "600-7",
      category: "MB",
      status: "corrected",
      time: ARRIVAL,
      issued: at("04-04", "16:00"),
      conclusion:
        "Corrected: Staphylococcus aureus, methicillin-susceptible, in 2 of 2 sets. First reported on 3 April as coagulase-negative staphylococci.",
      results: [blood],
    }),
    report(stay, "blood-culture-clearance", {
      text: "Blood culture, repeat",
      loinc: "600-7",
      category: "MB",
      time: at("04-05", "08:00"),
      issued: at("04-10", "08:00"),
      conclusion: "No growth after 5 days.",
      results: [clearance],
    }),
    report(stay, "bone-culture", {
      text: "Bone culture",
      loinc: "6463-4",
      category: "MB",
      time: at("04-03", "15:45"),
      issued: at("04-06", "12:00"),
      conclusion: "Staphylococcus aureus, susceptible to cefazolin and clindamycin.",
      results: [bone],
    }),
    report(stay, "afb", {
      text: "Mycobacterial culture, bone",
      category: "MB",
      status: "partial",
      time: at("04-03", "15:45"),
      issued: at("04-10", "07:00"),
      conclusion: "No growth after 1 week; incubation continues to 6 weeks.",
      order: "afb",
      interpreter: "dr-lucia-romano",
    }),
    report(stay, "pathology", {
      text: "Pathology of bone, right fifth metatarsal",
      loinc: "11526-1",
      category: "SP",
      status: "registered",
      time: at("04-03", "15:45"),
      interpreter: "dr-tom-becker",
    }),
  ];
}

function imaging(stay: Stay): readonly FhirResource[] {
  return [
    report(stay, "foot-mri", {
      text: "MR Foot right",
      category: "RAD",
      time: at("04-03", "09:00"),
      issued: at("04-03", "11:30"),
      conclusion: "Osteomyelitis of the right fifth metatarsal head with an abscess of 14 mm.",
    }),
    report(stay, "leg-ultrasound", {
      text: "US Leg veins right",
      category: "RAD",
      time: at("04-03", "08:00"),
      issued: at("04-03", "08:40"),
      conclusion: "No deep vein thrombosis.",
    }),
    report(stay, "echo", {
      text: "Transthoracic echocardiogram",
      loinc: "42148-7",
      category: "CUS",
      time: at("04-06", "10:00"),
      issued: at("04-06", "12:00"),
      conclusion: "No vegetation. Ejection fraction 60 %.",
    }),
  ];
}

function signs(stay: Stay): readonly FhirResource[] {
  return [
    ...vitals(stay, {
      time: ARRIVAL,
      bp: [84, 46],
      heartRate: 126,
      temperature: 39.4,
      respirations: 26,
      saturation: 93,
      weight: 96.2,
    }),
    ...vitals(stay, { time: at("04-05", "08:00"), bp: [118, 68], heartRate: 90, temperature: 37.2 }),
    ...vitals(stay, {
      time: at("04-10", "08:00"),
      bp: [132, 78],
      heartRate: 76,
      temperature: 36.8,
      saturation: 98,
      weight: 94,
    }),
  ];
}
