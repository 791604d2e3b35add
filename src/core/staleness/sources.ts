/** What a draft was written from, kept in a form that tells later whether the EHR still says the same, without the chart itself. */
import { createHash } from "node:crypto";
import type { FhirResource } from "fhir/r4.js";
import { attachmentsOf } from "../chart/attached-text.ts";
import type { Chart } from "../chart/chart.ts";
import { property, textOf } from "../chart/readable.ts";
import { relativeReference, rewriteReferences } from "../chart/reference.ts";
import { canonicalJson } from "../summary/canonical.ts";
import type { Section } from "../summary/summary.ts";

/** One cited record as it was when the draft was written. */
export interface SourceRecord {
  /** Relative reference, `Observation/123`. */
  readonly reference: string;
  /** `meta.versionId`; absent where the EHR counts no versions. */
  readonly version?: string;
  /** `status` of the resource, where its type has one. */
  readonly status?: string;
  /** Of the content (see `digestOf`). */
  readonly digest: string;
  /** Of the texts that stand in files of their own, which the EHR may change without touching the record. */
  readonly files?: readonly SourceFile[];
}

export interface SourceFile {
  /** As the record has it. */
  readonly url: string;
  readonly digest: string;
}

export interface DraftSources {
  readonly cited: readonly SourceRecord[];
  /** References of every record of a watched type that the draft could know of, cited or not. */
  readonly known: readonly string[];
}

/** Types of which a new record, after the draft, is news for whoever signs it. */
export const watchedTypes = ["Observation", "DiagnosticReport", "AllergyIntolerance", "MedicationRequest"] as const;
export type WatchedType = (typeof watchedTypes)[number];

export function isWatched(type: string): type is WatchedType {
  return (watchedTypes as readonly string[]).includes(type);
}

/**
 * Elements that count for records which change all the time without anything changing for the summary: an EHR writes the
 * stay's bed, status and history at every move.
 */
const countingElements: Readonly<Record<string, readonly string[]>> = {
  Encounter: ["class", "period", "hospitalization", "reasonCode", "reasonReference", "diagnosis", "type"],
  Patient: ["name", "birthDate", "gender", "deceasedBoolean", "deceasedDateTime"],
};

/** What of a resource's content can matter to a summary. */
export function counting(resource: FhirResource): Readonly<Record<string, unknown>> {
  const elements = countingElements[resource.resourceType];
  if (elements !== undefined) return Object.fromEntries(elements.map((name) => [name, property(resource, name)]));
  // `meta` changes with every write and `text` with every release of the EHR's renderer.
  const { meta: _meta, text: _text, ...content } = resource as FhirResource & { readonly text?: unknown };
  return withoutFiles(content);
}

/** What a file brought into its note when the chart was built does not stand in the EHR's own record. */
function withoutFiles<T>(value: T): T;
function withoutFiles(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutFiles);
  if (typeof value !== "object" || value === null) return value;
  const isFile = "url" in value && ("contentType" in value || "data" in value);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      isFile && (name === "data" || name === "contentType") ? [] : [[name, withoutFiles(member)]],
    ),
  );
}

/** 16 bytes of SHA-256 in base64url: enough to see a change, too little to guess a content from. */
function shortDigest(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest().subarray(0, 16).toString("base64url");
}

/** Of the resource's content. */
export function digestOf(resource: FhirResource): string {
  // A chart's references are rewritten when it is built; what is read anew still has the server's own.
  const plain = rewriteReferences(resource, (reference) => relativeReference(reference) ?? reference);
  return shortDigest(canonicalJson(counting(plain)));
}

/** Of a file, by its base64. */
export function fileDigest(data: string): string {
  return shortDigest(Buffer.from(data, "base64"));
}

function filesOf(resource: FhirResource): readonly SourceFile[] {
  return attachmentsOf(resource).flatMap(({ url, data }) =>
    url === undefined || data === undefined ? [] : [{ url, digest: fileDigest(data) }],
  );
}

export const referenceOf = ({ resourceType, id }: FhirResource): string => `${resourceType}/${id ?? ""}`;

export function recordOf(resource: FhirResource): SourceRecord {
  const version = resource.meta?.versionId;
  const status = textOf(property(resource, "status"));
  const files = filesOf(resource);
  return {
    reference: referenceOf(resource),
    digest: digestOf(resource),
    ...(version === undefined ? {} : { version }),
    ...(status === undefined ? {} : { status }),
    ...(files.length === 0 ? {} : { files }),
  };
}

/** References that the sections cite, each with the ids of the sentences that cite it. */
export function citedIn(sections: readonly Section[]): ReadonlyMap<string, readonly string[]> {
  const cited = new Map<string, string[]>();
  for (const { sentences } of sections) {
    for (const { id, evidence } of sentences) {
      for (const reference of new Set(evidence.map((entry) => entry.reference))) {
        const known = cited.get(reference);
        if (known === undefined) cited.set(reference, [id]);
        else known.push(id);
      }
    }
  }
  return cited;
}

/**
 * The records behind a draft, for a later look at whether they still stand.
 *
 * @param offered references of what the draft leaves out and a person may put in with a click: it is looked at then too
 */
export function sourcesOf(chart: Chart, sections: readonly Section[], offered: readonly string[] = []): DraftSources {
  const cited = new Set([...citedIn(sections).keys(), ...offered]);
  const all = [chart.patient, chart.encounter, ...chart.resources];
  return {
    cited: all.filter((resource) => cited.has(referenceOf(resource))).map(recordOf),
    known: all.filter(({ resourceType }) => isWatched(resourceType)).map(referenceOf),
  };
}
