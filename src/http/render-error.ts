/** Renders an error once per route family (design, section 4). */
import type { OperationOutcome } from "fhir/r4.js";
import type { AdapterError, ErrorCode } from "../core/errors.ts";

export type ErrorStyle = "operation-outcome" | "oauth" | "problem";

export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent where the answer is blank. */
  readonly body?: string;
}

/** Systems of our codes; URNs, because they mean the same at every installation. */
const CODE_SYSTEM = "urn:handover:error";

export function renderError(error: AdapterError, style: ErrorStyle, requestId: string): RenderedError {
  const headers: Record<string, string> = { "cache-control": "no-store" };
  if (error.retryAfterSeconds !== undefined && error.retry === "later")
    headers["retry-after"] = String(Math.ceil(error.retryAfterSeconds));
  if (error.status === 401 && style !== "oauth") headers["www-authenticate"] = "Bearer";
  // What went wrong inside is nobody's business outside: the log holds it under the request's id.
  if (error.status === 500) return { status: 500, headers };
  const { type, value } = bodies[style](error, requestId);
  return { status: error.status, headers: { ...headers, "content-type": type }, body: JSON.stringify(value) };
}

/** A refused credential gets the table's bare text; its reason stands in the audit log. */
function publicText(error: AdapterError): { message: string; at?: string } {
  if (!error.expose) return { message: "Authentication failed." };
  return { message: error.message, ...(error.at === undefined ? {} : { at: error.at }) };
}

/** OAuth's error has no member for the place: it goes into the text. */
const oneText = ({ message, at }: { message: string; at?: string }): string =>
  at === undefined ? message : `${message} (${at})`;

const bodies: Record<ErrorStyle, (error: AdapterError, requestId: string) => { type: string; value: unknown }> = {
  "operation-outcome": (error) => ({ type: "application/fhir+json; charset=utf-8", value: toOperationOutcome(error) }),
  oauth: (error) => ({
    type: "application/json; charset=utf-8",
    value: { error: oauthCode(error.code), error_description: oneText(publicText(error)) },
  }),
  problem: (error, requestId) => ({
    type: "application/problem+json; charset=utf-8",
    value: toProblem(error, requestId),
  }),
};

/** R4 OperationOutcome; `expression` names the input, `diagnostics` the remedy. */
export function toOperationOutcome(error: AdapterError): OperationOutcome {
  const { message, at } = publicText(error);
  return {
    resourceType: "OperationOutcome",
    issue: [
      {
        severity: "error",
        code: error.issueCode as OperationOutcome["issue"][number]["code"],
        details: { coding: [{ system: CODE_SYSTEM, code: error.code }], text: message },
        // An OperationOutcome names the place in `expression`.
        diagnostics: error.fix.replace("`at`", "`expression`"),
        ...(at === undefined ? {} : { expression: [at] }),
      },
    ],
  };
}

/** RFC 9457, with the remedy as an extension member. */
function toProblem(error: AdapterError, requestId: string): Record<string, unknown> {
  const { message, at } = publicText(error);
  return {
    type: `${CODE_SYSTEM}:${error.code}`,
    title: message,
    status: error.status,
    ...(at === undefined ? {} : { at }),
    fix: error.fix,
    requestId,
  };
}

/** RFC 6749, 5.2 and 4.1.2.1. */
function oauthCode(code: ErrorCode): string {
  if (code === "unauthenticated") return "invalid_client";
  if (code === "grant_type_unsupported") return "unsupported_grant_type";
  if (code === "scope_not_granted") return "invalid_scope";
  if (code === "forbidden") return "access_denied";
  if (code === "draining" || code === "database_unavailable" || code === "throttled" || code === "overloaded")
    return "temporarily_unavailable";
  return "invalid_request";
}
