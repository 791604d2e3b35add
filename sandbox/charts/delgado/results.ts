/** Rosa Delgado: laboratory results over a week, imaging, vital signs. */
import type { FhirResource } from "fhir/r4.js";
import { lab, panel, report, vitals } from "../build/results.ts";
import { at } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

export function resultsOf(stay: Stay): readonly FhirResource[] {
  return [...chemistry(stay), ...single(stay), ...imaging(stay), ...signs(stay)];
}

function chemistry(stay: Stay): readonly FhirResource[] {
  const days = [at("03-14", "08:40"), at("03-16", "06:00"), at("03-18", "06:05"), at("03-20", "06:00")];
  return [
    ...panel(stay, "bmp", days, {
      sodium: [131, 134, 137, 138],
      creatinine: [2.1, 2.4, 1.71, 1.4],
      urea: [48, 52, 38, 29],
      glucose: [212, 168, 151, 143],
    }),
    ...panel(stay, "cardiac", [at("03-14", "08:40"), at("03-18", "06:05")], {
      probnp: [8420, 3110],
      troponin: [31, null],
    }),
    ...panel(stay, "cbc", [at("03-14", "08:40"), at("03-20", "06:00")], {
      hemoglobin: [11.2, 10.9],
      leukocytes: [9.8, 7.1],
      platelets: [224, 231],
    }),
  ];
}

function single(stay: Stay): readonly FhirResource[] {
  return [
    lab(stay, "potassium", at("03-14", "08:40"), 4.9, {
      status: "corrected",
      issued: at("03-14", "10:15"),
      note: "Corrected: 6.1 mmol/L was reported at 09:20 from a hemolyzed sample; repeated on a new sample.",
    }),
    lab(stay, "potassium", at("03-17", "06:00"), 3.3),
    lab(stay, "potassium", at("03-20", "06:00"), 4.2),
    lab(stay, "creatinine-si", at("03-12", "09:00"), 168, { note: "Outside laboratory, urgent care visit." }),
    lab(stay, "hba1c", at("03-15", "06:00"), 7.8),
    lab(stay, "tsh", at("03-15", "06:00"), 2.3),
    lab(stay, "magnesium", at("03-17", "06:00"), 1.6),
    lab(stay, "hemoglobin", at("03-16", "06:00"), 4.1, {
      status: "entered-in-error",
      note: "Tube of another patient.",
    }),
    report(stay, "light-chains", {
      text: "Free light chains, serum",
      loinc: "48378-4",
      category: "LAB",
      status: "registered",
      time: at("03-18", "10:00"),
      order: "light-chains",
      interpreter: "dr-peter-novak",
    }),
    report(stay, "pleural-cytology", {
      text: "Pleural fluid cytology",
      loinc: "33717-0",
      category: "SP",
      status: "preliminary",
      time: at("03-15", "14:30"),
      issued: at("03-17", "11:00"),
      conclusion: "Preliminary: reactive mesothelial cells. Immunostains to follow.",
      interpreter: "dr-amara-singh",
    }),
  ];
}

function imaging(stay: Stay): readonly FhirResource[] {
  return [
    report(stay, "chest-xray", {
      text: "XR Chest 2 Views",
      loinc: "36643-5",
      category: "RAD",
      time: at("03-14", "09:10"),
      issued: at("03-14", "09:40"),
      conclusion: "Cardiomegaly, interstitial oedema and a moderate right pleural effusion.",
    }),
    report(stay, "echo", {
      text: "Transthoracic echocardiogram",
      loinc: "42148-7",
      category: "CUS",
      time: at("03-15", "10:30"),
      issued: at("03-15", "13:00"),
      conclusion:
        "Left ventricular ejection fraction 32 %, previously 40 %. Wall thickness 15 mm. Moderate mitral regurgitation. No thrombus.",
    }),
    report(stay, "chest-ct", {
      text: "CT Chest without contrast",
      loinc: "29252-4",
      category: "RAD",
      status: "amended",
      time: at("03-16", "13:20"),
      issued: at("03-16", "15:45"),
      conclusion:
        "Amended: incidental solid nodule of 8 mm in the right upper lobe; follow-up CT recommended in 6 months. No consolidation. Small residual right effusion.",
    }),
  ];
}

function signs(stay: Stay): readonly FhirResource[] {
  return [
    ...vitals(stay, {
      time: at("03-14", "08:15"),
      bp: [168, 94],
      heartRate: 118,
      temperature: 37.1,
      respirations: 28,
      saturation: 86,
      weight: 79.6,
    }),
    ...vitals(stay, { time: at("03-17", "07:00"), bp: [128, 76], heartRate: 88, saturation: 95, weight: 74.2 }),
    ...vitals(stay, {
      time: at("03-20", "07:30"),
      bp: [118, 70],
      heartRate: 72,
      temperature: 36.7,
      respirations: 16,
      saturation: 97,
      weight: 71.4,
    }),
    ...vitals(stay, { time: at("03-15", "06:30"), weight: 783, status: "entered-in-error" }),
  ];
}
