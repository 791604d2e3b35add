/** Budgets, places and pilots: the rules by which a model may be asked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Encounter } from "fhir/r4.js";
import { costOf, mayCall, startOfDay } from "../../src/core/generation/budget.ts";
import { inPilot } from "../../src/core/generation/pilot.ts";
import { createFairPlaces } from "../../src/generation/books/fair-places.ts";

const most = { inputTokens: 600, outputTokens: 400, cost: 0.5 };

describe("mayCall", () => {
  it("never lets the day's tokens or cost be passed, whatever the call uses of what it may", () => {
    fc.assert(
      fc.property(
        fc.nat(20_000),
        fc.double({ min: 0, max: 9, noNaN: true }),
        fc.nat(9),
        fc.integer({ min: 1, max: 20_000 }),
        fc.double({ min: 0.1, max: 9, noNaN: true }),
        (tokens, cost, running, tokensPerDay, costPerDay) => {
          const verdict = mayCall({ tokens, cost, running }, most, { tokensPerDay, costPerDay, concurrentCalls: 4 });
          const within = tokens + 1000 <= tokensPerDay && cost + most.cost <= costPerDay;
          assert.equal(verdict, within ? (running < 4 ? "go" : "wait") : "spent");
        },
      ),
    );
  });

  it("lets everything pass where no budget is set, but for the number at once", () => {
    const spent = { tokens: 1e9, cost: 1e6, running: 0 };
    assert.equal(mayCall(spent, most, { concurrentCalls: 1 }), "go");
    assert.equal(mayCall({ ...spent, running: 1 }, most, { concurrentCalls: 1 }), "wait");
  });
});

describe("cost and day", () => {
  it("a call costs by the million tokens; one without a price counts by tokens only", () => {
    const used = { inputTokens: 2_000_000, outputTokens: 500_000 };
    assert.equal(costOf(used, { inputPerMillion: 3, outputPerMillion: 15 }), 13.5);
    assert.equal(costOf(used, undefined), 0);
  });

  it("the day begins at the hospital's midnight", () => {
    const now = Date.parse("2026-03-15T03:30:20.500Z");
    assert.equal(startOfDay(now, "America/Chicago").toISOString(), "2026-03-14T05:00:00.000Z");
    assert.equal(startOfDay(now, "UTC").toISOString(), "2026-03-15T00:00:00.000Z");
    assert.equal(startOfDay(now, "Asia/Kolkata").toISOString(), "2026-03-14T18:30:00.000Z");
  });
});

describe("fair places", () => {
  const { signal } = new AbortController();

  it("a free place goes to the tenant that holds fewest, then to who waits longest", async () => {
    const places = createFairPlaces(2);
    const order: string[] = [];
    const first = await places.take("big", signal);
    const second = await places.take("big", signal);
    const waiting = ["big", "big", "small", "other"].map(async (tenant) => {
      const giveBack = await places.take(tenant, signal);
      order.push(tenant);
      return giveBack;
    });
    first();
    (await waiting[2])?.();
    (await waiting[3])?.();
    (await waiting[0])?.();
    await waiting[1];
    assert.deepEqual(order, ["small", "other", "big", "big"]);
    second();
    second();
    assert.equal(places.held, 1, "giving back twice frees one place only");
  });

  it("who stops waiting leaves the queue, and takes no place", async () => {
    const places = createFairPlaces(1);
    const giveBack = await places.take("a", signal);
    const controller = new AbortController();
    const impatient = places.take("b", controller.signal);
    controller.abort(new Error("enough"));
    await assert.rejects(impatient, /enough/u);
    assert.equal(places.waiting, 0);
    giveBack();
    assert.equal(places.held, 0);
  });
});

describe("a pilot", () => {
  const encounter: Encounter = {
    resourceType: "Encounter",
    id: "e",
    status: "finished",
    class: { code: "IMP" },
    location: [{ location: { reference: "Location/4w", display: "4 West" } }],
    participant: [{ individual: { reference: "Practitioner/amara" } }],
  };
  const chart = { encounter, resources: [{ resourceType: "Location" as const, id: "4w", name: "Cardiac Telemetry" }] };

  it("covers stays on its units and under its clinicians, and nobody else", () => {
    for (const unit of ["Location/4w", "4 West", "Cardiac Telemetry"])
      assert.equal(inPilot(chart, { units: [unit], clinicians: [] }), true, unit);
    assert.equal(inPilot(chart, { units: ["5 East"], clinicians: [] }), false);
    assert.equal(inPilot(chart, { units: [], clinicians: ["Practitioner/amara"] }), true);
    assert.equal(inPilot(chart, { units: ["4 West"], clinicians: ["Practitioner/other"] }), false);
    assert.equal(inPilot(chart, { units: [], clinicians: [] }), true);
  });
});
