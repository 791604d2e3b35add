/** When somebody is told: once for each change, never for noise about the limit. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { backlogNews } from "../../src/core/delivery/backlog-news.ts";
import type { Troubled } from "../../src/core/delivery/troubled.ts";
import { afterResult, defaultTrouble, isTroubleNew } from "../../src/core/delivery/troubled.ts";

const attempts = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 0, max: 200_000 }),
    signal: fc.constantFrom("success" as const, "failure" as const, "neutral" as const),
  }),
  { maxLength: 80 },
);
const settings = fc.record({
  failures: fc.integer({ min: 1, max: 8 }),
  withinMs: fc.integer({ min: 1000, max: 900_000 }),
});

test("trouble is told exactly when the count within the time is reached, and once until it has been below", () => {
  fc.assert(
    fc.property(attempts, settings, (all, rules) => {
      let state: Troubled | undefined;
      let nowMs = 0;
      let told = false;
      const failures: number[] = [];
      for (const { afterMs, signal } of all) {
        nowMs += afterMs;
        if (signal === "failure") failures.push(nowMs);
        const recent = failures.filter((atMs) => atMs > nowMs - rules.withinMs).length;
        state = afterResult(state, signal, nowMs, rules);
        if (recent < rules.failures) told = false;
        assert.equal(isTroubleNew(state, rules), recent >= rules.failures && !told);
        if (isTroubleNew(state, rules) && state !== undefined) {
          told = true;
          state = { ...state, told };
        }
        assert.ok((state?.failedAtMs.length ?? 0) <= rules.failures, "no more is remembered than counts");
      }
    }),
  );
});

test("five failures in ten minutes are trouble, four are not, nor are five in eleven", () => {
  const after = (times: readonly number[]) =>
    times.reduce<Troubled | undefined>(
      (state, minute) => afterResult(state, "failure", minute * 60_000, defaultTrouble),
      undefined,
    );
  assert.equal(isTroubleNew(after([1, 2, 3, 4, 5]), defaultTrouble), true);
  assert.equal(isTroubleNew(after([1, 2, 3, 4]), defaultTrouble), false);
  assert.equal(isTroubleNew(after([0, 2, 4, 8, 11]), defaultTrouble), false);
});

test("what never fails keeps nothing in mind", () => {
  assert.equal(afterResult(undefined, "success", 1, defaultTrouble), undefined);
  assert.equal(afterResult(undefined, "neutral", 1, defaultTrouble), undefined);
});

test("behind and caught up take turns, and an age about the limit is told once", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { maxLength: 60 }),
      fc.integer({ min: 10, max: 600 }),
      (ages, limit) => {
        let behind = false;
        for (const age of ages) {
          const news = backlogNews(behind, age, limit);
          if (news === "behind") assert.ok(!behind && age >= limit);
          if (news === "caught-up") assert.ok(behind && age <= limit / 2);
          if (news !== undefined) behind = news === "behind";
          assert.ok(age < limit || behind, "nobody is behind untold");
        }
      },
    ),
  );
});
