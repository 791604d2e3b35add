/** Harold Okafor: problems, allergies, procedures, devices, what is to come. */
import type { FhirResource } from "fhir/r4.js";
import { allergy, condition, device, immunization, procedure } from "../build/clinical.ts";
import { coding, concept, SNOMED } from "../build/codes.ts";
import { person } from "../build/hospital.ts";
import { appointment, carePlan, serviceRequest, task } from "../build/planning.ts";
import { finding } from "../build/results.ts";
import { at, to } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

export function courseOf(stay: Stay): readonly FhirResource[] {
  return [...problems(stay), ...allergiesAndState(stay), ...done(stay), ...toCome(stay)];
}

function problems(stay: Stay): readonly FhirResource[] {
  return [
    condition(stay, "sepsis", {
      text: "Sepsis due to methicillin-susceptible Staphylococcus aureus",
      snomed: "448417001",
      icd: "A41.01",
      onset: "2026-04-02",
      recorded: at("04-02", "15:00"),
      clinical: "resolved",
    }),
    condition(stay, "osteomyelitis", {
      text: "Acute osteomyelitis of the right fifth metatarsal",
      snomed: "60168000",
      icd: "M86.171",
      recorded: at("04-03", "18:00"),
    }),
    condition(stay, "foot-ulcer", {
      text: "Diabetic ulcer of the right foot",
      snomed: "371087003",
      icd: "E11.621",
      onset: "2026-03-10",
      recorded: at("04-02", "15:00"),
    }),
    condition(stay, "dvt", {
      text: "Deep vein thrombosis of the right leg",
      snomed: "128053003",
      verification: "refuted",
      recorded: at("04-02", "17:00"),
      note: "Ultrasound negative on 3 April.",
    }),
    condition(stay, "diabetes", {
      text: "Type 2 diabetes mellitus with neuropathy",
      snomed: "44054006",
      icd: "E11.42",
      onset: "2005",
      category: "problem-list-item",
    }),
    condition(stay, "hypertension", {
      text: "Essential hypertension",
      snomed: "59621000",
      icd: "I10",
      onset: "2011",
      category: "problem-list-item",
    }),
  ];
}

function allergiesAndState(stay: Stay): readonly FhirResource[] {
  return [
    allergy(stay, "penicillin", {
      text: "Penicillin",
      rxnorm: "70618",
      snomed: "764146007",
      type: "allergy",
      category: "medication",
      criticality: "high",
      reaction: "Anaphylaxis",
      severity: "severe",
      recorded: "2003-06-14",
    }),
    allergy(stay, "adhesive", {
      text: "Adhesive tape",
      category: "environment",
      criticality: "low",
      reaction: "Contact dermatitis",
      severity: "mild",
      verification: "unconfirmed",
      recorded: at("04-02", "14:00"),
    }),
    finding(stay, "code-status", {
      category: "survey",
      text: "Code status",
      system: SNOMED,
      code: "304251008",
      value: concept("Full code", coding(SNOMED, "304252001", "For resuscitation")),
      time: at("04-02", "17:10"),
    }),
    finding(stay, "discharge-condition", {
      category: "exam",
      text: "Condition at discharge",
      value: "Good; afebrile since 5 April, wound clean, walks with an offloading boot",
      time: at("04-10", "09:00"),
      by: "dr-amara-singh",
    }),
  ];
}

function done(stay: Stay): readonly FhirResource[] {
  return [
    procedure(stay, "debridement", {
      text: "Excisional debridement of bone, right fifth metatarsal",
      snomed: "36777000",
      pcs: "0QBN0ZZ",
      bodySite: "Right foot",
      performed: at("04-03", "15:30"),
      by: "dr-tom-becker",
      outcome: "Clean margins by inspection; bone sent for culture and pathology",
      reason: "Osteomyelitis",
    }),
    procedure(stay, "picc", {
      text: "Insertion of peripherally inserted central catheter, right arm",
      pcs: "02HV33Z",
      bodySite: "Right basilic vein",
      performed: at("04-08", "11:00"),
      by: "dr-amara-singh",
    }),
    procedure(stay, "central-line-error", {
      text: "Central venous catheter, left internal jugular vein",
      performed: at("04-02", "16:00"),
      by: "dr-amara-singh",
      status: "entered-in-error",
    }),
    ...device(stay, "picc", {
      text: "Peripherally inserted central catheter",
      snomed: "303728004",
      site: "Right arm",
      since: at("04-08", "11:00"),
      note: "In place at discharge; to be removed after the last dose on 15 May 2026.",
    }),
    ...device(stay, "peripheral-line", {
      text: "Peripheral intravenous catheter",
      snomed: "82449006",
      site: "Left forearm",
      since: at("04-02", "13:20"),
      until: at("04-08", "12:00"),
    }),
    immunization(stay, "tetanus", {
      text: "Tdap vaccine",
      cvx: "115",
      occurred: at("04-02", "14:10"),
      lot: "AC52B118",
    }),
  ];
}

function toCome(stay: Stay): readonly FhirResource[] {
  const afb = to("ServiceRequest", "okafor-request-afb");
  return [
    serviceRequest(stay, "afb", {
      text: "Mycobacterial culture, bone",
      category: "Laboratory procedure",
      authored: at("04-03", "16:00"),
      by: "dr-lucia-romano",
      performer: to("Organization", "midwest-reference-lab", "Midwest Reference Laboratory"),
    }),
    task(stay, "afb", {
      text: "Follow the mycobacterial culture of the bone to its end at six weeks",
      focus: afb,
      owner: person("dr-lucia-romano"),
      authored: at("04-09", "15:00"),
      due: at("05-15", "17:00"),
    }),
    serviceRequest(stay, "weekly-labs", {
      text: "Weekly blood count, creatinine and C-reactive protein during cefazolin",
      category: "Laboratory procedure",
      authored: at("04-09", "15:10"),
      by: "dr-lucia-romano",
      performer: to("Organization", "lakeside-home-health", "Lakeside Home Health"),
      note: "Results to the infectious disease clinic, 312-555-0190.",
    }),
    serviceRequest(stay, "podiatry", {
      text: "Referral to podiatry for offloading",
      category: "Referral",
      authored: at("04-09", "15:20"),
      performer: person("dr-tom-becker"),
    }),
    appointment(stay, "infectious-disease", {
      text: "Infectious disease follow-up",
      start: at("04-21", "10:00"),
      end: at("04-21", "10:30"),
      with: person("dr-lucia-romano"),
    }),
    appointment(stay, "wound-check", {
      text: "Wound check and removal of stitches",
      start: at("04-17", "08:30"),
      end: at("04-17", "08:50"),
      with: person("dr-tom-becker"),
    }),
    ...carePlan(stay, {
      title: "Home infusion plan",
      created: at("04-10", "09:15"),
      goals: ["Wound closed by 15 May 2026", "Fasting glucose of 80 to 130 mg/dL"],
      activities: [
        "Cefazolin 2 g every 8 hours through the PICC until 15 May 2026",
        "No weight on the right forefoot; wear the boot day and night",
        "Call 312-555-0190 for fever, redness of the arm or drainage from the foot",
      ],
    }),
  ];
}
