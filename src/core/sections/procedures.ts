/** Procedures of the stay with their dates, operative findings, vaccines given, and devices that stay in place. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { compareText, groupBy, ofStay, say } from "./context.ts";
import { unaccountedInsertions } from "./device-removal.ts";
import { deviceSentences } from "./devices.ts";
import { noteSections, quote } from "./notes.ts";

/** `on 20 Aug 2026`, `on 20 Aug 2026 and 21 Aug 2026`, `between 21 Apr 2022 and 18 May 2022`. */
export function whenDone(context: SectionContext, facts: readonly Fact[]): string {
  const days = [
    ...new Map(
      facts.flatMap((fact): readonly (readonly [string, string])[] => {
        const [day, date] = [context.dates.day(fact.time), context.dates.date(fact.time)];
        return day === undefined || date === undefined ? [] : [[day, date]];
      }),
    ).entries(),
  ]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([, date]) => date);
  const { words } = context;
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return words.text("when.undated");
  return days.length <= 4
    ? words.text("when.on", { dates: words.list(days) })
    : words.text("when.between", { first, last });
}

function details({ words }: SectionContext, fact: Fact): string | undefined {
  const { bodySite, outcome, complication, performer } = fact.procedure ?? {};
  const parts = [
    bodySite,
    outcome === undefined ? undefined : words.text("procedures.outcome", { outcome }),
    complication === undefined ? undefined : words.text("procedures.complication", { complication }),
    performer === undefined || fact.procedure?.minor === true
      ? undefined
      : words.text("procedures.performer", { performer }),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join("; ");
}

/** States that are named in front; a completed procedure needs no word. */
const states = ["in-progress", "preparation", "on-hold", "stopped", "not-done", "unknown"] as const;

/** A line or tube that went in, and of which nothing says that it came out, may still be in. */
function leftIn({ words }: SectionContext, group: readonly Fact[], unaccounted: readonly Fact[]): string {
  return group.some((fact) => unaccounted.includes(fact)) ? words.text("procedures.noRemoval") : "";
}

function sentenceFor(
  context: SectionContext,
  group: readonly Fact[],
  unaccounted: readonly Fact[],
): readonly SentenceDraft[] {
  const [first] = group;
  if (first === undefined) return [];
  const state = states.find((known) => known === first.status);
  const values = {
    name: first.label,
    when: whenDone(context, group),
    details: details(context, first),
    reason: first.procedure?.statusReason,
    removal: leftIn(context, group, unaccounted),
  };
  const text =
    state === undefined
      ? context.words.text("procedures.done", values)
      : context.words.text("procedures.state", { ...values, state: context.words.text(`procedures.${state}`) });
  return [say(text, group)];
}

function performed(context: SectionContext): readonly SentenceDraft[] {
  const facts = context.of("procedure").filter(ofStay);
  const major = facts.filter((fact) => fact.procedure?.minor !== true);
  const unaccounted = unaccountedInsertions(context);
  const minor = facts.filter((fact) => fact.procedure?.minor === true && fact.status === "completed");
  const groups = groupBy(major, (fact) => `${fact.label.toLowerCase()} ${fact.status} ${details(context, fact)}`);
  const also = [...groupBy(minor, (fact) => fact.label.toLowerCase()).values()].flatMap(
    (group) => group[0]?.label ?? [],
  );
  return [
    ...[...groups.values()].flatMap((group) => sentenceFor(context, group, unaccounted)),
    ...(also.length === 0
      ? []
      : [say(context.words.text("procedures.minor", { names: context.words.list(also) }), minor)]),
  ];
}

/** LOINC: surgical operation note, procedure note, operative report. */
const operativeCodes: ReadonlySet<string> = new Set(["11504-8", "28570-0", "8724-7", "10223-4"]);

function isOperative(fact: Fact): boolean {
  return (
    fact.codes.some(({ code }) => operativeCodes.has(code ?? "")) ||
    /\boperati(?:ve|on)\b|\bsurgical|\bprocedure note/iu.test(fact.label)
  );
}

function operativeNotes(context: SectionContext): readonly SentenceDraft[] {
  const findings = noteSections(context, /findings/iu, isOperative).map((found) =>
    quote(context, context.words.text("procedures.findings"), found, 500),
  );
  const complications = noteSections(context, /complication/iu, isOperative).map((found) =>
    quote(context, context.words.text("procedures.complications"), found, 300),
  );
  const told = new Set(
    [...findings, ...complications].flatMap(({ evidence }) => evidence.map(({ reference }) => reference)),
  );
  // A note without those headings is told by its opening words: the longest part, as the first may be a title.
  const whole = noteSections(
    context,
    /.*/u,
    (fact) => isOperative(fact) && !told.has(fact.evidence[0]?.reference ?? ""),
  );
  const openings = [...groupBy(whole, ({ fact }) => fact.id).values()].flatMap((parts) =>
    parts.toSorted((a, b) => b.section.text.length - a.section.text.length).slice(0, 1),
  );
  return [...findings, ...complications, ...openings.map((found) => quote(context, found.fact.label, found, 400))];
}

function immunizations(context: SectionContext): readonly SentenceDraft[] {
  return context
    .of("immunization")
    .filter(ofStay)
    .map((fact) => {
      const elsewhere = fact.procedure?.elsewhere === true;
      const what = fact.assertion === "absent" ? "notGiven" : elsewhere ? "elsewhere" : "given";
      return say(
        context.words.text(`immunization.${what}`, {
          name: fact.label,
          when: whenDone(context, [fact]),
          reason: fact.procedure?.statusReason,
        }),
        fact,
      );
    });
}

/** Writes `procedures`. */
export function proceduresSection(context: SectionContext): SectionDraft {
  return {
    sentences: [
      ...performed(context),
      ...operativeNotes(context),
      ...immunizations(context),
      ...deviceSentences(context),
    ],
    lookedFor: "procedures.lookedFor",
  };
}
