/**
 * Reads the files that hold the notes of a stay. No file is worth a draft: one that cannot be had is a gap, and reading ends
 * where the bounds of count, size and time do.
 */
import type { Binary, FhirResource } from "fhir/r4.js";
import type { TextFile } from "../core/chart/attached-text.ts";
import { fileFault, textFiles } from "../core/chart/attached-text.ts";
import { chartResources } from "../core/chart/build-chart.ts";
import { AdapterError } from "../core/errors.ts";
import type { FhirGateway } from "./fhir-gateway.ts";
import { ehrStatusOf } from "./fhir-transport.ts";
import { inTurns } from "./in-turns.ts";
import { refusalWords } from "./refusal-words.ts";

export interface TextBounds {
  readonly files: number;
  readonly bytesEach: number;
  readonly bytesTogether: number;
  readonly timeMs: number;
}

/** A hundred notes of a long stay, pictures inside them included; more than a clinician reads before a discharge. */
export const textBounds: TextBounds = {
  files: 100,
  bytesEach: 2 * 1024 * 1024,
  bytesTogether: 12 * 1024 * 1024,
  timeMs: 20_000,
};

const outOfTime = "out of time";

interface Reading {
  readonly gateway: FhirGateway;
  readonly bounds: TextBounds;
  readonly deadline: AbortSignal;
  readonly found: Binary[];
  /** Why files were not read, each as often as it happened. */
  readonly reasons: string[];
  bytes: number;
  /** Set once asking for more is of no use: not granted, throttled, out of time or room. */
  ended: string | undefined;
}

/**
 * @param resources everything else of the chart, as the EHR gave it
 * @returns the files as Binary resources, and a gap that counts the others; none where all were read
 * @throws whatever ended the caller's own signal
 */
export async function readTexts(
  gateway: FhirGateway,
  encounterId: string,
  resources: readonly FhirResource[],
  bounds: TextBounds = textBounds,
): Promise<{ readonly files: readonly Binary[]; readonly gaps: readonly string[] }> {
  const wanted = wantedFiles(resources, encounterId);
  if (wanted.length === 0) return { files: [], gaps: [] };
  const reading: Reading = {
    gateway,
    bounds,
    deadline: AbortSignal.timeout(bounds.timeMs),
    found: [],
    reasons: wanted.slice(bounds.files).map(() => `more than ${bounds.files}`),
    bytes: 0,
    ended: undefined,
  };
  const again: TextFile[] = [];
  await inTurns(wanted.slice(0, bounds.files), async (file) => {
    if ((await readFile(reading, file)) === "again") again.push(file);
  });
  await inTurns(again, async (file) => {
    if ((await readFile(reading, file)) === "again") reading.reasons.push("the EHR failed");
  });
  return { files: reading.found, gaps: gapsOf(reading.reasons) };
}

function wantedFiles(resources: readonly FhirResource[], encounterId: string): readonly TextFile[] {
  const chart = chartResources(resources);
  const encounter = chart.find((one) => one.resourceType === "Encounter" && one.id === encounterId);
  if (encounter?.resourceType !== "Encounter") return [];
  const files = textFiles(chart, encounter);
  return [...new Map(files.map((file) => [file.url, file])).values()];
}

/** `again` for a failure that may have passed by the time the others are read. */
async function readFile(reading: Reading, file: TextFile): Promise<"again" | undefined> {
  const { gateway, bounds, deadline } = reading;
  if (deadline.aborted) reading.ended ??= outOfTime;
  const reason = reading.ended ?? tooLarge(reading, file);
  if (reason !== undefined) return void reading.reasons.push(reason);
  try {
    const { contentType } = file;
    const binary = await gateway.readBinary(file.url, {
      maxBytes: bounds.bytesEach,
      signal: deadline,
      ...(contentType === undefined ? {} : { contentType }),
    });
    const fault = binary === undefined ? "not there" : keep(reading, file, binary);
    if (fault !== undefined) reading.reasons.push(fault);
    return undefined;
  } catch (error) {
    return failed(reading, error);
  }
}

function tooLarge({ bytes, bounds }: Reading, { size = 0 }: TextFile): string | undefined {
  if (size > bounds.bytesEach) return "too large";
  return bytes + size > bounds.bytesTogether ? "too much together" : undefined;
}

function keep(reading: Reading, file: TextFile, binary: Binary): string | undefined {
  const bytes = Buffer.from(binary.data ?? "", "base64");
  const fault = bytes.length === 0 ? "empty" : fileFault(file, bytes);
  if (fault !== undefined) return fault;
  reading.bytes += bytes.length;
  if (reading.bytes > reading.bounds.bytesTogether) return (reading.ended = "too much together");
  reading.found.push(binary);
  return undefined;
}

function failed(reading: Reading, error: unknown): "again" | undefined {
  // The caller's own end is none of the EHR's faults.
  if (!(error instanceof AdapterError)) throw error;
  const status = ehrStatusOf(error);
  if (reading.deadline.aborted) reading.ended = outOfTime;
  else if (status === 401 || status === 403 || status === 429) reading.ended = refusalWords(error);
  else if (status === undefined || status >= 500) return "again";
  reading.reasons.push(reading.ended ?? refusalWords(error));
  return undefined;
}

/** `Binary: 3 texts of documents not read (the EHR answered 403)`. */
function gapsOf(reasons: readonly string[]): readonly string[] {
  return [...Map.groupBy(reasons, (reason) => reason)].map(
    ([reason, all]) => `Binary: ${all.length} texts of documents not read (${reason})`,
  );
}
