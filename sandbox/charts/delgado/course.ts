/** Rosa Delgado: problems, allergies, procedures, what was done and what is to come. */
import type { FhirResource } from "fhir/r4.js";
import { allergy, condition, device, immunization, procedure } from "../build/clinical.ts";
import { concept, coding, SNOMED } from "../build/codes.ts";
import { person, place } from "../build/hospital.ts";
import { appointment, carePlan, serviceRequest, task } from "../build/planning.ts";
import { finding } from "../build/results.ts";
import { at, to } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

export function courseOf(stay: Stay): readonly FhirResource[] {
  return [...problems(stay), ...allergies(stay), ...done(stay), ...state(stay), ...toCome(stay)];
}

function problems(stay: Stay): readonly FhirResource[] {
  const listed = (slug: string, text: string, snomed: string, icd: string, onset: string) =>
    condition(stay, slug, { text, snomed, icd, onset, category: "problem-list-item" });
  return [
    condition(stay, "heart-failure", {
      text: "Acute on chronic systolic heart failure",
      snomed: "443254009",
      icd: "I50.23",
      onset: "2026-03-09",
      recorded: at("03-14", "11:50"),
    }),
    condition(stay, "kidney-injury", {
      text: "Acute kidney injury",
      snomed: "14669001",
      icd: "N17.9",
      onset: "2026-03-14",
      recorded: at("03-14", "12:30"),
      clinical: "resolved",
      note: "Attributed to ibuprofen and venous congestion.",
    }),
    condition(stay, "nodule", {
      text: "Solitary pulmonary nodule, right upper lobe",
      snomed: "427359005",
      icd: "R91.1",
      recorded: at("03-16", "16:00"),
    }),
    condition(stay, "pneumonia", {
      text: "Pneumonia",
      snomed: "233604007",
      icd: "J18.9",
      verification: "refuted",
      recorded: at("03-14", "10:30"),
      note: "Considered in the emergency department; ruled out by CT on 16 March.",
    }),
    condition(stay, "stroke-error", {
      text: "Ischemic stroke",
      icd: "I63.9",
      verification: "entered-in-error",
      recorded: at("03-15", "07:10"),
      note: "Entered on the wrong patient.",
    }),
    listed("ckd", "Chronic kidney disease, stage 3a", "700378005", "N18.31", "2021"),
    listed("diabetes", "Type 2 diabetes mellitus", "44054006", "E11.22", "2009"),
    listed("fibrillation", "Paroxysmal atrial fibrillation", "282825002", "I48.0", "2022-06"),
    listed("hypertension", "Essential hypertension", "59621000", "I10", "2004"),
    listed("hyperlipidemia", "Hyperlipidemia", "55822004", "E78.5", "2010"),
  ];
}

function allergies(stay: Stay): readonly FhirResource[] {
  return [
    allergy(stay, "lisinopril", {
      text: "Lisinopril",
      rxnorm: "29046",
      type: "intolerance",
      category: "medication",
      criticality: "low",
      reaction: "Cough",
      severity: "mild",
      recorded: "2019-05-02",
    }),
    allergy(stay, "shellfish", {
      text: "Shellfish",
      snomed: "735029006",
      type: "allergy",
      category: "food",
      criticality: "high",
      reaction: "Hives",
      severity: "moderate",
      recorded: "2012-08-19",
    }),
    allergy(stay, "latex", {
      text: "Latex",
      snomed: "111088007",
      category: "environment",
      verification: "refuted",
      recorded: "2016-01-12",
    }),
    allergy(stay, "aspirin-error", {
      text: "Aspirin",
      rxnorm: "1191",
      category: "medication",
      verification: "entered-in-error",
      recorded: "2020-03-03",
    }),
  ];
}

function done(stay: Stay): readonly FhirResource[] {
  return [
    procedure(stay, "echo", {
      text: "Transthoracic echocardiography",
      snomed: "433236007",
      performed: at("03-15", "10:30"),
      by: "dr-peter-novak",
    }),
    procedure(stay, "thoracentesis", {
      text: "Ultrasound-guided thoracentesis, right",
      snomed: "91602002",
      pcs: "0W993ZZ",
      bodySite: "Right pleural cavity",
      performed: at("03-15", "14:05"),
      by: "dr-peter-novak",
      outcome: "900 mL of clear straw-coloured fluid removed, no pneumothorax",
    }),
    procedure(stay, "catheterization", {
      text: "Left heart catheterization",
      snomed: "67629009",
      performed: at("03-17", "09:00"),
      by: "dr-peter-novak",
      status: "not-done",
      statusReason: "Deferred because of kidney function",
    }),
    ...device(stay, "urinary-catheter", {
      text: "Indwelling urinary catheter",
      snomed: "23973005",
      site: "Urethra",
      since: at("03-14", "09:05"),
      until: at("03-16", "08:00"),
    }),
    immunization(stay, "influenza", {
      text: "Influenza vaccine, high dose, quadrivalent",
      cvx: "197",
      occurred: at("03-19", "10:00"),
      lot: "UJ884AB",
    }),
    immunization(stay, "covid", {
      text: "COVID-19 vaccine",
      cvx: "312",
      occurred: at("03-19", "10:05"),
      status: "not-done",
      reason: "Patient declined",
    }),
  ];
}

function state(stay: Stay): readonly FhirResource[] {
  return [
    finding(stay, "code-status", {
      category: "survey",
      text: "Code status",
      system: SNOMED,
      code: "304251008",
      value: concept("Full code", coding(SNOMED, "304252001", "For resuscitation")),
      time: at("03-14", "12:00"),
      by: "dr-amara-singh",
    }),
    finding(stay, "discharge-condition", {
      category: "exam",
      text: "Condition at discharge",
      value: "Stable; no oedema, walks 150 metres on room air without stopping",
      time: at("03-20", "08:30"),
      by: "dr-amara-singh",
    }),
    finding(stay, "function", {
      category: "survey",
      text: "Functional status",
      value: "Independent in activities of daily living, uses a cane outdoors",
      time: at("03-19", "15:00"),
      by: "nurse-daniel-park",
    }),
    finding(stay, "smoking", {
      category: "social-history",
      text: "Tobacco smoking status",
      code: "72166-2",
      value: concept("Former smoker", coding(SNOMED, "8517006", "Former smoker")),
      time: at("03-14", "12:00"),
    }),
  ];
}

function toCome(stay: Stay): readonly FhirResource[] {
  const lightChains = to("ServiceRequest", "delgado-request-light-chains");
  return [
    serviceRequest(stay, "light-chains", {
      text: "Free light chains, serum",
      loinc: "48378-4",
      category: "Laboratory procedure",
      authored: at("03-18", "09:20"),
      by: "dr-peter-novak",
      performer: to("Organization", "midwest-reference-lab", "Midwest Reference Laboratory"),
      reason: "Thick ventricular walls: cardiac amyloidosis?",
    }),
    task(stay, "light-chains", {
      text: "Read the free light chains result and tell the patient",
      focus: lightChains,
      owner: person("dr-peter-novak"),
      authored: at("03-19", "16:00"),
      due: at("03-27", "17:00"),
    }),
    serviceRequest(stay, "chest-ct", {
      text: "CT of the chest without contrast, follow-up of nodule",
      category: "Imaging",
      authored: at("03-19", "16:10"),
      performer: person("dr-hannah-weiss"),
      due: "2026-09-16",
      reason: "8 mm nodule of the right upper lobe, former smoker",
    }),
    serviceRequest(stay, "home-health", {
      text: "Home health nursing: weight, blood pressure and medicines twice weekly",
      category: "Home health",
      authored: at("03-19", "15:30"),
      performer: to("Organization", "lakeside-home-health", "Lakeside Home Health"),
    }),
    serviceRequest(stay, "stress-test", {
      text: "Exercise stress test",
      category: "Imaging",
      status: "revoked",
      authored: at("03-15", "12:00"),
    }),
    appointment(stay, "cardiology", {
      text: "Heart failure follow-up",
      start: at("03-27", "09:30"),
      end: at("03-27", "10:00"),
      with: place("clinic-cardiology"),
      instruction: "Bring your weight diary and all medicine bottles.",
    }),
    appointment(stay, "primary-care", {
      text: "Primary care visit: kidney function, decision on metformin",
      start: at("04-02", "14:00"),
      end: at("04-02", "14:30"),
      with: person("dr-hannah-weiss"),
    }),
    appointment(stay, "eye-clinic", {
      text: "Diabetic eye check",
      start: at("03-18", "11:00"),
      end: at("03-18", "11:30"),
      with: person("dr-hannah-weiss"),
      status: "cancelled",
    }),
    ...carePlan(stay, {
      title: "Heart failure discharge plan",
      created: at("03-20", "08:45"),
      goals: ["Discharge weight of 71.4 kg kept within 1.5 kg", "Sodium below 2 g a day"],
      activities: [
        "Weigh every morning before breakfast and write it down",
        "Call the heart failure nurse at 312-555-0188 for a gain of 1.5 kg in two days, breathlessness or swelling",
        "Blood test for potassium and creatinine on 24 March 2026",
        "No ibuprofen, naproxen or other anti-inflammatory tablets",
      ],
    }),
  ];
}
