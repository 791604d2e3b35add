/** The CapabilityStatement's account of what is served, made from the routes: it can promise nothing that is not there. */
import type {
  CapabilityStatement,
  CapabilityStatementRestResource,
  CapabilityStatementRestResourceInteraction,
  CapabilityStatementRestResourceOperation,
  CapabilityStatementRestResourceSearchParam,
} from "fhir/r4.js";
import type { FhirCapability, FhirRoute } from "./fhir-route.ts";

function interactionsOf(capabilities: readonly FhirCapability[]): CapabilityStatementRestResourceInteraction[] {
  return capabilities.flatMap((capability) => ("interaction" in capability ? [{ code: capability.interaction }] : []));
}

function searchParamsOf(capabilities: readonly FhirCapability[]): CapabilityStatementRestResourceSearchParam[] {
  return capabilities.flatMap((capability) =>
    "searchParam" in capability ? capability.searchParam.map((parameter) => ({ ...parameter })) : [],
  );
}

function operationsOf(capabilities: readonly FhirCapability[]): CapabilityStatementRestResourceOperation[] {
  return capabilities.flatMap((capability) => ("operation" in capability ? [{ ...capability.operation }] : []));
}

function entryOf(
  type: string,
  capabilities: readonly FhirCapability[],
  written: CapabilityStatementRestResource | undefined,
): CapabilityStatementRestResource {
  const interaction = interactionsOf(capabilities);
  const searchParam = searchParamsOf(capabilities);
  const operation = operationsOf(capabilities);
  return {
    ...written,
    type: type as CapabilityStatementRestResource["type"],
    ...(interaction.length === 0 ? {} : { interaction }),
    ...(searchParam.length === 0 ? {} : { searchParam }),
    ...(operation.length === 0 ? {} : { operation }),
  };
}

/**
 * The statement with an entry for each type that the routes serve. `written` brings what routes cannot know: documentation,
 * profiles, security. Throws when it speaks of a type that no route serves.
 */
export function withCapabilities(written: CapabilityStatement, routes: readonly FhirRoute[]): CapabilityStatement {
  const [rest, ...others] = written.rest ?? [];
  if (rest === undefined) throw new Error("the CapabilityStatement has no rest entry");
  const capabilities = routes.flatMap(({ capability }) => (capability === undefined ? [] : [capability]));
  const byType = Map.groupBy(capabilities, ({ type }) => type);
  const unserved = rest.resource?.find(({ type }) => !byType.has(type));
  if (unserved !== undefined)
    throw new Error(`the CapabilityStatement speaks of ${unserved.type}, which no route serves`);
  const resource = [...byType].map(([type, found]) =>
    entryOf(
      type,
      found,
      rest.resource?.find((entry) => entry.type === type),
    ),
  );
  return { ...written, rest: [{ ...rest, resource }, ...others] };
}
