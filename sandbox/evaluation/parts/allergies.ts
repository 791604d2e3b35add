/** Allergies: substances, and the three kinds of none. */
import type { AllergyIntolerance } from "fhir/r4.js";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant, state } from "../chart-draft.ts";
import { coding, concept, hl7, SNOMED } from "../codes.ts";

const substances = [
  { name: "Penicillin", snomed: "764146007", category: "medication", reaction: "Rash", criticality: "low" },
  {
    name: "Sulfamethoxazole",
    snomed: "387530003",
    category: "medication",
    reaction: "Anaphylaxis",
    criticality: "high",
  },
  { name: "Peanut", snomed: "762952008", category: "food", reaction: "Swelling of the lips", criticality: "high" },
  { name: "Latex", snomed: "111088007", category: "environment", reaction: "Contact dermatitis", criticality: "low" },
  {
    name: "Iodinated contrast media",
    snomed: "426722004",
    category: "medication",
    reaction: "Hives",
    criticality: "high",
  },
] as const;

function entry(draft: ChartDraft, over: Partial<AllergyIntolerance>, verification: string): string {
  return add(draft, {
    resourceType: "AllergyIntolerance",
    id: draft.id("allergy"),
    meta: { versionId: "1" },
    clinicalStatus: concept("active", coding(hl7("allergyintolerance-clinical"), "active")),
    verificationStatus: concept(verification, coding(hl7("allergyintolerance-verification"), verification)),
    patient: draft.subject,
    recordedDate: draft.time.at(-draft.dice.between(1, 700), 10).slice(0, 10),
    ...over,
  });
}

function addSubstances(draft: ChartDraft): void {
  for (const { name, snomed, category, reaction, criticality } of draft.dice.some(
    substances,
    draft.dice.between(1, 3),
  )) {
    const code = concept(name, ...(draft.dice.chance(0.7) ? [coding(SNOMED, snomed, name)] : []));
    const resource = entry(
      draft,
      { code, category: [category], criticality, reaction: [{ manifestation: [concept(reaction)] }] },
      "confirmed",
    );
    plant(draft, { sections: ["allergies"], kind: "allergy", resources: [resource], words: [name, reaction] });
    state(draft, `The patient has an allergy to ${name.toLowerCase()}.`, resource);
  }
  if (!draft.dice.chance(0.3)) return;
  const refuted = entry(draft, { code: concept("Codeine", coding(SNOMED, "387494007", "Codeine")) }, "refuted");
  plant(draft, {
    sections: ["allergies"],
    kind: "allergy",
    resources: [refuted],
    words: ["Codeine"],
    assertion: "absent",
  });
}

function enteredInError(draft: ChartDraft): void {
  entry(draft, { code: concept("Bee venom", coding(SNOMED, "288328004", "Bee venom")) }, "entered-in-error");
  draft.forbidden.push({ text: "Bee venom", why: "an allergy entered in error" });
}

function addNoneKnown(draft: ChartDraft): void {
  const [code, words] = draft.dice.pick([
    ["716186003", "No known allergy"],
    ["409137002", "No known drug allergy"],
  ] as const);
  const resource = entry(draft, { code: concept(words, coding(SNOMED, code, words)) }, "confirmed");
  plant(draft, { sections: ["allergies"], kind: "none known", resources: [resource], words: [words] });
}

function addNotAsked(draft: ChartDraft): void {
  const resource = add(draft, {
    resourceType: "List",
    id: draft.id("allergy-list"),
    meta: { versionId: "1" },
    status: "current",
    mode: "snapshot",
    code: concept("Allergies", coding("http://loinc.org", "48765-2", "Allergies")),
    subject: draft.subject,
    encounter: draft.ofStay,
    date: draft.time.at(0, 15),
    emptyReason: concept("Not Asked", coding(hl7("list-empty-reason"), "notasked", "Not Asked")),
  });
  plant(draft, { sections: ["allergies"], kind: "not asked", resources: [resource], words: ["not asked"] });
}

/** Substances in most charts; else nothing known, not asked, or no entry at all. */
export function addAllergies(draft: ChartDraft): void {
  const roll = draft.dice.random();
  if (roll < 0.55) addSubstances(draft);
  else if (roll < 0.75) addNoneKnown(draft);
  else if (roll < 0.88) addNotAsked(draft);
  else draft.empty.push("allergies");
  if (roll < 0.75 && draft.dice.chance(0.3)) enteredInError(draft);
}
