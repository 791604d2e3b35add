/** The version of a resource in headers, and what a client may leave out because it has that version (R4 http, 3.1.0.1.2, 3.1.0.1.3). */
import type { FhirResource } from "fhir/r4.js";
import type { Request } from "express";
import type { FhirAnswer } from "./fhir-route.ts";

/** Version and time of a resource as R4 wants them in headers. */
export function versionHeaders(resource: FhirResource | undefined): Record<string, string> {
  const { versionId, lastUpdated } = resource?.meta ?? {};
  return {
    ...(versionId === undefined ? {} : { ETag: `W/"${versionId}"` }),
    ...(lastUpdated === undefined ? {} : { "Last-Modified": new Date(lastUpdated).toUTCString() }),
  };
}

/** A tag says it exactly; the time, to the second, counts only where no tag is given (RFC 9110, 13.1.3). */
export function isUnchanged(request: Request, { status, resource }: FhirAnswer): boolean {
  const { versionId, lastUpdated } = resource?.meta ?? {};
  if (!["GET", "HEAD"].includes(request.method) || status !== 200 || versionId === undefined) return false;
  const tags = request.get("if-none-match");
  if (tags !== undefined) return tags.split(",").some((tag) => tag.trim().replace(/^W\//u, "") === `"${versionId}"`);
  const since = Date.parse(request.get("if-modified-since") ?? "");
  return lastUpdated !== undefined && Math.floor(Date.parse(lastUpdated) / 1000) * 1000 <= since;
}
