/**
 * `npm run model-card [-- --charts N --seed S]`: evaluates both engines on synthetic charts and writes the figures that the
 * model card publishes. The model is the scripted one: what is measured is what the gate lets through, not a vendor's prose.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { CardEvaluation } from "../src/core/model-card/model-card.ts";
import { runCli } from "../src/cli/program.ts";
import { evaluationsFile, evaluationsShape } from "../src/model-card/evaluations.ts";

const { values } = parseArgs({
  options: { charts: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const [charts, seed] = [Number(values.charts), Number(values.seed)];

const report = z.looseObject({
  charts: z.int(),
  metrics: z.array(z.object({ name: z.string(), value: z.number(), threshold: z.number(), ok: z.boolean() })),
});

async function evaluate(engine: "template" | "model"): Promise<CardEvaluation> {
  const args = ["eval", "--synthetic", String(charts), "--seed", String(seed), "--engine", engine];
  const out: string[] = [];
  // The exit code tells of missed thresholds; the card publishes them as they are.
  await runCli([...args, "--json"], {
    stdout: (text) => void out.push(text),
    stderr: (text) => void process.stderr.write(text),
  });
  const { charts: judged, metrics } = report.parse(JSON.parse(out.join("")));
  return {
    engine,
    ...(engine === "model" ? { model: "scripted" } : {}),
    charts: judged,
    seed,
    date: new Date().toISOString().slice(0, 10),
    command: `npx handover ${args.join(" ")}`,
    figures: metrics,
  };
}

const evaluations = evaluationsShape.parse([await evaluate("template"), await evaluate("model")]);
writeFileSync(evaluationsFile, `${JSON.stringify(evaluations, undefined, 2)}\n`);
for (const { engine, figures } of evaluations) {
  const missed = figures.filter(({ ok }) => !ok).map(({ name, value }) => `${name} ${value}`);
  process.stdout.write(`${engine}: ${figures.length} metrics, missed: ${missed.join(", ") || "none"}\n`);
}
