/** What was written down in words: admission note, progress notes, and the patient's identity where notes carry it. */
import type { DocumentReference } from "fhir/r4.js";
import { clinicians } from "../catalogue/people.ts";
import type { Scenario } from "../catalogue/scenarios.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, LOINC } from "../codes.ts";

export interface NoteParts {
  readonly title: string;
  readonly loinc: string;
  readonly text: string;
  readonly day: number;
  readonly hour?: number;
}

/** Adds a note as plain text. */
export function addNote(draft: ChartDraft, { title, loinc, text, day, hour = 17 }: NoteParts): string {
  const note: DocumentReference = {
    resourceType: "DocumentReference",
    id: draft.id("note"),
    meta: { versionId: "1" },
    status: "current",
    docStatus: "final",
    type: concept(title, coding(LOINC, loinc, title)),
    subject: draft.subject,
    date: draft.time.at(day, hour),
    author: [{ display: draft.dice.pick(clinicians) }],
    content: [{ attachment: { contentType: "text/plain; charset=utf-8", data: Buffer.from(text).toString("base64") } }],
    context: { encounter: [draft.ofStay] },
  };
  return add(draft, note);
}

/** Notes name the patient, as notes do. */
export function addNotes(draft: ChartDraft, scenario: Scenario, fullName: string): void {
  const lower = scenario.reason.charAt(0).toLowerCase() + scenario.reason.slice(1);
  const admission = addNote(draft, {
    title: "History and physical note",
    loinc: "34117-2",
    day: 0,
    text: [
      `Chief complaint: ${scenario.reason}`,
      `History of present illness: ${fullName} came with ${lower} that began two days ago. No chest trauma. Denies recent travel.`,
      `Assessment: ${scenario.principal.name} is most likely. ${scenario.refuted.name} is less likely.`,
      "Plan: Admit, monitor, treat.",
    ].join("\n"),
  });
  plant(draft, {
    sections: ["reason"],
    kind: "complaint",
    resources: [admission],
    words: ["that began two days ago"],
    key: false,
  });
  const progress = addNote(draft, {
    title: draft.dice.pick(["Progress note", "Ward round", "Internal medicine"]),
    loinc: "11506-3",
    day: 1,
    hour: 12,
    text: `Assessment: No fever overnight. No evidence of ${scenario.refuted.name.toLowerCase()}. Mobilizing with help.\nPlan: Continue treatment.`,
  });
  plant(draft, { sections: ["course"], kind: "progress", resources: [progress], words: ["Mobilizing with help"] });
}
