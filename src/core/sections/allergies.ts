/** Allergies: substances first; then the three kinds of "none", which are three different statements. */
import type { AllergyDetail, AllergyScope, Fact } from "../chart/facts.ts";
import { joined } from "../facts/draft.ts";
import { scopeOfWords } from "../facts/allergy.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { groupBy, say } from "./context.ts";
import { noteSections, quote } from "./notes.ts";

function details(context: SectionContext, fact: Fact): string {
  const { criticality, reactions = [], categories = [], verificationStatus, type } = fact.allergy ?? {};
  const { words } = context;
  const parts = joined(
    [
      type === "intolerance" ? words.code(type) : undefined,
      categories.map((category) => words.code(category)).join(", "),
      reactions.length === 0 ? undefined : words.text("allergies.reaction", { reactions: words.list(reactions) }),
      criticality === undefined || criticality === "unable-to-assess"
        ? undefined
        : words.text("allergies.criticality", { criticality: words.code(criticality) }),
      verificationStatus === undefined || verificationStatus === "confirmed"
        ? undefined
        : words.code(verificationStatus),
      recordedOn(context, fact),
    ],
    "; ",
  );
  return parts === "" ? "" : ` (${parts})`;
}

function recordedOn(context: SectionContext, fact: Fact): string | undefined {
  const date = context.dates.date(fact.time);
  return date === undefined ? undefined : context.words.text("allergies.recorded", { date });
}

const criticalFirst = (fact: Fact): number => (fact.allergy?.criticality === "high" ? 0 : 1);

function substances(context: SectionContext, active: readonly Fact[]): readonly SentenceDraft[] {
  const groups = [...groupBy(active, (fact) => fact.label.toLowerCase()).values()];
  const ordered = groups.toSorted((a, b) => Math.min(...a.map(criticalFirst)) - Math.min(...b.map(criticalFirst)));
  return ordered.flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [
          say(
            context.words.text("allergies.substance", {
              name: first.label,
              details: group.map((fact) => details(context, fact)).join(""),
            }),
            group,
          ),
        ];
  });
}

function noLonger(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const past = facts
    .filter((fact) => fact.assertion === "historical")
    .map((fact) =>
      say(context.words.text("allergies.former", { name: fact.label, details: details(context, fact) }), fact),
    );
  const refuted = facts
    .filter((fact) => fact.assertion === "absent")
    .map((fact) => say(context.words.text("allergies.ruledOut", { name: fact.label }), fact));
  return [...past, ...refuted];
}

/** Whether a substance is of what a denial speaks of; an entry without category may be. */
function overlap(scope: AllergyScope, fact: Fact): "certain" | "possible" | "none" {
  if (scope === "all") return "certain";
  if (scope === "latex") return /latex/iu.test(fact.label) ? "certain" : "none";
  const categories = fact.allergy?.categories ?? [];
  if (categories.length === 0) return "possible";
  return categories.some((category) => category === scope || (category === "biologic" && scope === "medication"))
    ? "certain"
    : "none";
}

/** `, which contradicts ...` for a denial beside substances of its scope; else nothing. */
function contradiction({ words }: SectionContext, scope: AllergyScope, active: readonly Fact[]): string {
  const overlaps = new Set(active.map((fact) => overlap(scope, fact)));
  if (overlaps.has("certain")) return words.text("allergies.contradicts");
  return overlaps.has("possible") ? words.text("allergies.mayContradict") : "";
}

const isOver = (fact: Fact): boolean => fact.status === "inactive" || fact.status === "resolved";

function noneKnown(context: SectionContext, facts: readonly Fact[], active: readonly Fact[]): readonly SentenceDraft[] {
  // "No known drug allergy" and "no known food allergy" are two statements; each is shown once, by its latest entry.
  const latest = [...groupBy(facts, (fact) => fact.label.toLowerCase()).values()].flatMap((group) => group.slice(-1));
  return latest.map((fact) => {
    const { words } = context;
    const over = isOver(fact) ? words.text("allergies.marked", { status: words.code(fact.status ?? "") }) : undefined;
    const marks = joined([recordedOn(context, fact), over], "; ") || undefined;
    const against = contradiction(context, fact.allergy?.scope ?? "all", active);
    // Two statements that cannot both hold are both shown: which is right is for the clinician to settle.
    return against === ""
      ? say(words.text("allergies.denied", { name: fact.label, marks }), fact)
      : say(words.text("allergies.alsoHolds", { name: fact.label, marks, against }), fact);
  });
}

const scopes = ["medication", "food", "environment"] as const;

/** "No known drug allergy" says nothing about food: what no statement covers is said, so that it does not read as denied. */
function uncovered(context: SectionContext, none: readonly Fact[], active: readonly Fact[]): readonly SentenceDraft[] {
  const covered = new Set<string>([
    ...none.flatMap((fact) => fact.allergy?.scope ?? []),
    ...active.flatMap((fact) => fact.allergy?.categories ?? []),
  ]);
  if (none.length === 0 || covered.has("all")) return [];
  const { words } = context;
  const missing = scopes.filter((scope) => !covered.has(scope)).map((scope) => words.text(`allergies.${scope}`));
  const patient = { reference: `Patient/${context.chart.patient.id}` };
  return missing.length === 0
    ? []
    : [say(words.text("allergies.uncovered", { kinds: words.list(missing) }), none, patient)];
}

const denies = /^(?:no known\b|nk(?:d|f)?a\b|none\b|nil\b|denies\b|no (?:drug |food )?allerg)/iu;
/** Openings that name no substance either. */
const saysNothing = /^(?:unknown|not\b|see\b|per\b|as\b|reviewed|unable|unchanged|-)/iu;

/** What notes say, unless it repeats the list; where the two disagree, that is pointed out. */
function fromNotes(
  context: SectionContext,
  facts: readonly Fact[],
  none: readonly Fact[],
  active: readonly Fact[],
): readonly SentenceDraft[] {
  const known = facts.length > 0;
  const covered = new Set(none.map((fact) => fact.allergy?.scope));
  return noteSections(context, /^allerg(?:y|ies)\b/iu)
    .slice(known ? -1 : 0)
    .flatMap((found) => {
      const lead = context.words.text(known ? "allergies.inNotes" : "allergies.onlyInNotes");
      const quoted = quote(context, lead, found, 300);
      const text = found.section.text.trim();
      const scope = scopeOfWords(text);
      const denied = denies.test(text);
      if (denied && active.length === 0 && (covered.has("all") || covered.has(scope))) return [];
      const against = denied
        ? contradiction(context, scope, active)
        : none.length > 0 && active.length === 0 && !saysNothing.test(text)
          ? context.words.text("allergies.whileNone")
          : "";
      return [against === "" ? quoted : { ...quoted, text: `${quoted.text}${against}.` }];
    });
}

function notAsked(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  return facts.slice(-1).map((fact) => {
    return say(context.words.text("allergies.notAsked", { date: context.dates.date(fact.time) }), fact);
  });
}

function otherStates(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  return facts.slice(-1).map((fact) => {
    return say(context.words.text("allergies.other", { state: fact.label, date: context.dates.date(fact.time) }), fact);
  });
}

/** Writes `allergies`. */
export function allergiesSection(context: SectionContext): SectionDraft {
  const facts = context.of("allergy").filter((fact) => fact.period !== "after");
  const ofKind = (kind: AllergyDetail["kind"]): readonly Fact[] => facts.filter((fact) => fact.allergy?.kind === kind);
  const named = ofKind("substance");
  const active = named.filter((fact) => fact.assertion === "present" || fact.assertion === "possible");
  const denials = ofKind("none-known").filter((fact) => fact.assertion === "present");
  const none = denials.filter((fact) => !isOver(fact));
  // Beside a substance, a denial that is over was superseded by it; alone it is the only thing the chart says.
  const over = none.length + active.length > 0 ? [] : denials;
  const sentences = [
    ...substances(context, active),
    ...noneKnown(context, [...none, ...over], active),
    ...uncovered(context, none, active),
    ...noLonger(context, named),
    ...notAsked(context, ofKind("not-asked")),
    ...otherStates(context, ofKind("other")),
    ...fromNotes(context, facts, none, active),
  ];
  return { sentences, lookedFor: "allergies.lookedFor" };
}
