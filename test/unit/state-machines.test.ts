import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as fc from "fast-check";
import { isOpen, jobStatuses, progressAt, transitionJob } from "../../src/core/job/status.ts";
import type { JobStatus, JobTransition } from "../../src/core/job/status.ts";
import { docStatuses, transitionSummary } from "../../src/core/summary/status.ts";
import type { SummaryTransition } from "../../src/core/summary/status.ts";

const drawing = readFileSync(new URL("../../docs/state-machines.md", import.meta.url), "utf8");
const jobTransitions: JobTransition[] = [
  "wait-for-chart",
  "chart-arrived",
  "claim",
  "release",
  "worker-lost",
  "retry-step",
  "complete",
  "fail",
  "cancel",
];
const summaryTransitions: SummaryTransition[] = ["edit", "sign", "discard", "amend", "retract"];

function drawnArrows(heading: string): string[] {
  const part = drawing.slice(drawing.indexOf(heading)).split("```")[1] ?? "";
  return [...part.matchAll(/^\s+([a-z-]+) --> ([a-z-]+): ([a-z-]+)$/gmu)]
    .map((m) => `${m[1]} ${m[3]} ${m[2]}`)
    .toSorted();
}

test("the job's drawing shows exactly the arrows that the code allows", () => {
  const coded = jobStatuses.flatMap((from) =>
    jobTransitions.flatMap((name) => {
      const to = transitionJob(from, name);
      return to === undefined ? [] : [`${from} ${name} ${to}`];
    }),
  );
  assert.ok(coded.length > 10);
  assert.deepEqual(coded.toSorted(), drawnArrows("## Job"));
});

test("the summary's drawing shows exactly the arrows that the code allows", () => {
  const coded = docStatuses.flatMap((from) =>
    summaryTransitions.flatMap((name) => {
      const to = transitionSummary(from, name);
      return to === undefined ? [] : [`${from} ${name} ${to}`];
    }),
  );
  assert.deepEqual(coded.toSorted(), drawnArrows("## Summary"));
});

test("whatever happens, a job that has ended never moves again", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...jobTransitions), { maxLength: 40 }), (steps) => {
      let status: JobStatus = "requested";
      let ended = false;
      for (const step of steps) {
        const next = transitionJob(status, step);
        if (ended) assert.equal(next, undefined);
        if (next !== undefined) status = next;
        ended = !isOpen(status);
      }
    }),
  );
});

test("progress names the step, its place and the share that lies behind", () => {
  assert.deepEqual(progressAt("writing"), { step: "writing", index: 3, of: 4, value: 0.5 });
});
