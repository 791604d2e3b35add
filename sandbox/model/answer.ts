/** The whole text of a completion, before it is cut into chunks. */
import { composeSentences } from "./compose.ts";
import type { ScriptedSentence } from "./compose.ts";
import { corruptSentences } from "./corrupt.ts";
import { isContentFault } from "./faults.ts";
import type { ModelFault } from "./faults.ts";
import type { PromptFact } from "./request.ts";

/** Size of the answer under `huge`: past any sane limit, small enough for a test. */
const HUGE_BYTES = 10 * 1024 * 1024;

/** Turns what an honest model would write into what this one writes. */
export type Spell = (honest: readonly ScriptedSentence[], facts: readonly PromptFact[]) => readonly ScriptedSentence[];

/** Deterministic: the same task, facts, seed, fault and spell give the same text. */
export function writeAnswer(
  facts: readonly PromptFact[],
  seed: number,
  fault: ModelFault | undefined,
  spell: Spell = (honest) => honest,
  task = "",
): string {
  const content = isContentFault(fault) ? fault : undefined;
  const honest = composeSentences(facts, seed, task);
  const sentences = spell(corruptSentences(honest, facts, content), facts);
  switch (fault) {
    case "empty":
      return "";
    case "malformed-json":
      return JSON.stringify({ sentences })
        .slice(0, -2)
        .replace(/"factIds"/u, "factIds");
    case "wrong-shape":
      return JSON.stringify({ summary: sentences.map(({ text }) => text).join(" ") });
    case "huge":
      return JSON.stringify({ sentences: [{ text: "word ".repeat(HUGE_BYTES / 5), factIds: [] }] });
    case "split-utf8":
      // Quotation marks of three bytes each give the cutter something to cut; the values stay as they are.
      return JSON.stringify({ sentences: sentences.map((s) => ({ ...s, text: `“${s.text}”` })) });
    default:
      return JSON.stringify({ sentences });
  }
}

/** Cuts a text into pieces of 3 to 14 characters, never inside a surrogate pair. */
export function cutIntoTokens(text: string, random: () => number): readonly string[] {
  const characters = Array.from(text);
  const tokens: string[] = [];
  for (let start = 0; start < characters.length;) {
    const size = 3 + Math.floor(random() * 12);
    tokens.push(characters.slice(start, start + size).join(""));
    start += size;
  }
  return tokens;
}

/** About four characters a token, as the usual tokenisers come out for English. */
export function countTokens(text: string): number {
  return Math.ceil(text.length / 4);
}
