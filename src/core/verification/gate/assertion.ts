/**
 * A sentence must say a fact the way the fact is: absent things as absent, present as present, possible as possible, past
 * as past, a relative's as a relative's. The worst error a weak model made held no number at all: it denied a habit the
 * chart affirms.
 */
import type { Fact } from "../../chart/facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import type { KeyedValue, Span, Value } from "../value.ts";
import { wordsOf } from "../value-set.ts";
import { supportsValue } from "../support.ts";

const clauseEnd =
  /[.;:!?](?=\s|$)|\b(?:but|however|although|though|except|whereas|while|because(?!\s+of)|when|once)\b/giu;
const wordless = new Set(
  "and the for with not due from other type stage chronic acute disorder disease finding procedure situation unspecified".split(
    " ",
  ),
);

/** Keys of the denials that a text makes. */
export type DenialReader = (text: string) => ReadonlySet<string>;

interface Clause extends Span {
  readonly text: string;
}

/** The sentence cut where a denial's reach ends. */
function clausesOf(text: string): readonly Clause[] {
  const ends = [...text.matchAll(clauseEnd)].map((match) => match.index);
  const cuts = [0, ...ends, text.length];
  return cuts.slice(1).map((end, index) => {
    const start = cuts[index] ?? 0;
    return { start, end, text: text.slice(start, end) };
  });
}

function labelWords(label: string): readonly string[] {
  const words = wordsOf(label);
  const telling = words.filter((word) => word.length > 2 && !wordless.has(word));
  return telling.length > 0 ? telling : words;
}

/** A clause mentions a fact when it holds at least half of the telling words of its label. */
function mentions(clause: string, fact: Fact): boolean {
  const words = new Set(wordsOf(clause));
  const label = labelWords(fact.label);
  return label.length > 0 && label.filter((word) => words.has(word)).length * 2 >= label.length;
}

const within = (value: Value, clause: Span): boolean =>
  value.span.start >= clause.start && value.span.end <= clause.end;

const ofFindings = /^(?:resolved|ruled\s+out|excluded)$/iu;

/** A finding resolves or is ruled out; a measurement or a study beside it is not. */
const canBeRuledOut = ({ kind, quantity }: Fact): boolean => quantity === undefined && kind !== "report";

/** A leading cue denies what follows it; a standing one ("ruled out", "negative") its whole clause. */
function isDenied(clause: Clause, fact: Fact, denials: readonly Value[]): boolean {
  return denials.some((denial) => {
    if (!within(denial, clause)) return false;
    const leads = denial.kind === "negation" && denial.key.startsWith("not:");
    if (ofFindings.test(denial.text) && !canBeRuledOut(fact)) return false;
    return !leads || mentions(clause.text.slice(denial.span.end - clause.start), fact);
  });
}

function factText(fact: Fact): string {
  return `${fact.text} ${fact.label}`;
}

const failure = (kind: GateFailure["kind"], clause: Clause): GateFailure => ({
  kind,
  value: clause.text,
  span: { start: clause.start, end: clause.end },
});

/** Denials in the sentence that the fact's own words make too deny nothing of it. */
function newDenials(values: readonly Value[], fact: Fact, denialsOf: DenialReader): readonly Value[] {
  const own = denialsOf(factText(fact));
  return values.filter((value) => value.kind === "negation" && !own.has(value.key));
}

/** No present fact is denied, and each absent one that is mentioned is. */
export function deniesWhatIsDenied(denialsOf: DenialReader): GateCheck {
  return ({ text, values, facts }) => {
    const clauses = clausesOf(text);
    const denials = values.filter(({ kind }) => kind === "negation");
    return facts.flatMap((fact) => {
      const mentioning = clauses.filter((clause) => mentions(clause.text, fact));
      if (fact.assertion === "absent") {
        // Cited but not named: what the sentence says of it cannot be known.
        if (mentioning.length === 0) return [failure("negation", { text, start: 0, end: text.length })];
        return mentioning
          .filter((clause) => !isDenied(clause, fact, denials))
          .map((clause) => failure("negation", clause));
      }
      const fresh = newDenials(values, fact, denialsOf);
      return mentioning.filter((clause) => isDenied(clause, fact, fresh)).map((clause) => failure("negation", clause));
    });
  };
}

/** True where a cited fact bears out the denial: an absent one that its reach names, or one whose words make it too. */
function isBorneOut(
  denial: KeyedValue,
  clause: Clause,
  { facts, evidence }: CitedSentence,
  denialsOf: DenialReader,
): boolean {
  if (
    facts.some((fact) => fact.assertion === "absent" && mentions(clause.text, fact) && isDenied(clause, fact, [denial]))
  )
    return true;
  if (!supportsValue(denial, evidence)) return false;
  // "not:fever" names what it denies; "ruled out" must stand beside a fact of which the evidence says so.
  const named = facts.filter((fact) => fact.kind === "note" || mentions(clause.text, fact));
  return (
    denial.key.startsWith("not:") ||
    named.some((fact) => fact.kind === "note" || denialsOf(factText(fact)).has(denial.key))
  );
}

/** A denial needs a cited denial of the same thing. */
export function deniesNothingElse(denialsOf: DenialReader): GateCheck {
  return (sentence) => {
    const clauses = clausesOf(sentence.text);
    const denials = sentence.values.filter((value): value is KeyedValue => value.kind === "negation");
    return denials
      .filter(
        (denial) =>
          !clauses.some((clause) => within(denial, clause) && isBorneOut(denial, clause, sentence, denialsOf)),
      )
      .map((value) => ({ kind: "negation", value: value.text, span: value.span }));
  };
}

const hedges =
  /\b(?:possibl[ey]|probabl[ey]|suspect(?:ed|s)?|suspicion|likely|presum(?:ed|ably|ptive)|provisional|differential|may\s+(?:be|have)|might|questionable|query|consistent\s+with|concern(?:ing)?\s+for|unconfirmed|apparent(?:ly)?)\b/giu;
const past =
  /\b(?:history|historical|previous(?:ly)?|prior|past|formerly|former|earlier|known|pre-?existing|background|resolved|remote|status\s+post|before)\b/giu;
const relatives =
  /\b(?:family|familial|mother|father|parents?|brother|sister|siblings?|son|daughter|grand\p{L}+|aunt|uncle|cousin|maternal|paternal|relatives?)\b/giu;

/** "Former smoker" is a present fact about the past. */
const former = /\b(?:former|ex-|quit)/iu;

function needsCue(fact: Fact): RegExp | undefined {
  if (fact.assertion === "possible") return hedges;
  if (fact.assertion === "historical" || former.test(fact.text)) return past;
  return fact.assertion === "family" ? relatives : undefined;
}

/** Possible, past and relatives' conditions say so; and nothing certain is made doubtful or somebody else's. */
export const keepsAssertion: GateCheck = ({ text, facts, evidence }) => {
  const span: Span = { start: 0, end: text.length };
  const lost = facts.filter((fact) => needsCue(fact) !== undefined && text.search(needsCue(fact) ?? hedges) === -1);
  const added = [
    ...(facts.some(({ assertion }) => assertion === "possible") ? [] : failEach("assertion", text, hedges)),
    ...(facts.some(({ assertion }) => assertion === "family") ? [] : failEach("assertion", text, relatives)),
  ].filter(({ value }) => !wordsOf(value).every((word) => evidence.words.has(word)));
  return [...lost.map((fact): GateFailure => ({ kind: "assertion", value: fact.label, span })), ...added];
};
