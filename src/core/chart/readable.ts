/**
 * Reading what is there: charts hold resources that are not valid R4 (one object where a list belongs, text where a
 * concept belongs). These readers take what can be taken and never throw.
 */
import type { CodeableConcept, Coding, FhirResource } from "fhir/r4.js";

/** The elements of a list; one bare object counts as a list of one, anything else as none. */
export function list<T>(value: readonly T[] | undefined | null): readonly T[] {
  if (Array.isArray(value)) return value.filter((item) => item !== null && item !== undefined);
  // The type says "list"; an invalid chart may still hold the bare element.
  return value !== null && typeof value === "object" ? [value as unknown as T] : [];
}

/** A non-empty string without surrounding blanks, else undefined. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const trimmed = value.replaceAll(/\s+/gu, " ").trim();
  return trimmed === "" ? undefined : trimmed;
}

/** A finite number; text that is a plain decimal counts, because some EHRs quote their numbers. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "string" && /^-?\d+(?:\.\d+)?$/u.test(value.trim()) ? Number(value) : undefined;
}

/** Codings of a concept that have a code or a display. */
export function codingsOf(concept: CodeableConcept | undefined): readonly Coding[] {
  return list(concept?.coding).filter(
    (coding) => textOf(coding.code) !== undefined || textOf(coding.display) !== undefined,
  );
}

/** True when one of the concept's codings has one of the codes, whatever its system. */
export function hasCode(concept: CodeableConcept | undefined, ...codes: readonly string[]): boolean {
  return codingsOf(concept).some((coding) => coding.code !== undefined && codes.includes(coding.code));
}

/** Value of a property that only some resource types have, without a cast at every reader. */
export function property(resource: FhirResource, name: string): unknown {
  return Reflect.get(resource, name);
}

/** `reference` of a property that is a Reference or a list of them: the first that is there. */
export function firstReference(value: unknown): string | undefined {
  for (const item of Array.isArray(value) ? value : [value]) {
    if (item === null || typeof item !== "object") continue;
    const reference: unknown = "reference" in item ? item.reference : undefined;
    if (typeof reference === "string" && reference !== "") return reference;
  }
  return undefined;
}
