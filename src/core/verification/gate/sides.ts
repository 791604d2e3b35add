/** A side or a degree belongs to what it stands beside: "chronic" lung disease bears out no "chronic" exacerbation. */
import type { CitedSentence, GateCheck } from "./check.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import type { Word } from "./words.ts";
import { stemsOf, wordsWithPlaces } from "./words.ts";

const opposites: Readonly<Record<string, string>> = { left: "right", right: "left" };
const clauseEnd = /[.;:](?=\s|$)/gu;
/** A side is told of one of the next two telling words, or of the one before where it ends its clause. */
const reach = 2;

const months = new Set("jan feb mar apr may jun jul aug sep oct nov dec".split(" "));
const isTelling = ({ text }: Word): boolean =>
  opposites[text] === undefined && !isNarrative(text) && text !== "sided" && !months.has(text.slice(0, 3));
/** "Of the left hip" goes on behind the side; "hip left showed" does not. */
const leadsOn = new Set(["of", "on", "the", "side", "sided", "and", "lower", "upper"]);

function neighbours(words: readonly Word[], at: number, end: number, most = reach): readonly string[] {
  const next = words[at + 1];
  const endsHere = next === undefined || (isNarrative(next.text) && !leadsOn.has(next.text));
  const behind = endsHere ? [] : words.slice(at + 1).filter((word) => word.start < end && isTelling(word));
  const near = behind.length > 0 ? behind.slice(0, most) : words.slice(0, at).filter(isTelling).slice(-1);
  return near.flatMap(({ stem }) => synonymStems(stem));
}

function clauseEndAfter(text: string, place: number): number {
  for (const { index } of text.matchAll(clauseEnd)) if (index >= place) return index;
  return text.length;
}

/** What a text tells of a side: the neighbours of each place where it names it. */
function told(side: string, text: string): readonly (readonly string[])[] {
  const words = wordsWithPlaces(text);
  return words.flatMap((word, at) =>
    word.text === side ? [neighbours(words, at, clauseEndAfter(text, word.start))] : [],
  );
}

/** Where no cited statement names the side in words (it stands in an element), it must be the only side there is. */
function isBorneOut(word: Word, at: number, { cited, words, text }: CitedSentence): boolean {
  const places = cited.flatMap(({ fact }) => told(word.text, `${fact.text}. ${fact.label}`));
  if (places.length === 0) return !cited.some(({ stems }) => stems.has(opposites[word.text] ?? ""));
  const near = neighbours(words, at, clauseEndAfter(text, word.start));
  return near.length === 0 || places.some((stems) => stems.some((stem) => near.includes(stem)));
}

/** Left and right stand beside the same word as in the evidence, where the evidence names both. */
export const keepsSides: GateCheck = (sentence) =>
  sentence.words.flatMap((word, at) =>
    opposites[word.text] === undefined ||
    !sentence.values.some(({ kind, span }) => kind === "laterality" && span.start === word.start) ||
    isBorneOut(word, at, sentence)
      ? []
      : [{ kind: "mispaired", value: word.text, span: { start: word.start, end: word.end } }],
  );

const degrees = new Set(
  "acute chronic mild moderate severe massive large small complete partial new recurrent residual primary secondary".split(
    " ",
  ),
);

/** "Chronic kidney injury" out of a chronic kidney disease and an acute injury: what stands in a row is one record's. */
function isWhole(
  degree: Word,
  at: number,
  words: readonly Word[],
  text: string,
  cited: CitedSentence["cited"],
): boolean {
  const row: string[] = [];
  let end = degree.end;
  for (const word of words.slice(at + 1)) {
    if (!/^[\s-]$/u.test(text.slice(end, word.start)) || !isTelling(word)) break;
    row.push(word.stem);
    end = word.end;
  }
  if (row.length < rowLength) return true;
  const holding = cited.filter(({ stems }) => stems.has(degree.stem));
  return (
    holding.length === 0 ||
    holding.some(({ stems }) => row.every((stem) => synonymStems(stem).some((same) => stems.has(same))))
  );
}

/** A degree and two words behind it are a name; one word is judged by its neighbours. */
const rowLength = 2;

/** A degree that the cited statements name stands in front of the same word as there. */
export const keepsDegrees: GateCheck = ({ cited, words, text }) =>
  words.flatMap((word, at) => {
    if (!degrees.has(word.text)) return [];
    const places = cited.flatMap(({ fact }) => told(word.text, `${fact.text}. ${fact.label}`));
    const near = neighbours(words, at, clauseEndAfter(text, word.start), 1);
    const holds =
      places.length === 0 || near.length === 0 || places.some((stems) => stems.some((stem) => near.includes(stem)));
    return holds && isWhole(word, at, words, text, cited)
      ? []
      : [{ kind: "mispaired", value: word.text, span: { start: word.start, end: word.end } }];
  });

const bothOf =
  /\bboth\s+(?:the\s+)?(?<what>(?:\p{L}+\s+){0,2}?\p{L}+s)\s+(?:was|were|is|are|had|has|have|show\p{L}*|remain\p{L}*)\b/giu;
const saysBoth = /\b(?:both|bilateral\p{L}*|each|two)\b/iu;

/** "Both veins were open" beside one that is closed: of two sides a record speaks that names them so, with the same word. */
export const keepsBoth: GateCheck = ({ text, facts }) =>
  [...text.matchAll(bothOf)]
    .filter(({ groups = {} }) => {
      const stems = stemsOf(groups["what"] ?? "").filter((stem) => !isNarrative(stem));
      const phrases = facts.flatMap((fact) => fact.text.split(/[.;:,]/u)).filter((phrase) => saysBoth.test(phrase));
      // "US leg veins both sides" names the study: what it found stands behind it.
      return !phrases.some((phrase) => stems.every((stem) => stemsOf(phrase).includes(stem)));
    })
    .map(({ 0: value, index }) => ({ kind: "mispaired", value, span: { start: index, end: index + value.length } }));
