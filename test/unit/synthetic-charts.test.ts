/** The builder of synthetic charts, by itself: what the evaluation rests on. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { challengeNames, syntheticChart, syntheticCharts } from "../../sandbox/evaluation/synthetic-charts.ts";
import { stayKinds } from "../../sandbox/evaluation/truth.ts";
import { parseTruth } from "../../src/eval/truth/truth.ts";
import { syntheticFaults } from "../support/synthetic-faults.ts";

describe("synthetic charts", () => {
  const charts = [...syntheticCharts(200, 1)];

  it("are the same for the same seed, each by itself, and others for another", () => {
    assert.deepEqual(syntheticChart(1, 17), charts[17]);
    assert.notDeepEqual(syntheticChart(2, 17).bundle, charts[17]?.bundle);
  });

  it("hold every kind of stay and everything that makes a chart hard, in 200", () => {
    assert.deepEqual([...new Set(charts.map(({ truth }) => truth.stay))].toSorted(), [...stayKinds].toSorted());
    assert.deepEqual(
      challengeNames.filter((name) => !charts.some(({ truth }) => truth.challenges.includes(name))),
      [],
    );
    assert.ok(charts.some(({ bundle }) => (bundle.entry?.length ?? 0) > 1000));
  });

  it("bring a truth that a file may hold, and cite only what the Bundle holds", () => {
    for (const { name, bundle, truth } of charts) {
      parseTruth(JSON.parse(JSON.stringify(truth)));
      assert.deepEqual(syntheticFaults(bundle, truth), [], name);
    }
  });

  it("vary how medicines are written down: by code, by name, by product, by reference", () => {
    const entries = charts
      .flatMap(({ bundle }) => bundle.entry ?? [])
      .flatMap(({ resource }) => (resource?.resourceType === "MedicationRequest" ? [resource] : []));
    assert.ok(entries.some(({ medicationReference }) => medicationReference !== undefined));
    assert.ok(entries.some(({ medicationCodeableConcept: concept }) => concept?.text !== undefined && !concept.coding));
    assert.ok(entries.some(({ medicationCodeableConcept: concept }) => concept?.coding && concept.text === undefined));
    assert.ok(entries.some(({ dosageInstruction: [first] = [] }) => first?.text !== undefined && !first.doseAndRate));
    assert.ok(entries.some(({ dosageInstruction: [first] = [] }) => first?.doseAndRate && first.text === undefined));
  });
});
