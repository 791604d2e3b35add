/** Properties of the pure rules of delivery: retry, Retry-After, circuit, pace, outcome, event filter. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { CircuitState } from "../../src/core/breaker/circuit.ts";
import { admission, closedCircuit, onAdmit, onResult } from "../../src/core/breaker/circuit.ts";
import { claimAhead, withinBytes } from "../../src/core/delivery/claim-ahead.ts";
import { uselessPatterns, wantsEvent } from "../../src/core/delivery/event-filter.ts";
import { circuitSignal, judge, transportFailures } from "../../src/core/delivery/outcome.ts";
import { paceAfter, paceDelayMs } from "../../src/core/delivery/pace.ts";
import { draftEventTypes, publicEventTypes } from "../../src/core/event/event.ts";
import type { RetryPolicy } from "../../src/core/retry/policy.ts";
import { attemptsOf, nextDelayMs, retryPolicy, retryPresets } from "../../src/core/retry/policy.ts";
import { retryAfterCeilingMs, retryAfterMs } from "../../src/core/retry/retry-after.ts";

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const free = fc.record({
  kind: fc.constant("growing" as const),
  attempts: fc.integer({ min: 1, max: 50 }),
  baseSeconds: fc.double({ min: 0.001, max: 100, noNaN: true }),
  factor: fc.double({ min: 1, max: 10, noNaN: true }),
  maxSeconds: fc.double({ min: 0.001, max: 90_000, noNaN: true }),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});
const policy: fc.Arbitrary<RetryPolicy> = fc.oneof(fc.constantFrom(retryPresets.standard, retryPresets.short), free);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const delays = (of: RetryPolicy, draw: number): number[] =>
  Array.from({ length: attemptsOf(of) - 1 }, (_, index) => nextDelayMs(of, index + 1, draw) ?? Number.NaN);

describe("claiming ahead", () => {
  test("never below what may be in flight, never above the most, whatever a turn recorded", () => {
    const count = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(
        fc.option(count, { nil: undefined }),
        count,
        fc.integer({ min: 1, max: 100 }),
        (before, recorded, size) => {
          const ahead = claimAhead(before, recorded, size, 200);
          assert.ok(ahead >= size && ahead <= 200);
        },
      ),
    );
  });

  test("grows with what an endpoint takes, and stays small where it takes nothing", () => {
    let ahead = claimAhead(undefined, 0, 4, 200);
    assert.equal(ahead, 16);
    for (let turn = 0; turn < 4; turn += 1) ahead = claimAhead(ahead, Math.min(50, ahead), 4, 200);
    assert.equal(ahead, 200);
    assert.equal(claimAhead(ahead, 1, 4, 200), 100, "one failure recorded by itself does not starve it");
    for (let turn = 0; turn < 9; turn += 1) ahead = claimAhead(ahead, 1, 4, 200);
    assert.equal(ahead, 16);
    assert.equal(claimAhead(undefined, 0, 32, 200), 64, "twice what may be in flight");
  });
});

describe("claiming within a lane's share of the memory", () => {
  test("large bodies wait in the table, small ones as before, and something always goes out", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 200 }),
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.nat(20_000_000),
        (ahead, bytesEach, most) => {
          const rows = withinBytes(ahead, bytesEach, most);
          assert.ok(rows >= 2 && rows <= ahead);
          assert.ok(rows === 2 || rows * bytesEach <= most);
          assert.ok(rows === ahead || (rows + 1) * bytesEach > most);
        },
      ),
    );
  });
});

describe("retry (contract, section 2)", () => {
  test("every policy ends after its attempts, and not before", () => {
    fc.assert(
      fc.property(policy, random, (of, draw) => {
        for (let failed = 1; failed < attemptsOf(of); failed += 1)
          assert.notEqual(nextDelayMs(of, failed, draw), undefined);
        assert.equal(nextDelayMs(of, attemptsOf(of), draw), undefined);
      }),
    );
  });
  test("free settings: never longer than maxSeconds, never negative", () => {
    fc.assert(
      fc.property(free, random, (of, draw) => {
        for (const delay of delays(of, draw)) assert.ok(delay >= 0 && delay <= Math.round(of.maxSeconds * 1000));
      }),
    );
  });
  test("standard: 10 steps, about 28 h on average", () => {
    assert.equal(delays(retryPresets.standard, 0.5).length, 10);
    assert.ok(Math.abs(sum(delays(retryPresets.standard, 0.5)) / 3_600_000 - 28) < 0.5);
  });
  test("standard: full jitter draws from next to nothing to twice the mean", () => {
    assert.ok(delays(retryPresets.standard, 0).every((delay) => delay === 500));
    assert.equal(nextDelayMs(retryPresets.standard, 3, 0.999_999), 240_000);
  });
  test("short: 5 attempts, 1 s doubling, up to 10 % on top, at most 900 s apart", () => {
    assert.deepEqual(delays(retryPresets.short, 0), [1000, 2000, 4000, 8000]);
    assert.deepEqual(delays(retryPresets.short, 0.999_999), [1100, 2200, 4400, 8800]);
    assert.equal(retryPresets.short.maxSeconds, 900);
  });
  test("settings of the configuration file become policies", () => {
    assert.equal(retryPolicy({ preset: "short" }), retryPresets.short);
    assert.deepEqual(
      delays(retryPolicy({ attempts: 3, baseSeconds: 10, factor: 3, maxSeconds: 20, jitter: 0 }), 0.5),
      [10_000, 20_000],
    );
  });
});

describe("Retry-After (RFC 9110, section 10.2.3)", () => {
  const nowMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  const cases: [string | undefined, number | undefined][] = [
    ["120", 120_000],
    ["0", 0],
    ["Fri, 02 Jan 2026 03:05:05 GMT", 60_000],
    ["Fri, 02 Jan 2026 03:00:00 GMT", 0],
    ["1000000000", retryAfterCeilingMs],
    ["Tue, 02 Jan 2035 03:05:05 GMT", retryAfterCeilingMs],
    [undefined, undefined],
    ["-5", undefined],
    ["1.5", undefined],
    ["soon", undefined],
    ["", undefined],
    ["2026-01-02", undefined],
    ["1e3", undefined],
  ];
  for (const [value, expected] of cases)
    test(`${value} -> ${expected}`, () => assert.equal(retryAfterMs(value, nowMs), expected));
  test("whatever a peer sends, the wait lies between nothing and the ceiling", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.date().map(String)), (value) => {
        const wait = retryAfterMs(value, nowMs);
        assert.ok(wait === undefined || (wait >= 0 && wait <= retryAfterCeilingMs));
      }),
    );
  });
});

describe("outcome (contract, section 4)", () => {
  const context = { policy: retryPresets.short, attemptsBefore: 0, nowMs: 0, random: 0 };
  const answer = (status: number, retryAfter?: string) => ({
    kind: "answer" as const,
    status,
    responseBytes: 0,
    durationMs: 1,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });

  for (const status of [200, 201, 202, 204, 299])
    test(`${status} is success`, () => assert.equal(judge(answer(status), context).kind, "delivered"));
  for (const status of [301, 302, 307, 308, 400, 401, 404, 413, 500, 502, 504]) {
    test(`${status} is a failure that is tried again`, () =>
      assert.deepEqual(judge(answer(status), context), { kind: "retry", code: `http_${status}`, delayMs: 1000 }));
  }
  test("410 ends the endpoint at once", () =>
    assert.deepEqual(judge(answer(410), context), { kind: "dead", code: "http_410", disable: true }));
  for (const status of [429, 503]) {
    test(`${status}: Retry-After is obeyed and quietens the endpoint`, () =>
      assert.deepEqual(judge(answer(status, "30"), context), {
        kind: "retry",
        code: `http_${status}`,
        delayMs: 30_000,
        quietMs: 30_000,
      }));
    test(`${status}: a short Retry-After does not use up the schedule`, () => {
      const outcome = judge(answer(status, "1"), { ...context, attemptsBefore: 3 });
      assert.deepEqual(outcome, { kind: "retry", code: `http_${status}`, delayMs: 8000, quietMs: 1000 });
    });
  }
  test("Retry-After of other statuses is not obeyed", () =>
    assert.deepEqual(judge(answer(500, "3600"), context), { kind: "retry", code: "http_500", delayMs: 1000 }));
  test("after the last attempt a failure is a dead letter, not a disabled endpoint", () => {
    assert.deepEqual(judge(answer(500), { ...context, attemptsBefore: 4 }), {
      kind: "dead",
      code: "http_500",
      disable: false,
    });
    for (const failure of transportFailures)
      assert.equal(judge({ kind: "failure", failure, durationMs: 1 }, { ...context, attemptsBefore: 4 }).kind, "dead");
  });
  test("429 and our own shutdown tell nothing of the endpoint's health", () => {
    assert.equal(circuitSignal(answer(429)), "neutral");
    assert.equal(circuitSignal({ kind: "failure", failure: "interrupted", durationMs: 1 }), "neutral");
    assert.equal(circuitSignal(answer(503)), "failure");
    assert.equal(circuitSignal(answer(204)), "success");
  });
});

describe("circuit", () => {
  const settings = { failures: 5, openMs: 60_000 };
  const fail = (state: CircuitState, times: number, at = 0): CircuitState =>
    Array.from({ length: times }).reduce<CircuitState>((current) => onResult(current, "failure", at, settings), state);

  test("opens at the fifth failure in a row, for a minute, then lets one probe through", () => {
    assert.equal(admission(fail(closedCircuit, 4), 0), "all");
    const open = fail(closedCircuit, 5);
    assert.equal(admission(open, 59_999), "none");
    assert.equal(admission(open, 60_000), "probe");
    assert.deepEqual(onAdmit(open, 60_000), { kind: "half-open", failures: 5 });
  });
  test("a success in between starts the count anew; 429 does not", () => {
    assert.equal(admission(fail(onResult(fail(closedCircuit, 4), "success", 0, settings), 4), 0), "all");
    assert.equal(admission(fail(onResult(fail(closedCircuit, 4), "neutral", 0, settings), 1), 0), "none");
  });
  test("the probe decides: success closes, failure opens for another minute", () => {
    const probing = onAdmit(fail(closedCircuit, 5), 60_000);
    assert.deepEqual(onResult(probing, "success", 60_001, settings), closedCircuit);
    assert.equal(admission(onResult(probing, "failure", 60_001, settings), 120_000), "none");
    assert.equal(admission(onResult(probing, "failure", 60_001, settings), 120_001), "probe");
  });
  test("a success of a request sent before the circuit opened does not close it", () => {
    const open = fail(closedCircuit, 5);
    assert.deepEqual(onResult(open, "success", 1, settings), open);
  });
  test("never 'all' unless fewer than the set failures came in a row", () => {
    const signal = fc.constantFrom("success" as const, "failure" as const, "neutral" as const);
    fc.assert(
      fc.property(fc.array(signal), (signals) => {
        let state: CircuitState = closedCircuit;
        for (const [index, next] of signals.entries()) {
          state = onResult(onAdmit(state, index * 10_000), next, index * 10_000, settings);
          assert.equal(admission(state, index * 10_000) === "all", state.kind === "closed" && state.failures < 5);
        }
      }),
    );
  });
});

describe("pace", () => {
  test("over any stretch no more requests go than the rate and the burst allow, and waiting always helps", () => {
    const settingsOf = fc.record({
      perSecond: fc.double({ min: 0.1, max: 1000, noNaN: true }),
      burst: fc.integer({ min: 1, max: 100 }),
    });
    fc.assert(
      fc.property(settingsOf, fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 300 }), (settings, gaps) => {
        let [theoretical, clock, sent] = [0, 1_000_000, 0];
        const start = clock;
        for (const gap of gaps) {
          clock += gap;
          if (paceDelayMs(theoretical, clock, settings) > 0) continue;
          theoretical = paceAfter(theoretical, clock, settings);
          sent += 1;
        }
        assert.ok(sent <= settings.burst + (settings.perSecond * (clock - start)) / 1000 + 1);
        const wait = paceDelayMs(theoretical, clock, settings);
        assert.ok(paceDelayMs(theoretical, clock + wait + 0.001, settings) < 0.001);
      }),
    );
  });
});

describe("event filter", () => {
  test("exact names, groups and everything; a group does not match by prefix alone", () => {
    assert.ok(wantsEvent(["summary.*"], "summary.signed"));
    assert.ok(wantsEvent(["task.completed"], "task.completed"));
    assert.ok(!wantsEvent(["task.*"], "summary.ready"));
    assert.ok(!wantsEvent(["summary"], "summary.ready"));
    assert.ok(!wantsEvent([], "summary.ready"));
    for (const type of publicEventTypes) assert.ok(wantsEvent(["*"], type));
  });
  test("draft text never leaves the job's stream, whatever an endpoint asks for", () => {
    for (const type of draftEventTypes) assert.ok(!wantsEvent(["*", "draft.*", type], type));
  });
  test("patterns that match nothing there is are named", () => {
    assert.deepEqual(uselessPatterns(["summary.*", "sumary.*", "__proto__", "(a+)+$", "*", "draft.*"]), [
      "sumary.*",
      "__proto__",
      "(a+)+$",
      "draft.*",
    ]);
  });
});
