import type { SearchParameterDefinition } from "./definitions.ts";
import type { StoredResource } from "./resource.ts";
import { searchValues } from "./search-values.ts";
import type { SearchValues } from "./search-values.ts";
import type { TypeParameters } from "./search-parameters.ts";
import type { StoreObserver } from "./store.ts";

/** Finds resources by what they refer to, and remembers what parameters evaluated to. */
export interface SearchIndex extends StoreObserver {
  /** What `parameter` finds in `resource`; evaluated once per version. */
  values(resource: StoredResource, parameter: SearchParameterDefinition): SearchValues;
  /** Resources of `type` whose reference parameter `code` points to `reference`. */
  referring(type: string, code: string, reference: string): readonly StoredResource[];
}

type Postings = Map<string, Map<string, StoredResource>>;

/**
 * The library scans all resources of a type with FHIRPath on every search; with twenty charts loaded that is seconds. Here
 * reference parameters (patient, encounter, ...) are indexed at the write, and everything else is evaluated once.
 */
export function createSearchIndex(parametersOf: (type: string) => TypeParameters): SearchIndex {
  const cache = new WeakMap<StoredResource, Map<string, SearchValues>>();
  const postings = new Map<string, Postings>();

  const values = (resource: StoredResource, parameter: SearchParameterDefinition): SearchValues => {
    const known = cache.get(resource) ?? new Map<string, SearchValues>();
    cache.set(resource, known);
    const found = known.get(parameter.code) ?? searchValues(resource, parameter);
    known.set(parameter.code, found);
    return found;
  };
  const listFor = (type: string, code: string): Postings => {
    const key = `${type}?${code}`;
    const found = postings.get(key) ?? new Map<string, Map<string, StoredResource>>();
    postings.set(key, found);
    return found;
  };
  const eachReference = (resource: StoredResource, visit: (list: Postings, reference: string) => void): void => {
    for (const parameter of parametersOf(resource.resourceType).values()) {
      if (parameter.type !== "reference") continue;
      const list = listFor(resource.resourceType, parameter.code);
      for (const reference of values(resource, parameter).references) visit(list, reference);
    }
  };

  return {
    values,
    referring: (type, code, reference) => [...(listFor(type, code).get(reference)?.values() ?? [])],
    put: (resource) => {
      eachReference(resource, (list, reference) => {
        const ids = list.get(reference) ?? new Map<string, StoredResource>();
        list.set(reference, ids.set(resource.id, resource));
      });
    },
    remove: (resource) => eachReference(resource, (list, reference) => list.get(reference)?.delete(resource.id)),
  };
}
