/** What became of a draft's sources: which cited record the EHR tells otherwise now, and which result has come since. Pure. */
import type { DiagnosticReport, FhirResource, Observation } from "fhir/r4.js";
import { list, property, textOf } from "../chart/readable.ts";
import { instantOf } from "../facts/dates.ts";
import { readObservation } from "../facts/observation.ts";
import type { Section } from "../summary/summary.ts";
import type { DraftSources, SourceRecord } from "./sources.ts";
import { citedIn, digestOf, isWatched, referenceOf } from "./sources.ts";

/**
 * - `final`: was pending in the draft, and has its result now
 * - `corrected`: a result that the draft tells was revised
 * - `withdrawn`: entered in error, cancelled or revoked since
 * - `changed`: says something else than when it was read
 * - `missing`: the EHR no longer has it
 * - `new`: came after the draft
 *
 * In the order in which they are told.
 */
export const sourceChangeKinds = ["final", "corrected", "withdrawn", "changed", "missing", "new"] as const;
export type SourceChangeKind = (typeof sourceChangeKinds)[number];

export interface SourceChange {
  readonly kind: SourceChangeKind;
  /** Relative reference of the record as it is now. */
  readonly reference: string;
  readonly version?: string;
  /** Sentences that rest on it, or on the order that it answers; none for what is new. */
  readonly sentences: readonly string[];
  /** The record now; absent where it is missing. */
  readonly resource?: FhirResource;
  /** Values that a report lists, where they were read too. */
  readonly values: readonly Observation[];
  /** As the draft has it: status and printed values. */
  readonly before: { readonly status?: string; readonly values: readonly string[] };
}

/** What the EHR says now. */
export interface Reread {
  /** Records that are cited and were found, and what has come since. */
  readonly resources: readonly FhirResource[];
  /** Cited records that the EHR said it does not have. */
  readonly missing: readonly string[];
  /** Cited records of which the EHR told the version alone, and that it is the one the draft cites. */
  readonly unchanged: readonly string[];
  /** Cited records whose text stands in a file of its own, and is another one now. */
  readonly rewritten: readonly string[];
}

const awaited: ReadonlySet<string> = new Set(["registered", "partial", "preliminary"]);
const told: ReadonlySet<string> = new Set(["final", "amended", "corrected", "appended"]);
const revised: ReadonlySet<string> = new Set(["amended", "corrected", "appended"]);
const withdrawn: ReadonlySet<string> = new Set(["entered-in-error", "cancelled", "revoked"]);

const statusOf = (resource: FhirResource): string => textOf(property(resource, "status")) ?? "";

type Result = DiagnosticReport | Observation;
const isResult = (resource: FhirResource): resource is Result =>
  resource.resourceType === "Observation" || resource.resourceType === "DiagnosticReport";

function printedValues(sections: readonly Section[], reference: string): readonly string[] {
  const values = sections.flatMap(({ sentences }) =>
    sentences.flatMap(({ evidence }) =>
      evidence.flatMap((entry) => (entry.reference === reference && entry.value !== undefined ? [entry.value] : [])),
    ),
  );
  return [...new Set(values)];
}

function kindOf(before: SourceRecord, now: FhirResource): SourceChangeKind {
  const status = statusOf(now);
  if (withdrawn.has(status)) return "withdrawn";
  if (isResult(now) && awaited.has(before.status ?? "") && told.has(status)) return "final";
  return isResult(now) && revised.has(status) ? "corrected" : "changed";
}

/** Unchanged by version where both sides count versions; else, and where only the version moved, by content. */
function isSame({ version, digest }: SourceRecord, now: FhirResource): boolean {
  const present = now.meta?.versionId;
  return (version !== undefined && present !== undefined && version === present) || digest === digestOf(now);
}

interface Context {
  readonly sections: readonly Section[];
  readonly cited: ReadonlyMap<string, readonly string[]>;
  readonly byReference: ReadonlyMap<string, FhirResource>;
}

function valuesOf(resource: FhirResource, { byReference }: Context): readonly Observation[] {
  if (resource.resourceType !== "DiagnosticReport") return [];
  return list(resource.result).flatMap(({ reference }) => {
    const value = byReference.get(reference ?? "");
    return value?.resourceType === "Observation" ? [value] : [];
  });
}

function changeOf(
  context: Context,
  kind: SourceChangeKind,
  resource: FhirResource,
  sentences: readonly string[],
  before: SourceChange["before"],
): SourceChange {
  const version = resource.meta?.versionId;
  return {
    kind,
    reference: referenceOf(resource),
    ...(version === undefined ? {} : { version }),
    sentences,
    resource,
    values: valuesOf(resource, context),
    before,
  };
}

function ofCited(context: Context, record: SourceRecord, reread: Reread): readonly SourceChange[] {
  const sentences = context.cited.get(record.reference) ?? [];
  const { status } = record;
  const before = {
    ...(status === undefined ? {} : { status }),
    values: printedValues(context.sections, record.reference),
  };
  const now = context.byReference.get(record.reference);
  if (now !== undefined) {
    const same = isSame(record, now) && !reread.rewritten.includes(record.reference);
    return same ? [] : [changeOf(context, kindOf(record, now), now, sentences, before)];
  }
  if (!reread.missing.includes(record.reference)) return [];
  return [{ kind: "missing", reference: record.reference, sentences, values: [], before }];
}

/** Vital signs and questionnaires come by the hour: a new one is no news. */
function isNews(resource: FhirResource): boolean {
  const status = statusOf(resource);
  if (withdrawn.has(status)) return false;
  if (resource.resourceType !== "Observation") return resource.resourceType !== "DiagnosticReport" || told.has(status);
  const category = readObservation(resource)?.result?.category;
  return told.has(status) && category !== undefined && category !== "vital-signs" && category !== "survey";
}

/** Told by the server's clock where it tells; else by when the result was issued or the entry recorded. */
function cameAfter(resource: FhirResource, since: string): boolean {
  const times = [resource.meta?.lastUpdated, property(resource, "issued"), property(resource, "authoredOn")];
  const [came, bound] = [instantOf(times.map(textOf).find((time) => time !== undefined)), instantOf(since)];
  return came !== undefined && bound !== undefined && came >= bound;
}

function ofNew(context: Context, resource: FhirResource, orders: ReadonlyMap<string, SourceRecord>): SourceChange {
  const answered = isResult(resource)
    ? list(resource.basedOn).flatMap(({ reference = "" }) => (orders.has(reference) ? [reference] : []))
    : [];
  const sentences = answered.flatMap((order) => context.cited.get(order) ?? []);
  return changeOf(context, answered.length > 0 ? "final" : "new", resource, [...new Set(sentences)], { values: [] });
}

/** A report speaks for the values that it lists: each is named once. */
function withoutListed(changes: readonly SourceChange[]): readonly SourceChange[] {
  const listed = new Set(changes.flatMap(({ values }) => values.map(referenceOf)));
  return changes.filter(({ kind, reference }) => !listed.has(reference) || (kind !== "new" && kind !== "final"));
}

/**
 * Every difference that matters to who signs, each record once; results first.
 *
 * @param sections the draft as it stands, a person's edits included: what is no longer cited is no longer asked about
 * @param since RFC 3339: when the draft's job was made; what is older is not new, the draft only did not take it up
 */
export function sourceChanges(
  sections: readonly Section[],
  sources: DraftSources,
  reread: Reread,
  since: string,
): readonly SourceChange[] {
  const cited = citedIn(sections);
  const context = {
    sections,
    cited,
    byReference: new Map(reread.resources.map((found) => [referenceOf(found), found])),
  };
  const records = sources.cited.filter(({ reference }) => cited.has(reference));
  const known = new Set([...sources.known, ...sources.cited.map(({ reference }) => reference)]);
  const orders = new Map(
    records
      .filter(({ reference }) => reference.startsWith("ServiceRequest/"))
      .map((record) => [record.reference, record]),
  );
  const fresh = reread.resources.filter(
    (resource) =>
      isWatched(resource.resourceType) &&
      !known.has(referenceOf(resource)) &&
      isNews(resource) &&
      cameAfter(resource, since),
  );
  const changes = [
    ...records.flatMap((record) => ofCited(context, record, reread)),
    ...fresh.map((resource) => ofNew(context, resource, orders)),
  ];
  return withoutListed(changes).toSorted(
    (a, b) => sourceChangeKinds.indexOf(a.kind) - sourceChangeKinds.indexOf(b.kind),
  );
}
