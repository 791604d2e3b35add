/** What a check knows besides the value that it looks at. */
import type { Definitions } from "./definitions.ts";
import type { Invariants } from "./invariants.ts";
import type { ValidationIssue } from "./issue.ts";
import type { JsonObject } from "./json.ts";

/** A Reference as the walk met it; where it leads can be judged once everything was seen. */
export interface MetReference {
  readonly expression: string;
  readonly reference: string;
  /** Resource types that may stand there; absent where any may. */
  readonly targets?: readonly string[];
  /** FHIRPath of the resource that holds it, a contained one counted as its container's. */
  readonly holder: string;
}

/** One validation. */
export interface Walk {
  readonly definitions: Definitions;
  readonly invariants: Invariants;
  readonly issues: ValidationIssue[];
  readonly references: MetReference[];
}

/** The resource that a value stands in. */
export interface Scope {
  /** `%resource`. */
  readonly resource: JsonObject;
  /** `%rootResource`: the container of a contained resource, else the resource itself. */
  readonly root: JsonObject;
  /** FHIRPath of `root`. */
  readonly holder: string;
}
