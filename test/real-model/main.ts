/**
 * Lets a real, small model write for the sandbox's charts through the whole model path, and judges what stood by a check
 * that shares nothing with the gate. README.md says how to get engine and model.
 */
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import type { Sentence } from "../../src/core/summary/summary.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import { createOpenAiCompatibleProvider } from "../../src/generation/model/openai-compatible/openai-compatible.ts";
import { modelPartIds } from "../../src/generation/model/parts.ts";
import type { ModelProvider } from "../../src/generation/model/provider.ts";
import { structureChart } from "../../src/generation/model/structure.ts";
import type { LlamaModule } from "./serve.ts";
import { serveModel } from "./serve.ts";
import { us } from "../support/jurisdictions.ts";

const settings = z
  .object({
    REAL_MODEL_MODULE: z.string(),
    REAL_MODEL_GGUF: z.string(),
    REAL_MODEL_ROUNDS: z.coerce.number().int().min(1).default(1),
  })
  .safeParse(process.env);
if (!settings.success) {
  console.error("set REAL_MODEL_MODULE and REAL_MODEL_GGUF: test/real-model/README.md says how to get them");
  process.exit(2);
}
const { REAL_MODEL_MODULE: modulePath, REAL_MODEL_GGUF: modelPath, REAL_MODEL_ROUNDS: rounds } = settings.data;
const served = await serveModel((await import(pathToFileURL(modulePath).href)) as LlamaModule, modelPath);

const options = { timeZone: "America/Chicago", language: "en", jurisdiction: us } as const;
const patience = { firstChunkTimeoutMs: 600_000, chunkTimeoutMs: 120_000, totalTimeoutMs: 900_000 };
/** A sentence takes some forty tokens of JSON; prompts stay short, because one thread reads a hundred tokens a second. */
const limits = { factBudgetTokens: 200, maxOutputTokens: 320 };
/** Each part once as it is, and the course once more from what has numbers: there is most to get wrong. */
const runs = [
  ...modelPartIds.map((part) => ({ name: part, part, limits })),
  {
    name: "course of values",
    part: "course",
    limits: { ...limits, kinds: ["result", "medication", "administration"] },
  },
] as const;

const provider = createOpenAiCompatibleProvider({ baseUrl: served.baseUrl, model: "smollm2", timeouts: patience });
let raw = "";
const recorded: ModelProvider = {
  ...provider,
  async *stream(prompt) {
    raw = "";
    const answer = provider.stream(prompt);
    for (;;) {
      const next = await answer.next();
      if (next.done === true) return next.value;
      raw += next.value;
      yield next.value;
    }
  },
};

/** Numbers of a text as written, `1,200` and `1200` alike; the gate is not asked. */
const numbersIn = (text: string): readonly string[] =>
  (text.replaceAll(/(?<=\d),(?=\d{3}\b)/gu, "").match(/\d+(?:\.\d+)?/gu) ?? []).map((number) => String(Number(number)));

interface Tally {
  written: number;
  stood: number;
}
const total: Tally = { written: 0, stood: 0 };
const rules = new Map<string, number>();
let failed = 0;

/** Sentences that the raw answer holds, whole or not. */
const rawSentences = (): number => raw.match(/"text"\s*:/gu)?.length ?? 0;

/** The first round takes the likeliest words; each further one draws others, so that no two make the same mistakes. */
const drawings = Array.from({ length: rounds }, (_, round) => ({
  temperature: round === 0 ? 0 : 0.8,
  seed: round + 1,
}));
const work = drawings.flatMap((drawing) => loadCharts().map((loaded) => ({ drawing, ...loaded })));

for (const { drawing, bundle, encounterId, patientId } of work) {
  served.draw(drawing);
  const chart = buildChart({ resources: bundle, encounterId });
  const { facts } = structureChart(chart, options);
  const everything = JSON.stringify([chart.patient, chart.encounter, chart.resources]);
  for (const { name, part, limits: own } of runs) {
    const generator = createModelGenerator({
      provider: recorded,
      structure: structureChart,
      parts: [part],
      limits: own,
    });
    const begun = performance.now();
    const { signal } = new AbortController();
    const generation = generator.generate({ chart, options, finished: [], signal, requestId: "real" });
    const stood: Sentence[] = [];
    for (;;) {
      const next = await generation.next();
      if (next.done === true) {
        const [call] = next.value.record?.calls ?? [];
        if (call === undefined) break;
        total.written += rawSentences();
        for (const [rule, count] of Object.entries(call.drops)) rules.set(rule, (rules.get(rule) ?? 0) + count);
        const seconds = ((performance.now() - begun) / 1000).toFixed(1);
        console.log(
          `\n${patientId}, ${name}, draw ${drawing.seed}: ${call.outcome} in ${seconds} s; ${call.stood} stood, ${call.dropped} fell`,
        );
        console.log(`  raw: ${raw.slice(0, 900)}`);
        break;
      }
      if (next.value.kind === "section")
        stood.push(...next.value.section.sentences.filter(({ origin }) => origin === "model"));
    }
    for (const sentence of stood) {
      total.stood += 1;
      const cited = new Set(sentence.evidence.map(({ reference }) => reference));
      const said = facts.filter(({ evidence }) => evidence.some(({ reference }) => cited.has(reference)));
      const known = new Set(numbersIn(`${said.map(({ text }) => text).join(" ")} ${everything}`));
      const wrong = numbersIn(sentence.text).filter((number) => !known.has(number));
      // An age stands in no resource: it is told from two that are cited.
      const age = /^An? (\d+)-year-old/u.exec(sentence.text)?.[1];
      const unknown = wrong.filter((number) => number !== age);
      if (unknown.length > 0) failed += 1;
      console.log(`  ${unknown.length > 0 ? "WRONG " : "stood "} ${sentence.text}`);
    }
  }
}
await served.close();

console.log(`\n${total.written} sentences written, ${total.stood} stood. Refused by rule:`);
for (const [rule, count] of [...rules].toSorted((a, b) => b[1] - a[1])) console.log(`  ${rule}: ${count}`);
console.log(
  failed === 0 ? "No number stood that nothing says." : `${failed} sentences stood with a number that nothing says.`,
);
process.exit(failed === 0 ? 0 : 1);
