/** Orders that only look as if somebody waited for them. */
import type { ChartDraft } from "../chart-draft.ts";
import { add } from "../chart-draft.ts";
import { coding, concept, LOINC, SNOMED } from "../codes.ts";

/** Revoked, and entered in error: nobody waits for either. */
export function withdrawnOrders(draft: ChartDraft): void {
  for (const [name, loinc, status] of [
    ["Aldosterone", "1763-2", "revoked"],
    ["Copper", "5631-7", "entered-in-error"],
  ] as const) {
    const resource = add(draft, {
      resourceType: "ServiceRequest",
      id: draft.id("order"),
      meta: { versionId: "1" },
      status,
      intent: "order",
      category: [concept("Laboratory procedure", coding(SNOMED, "108252007"))],
      code: concept(name, coding(LOINC, loinc, name)),
      subject: draft.subject,
      encounter: draft.ofStay,
      authoredOn: draft.time.at(1, 8),
    });
    draft.answered.push(resource);
  }
}

/** Ordered, and the report has begun: one thing is awaited, and it is told once with who asked for it. */
export function orderAndReport(draft: ChartDraft): void {
  const order = add(draft, {
    resourceType: "ServiceRequest",
    id: draft.id("order"),
    meta: { versionId: "1" },
    status: "active",
    intent: "order",
    category: [concept("Laboratory procedure", coding(SNOMED, "108252007"))],
    code: concept("Bone marrow histology", coding(LOINC, "33721-2", "Bone marrow Pathology biopsy report")),
    subject: draft.subject,
    encounter: draft.ofStay,
    authoredOn: draft.time.at(1, 8),
    requester: { display: "Dr. Ottilie Brandauer" },
  });
  const report = add(draft, {
    resourceType: "DiagnosticReport",
    id: draft.id("report"),
    meta: { versionId: "1" },
    status: "preliminary",
    code: concept("Bone marrow histology", coding(LOINC, "33721-2", "Bone marrow Pathology biopsy report")),
    subject: draft.subject,
    encounter: draft.ofStay,
    basedOn: [{ reference: order }],
    effectiveDateTime: draft.time.at(1, 11),
  });
  const words = ["Bone marrow histology", "Ottilie Brandauer"];
  draft.pending.push({ id: `pending-${draft.pending.length + 1}`, resources: [order, report], words });
  draft.empty.splice(0, draft.empty.length, ...draft.empty.filter((section) => section !== "pending"));
}

/** Nothing but patient and encounter: every section says what it looked for. */
export function bareChart(draft: ChartDraft): void {
  draft.resources.splice(0, draft.resources.length, draft.patient, draft.encounter);
  draft.encounter.diagnosis = [];
  delete draft.encounter.reasonCode;
  const own = `Encounter/${draft.encounter.id}`;
  const kept = draft.facts.filter(({ kind, resources }) => kind === "disposition" && resources.includes(own));
  for (const list of [draft.medicines, draft.pending, draft.answered, draft.forbidden, draft.statements])
    list.splice(0);
  draft.facts.splice(0, draft.facts.length, ...kept);
  draft.empty.splice(
    0,
    draft.empty.length,
    "diagnoses",
    "procedures",
    "results",
    "allergies",
    "medications",
    "follow-up",
    "pending",
    "instructions",
  );
}
