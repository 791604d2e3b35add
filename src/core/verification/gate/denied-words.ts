/** What a cited text denies, a sentence may only deny: "no thrombus" bears out no thrombus that was seen. */
import type { Fact } from "../../chart/facts.ts";
import { negations } from "../cues.ts";
import type { GateCheck, GateFailure } from "./check.ts";
import { isNarrative } from "./narrative-words.ts";
import { stemsOf, wordsWithPlaces } from "./words.ts";

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

/**
 * The other way round: what stands behind a denial, and what one cited text affirms word for word, is denied by none. "Did not
 * show a small effusion" beside "small effusion", while another record denies something else of that organ.
 */
export const deniesNothingAffirmed: GateCheck = ({ facts, text, values }): readonly GateFailure[] => {
  const denials = values.filter((value) => value.kind === "negation" && value.key.startsWith("not:"));
  if (denials.length === 0) return [];
  const told = facts.filter(({ assertion }) => assertion !== "absent").map(toldBy);
  const absent = facts.filter(({ assertion }) => assertion === "absent").map((fact) => new Set(stemsOf(fact.text)));
  return denials
    .filter(({ span }) => {
      const length = text.slice(span.end).search(scopeEnd);
      const scope = text.slice(span.end, length === -1 ? text.length : span.end + length);
      const denied = wordsWithPlaces(scope)
        .filter((word) => !isNarrative(word.text))
        .map(({ stem }) => stem);
      if (denied.length < fewest) return false;
      const all = (stems: ReadonlySet<string>): boolean => denied.every((stem) => stems.has(stem));
      return told.some(({ affirmed }) => all(affirmed)) && !told.some((one) => all(one.denied)) && !absent.some(all);
    })
    .map(({ text: value, span }) => ({ kind: "negation", value, span }));
};

/** One word may be denied of one thing and told of another. */
const fewest = 2;
