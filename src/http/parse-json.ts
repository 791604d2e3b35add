/** Strict JSON from bytes: UTF-8 without a byte order mark, bounded depth, no member twice, none that can reach a prototype. */
import { AdapterError } from "../core/errors.ts";

/** FHIR resources nest to a few dozen; far more only serves to exhaust a stack further on. */
const MAX_DEPTH = 200;

/**
 * @throws AdapterError `request_malformed`. The parser's message is not passed on: it quotes the text it failed on.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  const { depth, members } = shapeOf(text);
  if (depth > MAX_DEPTH) throw malformed("The JSON is nested too deeply.");
  const value = parse(text);
  // Of a member that is given twice the parser keeps the last, and another reader the first (RFC 8259, 4).
  if (membersOf(value) !== members) throw malformed("A member is given twice in one object.");
  return value;
}

const malformed = (message: string): AdapterError => new AdapterError("request_malformed", { message });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("The body is not well-formed JSON.");
  }
}

function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.startsWith("\uFEFF")) return text;
  } catch {
    throw malformed("The body is not UTF-8.");
  }
  throw malformed("A byte order mark is not allowed in JSON (RFC 8259, 8.1).");
}

/** How many members all objects have together. An own `__proto__` is harmless until somebody assigns it onward: refused. */
function membersOf(value: unknown): number {
  let members = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== "object" || next === null) continue;
    if (Array.isArray(next)) {
      for (const item of next) if (typeof item === "object") open.push(item);
      continue;
    }
    for (const [key, member] of Object.entries(next)) {
      if (key === "__proto__") throw malformed("A member is named __proto__.");
      members += 1;
      if (typeof member === "object") open.push(member);
    }
  }
  return members;
}

/** Deepest nesting of brackets and number of members as written, without building anything. */
function shapeOf(text: string): { depth: number; members: number } {
  let depth = 0;
  let deepest = 0;
  let members = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0x22) index = endOfString(text, index);
    else if (unit === 0x3a) members += 1;
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (unit === 0x7d || unit === 0x5d) depth -= 1;
  }
  return { depth: deepest, members };
}

/** Index of the quote that ends the string which starts at `start`; the text's length where none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return text.length;
}
