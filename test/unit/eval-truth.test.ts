/** The evaluation against planted truth: it must see what is missing, misplaced, misread or invented. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Section, SectionId, Sentence } from "../../src/core/summary/summary.ts";
import { egressCheck } from "../../src/eval/egress-check.ts";
import { metricsOf } from "../../src/eval/metrics.ts";
import { truthChecks } from "../../src/eval/truth/truth-checks.ts";
import { parseTruth } from "../../src/eval/truth/truth.ts";

const truth = parseTruth({
  stay: "home",
  encounter: "e",
  timeZone: "America/New_York",
  facts: [
    {
      id: "1",
      sections: ["results"],
      kind: "result",
      resources: ["Observation/cr"],
      words: ["Creatinine", ["1.71 mg/dL", "1.71 mg per dL"]],
      days: ["2026-03-15"],
      assertion: "present",
      key: true,
    },
    {
      id: "2",
      sections: ["diagnoses"],
      kind: "diagnosis",
      resources: ["Condition/pe"],
      words: ["Pulmonary embolism"],
      assertion: "absent",
      key: true,
    },
  ],
  medicines: [{ id: "m", drug: "Furosemide", class: "changed", resources: ["MedicationRequest/f"], words: ["40 mg"] }],
  pending: [{ id: "p", resources: ["ServiceRequest/b12"], words: ["Vitamin B12"] }],
  answered: ["ServiceRequest/done"],
  empty: ["procedures"],
  forbidden: [{ text: "7777", why: "entered in error" }],
  denied: ["endocarditis"],
  elsewhere: ["Tonsillectomy"],
});

const sentence = (text: string, ...references: readonly string[]): Omit<Sentence, "id"> => ({
  text,
  origin: "template",
  verified: true,
  evidence: references.map((reference) => ({ reference })),
});

function sectionOf(id: SectionId, ...sentences: readonly Omit<Sentence, "id">[]): Section {
  return {
    id,
    code: "",
    title: id,
    status: sentences.length === 0 ? "not-documented" : "documented",
    sentences: sentences.map((one, index) => ({ ...one, id: `${id}.${index}` })),
  };
}

const good: Readonly<Record<string, readonly Omit<Sentence, "id">[]>> = {
  results: [sentence("Creatinine: 1.71 mg/dL on 15 Mar 2026 (high).", "Observation/cr")],
  diagnoses: [
    sentence("Ruled out: Pulmonary embolism.", "Condition/pe"),
    sentence("No endocarditis was seen.", "Condition/pe"),
  ],
  medications: [sentence("CHANGED: Furosemide 40 mg once daily.", "MedicationRequest/f")],
  pending: [sentence("No result documented: Vitamin B12.", "ServiceRequest/b12")],
  procedures: [],
};

const failed = (over: typeof good): readonly string[] => {
  const sections = Object.entries({ ...good, ...over }).map(([id, sentences]) =>
    // The ids are the product's own.
    sectionOf(parseSectionId(id), ...sentences),
  );
  return metricsOf(truthChecks(truth, sections))
    .filter(({ ok }) => !ok)
    .map(({ name }) => name);
};

function parseSectionId(id: string): SectionId {
  if (id === "results" || id === "diagnoses" || id === "medications" || id === "pending" || id === "procedures")
    return id;
  throw new RangeError(id);
}

describe("a summary against planted truth", () => {
  it("is faultless when it tells everything as it is", () => assert.deepEqual(failed({}), []));

  for (const [what, over, metrics] of [
    [
      "another number",
      { results: [sentence("Creatinine: 11.71 mg/dL on 15 Mar 2026.", "Observation/cr")] },
      ["facts.recall", "facts.omitted"],
    ],
    [
      "another day",
      { results: [sentence("Creatinine: 1.71 mg/dL on 14 Mar 2026.", "Observation/cr")] },
      ["facts.recall", "facts.omitted"],
    ],
    [
      "no citation",
      { results: [sentence("Creatinine: 1.71 mg/dL on 15 Mar 2026.", "Observation/x")] },
      ["facts.recall", "facts.omitted"],
    ],
    ["nothing where there is something", { results: [] }, ["abstention.false", "facts.recall", "facts.omitted"]],
    [
      "something where there is nothing",
      { procedures: [sentence("Appendectomy.", "Procedure/x")] },
      ["abstention.missing"],
    ],
    [
      "a refuted diagnosis as found",
      { diagnoses: [sentence("Pulmonary embolism.", "Condition/pe")] },
      ["assertions.wrong"],
    ],
    [
      "what a note denies as found",
      { diagnoses: [...(good["diagnoses"] ?? []), sentence("Endocarditis.", "Condition/pe")] },
      ["assertions.wrong"],
    ],
    [
      "another stay's operation as this one's",
      {
        procedures: [],
        diagnoses: [...(good["diagnoses"] ?? []), sentence("Tonsillectomy on 3 Mar 2026.", "Procedure/t")],
      },
      ["assertions.wrong"],
    ],
    [
      "what was entered in error",
      { diagnoses: [...(good["diagnoses"] ?? []), sentence("Lactate 7777.", "Observation/l")] },
      ["forbidden.shown"],
    ],
    [
      "another class",
      { medications: [sentence("CONTINUED: Furosemide 40 mg once daily.", "MedicationRequest/f")] },
      ["medications.classified"],
    ],
    [
      "nothing of what is awaited",
      { pending: [sentence("No result documented: Ferritin.", "ServiceRequest/fe")] },
      ["pending.listed"],
    ],
    [
      "an answered order as pending",
      { pending: [...(good["pending"] ?? []), sentence("No result documented: Copper.", "ServiceRequest/done")] },
      ["pending.false"],
    ],
  ] as const)
    it(`fails for ${what}`, () => assert.deepEqual(failed(over).toSorted(), [...metrics].toSorted()));
});

describe("thresholds", () => {
  const missed = (count: number) => [
    { metric: "facts.recall", of: 100, problems: Array.from({ length: count }, () => ({ what: "x", references: [] })) },
  ];
  const isOk = (count: number, engine: "template" | "model"): boolean | undefined =>
    metricsOf(missed(count), engine)[0]?.ok;

  it("ask the rules for every fact, and a model for 96.55 %", () => {
    assert.deepEqual(
      [isOk(0, "template"), isOk(1, "template"), isOk(3, "model"), isOk(4, "model")],
      [true, false, true, false],
    );
  });

  it("are not claimed for what was not measured", () => {
    assert.deepEqual(metricsOf([{ metric: "facts.recall", of: 0, problems: [] }]), []);
  });
});

describe("what went to a provider", () => {
  it("is searched for every identifier, as a word of its own", () => {
    const found = (body: string): number => egressCheck([body], ["Mark", "MRN0042"]).problems.length;
    assert.equal(found("a marked improvement"), 0);
    assert.equal(found("Mark came on foot"), 1);
    assert.equal(found('{"mrn":"mrn0042"}'), 1);
    assert.equal(egressCheck([], ["Mark"]).of, 0, "nothing sent is nothing measured");
  });
});

describe("a truth file", () => {
  it("that is none is refused by the element that is wrong", () => {
    assert.throws(() => parseTruth({ stay: "home", encounter: "e", timeZone: "UTC", facts: [{}] }), /facts\.0/u);
  });
});
