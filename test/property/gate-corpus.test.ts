/**
 * The gate over the sandbox's charts: true sentences in a model's wording, and the same sentences made false in seventy ways.
 * What it catches by kind, and how much of the truth it lets through, are printed.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { recordedFacts } from "../../src/core/facts/extract.ts";
import { corruptions } from "../../sandbox/evaluation/corrupt.ts";
import type { CorpusChart } from "../support/gate-corpus/measure.ts";
import { measureGate } from "../support/gate-corpus/measure.ts";

const timeZone = "America/Chicago";

function corpusCharts(): readonly CorpusChart[] {
  return loadCharts().map(({ bundle, encounterId }) => {
    const resources = (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
    const chart = buildChart({ resources, encounterId });
    return { chart, facts: recordedFacts(chart, { timeZone }), timeZone };
  });
}

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (100 * part) / whole);

describe("the gate over the sandbox's charts", () => {
  // One draw for everybody; GATE_SEED=N looks at another.
  const seed = Number(process.env["GATE_SEED"] ?? 20_261_121);
  const { byKind, truths, refused } = measureGate(corpusCharts(), seed, 0.25);
  const counts = [...byKind].map(([kind, { made, missed }]) => ({ kind, made, missed }));
  const made = counts.reduce((sum, entry) => sum + entry.made, 0);
  const missed = counts.reduce((sum, entry) => sum + entry.missed.length, 0);

  it("prints what it catches by kind", (context) => {
    context.diagnostic(`seed ${seed}; ${truths} true sentences, ${refused.length} of them refused`);
    for (const entry of counts)
      context.diagnostic(
        `${entry.kind}: ${percent(entry.made - entry.missed.length, entry.made).toFixed(1)} % of ${entry.made}`,
      );
    // Their sentences are told of the synthetic charts only.
    const elsewhere = new Set(["assertion: made doubtful", "retold: diagnosis in another time"]);
    assert.deepEqual(
      counts.filter((entry) => entry.made === 0 && !elsewhere.has(entry.kind)).map(({ kind }) => kind),
      [],
      "every kind finds something to corrupt",
    );
  });

  it("catches every wrong number, unit, date, drug, dose, route, frequency, duration and pairing", () => {
    const critical = counts.filter(({ kind }) => corruptions[kind]?.critical === true);
    assert.deepEqual(
      critical.flatMap((entry) => entry.missed.map((text) => `${entry.kind}: ${text}`)),
      [],
      `seed ${seed}`,
    );
  });

  it("catches at least 97 % of all that is false", () => {
    const lost = counts.flatMap((entry) => entry.missed.map((text) => `${entry.kind}: ${text}`));
    assert.ok(percent(made - missed, made) >= 97, `seed ${seed}\n${lost.join("\n")}`);
  });

  it("lets at least 95 % of all that is true through", () => {
    assert.ok(
      percent(truths - refused.length, truths) >= 95,
      refused.map(({ text, why }) => `${text} <- ${why}`).join("\n"),
    );
  });
});
