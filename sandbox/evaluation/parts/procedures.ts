/** What was done, what was not done, what was seen, and what stays in. */
import { clinicians } from "../catalogue/people.ts";
import type { Scenario } from "../catalogue/scenarios.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant, state } from "../chart-draft.ts";
import { coding, concept, hl7, LOINC, SNOMED } from "../codes.ts";
import { inWords } from "../stay-time.ts";

function performed(draft: ChartDraft, procedure: NonNullable<Scenario["procedure"]>): void {
  const { dice, time } = draft;
  const site = procedure.sites === undefined ? undefined : dice.pick(procedure.sites);
  const resource = add(draft, {
    resourceType: "Procedure",
    id: draft.id("procedure"),
    meta: { versionId: "1" },
    status: "completed",
    code: concept(procedure.name, ...(dice.chance(0.8) ? [coding(SNOMED, procedure.snomed, procedure.name)] : [])),
    subject: draft.subject,
    encounter: draft.ofStay,
    performedDateTime: time.at(1, 10),
    ...(site === undefined ? {} : { bodySite: [concept(site)] }),
    performer: [{ actor: { display: dice.pick(clinicians) } }],
  });
  plant(draft, {
    sections: ["procedures"],
    kind: "procedure",
    resources: [resource],
    words: [procedure.name, ...(site === undefined ? [] : [site])],
    days: [time.day(1)],
  });
  const where = site === undefined ? "" : ` of the ${site.toLowerCase()}`;
  const name = site === undefined ? procedure.name : procedure.name.replace(/ of hip$/u, "");
  state(draft, `${name}${where} was performed on ${inWords(time.day(1), "long")}.`, resource);
}

function notDone(draft: ChartDraft): void {
  const resource = add(draft, {
    resourceType: "Procedure",
    id: draft.id("procedure"),
    meta: { versionId: "1" },
    status: "not-done",
    statusReason: concept("Patient refused"),
    code: concept("Colonoscopy", coding(SNOMED, "73761001", "Colonoscopy")),
    subject: draft.subject,
    encounter: draft.ofStay,
    performedDateTime: draft.time.at(1, 12),
  });
  plant(draft, {
    sections: ["procedures"],
    kind: "procedure not done",
    resources: [resource],
    words: ["Colonoscopy", "refused"],
    assertion: "absent",
  });
}

const devices = [
  { name: "Percutaneous nephrostomy tube", snomed: "467117009", site: "Left kidney" },
  { name: "Peripherally inserted central catheter", snomed: "303728004", site: "Right arm" },
  { name: "Permanent pacemaker", snomed: "14106009", site: "Left chest" },
  { name: "Urinary catheter", snomed: "20568009", site: "Urinary bladder" },
] as const;

function deviceLeftIn(draft: ChartDraft): void {
  const { dice, time } = draft;
  const { name, snomed, site } = dice.pick(devices);
  const device = add(draft, {
    resourceType: "Device",
    id: draft.id("device"),
    meta: { versionId: "1" },
    status: "active",
    type: concept(name, coding(SNOMED, snomed, name)),
    patient: draft.subject,
  });
  const resource = add(draft, {
    resourceType: "DeviceUseStatement",
    id: draft.id("device-use"),
    meta: { versionId: "1" },
    status: "active",
    subject: draft.subject,
    device: { reference: device },
    bodySite: concept(site),
    timingPeriod: { start: time.at(0, 20) },
  });
  plant(draft, {
    sections: ["procedures"],
    kind: "device left in",
    resources: [resource],
    words: [name, site],
    days: [time.day(0)],
  });
}

function report(draft: ChartDraft, name: string, finding: string, day: number): string {
  return add(draft, {
    resourceType: "DiagnosticReport",
    id: draft.id("report"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Radiology", coding(hl7("v2-0074"), "RAD"))],
    code: concept(name, ...(draft.dice.chance(0.5) ? [coding(LOINC, "18748-4", "Diagnostic imaging study")] : [])),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(day, 15),
    issued: draft.time.at(day, 17),
    conclusion: finding,
  });
}

/** Adds a report of imaging; its finding must be told with its day. */
export function addImaging(draft: ChartDraft, { name, finding }: Scenario["imaging"]): void {
  const resource = report(draft, name, finding, 0);
  plant(draft, {
    sections: ["results", "course"],
    kind: "imaging",
    resources: [resource],
    words: [finding.replace(/\.$/u, "")],
    days: [draft.time.day(0)],
  });
  state(
    draft,
    `${name} on ${inWords(draft.time.day(0), "short")} showed ${finding.charAt(0).toLowerCase()}${finding.slice(1)}`,
    resource,
  );
}

/** Adds a report with a finding that nobody looked for. */
export function addIncidental(draft: ChartDraft, finding: string, words: readonly string[]): void {
  const resource = report(draft, "CT of the trunk", finding, 0);
  plant(draft, { sections: ["follow-up"], kind: "incidental finding", resources: [resource], words });
}

export function addProcedures(draft: ChartDraft, scenario: Scenario): void {
  const { dice } = draft;
  if (scenario.procedure !== undefined) performed(draft, scenario.procedure);
  addImaging(draft, scenario.imaging);
  if (dice.chance(0.3)) notDone(draft);
  if (dice.chance(0.4)) deviceLeftIn(draft);
}
