/** May this practitioner sign? (contract, section 2: `signerRoles`; an empty list lets any Practitioner.) */
import type { PractitionerRole } from "fhir/r4.js";

/** True when the role is in force at `now` (RFC 3339): not inactive, and within its period. */
function inForce(role: PractitionerRole, now: string): boolean {
  if (role.active === false) return false;
  const { start, end } = role.period ?? {};
  const at = Date.parse(now);
  // A date without a time ends with its day, in the latest zone there is.
  const endsAt =
    end === undefined ? Number.POSITIVE_INFINITY : Date.parse(end) + (end.includes("T") ? 0 : 36 * 3_600_000);
  return (start === undefined || Date.parse(start) <= at) && at < endsAt;
}

/**
 * True when one of the roles that are in force and belong to `practitioner` (`Practitioner/x`) has a code of the list.
 * Roles of other people in the answer count for nothing: a search result is not taken on trust.
 */
export function holdsSignerRole(
  practitioner: string,
  roles: readonly PractitionerRole[],
  signerRoles: readonly string[],
  now: string,
): boolean {
  if (signerRoles.length === 0) return true;
  return roles
    .filter((role) => inForce(role, now) && role.practitioner?.reference?.endsWith(practitioner) === true)
    .flatMap((role) => role.code ?? [])
    .flatMap((concept) => concept.coding ?? [])
    .some((coding) => coding.code !== undefined && signerRoles.includes(coding.code));
}
