/**
 * SMART scopes of systems at our own FHIR side (SMART 2.2, "Scopes"): `system/DocumentReference.rs`, `system/Task.read` as version 1
 * writes it, and with a condition `system/DocumentReference.rs?patient=Patient/1`. What a scope allows, and which of them may be
 * asked for under which.
 */
import type { Right } from "./granted-scopes.ts";
import type { Condition } from "./search-conditions.ts";

export interface FhirScope {
  /** `*` for all. */
  readonly type: string;
  /** In the order of `cruds`. */
  readonly rights: string;
  /** Search parameters that a record must meet; empty: all records. */
  readonly conditions: readonly Condition[];
}

/** How such a scope is written. Order of letters matters in version 2. */
export const fhirScopeForm =
  /^system\/(?<type>\*|[A-Z][A-Za-z]+)\.(?<rights>read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?(?<query>[^ ]+))?$/u;

const version1: Readonly<Record<string, string>> = { read: "rs", write: "cud", "*": "cruds" };

/** Undefined for what is no scope of this kind. */
export function parseFhirScope(scope: string): FhirScope | undefined {
  const { type, rights, query } = fhirScopeForm.exec(scope)?.groups ?? {};
  if (type === undefined || rights === undefined) return undefined;
  return { type, rights: version1[rights] ?? rights, conditions: [...new URLSearchParams(query ?? "")] };
}

export interface FhirNeed {
  readonly type: string;
  readonly right: Right;
}

/** As it would have to be asked for. */
export function scopeFor({ type, right }: FhirNeed): string {
  return `system/${type}.${right}`;
}

/** The scopes that meet a need, conditional ones included. */
export function grantsFor(scopes: Iterable<string>, need: FhirNeed): readonly FhirScope[] {
  const meets = ({ type, rights }: FhirScope): boolean =>
    (type === "*" || type === need.type) && rights.includes(need.right);
  return [...scopes].flatMap((scope) => parseFhirScope(scope) ?? []).filter(meets);
}

/** Whether a need is met for all records of the type. `fhir` stands for the whole side. */
export function isMetWhole(scopes: ReadonlySet<string>, need: FhirNeed): boolean {
  return scopes.has("fhir") || grantsFor(scopes, need).some(({ conditions }) => conditions.length === 0);
}

function textOf({ type, rights, conditions }: FhirScope): string {
  const query = new URLSearchParams(conditions.map(([name, value]): [string, string] => [name, value])).toString();
  return `system/${type}.${rights}${query === "" ? "" : `?${query}`}`;
}

const allRights: readonly Right[] = ["c", "r", "u", "d", "s"];

/** What two scopes both allow; undefined where that is nothing. Conditions of both must hold. */
function common(one: FhirScope, other: FhirScope): FhirScope | undefined {
  const type = one.type === "*" ? other.type : one.type;
  if (other.type !== "*" && other.type !== type) return undefined;
  const rights = allRights.filter((right) => one.rights.includes(right) && other.rights.includes(right)).join("");
  return rights === "" ? undefined : { type, rights, conditions: [...one.conditions, ...other.conditions] };
}

/** `fhir` stands for all of it; what asks for work, or calls it off, needs `jobs:write` besides. */
function ofWholeSide(registered: ReadonlySet<string>): readonly string[] {
  if (!registered.has("fhir")) return [];
  const work = registered.has("jobs:write") ? ["system/Task.cruds"] : ["system/Task.rs"];
  const read = ["system/DocumentReference.rs", "system/Bundle.rs", "system/Subscription.cruds"];
  return [...work, ...read];
}

/**
 * Of one scope that is asked for, what a client's own scopes allow: as it was asked for where all of it is allowed, narrowed
 * where a part is (RFC 6749, 3.3), nothing where none is.
 */
export function allowedOf(asked: string, registered: ReadonlySet<string>): readonly string[] {
  if (registered.has(asked)) return [asked];
  const wanted = parseFhirScope(asked);
  if (wanted === undefined) return [];
  const own = [...registered, ...ofWholeSide(registered)].flatMap((scope) => parseFhirScope(scope) ?? []);
  const allowed = own.flatMap((scope) => common(wanted, scope) ?? []).map(textOf);
  return allowed.includes(textOf(wanted)) ? [asked] : [...new Set(allowed)];
}
