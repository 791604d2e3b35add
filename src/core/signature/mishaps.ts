/** What happens to bodies between the wire and whoever checks them. */

const mishaps: readonly { readonly what: string; readonly undo: (text: string) => string }[] = [
  { what: "white space was added at its end", undo: (text) => text.trimEnd() },
  { what: "its line ends were changed", undo: (text) => text.replaceAll("\r\n", "\n") },
  { what: "a byte order mark was put before it", undo: (text) => text.replace(/^\u{FEFF}/u, "") },
  { what: "something parsed it and rendered it with other white space", undo: (text) => compact(text) },
];

/** The JSON value of a text; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function compact(text: string): string {
  return JSON.stringify(parsedJson(text)) ?? text;
}

/**
 * The mishap without which the body would be right.
 * @param isRight whether a signature is the body's
 */
export function mishapOf(body: Uint8Array, isRight: (body: Uint8Array) => boolean): string | undefined {
  // Unlike toString, it leaves a byte order mark where it is.
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  return mishaps.find(({ undo }) => isRight(Buffer.from(undo(text))))?.what;
}
