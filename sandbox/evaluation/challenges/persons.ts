/** Whose data is it? Other patients refuse the chart; other encounters are not this stay. */
import type { Patient } from "fhir/r4.js";
import type { ChartDraft } from "../chart-draft.ts";
import { add } from "../chart-draft.ts";
import { coding, concept, hl7, LOINC, quantity } from "../codes.ts";

function resultOf(draft: ChartDraft, patient: string): void {
  add(draft, {
    resourceType: "Observation",
    id: draft.id("lab"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Laboratory", coding(hl7("observation-category"), "laboratory"))],
    code: concept("Potassium", coding(LOINC, "2823-3", "Potassium")),
    subject: { reference: patient },
    effectiveDateTime: draft.time.at(0, 9),
    valueQuantity: quantity(6.9, "mmol/L"),
  });
}

/** One result names somebody else. */
export function wrongPatient(draft: ChartDraft): void {
  resultOf(draft, "Patient/somebody-else");
  draft.refused = "a result of another patient";
}

/** A twin of the same name, birth date and address, with results of their own. */
export function twin(draft: ChartDraft): void {
  const sibling: Patient = { ...draft.patient, id: `${draft.patient.id}-b` };
  add(draft, sibling);
  resultOf(draft, `Patient/${sibling.id}`);
  draft.refused = "results of a twin of the same name";
}

function encounter(draft: ChartDraft, id: string, from: number, to: number): void {
  add(draft, {
    resourceType: "Encounter",
    id,
    meta: { versionId: "1" },
    status: "finished",
    class: coding(hl7("v3-ActCode"), "IMP"),
    subject: draft.subject,
    period: { start: draft.time.at(from, 9), end: draft.time.at(to, 15) },
  });
}

function operation(draft: ChartDraft, id: string, name: string, day: number): void {
  add(draft, {
    resourceType: "Procedure",
    id: draft.id("procedure"),
    meta: { versionId: "1" },
    status: "completed",
    code: concept(name),
    subject: draft.subject,
    encounter: { reference: `Encounter/${id}` },
    performedDateTime: draft.time.at(day, 11),
  });
}

/** What another stay did later must not be told of this one. */
export function laterEncounter(draft: ChartDraft): void {
  const from = draft.time.nights + 20;
  encounter(draft, "later-stay", from, from + 2);
  operation(draft, "later-stay", "Thyroidectomy", from + 1);
  draft.forbidden.push({ text: "Thyroidectomy", why: "done in a later stay" });
}

/** What an earlier stay did is history, and never the course of this one. */
export function earlierEncounter(draft: ChartDraft): void {
  encounter(draft, "earlier-stay", -90, -84);
  operation(draft, "earlier-stay", "Tonsillectomy", -88);
  draft.elsewhere.push("Tonsillectomy");
}
