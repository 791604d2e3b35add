/** HL7 version 3 data types as C-CDA writes them. */
import { hasTime, instantOf } from "../../facts/dates.ts";
import { uuidOf } from "../uuid.ts";
import type { Xml } from "./xml.ts";
import { element, words } from "./xml.ts";

/** Why a value is not there: UNK, not known; NI, nothing is said. */
export type NullFlavor = "UNK" | "NI";

/** Instance identifier. A system that is neither OID nor UUID gets the UUID of its name: the same one in every document. */
export function identifier(system: string | undefined, value: string | undefined): Xml {
  if (system === undefined || value === undefined) return element("id", { nullFlavor: "NI" });
  const root = /^urn:(?:oid|uuid):(.+)$/u.exec(system)?.[1];
  return element("id", {
    root: root ?? uuidOf(system),
    extension: value,
    assigningAuthorityName: root === undefined ? system : undefined,
  });
}

/** The identifier of something that has one of its own: a document, a version. */
export const ownIdentifier = (name: "id" | "setId", uuidName: string): Xml => element(name, { root: uuidOf(uuidName) });

/** FHIR date, dateTime or instant as TS; a time is written in UTC. Undefined where the value is no date. */
export function timestamp(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const instant = hasTime(value) ? instantOf(value) : undefined;
  if (instant !== undefined) return `${new Date(instant).toISOString().replaceAll(/[-:T]|\.\d+Z/gu, "")}+0000`;
  return /^\d{4}(?:-\d{2}){0,2}$/u.test(value) ? value.replaceAll("-", "") : undefined;
}

/** An element of type TS; `UNK` where no time is known. */
export function time(name: string, value: string | undefined): Xml {
  const written = timestamp(value);
  return element(name, written === undefined ? { nullFlavor: "UNK" } : { value: written });
}

export interface Code {
  readonly code: string;
  /** OID. */
  readonly system: string;
  readonly display?: string | undefined;
}

export const loinc = "2.16.840.1.113883.6.1";

/** An element of type CD or CE; `translation` says the same by another code. */
export function coded(name: string, value: Code | NullFlavor, translation?: Code): Xml {
  if (typeof value === "string") return element(name, { nullFlavor: value });
  const { code, system, display } = value;
  const other = translation === undefined ? undefined : coded("translation", translation);
  return element(name, { code, codeSystem: system, displayName: display }, other);
}

/**
 * `templateId` by its OID. One with a version stands a second time without it: R1.1 had the same template, and its readers look
 * for the bare OID (CONF:1198-32936, CONF:1198-32934).
 */
export function template(id: string): Xml {
  const [root, extension] = id.split(":");
  const bare = element("templateId", { root });
  return extension === undefined ? bare : { markup: element("templateId", { root, extension }).markup + bare.markup };
}

/** Address and telephone, which stay in the EHR: the header's templates want the elements. */
export const noContact: readonly [Xml, Xml] = [
  element("addr", { nullFlavor: "UNK" }),
  element("telecom", { nullFlavor: "UNK" }),
];

export const named = (name: string, text: string): Xml => element(name, {}, words(text));
