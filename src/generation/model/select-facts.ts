/** Chooses which facts a model gets to see, within a budget. */
import type { Fact } from "../../core/chart/facts.ts";
import type { Section } from "../../core/summary/summary.ts";
import { isSuspicious } from "../../core/facts/addressed-text.ts";
import type { ModelPart } from "./parts.ts";

/** About four characters a token, and some for the JSON around the text. */
export function estimateTokens(fact: Pick<Fact, "id" | "text">): number {
  return Math.ceil((fact.text.length + fact.id.length + 24) / 4);
}

function citedBy(sections: readonly Section[]): ReadonlySet<string> {
  return new Set(
    sections.flatMap(({ sentences }) =>
      sentences.flatMap(({ evidence }) => evidence.map(({ reference }) => reference)),
    ),
  );
}

const inOrder = (facts: readonly Fact[]): readonly Fact[] =>
  facts.toSorted((a, b) => {
    const [one, other] = [a, b].map(({ time }) => Date.parse(time ?? ""));
    return (one || 0) - (other || 0);
  });

export interface Selection {
  /** In the order of events, those without a time first; an EHR hands records over in any order, and a model tells them so. */
  readonly facts: readonly Fact[];
  /** Facts that tell something here and found no room. */
  readonly leftOut: number;
}

/**
 * Facts of this stay that tell what the part is about, at most its budget of them. What is of no kind that the part names
 * is never the model's business, nor are acts of care and administration: told one by one they make a course of twenty lines on
 * nursing. When room is short, what the template's own section cites comes first, then what its
 * other sections cite: relevance was decided there already. A fact that speaks to a machine stays in the house: the
 * template names such a note and quotes none of it.
 */
export function selectFacts(
  facts: readonly Fact[],
  sections: readonly Section[],
  { section, kinds, factBudgetTokens }: Pick<ModelPart, "section" | "kinds" | "factBudgetTokens">,
): Selection {
  const here = citedBy(sections.filter(({ id }) => id === section));
  const anywhere = citedBy(sections);
  const rank = ({ kind, evidence }: Fact): number => {
    const cited = (by: ReadonlySet<string>): boolean => evidence.some(({ reference }) => by.has(reference));
    const level = cited(here) ? 0 : cited(anywhere) ? 1 : 2;
    return level * kinds.length + kinds.indexOf(kind);
  };
  const eligible = facts.filter(
    ({ kind, period, text, procedure }) =>
      kinds.includes(kind) && period === "this-stay" && procedure?.minor !== true && !isSuspicious(text),
  );
  const chosen = new Set<Fact>();
  let spent = 0;
  // Two records often say the same (a note as a document and as a report): a model that is shown both tells it twice.
  const said = new Map(
    eligible.toSorted((a, b) => rank(b) - rank(a)).map((fact) => [`${fact.kind} ${fact.text}`, fact]),
  );
  for (const fact of [...said.values()].toSorted((a, b) => rank(a) - rank(b))) {
    const cost = estimateTokens(fact);
    if (spent + cost > factBudgetTokens) continue;
    spent += cost;
    chosen.add(fact);
  }
  return { facts: inOrder(eligible.filter((fact) => chosen.has(fact))), leftOut: said.size - chosen.size };
}
