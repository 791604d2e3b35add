/**
 * What a draft was written from, reduced to what is needed to see that the chart has changed since: clinical elements, without
 * narrative, attachments and long text, of which a digest stands in. The chart itself is not kept once the draft is there.
 */
import { createHash } from "node:crypto";
import type { FhirResource } from "fhir/r4.js";
import { summaryTypes } from "../sections/unread.ts";
import { labelsOf } from "../sensitivity/labels.ts";
import { counting } from "../staleness/sources.ts";
import { isDischargeSummary } from "./discharge-summary.ts";
import { isNewerVersion } from "./resource-version.ts";

/** A scalar of a resource. Long text is a digest, `sha256:...`, and compares as well as the text would. */
export type BasisValue = string | number | boolean | null;
export type BasisElement = BasisValue | readonly BasisElement[] | { readonly [name: string]: BasisElement };

export interface BasisResource {
  readonly versionId?: string;
  readonly lastUpdated?: string;
  /** The EHR labels it as specially protected. */
  readonly labelled?: true;
  readonly content: { readonly [name: string]: BasisElement };
}

/** By `Type/id`. */
export type ChartBasis = Readonly<Record<string, BasisResource>>;

/** Whom and what a summary is about, and all that its sections rest on. Billing, provenance and the like are no news. */
const comparedTypes: ReadonlySet<string> = new Set([
  ...summaryTypes,
  "Patient",
  "Encounter",
  "Medication",
  "Composition",
  "FamilyMemberHistory",
  "Goal",
  "Task",
  "CommunicationRequest",
  "Flag",
  "Consent",
]);

/** What changes without anything having happened to the patient, or says in prose what the elements say. */
const passedOver: ReadonlySet<string> = new Set([
  "id",
  "resourceType",
  "meta",
  "implicitRules",
  "language",
  "extension",
  "modifierExtension",
]);

const longText = 200;

function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("base64url")}`;
}

function reduced(value: unknown): BasisElement {
  if (typeof value === "string") return value.length > longText ? digest(value) : value;
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(reduced);
  return typeof value === "object" && value !== null ? members(value) : null;
}

/** Narrative, of a resource or a contained one; the `text` of a concept or a dose is text. */
const isNarrative = (name: string, member: unknown): boolean => name === "text" && typeof member === "object";

function members(value: object): { readonly [name: string]: BasisElement } {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      passedOver.has(name) || isNarrative(name, member) || name.startsWith("_") || member === undefined
        ? []
        : [[name, reduced(member)]],
    ),
  );
}

function toBasis(resource: FhirResource): BasisResource {
  const { versionId, lastUpdated } = resource.meta ?? {};
  return {
    ...(versionId === undefined ? {} : { versionId }),
    ...(lastUpdated === undefined ? {} : { lastUpdated }),
    ...(labelsOf(resource).length === 0 ? {} : { labelled: true as const }),
    content: members(counting(resource)),
  };
}

/** The basis of a chart's resources: those a summary rests on, of each its newest copy. Later in the list wins between equals. */
export function chartBasis(resources: readonly FhirResource[]): ChartBasis {
  const basis: Record<string, BasisResource> = {};
  for (const resource of resources) {
    // Our own document in the EHR is what came of the chart, not a part of it.
    if (resource.id === undefined || !comparedTypes.has(resource.resourceType) || isDischargeSummary(resource))
      continue;
    const name = `${resource.resourceType}/${resource.id}`;
    const known = basis[name];
    const next = toBasis(resource);
    if (known === undefined || !isNewerVersion(known, next)) basis[name] = next;
  }
  return basis;
}
