/** Condition and disposition at discharge: where to, in what state, with which last measurements and code status. */
import type { Fact } from "../chart/facts.ts";
import { instantOf } from "../facts/dates.ts";
import { joined } from "../facts/draft.ts";
import { flagWord } from "../facts/observation.ts";
import type { MessageKey } from "../language/messages.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { encounterEvidence, groupBy, inQuotes, say } from "./context.ts";
import { noteName, noteSections, quote, statementsIn } from "./notes.ts";

function disposition(context: SectionContext): readonly SentenceDraft[] {
  const { words, chart } = context;
  const { encounter } = chart;
  const [fact] = context.of("disposition");
  const status = encounterEvidence(context, "status");
  const date = context.dates.date(encounter.period?.end);
  if (date === undefined) {
    const open = encounter.status === "in-progress" || encounter.status === "arrived" || encounter.status === "onleave";
    if (!open)
      return fact === undefined
        ? []
        : [say(words.text("condition.undated", { disposition: fact.label }), status, fact)];
    const state = words.code(encounter.status).replace("-", " ");
    return fact === undefined
      ? [say(words.text("condition.openUnknown", { status: state }), status)]
      : [say(words.text("condition.open", { status: state, disposition: fact.label }), status, fact)];
  }
  const end = encounterEvidence(context, "period.end");
  if (context.kind === "death")
    return [
      say(words.text("condition.died", { date, disposition: fact?.label }), end, fact === undefined ? [] : [fact]),
    ];
  return fact === undefined
    ? [say(words.text("condition.dischargedUnknown", { date }), end)]
    : [say(words.text("condition.discharged", { date, disposition: fact.label }), end, fact)];
}

type SignKey = Extract<MessageKey, `vital.${string}`>;

interface VitalSign {
  readonly name: SignKey;
  readonly codes: readonly string[];
}

/** Vital signs in the order in which clinicians read them. LOINC codes, panel and single. */
const vitalSigns: readonly VitalSign[] = [
  { name: "vital.temperature", codes: ["8310-5", "8331-1", "8329-5"] },
  { name: "vital.heartRate", codes: ["8867-4"] },
  { name: "vital.bloodPressure", codes: ["85354-9", "55284-4"] },
  { name: "vital.respiratoryRate", codes: ["9279-1"] },
  { name: "vital.saturation", codes: ["2708-6", "59408-5"] },
  { name: "vital.oxygenFlow", codes: ["3151-8"] },
  { name: "vital.pain", codes: ["72514-3"] },
];

const scores: readonly VitalSign[] = [
  { name: "vital.coma", codes: ["9269-2"] },
  { name: "vital.consciousness", codes: ["80288-4", "67775-7"] },
  { name: "vital.barthel", codes: ["96761-2"] },
  { name: "vital.news2", codes: ["NEWS2", "1104051000000101"] },
];

function lastOf(facts: readonly Fact[], codes: readonly string[]): Fact | undefined {
  return facts.findLast((fact) => fact.codes.some((coding) => codes.includes(coding.code ?? "")));
}

interface Reading {
  readonly name: SignKey;
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
function readingsSentence(
  context: SectionContext,
  key: "condition.vitals" | "condition.scores",
  found: readonly Reading[],
): readonly SentenceDraft[] {
  if (found.length === 0) return [];
  const { words } = context;
  const dates = found.map(({ fact }) => context.dates.date(fact.time));
  const shared = new Set(dates).size === 1 ? dates[0] : undefined;
  const texts = found.map(({ name, fact }, index) => {
    const marks = joined([flagWord(fact.result?.flag, words), shared === undefined ? dates[index] : undefined]);
    return `${words.text(name)} ${fact.result?.printed ?? ""}${marks === "" ? "" : ` (${marks})`}`;
  });
  return [
    say(
      words.text(key, { date: shared, values: texts.join(", ") }),
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
  const { words } = context;
  const text = (fact: Fact): string =>
    words.text("results.valueOn", {
      value: fact.result?.printed ?? "",
      date: context.dates.date(fact.time),
      marks: "",
    });
  return [
    first === last
      ? say(words.text("condition.weight", { last: text(last) }), last)
      : say(words.text("condition.weights", { last: text(last), first: text(first) }), first, last),
  ];
}

function codeStatus(context: SectionContext): readonly SentenceDraft[] {
  const facts = context.of("code-status").filter((fact) => fact.period === "this-stay" || fact.status === "active");
  const last = facts.at(-1);
  if (last === undefined) return lastNoted(context, "code-status");
  const date = context.dates.date(last.time);
  const value = last.result?.printed ?? last.label;
  return [say(context.words.text("condition.codeStatus", { value, date }), last)];
}

/** What the last note that speaks of it says, where the chart has no entry; a code status that is denied is none. */
function lastNoted(context: SectionContext, kind: "code-status" | "vital"): readonly SentenceDraft[] {
  const noted = context
    .of("note")
    .filter((fact) => fact.period === "this-stay")
    .map((fact) => ({
      fact,
      statements: statementsIn(context, fact, kind).filter(({ assertion }) => assertion === "present"),
    }))
    .findLast(({ statements }) => statements.length > 0);
  if (noted === undefined) return [];
  const { words } = context;
  const note = noteName(context, noted.fact);
  const texts = [...new Set(noted.statements.map(({ label }) => `"${inQuotes(label)}"`))];
  const text =
    kind === "vital"
      ? words.text("condition.vitalsNoted", { note, values: texts.join(", ") })
      : words.text("condition.codeStatusNoted", { note, value: texts.join(", ") });
  return [say(text, noted.statements)];
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
    return say(
      context.words.text("condition.stated", { name: fact.label, value: fact.result?.printed ?? "", date }),
      fact,
    );
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
  const signs = readings(recent(vitals), vitalSigns);
  const sentences = [
    ...disposition(context),
    ...stated(context),
    ...fromNotes(context),
    ...(signs.length > 0 ? readingsSentence(context, "condition.vitals", signs) : lastNoted(context, "vital")),
    ...readingsSentence(context, "condition.scores", readings(vitals, scores)),
    ...weight(context, vitals),
    ...codeStatus(context),
  ];
  return { sentences, lookedFor: "condition.lookedFor" };
}
