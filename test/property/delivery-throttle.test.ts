/** Properties of slowing down and of giving up by time. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { Failing } from "../../src/core/delivery/failing.ts";
import { afterAttempt, verdictOf } from "../../src/core/delivery/failing.ts";
import { asksToSlowDown, circuitSignal, judge } from "../../src/core/delivery/outcome.ts";
import type { Throttle } from "../../src/core/delivery/throttle.ts";
import { shareAt, slowed, unthrottled } from "../../src/core/delivery/throttle.ts";
import { retryPresets } from "../../src/core/retry/policy.ts";

const hourMs = 3_600_000;
const answer = (status: number, retryAfter?: string) => ({
  kind: "answer" as const,
  status,
  responseBytes: 0,
  durationMs: 1,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

describe("slowing down (429, 502, 504)", () => {
  test("these three ask for it, and no other answer does", () => {
    const asking = Array.from({ length: 500 }, (_, index) => index + 100).filter((status) =>
      asksToSlowDown(answer(status)),
    );
    assert.deepEqual(asking, [429, 502, 504]);
    assert.equal(asksToSlowDown({ kind: "failure", failure: "timeout", durationMs: 1 }), false);
  });

  test("each halves, a burst sent before the last one counts once, and a minute without brings all back", () => {
    const once = slowed(unthrottled, 900, 1000);
    assert.equal(shareAt(once, 1000), 0.5);
    assert.deepEqual(slowed(once, 950, 1001), once, "sent before the slowing");
    const twice = slowed(once, 1001, 1002);
    assert.ok(Math.abs(shareAt(twice, 1002) - 0.25) < 0.001);
    assert.equal(shareAt(once, 1000 + 15_000), 0.75);
    assert.equal(shareAt(twice, 1002 + 60_000), 1);
  });

  test("whatever comes, something may always go, never more than the settings allow, and waiting never slows", () => {
    const signs = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 90_000 }), lateMs: fc.nat(5000) }));
    fc.assert(
      fc.property(signs, fc.nat(120_000), (came, laterMs) => {
        let throttle: Throttle = unthrottled;
        let nowMs = 1_000_000;
        for (const { waitMs, lateMs } of came) {
          nowMs += waitMs;
          throttle = slowed(throttle, nowMs - lateMs, nowMs);
        }
        const share = shareAt(throttle, nowMs);
        assert.ok(share >= 1 / 32 && share <= 1);
        assert.ok(shareAt(throttle, nowMs + laterMs) >= share);
      }),
    );
  });
});

describe("an endpoint that only fails", () => {
  const limitMs = 120 * hourMs;
  const failed = (...atHours: readonly number[]): Failing | undefined =>
    atHours.reduce<Failing | undefined>((run, hour) => afterAttempt(run, "failure", hour * hourMs), undefined);

  test("is warned of at 50, 70 and 90 % and disabled at 100 %", () => {
    const run = failed(0, 20, 40, 59);
    assert.deepEqual(verdictOf(run, limitMs), { kind: "none" });
    const half = afterAttempt(run, "failure", 60 * hourMs);
    assert.deepEqual(verdictOf(half, limitMs), { kind: "warn", percent: 50 });
    assert.ok(half);
    assert.deepEqual(verdictOf({ ...half, warned: 50 }, limitMs), { kind: "none" }, "told once");
    assert.deepEqual(verdictOf(failed(0, 20, 40, 60, 84), limitMs), { kind: "warn", percent: 70 });
    assert.deepEqual(verdictOf(failed(0, 20, 40, 60, 80, 108), limitMs), { kind: "none" }, "a day's gap");
    assert.deepEqual(verdictOf(failed(0, 20, 40, 60, 80, 100, 108), limitMs), { kind: "warn", percent: 90 });
    assert.deepEqual(verdictOf(failed(0, 20, 40, 60, 80, 100, 120), limitMs), { kind: "disable" });
  });

  test("one success ends the run; what says nothing of its health neither ends nor lengthens it", () => {
    const run = failed(0, 20, 40);
    assert.equal(afterAttempt(run, "success", 41 * hourMs), undefined);
    assert.equal(afterAttempt(run, "neutral", 41 * hourMs), run);
  });

  test("time in which nothing was tried disables nobody: two failures a week apart are two runs", () => {
    assert.deepEqual(verdictOf(failed(0, 168), limitMs), { kind: "none" });
  });

  test("0 hours: never", () => {
    assert.deepEqual(verdictOf(failed(0, 20, 40, 60, 80, 100, 120, 140), 0), { kind: "none" });
  });

  test("never disabled before the limit, whatever the times of its failures", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 40 }), (gaps) => {
        let [hour, run]: [number, Failing | undefined] = [0, undefined];
        for (const gap of gaps) {
          hour += gap;
          run = afterAttempt(run, "failure", hour * hourMs);
        }
        const span = run === undefined ? 0 : run.lastMs - run.sinceMs;
        assert.equal(verdictOf(run, limitMs).kind === "disable", span >= limitMs);
      }),
    );
  });
});

describe("Retry-After and the proxy", () => {
  const context = { policy: retryPresets.short, attemptsBefore: 0, nowMs: 0, random: 0 };
  test("an endpoint's own ceiling holds", () => {
    const outcome = judge(answer(429, "7200"), { ...context, retryAfterCeilingMs: hourMs });
    assert.deepEqual(outcome, { kind: "retry", code: "http_429", delayMs: hourMs, quietMs: hourMs });
  });
  test("a proxy's failure is tried again, and says nothing of the endpoint", () => {
    const came = { kind: "failure", failure: "proxy_failed", durationMs: 1 } as const;
    assert.deepEqual(judge(came, context), { kind: "retry", code: "proxy_failed", delayMs: 1000 });
    assert.equal(circuitSignal(came), "neutral");
  });
});
