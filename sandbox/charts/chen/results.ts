/** Mei-Ling Chen: results and notes. */
import type { FhirResource } from "fhir/r4.js";
import { filedNote } from "../build/notes.ts";
import { lab, panel, report, vitals } from "../build/results.ts";
import { at } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

export function resultsOf(stay: Stay): readonly FhirResource[] {
  const days = [at("05-06", "20:10"), at("05-08", "06:00"), at("05-09", "06:00"), at("05-12", "06:00")];
  return [
    ...panel(stay, "cbc", days, {
      hemoglobin: [11.9, 7.6, 9.2, 9.5],
      leukocytes: [12.1, 10.4, 9.1, 7.7],
      platelets: [188, 151, 160, 232],
    }),
    ...panel(stay, "bmp", days, {
      sodium: [134, 131, 133, 136],
      creatinine: [0.8, 1, 0.9, 0.8],
      calcium: [8.4, null, null, 8.7],
    }),
    lab(stay, "glucose", at("05-06", "20:10"), 131),
    lab(stay, "glucose-si", at("05-09", "07:30"), 6.4, { note: "Point-of-care device of the ward." }),
    lab(stay, "inr", at("05-06", "20:10"), 1),
    lab(stay, "sodium", at("05-08", "18:00"), 150, { status: "entered-in-error", note: "Line sample." }),
    report(stay, "hip-xray", {
      text: "XR Hip left",
      category: "RAD",
      time: at("05-06", "20:30"),
      issued: at("05-06", "20:50"),
      conclusion: "Displaced fracture of the neck of the left femur.",
    }),
    report(stay, "head-ct", {
      text: "CT Head without contrast",
      loinc: "30799-1",
      category: "RAD",
      time: at("05-06", "20:45"),
      issued: at("05-06", "21:15"),
      conclusion:
        "No haemorrhage. Incidental calcified meningioma of 9 mm over the right convexity; MRI in 12 months recommended.",
    }),
    report(stay, "hip-xray-after", {
      text: "XR Hip left, postoperative",
      category: "RAD",
      time: at("05-07", "15:00"),
      issued: at("05-07", "15:30"),
      conclusion: "Prosthesis in good position.",
    }),
    report(stay, "bone-pathology", {
      text: "Pathology of the left femoral head",
      loinc: "11526-1",
      category: "SP",
      status: "preliminary",
      time: at("05-07", "14:00"),
      issued: at("05-11", "10:00"),
      conclusion: "Preliminary: osteoporotic bone, no tumour seen.",
      interpreter: "dr-tom-becker",
    }),
    ...vitals(stay, {
      time: at("05-06", "19:45"),
      bp: [158, 82],
      heartRate: 96,
      temperature: 36.5,
      saturation: 96,
      weight: 51,
    }),
    ...vitals(stay, { time: at("05-08", "06:00"), bp: [102, 58], heartRate: 108, saturation: 94 }),
    ...vitals(stay, {
      time: at("05-13", "08:00"),
      bp: [126, 70],
      heartRate: 80,
      temperature: 36.6,
      saturation: 97,
      weight: 50.2,
    }),
  ];
}

const ADMISSION = `HISTORY AND PHYSICAL
84-year-old woman who tripped on a rug. Pain of the left hip, left leg short and turned outward. Did not hit her head, but
takes aspirin: CT of the head without haemorrhage. Lives with her son; walks with a cane. No known drug allergy.
Not for resuscitation: confirmed with her son, who holds the power of attorney.`;

const OPERATIVE = `OPERATIVE NOTE
Procedure: hemiarthroplasty of the LEFT hip under spinal anaesthesia. Time-out: patient, LEFT side and procedure confirmed.
Blood loss 350 mL. No complications. The right hip was not operated on.`;

const DELIRIUM = `PROGRESS NOTE, DAY 2 AFTER SURGERY
Confused since the night after lorazepam 0.5 mg for sleep. No infection found. Lorazepam stopped; melatonin instead.
Hemoglobin 7.6 g/dL: one unit transfused, 9.2 g/dL on 9 May. Denies chest pain.`;

export function notesOf(stay: Stay): readonly FhirResource[] {
  return [
    ...filedNote(stay, "admission", {
      type: "admission",
      time: at("05-06", "23:10"),
      by: "dr-amara-singh",
      text: ADMISSION,
    }),
    ...filedNote(stay, "operative", {
      type: "operative",
      time: at("05-07", "15:40"),
      by: "dr-tom-becker",
      text: OPERATIVE,
    }),
    ...filedNote(stay, "progress-2", {
      type: "progress",
      time: at("05-09", "09:30"),
      by: "dr-amara-singh",
      text: DELIRIUM,
    }),
  ];
}
