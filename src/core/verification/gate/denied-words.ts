/** What a cited text denies, a sentence may only deny: "no thrombus" bears out no thrombus that was seen. */
import type { Fact } from "../../chart/facts.ts";
import { negations } from "../cues.ts";
import type { GateCheck, GateFailure } from "./check.ts";
import { isNarrative } from "./narrative-words.ts";
import { wordsWithPlaces } from "./words.ts";

const scopeEnd = /[.,;:](?=\s|$)|\b(?:but|however|although|while|on|at)\b/u;

interface Told {
  readonly affirmed: ReadonlySet<string>;
  readonly denied: ReadonlySet<string>;
}

/** Stems of a text on either side of its denials; a denial reaches to the next comma or place. */
function readDenials(text: string): Told {
  // "Ruled out" stands behind what it denies; only a cue in front reaches over the words that follow.
  const leading = negations(text).filter((cue) => cue.kind === "negation" && cue.key.startsWith("not:"));
  const scopes = leading.map(({ span }) => {
    const length = text.slice(span.end).search(scopeEnd);
    return { start: span.end, end: length === -1 ? text.length : span.end + length };
  });
  const telling = wordsWithPlaces(text).filter((word) => !isNarrative(word.text));
  const isDenied = ({ start }: { start: number }): boolean =>
    scopes.some((scope) => start >= scope.start && start < scope.end);
  return {
    affirmed: new Set(telling.filter((word) => !isDenied(word)).map(({ stem }) => stem)),
    denied: new Set(telling.filter(isDenied).map(({ stem }) => stem)),
  };
}

const readFacts = new WeakMap<Fact, Told>();

function toldBy(fact: Fact): Told {
  const told = readFacts.get(fact) ?? readDenials(fact.text);
  readFacts.set(fact, told);
  return told;
}

/** A word that the cited texts hold in denials only stands behind a denial in the sentence too. */
export const affirmsNothingDenied: GateCheck = ({ facts, words, values }): readonly GateFailure[] => {
  const told = facts.map(toldBy);
  const denials = values.filter(({ kind }) => kind === "negation");
  return words
    .filter(
      ({ stem }) => told.some(({ denied }) => denied.has(stem)) && !told.some(({ affirmed }) => affirmed.has(stem)),
    )
    .filter(({ start }) => !denials.some(({ span }) => span.end <= start))
    .map(({ text, start, end }) => ({ kind: "negation", value: text, span: { start, end } }));
};
