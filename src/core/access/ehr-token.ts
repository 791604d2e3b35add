/** An access token of the hospital's EHR at our API: who and what its introspection (RFC 7662, SMART 2.2) makes of the caller. */
import { parseFhirUser } from "../smart/fhir-user.ts";
import { isGranted } from "../smart/granted-scopes.ts";
import type { Right } from "../smart/granted-scopes.ts";
import type { Principal } from "./principal.ts";

/** What the EHR's authorization server says of a token. */
export interface IntrospectedToken {
  readonly active: boolean;
  readonly client_id?: string | undefined;
  readonly scope?: string | undefined;
  /** Seconds since the epoch. */
  readonly exp?: number | undefined;
  readonly aud?: string | readonly string[] | undefined;
  /** There where the token is bound to a key or certificate of its holder (RFC 7800). */
  readonly cnf?: unknown;
  /** Launch context: ids without their type. */
  readonly patient?: string | undefined;
  readonly encounter?: string | undefined;
  readonly fhirUser?: unknown;
}

/** What the hospital lets such tokens do. */
export interface EhrTokenPolicy {
  readonly tenant: string;
  readonly fhirBaseUrl: string;
  /** Client ids of the EHR's apps that may call. */
  readonly clients: readonly string[];
  readonly audience?: string | undefined;
  /** Scope of ours to the right in the EHR that stands for it, `patient/DocumentReference.rs`. */
  readonly grants: { readonly [Scope in "jobs:read" | "jobs:write" | "fhir"]?: string | undefined };
}

export type EhrTokenRefusal =
  | "ehr-token.inactive"
  | "ehr-token.expired"
  | "ehr-token.bound"
  | "ehr-token.audience"
  | "ehr-token.client"
  | "ehr-token.patient"
  | "ehr-token.scope";

const fhirId = /^[A-Za-z0-9\-.]{1,64}$/u;

/**
 * The caller that a token stands for, or why it stands for none. The caller sees its launch's patient (and stay, where the
 * launch had one) and nobody else, and never signs.
 *
 * @param name of this token, no credential
 */
export function principalOfEhrToken(
  token: IntrospectedToken,
  policy: EhrTokenPolicy,
  name: string,
  nowMs: number,
): Principal | EhrTokenRefusal {
  if (!token.active) return "ehr-token.inactive";
  if (token.exp !== undefined && token.exp * 1000 <= nowMs) return "ehr-token.expired";
  // Whoever shows it would have to prove a key as well, and there is no way here to do so.
  if (token.cnf !== undefined) return "ehr-token.bound";
  if (policy.audience !== undefined && ![token.aud].flat().includes(policy.audience)) return "ehr-token.audience";
  const client = token.client_id;
  if (client === undefined || !policy.clients.includes(client)) return "ehr-token.client";
  if (token.patient === undefined || !fhirId.test(token.patient)) return "ehr-token.patient";
  const scopes = scopesOf(token.scope ?? "", policy.grants);
  if (scopes.size === 0) return "ehr-token.scope";
  const encounter = token.encounter !== undefined && fhirId.test(token.encounter) ? token.encounter : undefined;
  return {
    tenant: policy.tenant,
    actor: actorOf(token, client, policy.fhirBaseUrl),
    scopes,
    session: {
      launch: name,
      kind: "ehr-token",
      patient: `Patient/${token.patient}`,
      ...(encounter === undefined ? {} : { encounter: `Encounter/${encounter}` }),
      maySign: false,
    },
  };
}

/** The practitioner whom the token stands for; else the app. */
function actorOf({ fhirUser }: IntrospectedToken, client: string, fhirBaseUrl: string): Principal["actor"] {
  const user = parseFhirUser(fhirUser, fhirBaseUrl);
  const known = user?.type === "Practitioner" || user?.type === "PractitionerRole";
  // The EHR's client ids are not ours: one may be spelt like an API client of the configuration.
  return known ? { kind: "practitioner", id: `${user.type}/${user.id}` } : { kind: "api-client", id: `ehr:${client}` };
}

function scopesOf(granted: string, grants: EhrTokenPolicy["grants"]): ReadonlySet<string> {
  return new Set(
    Object.entries(grants)
      .filter(([, right]) => right !== undefined && coversAll(granted, right))
      .map(([scope]) => scope),
  );
}

const allRights: readonly Right[] = ["c", "r", "u", "d", "s"];

/** Each letter of `patient/DocumentReference.rs` must be granted, without condition: of part of a type's records is not enough. */
function coversAll(granted: string, wanted: string): boolean {
  const [, type, rights] = rightForm.exec(wanted) ?? [];
  if (type === undefined || rights === undefined) return false;
  const unconditional = granted.split(" ").filter((scope) => /^(?:patient|user|system)\/[^?]+$/u.test(scope));
  if (unconditional.length === 0) return false;
  return allRights.every((right) => !rights.includes(right) || isGranted(unconditional.join(" "), type, right));
}

/** How a right of the EHR is written in the settings. */
export const rightForm = /^(?:patient|user|system)\/([A-Z][A-Za-z]+)\.(c?r?u?d?s?)$/u;
