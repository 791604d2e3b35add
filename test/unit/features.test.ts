/** docs/features.md: our column is kept by tests that exist, and the rules that see to it can fail. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { titlesOfFile } from "../../scripts/conformance/claims.ts";
import type { FeatureRow } from "../../scripts/features/rows.ts";
import { featuresPage, readFeatures } from "../../scripts/features/rows.ts";
import { featureProblems, renderFeatures } from "../../scripts/features/table.ts";

describe("docs/features.md", () => {
  test("every yes has its tests, every narrower says what is missing", () => {
    assert.deepEqual(featureProblems(readFeatures(), titlesOfFile), []);
  });

  test("is what npm run features writes", () => {
    assert.ok(readFileSync(featuresPage, "utf8") === renderFeatures(readFeatures()), "run npm run features");
  });
});

const row = (over: Partial<FeatureRow> = {}): FeatureRow => ({
  feature: "Something",
  ours: "yes",
  tests: ["test/a.test.ts: does it"],
  peers: ["no"],
  ...over,
});
const titles = (file: string) => (file === "test/a.test.ts" ? ["does it"] : undefined);
const problems = (...rows: FeatureRow[]) =>
  featureProblems({ peers: ["Other"], groups: [{ title: "All", rows }] }, titles);

describe("the rules of the table", () => {
  test("pass what is in order", () => {
    assert.deepEqual(problems(row(), row({ feature: "Else", ours: "no", tests: [] })), []);
  });

  const cases: readonly (readonly [string, readonly FeatureRow[], RegExp])[] = [
    ["a yes without a test", [row({ tests: [] })], /names no test/u],
    ["a test that has another title", [row({ tests: ["test/a.test.ts: did it"] })], /there is no test "did it"/u],
    ["a test file that is gone", [row({ tests: ["test/b.test.ts: does it"] })], /there is no test/u],
    ["a narrower that does not say how", [row({ ours: "narrower" })], /what is missing/u],
    ["a no with a test", [row({ ours: "no" })], /says no/u],
    ["a row without each peer", [row({ peers: [] })], /0 of 1 peers/u],
    ["a feature named twice", [row(), row()], /twice/u],
  ];
  for (const [what, rows, problem] of cases) {
    test(`refuse ${what}`, () => assert.match(problems(...rows).join("\n"), problem));
  }
});
