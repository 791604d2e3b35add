/** The encounter: what kind of stay, from when to when, where from and where to. */
import type { Encounter } from "fhir/r4.js";
import { clinicians } from "../catalogue/people.ts";
import type { ChartDraft } from "../chart-draft.ts";
import { nameOf, plant, state } from "../chart-draft.ts";
import { coding, concept, hl7 } from "../codes.ts";
import type { Dice } from "../dice.ts";
import type { StayTime } from "../stay-time.ts";
import { inWords } from "../stay-time.ts";
import type { StayKind } from "../truth.ts";

/** Code and words of the way out, by kind of stay. */
const dispositions: Readonly<Record<StayKind, readonly [string, string]>> = {
  home: ["home", "Home"],
  "nursing-facility": ["snf", "Skilled nursing facility"],
  transfer: ["other-hcf", "Other healthcare facility"],
  death: ["exp", "Expired"],
  "against-advice": ["aadvice", "Left against advice"],
  observation: ["home", "Home"],
  newborn: ["home", "Home"],
};

const classOf = (kind: StayKind): string => (kind === "observation" ? "OBSENC" : "IMP");

export interface StayPlan {
  readonly kind: StayKind;
  readonly reason: string;
  readonly patientId: string;
}

/** The encounter, finished at its planned end. Diagnoses are added to it later. */
export function createEncounter(dice: Dice, time: StayTime, { kind, reason, patientId }: StayPlan): Encounter {
  const [code, words] = dispositions[kind];
  const attending = dice.pick(clinicians);
  return {
    resourceType: "Encounter",
    id: `stay-${dice.between(1000, 9999)}`,
    meta: { versionId: "1" },
    status: "finished",
    class: coding(hl7("v3-ActCode"), classOf(kind)),
    subject: { reference: `Patient/${patientId}` },
    participant: [
      { type: [concept("attender", coding(hl7("v3-ParticipationType"), "ATND"))], individual: { display: attending } },
    ],
    period: { start: time.at(0, dice.between(7, 13)), end: time.at(time.nights, dice.between(14, 18)) },
    reasonCode: [concept(reason)],
    hospitalization: {
      dischargeDisposition: concept(words, coding(hl7("discharge-disposition"), code, words)),
    },
    diagnosis: [],
  };
}

/** Plants what the encounter itself says. */
export function plantStay(draft: ChartDraft, reason: string): void {
  const { encounter, time, kind } = draft;
  const own = nameOf(encounter);
  plant(draft, { sections: ["reason"], kind: "reason", resources: [own], words: [reason] });
  plant(draft, { sections: ["reason"], kind: "admission", resources: [own], words: [], days: [time.day(0)] });
  const [, words] = dispositions[kind];
  plant(draft, {
    sections: ["condition"],
    kind: "disposition",
    resources: [own],
    words: [words],
    days: [time.day(time.nights)],
  });
  state(draft, `The patient was admitted on ${inWords(time.day(0), "long")}.`, own);
  if (kind === "death") draft.patient.deceasedDateTime = encounter.period?.end ?? "";
}
