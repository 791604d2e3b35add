/** Who and what a document names: patient, stay, hospital, the software that drafted it, and the signer. */
import type { Device, Encounter, Organization, Patient, Practitioner, PractitionerRole } from "fhir/r4.js";
import type { DocumentInput } from "./document-input.ts";
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

/** Keeps what identifies the patient to a reader; address, telephone and relatives stay in the EHR. */
export function patientOf({ summary, patientResource }: DocumentInput): Patient {
  const { identifier, name, gender, birthDate } = patientResource ?? {};
  return {
    resourceType: "Patient",
    id: idOf(summary.patient),
    ...(identifier === undefined ? {} : { identifier }),
    ...(name === undefined ? {} : { name }),
    ...(gender === undefined ? {} : { gender }),
    ...(birthDate === undefined ? {} : { birthDate }),
  };
}

/** The stay, without references that the document does not carry. */
export function encounterOf({ summary, encounterResource }: DocumentInput, patientUrl: string): Encounter {
  const { identifier, period, hospitalization } = encounterResource ?? {};
  const disposition = hospitalization?.dischargeDisposition;
  return {
    resourceType: "Encounter",
    id: idOf(summary.encounter),
    ...(identifier === undefined ? {} : { identifier }),
    status: encounterResource?.status ?? "unknown",
    class: encounterResource?.class ?? {
      system: "http://terminology.hl7.org/CodeSystem/v3-ActCode",
      code: "IMP",
      display: "inpatient encounter",
    },
    subject: { reference: patientUrl },
    ...(period === undefined ? {} : { period }),
    ...(disposition === undefined ? {} : { hospitalization: { dischargeDisposition: disposition } }),
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
  const { signedBy, signedByDisplay } = summary;
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
