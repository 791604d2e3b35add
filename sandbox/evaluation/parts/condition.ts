/** The state on leaving: vital signs, weight, code status, function. */
import type { Observation } from "fhir/r4.js";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant, state } from "../chart-draft.ts";
import { coding, concept, hl7, LOINC, quantity } from "../codes.ts";
import { inWords } from "../stay-time.ts";

interface Sign {
  readonly name: string;
  readonly loinc: string;
  readonly value: number;
  readonly unit: string;
  readonly printed: readonly string[];
}

function addSign(
  draft: ChartDraft,
  { name, loinc, value, unit }: Omit<Sign, "printed">,
  day: number,
  over: Partial<Observation> = {},
): string {
  return add(draft, {
    resourceType: "Observation",
    id: draft.id("vital"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Vital Signs", coding(hl7("observation-category"), "vital-signs"))],
    code: concept(name, coding(LOINC, loinc, name)),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(day, day === draft.time.nights ? 9 : 20),
    valueQuantity: quantity(value, unit),
    ...over,
  });
}

function signsOf(draft: ChartDraft): readonly Sign[] {
  const { dice } = draft;
  const [pulse, breaths, saturation] = [dice.between(58, 104), dice.between(12, 22), dice.between(91, 99)];
  return [
    { name: "Heart rate", loinc: "8867-4", value: pulse, unit: "/min", printed: [`${pulse}/min`, `${pulse} /min`] },
    {
      name: "Respiratory rate",
      loinc: "9279-1",
      value: breaths,
      unit: "/min",
      printed: [`${breaths}/min`, `${breaths} /min`],
    },
    {
      name: "Oxygen saturation",
      loinc: "59408-5",
      value: saturation,
      unit: "%",
      printed: [`${saturation}%`, `${saturation} %`],
    },
  ];
}

function bloodPressure(draft: ChartDraft): void {
  const { dice, time } = draft;
  const [systolic, diastolic] = [dice.between(104, 158), dice.between(56, 92)];
  const part = (code: string, name: string, value: number) => ({
    code: concept(name, coding(LOINC, code, name)),
    valueQuantity: quantity(value, "mm[Hg]"),
  });
  const resource = add(draft, {
    resourceType: "Observation",
    id: draft.id("vital"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Vital Signs", coding(hl7("observation-category"), "vital-signs"))],
    code: concept("Blood pressure", coding(LOINC, "85354-9", "Blood pressure panel")),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: time.at(time.nights, 9),
    component: [
      part("8480-6", "Systolic blood pressure", systolic),
      part("8462-4", "Diastolic blood pressure", diastolic),
    ],
  });
  plant(draft, {
    sections: ["condition"],
    kind: "vital sign",
    resources: [resource],
    words: [`${systolic}/${diastolic}`],
    key: false,
  });
}

function weights(draft: ChartDraft): void {
  const { dice, time } = draft;
  const first = dice.between(480, 1180) / 10;
  const last = Number((first - dice.between(5, 40) / 10).toFixed(1));
  const weight = (value: number, day: number): string =>
    addSign(draft, { name: "Body weight", loinc: "29463-7", value, unit: "kg" }, day);
  weight(first, 0);
  const resource = weight(last, time.nights);
  plant(draft, {
    sections: ["condition"],
    kind: "weight",
    resources: [resource],
    words: [`${last} kg`],
    days: [time.day(time.nights)],
  });
  state(draft, `Body weight was ${last} kg on ${inWords(time.day(time.nights), "short")}.`, resource);
}

function codeStatus(draft: ChartDraft): void {
  const words = draft.dice.pick(["Full code", "Do not resuscitate"]);
  const resource = add(draft, {
    resourceType: "Observation",
    id: draft.id("code-status"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Survey", coding(hl7("observation-category"), "survey"))],
    code: concept("Code status", coding("http://snomed.info/sct", "304251008", "Resuscitation status")),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(0, 16),
    valueCodeableConcept: concept(words),
  });
  plant(draft, { sections: ["condition"], kind: "code status", resources: [resource], words: [words] });
}

function functionalStatus(draft: ChartDraft): void {
  const words = draft.dice.pick(["Walks with a cane", "Independent in all activities", "Needs help with stairs"]);
  const resource = add(draft, {
    resourceType: "Observation",
    id: draft.id("function"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Survey", coding(hl7("observation-category"), "survey"))],
    code: concept("Functional status", coding(LOINC, "47420-5", "Functional status assessment")),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(draft.time.nights, 9),
    valueString: words,
  });
  plant(draft, { sections: ["condition"], kind: "function", resources: [resource], words: [words] });
}

export function addCondition(draft: ChartDraft): void {
  const { dice, time, kind } = draft;
  if (kind !== "death") {
    for (const sign of signsOf(draft)) {
      addSign(draft, { ...sign, value: sign.value - 2 }, Math.max(0, time.nights - 2));
      const resource = addSign(draft, sign, time.nights);
      plant(draft, {
        sections: ["condition"],
        kind: "vital sign",
        resources: [resource],
        words: [sign.printed],
        key: false,
      });
    }
    bloodPressure(draft);
    weights(draft);
    if (dice.chance(0.5)) functionalStatus(draft);
  }
  if (dice.chance(0.5)) codeStatus(draft);
}
