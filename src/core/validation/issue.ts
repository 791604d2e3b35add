/** What is wrong with a resource, and where. */

/** Values of OperationOutcome.issue.code that validation uses. */
export type IssueCode =
  | "structure"
  | "required"
  | "value"
  | "code-invalid"
  | "invariant"
  | "not-found"
  | "not-supported";

/** Holds no value of the resource: names of rules and elements only, so that it may be logged, stored and told. */
export interface ValidationIssue {
  readonly code: IssueCode;
  /** FHIRPath of the element, `Bundle.entry[0].resource.section[1].text.div`. */
  readonly expression: string;
  /** Which rule: an invariant's key (`bdl-9`), or the word of a check of ours (`cardinality`). */
  readonly rule: string;
  /** A sentence about the rule. */
  readonly message: string;
}

const MOST_NAMED = 10;

/** Why a resource was kept back; the cause of the error `resource_invalid`. */
export class InvalidResource extends Error {
  override readonly name = "InvalidResource";
  readonly issues: readonly ValidationIssue[];

  constructor(resourceType: string, issues: readonly ValidationIssue[]) {
    const named = issues.slice(0, MOST_NAMED).map(({ rule, expression }) => `${rule} at ${expression}`);
    super(`${resourceType}: ${named.join("; ")}`);
    this.issues = issues;
  }
}
