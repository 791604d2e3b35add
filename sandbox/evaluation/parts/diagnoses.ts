/** Diagnoses of the stay, what was ruled out, what was there before, and what runs in the family. */
import type { Condition } from "fhir/r4.js";
import type { Named } from "../catalogue/scenarios.ts";
import { earlierProblems } from "../catalogue/scenarios.ts";
import type { Scenario } from "../catalogue/scenarios.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant, state } from "../chart-draft.ts";
import { coding, concept, hl7, ICD10, SNOMED } from "../codes.ts";

interface ConditionParts {
  readonly verification: "confirmed" | "refuted" | "provisional" | "entered-in-error";
  readonly clinical?: "active" | "resolved";
  readonly category: "encounter-diagnosis" | "problem-list-item";
  readonly onset: string;
  readonly ofStay: boolean;
}

/** Coded twice, once, or in words alone, as charts are. */
function codeOf(draft: ChartDraft, { name, snomed, icd }: Named): Condition["code"] {
  const all = [coding(SNOMED, snomed, name), ...(icd === undefined ? [] : [coding(ICD10, icd, name)])];
  return concept(name, ...draft.dice.pick([all, all.slice(0, 1), all.slice(-1), []]));
}

function addCondition(draft: ChartDraft, named: Named, parts: ConditionParts): string {
  return add(draft, {
    resourceType: "Condition",
    id: draft.id("condition"),
    meta: { versionId: "1" },
    // Confirmed is what a diagnosis is if nobody says otherwise; many systems leave both out.
    ...(parts.clinical === undefined || (parts.clinical === "active" && draft.dice.chance(0.2))
      ? {}
      : { clinicalStatus: concept(parts.clinical, coding(hl7("condition-clinical"), parts.clinical)) }),
    ...(parts.verification === "confirmed" && draft.dice.chance(0.2)
      ? {}
      : { verificationStatus: concept(parts.verification, coding(hl7("condition-ver-status"), parts.verification)) }),
    category: [concept(parts.category, coding(hl7("condition-category"), parts.category))],
    code: codeOf(draft, named) ?? {},
    subject: draft.subject,
    ...(parts.ofStay ? { encounter: draft.ofStay } : {}),
    onsetDateTime: parts.onset,
    recordedDate: parts.onset,
  });
}

function addOfStay(draft: ChartDraft, named: Named, day: number, verification: ConditionParts["verification"]): string {
  return addCondition(draft, named, {
    verification,
    ...(verification === "confirmed" || verification === "provisional" ? { clinical: "active" } : {}),
    category: "encounter-diagnosis",
    onset: draft.time.at(day, 14),
    ofStay: true,
  });
}

function dischargeDiagnosis(draft: ChartDraft, named: Named, rank: number): void {
  const resource = addOfStay(draft, named, 0, "confirmed");
  draft.encounter.diagnosis?.push({
    condition: { reference: resource },
    use: concept("Discharge diagnosis", coding(hl7("diagnosis-role"), "DD")),
    rank,
  });
  plant(draft, { sections: ["diagnoses"], kind: "diagnosis", resources: [resource], words: [named.name] });
  state(draft, `The patient had ${named.name.charAt(0).toLowerCase()}${named.name.slice(1)}.`, resource);
}

function ruledOut(draft: ChartDraft, named: Named): void {
  const resource = addOfStay(draft, named, 1, "refuted");
  plant(draft, {
    sections: ["diagnoses"],
    kind: "diagnosis",
    resources: [resource],
    words: [named.name],
    assertion: "absent",
  });
  state(draft, `${named.name} was ruled out.`, resource);
}

function suspected(draft: ChartDraft): void {
  const named = { name: "Obstructive sleep apnea", snomed: "78275009", icd: "G47.33" };
  const resource = addOfStay(draft, named, 1, "provisional");
  plant(draft, {
    sections: ["diagnoses"],
    kind: "diagnosis",
    resources: [resource],
    words: [named.name],
    assertion: "possible",
  });
}

function earlier(draft: ChartDraft): void {
  const [active, past] = draft.dice.some(earlierProblems, 2);
  const onset = draft.time.at(-draft.dice.between(400, 3000), 9).slice(0, 10);
  if (active !== undefined) {
    const parts = {
      verification: "confirmed",
      clinical: "active",
      category: "problem-list-item",
      onset,
      ofStay: false,
    } as const;
    const resource = addCondition(draft, active, parts);
    plant(draft, { sections: ["diagnoses"], kind: "comorbidity", resources: [resource], words: [active.name] });
  }
  if (past === undefined) return;
  const parts = {
    verification: "confirmed",
    clinical: "resolved",
    category: "problem-list-item",
    onset,
    ofStay: false,
  } as const;
  const resource = addCondition(draft, past, parts);
  plant(draft, {
    sections: ["diagnoses"],
    kind: "past problem",
    resources: [resource],
    words: [past.name],
    assertion: "historical",
    key: false,
  });
}

function family(draft: ChartDraft): void {
  const resource = add(draft, {
    resourceType: "FamilyMemberHistory",
    id: draft.id("family"),
    meta: { versionId: "1" },
    status: "completed",
    patient: draft.subject,
    relationship: concept("father", coding(hl7("v3-RoleCode"), "FTH")),
    condition: [{ code: concept("Colon cancer", coding(SNOMED, "363406005", "Colon cancer")) }],
  });
  plant(draft, {
    sections: ["diagnoses"],
    kind: "family history",
    resources: [resource],
    words: ["Colon cancer", "father"],
    assertion: "family",
    key: false,
  });
}

/** What somebody entered by mistake, with a name that nothing else in the chart has. */
function enteredInError(draft: ChartDraft): void {
  addOfStay(draft, { name: "Tuberous sclerosis", snomed: "7199000" }, 0, "entered-in-error");
  draft.forbidden.push({ text: "Tuberous sclerosis", why: "a diagnosis entered in error" });
}

export function addDiagnoses(draft: ChartDraft, scenario: Scenario): void {
  const { dice } = draft;
  for (const [index, named] of [scenario.principal, ...dice.some(scenario.others, dice.between(1, 2))].entries())
    dischargeDiagnosis(draft, named, index + 1);
  ruledOut(draft, scenario.refuted);
  if (dice.chance(0.4)) suspected(draft);
  if (dice.chance(0.8)) earlier(draft);
  if (dice.chance(0.4)) family(draft);
  if (dice.chance(0.5)) enteredInError(draft);
}
