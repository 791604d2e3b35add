/** The hospital around the charts: its people, their roles, its wards. Every chart carries those it refers to. */
import type { FhirResource, Location, Organization, Practitioner, PractitionerRole } from "fhir/r4.js";
import { concept, coding, hl7, SNOMED } from "./codes.ts";
import { to } from "./stay.ts";

const NPI = "http://hl7.org/fhir/sid/us-npi";

function organization(id: string, name: string, type: string): Organization {
  return {
    resourceType: "Organization",
    id,
    active: true,
    type: [hl7("organization-type", type)],
    name,
    telecom: [{ system: "phone", value: "312-555-0100", use: "work" }],
  };
}

export const HOSPITAL = organization("general-hospital", "General Hospital", "prov");
export const HOME_HEALTH = organization("lakeside-home-health", "Lakeside Home Health", "prov");
export const NURSING_FACILITY = organization("maple-grove", "Maple Grove Skilled Nursing", "prov");
export const REFERENCE_LAB = organization("midwest-reference-lab", "Midwest Reference Laboratory", "prov");

interface Person {
  readonly id: string;
  readonly given: string;
  readonly family: string;
  readonly npi: string;
  readonly role: string;
  readonly roleCode: string;
  readonly specialty: string;
}

/** SNOMED CT occupations and specialties. The ids are what launches, signatures and audits name. */
const PEOPLE: readonly Person[] = [
  {
    id: "dr-amara-singh",
    given: "Amara",
    family: "Singh",
    npi: "1598765431",
    role: "Physician",
    roleCode: "309343006",
    specialty: "Hospital medicine",
  },
  {
    id: "dr-peter-novak",
    given: "Peter",
    family: "Novak",
    npi: "1487654320",
    role: "Physician",
    roleCode: "309343006",
    specialty: "Cardiology",
  },
  {
    id: "dr-lucia-romano",
    given: "Lucia",
    family: "Romano",
    npi: "1376543219",
    role: "Physician",
    roleCode: "309343006",
    specialty: "Infectious disease",
  },
  {
    id: "dr-tom-becker",
    given: "Tom",
    family: "Becker",
    npi: "1265432108",
    role: "Surgeon",
    roleCode: "304292004",
    specialty: "Orthopaedic surgery",
  },
  {
    id: "dr-hannah-weiss",
    given: "Hannah",
    family: "Weiss",
    npi: "1154321097",
    role: "Physician",
    roleCode: "309343006",
    specialty: "Family medicine",
  },
  {
    id: "nurse-daniel-park",
    given: "Daniel",
    family: "Park",
    npi: "1043210986",
    role: "Registered nurse",
    roleCode: "224535009",
    specialty: "Medical nursing",
  },
];

function practitioner({ id, given, family, npi }: Person): Practitioner {
  const prefix = id.startsWith("dr-") ? ["Dr."] : [];
  const name = { use: "official" as const, family, given: [given], ...(prefix.length === 0 ? {} : { prefix }) };
  return {
    resourceType: "Practitioner",
    id,
    active: true,
    identifier: [{ system: NPI, value: npi }],
    name: [name],
  };
}

function practitionerRole({ id, role, roleCode, specialty, given, family }: Person): PractitionerRole {
  return {
    resourceType: "PractitionerRole",
    id: `${id}-role`,
    active: true,
    practitioner: to("Practitioner", id, `${given} ${family}`),
    organization: to("Organization", HOSPITAL.id ?? "", HOSPITAL.name),
    code: [concept(role, coding(SNOMED, roleCode, role))],
    specialty: [concept(specialty)],
  };
}

function location(id: string, name: string, type: string): Location {
  return {
    resourceType: "Location",
    id,
    status: "active",
    name,
    type: [hl7("v3-RoleCode", type)],
    managingOrganization: to("Organization", HOSPITAL.id ?? ""),
  };
}

const LOCATIONS: readonly Location[] = [
  location("ed", "Emergency Department", "ER"),
  location("ward-4-west", "4 West, Cardiac Telemetry", "HU"),
  location("ward-5-east", "5 East, Medicine", "HU"),
  location("ward-6-ortho", "6 North, Orthopaedics", "ORTHO"),
  location("icu", "Medical Intensive Care Unit", "ICU"),
  location("clinic-cardiology", "Cardiology Clinic", "CARD"),
];

/** Every resource of the hospital; a chart takes those that its own resources reach. */
export const HOSPITAL_RESOURCES: readonly FhirResource[] = [
  HOSPITAL,
  HOME_HEALTH,
  NURSING_FACILITY,
  REFERENCE_LAB,
  ...PEOPLE.map(practitioner),
  ...PEOPLE.map(practitionerRole),
  ...LOCATIONS,
];

/** A reference to one of the hospital's people, with the name that the chart shows. */
export function person(id: string) {
  const found = PEOPLE.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`nobody of the hospital is called ${id}`);
  return to("Practitioner", id, `${found.given} ${found.family}${id.startsWith("dr-") ? ", MD" : ", RN"}`);
}

export function place(id: string) {
  return to("Location", id, LOCATIONS.find((candidate) => candidate.id === id)?.name);
}
