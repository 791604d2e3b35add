/** One outbound call whose failures are errors of the table, with nothing of the request in them. */
import { AdapterError } from "../core/errors.ts";
import type { Fetch, FetchInit } from "./fetch.ts";

/** @throws AdapterError ehr_timeout or ehr_failed; the signal's own reason when the caller aborted */
export async function callEhr(fetch: Fetch, url: string, init: FetchInit = {}): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw failure(cause, init.signal);
  }
}

/** The whole body. What breaks off, drips past the deadline or goes beyond the byte limit fails like a call that got no answer. */
export async function readBody(response: Response, signal?: AbortSignal): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw failure(cause, signal);
  }
}

/** An answer that is larger than anybody wants it; nothing of it is kept. */
export function fileTooLarge(): AdapterError {
  return new AdapterError("ehr_failed", { detail: "a file beyond the bound" });
}

/** The whole body as bytes, read no further than `maxBytes`. */
export async function readBytes(response: Response, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop closes the stream: what is too large is not even received.
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch (cause) {
    throw failure(cause, signal);
  }
  if (size > maxBytes) throw fileTooLarge();
  return Buffer.concat(chunks);
}

function failure(cause: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return abortedBy(signal.reason);
  // The wall's verdicts are its own; what it says of an answer is said of the EHR here.
  if (cause instanceof AdapterError && cause.code !== "destination_failed") return cause;
  const timedOut = cause instanceof Error && /timeout/iu.test(`${cause.name} ${codeOf(cause)}`);
  return new AdapterError(timedOut ? "ehr_timeout" : "ehr_failed", { detail: `no answer (${reasonOf(cause)})` });
}

function reasonOf(cause: unknown): string {
  return cause instanceof AdapterError ? (cause.detail ?? cause.code) : codeOf(cause);
}

/** A deadline of the caller's is a time-out like any other; every other reason is the caller's own. */
function abortedBy(reason: unknown): unknown {
  const deadline = reason instanceof Error && reason.name === "TimeoutError";
  return deadline ? new AdapterError("ehr_timeout", { detail: "the caller's deadline" }) : reason;
}

/** Only the code of a network error: its text may name hosts. */
function codeOf(error: unknown): string {
  for (const holder of [error, error instanceof Error ? error.cause : undefined]) {
    if (typeof holder === "object" && holder !== null && "code" in holder && typeof holder.code === "string")
      return holder.code;
  }
  return "network";
}
