/** The two faces of the document. PDF/A wants every glyph in the file, so the fonts come along with the adapter. */
import { createRequire } from "node:module";
import type { Font } from "fontkit";
import { openSync } from "fontkit";

const resolve = createRequire(import.meta.url).resolve;

interface Face {
  readonly path: string;
  readonly font: Font;
}

function face(file: string): Face {
  const path = resolve(`dejavu-fonts-ttf/ttf/${file}`);
  const font = openSync(path);
  if (!("hasGlyphForCodePoint" in font)) throw new Error(`${file} is a collection, not one font`);
  return { path, font };
}

/** DejaVu: Latin, Greek, Cyrillic and the arrows and signs of laboratory reports. */
export const regular = face("DejaVuSans.ttf");
export const bold = face("DejaVuSans-Bold.ttf");

const isKnown = (char: string): boolean => {
  const code = char.codePointAt(0) ?? 0;
  return char === "\n" || (regular.font.hasGlyphForCodePoint(code) && bold.font.hasGlyphForCodePoint(code));
};

const hex = (char: string): string => (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");

/**
 * The text with each character that the faces do not hold (Chinese, emoji) as its number, `[U+65E5]`: PDF/A allows no missing
 * glyph, and a character left out could be the one that mattered.
 */
export function printable(text: string): string {
  return Array.from(text, (char) => (isKnown(char) ? char : `[U+${hex(char)}]`)).join("");
}
