/** Writes sentences from facts: what an honest model would answer, the same for the same seed. */
import type { PromptFact } from "./request.ts";
import { seededRandom } from "./random.ts";
import { introduce, narrate, plainly } from "./narrate.ts";

export interface ScriptedSentence {
  readonly text: string;
  readonly factIds: readonly string[];
}

/** More facts than this are thinned out: a hospital course is no list of everything. */
const MAX_FACTS = 24;
/** Fewer sentences are no course: then each fact is told as it is. */
const MIN_NARRATED = 3;

/**
 * Each sentence cites what it says; values are copied, never reworded. A task that asks for one sentence gets the first, one
 * that asks for plain words gets no numbers.
 */
export function composeSentences(
  facts: readonly PromptFact[],
  seed: number,
  task: string,
): readonly ScriptedSentence[] {
  const random = seededRandom(seed);
  if (/\bone sentence\b/u.test(task)) return introduce(facts);
  if (/\bplain words\b/u.test(task)) return plainly(facts);
  const narrated = narrate(facts, random);
  return narrated.length < MIN_NARRATED ? recite(thinOut(facts, random), random) : narrated;
}

/** In the order of the facts, some of them in pairs. */
function recite(facts: readonly PromptFact[], random: () => number): readonly ScriptedSentence[] {
  const sentences: ScriptedSentence[] = [];
  for (let index = 0; index < facts.length; index += 1) {
    const fact = facts[index];
    const next = facts[index + 1];
    if (fact === undefined) continue;
    if (next !== undefined && random() < 0.35) {
      sentences.push({ text: `${clause(fact.text)}; ${clause(next.text)}.`, factIds: [fact.id, next.id] });
      index += 1;
    } else sentences.push({ text: `${clause(fact.text)}.`, factIds: [fact.id] });
  }
  return sentences;
}

function thinOut(facts: readonly PromptFact[], random: () => number): readonly PromptFact[] {
  if (facts.length <= MAX_FACTS) return facts;
  const ranked = facts.map((fact, index) => ({ fact, index, rank: random() }));
  const kept = ranked.sort((a, b) => a.rank - b.rank).slice(0, MAX_FACTS);
  return kept.sort((a, b) => a.index - b.index).map(({ fact }) => fact);
}

function clause(text: string): string {
  return text.trim().replace(/[.;]+$/u, "");
}
