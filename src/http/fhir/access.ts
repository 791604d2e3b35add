/** What a caller's scopes leave of a FHIR interaction (SMART 2.2, "Scopes"). */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { Principal } from "../../core/access/principal.ts";
import { requireScope, requireSystem } from "../../core/access/principal.ts";
import { AdapterError } from "../../core/errors.ts";
import type { FhirNeed, FhirScope } from "../../core/smart/api-scopes.ts";
import { grantsFor, scopeFor } from "../../core/smart/api-scopes.ts";
import { meetsAll } from "../../core/smart/search-conditions.ts";
import type { FhirAnswer, FhirRoute } from "./fhir-route.ts";
import { needsOf } from "./fhir-route.ts";

/** Undefined: everything that the interaction reaches. Else only records that one of the scopes allows. */
export type FhirAccess = readonly FhirScope[] | undefined;

/** Read and search can leave out what a condition excludes; of anything else a part is not enough. */
function takesConditions({ capability }: FhirRoute): boolean {
  if (capability === undefined || !("interaction" in capability)) return false;
  return capability.interaction === "read" || capability.interaction === "search-type";
}

function accessFor(scopes: Iterable<string>, need: FhirNeed, isPartEnough: boolean): FhirAccess {
  const grants = grantsFor(scopes, need);
  if (grants.some(({ conditions }) => conditions.length === 0)) return undefined;
  if (grants.length > 0 && isPartEnough) return grants;
  throw new AdapterError("forbidden", { message: `This needs the scope fhir, or ${scopeFor(need)}.` });
}

/** Throws 403 where the scopes do not reach, and for Subscriptions of whoever acts for one patient: topics tell of all. */
export function accessOf(principal: Principal, route: FhirRoute): FhirAccess {
  if (needsOf(route).some(({ type }) => type === "Subscription")) requireSystem(principal);
  if (principal.scopes.has("fhir")) {
    if (route.scope !== undefined) requireScope(principal, route.scope);
    return undefined;
  }
  const [first, ...others] = needsOf(route);
  for (const need of others) accessFor(principal.scopes, need, false);
  return accessFor(principal.scopes, first, takesConditions(route));
}

function isAllowed(resource: object, access: readonly FhirScope[]): boolean {
  return access.some(({ conditions }) => meetsAll(resource, conditions));
}

/** A count would tell of records that the scopes do not allow, and counting those that they do would mean to read all. */
function searchsetWithin({ total, ...found }: Bundle, access: readonly FhirScope[]): Bundle {
  if (total !== undefined && found.entry === undefined)
    throw new AdapterError("forbidden", { message: "To count them needs a scope without a condition." });
  const entry = found.entry?.filter(
    ({ resource, search }) => search?.mode === "outcome" || (resource !== undefined && isAllowed(resource, access)),
  );
  const { entry: _all, ...bare } = found;
  return entry === undefined || entry.length === 0 ? bare : { ...bare, entry };
}

function within(resource: FhirResource, access: readonly FhirScope[]): FhirResource {
  if (resource.resourceType === "Bundle" && resource.type === "searchset") return searchsetWithin(resource, access);
  // What may not be seen is not there: another answer would say that it is.
  if (!isAllowed(resource, access)) throw new AdapterError("not_found");
  return resource;
}

/** The answer without what the scopes do not allow. */
export function withinAccess(answer: FhirAnswer, access: FhirAccess): FhirAnswer {
  if (access === undefined || answer.resource === undefined) return answer;
  return { ...answer, resource: within(answer.resource, access) };
}
