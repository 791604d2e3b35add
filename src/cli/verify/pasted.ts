/** A webhook as somebody kept it: headers and body of two files, or a whole request as it stood on the wire. */
import type { PastedRequest } from "../../core/signature/explain.ts";
import { usageError } from "../remote/failure.ts";

/** A header of a request, of `curl -v` (`> name: value`), or of a log that indents. */
const headerLine = /^[>\s]*([A-Za-z][A-Za-z0-9-]*)\s*:\s?(.*?)\s*$/u;

function fromJson(text: string): Readonly<Record<string, string>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    // Node keeps repeated headers as lists; ours come once.
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, Array.isArray(each) ? each.join(", ") : String(each)]),
    );
  } catch {
    return undefined;
  }
}

/** Headers as lines, or as a JSON object of names and values. Other lines, such as the request's first, are passed over. */
export function parseHeaders(text: string): Readonly<Record<string, string>> {
  const json = text.trimStart().startsWith("{") ? fromJson(text) : undefined;
  if (json !== undefined) return json;
  const found = text.split(/\r?\n/u).flatMap((line) => {
    const [, name, value] = headerLine.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  if (found.length === 0) throw usageError("There is no header in it: `name: value` lines, or a JSON object.");
  return Object.fromEntries(found);
}

/** Where the head ends and the body begins; what comes first counts. */
function splitAt(bytes: Buffer): { readonly end: number; readonly begin: number } | undefined {
  const ends = ["\r\n\r\n", "\n\n"].flatMap((mark) => {
    const end = bytes.indexOf(mark);
    return end === -1 ? [] : [{ end, begin: end + mark.length }];
  });
  return ends.toSorted((one, other) => one.end - other.end)[0];
}

/** A whole request: its body's bytes are taken as they are. Throws where no blank line ends the headers. */
export function parseRequest(bytes: Buffer): PastedRequest {
  const split = splitAt(bytes);
  if (split === undefined)
    throw usageError("No blank line ends the headers: give headers, a blank line, and the body.");
  return { headers: parseHeaders(bytes.toString("utf8", 0, split.end)), body: bytes.subarray(split.begin) };
}
