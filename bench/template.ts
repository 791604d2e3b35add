/**
 * The rules alone, from a chart in hand to the first section that a reader sees, and to the whole draft: on the largest
 * synthetic chart, more than a thousand resources. Against parsing the same Bundle in the same run. The first draft of a
 * process is told apart: a worker writes it once.
 */
import { performance } from "node:perf_hooks";
import { syntheticCharts } from "../sandbox/evaluation/synthetic-charts.ts";
import { buildChart } from "../src/core/chart/build-chart.ts";
import { createTemplateGenerator } from "../src/generation/template/template-generator.ts";
import { latencyFigures, percentile, printFigures } from "./measure/figures.ts";
import { us } from "../test/support/jurisdictions.ts";

const rounds = 25;
const [largest] = [...syntheticCharts(90, 1)].toSorted(
  (a, b) => (b.bundle.entry?.length ?? 0) - (a.bundle.entry?.length ?? 0),
);
if (largest === undefined) throw new Error("there is no synthetic chart");
const { truth, bundle } = largest;
const text = JSON.stringify(bundle);
const generator = createTemplateGenerator();
const options = { timeZone: truth.timeZone, language: "en", jurisdiction: us } as const;

async function draft(): Promise<{ readonly firstMs: number; readonly wholeMs: number; readonly parseMs: number }> {
  const parsingAtMs = performance.now();
  const resources: typeof bundle = JSON.parse(text);
  const startedAtMs = performance.now();
  const chart = buildChart({ resources, encounterId: truth.encounter });
  let firstMs: number | undefined;
  const { signal } = new AbortController();
  for await (const event of generator.generate({ chart, options, finished: [], signal, requestId: "bench" }))
    if (event.kind === "section") firstMs ??= performance.now() - startedAtMs;
  const wholeMs = performance.now() - startedAtMs;
  return { firstMs: firstMs ?? wholeMs, wholeMs, parseMs: startedAtMs - parsingAtMs };
}

const cold = await draft();
const runs: Awaited<ReturnType<typeof draft>>[] = [];
for (let round = 0; round < rounds; round += 1) runs.push(await draft());
const parsed = { name: "parsing the same Bundle", samples: runs.map(({ parseMs }) => parseMs) };
printFigures("template", [
  { figure: "resources of the chart", value: bundle.entry?.length ?? 0, unit: "" },
  { figure: "to the first section, first draft of the process", value: cold.firstMs, unit: "ms" },
  ...latencyFigures(
    "to the first section",
    runs.map(({ firstMs }) => firstMs),
    parsed,
  ),
  {
    figure: "whole draft, p50",
    value: percentile(
      runs.map(({ wholeMs }) => wholeMs),
      0.5,
    ),
    unit: "ms",
  },
]);
