/** What is still awaited at the discharge, and what only looks like it. */
import { awaitedTests } from "../catalogue/tests.ts";
import { clinicians } from "../catalogue/people.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add } from "../chart-draft.ts";
import { coding, concept, hl7, LOINC, SNOMED } from "../codes.ts";

type Awaited = (typeof awaitedTests)[number];

const laboratory = () => [concept("Laboratory procedure", coding(SNOMED, "108252007", "Laboratory procedure"))];

function order(draft: ChartDraft, { name, loinc }: Awaited, requester: string, status: "active" | "completed"): string {
  return add(draft, {
    resourceType: "ServiceRequest",
    id: draft.id("order"),
    meta: { versionId: "1" },
    status,
    intent: "order",
    category: laboratory(),
    code: concept(name, coding(LOINC, loinc, name)),
    subject: draft.subject,
    encounter: draft.ofStay,
    authoredOn: draft.time.at(1, 8),
    requester: { display: requester },
  });
}

function plantPending(draft: ChartDraft, resources: readonly string[], words: readonly string[]): void {
  draft.pending.push({ id: `pending-${draft.pending.length + 1}`, resources, words });
}

/** Ordered, and the specimen taken; nothing came back. */
function unanswered(draft: ChartDraft, test: Awaited): void {
  const requester = draft.dice.pick(clinicians);
  const resource = order(draft, test, requester, "active");
  if (draft.dice.chance(0.5))
    add(draft, {
      resourceType: "Specimen",
      id: draft.id("specimen"),
      meta: { versionId: "1" },
      status: "available",
      subject: draft.subject,
      request: [{ reference: resource }],
      collection: { collectedDateTime: draft.time.at(1, 9) },
    });
  plantPending(draft, [resource], [test.name, requester]);
}

/** A report that has begun: registered, partial or preliminary. */
function openReport(draft: ChartDraft, { name, loinc }: Awaited): void {
  const resource = add(draft, {
    resourceType: "DiagnosticReport",
    id: draft.id("report"),
    meta: { versionId: "1" },
    status: draft.dice.pick(["registered", "partial", "preliminary"] as const),
    category: [concept("Laboratory", coding(hl7("v2-0074"), "LAB"))],
    code: concept(name, coding(LOINC, loinc, name)),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(1, 9),
  });
  plantPending(draft, [resource], [name]);
}

function openValue(draft: ChartDraft, { name, loinc }: Awaited): void {
  const resource = add(draft, {
    resourceType: "Observation",
    id: draft.id("lab"),
    meta: { versionId: "1" },
    status: "preliminary",
    category: [concept("Laboratory", coding(hl7("observation-category"), "laboratory"))],
    code: concept(name, coding(LOINC, loinc, name)),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(1, 9),
    valueString: "Not yet validated",
  });
  plantPending(draft, [resource], [name]);
}

/** An order that is still marked active although its result is there: it must not be waited for. */
function answered(draft: ChartDraft, test: Awaited): void {
  const resource = order(draft, test, draft.dice.pick(clinicians), draft.dice.pick(["active", "completed"] as const));
  add(draft, {
    resourceType: "DiagnosticReport",
    id: draft.id("report"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Laboratory", coding(hl7("v2-0074"), "LAB"))],
    code: concept(test.name, coding(LOINC, test.loinc, test.name)),
    subject: draft.subject,
    encounter: draft.ofStay,
    basedOn: [{ reference: resource }],
    effectiveDateTime: draft.time.at(1, 9),
    conclusion: "Within normal limits.",
  });
  draft.answered.push(resource);
}

const kinds = [unanswered, openReport, openValue];

export function addPending(draft: ChartDraft): void {
  const { dice } = draft;
  const tests = dice.some(awaitedTests, 4);
  const count = dice.between(0, 3);
  for (const test of tests.slice(0, count)) dice.pick(kinds)(draft, test);
  const last = tests[3];
  if (last !== undefined && dice.chance(0.6)) answered(draft, last);
  if (count === 0) draft.empty.push("pending");
}
