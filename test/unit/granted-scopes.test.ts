/** SMART 2.2, 147: what a token may do, by the scopes it came with. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isGranted } from "../../src/core/smart/granted-scopes.ts";

describe("granted scopes", () => {
  const cases: [string | undefined, string, "c" | "r" | "s" | "u", boolean][] = [
    ["patient/Observation.rs", "Observation", "s", true],
    ["patient/Observation.r", "Observation", "s", false],
    ["launch openid patient/Observation.rs", "Condition", "s", false],
    ["system/*.rs system/DocumentReference.cu", "Condition", "s", true],
    ["system/*.rs system/DocumentReference.cu", "DocumentReference", "u", true],
    ["system/*.rs", "DocumentReference", "c", false],
    ["patient/*.read", "Condition", "s", true],
    ["patient/Condition.read", "Condition", "c", false],
    ["user/DocumentReference.write", "DocumentReference", "u", true],
    ["user/*.*", "Condition", "s", true],
    ["user/DocumentReference.cu?category=clinical-note", "DocumentReference", "c", true],
    ["patient/Observation.sr patient/Condition.rs", "Observation", "s", false],
  ];
  for (const [scope, type, right, expected] of cases) {
    it(`"${scope}" ${expected ? "covers" : "does not cover"} ${right} on ${type}`, () =>
      assert.equal(isGranted(scope, type, right), expected));
  }

  it("without a word about resources tell nothing, and the EHR is asked", () => {
    for (const scope of [undefined, "", "launch openid fhirUser offline_access"])
      assert.ok(isGranted(scope, "Observation", "s"));
  });
});
