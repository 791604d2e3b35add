/** One FHIR interaction as data: what is served and what the CapabilityStatement says of it derive from the same value. */
import type { FhirResource } from "fhir/r4.js";
import type { Principal } from "../../core/access/principal.ts";
import type { FhirNeed } from "../../core/smart/api-scopes.ts";

export interface FhirCall {
  readonly principal: Principal;
  /** Empty where the path names no resource. */
  readonly id: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

export interface FhirAnswer {
  readonly status: number;
  readonly resource?: FhirResource;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SearchParameter {
  readonly name: string;
  readonly type: "token" | "reference" | "date" | "string" | "uri";
}

/** What a route adds to its type's entry in the CapabilityStatement. */
export type FhirCapability =
  | { readonly type: string; readonly interaction: "read" | "create" | "update" | "delete" }
  | { readonly type: string; readonly interaction: "search-type"; readonly searchParam: readonly SearchParameter[] }
  | { readonly type: string; readonly operation: { readonly name: string; readonly definition: string } };

const rights = { read: "r", create: "c", update: "u", delete: "d", "search-type": "s" } as const;

/** What SMART scopes must grant. Throws for a route that does not say: none is open by an oversight. */
export function needsOf({ needs, capability, method, path }: FhirRoute): readonly [FhirNeed, ...FhirNeed[]] {
  const [first, ...others] = needs ?? [];
  if (first !== undefined) return [first, ...others];
  if (capability !== undefined && "interaction" in capability)
    return [{ type: capability.type, right: rights[capability.interaction] }];
  throw new Error(`${method} ${path} does not say what it needs`);
}

export interface FhirRoute {
  readonly method: "get" | "post" | "put" | "delete";
  readonly path: string;
  /** What a caller with the scope `fhir` needs besides. */
  readonly scope?: "jobs:write";
  /** What a caller with SMART scopes needs, all of it; absent: what the interaction of the capability is. */
  readonly needs?: readonly FhirNeed[];
  /** Largest body of POST and PUT; 64 KiB where nothing is said. */
  readonly maxBodyBytes?: number;
  /** The body holds search parameters as a form. */
  readonly search?: true;
  /** An operation whose parameters may all be left out. */
  readonly bodyOptional?: boolean;
  /** Absent where another route of the same interaction says it, or where FHIR has no word for it. */
  readonly capability?: FhirCapability;
  readonly handle: (call: FhirCall) => Promise<FhirAnswer>;
}
