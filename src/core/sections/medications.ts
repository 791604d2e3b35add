/** Discharge medications: one line a medicine, by what became of it; flags first, hospital-only medicines last. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { enumerate, excerpt, say } from "./context.ts";
import { ingredientsOf } from "../facts/drug-name.ts";
import { medicationFlags } from "./medication-flags.ts";
import { noteName, noteSections } from "./notes.ts";
import type { MedicationFact, ReconciledMedicine, Reconciliation } from "./reconcile.ts";
import { changesBetween, comparedHome, reconcile } from "./reconcile.ts";

const lookedFor =
  "medication orders and statements of every category (before admission, inpatient, discharge), administrations, and home medication lists in this stay's notes";

/** Between name and directions: `Carvedilol 6.25 mg oral tablet: 6.25 mg`, but `Ciprofloxacin 500 mg`. */
const separator = (fact: Fact): string =>
  /\d/u.test(fact.label) || /^[A-Z][a-z]/u.test(fact.medication?.dosage ?? "") ? ": " : " ";

/** Name, dose, route, frequency, supply and reason of one entry. */
function regimen(fact: MedicationFact): string {
  const { dosage, supply, reason } = fact.medication;
  return `${fact.label}${dosage === undefined ? ", dose and frequency not documented" : `${separator(fact)}${dosage}`}${supply === undefined ? "" : `, supply for ${supply}`}${reason === undefined ? "" : `, for ${reason}`}`;
}

const dosageOf = (fact: MedicationFact): string => fact.medication.dosage ?? "dose and frequency not documented";

function reasonOf(facts: readonly MedicationFact[]): string {
  const reasons = [...new Set(facts.flatMap((fact) => fact.medication.statusReason ?? []))];
  return reasons.length === 0 ? "" : `; reason: ${enumerate(reasons)}`;
}

/** Why the hospital stopped its own order, where the list entries give no reason. */
function hospitalReason(medicine: ReconciledMedicine): string {
  const stopped = medicine.inpatient.filter((fact) => fact.status === "stopped");
  return reasonOf(stopped).replace("; reason:", "; hospital order stopped, reason:");
}

function notesOf(facts: readonly MedicationFact[]): string {
  const notes = [...new Set(facts.flatMap((fact) => fact.medication.note ?? []))];
  return notes.map((note) => `; note: "${excerpt(note, 200).replaceAll('"', "'")}"`).join("");
}

/** Home entries whose directions differ from the one compared: the list itself disagrees, and that is shown. */
function otherHome(home: readonly MedicationFact[], previous: MedicationFact | undefined): string {
  const others = [...new Set(home.filter((fact) => fact !== previous && !isEnded(fact)).map(dosageOf))].filter(
    (dosage) => previous === undefined || dosage !== dosageOf(previous),
  );
  return others.length === 0 ? "" : `; another entry from before admission reads ${enumerate(others)}`;
}

const isEnded = (fact: MedicationFact): boolean =>
  fact.status === "stopped" || fact.status === "completed" || fact.status === "cancelled";

/** The same words, or the same coded dose, route and frequency in other words. */
function isSameRegimen(left: MedicationFact, right: MedicationFact): boolean {
  if (dosageOf(left) === dosageOf(right)) return true;
  const coded = ({ medication }: MedicationFact): boolean =>
    medication.dose !== undefined && medication.frequency !== undefined;
  return coded(left) && coded(right) && changesBetween(left.medication, right.medication).length === 0;
}

/** What was given in hospital, where it differs from what goes home. */
function inHospital(medicine: ReconciledMedicine): string {
  const different = medicine.inpatient.filter(
    (fact) => !medicine.discharge.some((other) => isSameRegimen(fact, other)),
  );
  const regimens = [...new Set(different.map(dosageOf))];
  return regimens.length === 0 ? "" : `; in hospital: ${enumerate(regimens)}`;
}

function undated(context: SectionContext, facts: readonly MedicationFact[]): string {
  return facts.every((fact) => context.dates.date(fact.time) === undefined) ? "; no date recorded" : "";
}

type Writer = (context: SectionContext, medicine: ReconciledMedicine, reconciliation: Reconciliation) => string;

const standing = (medicine: ReconciledMedicine): readonly MedicationFact[] => {
  const taken = medicine.discharge.filter(
    (fact) => !isEnded(fact) && fact.status !== "draft" && fact.status !== "on-hold",
  );
  return taken.length > 0 ? taken : medicine.discharge;
};

const discharged = (medicine: ReconciledMedicine): string => enumerate(standing(medicine).map(regimen));

const writeNew: Writer = (_context, medicine, { homeListKnown }) =>
  `${homeListKnown ? "NEW" : "NEW, or continued (no list from before admission is documented)"}: ${discharged(medicine)}${inHospital(medicine)}`;

const writeChanged: Writer = (_context, medicine) => {
  const previous = comparedHome(medicine.home);
  const was =
    previous === undefined
      ? ""
      : `; ${enumerate(medicine.changes)} changed, before admission: ${previous.label === standing(medicine)[0]?.label ? "" : `${previous.label}${separator(previous)}`}${dosageOf(previous)}`;
  return `CHANGED: ${discharged(medicine)}${was}${otherHome(medicine.home, previous)}${inHospital(medicine)}`;
};

const writeContinued: Writer = (_context, medicine) => {
  const previous = comparedHome(medicine.home);
  const renamed =
    previous !== undefined && previous.label.toLowerCase() !== standing(medicine)[0]?.label.toLowerCase()
      ? `; before admission recorded as ${previous.label}`
      : "";
  return `CONTINUED: ${discharged(medicine)}${renamed}${otherHome(medicine.home, previous)}${inHospital(medicine)}`;
};

const entriesOf = (medicine: ReconciledMedicine): readonly MedicationFact[] => [
  ...medicine.discharge,
  ...medicine.home,
];

/** Entry from before as it reads, with the date where there is one. */
function beforeAdmission(medicine: ReconciledMedicine): string {
  const previous = comparedHome(medicine.home) ?? entriesOf(medicine)[0];
  return previous === undefined ? "" : regimen(previous);
}

const writeStopped: Writer = (context, medicine) => {
  const entries = entriesOf(medicine);
  const ends = entries.flatMap((fact) => context.dates.date(fact.medication.end) ?? []);
  const forbidden = medicine.discharge.some((fact) => fact.medication.prohibited) ? "; ordered not to be taken" : "";
  const reason = reasonOf(entries);
  return `STOPPED: ${beforeAdmission(medicine)}${ends.length === 0 ? "" : `, until ${ends.at(-1)}`}${forbidden}${reason || hospitalReason(medicine) || "; no reason documented"}`;
};

const writeHeld: Writer = (_context, medicine) => {
  const reason = reasonOf(entriesOf(medicine));
  return `HELD (paused, to be decided): ${beforeAdmission(medicine)}${reason === "" ? "; no reason documented" : reason}`;
};

const writeUnclear: Writer = (context, medicine) => {
  const shown = medicine.home.length > 0 || medicine.discharge.length > 0 ? entriesOf(medicine) : medicine.inpatient;
  const [entry] = medicine.home.length > 0 ? [comparedHome(medicine.home)] : shown;
  const date = context.dates.date(entry?.time);
  return `UNCLEAR: ${entry === undefined ? "" : regimen(entry)}${date === undefined ? "; no date recorded" : `, of ${date}`}; ${medicine.why ?? ""}${reasonOf(shown) || hospitalReason(medicine)}${otherHome(medicine.home, entry)}`;
};

/** Neither to be taken nor stopped: the line says what became of the order, and no more. */
const writeWithdrawn: Writer = (_context, medicine) => {
  const forbidden = medicine.discharge.find((fact) => fact.medication.prohibited);
  const shown = forbidden ?? medicine.discharge.at(-1);
  const lead =
    forbidden === undefined
      ? `DISCHARGE ORDER ${(shown?.status ?? "ended").toUpperCase()}`
      : "NOT TO BE TAKEN BY ORDER";
  return `${lead}: ${shown === undefined ? "" : regimen(shown)}${reasonOf(medicine.discharge)}; not documented as taken before admission${inHospital(medicine)}`;
};

const writers: Readonly<Record<Exclude<ReconciledMedicine["class"], "hospital-only">, Writer>> = {
  new: writeNew,
  changed: writeChanged,
  continued: writeContinued,
  stopped: writeStopped,
  held: writeHeld,
  unclear: writeUnclear,
  withdrawn: writeWithdrawn,
};

const order = ["new", "changed", "continued", "stopped", "held", "unclear", "withdrawn"] as const;

function sentencesFor(context: SectionContext, reconciliation: Reconciliation): readonly SentenceDraft[] {
  return order.flatMap((name) =>
    reconciliation.medicines
      .filter((medicine) => medicine.class === name)
      .map((medicine) => {
        const cited = [...medicine.discharge, ...medicine.home, ...medicine.inpatient];
        const text = writers[name](context, medicine, reconciliation);
        return say(
          `${text}${notesOf([...medicine.discharge, ...medicine.home])}${name === "unclear" ? "" : undated(context, [...medicine.discharge, ...medicine.home])}`,
          cited,
        );
      }),
  );
}

function hospitalOnly(reconciliation: Reconciliation): readonly SentenceDraft[] {
  const medicines = reconciliation.medicines.filter((medicine) => medicine.class === "hospital-only");
  if (medicines.length === 0) return [];
  const texts = medicines.map((medicine) => {
    const [first] = medicine.inpatient;
    const dosages = [...new Set(medicine.inpatient.map(dosageOf))].filter(
      (dosage) => !dosage.includes("not documented"),
    );
    return first === undefined
      ? ""
      : `${first.label}${dosages.length === 0 ? "" : `${separator(first)}${dosages.join(" and ")}`}${reasonOf(medicine.inpatient).replace(/^; /u, ", ")}`;
  });
  return [
    say(
      `IN HOSPITAL ONLY, not listed at discharge: ${texts.join("; ")}`,
      medicines.flatMap((medicine) => medicine.inpatient),
    ),
  ];
}

function knownKeys({ medicines }: Reconciliation): ReadonlySet<string> {
  return new Set(
    medicines.flatMap((medicine) =>
      [...medicine.inpatient, ...medicine.home, ...medicine.discharge].flatMap((fact) => fact.medication.keys),
    ),
  );
}

/** Administrations of medicines that no order in the chart accounts for. */
function unordered(context: SectionContext, reconciliation: Reconciliation): readonly SentenceDraft[] {
  const keys = knownKeys(reconciliation);
  const given = context
    .of("administration")
    .filter(
      (fact) =>
        fact.period === "this-stay" &&
        fact.status === "completed" &&
        fact.medication?.keys.some((key) => keys.has(key)) === false,
    );
  const text = (fact: Fact): string =>
    `${fact.label}${fact.medication?.dosage === undefined ? "" : `${separator(fact)}${fact.medication.dosage}`}`;
  const different = given.filter((fact, index) => given.findIndex((other) => text(other) === text(fact)) === index);
  return different.length === 0
    ? []
    : [say(`GIVEN IN HOSPITAL, no order documented: ${enumerate(different.map(text))}`, different)];
}

/** Items of a list in a note; "none" and its like are no medicine. */
function listedItems(text: string): readonly string[] {
  return (
    text
      // "Heparin sodium, porcine; simvastatin": a comma separates only where nothing stronger does.
      .split(/[;\n]/u.test(text.trim()) ? /[;\n]/u : /,(?!\d)/u)
      .map((item) =>
        item
          .replace(/^[-*\s]+/u, "")
          .replaceAll("_", " ")
          .trim(),
      )
      .filter((item) => /[a-z]{3}/iu.test(item) && !/^(?:none|no |nil|unknown|denies|not )/iu.test(item))
  );
}

/**
 * Medicines that notes say were taken before the admission and that stand in no line yet: those of which the chart has no
 * entry at all, and those whose entries had ended.
 */
function onlyInNotes(context: SectionContext, reconciliation: Reconciliation): readonly SentenceDraft[] {
  const told = new Set(
    reconciliation.medicines.flatMap((medicine) =>
      [...medicine.home, ...medicine.discharge].flatMap((fact) => fact.medication.ingredients),
    ),
  );
  const entered = new Set(context.of("medication").flatMap((fact) => fact.medication?.ingredients ?? []));
  const knownIn = (ingredients: ReadonlySet<string>, item: string): boolean =>
    ingredientsOf(item).every((ingredient) => ingredients.has(ingredient));
  return noteSections(context, /^(?:home medications|medications(?: at home| prior to admission)?)$/iu).flatMap(
    (found) => {
      const missing = listedItems(found.section.text).filter((item) => !knownIn(told, item));
      const write = (items: readonly string[], why: string): readonly SentenceDraft[] =>
        items.length === 0
          ? []
          : [
              say(
                `UNCLEAR: taken before admission by the notes (${noteName(context, found.fact)}), ${why}: ${items.join("; ")}`,
                found.section.evidence,
              ),
            ];
      return [
        ...write(
          missing.filter((item) => !knownIn(entered, item)),
          "no order or statement documented",
        ),
        ...write(
          missing.filter((item) => knownIn(entered, item)),
          "but its entries in the chart had ended",
        ),
      ];
    },
  );
}

/** A section without any list would read as "takes nothing"; where a line says already that the list is missing, once is enough. */
function withoutList(
  context: SectionContext,
  { dischargeListKnown }: Reconciliation,
  sentences: readonly SentenceDraft[],
): readonly SentenceDraft[] {
  const missing = /no discharge medication list is documented/iu;
  if (dischargeListKnown || sentences.length === 0 || sentences.some(({ text }) => missing.test(text)))
    return sentences;
  return [
    say("No discharge medication list is documented: what is to be taken after discharge is to be settled", {
      reference: `Encounter/${context.chart.encounter.id}`,
    }),
    ...sentences,
  ];
}

/** Writes `medications`. */
export function medicationsSection(context: SectionContext): SectionDraft {
  const reconciliation = reconcile(context.facts, context.chart.encounter.period?.start);
  const sentences = withoutList(context, reconciliation, [
    ...medicationFlags(context, reconciliation),
    ...sentencesFor(context, reconciliation),
    ...hospitalOnly(reconciliation),
    ...unordered(context, reconciliation),
    ...onlyInNotes(context, reconciliation),
  ]);
  return { sentences, lookedFor };
}
