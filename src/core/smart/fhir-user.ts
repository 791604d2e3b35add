/** Who launched: the `fhirUser` claim (SMART App Launch 2.2, "Scopes for requesting identity data"). */

/** A person in the EHR, or a role of one. */
export interface FhirUser {
  readonly type: "Practitioner" | "PractitionerRole" | "Patient" | "RelatedPerson" | "Person";
  readonly id: string;
}

const reference = /^(?<type>Practitioner|PractitionerRole|Patient|RelatedPerson|Person)\/(?<id>[A-Za-z0-9.-]{1,64})$/u;

/** The base with exactly one slash at its end, so that `/fhir` is no prefix of `/fhir-evil`. */
const asBase = (url: string): string => `${url.replace(/\/+$/u, "")}/`;

/**
 * The user by relative reference. Undefined where the claim is absent, malformed or names another server: a token of this
 * EHR is never sent there.
 */
export function parseFhirUser(claim: unknown, fhirBaseUrl: string): FhirUser | undefined {
  if (typeof claim !== "string") return undefined;
  const base = asBase(fhirBaseUrl);
  const relative = claim.startsWith(base) ? claim.slice(base.length) : claim;
  const groups = reference.exec(relative)?.groups;
  return groups === undefined ? undefined : { type: groups["type"] as FhirUser["type"], id: groups["id"] ?? "" };
}

/** The EHR's address as `iss` gives it, compared without regard to a trailing slash and to nothing else. */
export function sameBase(a: string, b: string): boolean {
  return asBase(a) === asBase(b);
}
