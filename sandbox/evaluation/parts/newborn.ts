/** A newborn's stay: birth data, screening, bilirubin, first vaccine; no medicines from before. */
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, hl7, ICD10, LOINC, quantity, SNOMED } from "../codes.ts";
import { addDischargeDiagnosis } from "./discharge-diagnosis.ts";
import { addNote } from "./notes.ts";
import { addResult, plantResult, testNamed } from "./results.ts";

function measure(
  draft: ChartDraft,
  name: string,
  loinc: string,
  value: number,
  unit: string,
  category: string,
): string {
  return add(draft, {
    resourceType: "Observation",
    id: draft.id("birth"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept(category, coding(hl7("observation-category"), category))],
    code: concept(name, coding(LOINC, loinc, name)),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(0, 14),
    valueQuantity: quantity(value, unit),
  });
}

function weights(draft: ChartDraft): void {
  const { dice, time } = draft;
  const birth = dice.between(2700, 4100);
  measure(draft, "Birth weight", "8339-4", birth, "g", "vital-signs");
  const last = Number(((birth * 0.95) / 1000).toFixed(2));
  const resource = add(draft, {
    resourceType: "Observation",
    id: draft.id("vital"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("vital-signs", coding(hl7("observation-category"), "vital-signs"))],
    code: concept("Body weight", coding(LOINC, "29463-7", "Body weight")),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: time.at(time.nights, 9),
    valueQuantity: quantity(last, "kg"),
  });
  plant(draft, { sections: ["condition"], kind: "weight", resources: [resource], words: [`${last} kg`] });
}

function vaccine(draft: ChartDraft): void {
  const resource = add(draft, {
    resourceType: "Immunization",
    id: draft.id("vaccine"),
    meta: { versionId: "1" },
    status: "completed",
    vaccineCode: concept("Hepatitis B vaccine", coding("http://hl7.org/fhir/sid/cvx", "08", "Hepatitis B vaccine")),
    patient: draft.subject,
    encounter: draft.ofStay,
    occurrenceDateTime: draft.time.at(1, 10),
  });
  plant(draft, {
    sections: ["procedures"],
    kind: "immunization",
    resources: [resource],
    words: ["Hepatitis B vaccine"],
    days: [draft.time.day(1)],
  });
}

function bilirubin(draft: ChartDraft): void {
  const test = testNamed("Bilirubin");
  for (const [day, value] of [
    [1, draft.dice.between(60, 80) / 10],
    [draft.time.nights, draft.dice.between(85, 118) / 10],
  ] as const) {
    const measured = { test, value, day };
    plantResult(draft, addResult(draft, measured), measured);
  }
}

/** Fills the chart of a newborn. */
export function addNewborn(draft: ChartDraft): void {
  const name = "Neonatal jaundice";
  const codings = [coding(SNOMED, "387712008", name), coding(ICD10, "P59.9", name)];
  addDischargeDiagnosis(draft, { name, codings, rank: 1, day: 1 });
  weights(draft);
  vaccine(draft);
  bilirubin(draft);
  const note = addNote(draft, {
    title: "Newborn note",
    loinc: "11506-3",
    day: 1,
    text: "Assessment: Term newborn, feeding well at the breast. No murmur.\nPlan: Check bilirubin tomorrow.",
  });
  plant(draft, { sections: ["newborn"], kind: "feeding", resources: [note], words: ["feeding well at the breast"] });
  draft.empty.push("allergies", "medications");
}
