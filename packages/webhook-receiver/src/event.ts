/** The events that Handover sends: CloudEvents 1.0 as JSON. */
import { WebhookError } from "./error.ts";

/** A version of a discharge summary. */
export interface SummaryReference {
  readonly href: string;
  readonly docStatus: string;
  /** Rises with every version of the job's summary. */
  readonly version: number;
  readonly sha256: string;
  /** Only where the endpoint is set to `full`. */
  readonly text?: string;
}

/** What every event carries, and whatever its type adds. */
export interface EventData {
  readonly tenant?: string;
  readonly job?: string;
  /** Gapless over the job's whole log; a receiver of some types sees gaps. */
  readonly jobSequence?: number;
  /** Gapless over what this endpoint gets. */
  readonly endpointSequence?: number;
  readonly patient?: string;
  readonly encounter?: string;
  readonly status?: string;
  readonly summary?: SummaryReference;
  readonly [name: string]: unknown;
}

export interface WebhookEvent {
  readonly specversion: string;
  /** The same on every attempt. */
  readonly id: string;
  /** Such as `summary.signed`. */
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  /** When it happened, ISO 8601; not when it was sent. */
  readonly time: string;
  readonly dataschema?: string;
  readonly data: EventData;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isEvent(value: unknown): value is WebhookEvent {
  if (!isRecord(value) || !isRecord(value["data"])) return false;
  return ["specversion", "id", "type", "source", "time"].every((name) => isText(value[name]));
}

function parsed(bytes: Uint8Array): unknown {
  try {
    // Bytes that are no UTF-8 must not become replacement characters in somebody's record.
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new WebhookError("malformed_body", "the body is not JSON in UTF-8", { cause });
  }
}

/** Reads the event. Fields of later versions are kept; one that lacks what CloudEvents asks for is `malformed_body`. */
export function parseEvent(bytes: Uint8Array): WebhookEvent {
  const value = parsed(bytes);
  if (!isEvent(value)) throw new WebhookError("malformed_body", "the body is not a CloudEvent with data");
  return value;
}
