/** A hospital course in a few plain sentences: why the patient came, what was found and done, how values moved. */
import type { ScriptedSentence } from "./compose.ts";
import type { PromptFact } from "./request.ts";

/** A calendar date, or a day of the stay in its brackets. */
const DATE = String.raw`(?:\d{1,2} [A-Z][a-z]{2} \d{4}|\[day -?\d+\*?\])`;
const MAX_SERIES = 5;
const MAX_FINDINGS = 4;

/** Facts that no pattern knows are left out. `random` chooses among equal wordings. */
export function narrate(facts: readonly PromptFact[], random: () => number): readonly ScriptedSentence[] {
  return [
    ...arrival(facts),
    ...findings(facts),
    ...outcomes(facts),
    ...treatments(facts),
    ...series(facts, random() < 0.5 ? "went from" : "moved from"),
    ...departure(facts),
  ];
}

interface Found {
  readonly fact: PromptFact;
  readonly groups: Readonly<Record<string, string>>;
}

function matching(facts: readonly PromptFact[], pattern: RegExp): readonly Found[] {
  return facts.flatMap((fact) => {
    const groups = pattern.exec(fact.text)?.groups;
    return groups === undefined ? [] : [{ fact, groups }];
  });
}

const sentence = (text: string, ...facts: readonly PromptFact[]): ScriptedSentence => ({
  text: `${text.trim().replace(/[.;]+$/u, "")}.`,
  factIds: facts.map(({ id }) => id),
});

/** "Worsening" becomes "worsening"; "CT" and "ST elevation" stay. */
const inside = (text: string): string =>
  /^[A-Z][a-z]/u.test(text) ? `${text.charAt(0).toLowerCase()}${text.slice(1)}` : text;

function arrival(facts: readonly PromptFact[]): readonly ScriptedSentence[] {
  const [came] = matching(facts, new RegExp(`^Admitted on (?<date>${DATE})`, "u"));
  const [reason] = matching(facts, /^Reason for the encounter: (?<reason>.+)$/u);
  if (came === undefined) return [];
  const text = `Admitted on ${came.groups["date"]}`;
  if (reason === undefined) return [sentence(text, came.fact)];
  return [sentence(`${text} with ${inside(reason.groups["reason"] ?? "")}`, came.fact, reason.fact)];
}

/** Who came, when and why, in one sentence; the first fact where nobody says when. */
export function introduce(facts: readonly PromptFact[]): readonly ScriptedSentence[] {
  const [came] = arrival(facts);
  const [person] = matching(facts, /^(?<person>An? \S+-year-old \w+) on admission\b/u);
  if (came === undefined) return facts.slice(0, 1).map((fact) => sentence(fact.text, fact));
  if (person === undefined) return [came];
  const text = `${person.groups["person"]} ${inside(came.text)}`;
  return [{ text, factIds: [person.fact.id, ...came.factIds] }];
}

/** What a patient is told: why they came, and where they went. */
export function plainly(facts: readonly PromptFact[]): readonly ScriptedSentence[] {
  const told = [...arrival(facts), ...departure(facts)];
  return told.length === 0 ? facts.slice(0, 1).map((fact) => sentence(fact.text, fact)) : told;
}

/** Reports that say something, each in its own words. */
function findings(facts: readonly PromptFact[]): readonly ScriptedSentence[] {
  return matching(facts, new RegExp(`^[^:"]+ on ${DATE}: (?<finding>[^"]+)$`, "u"))
    .slice(0, MAX_FINDINGS)
    .map(({ fact }) => sentence(fact.text, fact));
}

function outcomes(facts: readonly PromptFact[]): readonly ScriptedSentence[] {
  return matching(
    facts,
    new RegExp(`^(?<name>.+) \\((?:.*, )?outcome (?<outcome>.+)\\) on (?<date>${DATE})$`, "u"),
  ).map(({ fact, groups }) => sentence(`${groups["name"]} on ${groups["date"]}: ${groups["outcome"]}`, fact));
}

function treatments(facts: readonly PromptFact[]): readonly ScriptedSentence[] {
  const given = matching(facts, new RegExp(`^(?<what>.+) \\(administration, completed\\) on (?<date>${DATE})$`, "u"));
  return [...Map.groupBy(given, ({ groups }) => groups["what"] ?? "")].map(([what, doses]) => {
    const [first, last] = [doses[0], doses.at(-1)];
    const from = first?.groups["date"] ?? "";
    const to = last?.groups["date"] ?? "";
    const cited = [...new Set([first, last].flatMap((dose) => dose?.fact ?? []))];
    return sentence(
      `${what} was ${from === to ? `given on ${from}` : `first given on ${from} and last on ${to}`}`,
      ...cited,
    );
  });
}

/** The values that moved most among those that were ever out of range. */
function series(facts: readonly PromptFact[], verb: "went from" | "moved from"): readonly ScriptedSentence[] {
  const pattern = new RegExp(
    `^(?<name>[A-Z][\\w ,-]+?) (?<value>\\d+(?:\\.\\d+)?) ?(?<unit>[^\\s(]+)(?<flag> \\((?:high|low)\\))? on (?<date>${DATE})$`,
    "u",
  );
  const byName = Map.groupBy(matching(facts, pattern), ({ groups }) => `${groups["name"]} ${groups["unit"]}`);
  const change = (values: readonly Found[]): number => {
    const first = Number(values[0]?.groups["value"]);
    return Math.abs(Number(values.at(-1)?.groups["value"]) - first) / (first || 1);
  };
  const moved = [...byName.values()].filter(
    (values) => values.length > 1 && values.some(({ groups }) => groups["flag"] !== undefined) && change(values) > 0,
  );
  const shown = new Set(moved.toSorted((a, b) => change(b) - change(a)).slice(0, MAX_SERIES));
  return moved.flatMap((values) => {
    const [first, last] = [values[0], values.at(-1)];
    if (!shown.has(values) || first === undefined || last === undefined) return [];
    const [a, b] = [first, last].map(({ groups }) => `${groups["value"]} ${groups["unit"]} on ${groups["date"]}`);
    return [sentence(`${first.groups["name"]} ${verb} ${a} to ${b}`, first.fact, last.fact)];
  });
}

function departure(facts: readonly PromptFact[]): readonly ScriptedSentence[] {
  return matching(facts, new RegExp(`^Condition at discharge (?<text>.+) on (?<date>${DATE})$`, "u")).map(
    ({ fact, groups }) => sentence(`Condition at discharge on ${groups["date"]}: ${groups["text"]}`, fact),
  );
}
