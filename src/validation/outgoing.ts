/** The check that everything passes before it leaves as FHIR: into an EHR, to a reader, to a subscriber. */
import { AdapterError } from "../core/errors.ts";
import { indexDefinitions } from "../core/validation/definitions.ts";
import { InvalidResource } from "../core/validation/issue.ts";
import type { Validator } from "../core/validation/validate.ts";
import { createValidator } from "../core/validation/validate.ts";
import { loadConformance } from "./conformance.ts";
import { readR4 } from "./r4.ts";

export interface Outgoing {
  /**
   * Gives the resource back where it conforms to FHIR R4 and to the profiles. What does not is a defect of ours: it is told,
   * and kept back.
   * @throws AdapterError `resource_invalid`, caused by InvalidResource
   */
  require<T extends { readonly resourceType: string }>(resource: T, profiles: readonly string[]): T;
}

/** Reads definitions and profiles, and makes the validator that is used for as long as the program runs. */
export function loadValidator(): Validator {
  const { profiles, valueSets } = loadConformance();
  const { structures, valueSets: r4 } = readR4();
  return createValidator(
    indexDefinitions({ structures, valueSets: { ...r4, ...Object.fromEntries(valueSets) } }),
    profiles,
  );
}

/** `onInvalid` is told of each resource that was kept back. */
export function createOutgoing(
  validator: Validator,
  onInvalid: (resourceType: string, invalid: InvalidResource) => void,
): Outgoing {
  return {
    require(resource, profiles) {
      const issues = validator.validate(resource, profiles);
      if (issues.length === 0) return resource;
      const invalid = new InvalidResource(resource.resourceType, issues);
      onInvalid(resource.resourceType, invalid);
      throw new AdapterError("resource_invalid", { detail: invalid.message, cause: invalid });
    },
  };
}
