/** What is to happen after the stay, and what the patient is told. */
import { clinicians } from "../catalogue/people.ts";
import { incidentalFindings } from "../catalogue/scenarios.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, SNOMED } from "../codes.ts";
import { addIncidental } from "./procedures.ts";

function appointment(draft: ChartDraft): void {
  const { dice, time } = draft;
  const day = time.nights + dice.between(5, 28);
  const [what, who] = [
    dice.pick(["Cardiology", "General surgery", "Primary care", "Nephrology"]),
    dice.pick(clinicians),
  ];
  const resource = add(draft, {
    resourceType: "Appointment",
    id: draft.id("appointment"),
    meta: { versionId: "1" },
    status: "booked",
    serviceType: [concept(`${what} clinic visit`)],
    start: time.at(day, 10),
    participant: [
      { actor: draft.subject, status: "accepted" },
      { actor: { display: who }, status: "accepted" },
    ],
  });
  plant(draft, {
    sections: ["follow-up"],
    kind: "appointment",
    resources: [resource],
    words: [what, who],
    days: [time.day(day)],
  });
}

function referral(draft: ChartDraft): void {
  const resource = add(draft, {
    resourceType: "ServiceRequest",
    id: draft.id("referral"),
    meta: { versionId: "1" },
    status: "active",
    intent: "order",
    category: [concept("Patient referral", coding(SNOMED, "3457005", "Patient referral"))],
    code: concept("Referral to cardiac rehabilitation"),
    subject: draft.subject,
    encounter: draft.ofStay,
    authoredOn: draft.time.at(draft.time.nights, 10),
    requester: { display: draft.dice.pick(clinicians) },
  });
  plant(draft, { sections: ["follow-up"], kind: "referral", resources: [resource], words: ["cardiac rehabilitation"] });
}

function task(draft: ChartDraft): void {
  const { dice, time } = draft;
  const due = time.nights + 7;
  const owner = dice.pick(clinicians);
  const resource = add(draft, {
    resourceType: "Task",
    id: draft.id("task"),
    meta: { versionId: "1" },
    status: "requested",
    intent: "order",
    description: "Check potassium and creatinine",
    for: draft.subject,
    encounter: draft.ofStay,
    authoredOn: time.at(time.nights, 10),
    owner: { display: owner },
    restriction: { period: { end: time.at(due, 12) } },
  });
  plant(draft, {
    sections: ["follow-up"],
    kind: "task",
    resources: [resource],
    words: ["Check potassium and creatinine", owner],
    days: [time.day(due)],
  });
}

function carePlan(draft: ChartDraft, words: string): void {
  const resource = add(draft, {
    resourceType: "CarePlan",
    id: draft.id("care-plan"),
    meta: { versionId: "1" },
    status: "active",
    intent: "plan",
    title: "Discharge plan",
    subject: draft.subject,
    encounter: draft.ofStay,
    period: { start: draft.time.at(draft.time.nights, 9) },
    description: words,
  });
  plant(draft, {
    sections: ["instructions"],
    kind: "instruction",
    resources: [resource],
    words: [words.replace(/\.$/u, "")],
  });
}

function diet(draft: ChartDraft): void {
  const resource = add(draft, {
    resourceType: "NutritionOrder",
    id: draft.id("diet"),
    meta: { versionId: "1" },
    status: "active",
    intent: "order",
    patient: draft.subject,
    encounter: draft.ofStay,
    dateTime: draft.time.at(draft.time.nights, 9),
    oralDiet: { type: [concept("Low sodium diet", coding(SNOMED, "437421000124105", "Low sodium diet"))] },
  });
  plant(draft, { sections: ["instructions"], kind: "diet", resources: [resource], words: ["Low sodium diet"] });
}

function deathHasNone({ kind }: ChartDraft): boolean {
  return kind === "death";
}

export function addFollowUp(draft: ChartDraft, plan: string): void {
  const { dice } = draft;
  if (deathHasNone(draft)) return;
  if (dice.chance(0.7)) appointment(draft);
  if (dice.chance(0.4)) referral(draft);
  if (dice.chance(0.4)) task(draft);
  if (dice.chance(0.5)) {
    const { finding, words } = dice.pick(incidentalFindings);
    addIncidental(draft, finding, words);
  }
  carePlan(draft, plan);
  if (dice.chance(0.4)) diet(draft);
}
