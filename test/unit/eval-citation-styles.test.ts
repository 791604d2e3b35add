/** The manners in which the evaluation has a false sentence cite: what each brings along beside the right records. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Fact } from "../../src/core/chart/facts.ts";
import { citationsOf } from "../../src/eval/citation-styles.ts";

const fact = (id: string, kind: Fact["kind"], label: string, over: Partial<Fact> = {}): Fact => ({
  id,
  kind,
  label,
  text: label,
  codes: [],
  assertion: "present",
  period: "this-stay",
  evidence: [{ reference: `Observation/${id}` }],
  ...over,
});

const facts = [
  fact("first", "result", "Sodium"),
  fact("last", "result", "Sodium"),
  fact("other", "result", "Potassium"),
  fact("denied", "result", "Troponin", { assertion: "absent" }),
  fact("before", "result", "Creatinine", { period: "before" }),
  fact("drug", "medication", "Furosemide 40 mg oral tablet"),
];
const citing = { text: "Sodium was 131 mmol/L with furosemide.", factIds: ["first"], facts, random: (): number => 0 };

describe("manners of citing", () => {
  it("as cited: what the true sentence rests on", () => {
    assert.deepEqual(citationsOf("as cited", citing), ["first"]);
  });

  it("all of its names: every record of what the sentence names", () => {
    assert.deepEqual(citationsOf("all of its names", citing), ["first", "last", "drug"]);
  });

  it("whole section: every record of the stay's section, but none that denies where the cited ones affirm", () => {
    assert.deepEqual(citationsOf("whole section", citing), ["first", "last", "other"]);
  });

  it("wrong neighbour: another record of the name in the place of the right one", () => {
    assert.deepEqual(citationsOf("wrong neighbour", citing), ["last"]);
  });
});
