/**
 * Texts with places to fill: `Admitted on {date}[ to {service}]`. What stands in brackets is printed only where every value in
 * it is given. A whole sentence is one text, so that another language may order its parts as its grammar wants.
 */

/** What is left of a text without its bracketed parts. */
type Bare<T extends string> = T extends `${infer Before}[${string}]${infer After}` ? `${Before}${Bare<After>}` : T;

/** Names of the places in a text. */
export type Places<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Places<Rest> : never;

/** The values that a text takes: those of bracketed places may be absent. */
export type Values<T extends string> = { readonly [Name in Places<Bare<T>>]: string } & {
  readonly [Name in Exclude<Places<T>, Places<Bare<T>>>]?: string | undefined;
};

type Part = { readonly literal: string } | { readonly place: string };

interface Piece {
  readonly optional: boolean;
  readonly parts: readonly Part[];
}

const optionalPart = /^\[[^\]]*\{[^\]]*\]$/u;

const parsed = new Map<string, readonly Piece[]>();

function partsOf(text: string): readonly Part[] {
  return text
    .split(/(\{[a-z][A-Za-z0-9]*\})/u)
    .filter((part) => part !== "")
    .map((part) => (part.startsWith("{") && part.endsWith("}") ? { place: part.slice(1, -1) } : { literal: part }));
}

function piecesOf(text: string): readonly Piece[] {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const pieces = text
    // Brackets without a place are brackets.
    .split(/(\[[^\]]*\{[^\]]*\])/u)
    .filter((piece) => piece !== "")
    .map((piece) => ({
      optional: optionalPart.test(piece),
      parts: partsOf(optionalPart.test(piece) ? piece.slice(1, -1) : piece),
    }));
  parsed.set(text, pieces);
  return pieces;
}

/** Names of the places in a text, at run time, each once and in order. */
export function placesOf(text: string): readonly string[] {
  return [
    ...new Set(piecesOf(text).flatMap(({ parts }) => parts.flatMap((part) => ("place" in part ? [part.place] : [])))),
  ];
}

/** Names of the places outside brackets: without a value for each the text says nothing whole. */
export function requiredPlacesOf(text: string): readonly string[] {
  const needed = piecesOf(text).filter(({ optional }) => !optional);
  return [...new Set(needed.flatMap(({ parts }) => parts.flatMap((part) => ("place" in part ? [part.place] : []))))];
}

/** `text` with its places filled. Values are printed as they are: one that looks like a place is none. */
export function fill(text: string, values: Readonly<Record<string, string | undefined>>): string {
  let printed = "";
  for (const { optional, parts } of piecesOf(text)) {
    const missing = parts.some((part) => "place" in part && values[part.place] === undefined);
    if (optional && missing) continue;
    for (const part of parts) printed += "literal" in part ? part.literal : (values[part.place] ?? "");
  }
  return printed;
}
