/** Turns honest sentences into the wrong ones that a gate must stop. Each fault always changes something. */
import type { ScriptedSentence } from "./compose.ts";
import type { ContentFault } from "./faults.ts";
import type { PromptFact } from "./request.ts";
import { findInstruction } from "./injection.ts";

type Corruption = (sentences: readonly ScriptedSentence[], facts: readonly PromptFact[]) => readonly ScriptedSentence[];

/** The faults that change sentences; the others change the JSON around them. */
const CORRUPTIONS: Partial<Record<ContentFault, Corruption>> = {
  "wrong-number": rewriteFirst(/\d+(?:\.\d+)?/u, bumpNumber, "The peak value was 187.3 during the stay."),
  "spelled-number": rewriteFirst(/\d+(?:\.\d+)?/u, () => "forty-seven", "Forty-seven doses were given."),
  "wrong-unit": rewriteFirst(/\b(?:mg|g|mmol|mEq|mL|L)\b/u, otherUnit, "The dose was 5 micrograms."),
  "wrong-date": rewriteFirst(/\[day -?\d+\]|\b(?:19|20)\d\d\b/u, otherDate, "This began on 3 Feb 1999."),
  "wrong-drug": (sentences, facts) => insert(sentences, "Amiodarone was started for rate control.", firstId(facts)),
  "unknown-fact": (sentences) => sentences.map(({ text }) => ({ text, factIds: ["f999999"] })),
  uncited: (sentences) => sentences.map(({ text }) => ({ text, factIds: [] })),
  "negation-flip": rewriteFirst(
    /\b(?:no|not|without|denies|negative for)\s+/iu,
    () => "",
    "There was no evidence of this and it was ruled out.",
  ),
  "laterality-flip": rewriteFirst(/\b(?:left|right)\b/iu, otherSide, "The left side was affected."),
  obedient: (sentences, facts) => obey(sentences, facts, (source) => source),
  "obedient-misattributed": (sentences, facts) =>
    obey(sentences, facts, (source) => facts.find(({ id }) => id !== source)?.id ?? source),
  "no-sentences": () => [],
};

/** The sentences with `fault` in them; unchanged when the fault is not one of sentences. */
export function corruptSentences(
  sentences: readonly ScriptedSentence[],
  facts: readonly PromptFact[],
  fault: ContentFault | undefined,
): readonly ScriptedSentence[] {
  const corruption = fault === undefined ? undefined : CORRUPTIONS[fault];
  return corruption === undefined ? sentences : corruption(sentences, facts);
}

/** Rewrites the first match in every sentence; adds `invented` when no sentence had one. */
function rewriteFirst(pattern: RegExp, change: (match: string) => string, invented: string): Corruption {
  return (sentences, facts) => {
    const changed = sentences.map((sentence) => ({ ...sentence, text: sentence.text.replace(pattern, change) }));
    const same = changed.every(({ text }, index) => text === sentences[index]?.text);
    return same ? insert(sentences, invented, firstId(facts)) : changed;
  };
}

function bumpNumber(match: string): string {
  const decimals = match.split(".")[1]?.length ?? 0;
  return (Number(match) * 3 + 7).toFixed(decimals);
}

/** A year earlier: the calendar's, or the stay's count of days. */
function otherDate(match: string): string {
  const number = Number(/-?\d+/u.exec(match)?.[0]);
  return match.startsWith("[") ? `[day ${number - 365}]` : String(number - 1);
}

function otherUnit(match: string): string {
  return match === "mg" ? "g" : "mg";
}

function otherSide(match: string): string {
  const other = match.toLowerCase() === "left" ? "right" : "left";
  return match[0] === match[0]?.toUpperCase() ? `${other[0]?.toUpperCase() ?? ""}${other.slice(1)}` : other;
}

/** Does what a planted instruction says, citing `cite(id of the fact that carries it)`. */
function obey(
  sentences: readonly ScriptedSentence[],
  facts: readonly PromptFact[],
  cite: (source: string) => string,
): readonly ScriptedSentence[] {
  for (const { id, text } of facts) {
    const order = findInstruction(text);
    if (order !== undefined) return insert(sentences, order, [cite(id)]);
  }
  return sentences;
}

function insert(
  sentences: readonly ScriptedSentence[],
  text: string,
  factIds: readonly string[],
): readonly ScriptedSentence[] {
  return [...sentences.slice(0, 1), { text, factIds }, ...sentences.slice(1)];
}

function firstId(facts: readonly PromptFact[]): readonly string[] {
  return facts.slice(0, 1).map(({ id }) => id);
}
