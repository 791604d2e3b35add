/** What a person can read or hear on a page, and whether it is said in the page's language. */
import type { Page } from "playwright-core";
import { texts as card } from "../../src/pages/browser/card-texts.de.js";
import { texts as englishCard } from "../../src/pages/browser/card-texts.js";
import { texts as history } from "../../src/pages/browser/history-texts.de.js";
import { texts as englishHistory } from "../../src/pages/browser/history-texts.js";
import { texts as launch } from "../../src/pages/browser/launch-texts.de.js";
import { texts as englishLaunch } from "../../src/pages/browser/launch-texts.js";
import { texts as page } from "../../src/pages/browser/texts.de.js";
import { texts as englishPage } from "../../src/pages/browser/texts.js";
import { catalogue } from "../../src/core/language/wording.ts";
import { codes } from "../../src/core/language/german/codes.ts";
import { german as germanCard } from "../../src/core/model-card/german.ts";
import { english as englishModelCard } from "../../src/core/model-card/english.ts";

/** Stands for a value; nothing of ours holds it. */
const hole = "\u0001";

/** Every place a hole, every count one or many. */
const places = (count: number): object =>
  new Proxy({}, { get: (_target, name) => (name === "count" || name === "added" ? count : hole) });

/** All texts of a catalogue, functions called with holes. */
function textsIn(node: unknown): readonly string[] {
  if (typeof node === "string") return [node];
  if (typeof node === "function")
    return [1, 2, 0].map((count) => String(Reflect.apply(node, undefined, [places(count)])));
  if (typeof node !== "object" || node === null) return [];
  return Object.values(node).flatMap(textsIn);
}

const ofPage = /^(?:page|banner|launch|limit|change|heading|document|section|type|unread|flag|lookedFor)\./u;
const serverTexts = (language: "en" | "de"): readonly string[] =>
  Object.entries(catalogue[language])
    .filter(([key]) => ofPage.test(key))
    .flatMap(([, text]) => text.split(/[[\]]|\{[a-zA-Z]+\}/u).concat(text.replaceAll(/\{[a-zA-Z]+\}/gu, hole)));

const germanTexts: readonly string[] = [
  ...[page, launch, card, history, germanCard].flatMap(textsIn),
  ...serverTexts("de"),
  ...codes.values(),
];
const englishTexts: readonly string[] = [
  ...[englishPage, englishLaunch, englishCard, englishHistory, englishModelCard].flatMap(textsIn),
  ...serverTexts("en"),
];

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}{2,}/gu) ?? [];
const germanWords = new Set(germanTexts.flatMap(wordsOf));
/** Words of the English catalogue that no German text holds. */
export const englishOnly: ReadonlySet<string> = new Set(
  englishTexts.flatMap(wordsOf).filter((word) => !germanWords.has(word)),
);

const letters = (text: string): number => (text.match(/\p{L}/gu) ?? []).length;

const quote = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/gu, String.raw`\$&`);

/** A text of the catalogue as a pattern: places hold anything, counts any number. */
const patternOf = (text: string): RegExp => {
  const literal = text.split(hole).map((part) => quote(part).replaceAll(/\b[012]\b/gu, String.raw`\d+`));
  return new RegExp(`^${literal.join(String.raw`[\s\S]+?`)}$`, "u");
};
const patterns: readonly RegExp[] = [...new Set(germanTexts.map((text) => text.trim()))]
  // What is hardly more than its places would let everything through.
  .filter((text) => letters(text) >= 3)
  .map(patternOf);

/** Between texts that the page puts in a row, and around what it sets apart. */
const seams = [" \u00B7 ", "; ", ": ", ", ", " ("];
const edges = /^[(\u201E]|[)\u201C:.]+$/gu;

/**
 * True for a text of the catalogue, for the hospital's own data, and for a row of such ("geb. 03.02.1950 · weiblich").
 * @param isData whether a text is the chart's, the hospital's or a person's own
 */
export function isGerman(text: string, isData: (text: string) => boolean): boolean {
  const said = text.trim();
  if (letters(said) === 0 || isData(said) || patterns.some((pattern) => pattern.test(said))) return true;
  const bare = said.replaceAll(edges, "");
  if (bare !== said && isGerman(bare, isData)) return true;
  const rows = [...seams.map((seam) => said.split(seam)), said.split(/(?<=[.?]) (?=\p{Lu})/u)];
  return rows.some((parts) => parts.length > 1 && parts.every((part) => isGerman(part, isData)));
}

/** Runs in the page. Fields' contents are a person's own; the window's title stands in the document's head. */
const collect = `(() => {
  const texts = [];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode())
    if (node instanceof Text) {
      if (!["SCRIPT", "STYLE", "NOSCRIPT", "TEXTAREA"].includes(node.parentElement.tagName)) texts.push(node.data);
    } else
      for (const name of ["aria-label", "aria-description", "title", "placeholder", "alt"])
        texts.push(node.getAttribute(name) ?? "");
  return texts.map((text) => text.trim()).filter((text) => text !== "");
})()`;

/** Every text that is seen or read aloud: text nodes, names of elements, the window's title. */
export const readable = (on: Page): Promise<readonly string[]> => on.evaluate<readonly string[]>(collect);
