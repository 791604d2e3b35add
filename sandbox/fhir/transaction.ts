import { badRequest, refuse } from "./outcome.ts";
import { isObject, isResource, referenceTo, rewriteReferences } from "./resource.ts";
import type { JsonResource, StoredResource } from "./resource.ts";

/** Looks up what a conditional `Type?query` means to the caller. */
export type ConditionalLookup = (type: string, query: string) => readonly StoredResource[];

/**
 * Prepares a transaction for the library's processor, which stores conditional references as they are and refuses more
 * than eight conditional creates: both are resolved here, under the same lock that the writes run in.
 *
 * - a conditional reference (`Practitioner?identifier=...`) must match exactly one resource, else 412 (http.html#transaction)
 * - an entry with `ifNoneExist` that matches one becomes a read of it, and references to the entry point there
 *
 * @returns a bundle of the same length and order
 */
export function prepareTransaction(bundle: JsonResource, lookup: ConditionalLookup): JsonResource {
  const entries = Array.isArray(bundle["entry"]) ? bundle["entry"].filter(isObject) : [];
  const existing = new Map<string, string>();
  const prepared = entries.map((entry, at) => resolveConditionalCreate(entry, at, lookup, existing));
  const rewrite = (reference: string): string =>
    existing.get(reference) ?? resolveConditionalReference(reference, lookup) ?? reference;
  return { ...bundle, entry: prepared.map((entry) => rewriteEntry(entry, rewrite)) };
}

function rewriteEntry(entry: Record<string, unknown>, rewrite: (reference: string) => string): Record<string, unknown> {
  return "resource" in entry ? { ...entry, resource: rewriteReferences(entry["resource"], rewrite) } : entry;
}

function resolveConditionalCreate(
  entry: Record<string, unknown>,
  at: number,
  lookup: ConditionalLookup,
  existing: Map<string, string>,
): Record<string, unknown> {
  const request = isObject(entry["request"]) ? entry["request"] : {};
  const { resource } = entry;
  if (request["method"] !== "POST" || typeof request["ifNoneExist"] !== "string" || !isResource(resource)) return entry;
  const { ifNoneExist, ...unconditional } = request;
  const [found, second] = lookup(resource.resourceType, ifNoneExist);
  if (second) throw refuse(412, "multiple-matches", `ifNoneExist of entry ${at} matches several resources`);
  if (!found) return { ...entry, request: unconditional };
  if (typeof entry["fullUrl"] === "string") existing.set(entry["fullUrl"], referenceTo(found));
  return { fullUrl: entry["fullUrl"], request: { method: "GET", url: referenceTo(found) } };
}

const conditional = /^([A-Z][A-Za-z]+)\?(.+)$/u;

function resolveConditionalReference(reference: string, lookup: ConditionalLookup): string | undefined {
  const [, type, query] = conditional.exec(reference) ?? [];
  if (!type || !query) return undefined;
  const found = lookup(type, query);
  if (found.length !== 1) {
    throw refuse(412, "processing", `The conditional reference to ${type} matches ${found.length} resources, not one`);
  }
  return found.map(referenceTo)[0];
}

/** Completes the library's answer: every entry with a resource tells its version, time and place (bundle.html#response). */
export function completeResponse(response: JsonResource, baseUrl: string): JsonResource {
  const entries = Array.isArray(response["entry"]) ? response["entry"].filter(isObject) : [];
  return { ...response, entry: entries.map((entry) => completeEntry(entry, baseUrl)) };
}

function completeEntry(entry: Record<string, unknown>, baseUrl: string): Record<string, unknown> {
  const { resource, response } = entry;
  const meta = isResource(resource) && isObject(resource["meta"]) ? resource["meta"] : undefined;
  if (!isResource(resource) || !resource.id || !meta || resource.resourceType === "Bundle") return entry;
  const place = `${referenceTo({ resourceType: resource.resourceType, id: resource.id })}/_history/${String(meta["versionId"])}`;
  return {
    fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id}`,
    resource,
    response: {
      ...(isObject(response) && { status: response["status"] }),
      location: place,
      etag: `W/"${String(meta["versionId"])}"`,
      lastModified: meta["lastUpdated"],
    },
  };
}

/** @throws FhirError 400 unless every entry is a write or read of a resource on this server */
export function requireBundleEntries(bundle: JsonResource): void {
  const entries = bundle["entry"];
  if (!Array.isArray(entries) || entries.length === 0) throw badRequest("The Bundle has no entries", "Bundle.entry");
  for (const [at, entry] of entries.entries()) {
    const request = isObject(entry) && isObject(entry["request"]) ? entry["request"] : undefined;
    if (typeof request?.["method"] !== "string" || typeof request["url"] !== "string") {
      throw badRequest("A Bundle entry needs request.method and request.url", `Bundle.entry[${at}].request`);
    }
  }
}
