/** A strict reader of narratives: it knows the few elements we write and refuses everything else. */

const allowed = new Set(["div", "p", "ul", "li", "strong", "em", "br"]);
const opening = '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="LANG" lang="LANG">';
const language = /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/u;

/** Tags without attributes, or character data in which `<` and `&` are escaped and every character is XML 1.0. */
const token =
  /<(?<close>\/)?(?<name>[a-z]+)(?<empty> \/)?>|(?<text>(?:(?!\p{Cc})[^<>&\uD800-\uDFFF\uFFFE\uFFFF]|[\t\n]|&(?:amp|lt|gt|quot|#39);)+)/uy;

/** Length of the root's start tag, or undefined where it is not exactly ours. */
function rootLength(xhtml: string): number | undefined {
  const lang = /^<div xmlns="[^"]*" xml:lang="([^"]*)"/u.exec(xhtml)?.[1] ?? "";
  const expected = opening.replaceAll("LANG", lang);
  return language.test(lang) && xhtml.startsWith(expected) ? expected.length : undefined;
}

/** Applies one tag to the stack of open elements; false where it does not fit. */
function applyTag(stack: string[], { close, name = "", empty }: Record<string, string | undefined>): boolean {
  if (!allowed.has(name)) return false;
  if (empty !== undefined) return close === undefined && name === "br";
  if (close === undefined) return name !== "br" && name !== "div" && stack.push(name) > 0;
  return stack.pop() === name;
}

/** True for a well-formed `div` of the allowed elements without attributes, script, comment, entity or control character. */
export function isAllowedNarrative(xhtml: string): boolean {
  const start = rootLength(xhtml);
  if (start === undefined) return false;
  const stack = ["div"];
  token.lastIndex = start;
  while (token.lastIndex < xhtml.length) {
    if (stack.length === 0) return false;
    const match = token.exec(xhtml);
    if (match === null) return false;
    const groups = match.groups ?? {};
    if (groups["text"] === undefined && !applyTag(stack, groups)) return false;
  }
  return stack.length === 0;
}
