/** Discharge medications: one line a medicine, by what became of it; flags first, hospital-only medicines last. */
import type { Fact } from "../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { excerpt, inQuotes, say } from "./context.ts";
import { ingredientsOf } from "../facts/drug-name.ts";
import type { Wording } from "../language/wording.ts";
import { medicationFlags } from "./medication-flags.ts";
import { noteName, noteSections } from "./notes.ts";
import type { MedicationFact, ReconciledMedicine, Reconciliation } from "./reconcile.ts";
import { changesBetween, comparedHome, reconcile } from "./reconcile.ts";

/** Between name and directions: `Carvedilol 6.25 mg oral tablet: 6.25 mg`, but `Ciprofloxacin 500 mg`. */
const separator = (fact: Fact): string =>
  /\d/u.test(fact.label) || /^[A-Z][a-z]/u.test(fact.medication?.dosage ?? "") ? ": " : " ";

/** Name, dose, route, frequency, supply and reason of one entry. */
function regimen(words: Wording, fact: MedicationFact): string {
  const { dosage, supply, reason } = fact.medication;
  const directions = dosage === undefined ? words.text("medications.dosageBehind") : `${separator(fact)}${dosage}`;
  return words.text("medications.regimen", { name: fact.label, dosage: directions, supply, reason });
}

const dosageOf = (words: Wording, fact: MedicationFact): string =>
  fact.medication.dosage ?? words.text("medications.noDosage");

type ReasonKey = "remark.reason" | "remark.reasonBehind" | "remark.hospitalReason";

function reasonOf(words: Wording, facts: readonly MedicationFact[], key: ReasonKey = "remark.reason"): string {
  const reasons = [...new Set(facts.flatMap((fact) => fact.medication.statusReason ?? []))];
  return reasons.length === 0 ? "" : words.text(key, { reasons: words.list(reasons) });
}

/** Why the hospital stopped its own order, where the list entries give no reason. */
function hospitalReason(words: Wording, medicine: ReconciledMedicine): string {
  const stopped = medicine.inpatient.filter((fact) => fact.status === "stopped");
  return reasonOf(words, stopped, "remark.hospitalReason");
}

/** A hold of the hospital's own order that nobody lifted: no decision about what comes after, and part of every one. */
function hospitalHold(words: Wording, { inpatient }: ReconciledMedicine): string {
  const last = inpatient.at(-1);
  if (last?.status !== "on-hold") return "";
  const reasons = [...new Set(inpatient.flatMap((fact) => fact.medication.statusReason ?? []))];
  return words.text("remark.hospitalHeld", { reasons: reasons.length === 0 ? undefined : words.list(reasons) });
}

function notesOf(words: Wording, facts: readonly MedicationFact[]): string {
  const notes = [...new Set(facts.flatMap((fact) => fact.medication.note ?? []))];
  return notes.map((note) => words.text("remark.note", { note: inQuotes(excerpt(note, 200)) })).join("");
}

/** Home entries whose directions differ from the one compared: the list itself disagrees, and that is shown. */
function otherHome(words: Wording, home: readonly MedicationFact[], previous: MedicationFact | undefined): string {
  const entries = home.filter((fact) => fact !== previous && !isEnded(fact));
  const others = [...new Set(entries.map((fact) => dosageOf(words, fact)))].filter(
    (dosage) => previous === undefined || dosage !== dosageOf(words, previous),
  );
  return others.length === 0 ? "" : words.text("remark.otherHome", { dosages: words.list(others) });
}

const isEnded = (fact: MedicationFact): boolean =>
  fact.status === "stopped" || fact.status === "completed" || fact.status === "cancelled";

/** The same words, or the same coded dose, route and frequency in other words. */
function isSameRegimen(left: MedicationFact, right: MedicationFact): boolean {
  if (left.medication.dosage === right.medication.dosage) return true;
  const coded = ({ medication }: MedicationFact): boolean =>
    medication.dose !== undefined && medication.frequency !== undefined;
  return coded(left) && coded(right) && changesBetween(left.medication, right.medication).length === 0;
}

/** What was given in hospital, where it differs from what goes home. */
function inHospital(words: Wording, medicine: ReconciledMedicine): string {
  const different = medicine.inpatient.filter(
    (fact) => !medicine.discharge.some((other) => isSameRegimen(fact, other)),
  );
  const dosages = [...new Set(different.map((fact) => dosageOf(words, fact)))];
  return dosages.length === 0 ? "" : words.text("remark.inHospital", { dosages: words.list(dosages) });
}

function undated({ dates, words }: SectionContext, facts: readonly MedicationFact[]): string {
  return facts.every((fact) => dates.date(fact.time) === undefined) ? words.text("remark.undated") : "";
}

/** `more` is what stands behind every line: notes, and that no date is recorded. */
type Writer = (
  context: SectionContext,
  medicine: ReconciledMedicine,
  reconciliation: Reconciliation,
  more: string,
) => string;

const standing = (medicine: ReconciledMedicine): readonly MedicationFact[] => {
  const taken = medicine.discharge.filter(
    (fact) => !isEnded(fact) && fact.status !== "draft" && fact.status !== "on-hold",
  );
  return taken.length > 0 ? taken : medicine.discharge;
};

const discharged = (words: Wording, medicine: ReconciledMedicine): string =>
  words.list(standing(medicine).map((fact) => regimen(words, fact)));

/** Lists that contradict the discharge order: the medicine is on it, and an entry from before says not taken, stopped or on hold. */
function markedBefore(words: Wording, { home }: ReconciledMedicine): string {
  const marked = home.filter((fact) => isEnded(fact) || fact.status === "not-taken" || fact.status === "on-hold");
  if (marked.length === 0 || marked.length < home.length) return "";
  const status = words.code(marked.at(-1)?.status ?? "");
  return words.text("remark.markedBefore", { status }) + reasonOf(words, marked, "remark.reasonBehind");
}

/** Other medicines from before the admission that hold an ingredient of this one: a combination that was split or begun. */
function sharingBefore(medicine: ReconciledMedicine, { medicines }: Reconciliation): readonly MedicationFact[] {
  const own = new Set(medicine.discharge.flatMap((fact) => fact.medication.ingredients));
  return medicines
    .filter((other) => other !== medicine)
    .flatMap(({ home }) => home)
    .filter((fact) => !isEnded(fact) && fact.medication.ingredients.some((ingredient) => own.has(ingredient)));
}

function ingredientBefore(words: Wording, medicine: ReconciledMedicine, reconciliation: Reconciliation): string {
  const names = [...new Set(sharingBefore(medicine, reconciliation).map((fact) => fact.label))];
  return names.length === 0 ? "" : words.text("remark.ingredientBefore", { names: words.list(names) });
}

const writeNew: Writer = ({ words }, medicine, reconciliation, more) =>
  words.text(reconciliation.homeListKnown ? "medications.new" : "medications.newOrContinued", {
    regimens: discharged(words, medicine),
    remarks:
      markedBefore(words, medicine) +
      ingredientBefore(words, medicine, reconciliation) +
      inHospital(words, medicine) +
      hospitalHold(words, medicine) +
      more,
  });

/** What was taken before, and what of it changed. */
function wasBefore(words: Wording, medicine: ReconciledMedicine, previous: MedicationFact): string {
  const sameName = previous.label === standing(medicine)[0]?.label;
  const name = sameName ? "" : `${previous.label}${separator(previous)}`;
  const changes = words.list(medicine.changes.map((change) => words.text(`change.${change}`)));
  return words.text("remark.was", { changes, regimen: `${name}${dosageOf(words, previous)}` });
}

const writeChanged: Writer = ({ words }, medicine, _reconciliation, more) => {
  const previous = comparedHome(medicine.home);
  const was = previous === undefined ? "" : wasBefore(words, medicine, previous);
  return words.text("medications.changed", {
    regimens: discharged(words, medicine),
    remarks:
      was +
      markedBefore(words, medicine) +
      otherHome(words, medicine.home, previous) +
      inHospital(words, medicine) +
      hospitalHold(words, medicine) +
      more,
  });
};

const writeContinued: Writer = ({ words }, medicine, _reconciliation, more) => {
  const previous = comparedHome(medicine.home);
  const renamed =
    previous !== undefined && previous.label.toLowerCase() !== standing(medicine)[0]?.label.toLowerCase()
      ? words.text("remark.renamed", { name: previous.label })
      : "";
  return words.text("medications.continued", {
    regimens: discharged(words, medicine),
    remarks:
      renamed +
      markedBefore(words, medicine) +
      otherHome(words, medicine.home, previous) +
      inHospital(words, medicine) +
      hospitalHold(words, medicine) +
      more,
  });
};

const entriesOf = (medicine: ReconciledMedicine): readonly MedicationFact[] => [
  ...medicine.discharge,
  ...medicine.home,
];

/** Entry from before as it reads, with the date where there is one. */
function beforeAdmission(words: Wording, medicine: ReconciledMedicine): string {
  const previous = comparedHome(medicine.home) ?? entriesOf(medicine)[0];
  return previous === undefined ? "" : regimen(words, previous);
}

const writeStopped: Writer = ({ words, dates }, medicine, _reconciliation, more) => {
  const entries = entriesOf(medicine);
  const ends = entries.flatMap((fact) => dates.date(fact.medication.end) ?? []);
  const forbidden = medicine.discharge.some((fact) => fact.medication.prohibited) ? words.text("remark.forbidden") : "";
  const reason = reasonOf(words, entries) || hospitalReason(words, medicine) || words.text("remark.noReason");
  return words.text("medications.stopped", {
    regimen: beforeAdmission(words, medicine),
    end: ends.at(-1),
    remarks: forbidden + reason + more,
  });
};

const writeHeld: Writer = ({ words }, medicine, _reconciliation, more) =>
  words.text("medications.held", {
    regimen: beforeAdmission(words, medicine),
    remarks: (reasonOf(words, entriesOf(medicine)) || words.text("remark.noReason")) + more,
  });

function whyUnclear(words: Wording, medicine: ReconciledMedicine): string {
  const { why, discharge } = medicine;
  if (why === undefined) return "";
  return why === "marked"
    ? words.text("unclear.marked", { status: words.code(discharge.at(-1)?.status ?? "ended") })
    : words.text(`unclear.${why}`);
}

const writeUnclear: Writer = ({ words, dates }, medicine, _reconciliation, more) => {
  const shown = medicine.home.length > 0 || medicine.discharge.length > 0 ? entriesOf(medicine) : medicine.inpatient;
  const [entry] = medicine.home.length > 0 ? [comparedHome(medicine.home)] : shown;
  const date = dates.date(entry?.time);
  const values = {
    regimen: entry === undefined ? "" : regimen(words, entry),
    why: whyUnclear(words, medicine),
    remarks:
      (reasonOf(words, shown) || hospitalReason(words, medicine)) +
      (medicine.home.length > 0 ? hospitalHold(words, medicine) : "") +
      otherHome(words, medicine.home, entry) +
      more,
  };
  return date === undefined
    ? words.text("medications.unclearUndated", values)
    : words.text("medications.unclear", { ...values, date });
};

/** Neither to be taken nor stopped: the line says what became of the order, and no more. */
const writeWithdrawn: Writer = ({ words }, medicine, _reconciliation, more) => {
  const forbidden = medicine.discharge.find((fact) => fact.medication.prohibited);
  const shown = forbidden ?? medicine.discharge.at(-1);
  const values = {
    regimen: shown === undefined ? "" : regimen(words, shown),
    remarks: reasonOf(words, medicine.discharge) + words.text("remark.notBefore") + inHospital(words, medicine) + more,
  };
  return forbidden === undefined
    ? words.text("medications.withdrawn", { ...values, status: words.code(shown?.status ?? "ended").toUpperCase() })
    : words.text("medications.forbidden", values);
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
        const shared = name === "new" ? sharingBefore(medicine, reconciliation) : [];
        const cited = [...medicine.discharge, ...medicine.home, ...medicine.inpatient, ...shared];
        const entries = entriesOf(medicine);
        const more = notesOf(context.words, entries) + (name === "unclear" ? "" : undated(context, entries));
        return say(writers[name](context, medicine, reconciliation, more), cited);
      }),
  );
}

function hospitalOnly({ words }: SectionContext, reconciliation: Reconciliation): readonly SentenceDraft[] {
  const medicines = reconciliation.medicines.filter((medicine) => medicine.class === "hospital-only");
  if (medicines.length === 0) return [];
  const texts = medicines.map((medicine) => {
    const [first] = medicine.inpatient;
    const dosages = [...new Set(medicine.inpatient.flatMap((fact) => fact.medication.dosage ?? []))];
    if (first === undefined) return "";
    const directions = dosages.length === 0 ? "" : `${separator(first)}${dosages.join(words.raw("dosage.and"))}`;
    return `${first.label}${directions}${reasonOf(words, medicine.inpatient, "remark.reasonBehind")}`;
  });
  return [
    say(
      words.text("medications.hospitalOnly", { medicines: texts.join("; ") }),
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
    : [
        say(
          context.words.text("medications.unordered", { medicines: context.words.list(different.map(text)) }),
          different,
        ),
      ];
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
      const note = noteName(context, found.fact);
      const write = (items: readonly string[], key: "medications.inNotes" | "medications.inNotesEnded") =>
        items.length === 0
          ? []
          : [say(context.words.text(key, { note, medicines: items.join("; ") }), found.section.evidence)];
      return [
        ...write(
          missing.filter((item) => !knownIn(entered, item)),
          "medications.inNotes",
        ),
        ...write(
          missing.filter((item) => knownIn(entered, item)),
          "medications.inNotesEnded",
        ),
      ];
    },
  );
}

/** A section without any list would read as "takes nothing"; where a line says already that the list is missing, once is enough. */
function withoutList(
  context: SectionContext,
  { dischargeListKnown, medicines }: Reconciliation,
  sentences: readonly SentenceDraft[],
): readonly SentenceDraft[] {
  const said = medicines.some((medicine) => medicine.class === "unclear" && medicine.why === "noList");
  if (dischargeListKnown || sentences.length === 0 || said) return sentences;
  return [
    say(context.words.text("medications.noList"), {
      reference: `Encounter/${context.chart.encounter.id}`,
    }),
    ...sentences,
  ];
}

/** Nothing is to be taken any more: what was taken before, and what was given. */
function ofDeath(context: SectionContext, { medicines }: Reconciliation): readonly SentenceDraft[] {
  const { words } = context;
  const before = medicines.flatMap((medicine) => {
    const { home, discharge, inpatient } = medicine;
    const entry = comparedHome(home) ?? discharge[0];
    if (entry === undefined) return [];
    const remarks =
      otherHome(words, home, entry) + inHospital(words, medicine) + notesOf(words, [...home, ...discharge]);
    const text = words.text("medications.before", { regimen: regimen(words, entry), remarks });
    return [say(text, [...home, ...discharge, ...inpatient])];
  });
  const only = medicines.filter(({ home, discharge }) => home.length + discharge.length === 0);
  const given = only.flatMap(({ inpatient }) => inpatient);
  const names = [...new Set(given.map((fact) => regimen(words, fact)))];
  return names.length === 0
    ? before
    : [...before, say(words.text("medications.inHospital", { medicines: names.join("; ") }), given)];
}

/** Writes `medications`. */
export function medicationsSection(context: SectionContext): SectionDraft {
  const reconciliation = reconcile(context.facts, context.chart.encounter.period?.start);
  if (context.kind === "death")
    return {
      sentences: [...ofDeath(context, reconciliation), ...unordered(context, reconciliation)],
      lookedFor: "medications.lookedFor",
    };
  const sentences = withoutList(context, reconciliation, [
    ...medicationFlags(context, reconciliation),
    ...sentencesFor(context, reconciliation),
    ...hospitalOnly(context, reconciliation),
    ...unordered(context, reconciliation),
    ...onlyInNotes(context, reconciliation),
  ]);
  return { sentences, lookedFor: "medications.lookedFor" };
}
