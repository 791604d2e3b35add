/** The strong ETag of a summary, and what If-Match demands of it (RFC 9110, section 13.1.1). */
import { AdapterError } from "../core/errors.ts";
import type { IfMatch } from "./jobs.ts";

/** `"<version>.<revision>"`, quotes included. */
export function summaryEtag(version: number, revision: number): string {
  return `"${version}.${revision}"`;
}

/**
 * Throws 428 without If-Match, 412 when none of its tags is the present one (weak tags never match a strong one), and 400 for
 * `*`: who acts on a summary must say which text was read, or a colleague's edit is signed unseen.
 */
export function requireMatch(ifMatch: IfMatch, version: number, revision: number): void {
  if (ifMatch === undefined || ifMatch.trim() === "")
    throw new AdapterError("precondition_required", { at: "If-Match" });
  // A recall changes what is shown of a text, not the text.
  const tags = new Set(ifMatch.split(",").map((tag) => tag.trim().replace(/-recalled\d+"$/u, '"')));
  if (tags.has("*"))
    throw new AdapterError("parameter_invalid", {
      at: "If-Match",
      message: "A value is not allowed: expected the ETag of the version that was read.",
    });
  if (tags.has(summaryEtag(version, revision))) return;
  throw new AdapterError("precondition_failed", { at: "If-Match" });
}
