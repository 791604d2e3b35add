/** Which encounter a resource belongs to, and when it happened: the two properties every scope rule asks for. */
import type { FhirResource } from "fhir/r4.js";
import { firstReference, property, textOf } from "./readable.ts";

/** `Encounter/id` that the resource names, as written; R4 spells the element in three ways. */
export function encounterReference(resource: FhirResource): string | undefined {
  if (resource.resourceType === "Encounter") return resource.id === undefined ? undefined : `Encounter/${resource.id}`;
  const direct = firstReference(property(resource, "encounter"));
  if (direct !== undefined) return direct;
  const context = property(resource, "context");
  const inContext = firstReference(context);
  if (inContext !== undefined) return inContext;
  return context !== null && typeof context === "object" && "encounter" in context
    ? firstReference(context.encounter)
    : undefined;
}

const timeProperties = [
  "effectiveDateTime",
  "effectiveInstant",
  "performedDateTime",
  "occurrenceDateTime",
  "onsetDateTime",
  "date",
  "authoredOn",
  "start",
  "recordedDate",
  "issued",
  "created",
  "dateAsserted",
  "recordedOn",
  "assertedDate",
] as const;

const periodProperties = [
  "effectivePeriod",
  "performedPeriod",
  "onsetPeriod",
  "occurrencePeriod",
  "period",
  "timingPeriod",
] as const;

function periodStart(value: unknown): string | undefined {
  return value !== null && typeof value === "object" && "start" in value ? textOf(value.start) : undefined;
}

/** FHIR date or dateTime at which the thing happened, by the element its type uses; undefined when undated. */
export function timeOf(resource: FhirResource): string | undefined {
  for (const name of timeProperties.slice(0, 5)) {
    const time = textOf(property(resource, name));
    if (time !== undefined) return time;
  }
  for (const name of periodProperties) {
    const time = periodStart(property(resource, name));
    if (time !== undefined) return time;
  }
  for (const name of timeProperties.slice(5)) {
    const time = textOf(property(resource, name));
    if (time !== undefined) return time;
  }
  return undefined;
}
