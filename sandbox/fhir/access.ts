import { parseScope } from "../auth/scopes.ts";
import type { Interaction, ResourceScope } from "../auth/scopes.ts";
import type { Definitions } from "./definitions.ts";
import { refuse } from "./outcome.ts";
import type { StoredResource } from "./resource.ts";
import { matchesQuery } from "./search.ts";
import type { SearchIndex } from "./search-index.ts";
import { parseSearchQuery } from "./search-query.ts";
import type { SearchContext } from "./search-query.ts";

/** What an access token stands for, as its issuer told. */
export interface AccessGrant {
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** Id of the patient in context; `patient/` scopes reach no other. */
  readonly patient?: string;
  readonly encounter?: string;
  /** `Practitioner/id` and the like. */
  readonly fhirUser?: string;
}

/** What one caller may do. */
export interface Access {
  readonly grant: AccessGrant;
  /** Throws 403 unless some scope allows the interaction on the type. */
  require(type: string, interaction: Interaction): void;
  /** Whether some scope allows the interaction on this very resource. */
  allows(resource: StoredResource, interaction: Interaction): boolean;
  /** Throws 403 unless `allows`. */
  requireFor(resource: StoredResource, interaction: Interaction): void;
}

/** What the checks look things up in. */
export interface AccessSources extends SearchContext {
  readonly definitions: Definitions;
  readonly index: SearchIndex;
}

/** Builds the checks for one token. Scopes add up; the compartment binds `patient/` scopes only. */
export function createAccess(grant: AccessGrant, sources: AccessSources): Access {
  const scopes = grant.scopes.flatMap((text) => parseScope(text) ?? []);
  const relevant = (type: string, interaction: Interaction): ResourceScope[] =>
    scopes.filter((scope) => (scope.type === "*" || scope.type === type) && scope.interactions.includes(interaction));
  const allows = (resource: StoredResource, interaction: Interaction): boolean =>
    relevant(resource.resourceType, interaction).some(
      (scope) => withinPatient(scope, resource, interaction, grant, sources) && withinQuery(scope, resource, sources),
    );
  return {
    grant,
    require: (type, interaction) => {
      if (relevant(type, interaction).length === 0) throw forbidden(`No scope allows this on ${type}`);
    },
    allows,
    requireFor: (resource, interaction) => {
      if (!allows(resource, interaction)) throw forbidden(`Outside what the token's scopes and patient allow`);
    },
  };
}

function forbidden(text: string): Error {
  return refuse(403, "forbidden", text);
}

/**
 * A `patient/` scope reaches the compartment of the patient in context. Types that belong to no compartment (Practitioner,
 * Medication, ...) can be read by it, and never written.
 */
function withinPatient(
  scope: ResourceScope,
  resource: StoredResource,
  interaction: Interaction,
  grant: AccessGrant,
  sources: AccessSources,
): boolean {
  if (scope.level !== "patient") return true;
  if (!grant.patient) return false;
  const parameters = sources.definitions.patientCompartment[resource.resourceType];
  if (resource.resourceType === "Patient") return resource.id === grant.patient;
  if (!parameters) return interaction === "r" || interaction === "s";
  return inCompartment(resource, grant.patient, parameters, sources);
}

/** Whether a resource is in a patient's compartment (http://hl7.org/fhir/R4/compartmentdefinition-patient.html). */
export function inCompartment(
  resource: StoredResource,
  patient: string,
  parameters: readonly string[],
  { definitions, index }: Pick<AccessSources, "definitions" | "index">,
): boolean {
  return parameters.some((code) => {
    const parameter = definitions.searchParameters[resource.resourceType]?.[code];
    return parameter !== undefined && index.values(resource, parameter).references.includes(`Patient/${patient}`);
  });
}

/** The finer-grained part of a v2 scope, `?category=...`, is a search that the resource must meet. */
function withinQuery(scope: ResourceScope, resource: StoredResource, sources: AccessSources): boolean {
  if (!scope.query) return true;
  const query = parseSearchQuery(resource.resourceType, new URLSearchParams(scope.query), sources);
  return matchesQuery(query, resource, sources.index);
}
