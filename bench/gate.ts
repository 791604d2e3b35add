/**
 * The gate, sentence by sentence, over true and false sentences of the sandbox's largest chart. Against cutting the same text into
 * words in the same run. A sentence must cost less than 2 ms, or a model's stream waits for its judge.
 */
import { loadCharts } from "../sandbox/charts/load.ts";
import { seededRandom } from "../sandbox/model/random.ts";
import { buildChart } from "../src/core/chart/build-chart.ts";
import { extractFacts } from "../src/core/facts/extract.ts";
import { gateSentence, prepareGate } from "../src/core/verification/gate/gate-sentence.ts";
import { corrupt, corruptions } from "../sandbox/evaluation/corrupt.ts";
import type { CorpusSentence } from "../test/support/gate-corpus/true-sentences.ts";
import { trueSentences } from "../test/support/gate-corpus/true-sentences.ts";
import { latencyFigures, printFigures } from "./measure/figures.ts";

const timeZone = "America/Chicago";
const rounds = 3;

const charts = loadCharts().map(({ bundle, encounterId }) => {
  const resources = (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  const chart = buildChart({ resources, encounterId });
  return { chart, facts: extractFacts(chart, { timeZone }) };
});
const [largest] = charts.toSorted((a, b) => b.facts.length - a.facts.length);
if (largest === undefined) throw new Error("the sandbox has no chart");
const { chart, facts } = largest;
const context = { chart, facts: new Map(facts.map((fact) => [fact.id, fact])), chartFacts: facts, timeZone };

/** One false twin of each true sentence, of a kind drawn by chance. */
function withTwins(sentences: readonly CorpusSentence[]): readonly CorpusSentence[] {
  const random = seededRandom(1);
  const kinds = Object.keys(corruptions);
  return sentences.flatMap((sentence) => {
    const kind = kinds[Math.floor(random() * kinds.length)] ?? "";
    const input = {
      evidence: "",
      truths: new Set<string>(),
      foreignDrugs: ["warfarin"],
      otherDrugs: ["digoxin"],
      random,
    };
    const text = corrupt(kind, { ...input, text: sentence.text });
    return text === undefined ? [sentence] : [sentence, { ...sentence, text }];
  });
}

function timed(work: () => void): number {
  const startedAtMs = performance.now();
  work();
  return performance.now() - startedAtMs;
}

const sentences = withTwins(trueSentences(facts));
const prepared = timed(() => {
  prepareGate(context);
});
for (const sentence of sentences) gateSentence(sentence, context);
const gated: number[] = [];
const split: number[] = [];
for (let round = 0; round < rounds; round += 1)
  for (const sentence of sentences) {
    gated.push(timed(() => void gateSentence(sentence, context)));
    split.push(timed(() => void sentence.text.split(/\s+/u)));
  }
printFigures("gate", [
  { figure: `reading ${facts.length} facts, once a draft`, value: prepared, unit: "ms" },
  ...latencyFigures("one sentence", gated, { name: "the same text cut into words", samples: split }),
]);
