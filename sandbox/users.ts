import type { JsonResource } from "./fhir/resource.ts";

/** Somebody who works at the sandbox hospital. */
export interface SandboxUser {
  /** Id of the Practitioner; the PractitionerRole is `role-[id]`. */
  readonly id: string;
  readonly name: string;
  readonly family: string;
  readonly given: readonly string[];
  /** PractitionerRole.code: what the adapter's `signerRoles` is compared with. */
  readonly role: { readonly system: string; readonly code: string; readonly display: string };
}

const snomed = "http://snomed.info/sct";

/** An attending physician, who may sign, and a ward nurse, who may not. */
export const sandboxUsers = [
  {
    id: "attending-1",
    name: "Dr. Marta Lindqvist",
    family: "Lindqvist",
    given: ["Marta"],
    role: { system: snomed, code: "405279007", display: "Attending physician" },
  },
  {
    id: "nurse-1",
    name: "Jonas Petrov",
    family: "Petrov",
    given: ["Jonas"],
    role: { system: snomed, code: "224535009", display: "Registered nurse" },
  },
] as const satisfies readonly SandboxUser[];

/** The FHIR resources of a user: the person and the role. */
export function userResources(user: SandboxUser): JsonResource[] {
  return [
    {
      resourceType: "Practitioner",
      id: user.id,
      active: true,
      identifier: [{ system: "urn:sandbox:staff", value: user.id }],
      name: [{ use: "official", family: user.family, given: user.given, text: user.name }],
    },
    {
      resourceType: "PractitionerRole",
      id: `role-${user.id}`,
      active: true,
      practitioner: { reference: `Practitioner/${user.id}`, display: user.name },
      code: [{ coding: [user.role] }],
    },
  ];
}
