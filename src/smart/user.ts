/** Who the launching user is, and whether that person may sign here. */
import type { FhirResource, Practitioner, PractitionerRole } from "fhir/r4.js";
import type { FhirUser } from "../core/smart/fhir-user.ts";
import type { UserGateway } from "./deps.ts";
import { AdapterError } from "../core/errors.ts";
import { holdsSignerRole } from "../core/smart/signer.ts";

export interface KnownUser {
  /** `Practitioner/x`; `unknown` where the EHR does not say who launched. */
  readonly reference: string;
  readonly display?: string;
  readonly maySign: boolean;
}

const isRole = (resource: FhirResource | undefined): resource is PractitionerRole =>
  resource?.resourceType === "PractitionerRole";

function displayOf(practitioner: FhirResource | undefined): string | undefined {
  if (practitioner?.resourceType !== "Practitioner") return undefined;
  const names: NonNullable<Practitioner["name"]> = practitioner.name ?? [];
  const name = names.find((entry) => entry.use === "official") ?? names[0];
  const parts = [...(name?.prefix ?? []), ...(name?.given ?? []), name?.family ?? ""].filter((part) => part !== "");
  const display = name?.text ?? parts.join(" ");
  return display === "" ? undefined : display.slice(0, 200);
}

/** What the EHR refuses to this token counts as not there: a missing scope costs the right to sign, not the launch. */
async function orNothing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof AdapterError && error.code === "ehr_refused") return undefined;
    throw error;
  }
}

/** The practitioner behind a `PractitionerRole/x` launch, or the launching practitioner itself. */
async function practitionerOf(
  user: FhirUser,
  gateway: UserGateway,
): Promise<{ reference: string; role?: PractitionerRole } | undefined> {
  if (user.type === "Practitioner") return { reference: `Practitioner/${user.id}` };
  const role = await orNothing(gateway.read("PractitionerRole", user.id));
  if (!isRole(role)) return undefined;
  const reference = /Practitioner\/[A-Za-z0-9.-]{1,64}$/u.exec(role.practitioner?.reference ?? "")?.[0];
  return reference === undefined ? undefined : { reference, role };
}

/**
 * Reads the practitioner and, where the tenant names signer roles, the roles, with the user's own token. A patient or a
 * relative has no business with unsigned drafts: 403.
 *
 * @param now RFC 3339
 */
export async function knowUser(
  user: FhirUser | undefined,
  gateway: UserGateway,
  signerRoles: readonly string[],
  now: string,
): Promise<KnownUser> {
  if (user?.type === "Patient" || user?.type === "RelatedPerson") {
    throw new AdapterError("forbidden", { message: "Drafts are for clinical staff.", detail: "smart.fhir-user" });
  }
  if (user === undefined || user.type === "Person") return { reference: "unknown", maySign: false };
  const practitioner = await practitionerOf(user, gateway);
  if (practitioner === undefined) return { reference: "unknown", maySign: false };
  const { reference, role } = practitioner;
  const display = displayOf(await orNothing(gateway.read("Practitioner", reference.slice("Practitioner/".length))));
  const roles = signerRoles.length === 0 ? [] : role === undefined ? await rolesOf(reference, gateway) : [role];
  return {
    reference,
    ...(display === undefined ? {} : { display }),
    maySign: holdsSignerRole(reference, roles, signerRoles, now),
  };
}

async function rolesOf(practitioner: string, gateway: UserGateway): Promise<PractitionerRole[]> {
  const found = await orNothing(gateway.search("PractitionerRole", { practitioner }, 5));
  return (found?.resources ?? []).filter((resource) => isRole(resource));
}
