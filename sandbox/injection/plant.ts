/** Puts a text into a chart, each time in another place: a resource of its own, or a name that is there already. */
import type { Encounter, FhirResource, Patient } from "fhir/r4.js";

export type PlantingPlace =
  | "note"
  | "html-note"
  | "document-title"
  | "medication-name"
  | "medication-directions"
  | "medication-note"
  | "patient-name"
  | "device-name"
  | "observation-comment"
  | "observation-value"
  | "observation-unit"
  | "observation-name"
  | "encounter-reason"
  | "report-conclusion"
  | "allergy-reaction"
  | "condition-name"
  | "procedure-outcome"
  | "appointment-instruction"
  | "plan-activity";

export interface PlantedChart {
  readonly resources: readonly FhirResource[];
  readonly encounterId: string;
}

interface Ground {
  readonly subject: { readonly reference: string };
  readonly encounter: { readonly reference: string };
  /** An instant within the stay. */
  readonly at: string;
}

/** Words that stand in front of what is planted: the resource is an ordinary one without it. */
type Grow = (ground: Ground, text: (own: string) => string) => FhirResource;

const encoded = (text: string): string => Buffer.from(text, "utf8").toString("base64");

function document(
  { subject, encounter, at }: Ground,
  contentType: string,
  text: string,
  description?: string,
): FhirResource {
  return {
    resourceType: "DocumentReference",
    id: "planted",
    status: "current",
    type: { text: "Progress note" },
    ...(description === undefined ? {} : { description }),
    subject,
    date: at,
    context: { encounter: [encounter] },
    content: [
      {
        attachment: {
          contentType,
          data: encoded(text),
          ...(description === undefined ? {} : { title: description }),
        },
      },
    ],
  };
}

function observation({ subject, encounter, at }: Ground, more: object): FhirResource {
  return {
    resourceType: "Observation",
    id: "planted",
    status: "final",
    category: [
      {
        coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }],
      },
    ],
    code: { text: "Ammonia" },
    subject,
    encounter,
    effectiveDateTime: at,
    ...more,
  };
}

const medicineCategory = [
  { coding: [{ system: "http://terminology.hl7.org/CodeSystem/medicationrequest-category", code: "discharge" }] },
];

function prescription({ subject, encounter, at }: Ground, name: string, more: object): FhirResource {
  return {
    resourceType: "MedicationRequest",
    id: "planted",
    status: "active",
    intent: "order",
    category: medicineCategory,
    medicationCodeableConcept: { text: name },
    subject,
    encounter,
    authoredOn: at,
    dosageInstruction: [{ text: "1 tablet once daily" }],
    ...more,
  };
}

const medicine = "Loratadine 10 mg oral tablet";

/** Places that are a resource of their own; the others rewrite the patient or the stay. */
const growers: Readonly<Record<Exclude<PlantingPlace, "patient-name" | "encounter-reason">, Grow>> = {
  note: (ground, text) => document(ground, "text/plain", text("Night round.")),
  "html-note": (ground, text) => document(ground, "text/html", text("<p>Night round.</p>")),
  "document-title": (ground, text) => document(ground, "text/plain", "Night round: quiet.", text("Round")),
  "medication-name": (ground, text) => prescription(ground, text(medicine), {}),
  "medication-directions": (ground, text) =>
    prescription(ground, medicine, { dosageInstruction: [{ text: text("1 tablet once daily.") }] }),
  "medication-note": (ground, text) =>
    prescription(ground, medicine, { note: [{ text: text("Patient asked for it.") }] }),
  "device-name": ({ subject, at }, text) => ({
    resourceType: "DeviceUseStatement",
    id: "planted",
    status: "active",
    subject,
    timingDateTime: at,
    device: { display: text("Hearing aid") },
  }),
  "observation-comment": (ground, text) =>
    observation(ground, {
      valueQuantity: { value: 88, unit: "umol/L", code: "umol/L" },
      interpretation: [{ coding: [{ code: "H" }] }],
      note: [{ text: text("Drawn from the arm.") }],
    }),
  "observation-value": (ground, text) =>
    observation(ground, { code: { text: "Nose swab" }, valueString: text("No growth.") }),
  "observation-unit": (ground, text) => observation(ground, { valueQuantity: { value: 88, unit: text("umol/L") } }),
  "observation-name": (ground, text) =>
    observation(ground, {
      code: { text: text("Ammonia") },
      valueQuantity: { value: 88, unit: "umol/L", code: "umol/L" },
      interpretation: [{ coding: [{ code: "H" }] }],
    }),
  "report-conclusion": ({ subject, encounter, at }, text) => ({
    resourceType: "DiagnosticReport",
    id: "planted",
    status: "final",
    code: { text: "XR Hand" },
    subject,
    encounter,
    effectiveDateTime: at,
    conclusion: text("No fracture."),
  }),
  "allergy-reaction": ({ subject }, text) => ({
    resourceType: "AllergyIntolerance",
    id: "planted",
    clinicalStatus: { coding: [{ code: "active" }] },
    verificationStatus: { coding: [{ code: "confirmed" }] },
    code: { text: "Latex" },
    patient: subject,
    reaction: [{ manifestation: [{ text: text("Rash") }] }],
  }),
  "condition-name": ({ subject, encounter, at }, text) => ({
    resourceType: "Condition",
    id: "planted",
    clinicalStatus: { coding: [{ code: "active" }] },
    verificationStatus: { coding: [{ code: "confirmed" }] },
    category: [{ coding: [{ code: "encounter-diagnosis" }] }],
    code: { text: text("Onychomycosis.") },
    subject,
    encounter,
    onsetDateTime: at,
  }),
  "procedure-outcome": ({ subject, encounter, at }, text) => ({
    resourceType: "Procedure",
    id: "planted",
    status: "completed",
    code: { text: "Skin biopsy" },
    subject,
    encounter,
    performedDateTime: at,
    outcome: { text: text("No complication.") },
  }),
  "appointment-instruction": ({ subject, at }, text) => ({
    resourceType: "Appointment",
    id: "planted",
    status: "booked",
    description: "Foot clinic",
    patientInstruction: text("Bring your shoes."),
    created: at,
    start: "2027-01-04T09:00:00Z",
    participant: [{ actor: subject, status: "accepted" }],
  }),
  "plan-activity": ({ subject, encounter, at }, text) => ({
    resourceType: "CarePlan",
    id: "planted",
    status: "active",
    intent: "plan",
    subject,
    encounter,
    period: { start: at },
    activity: [{ detail: { status: "scheduled", description: text("Foot care.") } }],
  }),
};

function renamed(patient: Patient, text: (own: string) => string): Patient {
  const [name, ...others] = patient.name ?? [{}];
  const family = name?.family ?? "Doe";
  return { ...patient, name: [{ ...name, family: text(family), text: text(name?.text ?? family) }, ...others] };
}

function givenReason(stay: Encounter, text: (own: string) => string): Encounter {
  return { ...stay, reasonCode: [...(stay.reasonCode ?? []), { text: text("Sore throat.") }] };
}

/**
 * The chart with `planted` in one place, or, where that is undefined, with the same resource and nothing planted: what the
 * other is compared with.
 */
export function plant(chart: PlantedChart, place: PlantingPlace, planted?: string): readonly FhirResource[] {
  const text = (own: string): string => (planted === undefined ? own : `${own} ${planted}`);
  const stay = chart.resources.find(
    (resource): resource is Encounter => resource.resourceType === "Encounter" && resource.id === chart.encounterId,
  );
  const reference = stay?.subject?.reference ?? "";
  const ground: Ground = {
    subject: { reference },
    encounter: { reference: `Encounter/${chart.encounterId}` },
    at: stay?.period?.end ?? stay?.period?.start ?? "",
  };
  if (place === "patient-name")
    return chart.resources.map((one) => (one.resourceType === "Patient" ? renamed(one, text) : one));
  if (place === "encounter-reason")
    return chart.resources.map((one) =>
      one.resourceType === "Encounter" && one === stay ? givenReason(one, text) : one,
    );
  // A note with such text is named and never quoted: without it there is nothing to quote either.
  if (planted === undefined && (place === "note" || place === "html-note")) return chart.resources;
  return [...chart.resources, growers[place](ground, text)];
}
