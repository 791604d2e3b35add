/** Flags on the discharge list: a recorded allergy against it, and two entries that are one medicine or one class. */
import type { Fact } from "../chart/facts.ts";
import type { Wording } from "../language/wording.ts";
import type { SectionContext, SentenceDraft } from "./context.ts";
import { say } from "./context.ts";
import { ingredientsOf } from "../facts/drug-name.ts";
import { classesOf, drugClasses } from "./drug-classes.ts";
import type { MedicationFact, Reconciliation } from "./reconcile.ts";

const notTaken: ReadonlySet<string> = new Set(["stopped", "completed", "cancelled", "draft", "on-hold", "not-taken"]);

/** Entries that the patient will take after discharge; without a discharge list, what was taken before still stands. */
export function takenAfter({ medicines, dischargeListKnown }: Reconciliation): readonly MedicationFact[] {
  const entries = medicines.flatMap((medicine) => (dischargeListKnown ? medicine.discharge : medicine.home));
  return entries.filter((fact) => !notTaken.has(fact.status ?? "") && !fact.medication.prohibited);
}

/** Whole words only: an allergy to "iron" is none to "spironolactone". */
function ingredientNamed(ingredient: string, substances: readonly string[]): boolean {
  const words = (text: string): string =>
    ` ${text
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/gu, " ")
      .trim()} `;
  return substances.some((substance) => words(substance).includes(words(ingredient)));
}

/** Whether an allergy entry names the medicine, one of its ingredients, or their class. */
export function conflicts(medicine: MedicationFact, allergy: Fact): boolean {
  const named = allergy.allergy?.substances ?? [];
  // A brand, or a German name, is its ingredient on both sides.
  const substances = [...named, ...named.flatMap(ingredientsOf)];
  const names = substances.join(" ");
  return medicine.medication.ingredients.some(
    (ingredient) =>
      ingredientNamed(ingredient, substances) ||
      classesOf(ingredient).some((drugClass) => drugClass.allergy?.test(names) === true),
  );
}

function activeAllergies(context: SectionContext): readonly Fact[] {
  return context
    .of("allergy")
    .filter(
      (fact) =>
        fact.allergy?.kind === "substance" &&
        (fact.assertion === "present" || fact.assertion === "possible") &&
        fact.period !== "after",
    );
}

function conflictText({ words }: SectionContext, medicine: MedicationFact, where: WhereKey, allergy: Fact): string {
  const reactions = allergy.allergy?.reactions ?? [];
  return words.text(allergy.allergy?.type === "intolerance" ? "medicationFlag.intolerance" : "medicationFlag.allergy", {
    medicine: medicine.label,
    where: words.text(where),
    substance: allergy.label,
    reactions: reactions.length === 0 ? undefined : words.list(reactions),
  });
}

type WhereKey = `medicationFlag.${"onDischargeList" | "onHomeList" | "inHospital"}`;

function allergyFlags(
  context: SectionContext,
  taken: readonly MedicationFact[],
  where: WhereKey,
): readonly SentenceDraft[] {
  const allergies = activeAllergies(context);
  return taken.flatMap((medicine) =>
    allergies
      .filter((allergy) => conflicts(medicine, allergy))
      .map((allergy) => say(conflictText(context, medicine, where, allergy), medicine, allergy)),
  );
}

/** Entries of one ingredient: `oxycodone/acetaminophen` and `acetaminophen` share one. */
interface Holders {
  readonly listed: readonly MedicationFact[];
  /** From before the admission, and nobody stopped them. */
  readonly unsettled: readonly MedicationFact[];
}

/** Sets of entries that share an ingredient, at least one of them on the discharge list; each set once. */
function sharedIngredients(taken: readonly MedicationFact[], open: readonly MedicationFact[]): readonly Holders[] {
  const ingredients = [...new Set(taken.flatMap((fact) => fact.medication.ingredients))].toSorted();
  const holders = ingredients.map((ingredient): Holders => {
    const has = (fact: MedicationFact): boolean => fact.medication.ingredients.includes(ingredient);
    return { listed: taken.filter(has), unsettled: open.filter(has) };
  });
  const idsOf = ({ listed, unsettled }: Holders): string => [...listed, ...unsettled].map(({ id }) => id).join(" ");
  const shared = holders.filter(({ listed, unsettled }) => listed.length + unsettled.length > 1);
  return [...new Map(shared.map((holder) => [idsOf(holder), holder])).values()];
}

function ingredientFlag({ words }: SectionContext, { listed, unsettled }: Holders): SentenceDraft {
  const entries = listed.map(
    (fact) => `${fact.label}${fact.medication.dosage === undefined ? "" : `: ${fact.medication.dosage}`}`,
  );
  return unsettled.length === 0
    ? say(words.text("medicationFlag.sameIngredient", { entries: words.list(entries) }), listed)
    : say(
        words.text("medicationFlag.ingredientBefore", { names: words.list(namesOf(words, { listed, unsettled })) }),
        listed,
        unsettled,
      );
}

const namesOf = (words: Wording, { listed, unsettled }: Holders): readonly string[] => [
  ...new Set([
    ...listed.map((fact) => words.text("medicationFlag.listed", { name: fact.label })),
    ...unsettled.map((fact) => words.text("medicationFlag.unsettled", { name: fact.label })),
  ]),
];

/** Home medicines that nobody stopped may be taken on, whatever the discharge list says. */
function stillOpen({ medicines, dischargeListKnown }: Reconciliation): readonly MedicationFact[] {
  if (!dischargeListKnown) return [];
  return medicines
    .filter((medicine) => medicine.class === "unclear")
    .flatMap((medicine) =>
      medicine.home.filter((fact) => fact.status === "active" || fact.status === "unknown").slice(-1),
    );
}

function sharedClasses(
  { words }: SectionContext,
  taken: readonly MedicationFact[],
  open: readonly MedicationFact[],
  told: readonly Holders[],
): readonly SentenceDraft[] {
  const toldTogether = told.map((holders) => new Set([...holders.listed, ...holders.unsettled]));
  return drugClasses
    .filter(({ duplicate }) => duplicate)
    .flatMap((drugClass) => {
      const inClass = (fact: MedicationFact): boolean =>
        fact.medication.ingredients.some((ingredient) => drugClass.members.includes(ingredient));
      const [listed, unsettled] = [taken.filter(inClass), open.filter(inClass)];
      const ingredients = new Set(
        [...listed, ...unsettled].flatMap((fact) =>
          fact.medication.ingredients.filter((ingredient) => drugClass.members.includes(ingredient)),
        ),
      );
      if (ingredients.size < 2 || listed.length === 0) return [];
      // Told as one ingredient already.
      if (toldTogether.some((facts) => [...listed, ...unsettled].every((fact) => facts.has(fact)))) return [];
      return [
        say(
          words.text("medicationFlag.sameClass", {
            drugClass: words.code(drugClass.name),
            names: words.list(namesOf(words, { listed, unsettled })),
          }),
          listed,
          unsettled,
        ),
      ];
    });
}

/** All flags, allergies first. */
export function medicationFlags(context: SectionContext, reconciliation: Reconciliation): readonly SentenceDraft[] {
  const taken = takenAfter(reconciliation);
  const given = reconciliation.medicines
    .filter((medicine) => medicine.class === "hospital-only")
    .flatMap((medicine) => medicine.inpatient.slice(0, 1));
  const open = stillOpen(reconciliation);
  const shared = sharedIngredients(taken, open);
  const where = reconciliation.dischargeListKnown ? "medicationFlag.onDischargeList" : "medicationFlag.onHomeList";
  return [
    ...allergyFlags(context, taken, where),
    ...allergyFlags(context, given, "medicationFlag.inHospital"),
    ...(reconciliation.dischargeListKnown
      ? [...shared.map((holders) => ingredientFlag(context, holders)), ...sharedClasses(context, taken, open, shared)]
      : []),
  ];
}
