import type { SearchIndex } from "./search-index.ts";
import type { IncludeRule, SearchQuery, SortRule } from "./search-query.ts";
import { fold } from "./search-values.ts";
import type { SearchValues } from "./search-values.ts";
import type { StoredResource } from "./resource.ts";
import { localForm, referenceTo } from "./resource.ts";
import type { ResourceStore } from "./store.ts";

/** Where a search looks. */
export interface SearchSource {
  readonly store: ResourceStore;
  readonly index: SearchIndex;
  /** Whether the caller may see a resource. */
  readonly visible: (resource: StoredResource) => boolean;
}

/** All matches of a query, in order, without paging. */
export function findMatches(query: SearchQuery, source: SearchSource): StoredResource[] {
  const matches: StoredResource[] = [];
  for (const resource of candidates(query, source)) {
    if (matchesQuery(query, resource, source.index) && source.visible(resource)) matches.push(resource);
  }
  return query.sort.length > 0 ? sortMatches(matches, query.sort, source.index) : matches;
}

/** Whether a resource of the query's type meets all its filters. */
export function matchesQuery(query: SearchQuery, resource: StoredResource, index: SearchIndex): boolean {
  return query.filters.every(({ parameter, matches }) => matches(index.values(resource, parameter)));
}

/** The smallest set an index offers that holds all matches; each reference filter offers one. */
function candidates(query: SearchQuery, { store, index }: SearchSource): Iterable<StoredResource> {
  let best: readonly StoredResource[] | undefined;
  for (const { parameter, references, ids } of query.filters) {
    const found =
      references?.flatMap((reference) => index.referring(query.type, parameter.code, reference)) ??
      ids?.flatMap((id) => store.read(query.type, id) ?? []);
    if (found && (!best || found.length < best.length)) best = [...new Set(found)];
  }
  return best ?? store.list(query.type);
}

function sortMatches(matches: StoredResource[], rules: readonly SortRule[], index: SearchIndex): StoredResource[] {
  const keyed = matches.map((resource) => ({
    resource,
    keys: rules.map((rule) => sortKey(index.values(resource, rule.parameter), rule)),
  }));
  keyed.sort((a, b) => {
    for (const [at, rule] of rules.entries()) {
      const order = compareKeys(a.keys[at], b.keys[at], rule.descending);
      if (order !== 0) return order;
    }
    return 0;
  });
  return keyed.map(({ resource }) => resource);
}

type SortKey = string | number | undefined;

/** Dates sort by their start, and by their end when descending (search.html#sort). */
function sortKey(values: SearchValues, { parameter, descending }: SortRule): SortKey {
  const date = values.dates[0];
  if (parameter.type === "date") return date && (descending ? date.end : date.start);
  const [text] = values.strings;
  if (text !== undefined) return fold(text);
  return values.tokens[0]?.code ?? values.references[0] ?? values.uris[0];
}

/** What has no value comes last in both directions. */
function compareKeys(a: SortKey, b: SortKey, descending: boolean): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return (a < b ? -1 : 1) * (descending ? -1 : 1);
}

/** Resources that `_include` and `_revinclude` add to a page of matches, each once and none that is a match itself. */
export function findIncluded(
  query: SearchQuery,
  page: readonly StoredResource[],
  source: SearchSource,
): StoredResource[] {
  const seen = new Set(page.map(referenceTo));
  const included: StoredResource[] = [];
  const add = (resource: StoredResource | undefined): void => {
    if (!resource || seen.has(referenceTo(resource)) || !source.visible(resource)) return;
    seen.add(referenceTo(resource));
    included.push(resource);
  };
  for (const match of page) {
    for (const rule of query.include) for (const found of referredBy(match, rule, source)) add(found);
    for (const rule of query.revInclude) {
      for (const found of source.index.referring(rule.source, rule.parameter.code, referenceTo(match))) add(found);
    }
  }
  return included;
}

function referredBy(
  match: StoredResource,
  rule: IncludeRule,
  { store, index }: SearchSource,
): (StoredResource | undefined)[] {
  return index.values(match, rule.parameter).references.map((reference) => {
    const local = localForm(reference, "");
    return local && (!rule.target || rule.target === local.type) ? store.read(local.type, local.id) : undefined;
  });
}
