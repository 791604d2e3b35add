import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMetrics } from "../../src/telemetry/metrics.ts";

const standing = { tenant: "t", circuitOpen: false, pending: 1, oldestSeconds: 5, dead: 0 };

describe("metrics of deliveries", () => {
  it("name so many endpoints and no more: the rest are one, and so are all callbacks", async () => {
    const metrics = createMetrics({ defaults: false });
    const count = (endpoint: string) =>
      metrics.delivery.attempt({ tenant: "t", endpoint, outcome: "delivered" }, { seconds: 0.01 });
    for (let n = 0; n < 500; n += 1) count(`e${n}`);
    for (let n = 0; n < 50; n += 1) count(`callback-${String(n).padStart(32, "0")}`);
    count("e7");
    const { body } = await metrics.render();
    const named = body.match(/handover_delivery_attempts_total\{/gu) ?? [];
    assert.equal(named.length, 202);
    assert.ok(body.includes('attempts_total{tenant="t",endpoint="other",outcome="delivered"} 300'));
    assert.ok(body.includes('attempts_total{tenant="t",endpoint="callback",outcome="delivered"} 50'));
    assert.ok(body.includes('attempts_total{tenant="t",endpoint="e7",outcome="delivered"} 2'));
  });

  it("say how endpoints stand: sums and the worst of those without a name; one look for all gauges", async () => {
    const metrics = createMetrics({ defaults: false });
    let looks = 0;
    metrics.delivery.standing(async () => {
      looks += 1;
      const many = Array.from({ length: 203 }, (_, n) => ({ ...standing, endpoint: `e${n}`, oldestSeconds: n }));
      return [...many, { ...standing, endpoint: "last", circuitOpen: true, dead: 4 }];
    });
    const { body } = await metrics.render();
    await metrics.render();
    assert.equal(looks, 1);
    assert.ok(body.includes('handover_delivery_backlog{tenant="t",endpoint="other"} 4'), body.slice(-2000));
    assert.ok(body.includes('handover_delivery_oldest_seconds{tenant="t",endpoint="other"} 202'));
    assert.ok(body.includes('handover_circuit_open{tenant="t",endpoint="other"} 1'));
    assert.ok(body.includes('handover_dead_letters{tenant="t",endpoint="e3"} 0'));
  });

  it("leave the other metrics readable while the database is away", async () => {
    const metrics = createMetrics({ defaults: false });
    metrics.delivery.standing(() => Promise.reject(new Error("away")));
    metrics.setReady(true);
    const { body } = await metrics.render();
    assert.ok(body.includes("handover_ready 1"));
    assert.ok(!body.includes("handover_delivery_backlog{"));
  });
});
