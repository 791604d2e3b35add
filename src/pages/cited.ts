/** What the evidence panel says about a cited resource: its name, when it was true, its status. Pure. */
import type { FhirResource } from "fhir/r4.js";
import { z } from "zod";
import type { Wording } from "../core/language/wording.ts";
import { english } from "../core/language/wording.ts";

export interface Cited {
  readonly label?: string;
  /** FHIR date or dateTime. */
  readonly time?: string;
  readonly status?: string;
}

const concept = z.looseObject({
  text: z.string().optional(),
  coding: z.array(z.looseObject({ display: z.string().optional(), code: z.string().optional() })).optional(),
});
const period = z.looseObject({ start: z.string().optional(), end: z.string().optional() });

/** Elements that name a resource, and that date it, across the types that drafts cite; the first that is there counts. */
const named = z.looseObject({
  code: concept.optional(),
  medicationCodeableConcept: concept.optional(),
  vaccineCode: concept.optional(),
  type: z.unknown().optional(),
  description: z.unknown().optional(),
});
const dated = z.looseObject({
  effectiveDateTime: z.string().optional(),
  effectivePeriod: period.optional(),
  performedDateTime: z.string().optional(),
  performedPeriod: period.optional(),
  onsetDateTime: z.string().optional(),
  occurrenceDateTime: z.string().optional(),
  authoredOn: z.string().optional(),
  recordedDate: z.string().optional(),
  date: z.string().optional(),
  start: z.string().optional(),
  period: period.optional(),
  issued: z.string().optional(),
});
const stated = z.looseObject({ status: z.string().optional(), clinicalStatus: concept.optional() });

const textOf = (value: z.infer<typeof concept> | undefined): string | undefined =>
  value?.text ?? value?.coding?.find((coding) => coding.display !== undefined)?.display ?? value?.coding?.[0]?.code;

function labelOf(resource: FhirResource): string | undefined {
  const found = named.safeParse(resource).data;
  if (found === undefined) return undefined;
  const type = concept.safeParse(Array.isArray(found.type) ? found.type[0] : found.type).data;
  const description = typeof found.description === "string" ? found.description : undefined;
  return (
    textOf(found.code) ??
    textOf(found.medicationCodeableConcept) ??
    textOf(found.vaccineCode) ??
    textOf(type) ??
    description
  );
}

function timeOf(resource: FhirResource): string | undefined {
  const found = dated.safeParse(resource).data;
  if (found === undefined) return undefined;
  const { effectiveDateTime, effectivePeriod, performedDateTime, performedPeriod, onsetDateTime, occurrenceDateTime } =
    found;
  return (
    effectiveDateTime ??
    effectivePeriod?.start ??
    performedDateTime ??
    performedPeriod?.start ??
    onsetDateTime ??
    occurrenceDateTime ??
    found.authoredOn ??
    found.recordedDate ??
    found.date ??
    found.start ??
    found.period?.start ??
    found.issued
  );
}

/** A status is a code, and told in the reader's language; a name is the chart's. */
export function describeCited(resource: FhirResource, words: Wording = english): Cited {
  const label = labelOf(resource);
  const time = timeOf(resource);
  const states = stated.safeParse(resource).data;
  const status = states?.status ?? states?.clinicalStatus?.coding?.[0]?.code;
  return {
    ...(label === undefined ? {} : { label: label.slice(0, 300) }),
    ...(time === undefined ? {} : { time }),
    ...(status === undefined ? {} : { status: words.code(status) }),
  };
}
