/** Reads headers from what the usual servers hand out: Node's object, Fetch's `Headers`, a `Map`. */
import { WebhookError } from "./error.ts";

export type HeaderValue = string | readonly string[] | null | undefined;

/** Names in any case. */
export type WebhookHeaders = Readonly<Record<string, HeaderValue>> | Iterable<readonly [string, HeaderValue]>;

function pairs(headers: WebhookHeaders): Iterable<readonly [string, HeaderValue]> {
  return Symbol.iterator in headers
    ? (headers as Iterable<readonly [string, HeaderValue]>)
    : Object.entries(headers as Record<string, HeaderValue>);
}

/**
 * The one value of a header. Two values are refused, not chosen between: a proxy that checked one and a receiver that reads
 * the other would disagree on what was signed.
 */
export function requiredHeader(headers: WebhookHeaders, name: string): string {
  const values: string[] = [];
  for (const [given, value] of pairs(headers)) {
    if (given.toLowerCase() !== name || value === undefined || value === null) continue;
    values.push(...(typeof value === "string" ? [value] : value));
  }
  const [value] = values;
  if (value === undefined || value === "") throw new WebhookError("missing_header", `header ${name} is missing`);
  if (values.length > 1) throw new WebhookError("malformed_header", `header ${name} is there more than once`);
  return value;
}
