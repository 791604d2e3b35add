/** Mei-Ling Chen: problems, no known drug allergy, procedures, devices, what is to come. */
import type { FhirResource } from "fhir/r4.js";
import { allergy, condition, device, immunization, procedure } from "../build/clinical.ts";
import { coding, concept, SNOMED } from "../build/codes.ts";
import { person } from "../build/hospital.ts";
import { appointment, carePlan, serviceRequest } from "../build/planning.ts";
import { finding } from "../build/results.ts";
import { at, to } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

export function courseOf(stay: Stay): readonly FhirResource[] {
  return [...problems(stay), ...state(stay), ...done(stay), ...toCome(stay)];
}

function problems(stay: Stay): readonly FhirResource[] {
  const recorded = at("05-06", "21:30");
  return [
    condition(stay, "fracture", {
      text: "Displaced fracture of the neck of the left femur",
      snomed: "5913000",
      icd: "S72.002A",
      onset: "2026-05-06",
      recorded,
    }),
    condition(stay, "delirium", {
      text: "Postoperative delirium",
      snomed: "2776000",
      icd: "F05",
      onset: "2026-05-08",
      recorded: at("05-08", "07:00"),
      clinical: "resolved",
    }),
    condition(stay, "anemia", {
      text: "Acute blood loss anemia",
      snomed: "413532003",
      icd: "D62",
      recorded: at("05-08", "09:00"),
    }),
    condition(stay, "retention", {
      text: "Urinary retention",
      snomed: "267064002",
      icd: "R33.9",
      recorded: at("05-10", "15:00"),
    }),
    condition(stay, "dementia", {
      text: "Mild dementia of Alzheimer type",
      snomed: "26929004",
      icd: "G30.1",
      onset: "2023",
      category: "problem-list-item",
    }),
    condition(stay, "osteoporosis", {
      text: "Osteoporosis",
      snomed: "64859006",
      icd: "M81.0",
      category: "problem-list-item",
    }),
    allergy(stay, "none", {
      text: "No known drug allergy",
      snomed: "409137002",
      recorded,
    }),
    allergy(stay, "no-food", { text: "No known food allergy", snomed: "429625007", recorded }),
  ];
}

function state(stay: Stay): readonly FhirResource[] {
  return [
    finding(stay, "code-status", {
      category: "survey",
      text: "Code status",
      system: SNOMED,
      code: "304251008",
      value: concept("Do not resuscitate", coding(SNOMED, "304253006", "Not for resuscitation")),
      time: at("05-06", "23:00"),
      by: "dr-amara-singh",
    }),
    finding(stay, "discharge-condition", {
      category: "exam",
      text: "Condition at discharge",
      value: "Fair; oriented to person and place, transfers with one helper",
      time: at("05-13", "09:00"),
      by: "dr-tom-becker",
    }),
    finding(stay, "function", {
      category: "survey",
      text: "Functional status",
      value: "Walks 10 metres with a frame; needs help with washing and dressing",
      time: at("05-12", "14:00"),
      by: "nurse-daniel-park",
    }),
  ];
}

function done(stay: Stay): readonly FhirResource[] {
  return [
    procedure(stay, "hemiarthroplasty", {
      text: "Hemiarthroplasty of the left hip",
      snomed: "179344006",
      pcs: "0SRS01A",
      bodySite: "Left hip",
      performed: at("05-07", "13:20"),
      by: "dr-tom-becker",
      outcome: "Stable joint, equal leg length",
      reason: "Displaced fracture of the neck of the left femur",
    }),
    procedure(stay, "transfusion", {
      text: "Transfusion of one unit of packed red cells",
      snomed: "116863004",
      performed: at("05-08", "11:00"),
      by: "dr-amara-singh",
    }),
    ...device(stay, "urinary-catheter", {
      text: "Indwelling urinary catheter",
      snomed: "23973005",
      site: "Urethra",
      since: at("05-10", "15:30"),
      note: "In place at discharge; trial without catheter on 20 May 2026 at the facility.",
    }),
    ...device(stay, "hip-prosthesis", {
      text: "Femoral head prosthesis",
      snomed: "304121006",
      site: "Left hip",
      since: at("05-07", "13:20"),
    }),
    immunization(stay, "pneumococcal", {
      text: "Pneumococcal conjugate vaccine, 20-valent",
      cvx: "216",
      occurred: "2024-10-03",
      outside: true,
    }),
  ];
}

function toCome(stay: Stay): readonly FhirResource[] {
  return [
    serviceRequest(stay, "vitamin-d", {
      text: "25-hydroxyvitamin D",
      loinc: "1989-3",
      category: "Laboratory procedure",
      authored: at("05-12", "08:00"),
      by: "dr-amara-singh",
      performer: person("dr-hannah-weiss"),
    }),
    serviceRequest(stay, "therapy", {
      text: "Physical therapy, weight-bearing as tolerated on the left",
      category: "Therapy",
      authored: at("05-12", "10:00"),
      by: "dr-tom-becker",
      performer: to("Organization", "maple-grove", "Maple Grove Skilled Nursing"),
    }),
    appointment(stay, "orthopaedics", {
      text: "Orthopaedic follow-up with X-ray",
      start: at("05-27", "11:00"),
      end: at("05-27", "11:20"),
      with: person("dr-tom-becker"),
    }),
    ...carePlan(stay, {
      title: "Rehabilitation plan",
      created: at("05-13", "09:30"),
      goals: ["Walks 50 metres with a frame by 10 June 2026"],
      activities: [
        "Staples out on 21 May 2026",
        "Enoxaparin until 4 June 2026",
        "No lorazepam and no diphenhydramine",
        "Trial without catheter on 20 May 2026",
      ],
    }),
  ];
}
