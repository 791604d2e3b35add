/** Entries of the allergy list that contradict each other, or are over. */
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, hl7, SNOMED } from "../codes.ts";

function entry(draft: ChartDraft, name: string, clinical: string, snomed?: string): string {
  return add(draft, {
    resourceType: "AllergyIntolerance",
    id: draft.id("allergy"),
    meta: { versionId: "1" },
    clinicalStatus: concept(clinical, coding(hl7("allergyintolerance-clinical"), clinical)),
    verificationStatus: concept("confirmed", coding(hl7("allergyintolerance-verification"), "confirmed")),
    code: concept(name, ...(snomed === undefined ? [] : [coding(SNOMED, snomed, name)])),
    patient: draft.subject,
    recordedDate: draft.time.at(-400, 10).slice(0, 10),
  });
}

const filled = (draft: ChartDraft): void =>
  void draft.empty.splice(0, draft.empty.length, ...draft.empty.filter((section) => section !== "allergies"));

/** "No known allergies" beside an allergy: both are told, and that they contradict each other. */
export function contradictingAllergies(draft: ChartDraft): void {
  // The same denial twice is told once, by its latest entry.
  const others = draft.facts.filter(({ kind }) => kind !== "none known");
  draft.facts.splice(0, draft.facts.length, ...others);
  const substance = entry(draft, "Walnut", "active");
  const none = entry(draft, "No known allergy", "active", "716186003");
  plant(draft, { sections: ["allergies"], kind: "allergy", resources: [substance], words: ["Walnut"] });
  plant(draft, {
    sections: ["allergies"],
    kind: "contradiction",
    resources: [none],
    words: ["No known allergy", "contradict"],
  });
  filled(draft);
}

/** An allergy of childhood that is over. */
export function pastAllergy(draft: ChartDraft): void {
  const resource = entry(draft, "Cow milk", "resolved");
  plant(draft, {
    sections: ["allergies"],
    kind: "past allergy",
    resources: [resource],
    words: ["Cow milk"],
    assertion: "historical",
  });
  filled(draft);
}
