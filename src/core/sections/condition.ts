/** Condition and disposition at discharge: where to, in what state, with which last measurements and code status. */
import type { Fact } from "../chart/facts.ts";
import { instantOf } from "../facts/dates.ts";
import { flagWord } from "../facts/observation.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { encounterEvidence, groupBy, say } from "./context.ts";
import { noteSections, quote } from "./notes.ts";

const lookedFor =
  "discharge date and disposition of the encounter, last vital signs, weight, functional and consciousness scores, code status, and statements on the condition at discharge in the notes";

function disposition(context: SectionContext): readonly SentenceDraft[] {
  const { encounter } = context.chart;
  const [fact] = context.of("disposition");
  const date = context.dates.date(encounter.period?.end);
  if (date === undefined) {
    const open = encounter.status === "in-progress" || encounter.status === "arrived" || encounter.status === "onleave";
    const text = `No discharge date is recorded${open ? `; the encounter is ${encounter.status.replace("-", " ")}` : ""}${fact === undefined ? "; no disposition recorded" : `; disposition: ${fact.label}`}`;
    return open || fact !== undefined
      ? [say(text, encounterEvidence(context, "status"), ...(fact === undefined ? [] : [fact]))]
      : [];
  }
  const where = fact === undefined ? "no disposition recorded" : `disposition: ${fact.label}`;
  return [
    say(
      `Discharged on ${date}; ${where}`,
      encounterEvidence(context, "period.end"),
      ...(fact === undefined ? [] : [fact]),
    ),
  ];
}

interface VitalSign {
  readonly name: string;
  readonly codes: readonly string[];
}

/** Vital signs in the order in which clinicians read them. LOINC codes, panel and single. */
const vitalSigns: readonly VitalSign[] = [
  { name: "temperature", codes: ["8310-5", "8331-1", "8329-5"] },
  { name: "heart rate", codes: ["8867-4"] },
  { name: "blood pressure", codes: ["85354-9", "55284-4"] },
  { name: "respiratory rate", codes: ["9279-1"] },
  { name: "oxygen saturation", codes: ["2708-6", "59408-5"] },
  { name: "oxygen flow", codes: ["3151-8"] },
  { name: "pain score", codes: ["72514-3"] },
];

const scores: readonly VitalSign[] = [
  { name: "Glasgow coma score", codes: ["9269-2"] },
  { name: "level of consciousness", codes: ["80288-4", "67775-7"] },
  { name: "Barthel index", codes: ["96761-2"] },
  { name: "NEWS2", codes: ["NEWS2", "1104051000000101"] },
];

function lastOf(facts: readonly Fact[], codes: readonly string[]): Fact | undefined {
  return facts.findLast((fact) => fact.codes.some((coding) => codes.includes(coding.code ?? "")));
}

interface Reading {
  readonly name: string;
  readonly fact: Fact;
}

/** What was measured more than a day before the newest sign says nothing about the state at discharge. */
const recentMs = 24 * 3_600_000;

function recent(facts: readonly Fact[]): readonly Fact[] {
  const signs = facts.filter((fact) => vitalSigns.some(({ codes }) => lastOf([fact], codes) !== undefined));
  const newest = instantOf(signs.at(-1)?.time);
  return newest === undefined ? signs : signs.filter((fact) => newest - (instantOf(fact.time) ?? 0) <= recentMs);
}

function readings(facts: readonly Fact[], signs: readonly VitalSign[]): readonly Reading[] {
  return signs.flatMap(({ name, codes }) => {
    const fact = lastOf(facts, codes);
    return fact === undefined ? [] : [{ name, fact }];
  });
}

/** One sentence; the date stands once where all readings share it. */
function readingsSentence(context: SectionContext, lead: string, found: readonly Reading[]): readonly SentenceDraft[] {
  if (found.length === 0) return [];
  const dates = found.map(({ fact }) => context.dates.date(fact.time));
  const shared = new Set(dates).size === 1 ? dates[0] : undefined;
  const texts = found.map(({ name, fact }, index) => {
    const flag = flagWord(fact.result?.flag);
    const date = shared === undefined && dates[index] !== undefined ? `, ${dates[index]}` : "";
    const marks = `${flag}${flag === "" ? date.slice(2) : date}`;
    return `${name} ${fact.result?.printed ?? ""}${marks === "" ? "" : ` (${marks})`}`;
  });
  return [
    say(
      `${lead}${shared === undefined ? "" : ` (${shared})`}: ${texts.join(", ")}`,
      found.map(({ fact }) => fact),
    ),
  ];
}

function weight(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const weights = facts.filter(
    (fact) =>
      fact.result !== undefined && fact.codes.some((coding) => coding.code === "29463-7" || coding.code === "3141-9"),
  );
  const [first, last] = [weights[0], weights.at(-1)];
  if (first === undefined || last === undefined) return [];
  const text = (fact: Fact): string =>
    `${fact.result?.printed}${context.dates.date(fact.time) === undefined ? "" : ` on ${context.dates.date(fact.time)}`}`;
  return [
    say(first === last ? `Weight: ${text(last)}` : `Weight: last ${text(last)}; first ${text(first)}`, first, last),
  ];
}

function codeStatus(context: SectionContext): readonly SentenceDraft[] {
  const facts = context.of("code-status").filter((fact) => fact.period === "this-stay" || fact.status === "active");
  const last = facts.at(-1);
  if (last === undefined) return [];
  const date = context.dates.date(last.time);
  const value = last.result?.printed ?? last.label;
  return [say(`Code status: ${value}${date === undefined ? "" : ` (${date})`}`, last)];
}

/** LOINC: functional status (assessment, section), discharge condition. */
const conditionCodes: ReadonlySet<string> = new Set(["47420-5", "54522-8", "47519-4", "8697-5"]);

/** True for a finding that states the condition or function at discharge in words, by its code or its name. */
export function statesCondition(fact: Fact): boolean {
  return (
    fact.codes.some(({ code }) => conditionCodes.has(code ?? "")) ||
    /\b(?:condition (?:at|on) discharge|discharge condition|functional status|mental status|cognitive status)\b/iu.test(
      fact.label,
    )
  );
}

/** The last statement of each name: the state on leaving, not on the way. */
function stated(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("vital", "result")
    .filter((fact) => fact.period === "this-stay" && fact.result !== undefined && statesCondition(fact));
  const last = [...groupBy(facts, (fact) => fact.label.toLowerCase()).values()].flatMap((group) => group.slice(-1));
  return last.map((fact) => {
    const date = context.dates.date(fact.time);
    return say(`${fact.label}: ${fact.result?.printed ?? ""}${date === undefined ? "" : ` (${date})`}`, fact);
  });
}

function fromNotes(context: SectionContext): readonly SentenceDraft[] {
  const condition = noteSections(
    context,
    /^(?:condition at discharge|discharge condition|disposition|discharge exam)/iu,
  );
  return condition.slice(-2).map((found) => quote(context, found.section.title, found, 400));
}

/** Writes `condition`. */
export function conditionSection(context: SectionContext): SectionDraft {
  const vitals = context.of("vital").filter((fact) => fact.period === "this-stay" && fact.status !== "preliminary");
  const sentences = [
    ...disposition(context),
    ...stated(context),
    ...fromNotes(context),
    ...readingsSentence(context, "Last vital signs", readings(recent(vitals), vitalSigns)),
    ...readingsSentence(context, "Last function and consciousness scores", readings(vitals, scores)),
    ...weight(context, vitals),
    ...codeStatus(context),
  ];
  return { sentences, lookedFor };
}
