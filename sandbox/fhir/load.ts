import { refuse } from "./outcome.ts";
import { isObject, isResource, rewriteReferences } from "./resource.ts";
import type { JsonResource, StoredResource } from "./resource.ts";
import type { FhirState } from "./state.ts";
import { validationIssues } from "./validation.ts";

/** What became of a preloaded Bundle. */
export interface LoadReport {
  readonly loaded: readonly StoredResource[];
  /** What a strict server would have refused, or what does not resolve; free of values, only types, ids and paths. */
  readonly warnings: readonly string[];
}

/**
 * Puts a chart into the store as it is, outside the HTTP interface.
 *
 * Collection, transaction, document, searchset and other Bundles are taken alike; a single resource too. `urn:uuid:` and
 * other `fullUrl` references become `Type/id`; conditional references are resolved when exactly one resource matches, else
 * kept as they stand. Real charts hold invalid resources: they load with a warning, unless `strict`.
 *
 * @param input a Bundle or a resource, parsed from JSON
 * @throws FhirError 422 in strict mode when a resource is invalid; nothing is loaded then
 */
export function loadResources(
  state: FhirState,
  input: unknown,
  options: { readonly strict?: boolean } = {},
): LoadReport {
  const entries = entriesOf(input).map(({ fullUrl, resource }) => ({
    fullUrl,
    resource: { ...resource, id: resource.id ?? state.newId() },
  }));
  const warnings = entries.flatMap(({ resource }) => validationWarnings(resource));
  if (options.strict && warnings.length > 0) throw refuse(422, "invariant", warnings[0] ?? "");
  const places = new Map(
    entries.flatMap(({ fullUrl, resource }) =>
      fullUrl ? [[fullUrl, `${resource.resourceType}/${resource.id}`] as const] : [],
    ),
  );
  const loaded = entries.map(({ resource }) =>
    state.store.put(
      rewriteReferences(resource, (reference) => places.get(reference) ?? reference),
      "PUT",
    ),
  );
  return { loaded: resolveConditionals(state, loaded, warnings), warnings };
}

interface LoadEntry {
  readonly fullUrl: string | undefined;
  readonly resource: JsonResource;
}

function entriesOf(input: unknown): LoadEntry[] {
  if (!isResource(input)) throw refuse(400, "structure", "Not a FHIR resource or Bundle");
  if (input.resourceType !== "Bundle") return [{ fullUrl: undefined, resource: input }];
  const entries = Array.isArray(input["entry"]) ? input["entry"] : [];
  return entries.flatMap((entry: unknown) => {
    if (!isObject(entry) || !isResource(entry["resource"])) return [];
    return [
      { fullUrl: typeof entry["fullUrl"] === "string" ? entry["fullUrl"] : undefined, resource: entry["resource"] },
    ];
  });
}

function validationWarnings(resource: JsonResource): string[] {
  return validationIssues(resource).map(
    ({ expression, code }) =>
      `${resource.resourceType}/${resource.id ?? "?"}: ${code} at ${expression?.join(", ") ?? "the resource"}`,
  );
}

/** Second pass, as a conditional reference may point to a resource later in the same Bundle. */
function resolveConditionals(state: FhirState, loaded: StoredResource[], warnings: string[]): StoredResource[] {
  const unresolved = new Set<string>();
  const resolved = loaded.map((resource) => {
    let changed = false;
    const rewritten = rewriteReferences(resource, (reference) => {
      const target = /^[A-Z][A-Za-z]+\?/u.test(reference) ? matchOne(state, reference) : reference;
      if (target === undefined) unresolved.add(`${resource.resourceType}/${resource.id}`);
      changed ||= target !== undefined && target !== reference;
      return target ?? reference;
    });
    return changed ? state.store.put(rewritten, "PUT") : resource;
  });
  for (const place of unresolved) warnings.push(`${place}: holds a conditional reference that does not resolve`);
  return resolved;
}

/** Charts use one form only, `Type?identifier=system|value`; anything else stays as it is. */
function matchOne(state: FhirState, reference: string): string | undefined {
  const [, type = "", system = "", value = ""] = /^([A-Za-z]+)\?identifier=([^|&]*)\|([^&]+)$/u.exec(reference) ?? [];
  const parameter = state.parametersOf(type).get("identifier");
  if (!parameter) return undefined;
  const matches: string[] = [];
  for (const candidate of state.store.list(type)) {
    const { tokens } = state.index.values(candidate, parameter);
    if (tokens.some((token) => token.system === system && token.code === value))
      matches.push(`${type}/${candidate.id}`);
  }
  return matches.length === 1 ? matches[0] : undefined;
}
