/**
 * For the patient, in plain words: medicines, appointments, what is still to come. The same decisions as the sections for
 * clinicians, in short sentences; what is in doubt there is a question to ask here.
 */
import type { Fact } from "../chart/facts.ts";
import { compareTimes } from "../facts/dates.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { encounterEvidence, inQuotes, say } from "./context.ts";
import { conflicts, takenAfter } from "./medication-flags.ts";
import { isFollowUp, leadOf } from "./pending.ts";
import type { MedicationFact, ReconciledMedicine, Reconciliation } from "./reconcile.ts";
import { comparedHome, reconcile } from "./reconcile.ts";

function stay(context: SectionContext): readonly SentenceDraft[] {
  const { words, dates, chart } = context;
  const [start, end] = [dates.date(chart.encounter.period?.start), dates.date(chart.encounter.period?.end)];
  if (start === undefined) return [];
  const text = end === undefined ? words.text("patient.since", { start }) : words.text("patient.stay", { start, end });
  const reasons = context.of("reason");
  const names = [...new Set(reasons.map((fact) => fact.label))];
  return [
    say(text, encounterEvidence(context, "period")),
    ...(names.length === 0 ? [] : [say(words.text("patient.reason", { names: words.list(names) }), reasons)]),
  ];
}

const swallowed: ReadonlySet<string> = new Set(["oral", "sublingual"]);

/** What is written for pharmacists tells a patient nothing, or the wrong thing. */
const shorthand =
  /\b(?:p\.?o|i\.?v|i\.?m|s\.?c|s\.?l|subq|b\.?i\.?d|t\.?i\.?d|q\.?i\.?d|q\.?d|q\.?\s?\d+\s?h|qhs|qam|prn|dose unknown)\b/iu;

/** How to take it: in plain words where the codes say it all, else as it is written. */
function directions({ words }: SectionContext, { medication }: MedicationFact): string {
  const { plain, dosage, route } = medication;
  if (plain !== undefined)
    return words.text(route === undefined || swallowed.has(route) ? "patient.take" : "patient.use", {
      directions: plain,
    });
  return dosage === undefined || shorthand.test(dosage)
    ? words.text("patient.noDirections")
    : words.text("patient.asWritten", { directions: inQuotes(dosage) });
}

type Told = "new" | "changed" | "continued";

const isTold = (name: ReconciledMedicine["class"]): name is Told =>
  name === "new" || name === "changed" || name === "continued";

function medicineSentences(
  context: SectionContext,
  medicine: ReconciledMedicine,
  taken: ReadonlySet<MedicationFact>,
): readonly SentenceDraft[] {
  const { words } = context;
  const cited = [...medicine.discharge, ...medicine.home];
  const entry = comparedHome(medicine.home) ?? cited[0];
  const { class: fate } = medicine;
  if (isTold(fate))
    return medicine.discharge
      .filter((fact) => taken.has(fact))
      .map((fact) =>
        say(words.text(`patient.${fate}`, { name: fact.label, take: directions(context, fact) }), fact, cited),
      );
  if (entry === undefined || fate === "hospital-only" || fate === "withdrawn") return [];
  return [say(words.text(`patient.${fate}`, { name: entry.label }), cited)];
}

function medicines(context: SectionContext, reconciliation: Reconciliation): readonly SentenceDraft[] {
  const { words, chart } = context;
  const own = { reference: `Encounter/${chart.encounter.id}` };
  if (reconciliation.medicines.length === 0) return [];
  if (!reconciliation.dischargeListKnown) return [say(words.text("patient.noList"), own)];
  const taken = new Set(takenAfter(reconciliation));
  const order: readonly ReconciledMedicine["class"][] = ["new", "changed", "continued", "stopped", "held", "unclear"];
  return order.flatMap((fate) =>
    reconciliation.medicines
      .filter((medicine) => medicine.class === fate)
      .flatMap((medicine) => medicineSentences(context, medicine, taken)),
  );
}

function allergyWarnings(context: SectionContext, reconciliation: Reconciliation): readonly SentenceDraft[] {
  if (!reconciliation.dischargeListKnown) return [];
  const active = context
    .of("allergy")
    .filter((fact) => fact.allergy?.kind === "substance" && fact.assertion === "present");
  return takenAfter(reconciliation).flatMap((medicine) =>
    active
      .filter((allergy) => conflicts(medicine, allergy))
      .map((allergy) =>
        say(
          context.words.text("patient.allergy", { name: medicine.label, substance: allergy.label }),
          medicine,
          allergy,
        ),
      ),
  );
}

const booked: ReadonlySet<string> = new Set(["booked", "pending", "proposed", "waitlist"]);

function appointments(context: SectionContext): readonly SentenceDraft[] {
  const bound = context.chart.encounter.period?.end ?? context.chart.encounter.period?.start;
  const facts = context
    .of("appointment")
    .filter(
      (fact) =>
        booked.has(fact.status ?? "") &&
        fact.evidence[0]?.reference.startsWith("Appointment/") === true &&
        (fact.time === undefined || bound === undefined || compareTimes(fact.time, bound) >= 0),
    );
  return facts.map((fact) => {
    const when = context.dates.dateTime(fact.time);
    const values = { name: fact.label, who: fact.appointment?.with };
    const { words } = context;
    return say(
      when === undefined
        ? words.text("patient.appointmentUndated", values)
        : words.text("patient.appointment", { ...values, when }),
      fact,
    );
  });
}

/** Results that were asked for and are not there: by their names, which a patient can ask for. */
function awaited(context: SectionContext): readonly SentenceDraft[] {
  const reports = context
    .of("report")
    .filter(
      (fact) => fact.period === "this-stay" && ["registered", "partial", "preliminary"].includes(fact.status ?? ""),
    );
  const told = new Set(reports.flatMap((fact) => fact.report?.basedOn ?? []));
  const orders = context
    .of("order")
    .filter(
      (fact) =>
        fact.period === "this-stay" &&
        fact.status === "active" &&
        fact.order?.resulted === false &&
        leadOf(fact) === "pending.outstanding" &&
        !isFollowUp(fact) &&
        fact.evidence.every(({ reference }) => !told.has(reference)),
    );
  const facts: readonly Fact[] = [...reports, ...orders];
  const names = [...new Set(facts.map((fact) => fact.label))];
  return names.length === 0
    ? []
    : [say(context.words.text("patient.pending", { names: context.words.list(names) }), facts)];
}

/** Writes `patient-information`. */
export function patientInformationSection(context: SectionContext): SectionDraft {
  const reconciliation = reconcile(context.facts, context.chart.encounter.period?.start);
  const told = [
    ...allergyWarnings(context, reconciliation),
    ...medicines(context, reconciliation),
    ...appointments(context),
    ...awaited(context),
  ];
  return { sentences: told.length === 0 ? [] : [...stay(context), ...told], lookedFor: "patient.lookedFor" };
}
