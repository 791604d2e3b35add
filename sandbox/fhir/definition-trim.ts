import type { ElementDefinition, StructureDefinition } from "@medplum/fhirtypes";

/** Element properties the validator reads; the rest of a definition is prose and mappings, nine tenths of its bytes. */
const elementKeys = ["id", "path", "min", "max", "contentReference", "sliceName", "slicing"] as const;

/**
 * Reduces a StructureDefinition of the specification to what `@medplum/core` needs to validate a resource with it.
 *
 * @param definition the resource as published, with a snapshot
 * @returns a StructureDefinition that parses to the same schema, without texts, bindings and warnings
 */
export function trimStructureDefinition(definition: object): StructureDefinition {
  // The published bundle is the package's own data; only its kind was checked by the caller.
  const source = definition as StructureDefinition;
  const { resourceType, url, name, type, kind, status, abstract } = source;
  const element = (source.snapshot?.element ?? []).map(trimElement);
  return { resourceType, url, name, type, kind, status, abstract, snapshot: { element } };
}

function trimElement(element: ElementDefinition): ElementDefinition {
  const trimmed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(element)) {
    if (elementKeys.some((kept) => kept === key) || /^(fixed|pattern)[A-Z]/u.test(key)) trimmed[key] = value;
  }
  if (element.base) trimmed["base"] = element.base;
  if (element.type) {
    trimmed["type"] = element.type.map(({ code, targetProfile, extension }) => ({ code, targetProfile, extension }));
  }
  const constraints = (element.constraint ?? []).filter(({ severity }) => severity === "error");
  if (constraints.length > 0) {
    trimmed["constraint"] = constraints.map(({ key, severity, human, expression }) => ({
      key,
      severity,
      human,
      expression,
    }));
  }
  return trimmed as unknown as ElementDefinition;
}
