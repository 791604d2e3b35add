/** Strict JSON from bytes: UTF-8 without a byte order mark, bounded depth, no key that can reach a prototype. */
import { AdapterError } from "../core/errors.ts";

/** FHIR resources nest to a few dozen; far more only serves to exhaust a stack further on. */
const MAX_DEPTH = 200;

/**
 * @throws AdapterError `request_malformed`. The parser's message is not passed on: it quotes the text it failed on.
 */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  if (depthOf(text) > MAX_DEPTH)
    throw new AdapterError("request_malformed", { message: "The JSON is nested too deeply." });
  try {
    // A reviver costs time on large prefetches, so it runs only where such a key can be.
    return /"__proto__"|\\u00/iu.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text);
  } catch {
    throw new AdapterError("request_malformed", { message: "The body is not well-formed JSON." });
  }
}

function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    if (!text.startsWith("\uFEFF")) return text;
  } catch {
    throw new AdapterError("request_malformed", { message: "The body is not UTF-8." });
  }
  throw new AdapterError("request_malformed", { message: "A byte order mark is not allowed in JSON (RFC 8259, 8.1)." });
}

/** An own `__proto__` member is harmless until somebody assigns it onward: it ends here. */
function withoutPrototype(this: unknown, key: string, value: unknown): unknown {
  return key === "__proto__" ? undefined : value;
}

/** Deepest nesting of brackets outside strings, without building anything. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit === 0x22) index = endOfString(text, index);
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (unit === 0x7d || unit === 0x5d) depth -= 1;
  }
  return deepest;
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
