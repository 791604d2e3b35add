/** The strong ETag of a summary, and what If-Match demands of it (RFC 9110, section 13.1.1). */
import { AdapterError } from "../core/errors.ts";
import type { IfMatch } from "./jobs.ts";

/** `"<version>.<revision>"`, quotes included. */
export function summaryEtag(version: number, revision: number): string {
  return `"${version}.${revision}"`;
}

/** Throws 428 without If-Match and 412 when none of its tags is the present one. Weak tags never match a strong one. */
export function requireMatch(ifMatch: IfMatch, version: number, revision: number): void {
  if (ifMatch === undefined || ifMatch.trim() === "")
    throw new AdapterError("precondition_required", { at: "If-Match" });
  const tags = new Set(ifMatch.split(",").map((tag) => tag.trim()));
  if (tags.has("*") || tags.has(summaryEtag(version, revision))) return;
  throw new AdapterError("precondition_failed", { at: "If-Match" });
}
