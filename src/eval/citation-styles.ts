/**
 * How a model may cite a false sentence. One that cites only what the true sentence rested on is the easy case: a generous
 * model brings along every record of a name, and then each part of the sentence stands somewhere.
 */
import type { Fact } from "../core/chart/facts.ts";

export const citationStyles = ["as cited", "all of its names", "whole section", "wrong neighbour"] as const;
export type CitationStyle = (typeof citationStyles)[number];

export interface Citing {
  readonly text: string;
  /** What the true sentence rests on. */
  readonly factIds: readonly string[];
  /** The chart's facts, all of which could be cited. */
  readonly facts: readonly Fact[];
  readonly random: () => number;
}

const degrees = new Set(["acute", "chronic", "with", "left", "right", "severe", "other"]);

/** Words that tell one thing from another; units, strengths, degrees and small words do not. */
const wordsOf = (text: string): readonly string[] =>
  (text.toLowerCase().match(/\p{L}{4,}/gu) ?? []).filter((word) => !degrees.has(word));

const idsOf = (facts: readonly Fact[]): readonly string[] => facts.map(({ id }) => id);

const ofStay = ({ facts }: Citing): readonly Fact[] => facts.filter(({ period }) => period === "this-stay");

/** True where the sentence names the fact, or its medicine, by its first telling word. */
function isNamed({ label, medication }: Fact, words: ReadonlySet<string>): boolean {
  const [first] = wordsOf(label);
  return (first !== undefined && words.has(first)) || medication?.ingredients.some((name) => words.has(name)) === true;
}

function named(citing: Citing): readonly string[] {
  const words = new Set(wordsOf(citing.text));
  return idsOf(citing.facts.filter((fact) => isNamed(fact, words)));
}

/** Kinds that are told in one section of a summary. */
const sections: readonly (readonly Fact["kind"][])[] = [
  ["medication", "administration"],
  ["result", "vital", "report"],
  ["procedure", "report", "device"],
];

/**
 * The stay's facts of the cited ones' section that are asserted as those are: a denial cited beside a finding is refused for
 * itself, and would make a false sentence look caught.
 */
function section(citing: Citing): readonly string[] {
  const cited = citing.facts.filter(({ id }) => citing.factIds.includes(id));
  const own = new Set(cited.map(({ kind }) => kind));
  const kinds = new Set([...own, ...sections.filter((group) => group.some((kind) => own.has(kind))).flat()]);
  const assertions = new Set(cited.map(({ assertion }) => assertion));
  return idsOf(ofStay(citing).filter(({ kind, assertion }) => kinds.has(kind) && assertions.has(assertion)));
}

/** In the place of one right record another of its kind, that the sentence names if there is one. */
function neighbour(citing: Citing): readonly string[] {
  const { facts, factIds, text, random } = citing;
  const replaced = factIds[Math.floor(random() * factIds.length)];
  const kind = facts.find(({ id }) => id === replaced)?.kind;
  const words = new Set(wordsOf(text));
  const kin = ofStay(citing).filter((fact) => fact.kind === kind && !factIds.includes(fact.id));
  const near = kin.filter((fact) => isNamed(fact, words));
  const pool = near.length > 0 ? near : kin;
  const wrong = pool[Math.floor(random() * pool.length)];
  return wrong === undefined ? factIds : [...factIds.filter((id) => id !== replaced), wrong.id];
}

/** The ids that a model of this manner cites for the sentence; the true sentence's own are among them, but for the neighbour. */
export function citationsOf(style: CitationStyle, citing: Citing): readonly string[] {
  if (style === "as cited") return citing.factIds;
  if (style === "wrong neighbour") return neighbour(citing);
  const more = style === "whole section" ? section(citing) : named(citing);
  return [...new Set([...citing.factIds, ...more])];
}
