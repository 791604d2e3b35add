/** Flags on the discharge list: a recorded allergy against it, and two entries that are one medicine or one class. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SentenceDraft } from "./context.ts";
import { say } from "./context.ts";
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
  const substances = allergy.allergy?.substances ?? [];
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

/** Pairs are told apart by ingredient: `oxycodone/acetaminophen` and `acetaminophen` share one. */
function sharedIngredients({ words }: SectionContext, taken: readonly MedicationFact[]): readonly SentenceDraft[] {
  const ingredients = [...new Set(taken.flatMap((fact) => fact.medication.ingredients))].toSorted();
  return ingredients.flatMap((ingredient) => {
    const holders = taken.filter((fact) => fact.medication.ingredients.includes(ingredient));
    if (holders.length < 2) return [];
    const entries = holders.map(
      (fact) => `${fact.label}${fact.medication.dosage === undefined ? "" : `, ${fact.medication.dosage}`}`,
    );
    return [say(words.text("medicationFlag.sameIngredient", { entries: words.list(entries) }), holders)];
  });
}

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
): readonly SentenceDraft[] {
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
      const names = [
        ...listed.map((fact) => words.text("medicationFlag.listed", { name: fact.label })),
        ...unsettled.map((fact) => words.text("medicationFlag.unsettled", { name: fact.label })),
      ];
      return [
        say(
          words.text("medicationFlag.sameClass", {
            drugClass: words.code(drugClass.name),
            names: words.list([...new Set(names)]),
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
  const where = reconciliation.dischargeListKnown ? "medicationFlag.onDischargeList" : "medicationFlag.onHomeList";
  return [
    ...allergyFlags(context, taken, where),
    ...allergyFlags(context, given, "medicationFlag.inHospital"),
    ...(reconciliation.dischargeListKnown
      ? [...sharedIngredients(context, taken), ...sharedClasses(context, taken, stillOpen(reconciliation))]
      : []),
  ];
}
