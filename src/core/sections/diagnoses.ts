/** Discharge diagnoses, complications, comorbidities, and what was considered or ruled out. */
import type { Fact } from "../chart/facts.ts";
import { compareTimes, liesBefore } from "../facts/dates.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { encounterEvidence, groupBy, inQuotes, say } from "./context.ts";
import { diagnosisName, gradedName } from "./diagnosis-name.ts";
import { noteName, quote, statementsIn } from "./notes.ts";

const roleOf = (fact: Fact, ...uses: readonly string[]): boolean =>
  fact.diagnosis?.roles.some((role) => uses.includes(role.use ?? "")) === true;

const rankOf = (fact: Fact): number => Math.min(...(fact.diagnosis?.roles.map((role) => role.rank ?? 99) ?? [99]));

/** A condition that had ended before the admission is history, whatever its present status. */
function endedBefore(fact: Fact, start: string | undefined): boolean {
  const { abatement, clinicalStatus } = fact.diagnosis ?? {};
  if (abatement !== undefined && start !== undefined) return liesBefore(abatement, start);
  return clinicalStatus === "resolved" || clinicalStatus === "inactive" || clinicalStatus === "remission";
}

/** Facts of one name are one entry: EHRs repeat a problem per encounter. */
function byName(facts: readonly Fact[]): readonly (readonly Fact[])[] {
  return [...groupBy(facts, (fact) => fact.label.toLowerCase()).values()];
}

type NamesKey = `diagnoses.${"active" | "past" | "social" | "admission" | "also"}`;

function nameGroup(
  { words }: SectionContext,
  key: NamesKey,
  facts: readonly Fact[],
  name: (fact: Fact) => string,
): readonly SentenceDraft[] {
  const groups = byName(facts);
  if (groups.length === 0) return [];
  const names = groups.map(([first]) => (first === undefined ? "" : name(first)));
  return [say(words.text(key, { names: names.join("; ") }), facts)];
}

function dated(context: SectionContext): (fact: Fact) => string {
  return (fact) => {
    const date = context.dates.date(fact.diagnosis?.abatement ?? fact.time);
    const name = diagnosisName(fact);
    return date === undefined ? name : context.words.text("text.dated", { name, date });
  };
}

function discharge(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const listed = facts
    .filter((fact) => roleOf(fact, "DD", "CC", "discharge"))
    .toSorted((a, b) => rankOf(a) - rankOf(b));
  const roles = encounterEvidence(context, "diagnosis");
  return listed.map((fact, index) => {
    const text = context.words.text(index === 0 ? "diagnoses.principal" : "diagnoses.discharge", {
      name: gradedName(fact),
      severity: fact.diagnosis?.severity,
      status: overBy(context, fact),
    });
    return say(text, fact, roles);
  });
}

/** A discharge diagnosis that is over by then says so. */
function overBy({ words }: SectionContext, fact: Fact): string | undefined {
  const status = fact.diagnosis?.clinicalStatus;
  return status === "resolved" || status === "remission" ? words.code(status) : undefined;
}

/** Problems alone would read as if they were what the patient was treated for. */
function withoutOwn(context: SectionContext, sentences: readonly SentenceDraft[]): readonly SentenceDraft[] {
  return sentences.length === 0
    ? []
    : [say(context.words.text("diagnoses.none"), encounterEvidence(context, "diagnosis")), ...sentences];
}

interface Sorted {
  readonly stay: readonly Fact[];
  readonly active: readonly Fact[];
  readonly past: readonly Fact[];
  readonly social: readonly Fact[];
}

function sorted(context: SectionContext, facts: readonly Fact[]): Sorted {
  const { start } = context.chart.encounter.period ?? {};
  const rest = facts.filter((fact) => !roleOf(fact, "DD", "CC", "discharge"));
  const social = rest.filter((fact) => fact.diagnosis?.social === true);
  const clinical = rest.filter((fact) => fact.diagnosis?.social !== true);
  const stay = clinical.filter(
    (fact) => fact.period === "this-stay" && fact.diagnosis?.problemList !== true && !roleOf(fact, "CM"),
  );
  const older = clinical.filter((fact) => !stay.includes(fact));
  const past = older.filter((fact) => endedBefore(fact, start));
  return {
    stay,
    active: older.filter((fact) => !past.includes(fact)),
    past,
    social: social.filter((fact) => !endedBefore(fact, start)),
  };
}

/** Resolved problems that are still worth a line: the most recent of each name, not a lifetime of colds. */
const pastLimit = 12;

function history(context: SectionContext, { active, past, social }: Sorted): readonly SentenceDraft[] {
  const names = new Set(active.map((fact) => fact.label.toLowerCase()));
  const recent = [
    ...groupBy(
      past.filter((fact) => !names.has(fact.label.toLowerCase())),
      (fact) => fact.label.toLowerCase(),
    ).values(),
  ]
    .flatMap((group) => group.toSorted((a, b) => compareTimes(b.time, a.time)).slice(0, 1))
    .toSorted((a, b) => compareTimes(b.time, a.time))
    .slice(0, pastLimit);
  return [
    ...nameGroup(context, "diagnoses.active", active, gradedName),
    ...nameGroup(context, "diagnoses.past", recent, dated(context)),
    ...nameGroup(context, "diagnoses.social", social, diagnosisName),
  ];
}

function duringStay(context: SectionContext, stay: readonly Fact[]): readonly SentenceDraft[] {
  const admission = stay.filter((fact) => roleOf(fact, "AD"));
  const other = stay.filter((fact) => !roleOf(fact, "AD"));
  return [
    ...nameGroup(context, "diagnoses.admission", admission, diagnosisName),
    ...nameGroup(context, "diagnoses.also", other, (fact) => {
      const [name, date] = [gradedName(fact), context.dates.date(fact.time)];
      return date === undefined ? name : context.words.text("text.dated", { name, date });
    }),
  ];
}

function uncertain({ words }: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const possible = facts.filter((fact) => fact.assertion === "possible");
  const ruledOut = facts.filter((fact) => fact.assertion === "absent");
  return [
    ...possible.map((fact) =>
      say(
        words.text("diagnoses.possible", {
          name: diagnosisName(fact),
          status: words.code(fact.diagnosis?.verificationStatus ?? "unconfirmed"),
        }),
        fact,
      ),
    ),
    ...ruledOut.map((fact) => say(words.text("diagnoses.ruledOut", { name: diagnosisName(fact) }), fact)),
  ];
}

/** Diseases with the relatives who have them. */
function family({ words }: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  if (facts.length === 0) return [];
  const names = byName(facts).map((group) => {
    const relatives = [...new Set(group.flatMap((fact) => fact.diagnosis?.relative ?? []))];
    return `${group[0]?.label ?? ""}${relatives.length === 0 ? "" : ` (${words.list(relatives)})`}`;
  });
  return [say(words.text("diagnoses.family", { names: names.join("; ") }), facts)];
}

/** Discharge summaries of earlier stays are history: the last two, by their opening words. */
function earlierStays(context: SectionContext): readonly SentenceDraft[] {
  const notes = context
    .of("note")
    .filter(
      (fact) =>
        fact.note?.earlierSummary === true &&
        !fact.note.suspicious &&
        fact.period !== "this-stay" &&
        fact.period !== "after",
    );
  return notes.slice(-2).flatMap((fact) => {
    const section = fact.note?.sections[0];
    return section === undefined
      ? []
      : [quote(context, context.words.text("diagnoses.earlierStay"), { fact, section }, 300)];
  });
}

/** Letters and digits of a name, for comparing: notes write codes and stages behind it. */
const plainName = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/\[[^\]]*\]|\([^)]*\)/gu, " ")
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

function isEntered(name: string, entries: readonly string[]): boolean {
  const own = plainName(name);
  return own === "" || entries.some((entry) => entry.includes(own) || own.includes(entry));
}

/** More is a list that somebody should enter. */
const mostNoted = 8;

/** Problems that notes name and that have no entry, with how they are meant; what they deny is not listed. */
function onlyInNotes(context: SectionContext, all: readonly Fact[]): readonly SentenceDraft[] {
  const entries = all
    .flatMap((fact) => [fact.label, fact.diagnosis?.display ?? ""].map(plainName))
    .filter((name) => name !== "");
  const notes = context.of("note").filter((fact) => fact.period === "this-stay");
  const told = new Set<string>();
  return notes.flatMap((fact) => {
    const named = statementsIn(context, fact, "problem")
      .filter(({ assertion, label }) => assertion !== "absent" && !isEntered(label, entries))
      .filter(({ label }) => !told.has(plainName(label)) && told.add(plainName(label)))
      .slice(0, mostNoted);
    if (named.length === 0) return [];
    const names = named.map(({ label, assertion }) => {
      const isPlain = assertion === "present" || assertion === "absent";
      const mark = isPlain ? "" : ` (${context.words.text(`assertion.${assertion}`)})`;
      return `"${inQuotes(label)}"${mark}`;
    });
    const text = context.words.text("diagnoses.inNotes", { note: noteName(context, fact), names: names.join("; ") });
    return [say(text, named)];
  });
}

/** Writes `diagnoses`. */
export function diagnosesSection(context: SectionContext): SectionDraft {
  const all = context.of("diagnosis").filter((fact) => fact.period !== "after");
  const held = all.filter((fact) => fact.assertion === "present" || fact.assertion === "historical");
  const groups = sorted(context, held);
  const own = [...discharge(context, held), ...duringStay(context, groups.stay)];
  const rest = [
    ...uncertain(
      context,
      all.filter((fact) => fact.period === "this-stay" || fact.diagnosis?.clinicalStatus === "active"),
    ),
    ...history(context, groups),
    ...onlyInNotes(context, all),
    ...earlierStays(context),
    ...family(
      context,
      all.filter((fact) => fact.assertion === "family"),
    ),
  ];
  return {
    sentences: own.length === 0 ? withoutOwn(context, rest) : [...own, ...rest],
    lookedFor: "diagnoses.lookedFor",
  };
}
