/** Which failures of the whole suite are looked at a second time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { suiteOutcome, worthSecondRun } from "../support/suite-outcome.ts";

const failed = (file: string): string =>
  `FAILED  ${file}: a title\nError: no\n\nFAILED  ${file}  3 passed, 1 failed, 2.0 s\n`;
const passed = "ok      test/unit/a.test.ts  2 passed, 0.1 s\n";

test("a file with a failed test is run once more; one that passed is not", () => {
  const outcome = suiteOutcome(`${passed}${failed("test/unit/b.test.ts")}`);
  assert.deepEqual([...outcome.failedFiles], ["test/unit/b.test.ts"]);
  assert.deepEqual(worthSecondRun(outcome), ["test/unit/b.test.ts"]);
  assert.deepEqual(worthSecondRun(suiteOutcome(passed)), []);
});

test("a requirement that its failed file did not prove is settled with the file, another's is not", () => {
  const unproven = (file: string): string =>
    `FAILED    names requirements, and did not run and pass: ${file}: a title\n`;
  const own = suiteOutcome(`${failed("test/unit/b.test.ts")}${unproven("test/unit/b.test.ts")}`);
  assert.deepEqual(worthSecondRun(own), ["test/unit/b.test.ts"]);
  const others = suiteOutcome(`${failed("test/unit/b.test.ts")}${unproven("test/unit/c.test.ts")}`);
  assert.equal(others.faults.length, 1);
  assert.deepEqual(worthSecondRun(others), []);
});

test("coverage below its floor, and more than a few failed files, are what they are", () => {
  const low = suiteOutcome(`${failed("test/unit/b.test.ts")}FAILED    core's coverage lies below 95 %\n`);
  assert.deepEqual(worthSecondRun(low), []);
  const many = ["a", "b", "c", "d"].map((name) => failed(`test/unit/${name}.test.ts`)).join("");
  assert.deepEqual(worthSecondRun(suiteOutcome(many)), []);
});
