/**
 * Reads a draft's sources anew, as cheaply as the EHR offers: versions alone where it cuts answers to elements, whole
 * records by lists of ids where it does not, one by one where it searches no ids; then what has come since.
 */
import type { FhirResource } from "fhir/r4.js";
import { AdapterError } from "../core/errors.ts";
import type { Reread } from "../core/staleness/source-change.ts";
import type { SourceRecord } from "../core/staleness/sources.ts";
import { fileDigest, watchedTypes } from "../core/staleness/sources.ts";
import type { FhirGateway, SearchParams } from "./fhir-gateway.ts";
import { ehrStatusOf } from "./fhir-transport.ts";
import { inTurns } from "./in-turns.ts";
import { textBounds } from "./read-texts.ts";

export interface RereadRequest {
  /** Ids, without their type. */
  readonly patientId: string;
  readonly encounterId: string;
  /** Cited records, as they were read for the draft. */
  readonly records: readonly SourceRecord[];
  /** RFC 3339; what came after it is looked for. */
  readonly since: string;
}

export interface RereadResult extends Reread {
  /** FHIR types of which the EHR gave nothing, or not all; sorted. */
  readonly unread: readonly string[];
}

/** Bounds an address: ids are up to 64 characters. */
const IDS_A_SEARCH = 25;
/** An EHR that searches no ids is asked record by record, and not for ever: a signer waits. */
const MAX_SINGLE_READS = 60;
/** Where new records cannot be searched by time, the newest of a type must do. */
const NEWEST = "100";

interface Findings {
  readonly resources: Map<string, FhirResource>;
  readonly missing: string[];
  readonly unchanged: string[];
  readonly rewritten: string[];
  readonly unread: Set<string>;
  /** The EHR refused `_elements` once: it is not asked again in this round. */
  cutsAnswers: boolean;
  singleReads: number;
}

const nameOf = (resource: FhirResource): string => `${resource.resourceType}/${resource.id ?? ""}`;
const idOf = (reference: string): string => reference.slice(reference.indexOf("/") + 1);

/**
 * Never throws for what one type's search comes to: the answer says what could not be read.
 *
 * @throws AdapterError where nothing at all can be had (no token, time-out, the EHR away)
 */
export async function rereadSources(gateway: FhirGateway, request: RereadRequest): Promise<RereadResult> {
  const findings: Findings = {
    resources: new Map(),
    missing: [],
    unchanged: [],
    rewritten: [],
    unread: new Set(),
    cutsAnswers: true,
    singleReads: 0,
  };
  const work = [
    ...chunks(request.records).map((chunk) => () => rereadChunk(gateway, chunk, findings)),
    ...watchedTypes.map((type) => () => readNew(gateway, type, request, findings)),
  ];
  await inTurns(work, async (piece) => piece());
  // After the records: one that is gone, or tells that it has changed, needs no second look.
  await inTurns(request.records, async (record) => rereadFiles(gateway, record, findings));
  return {
    resources: [...findings.resources.values()],
    missing: findings.missing,
    unchanged: findings.unchanged,
    rewritten: findings.rewritten,
    unread: [...findings.unread].toSorted(),
  };
}

interface Chunk {
  readonly type: string;
  readonly records: readonly SourceRecord[];
}

function chunks(records: readonly SourceRecord[]): readonly Chunk[] {
  const byType = Map.groupBy(records, ({ reference }) => reference.slice(0, reference.indexOf("/")));
  return [...byType].flatMap(([type, all]) =>
    Array.from({ length: Math.ceil(all.length / IDS_A_SEARCH) }, (_, index) => ({
      type,
      records: all.slice(index * IDS_A_SEARCH, (index + 1) * IDS_A_SEARCH),
    })),
  );
}

/** A refusal of one request (its form, its type, its rights); undefined for what fails the whole round. */
function refusedAs(error: unknown): number | undefined {
  const status = ehrStatusOf(error);
  return status === undefined || status === 401 || status === 429 || status >= 500 ? undefined : status;
}

/** The search's answer; undefined where the EHR refuses it. */
async function trySearch(
  gateway: FhirGateway,
  type: string,
  params: SearchParams,
): Promise<readonly FhirResource[] | undefined> {
  try {
    const { resources } = await gateway.search(type, params, 1);
    return resources.filter(({ resourceType }) => resourceType === type);
  } catch (error) {
    if (refusedAs(error) === undefined) throw error;
    return undefined;
  }
}

async function rereadChunk(gateway: FhirGateway, { type, records }: Chunk, findings: Findings): Promise<void> {
  const changed = await withoutSameVersions(gateway, type, records, findings);
  if (changed.length === 0) return;
  const found = await trySearch(gateway, type, { _id: idsOf(changed), _count: String(changed.length) });
  if (found === undefined) return readSingly(gateway, type, changed, findings);
  for (const resource of found) findings.resources.set(nameOf(resource), resource);
  // A search leaves out what its caller may not see as well as what is gone: a read tells one from the other.
  const absent = changed.filter(({ reference }) => !findings.resources.has(reference));
  if (absent.length > 0) await readSingly(gateway, type, absent, findings);
}

const idsOf = (records: readonly SourceRecord[]): string => records.map(({ reference }) => idOf(reference)).join(",");

/** The records whose version moved, or cannot be told by version. */
async function withoutSameVersions(
  gateway: FhirGateway,
  type: string,
  records: readonly SourceRecord[],
  findings: Findings,
): Promise<readonly SourceRecord[]> {
  if (!findings.cutsAnswers || records.some(({ version }) => version === undefined)) return records;
  const params = { _id: idsOf(records), _elements: "meta", _count: String(records.length) };
  const found = await trySearch(gateway, type, params);
  if (found === undefined) {
    findings.cutsAnswers = false;
    return records;
  }
  const versions = new Map(found.map((resource) => [nameOf(resource), resource.meta?.versionId]));
  const same = records.filter(({ reference, version }) => versions.get(reference) === version);
  findings.unchanged.push(...same.map(({ reference }) => reference));
  return records.filter((record) => !same.includes(record));
}

async function readSingly(
  gateway: FhirGateway,
  type: string,
  records: readonly SourceRecord[],
  findings: Findings,
): Promise<void> {
  for (const { reference } of records) {
    if (findings.singleReads >= MAX_SINGLE_READS) return void findings.unread.add(type);
    findings.singleReads += 1;
    try {
      const resource = await gateway.read(type, idOf(reference));
      if (resource === undefined) findings.missing.push(reference);
      else findings.resources.set(nameOf(resource), resource);
    } catch (error) {
      if (refusedAs(error) === undefined) throw error;
      return void findings.unread.add(type);
    }
  }
}

/** A text that stands in a file of its own may be another one although its record is the same. */
async function rereadFiles(gateway: FhirGateway, record: SourceRecord, findings: Findings): Promise<void> {
  const { reference, files = [] } = record;
  const isThere = findings.unchanged.includes(reference) || findings.resources.has(reference);
  for (const file of isThere ? files : []) {
    if (findings.singleReads >= MAX_SINGLE_READS) return void findings.unread.add("Binary");
    findings.singleReads += 1;
    try {
      const binary = await gateway.readBinary(file.url, { maxBytes: textBounds.bytesEach });
      if (binary?.data !== undefined && fileDigest(binary.data) === file.digest) continue;
      await readSingly(gateway, reference.slice(0, reference.indexOf("/")), [record], findings);
      findings.rewritten.push(reference);
      return;
    } catch (error) {
      // The records themselves have been looked at by now: that much is told, whatever became of a file.
      if (!(error instanceof AdapterError)) throw error;
      return void findings.unread.add("Binary");
    }
  }
}

/** Of the stay where records carry one, of the patient where they do not; by the server's time where it searches by it. */
async function readNew(
  gateway: FhirGateway,
  type: (typeof watchedTypes)[number],
  { patientId, encounterId, since }: RereadRequest,
  findings: Findings,
): Promise<void> {
  const ofStay = type === "Observation" || type === "DiagnosticReport";
  const subject: Record<string, string> = {
    patient: patientId,
    ...(ofStay ? { encounter: `Encounter/${encounterId}` } : {}),
  };
  const sorted = ofStay ? { _sort: "-date" } : {};
  const found =
    (await trySearch(gateway, type, { ...subject, _lastUpdated: `ge${since}`, _count: NEWEST })) ??
    (await trySearch(gateway, type, { ...subject, ...sorted, _count: NEWEST })) ??
    (ofStay ? await trySearch(gateway, type, { patient: patientId, _count: NEWEST }) : undefined);
  if (found === undefined) findings.unread.add(type);
  // What was read whole before is at least as new as an entry of a list.
  for (const resource of found ?? [])
    if (!findings.resources.has(nameOf(resource))) findings.resources.set(nameOf(resource), resource);
}
