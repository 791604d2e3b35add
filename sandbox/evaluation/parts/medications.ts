/** Medicines with what became of each: the oracle of reconciliation is the plan by which they were written down. */
import type { MedicationRequest, MedicationStatement } from "fhir/r4.js";
import { clinicians } from "../catalogue/people.ts";
import type { Drug } from "../catalogue/drugs.ts";
import { drugs, hospitalDrugs } from "../catalogue/drugs.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant, state } from "../chart-draft.ts";
import { coding, concept, hl7 } from "../codes.ts";
import type { PlantedClass, Words } from "../truth.ts";
import { doseForms, doseWords, namesOf, oftenWords, regimenWords, writeDosage, writeDrug } from "./drug-coding.ts";
import type { Regimen } from "./drug-coding.ts";

const category = (code: string) => [concept(code, coding(hl7("medicationrequest-category"), code))];

function homeStatement(draft: ChartDraft, drug: Drug, regimen: Regimen, over: Partial<MedicationStatement>): string {
  // A list without dates is common, and must lose nothing.
  const since = draft.dice.chance(0.25)
    ? {}
    : { effectivePeriod: { start: draft.time.at(-draft.dice.between(40, 900), 9).slice(0, 10) } };
  return add(draft, {
    resourceType: "MedicationStatement",
    id: draft.id("statement"),
    meta: { versionId: "1" },
    status: "active",
    subject: draft.subject,
    ...writeDrug(draft, drug, regimen.dose),
    dosage: [writeDosage(draft, drug, regimen)],
    ...since,
    ...over,
  });
}

/** A community order from before the stay. */
function homeOrder(draft: ChartDraft, drug: Drug, regimen: Regimen): string {
  return add(draft, {
    resourceType: "MedicationRequest",
    id: draft.id("home-order"),
    meta: { versionId: "1" },
    status: "active",
    intent: "order",
    category: category("community"),
    subject: draft.subject,
    authoredOn: draft.time.at(-draft.dice.between(20, 300), 9),
    ...writeDrug(draft, drug, regimen.dose),
    dosageInstruction: [writeDosage(draft, drug, regimen)],
  });
}

const home = (draft: ChartDraft, drug: Drug, regimen: Regimen): string =>
  draft.dice.chance(0.35) ? homeOrder(draft, drug, regimen) : homeStatement(draft, drug, regimen, {});

function order(
  draft: ChartDraft,
  drug: Drug,
  regimen: Regimen,
  list: "discharge" | "inpatient",
  over: Partial<MedicationRequest> = {},
): string {
  const { time, dice } = draft;
  return add(draft, {
    resourceType: "MedicationRequest",
    id: draft.id(`${list}-order`),
    meta: { versionId: "1" },
    status: list === "discharge" ? "active" : "completed",
    intent: "order",
    // Some systems write what goes home as a prescription of the community.
    category: category(list === "discharge" && over.status === undefined && dice.chance(0.2) ? "community" : list),
    subject: draft.subject,
    encounter: draft.ofStay,
    authoredOn: list === "discharge" ? time.at(time.nights, 11) : time.at(0, 16),
    requester: { display: dice.pick(clinicians) },
    ...writeDrug(draft, drug, regimen.dose),
    dosageInstruction: [writeDosage(draft, drug, regimen)],
    ...over,
  });
}

function regimenOf(draft: ChartDraft, drug: Drug): Regimen {
  return { dose: draft.dice.pick(drug.strengths), times: draft.dice.pick(drug.times) };
}

/** Another strength if there is one, else another frequency. */
function changed(draft: ChartDraft, drug: Drug, before: Regimen): Regimen | undefined {
  const strengths = drug.strengths.filter((dose) => dose !== before.dose);
  if (strengths.length > 0) return { ...before, dose: draft.dice.pick(strengths) };
  const times = drug.times.filter((count) => count !== before.times);
  return times.length === 0 ? undefined : { ...before, times: draft.dice.pick(times) };
}

interface Written {
  readonly class: PlantedClass;
  readonly resources: readonly string[];
  readonly words: readonly Words[];
}

type Plan = (draft: ChartDraft, drug: Drug) => Written | undefined;

const plans: Readonly<Record<PlantedClass, Plan>> = {
  continued: (draft, drug) => {
    const regimen = regimenOf(draft, drug);
    const resources = [order(draft, drug, regimen, "discharge"), home(draft, drug, regimen)];
    state(
      draft,
      `${drug.name} ${doseWords(drug, regimen)} ${oftenWords(regimen.times)} was continued at discharge.`,
      ...resources,
    );
    return { class: "continued", resources, words: regimenWords(drug, regimen) };
  },
  changed: (draft, drug) => {
    const before = regimenOf(draft, drug);
    const after = changed(draft, drug, before);
    if (after === undefined) return undefined;
    const resources = [order(draft, drug, after, "discharge"), home(draft, drug, before)];
    const [dose = [], often = []] = regimenWords(drug, before);
    return {
      class: "changed",
      resources,
      words: [...regimenWords(drug, after), after.dose === before.dose ? often : dose],
    };
  },
  new: (draft, drug) => {
    const regimen = regimenOf(draft, drug);
    const resources = [order(draft, drug, regimen, "discharge")];
    state(
      draft,
      `${drug.name} ${doseWords(drug, regimen)} ${oftenWords(regimen.times)} was prescribed at discharge.`,
      ...resources,
    );
    return { class: "new", resources, words: regimenWords(drug, regimen) };
  },
  stopped: (draft, drug) => {
    const regimen = regimenOf(draft, drug);
    const reason = { statusReason: [concept(drug.stopReason)] };
    const resources = draft.dice.chance(0.6)
      ? [
          homeStatement(draft, drug, regimen, {
            status: "stopped",
            ...reason,
            effectivePeriod: { start: draft.time.at(-200, 9).slice(0, 10), end: draft.time.at(1, 10) },
          }),
        ]
      : [
          home(draft, drug, regimen),
          order(draft, drug, regimen, "discharge", { status: "stopped", statusReason: concept(drug.stopReason) }),
        ];
    state(draft, `${drug.name} was stopped.`, ...resources);
    return { class: "stopped", resources, words: [drug.stopReason] };
  },
  held: (draft, drug) => {
    const regimen = regimenOf(draft, drug);
    const resources = [
      home(draft, drug, regimen),
      order(draft, drug, regimen, "discharge", { status: "on-hold", statusReason: concept(drug.stopReason) }),
    ];
    return { class: "held", resources, words: [drug.stopReason] };
  },
  unclear: (draft, drug) => {
    const regimen = regimenOf(draft, drug);
    return { class: "unclear", resources: [home(draft, drug, regimen)], words: [doseForms(drug, regimen)] };
  },
  "hospital-only": (draft, drug) => {
    const regimen = regimenOf(draft, drug);
    const resources = [order(draft, drug, regimen, "inpatient")];
    addAdministrations(draft, drug, regimen);
    return { class: "hospital-only", resources, words: [] };
  },
};

function addAdministrations(draft: ChartDraft, drug: Drug, { dose }: Regimen): void {
  for (let day = 0; day < Math.min(draft.time.nights, 3); day += 1)
    add(draft, {
      resourceType: "MedicationAdministration",
      id: draft.id("given"),
      meta: { versionId: "1" },
      status: "completed",
      subject: draft.subject,
      context: draft.ofStay,
      effectiveDateTime: draft.time.at(day, 18),
      medicationCodeableConcept: concept(
        drug.name,
        coding("http://www.nlm.nih.gov/research/umls/rxnorm", drug.rxnorm, drug.name),
      ),
      dosage: { dose: { value: dose, unit: drug.unit } },
    });
}

function write(draft: ChartDraft, drug: Drug, wanted: PlantedClass): void {
  const written = plans[wanted](draft, drug);
  if (written === undefined) return;
  const words: readonly Words[] = [namesOf(drug), ...written.words];
  draft.medicines.push({ ...written, id: `medicine-${draft.medicines.length + 1}`, drug: drug.name, words });
  plant(draft, {
    sections: ["medications"],
    kind: "medicine",
    resources: written.resources,
    words,
    key: wanted !== "hospital-only",
  });
}

/** An order that nobody meant, of a medicine that nothing else in the chart names. */
function enteredInError(draft: ChartDraft): void {
  const drug: Drug = {
    name: "Methotrexate",
    rxnorm: "6851",
    unit: "mg",
    strengths: [15],
    times: [1],
    route: "oral",
    stopReason: "",
  };
  order(draft, drug, { dose: 15, times: 1 }, "discharge", { status: "entered-in-error" });
  draft.forbidden.push({ text: "Methotrexate", why: "a medication entered in error" });
}

const mix: readonly PlantedClass[] = [
  "continued",
  "continued",
  "changed",
  "changed",
  "new",
  "new",
  "stopped",
  "held",
  "unclear",
];

/** Some medicines of most classes. After a death nothing goes home, and only what was given here is told. */
export function addMedications(draft: ChartDraft): void {
  const { dice, kind } = draft;
  if (kind !== "death") {
    const wanted = dice.some(mix, dice.between(4, mix.length));
    // Somebody is always discharged with a list, or "not listed at discharge" would have no meaning.
    const classes: readonly PlantedClass[] = wanted.some(
      (entry) => entry === "new" || entry === "continued" || entry === "changed",
    )
      ? wanted
      : [...wanted, "new"];
    for (const [index, drug] of dice.some(drugs, classes.length).entries()) write(draft, drug, classes[index] ?? "new");
    if (dice.chance(0.4)) enteredInError(draft);
  }
  for (const drug of dice.some(hospitalDrugs, dice.between(1, 2))) write(draft, drug, "hospital-only");
}
