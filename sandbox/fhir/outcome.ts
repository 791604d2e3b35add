import { OperationOutcomeError } from "@medplum/core";
import type { OperationOutcome, OperationOutcomeIssue } from "@medplum/fhirtypes";

/** IssueType codes the sandbox uses (http://hl7.org/fhir/R4/valueset-issue-type.html). */
export type IssueCode = OperationOutcomeIssue["code"];

/** The library tells statuses apart by these ids of an outcome; entries of a batch get theirs from it. */
const outcomeIds: Readonly<Record<number, string>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  410: "gone",
  412: "precondition-failed",
  413: "content-too-large",
  415: "unsupported-media-type",
  422: "business-rule",
  429: "too-many-requests",
};

/** A refusal: the HTTP status and the OperationOutcome that says why. */
export class FhirError extends OperationOutcomeError {
  readonly status: number;
  /** Extra response headers, such as WWW-Authenticate. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, outcome: OperationOutcome, headers: Readonly<Record<string, string>> = {}) {
    const id = outcomeIds[status];
    super({ ...outcome, ...(id && { id }) });
    this.name = "FhirError";
    this.status = status;
    this.headers = headers;
  }
}

/** An OperationOutcome with one issue. */
export function outcome(code: IssueCode, text: string, expression?: string): OperationOutcome {
  return {
    resourceType: "OperationOutcome",
    issue: [{ severity: "error", code, details: { text }, ...(expression && { expression: [expression] }) }],
  };
}

/** A refusal with one issue. */
export function refuse(status: number, code: IssueCode, text: string, expression?: string): FhirError {
  return new FhirError(status, outcome(code, text, expression));
}

/** 400 for what the caller asked wrongly. */
export const badRequest = (text: string, expression?: string): FhirError => refuse(400, "invalid", text, expression);
