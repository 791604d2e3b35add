import { randomUUID } from "node:crypto";
import { refuse } from "./outcome.ts";
import { referenceTo } from "./resource.ts";
import type { JsonResource, StoredResource } from "./resource.ts";

/** A result list that is handed out in pages. */
export interface ResultList {
  /** Path below the base that pages are asked for at, such as `Observation` or `Patient/1/$everything`. */
  readonly path: string;
  readonly matches: readonly StoredResource[];
  readonly pageSize: number;
  /** Who asked: nobody else can turn the pages. */
  readonly owner: string;
  /** What `_include` and `_revinclude` add to a page. */
  readonly included: (page: readonly StoredResource[]) => readonly StoredResource[];
}

/** Keeps result lists so that a `next` link shows what the first page's search found, whatever was written meanwhile. */
export interface Pager {
  /** The first page; `self` is the query as asked, or empty to keep it out of the link. */
  first(list: ResultList, self: string): JsonResource;
  /** The page of a `next` link. 410 when the list is gone, 403 when it is somebody else's. */
  turn(token: string, owner: string): JsonResource;
}

/** @param limit how many result lists are kept; the oldest expire first */
export function createPager(baseUrl: string, limit = 500): Pager {
  const lists = new Map<string, ResultList>();
  const page = (list: ResultList, id: string | undefined, offset: number, self: string): JsonResource => {
    const matches = list.matches.slice(offset, offset + list.pageSize);
    const next = offset + list.pageSize;
    const hasNext = next < list.matches.length && list.pageSize > 0;
    const key = hasNext ? (id ?? keep(lists, list, limit)) : undefined;
    const url = `${baseUrl}/${list.path}`;
    const link = [{ relation: "self", url: `${url}${self}` }];
    if (key) link.push({ relation: "next", url: `${url}?_page=${key}.${next}` });
    return searchset(list, matches, link, baseUrl);
  };
  return {
    first: (list, self) => page(list, undefined, 0, self),
    turn: (token, owner) => {
      const [id = "", offset = ""] = token.split(".");
      const list = lists.get(id);
      if (!list || !/^\d+$/u.test(offset)) throw refuse(410, "not-found", "This page has expired; search again");
      if (list.owner !== owner) throw refuse(403, "forbidden", "This page belongs to another client");
      return page(list, id, Number(offset), `?_page=${token}`);
    },
  };
}

function keep(lists: Map<string, ResultList>, list: ResultList, limit: number): string {
  const id = randomUUID();
  lists.set(id, list);
  const oldest = lists.keys().next().value;
  if (lists.size > limit && oldest !== undefined) lists.delete(oldest);
  return id;
}

function searchset(
  list: ResultList,
  matches: readonly StoredResource[],
  link: readonly { relation: string; url: string }[],
  baseUrl: string,
): JsonResource {
  const toEntry = (mode: "match" | "include") => (resource: StoredResource) => ({
    fullUrl: `${baseUrl}/${referenceTo(resource)}`,
    resource,
    search: { mode },
  });
  const entry = [...matches.map(toEntry("match")), ...list.included(matches).map(toEntry("include"))];
  // FHIR forbids empty arrays, so a page without entries has no `entry` at all.
  return {
    resourceType: "Bundle",
    id: randomUUID(),
    type: "searchset",
    total: list.matches.length,
    link,
    ...(entry.length > 0 && { entry }),
  };
}
