/** Allergies: substances first; then the three kinds of "none", which are three different statements. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { enumerate, groupBy, say } from "./context.ts";
import { noteSections, quote } from "./notes.ts";

const lookedFor =
  'allergy and intolerance entries of any status, including "no known allergies" and "not asked", and allergy sections of this stay\'s notes';

function details(context: SectionContext, fact: Fact): string {
  const { criticality, reactions = [], categories = [], verificationStatus } = fact.allergy ?? {};
  const recorded = context.dates.date(fact.time);
  const parts = [
    categories.length === 0 ? undefined : categories.join(", "),
    reactions.length === 0 ? undefined : `reaction: ${enumerate(reactions)}`,
    criticality === undefined || criticality === "unable-to-assess" ? undefined : `criticality: ${criticality}`,
    verificationStatus === undefined || verificationStatus === "confirmed" ? undefined : verificationStatus,
    recorded === undefined ? undefined : `recorded ${recorded}`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? "" : ` (${parts.join("; ")})`;
}

const criticalFirst = (fact: Fact): number => (fact.allergy?.criticality === "high" ? 0 : 1);

function substances(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const held = facts.filter((fact) => fact.assertion === "present" || fact.assertion === "possible");
  const groups = [...groupBy(held, (fact) => fact.label.toLowerCase()).values()];
  const ordered = groups.toSorted((a, b) => Math.min(...a.map(criticalFirst)) - Math.min(...b.map(criticalFirst)));
  return ordered.flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [say(`${first.label}${group.map((fact) => details(context, fact)).join("")}`, group)];
  });
}

function noLonger(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const past = facts
    .filter((fact) => fact.assertion === "historical")
    .map((fact) => say(`Former allergy, past by its status: ${fact.label}${details(context, fact)}`, fact));
  const refuted = facts
    .filter((fact) => fact.assertion === "absent")
    .map((fact) => say(`Ruled out: ${fact.label}`, fact));
  return [...past, ...refuted];
}

function noneKnown(context: SectionContext, facts: readonly Fact[], active: boolean): readonly SentenceDraft[] {
  // "No known drug allergy" and "no known food allergy" are two statements; each is shown once, by its latest entry.
  const latest = [...groupBy(facts, (fact) => fact.label.toLowerCase()).values()].flatMap((group) => group.slice(-1));
  return latest.map((fact) => {
    const recorded = context.dates.date(fact.time);
    const when = recorded === undefined ? "" : ` (recorded ${recorded})`;
    // Two statements that cannot both hold are both shown: which is right is for the clinician to settle.
    return active
      ? say(
          `The chart also holds the entry "${fact.label}"${when}, which contradicts the allergies above: to be settled`,
          fact,
        )
      : say(`${fact.label}${when}`, fact);
  });
}

const deniesAll = /^no known\b|\bnk(?:d)?a\b/iu;

/** What notes say; where they deny what the list holds, or the list denies and they name something, that is pointed out. */
function fromNotes(context: SectionContext, known: boolean, active: boolean): readonly SentenceDraft[] {
  const sections = noteSections(context, /^allerg(?:y|ies)\b/iu);
  return sections.slice(known ? -1 : 0).map((found) => {
    const quoted = quote(context, "Allergies in the notes", found, 300);
    const contradicts = active && deniesAll.test(found.section.text.trim());
    return contradicts
      ? { ...quoted, text: `${quoted.text}, which contradicts the allergies above: to be settled.` }
      : quoted;
  });
}

/** Writes `allergies`. */
export function allergiesSection(context: SectionContext): SectionDraft {
  const facts = context.of("allergy").filter((fact) => fact.period !== "after");
  const named = facts.filter((fact) => fact.allergy?.kind === "substance");
  const none = facts.filter((fact) => fact.allergy?.kind === "none-known");
  const notAsked = facts.filter((fact) => fact.allergy?.kind === "not-asked");
  const active = substances(context, named);
  const sentences = [
    ...active,
    ...noneKnown(context, none, active.length > 0),
    ...noLonger(context, named),
    ...notAsked.slice(-1).map((fact) => {
      const recorded = context.dates.date(fact.time);
      return say(`Allergies were not asked about, as recorded${recorded === undefined ? "" : ` on ${recorded}`}`, fact);
    }),
    ...fromNotes(context, facts.length > 0, active.length > 0),
  ];
  return { sentences, lookedFor };
}
