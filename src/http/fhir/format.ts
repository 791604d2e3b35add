/** How answers are written: the format that was asked for, indented where that was, and packed where the client unpacks. */
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Request, Response } from "express";
import { AdapterError } from "../../core/errors.ts";
import { negotiate } from "../accept.ts";

const formats = ["application/fhir+json", "application/json"] as const;

/** Another version of FHIR than R4 is another format (R4 http, 3.1.0.1.12): what asks for it is not met by ours. */
function withoutOtherVersions(accept: string): string {
  const ranges = accept.split(",");
  const ours = ranges.filter((range) => /;\s*fhirversion\s*=\s*"?(?!4\.0)/iu.exec(range) === null);
  return ranges.length > 0 && ours.length === 0 ? "application/x-other-version" : ours.join(",");
}

/** Parameters of the address. */
export function queryOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, "http://adapter.invalid").searchParams;
}

/**
 * JSON is all there is. `_format` goes before Accept and knows short names (R4 http, 3.1.0.1.11).
 * Throws 406 for anything else.
 */
export function checkFormat(request: Request): void {
  // A `+` that was not escaped arrives as a space.
  const asked = queryOf(request).get("_format")?.replace(" ", "+");
  if (asked === undefined || asked === "") {
    const accept = request.get("accept");
    negotiate(accept === undefined ? undefined : withoutOtherVersions(accept), formats);
    return;
  }
  const type = withoutOtherVersions(asked).split(";")[0]?.trim().toLowerCase();
  if (type === "json" || formats.some((format) => format === type)) return;
  throw new AdapterError("rendering_unavailable", {
    at: "_format",
    message: `JSON is the only format here: ${formats.join(", ")}, or json.`,
  });
}

const pack = promisify(gzip);
/** What is smaller goes in one packet as it is. */
const LEAST_TO_PACK = 1400;

/** `gzip`, or anything, and not with a weight of nothing (RFC 9110, 12.5.3). */
function takesGzip(request: Request): boolean {
  const codings = (request.get("accept-encoding") ?? "").toLowerCase().split(",");
  return codings.some((coding) => {
    const [name, weight = ""] = coding.split(";").map((part) => part.trim());
    return (name === "gzip" || name === "*") && !/^q=0(?:\.0*)?$/u.test(weight);
  });
}

/** Sends a resource as JSON. `_pretty=true` indents it (R4 http, 3.1.0.1.10). */
export async function sendJson(request: Request, response: Response, type: string, resource: unknown): Promise<void> {
  const indent = queryOf(request).get("_pretty") === "true" ? 2 : undefined;
  const text = Buffer.from(JSON.stringify(resource, null, indent));
  response.set({ "Content-Type": type, Vary: "Accept, Accept-Encoding" });
  if (text.length < LEAST_TO_PACK || !takesGzip(request)) {
    response.set("Content-Length", String(text.length)).end(text);
    return;
  }
  const packed = await pack(text);
  response.set({ "Content-Encoding": "gzip", "Content-Length": String(packed.length) }).end(packed);
}
