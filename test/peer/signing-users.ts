/** Those who work at the hospital, as resources of its FHIR server: who may sign is read from there. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { sandboxUsers, userResources } from "../../sandbox/users.ts";

export const signingUsers: Bundle<FhirResource> = {
  resourceType: "Bundle",
  type: "collection",
  entry: sandboxUsers.flatMap((user) =>
    userResources(user).map((resource) => ({ resource: resource as unknown as FhirResource })),
  ),
};
