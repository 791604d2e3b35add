/** A diagnosis that the stay itself names as the discharge's, outside the scenario's own list. */
import type { Coding } from "fhir/r4.js";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, hl7 } from "../codes.ts";

interface DischargeDiagnosis {
  readonly name: string;
  readonly codings: readonly Coding[];
  /** Its place on the encounter's list. */
  readonly rank: number;
  /** Days after the admission. */
  readonly day: number;
}

/** Plants it: the Condition, the encounter's entry, the truth. */
export function addDischargeDiagnosis(draft: ChartDraft, { name, codings, rank, day }: DischargeDiagnosis): void {
  const resource = add(draft, {
    resourceType: "Condition",
    id: draft.id("condition"),
    meta: { versionId: "1" },
    clinicalStatus: concept("active", coding(hl7("condition-clinical"), "active")),
    verificationStatus: concept("confirmed", coding(hl7("condition-ver-status"), "confirmed")),
    category: [concept("encounter-diagnosis", coding(hl7("condition-category"), "encounter-diagnosis"))],
    code: concept(name, ...codings),
    subject: draft.subject,
    encounter: draft.ofStay,
    onsetDateTime: draft.time.at(day, 12),
  });
  draft.encounter.diagnosis?.push({
    condition: { reference: resource },
    use: concept("Discharge diagnosis", coding(hl7("diagnosis-role"), "DD")),
    rank,
  });
  plant(draft, { sections: ["diagnoses"], kind: "diagnosis", resources: [resource], words: [name] });
}
