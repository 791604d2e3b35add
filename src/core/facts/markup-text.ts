/** Text out of markup: XHTML narratives, and notes that an EHR serves as HTML. */

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ensp: " ",
  emsp: " ",
  thinsp: " ",
  shy: "",
  deg: "°",
  micro: "µ",
  mu: "μ",
  plusmn: "±",
  le: "≤",
  ge: "≥",
  ne: "≠",
  times: "×",
  middot: "·",
  bull: "•",
  ndash: "–",
  mdash: "—",
  lsquo: "‘",
  rsquo: "’",
  ldquo: "“",
  rdquo: "”",
  bdquo: "„",
  hellip: "…",
  rarr: "→",
  uarr: "↑",
  darr: "↓",
  frac12: "½",
  frac14: "¼",
  frac34: "¾",
  sup2: "²",
  sup3: "³",
  alpha: "α",
  beta: "β",
  auml: "ä",
  ouml: "ö",
  uuml: "ü",
  Auml: "Ä",
  Ouml: "Ö",
  Uuml: "Ü",
  szlig: "ß",
  eacute: "é",
  egrave: "è",
  agrave: "à",
  ccedil: "ç",
  ntilde: "ñ",
};

function character(whole: string, name: string): string {
  const code = /^#x[\da-f]{1,6}$/iu.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
  if (!name.startsWith("#")) return entities[name] ?? whole;
  if (code === 160) return " ";
  return Number.isInteger(code) && code > 0 && code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
}

/** What a browser shows nobody: the head, scripts, styles, comments. Kept apart from the text, and looked at for what it hides. */
const unseen = /<!--[\s\S]*?(?:-->|$)|<(head|script|style|template)\b[^<>]*>[\s\S]*?(?:<\/\1\s*>|$)/giu;

/** The first tag holds the whole: a line is broken by what stands within it. */
function breaksLines(html: string): boolean {
  const inner = html.slice(html.indexOf(">") + 1);
  return /<(?:br|p|div|li|tr|h[1-6]|table)\b/iu.test(inner) && !/<pre\b|white-space:\s*pre/iu.test(html);
}

/** Marks where a block begins, until it is known whether its line has been broken already; a character of private use. */
const blockStart = "\uE000";

/**
 * Text of markup: blocks and breaks are lines, tags go, entities become characters. Line ends of the source are blanks, as a
 * browser shows them, unless they are all the lines there are.
 */
export function plainText(html: string): string {
  const seen = html.replaceAll(unseen, " ");
  const flowing = breaksLines(seen) ? seen.replaceAll(/\s+/gu, " ") : seen;
  return flowing
    .replaceAll(/<(?:p|div|li|tr|ul|ol|table|h\d|section|article|blockquote)\b[^<>]*>/giu, blockStart)
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/tr|\/h\d)[^<>]*>/giu, "\n")
    .replaceAll(/<\/t[dh]>/giu, " ")
    .replaceAll(/<[^<>]*>/gu, "")
    .replaceAll(/(?:\n[ \t]*)?(?:\uE000[ \t]*)+/gu, "\n")
    .replaceAll(/&(#?\w+);/gu, character)
    .replaceAll(/[ \t]+/gu, " ")
    .replaceAll(/ *\n */gu, "\n")
    .trim();
}

/** What markup says beside its text, where only a program looks: comments, scripts, and the values of attributes. */
export function wordsInMarkup(html: string): string {
  // Their words alone: every note that a program wrote has a style and a title, and no tag is an instruction.
  const hidden = [...html.matchAll(unseen)].map(([part]) => part.replaceAll(/^<!--|-->$|<\/?[a-z][^<>]*>/giu, " "));
  const attributes = [...html.matchAll(/<[a-z][^<>]*>/giu)].flatMap((tag) => [
    ...tag[0].matchAll(/\s[\w:-]+\s*=\s*(?:"(?<words>[^"]*)"|'(?<quoted>[^']*)')/gu),
  ]);
  const values = attributes.map(({ groups = {} }) => groups["words"] ?? groups["quoted"] ?? "");
  // A picture inside the page is as long as all else, and says nothing.
  return [...hidden, ...values.filter((value) => !value.startsWith("data:image/"))].join("\n");
}
