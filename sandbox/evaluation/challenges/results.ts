/** Results that are easy to get wrong: two units, corrections, limits, versions, midnight, and what came too late. */
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, hl7, quantity } from "../codes.ts";
import { addResult, plantResult, testNamed } from "../parts/results.ts";
import type { LabTest } from "../catalogue/tests.ts";
import { challengeTests } from "../catalogue/tests.ts";

const rounded = (value: number, decimals: number): number => Number(value.toFixed(decimals));

/** One test in two units: both values are told, each in its own, and never as one series. */
export function unitsMixed(draft: ChartDraft): void {
  const { dice } = draft;
  const test = dice.pick(challengeTests.twoUnits);
  const { other } = test;
  if (other === undefined) return;
  const high = test.high * (1.5 + dice.random());
  const first = { test, value: rounded(high, test.decimals), day: 0 };
  plantResult(draft, addResult(draft, first), first, "unit of its own");
  const inOther: LabTest = {
    ...test,
    unit: other.unit,
    low: rounded(test.low * other.factor, other.decimals),
    high: rounded(test.high * other.factor, other.decimals),
    decimals: other.decimals,
  };
  const second = { test: inOther, value: rounded(high * 0.9 * other.factor, other.decimals), day: 1 };
  plantResult(draft, addResult(draft, second), second, "unit of its own");
}

/** A corrected value is marked; what stood there before is gone. */
export function amendedResult(draft: ChartDraft): void {
  const test = challengeTests.magnesium;
  const measured = { test, value: 1.3, day: 0 };
  const resource = addResult(draft, measured, { status: "corrected" });
  plant(draft, {
    sections: ["results"],
    kind: "corrected result",
    resources: [resource],
    words: [test.name, "1.3 mg/dL", "corrected"],
  });
}

/** An older version of a result is in the Bundle too: only the newest counts. */
export function olderVersion(draft: ChartDraft): void {
  const test = challengeTests.phosphate;
  const measured = { test, value: 6.6, day: 0 };
  const resource = addResult(draft, measured, { meta: { versionId: "2", lastUpdated: draft.time.at(0, 12) } });
  const newest = draft.resources.at(-1);
  if (newest?.resourceType === "Observation")
    draft.resources.push({
      ...newest,
      meta: { versionId: "1", lastUpdated: draft.time.at(0, 8) },
      valueQuantity: quantity(46.46, test.unit),
    });
  draft.forbidden.push({ text: "46.46", why: "a value of an older version" });
  plantResult(draft, resource, measured);
}

/** Below what the method can measure: the sign is part of the value. */
export function belowLimit(draft: ChartDraft): void {
  const test = challengeTests.procalcitonin;
  const resource = addResult(
    draft,
    { test, value: 100, day: 0 },
    {
      valueQuantity: { ...quantity(100, test.unit), comparator: ">" },
    },
  );
  plant(draft, {
    sections: ["results"],
    kind: "value with a sign",
    resources: [resource],
    words: [test.name, [">100 ng/mL", "> 100 ng/mL"]],
  });
}

/** Twenty minutes before midnight in the hospital; in UTC it may be the day after. */
export function nearMidnight(draft: ChartDraft): void {
  const test = challengeTests.amylase;
  const measured = { test, value: 361, day: 0, hour: 23 };
  const resource = addResult(draft, measured, { effectiveDateTime: draft.time.at(0, 23, 40) });
  plantResult(draft, resource, measured, "near midnight");
}

/** Came after the patient had gone: told under pending, and not as a result of the stay. */
export function lateResult(draft: ChartDraft): void {
  const { time } = draft;
  const test = challengeTests.creatineKinase;
  // Without its encounter nobody could tell that it is of this stay.
  const resource = addResult(draft, { test, value: 391, day: time.nights + 1 }, { encounter: draft.ofStay });
  draft.pending.push({ id: `pending-${draft.pending.length + 1}`, resources: [resource], words: [test.name, "391"] });
  draft.empty.splice(0, draft.empty.length, ...draft.empty.filter((section) => section !== "pending"));
}

/** A value in words, as some interfaces send it. */
export function valueInWords(draft: ChartDraft): void {
  const test = challengeTests.magnesium;
  const resource = addResult(draft, { test, value: 1.1, day: 0 });
  const added = draft.resources.at(-1);
  if (added?.resourceType === "Observation") {
    delete added.valueQuantity;
    delete added.referenceRange;
    added.valueString = "1.1 mg/dL (critical, called to ward)";
    added.interpretation = [concept("LL", coding(hl7("v3-ObservationInterpretation"), "LL"))];
  }
  plant(draft, {
    sections: ["results"],
    kind: "value in words",
    resources: [resource],
    words: [test.name, "1.1 mg/dL"],
  });
}

/** Positive in blood, with what it is sensitive to. */
export function culture(draft: ChartDraft): void {
  const resource = add(draft, {
    resourceType: "Observation",
    id: draft.id("culture"),
    meta: { versionId: "1" },
    status: "final",
    category: [concept("Laboratory", coding(hl7("observation-category"), "laboratory"))],
    code: concept("Wound culture", coding("http://loinc.org", "6462-6", "Bacteria identified in Wound by Culture")),
    subject: draft.subject,
    encounter: draft.ofStay,
    effectiveDateTime: draft.time.at(0, 20),
    valueCodeableConcept: concept("Staphylococcus aureus"),
    interpretation: [concept("POS", coding(hl7("v3-ObservationInterpretation"), "POS"))],
  });
  plant(draft, {
    sections: ["results"],
    kind: "culture",
    resources: [resource],
    words: ["Wound culture", "Staphylococcus aureus"],
  });
}

/** Many values in range: a chart of more than a thousand resources. */
export function thousandResources(draft: ChartDraft): void {
  const tests = ["Potassium", "Platelets", "INR", "Albumin"].map(testNamed);
  const { dice, time } = draft;
  for (let index = draft.resources.length; index < 1_050; index += 1) {
    const test = dice.pick(tests);
    add(draft, {
      resourceType: "Observation",
      id: draft.id("routine"),
      meta: { versionId: "1" },
      status: "final",
      category: [
        { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "vital-signs" }] },
      ],
      code: { text: "Heart rate", coding: [{ system: "http://loinc.org", code: "8867-4" }] },
      subject: draft.subject,
      encounter: draft.ofStay,
      effectiveDateTime: time.at(
        dice.between(0, Math.max(0, time.nights - 2)),
        dice.between(0, 23),
        dice.between(0, 59),
      ),
      valueQuantity: quantity(dice.between(60, 95), "/min"),
      note: [{ text: `Routine round, ${test.name.toLowerCase()} seen.` }],
    });
  }
}
