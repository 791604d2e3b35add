/** When somebody is told that one of our own sides fails its callers, and that it serves them again. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { AvailabilityNews } from "../../src/core/availability/availability.ts";
import { AnswerWindow, availabilityLimits, availabilityNews } from "../../src/core/availability/availability.ts";
import { createReceiverWatch } from "../../src/app/receiver-watch.ts";

const { leastRequests, share } = availabilityLimits;

describe("the news of a side", () => {
  test("few requests say nothing; from a tenth on it is degraded, at half of that it has recovered", () => {
    assert.equal(availabilityNews(false, { requests: leastRequests - 1, failed: leastRequests - 1 }), undefined);
    assert.equal(availabilityNews(false, { requests: 100, failed: 9 }), undefined);
    assert.equal(availabilityNews(false, { requests: 100, failed: 10 }), "degraded");
    assert.equal(availabilityNews(true, { requests: 100, failed: 6 }), undefined);
    assert.equal(availabilityNews(true, { requests: 100, failed: 5 }), "recovered");
    assert.equal(availabilityNews(true, { requests: 3, failed: 1 }), undefined);
    assert.equal(availabilityNews(true, { requests: 0, failed: 0 }), "recovered", "a quiet night ends it too");
  });

  test("comes in turns, and no answer brings two at once", () => {
    const answers = fc
      .record({ requests: fc.nat(500), part: fc.double({ min: 0, max: 1, noNaN: true }) })
      .map(({ requests, part }) => ({ requests, failed: Math.floor(requests * part) }));
    fc.assert(
      fc.property(fc.array(answers), (series) => {
        let degraded = false;
        for (const one of series) {
          const news = availabilityNews(degraded, one);
          if (news === undefined) continue;
          assert.equal(news === "degraded", !degraded);
          if (news === "degraded") assert.ok(one.failed >= one.requests * share);
          degraded = !degraded;
          assert.equal(availabilityNews(degraded, one), undefined, "the same answers again are no news");
        }
      }),
    );
  });

  test("what lies outside the window does not count", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(2_000_000), failed: fc.boolean() })),
        fc.nat(2_000_000),
        (all, now) => {
          const window = new AnswerWindow(300_000);
          const sorted = all.filter(({ at }) => at <= now).toSorted((a, b) => a.at - b.at);
          for (const { at, failed } of sorted) window.add(at, failed);
          const { requests, failed } = window.sum(now);
          const surely = sorted.filter(({ at }) => at > now - 240_000).length;
          const perhaps = sorted.filter(({ at }) => at > now - 300_000).length;
          assert.ok(surely <= requests && requests <= perhaps && failed <= requests);
        },
      ),
    );
  });
});

describe("a replica's watch", () => {
  interface Told {
    readonly receiver: string;
    readonly news: AvailabilityNews;
  }
  function watched(tell: () => Promise<void> = async () => undefined) {
    const [noted, told]: [Told[], Told[]] = [[], []];
    let now = 0;
    const watch = createReceiverWatch({
      now: () => now,
      note: (receiver, news) => void noted.push({ receiver, news }),
      tell: async (receiver, news) => {
        await tell();
        told.push({ receiver, news });
      },
    });
    const answer = (family: string, status: number, times: number): void => {
      for (let time = 0; time < times; time += 1) watch.onAnswered(family, status);
    };
    return { watch, noted, told, answer, pass: (ms: number) => void (now += ms) };
  }

  test("tells once of each change, of the side that it is, and not of what other systems failed at", async () => {
    const { watch, told, answer, pass } = watched();
    answer("/v1", 502, 50);
    answer("/app", 500, 50);
    answer("/cds-services", 200, 70);
    answer("/cds-services", 503, 30);
    await watch.look();
    await watch.look();
    assert.deepEqual(told, [{ receiver: "hooks", news: "degraded" }]);
    pass(360_000);
    await watch.look();
    assert.deepEqual(told.at(-1), { receiver: "hooks", news: "recovered" });
    assert.equal(told.length, 2);
  });

  test("what cannot be told while the database is away is told when it is back, and noted once", async () => {
    let away = true;
    const { watch, noted, told, answer } = watched(async () => {
      if (away) throw new Error("away");
    });
    answer("/v1", 503, 40);
    await assert.rejects(watch.look());
    await assert.rejects(watch.look());
    away = false;
    await watch.look();
    await watch.look();
    assert.deepEqual([noted.length, told.length], [1, 1]);
  });
});
