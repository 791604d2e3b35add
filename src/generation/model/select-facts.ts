/** Chooses which facts a model gets to see, within a budget. */
import type { Fact, FactKind } from "../../core/chart/facts.ts";
import type { Section } from "../../core/summary/summary.ts";
import { isSuspicious } from "../../core/facts/addressed-text.ts";

/** Kinds that tell a course, the telling ones first. What is not listed is never the model's business. */
const kindOrder: readonly FactKind[] = [
  "stay",
  "reason",
  "diagnosis",
  "procedure",
  "report",
  "medication",
  "administration",
  "result",
  "note",
  "device",
  "disposition",
  "condition-at-discharge",
  "vital",
  "plan",
];

/** About four characters a token, and some for the JSON around the text. */
export function estimateTokens(fact: Fact): number {
  return Math.ceil((fact.text.length + fact.id.length + 24) / 4);
}

function citedBy(sections: readonly Section[]): ReadonlySet<string> {
  return new Set(
    sections.flatMap(({ sentences }) =>
      sentences.flatMap(({ evidence }) => evidence.map(({ reference }) => reference)),
    ),
  );
}

/**
 * Facts of this stay that tell its course, in the chart's order, at most `budgetTokens` of them. When room is short, what
 * the template's own course cites comes first, then what its other sections cite: relevance was decided there already.
 * A fact that speaks to a machine stays in the house: the template names such a note and quotes none of it.
 */
export function selectFacts(
  facts: readonly Fact[],
  sections: readonly Section[],
  budgetTokens: number,
): readonly Fact[] {
  const inCourse = citedBy(sections.filter(({ id }) => id === "course"));
  const anywhere = citedBy(sections);
  const rank = ({ kind, evidence }: Fact): number => {
    const cited = (by: ReadonlySet<string>): boolean => evidence.some(({ reference }) => by.has(reference));
    const level = cited(inCourse) ? 0 : cited(anywhere) ? 1 : 2;
    return level * kindOrder.length + kindOrder.indexOf(kind);
  };
  const eligible = facts.filter(
    ({ kind, period, text }) => kindOrder.includes(kind) && period === "this-stay" && !isSuspicious(text),
  );
  const chosen = new Set<Fact>();
  let spent = 0;
  for (const fact of eligible.toSorted((a, b) => rank(a) - rank(b))) {
    const cost = estimateTokens(fact);
    if (spent + cost > budgetTokens) continue;
    spent += cost;
    chosen.add(fact);
  }
  return eligible.filter((fact) => chosen.has(fact));
}
