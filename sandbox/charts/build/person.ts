/** The patient and the encounters of a chart. */
import type { Encounter, EncounterLocation, Patient } from "fhir/r4.js";
import { concept, hl7, hl7Coding } from "./codes.ts";
import type { Stay } from "./stay.ts";
import { HOSPITAL, person, place } from "./hospital.ts";
import { to } from "./stay.ts";

export interface PatientFields {
  readonly given: string;
  readonly family: string;
  readonly gender: "female" | "male";
  readonly birthDate: string;
  readonly mrn: string;
  readonly phone: string;
  readonly street: string;
  readonly contact: string;
  readonly language?: string;
}

export function patient(key: string, fields: PatientFields): Patient {
  return {
    resourceType: "Patient",
    id: key,
    identifier: [
      {
        use: "usual",
        type: hl7("v2-0203", "MR", "Medical record number"),
        system: "https://general-hospital.example/mrn",
        value: fields.mrn,
      },
    ],
    active: true,
    name: [{ use: "official", family: fields.family, given: [fields.given] }],
    telecom: [{ system: "phone", value: fields.phone, use: "home" }],
    gender: fields.gender,
    birthDate: fields.birthDate,
    address: [{ use: "home", line: [fields.street], city: "Chicago", state: "IL", postalCode: "60614", country: "US" }],
    contact: [{ relationship: [hl7("v2-0131", "C", "Emergency contact")], name: { text: fields.contact } }],
    communication: [{ language: concept(fields.language ?? "English"), preferred: true }],
    generalPractitioner: [person("dr-hannah-weiss")],
    managingOrganization: to("Organization", HOSPITAL.id ?? "", HOSPITAL.name),
  };
}

export interface EncounterFields {
  readonly id: string;
  readonly status: "in-progress" | "finished" | "planned" | "cancelled";
  /** v3-ActCode: IMP, ACUTE, EMER, AMB ... */
  readonly class: string;
  readonly start: string;
  readonly end?: string;
  readonly visitNumber: string;
  readonly reason: string;
  readonly attending?: string;
  /** Ward moves: place, from, to. */
  readonly locations?: readonly (readonly [string, string, string?])[];
  readonly diagnoses?: readonly { readonly id: string; readonly use: "AD" | "DD" | "CC"; readonly rank: number }[];
  readonly disposition?: { readonly code: string; readonly text: string };
}

export function encounter(stay: Stay, fields: EncounterFields): Encounter {
  const attending = person(fields.attending ?? "dr-amara-singh");
  const end = fields.end === undefined ? {} : { end: fields.end };
  const resource: Encounter = {
    resourceType: "Encounter",
    id: fields.id,
    identifier: [{ system: "https://general-hospital.example/visit", value: fields.visitNumber }],
    status: fields.status,
    class: hl7Coding("v3-ActCode", fields.class),
    subject: stay.patient,
    participant: [{ type: [hl7("v3-ParticipationType", "ATND", "attender")], individual: attending }],
    period: { start: fields.start, ...end },
    reasonCode: [concept(fields.reason)],
    serviceProvider: to("Organization", HOSPITAL.id ?? "", HOSPITAL.name),
  };
  if (fields.locations !== undefined) resource.location = fields.locations.map(locationOf);
  if (fields.diagnoses !== undefined) {
    resource.diagnosis = fields.diagnoses.map(({ id, use, rank }) => ({
      condition: to("Condition", id),
      use: hl7("diagnosis-role", use),
      rank,
    }));
  }
  if (fields.class === "IMP" || fields.class === "ACUTE") resource.hospitalization = hospitalization(fields);
  return resource;
}

function locationOf([id, start, end]: readonly [string, string, string?]): EncounterLocation {
  const status = end === undefined ? ("active" as const) : ("completed" as const);
  return { location: place(id), status, period: { start, ...(end === undefined ? {} : { end }) } };
}

function hospitalization({ disposition }: EncounterFields) {
  const admitSource = hl7("admit-source", "emd", "From accident/emergency department");
  if (disposition === undefined) return { admitSource };
  const discharge = hl7("discharge-disposition", disposition.code);
  return { admitSource, dischargeDisposition: { ...discharge, text: disposition.text } };
}
