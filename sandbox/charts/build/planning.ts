/** What is to come: orders, appointments, tasks, care plan, goals; and the list that says why there is nothing. */
import type { Appointment, CarePlan, CodeableConcept, Goal, List, Reference, ServiceRequest, Task } from "fhir/r4.js";
import { coding, concept, hl7, LOINC, SNOMED } from "./codes.ts";
import { person } from "./hospital.ts";
import type { Stay } from "./stay.ts";

/** SNOMED CT codes of the categories that have one in common use. */
const CATEGORIES: Partial<Record<RequestFields["category"], string>> = {
  "Laboratory procedure": "108252007",
  Imaging: "363679005",
  Referral: "3457005",
  Therapy: "91251008",
};

export interface RequestFields {
  readonly text: string;
  readonly loinc?: string;
  readonly status?: "active" | "completed" | "revoked" | "entered-in-error" | "on-hold";
  readonly category: "Laboratory procedure" | "Imaging" | "Referral" | "Home health" | "Therapy";
  readonly authored: string;
  readonly by?: string;
  /** Who carries it out, or answers for its result. */
  readonly performer?: Reference;
  readonly due?: string;
  readonly reason?: string;
  readonly note?: string;
}

export function serviceRequest(stay: Stay, slug: string, fields: RequestFields): ServiceRequest {
  const resource: ServiceRequest = {
    resourceType: "ServiceRequest",
    id: `${stay.key}-request-${slug}`,
    status: fields.status ?? "active",
    intent: "order",
    category: [categoryOf(fields.category)],
    code: concept(fields.text, ...(fields.loinc === undefined ? [] : [coding(LOINC, fields.loinc, fields.text)])),
    subject: stay.patient,
    encounter: stay.encounter,
    authoredOn: fields.authored,
    requester: person(fields.by ?? "dr-amara-singh"),
  };
  if (fields.performer !== undefined) resource.performer = [fields.performer];
  if (fields.due !== undefined) resource.occurrenceDateTime = fields.due;
  if (fields.reason !== undefined) resource.reasonCode = [concept(fields.reason)];
  if (fields.note !== undefined) resource.note = [{ text: fields.note }];
  return resource;
}

function categoryOf(category: RequestFields["category"]): CodeableConcept {
  const code = CATEGORIES[category];
  return concept(category, ...(code === undefined ? [] : [coding(SNOMED, code, category)]));
}

export interface AppointmentFields {
  readonly text: string;
  readonly start: string;
  readonly end: string;
  readonly with: Reference;
  readonly status?: "booked" | "proposed" | "pending" | "cancelled" | "fulfilled";
  readonly instruction?: string;
}

export function appointment(stay: Stay, slug: string, fields: AppointmentFields): Appointment {
  const resource: Appointment = {
    resourceType: "Appointment",
    id: `${stay.key}-appointment-${slug}`,
    status: fields.status ?? "booked",
    serviceType: [concept(fields.text)],
    description: fields.text,
    start: fields.start,
    end: fields.end,
    participant: [
      { actor: stay.patient, status: "accepted" },
      { actor: fields.with, status: "accepted" },
    ],
  };
  if (fields.instruction !== undefined) resource.patientInstruction = fields.instruction;
  return resource;
}

export interface TaskFields {
  readonly text: string;
  readonly focus: Reference;
  readonly owner: Reference;
  readonly authored: string;
  readonly due: string;
}

/** Somebody answers for something after discharge. */
export function task(stay: Stay, slug: string, fields: TaskFields): Task {
  return {
    resourceType: "Task",
    id: `${stay.key}-task-${slug}`,
    status: "requested",
    intent: "order",
    description: fields.text,
    focus: fields.focus,
    for: stay.patient,
    encounter: stay.encounter,
    authoredOn: fields.authored,
    requester: person("dr-amara-singh"),
    owner: fields.owner,
    restriction: { period: { end: fields.due } },
  };
}

export interface CarePlanFields {
  readonly title: string;
  readonly created: string;
  readonly goals: readonly string[];
  readonly activities: readonly string[];
  readonly note?: string;
}

/** The discharge plan with its goals. */
export function carePlan(stay: Stay, fields: CarePlanFields): readonly (CarePlan | Goal)[] {
  const goals = fields.goals.map((text, index): Goal => ({
    resourceType: "Goal",
    id: `${stay.key}-goal-${index + 1}`,
    lifecycleStatus: "active",
    description: concept(text),
    subject: stay.patient,
    startDate: fields.created.slice(0, 10),
  }));
  const plan: CarePlan = {
    resourceType: "CarePlan",
    id: `${stay.key}-care-plan`,
    status: "active",
    intent: "plan",
    category: [concept("Discharge plan", coding(SNOMED, "736372004", "Discharge care plan"))],
    title: fields.title,
    subject: stay.patient,
    encounter: stay.encounter,
    created: fields.created,
    author: person("dr-amara-singh"),
    goal: goals.map(({ id }) => ({ reference: `Goal/${id ?? ""}` })),
    activity: fields.activities.map((description) => ({ detail: { status: "not-started", description } })),
  };
  if (fields.note !== undefined) plan.note = [{ text: fields.note }];
  return [...goals, plan];
}

/** An allergy list that is empty for a reason: `notasked` or `unavailable` is not "no known allergy". */
export function emptyAllergyList(stay: Stay, reason: "notasked" | "unavailable" | "nilknown", time: string): List {
  return {
    resourceType: "List",
    id: `${stay.key}-allergy-list`,
    status: "current",
    mode: "snapshot",
    title: "Allergies and intolerances",
    code: concept("Allergies and adverse reactions", coding(LOINC, "48765-2", "Allergies and adverse reactions")),
    subject: stay.patient,
    encounter: stay.encounter,
    date: time,
    emptyReason: hl7("list-empty-reason", reason),
  };
}
