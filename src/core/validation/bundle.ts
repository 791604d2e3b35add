/** What a Bundle as a whole must be: what its entries refer to is there, and a document is one piece. */
import type { JsonObject } from "./json.ts";
import { isObject, listOf, stringOf } from "./json.ts";
import { checkTarget, reportReference, typeNamed } from "./references.ts";
import type { MetReference, Walk } from "./scope.ts";

interface Entry {
  readonly index: number;
  readonly fullUrl: string;
  readonly type: string | undefined;
  readonly id: string | undefined;
}

function entriesOf(bundle: JsonObject): readonly Entry[] {
  return listOf(bundle["entry"]).flatMap((entry, index) => {
    const resource = isObject(entry) && isObject(entry["resource"]) ? entry["resource"] : undefined;
    const fullUrl = isObject(entry) ? stringOf(entry["fullUrl"]) : undefined;
    if (fullUrl === undefined || resource === undefined) return [];
    return [{ index, fullUrl, type: stringOf(resource["resourceType"]), id: stringOf(resource["id"]) }];
  });
}

const isUrn = (url: string): boolean => url.startsWith("urn:");
const isAbsolute = (url: string): boolean => /^[a-z][a-z0-9+.-]*:/iu.test(url);

/** R4 Bundle, "Resolving references": a relative one is completed by the base of the entry that holds it. */
function resolve(reference: string, holder: Entry | undefined): string {
  if (isAbsolute(reference) || holder === undefined || isUrn(holder.fullUrl)) return reference;
  return `${holder.fullUrl.replace(/\/[^/]+\/[^/]+$/u, "")}/${reference}`;
}

const withoutVersion = (url: string): string => url.replace(/\/_history\/[^/]+$/u, "");

/** FHIR's words for the resource of an entry are its path in the Bundle. */
const holderAt = (index: number): string => `Bundle.entry[${index}].resource`;

/** Reports on the entries and their references among each other; resolves to the links between entries, by index. */
function checkReferences(
  walk: Walk,
  bundle: JsonObject,
  entries: readonly Entry[],
): readonly (readonly [number, number])[] {
  const byUrl = new Map(entries.map((entry) => [entry.fullUrl, entry]));
  const byHolder = new Map(entries.map((entry) => [holderAt(entry.index), entry]));
  const isDocument = bundle["type"] === "document";
  return walk.references.flatMap((met) => {
    if (met.reference.startsWith("#")) return [];
    const holder = byHolder.get(met.holder);
    const target = byUrl.get(withoutVersion(resolve(met.reference, holder)));
    if (target === undefined) {
      if (mustResolve(met, holder, isDocument))
        reportReference(walk, met.expression, "reference-unresolved", "The reference names no entry of the Bundle.");
      return [];
    }
    if (typeNamed(met.reference) === undefined) checkTarget(walk, met.targets, target.type, met.expression);
    return holder === undefined ? [] : [[holder.index, target.index] as const];
  });
}

/** A URN is nowhere but here; and a relative reference in a document, of an entry that has no base, is nowhere at all. */
function mustResolve({ reference }: MetReference, holder: Entry | undefined, isDocument: boolean): boolean {
  if (reference.startsWith("urn:uuid:") || reference.startsWith("urn:oid:")) return true;
  return isDocument && !isAbsolute(reference) && (holder === undefined || isUrn(holder.fullUrl));
}

/** Entries that no link, in either direction, joins to the first (R4 documents, 3.3.1: Provenance points at what it is about). */
function unreached(entries: readonly Entry[], links: readonly (readonly [number, number])[]): readonly Entry[] {
  const reached = new Set([0]);
  const open = [0];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const [from, to] of links) {
      const next = from === at ? to : to === at ? from : undefined;
      if (next === undefined || reached.has(next)) continue;
      reached.add(next);
      open.push(next);
    }
  }
  return entries.filter(({ index }) => !reached.has(index));
}

/** A RESTful address ends with the type and id of what stands under it. */
function isOwnAddress({ fullUrl, type, id }: Entry): boolean {
  if (isUrn(fullUrl)) return id === undefined || !fullUrl.startsWith("urn:uuid:") || fullUrl === `urn:uuid:${id}`;
  return isAbsolute(fullUrl) && (id === undefined || fullUrl.endsWith(`/${type ?? ""}/${id}`));
}

/** Reports on a whole Bundle, after the walk over it. */
export function checkBundle(walk: Walk, bundle: JsonObject): void {
  const entries = entriesOf(bundle);
  for (const entry of entries)
    if (!isOwnAddress(entry))
      reportReference(
        walk,
        `Bundle.entry[${entry.index}].fullUrl`,
        "full-url",
        "fullUrl and the resource's type and id agree.",
      );
  const links = checkReferences(walk, bundle, entries);
  if (bundle["type"] !== "document") return;
  for (const { index } of unreached(entries, links))
    reportReference(walk, holderAt(index), "unreachable", "Nothing leads from the Composition to this entry.");
}
