/** Who and what a document names: patient, stay, hospital, the software that drafted it, and the signer. */
import type { Coding, Device, Encounter, Organization, Patient, Practitioner, PractitionerRole } from "fhir/r4.js";
import type { DocumentInput } from "./document-input.ts";
import { carriedEncounter, carriedPatient, carriedText } from "./carried.ts";
import { uuidOf } from "./uuid.ts";

/** HL7 AI Transparency on FHIR: kinds of AI devices. */
const aiDeviceTypes = "http://hl7.org/fhir/uv/aitransparency/CodeSystem/AIdeviceTypeCS";
export const artificialIntelligence = {
  system: aiDeviceTypes,
  code: "Artificial-Intelligence",
  display: "All kinds of Artificial Intelligence",
};
const aiKindExtension = "http://hl7.org/fhir/uv/aitransparency/StructureDefinition/aitransparency.AIKind";

const idOf = (reference: string): string => reference.split("/").at(-1) ?? reference;

export function patientOf(input: DocumentInput): Patient {
  return { resourceType: "Patient", id: idOf(input.summary.patient), ...carriedPatient(input) };
}

const inpatient: Coding = {
  system: "http://terminology.hl7.org/CodeSystem/v3-ActCode",
  code: "IMP",
  display: "inpatient encounter",
};

export function encounterOf(input: DocumentInput, patientUrl: string): Encounter {
  const { identifier, status = "unknown", class: kind = inpatient, period, hospitalization } = carriedEncounter(input);
  return {
    resourceType: "Encounter",
    id: idOf(input.summary.encounter),
    ...(identifier === undefined ? {} : { identifier }),
    status,
    class: kind,
    subject: { reference: patientUrl },
    ...(period === undefined ? {} : { period }),
    ...(hospitalization === undefined ? {} : { hospitalization }),
  };
}

/** The software as an AI Device: rules, or rules and a language model. */
export function deviceOf({ summary }: DocumentInput): Device {
  const [code, display] =
    summary.engine === "model"
      ? ["Large-Language-Models", "Large Language Models"]
      : ["Rule-Based-Systems", "Rule-Based Systems"];
  return {
    resourceType: "Device",
    extension: [{ url: aiKindExtension, valueCodeableConcept: { coding: [{ system: aiDeviceTypes, code, display }] } }],
    deviceName: [{ name: "Handover", type: "user-friendly-name" }],
    ...(summary.model === undefined ? {} : { modelNumber: summary.model }),
    type: { coding: [artificialIntelligence] },
  };
}

export function organizationOf({ organization }: DocumentInput): Organization {
  return { resourceType: "Organization", name: organization };
}

/** The signer, in the type that the signature names; undefined while nobody has signed. */
export function signerOf({ summary }: DocumentInput): Practitioner | PractitionerRole | undefined {
  const { signedBy } = summary;
  const signedByDisplay = carriedText(summary.signedByDisplay);
  if (signedBy === undefined) return undefined;
  if (signedBy.startsWith("PractitionerRole/")) {
    const practitioner = signedByDisplay === undefined ? {} : { practitioner: { display: signedByDisplay } };
    return { resourceType: "PractitionerRole", id: idOf(signedBy), ...practitioner };
  }
  return {
    resourceType: "Practitioner",
    id: idOf(signedBy),
    ...(signedByDisplay === undefined ? {} : { name: [{ text: signedByDisplay }] }),
  };
}

/** Absolute URL of a resource of the EHR. */
export function ehrUrl(fhirBaseUrl: string, reference: string): string {
  return `${fhirBaseUrl.replace(/\/+$/u, "")}/${reference}`;
}

/** `urn:uuid` of a resource that exists in this document only. */
export function ownUrn({ source }: DocumentInput, name: string): string {
  return `urn:uuid:${uuidOf(`${source}/${name}`)}`;
}
