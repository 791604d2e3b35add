/** Elements FHIR allows in a narrative (narrative.html#rules): formatting only, nothing active. */
const elements = new Set(
  (
    "a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img li ol p pre q " +
    "samp small span strong sub sup table tbody td tfoot th thead tr tt ul var"
  ).split(" "),
);

const tag = /<\s*(\/?)\s*([A-Za-z][\w:-]*)([^<>]*)>/gu;
const attribute = /([\w:-]+)\s*=\s*("[^"]*"|'[^']*')/gu;

/**
 * Looks for what must not be in a narrative: scripts, styles, forms, frames, event handlers, active links.
 *
 * @param div the XHTML of `text.div`
 * @returns what is wrong, or undefined
 */
export function narrativeProblem(div: string): string | undefined {
  if (!/^\s*<div[^>]*xmlns=["']http:\/\/www\.w3\.org\/1999\/xhtml["']/u.test(div)) return "not an XHTML div";
  if (/<!(?!--)|<\?/u.test(div)) return "a declaration or processing instruction";
  for (const [, , name = "", attributes = ""] of div.matchAll(tag)) {
    if (!elements.has(name.toLowerCase())) return `the element ${name}`;
    const problem = attributeProblem(attributes);
    if (problem) return problem;
  }
  return undefined;
}

function attributeProblem(attributes: string): string | undefined {
  for (const [, name = "", quoted = ""] of attributes.matchAll(attribute)) {
    if (/^on/iu.test(name)) return `the attribute ${name}`;
    const value = quoted.slice(1, -1).replaceAll(/\s/gu, "");
    if (/^(href|src)$/iu.test(name) && /^(javascript|vbscript|data:text)/iu.test(value)) return `the link ${name}`;
  }
  return undefined;
}
