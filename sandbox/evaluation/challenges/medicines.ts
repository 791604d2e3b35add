/** Medicines that are easy to get wrong: names that differ, entries twice, no date, and an allergy against them. */
import type { MedicationRequest, MedicationStatement } from "fhir/r4.js";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, hl7, quantity } from "../codes.ts";
import type { PlantedClass, Words } from "../truth.ts";

const category = (code: string) => [concept(code, coding(hl7("medicationrequest-category"), code))];

function dischargeOrder(draft: ChartDraft, name: string, over: Partial<MedicationRequest>): string {
  return add(draft, {
    resourceType: "MedicationRequest",
    id: draft.id("discharge-order"),
    meta: { versionId: "1" },
    status: "active",
    intent: "order",
    category: category("discharge"),
    subject: draft.subject,
    encounter: draft.ofStay,
    authoredOn: draft.time.at(draft.time.nights, 11),
    medicationCodeableConcept: concept(name),
    ...over,
  });
}

function homeEntry(draft: ChartDraft, name: string, over: Partial<MedicationStatement>): string {
  return add(draft, {
    resourceType: "MedicationStatement",
    id: draft.id("statement"),
    meta: { versionId: "1" },
    status: "active",
    subject: draft.subject,
    medicationCodeableConcept: concept(name),
    ...over,
  });
}

function plantMedicine(
  draft: ChartDraft,
  drug: string,
  wanted: PlantedClass,
  resources: readonly string[],
  words: readonly Words[],
): void {
  draft.medicines.push({ id: `medicine-${draft.medicines.length + 1}`, drug, class: wanted, resources, words });
  plant(draft, { sections: ["medications"], kind: "medicine", resources, words });
}

const daily = { timing: { repeat: { frequency: 1, period: 1, periodUnit: "d" as const } } };

/** A brand before, its ingredient after, and no code on either: one medicine. */
export function brandAndGeneric(draft: ChartDraft): void {
  const [brand, generic] = draft.dice.pick([
    ["Coumadin", "Warfarin"],
    ["Cozaar", "Losartan"],
    ["Protonix", "Pantoprazole"],
    ["Zocor", "Simvastatin"],
  ] as const);
  const dosage = [{ text: "20 mg by mouth once daily" }];
  const resources = [
    dischargeOrder(draft, generic, { dosageInstruction: dosage }),
    homeEntry(draft, brand, { dosage }),
  ];
  plantMedicine(draft, generic, "continued", resources, [generic, "20 mg", "once daily"]);
}

/** Taken at home, on two lists, in other words: one line, no duplicate. */
export function listedTwice(draft: ChartDraft): void {
  const first = homeEntry(draft, "Colecalciferol", { dosage: [{ text: "1000 units by mouth once daily" }] });
  const second = homeEntry(draft, "Colecalciferol", {
    dosage: [{ doseAndRate: [{ doseQuantity: quantity(1000, "units") }], ...daily }],
  });
  const order = dischargeOrder(draft, "Colecalciferol", {
    dosageInstruction: [{ text: "1000 units by mouth once daily" }],
  });
  plantMedicine(draft, "Colecalciferol", "continued", [order, first, second], ["Colecalciferol", "1000 units"]);
}

/** Neither date nor order nor end: it stands on no list of the discharge, and is not dropped. */
export function undatedMedicine(draft: ChartDraft): void {
  const resource = homeEntry(draft, "Pyridostigmine", { dosage: [{ text: "60 mg by mouth three times daily" }] });
  plantMedicine(draft, "Pyridostigmine", "unclear", [resource], ["Pyridostigmine", "60 mg"]);
}

/** The prescriber's words are two amounts in one tablet, and the coded dose has only one of them. */
export function combination(draft: ChartDraft): void {
  const resource = dischargeOrder(draft, "Amoxicillin/clavulanate", {
    dosageInstruction: [
      { text: "875/125 mg by mouth twice daily", doseAndRate: [{ doseQuantity: quantity(875, "mg") }] },
    ],
  });
  plantMedicine(
    draft,
    "Amoxicillin/clavulanate",
    "new",
    [resource],
    ["Amoxicillin/clavulanate", "875/125 mg", "twice daily"],
  );
}

/** Less each week: every step is told. */
export function taper(draft: ChartDraft): void {
  const step = (sequence: number, text: string) => ({ sequence, text });
  const resource = dischargeOrder(draft, "Methylprednisolone", {
    dosageInstruction: [
      step(1, "32 mg by mouth once daily for 5 days"),
      step(2, "16 mg by mouth once daily for 5 days"),
      step(3, "8 mg by mouth once daily for 5 days"),
    ],
  });
  plantMedicine(draft, "Methylprednisolone", "new", [resource], ["Methylprednisolone", "32 mg", "16 mg", "8 mg"]);
}

/** Only when needed, with what for. */
export function whenNeeded(draft: ChartDraft): void {
  const resource = dischargeOrder(draft, "Melperone", {
    dosageInstruction: [
      {
        doseAndRate: [{ doseQuantity: quantity(25, "mg") }],
        asNeededCodeableConcept: concept("agitation"),
        route: concept("Oral route"),
        ...daily,
      },
    ],
  });
  plantMedicine(draft, "Melperone", "new", [resource], ["Melperone", "25 mg", "as needed", "agitation"]);
}

/** Grams before and milligrams after: the same amount. */
export function gramsAndMilligrams(draft: ChartDraft): void {
  const resources = [
    dischargeOrder(draft, "Mesalamine", { dosageInstruction: [{ text: "1000 mg by mouth twice daily" }] }),
    homeEntry(draft, "Mesalamine", { dosage: [{ text: "1 g PO BID" }] }),
  ];
  plantMedicine(draft, "Mesalamine", "continued", resources, ["Mesalamine", "1000 mg"]);
}

/** Other salts, forms and letters of one medicine on the two lists, and no code on either. */
export function saltsAndForms(draft: ChartDraft): void {
  const dosage = [{ text: "50 mg by mouth once daily" }];
  const resources = [
    dischargeOrder(draft, "propranolol hydrochloride 50 MG Oral Tablet", { dosageInstruction: dosage }),
    homeEntry(draft, "Propranolol HCl", { dosage }),
  ];
  plantMedicine(draft, "Propranolol", "continued", resources, ["propranolol", "50 mg"]);
}

/** Ordered against a documented allergy: the line that says so names both. */
export function allergyConflict(draft: ChartDraft): void {
  const allergy = add(draft, {
    resourceType: "AllergyIntolerance",
    id: draft.id("allergy"),
    meta: { versionId: "1" },
    clinicalStatus: concept("active", coding(hl7("allergyintolerance-clinical"), "active")),
    verificationStatus: concept("confirmed", coding(hl7("allergyintolerance-verification"), "confirmed")),
    category: ["medication"],
    code: concept("Clarithromycin"),
    patient: draft.subject,
    reaction: [{ manifestation: [concept("Angioedema")] }],
  });
  const order = dischargeOrder(draft, "Clarithromycin", {
    dosageInstruction: [{ text: "500 mg by mouth twice daily" }],
  });
  plantMedicine(draft, "Clarithromycin", "new", [order], ["Clarithromycin", "500 mg", "twice daily"]);
  plant(draft, {
    sections: ["medications"],
    kind: "allergy conflict",
    resources: [allergy],
    words: ["Clarithromycin", ["allergy", "allergies"]],
  });
  draft.empty.splice(0, draft.empty.length, ...draft.empty.filter((section) => section !== "allergies"));
}
