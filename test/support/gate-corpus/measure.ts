/** Runs a chart's true and corrupted sentences through the gate, and counts what passes, by kind. */
import type { Chart } from "../../../src/core/chart/chart.ts";
import type { Fact } from "../../../src/core/chart/facts.ts";
import { gateSentence } from "../../../src/core/verification/gate/gate-sentence.ts";
import { seededRandom } from "../../../sandbox/model/random.ts";
import { foreignDrugs } from "../../../src/eval/gate-detection.ts";
import { corrupt, corruptions } from "../../../sandbox/evaluation/corrupt.ts";
import type { CorpusSentence } from "./true-sentences.ts";
import { trueSentences } from "./true-sentences.ts";

export interface CorpusChart {
  readonly chart: Chart;
  readonly facts: readonly Fact[];
  readonly timeZone: string;
}

export interface KindCount {
  made: number;
  readonly missed: string[];
}

export interface CorpusFigures {
  readonly byKind: ReadonlyMap<string, KindCount>;
  readonly truths: number;
  /** True sentences that the gate refused, with its reasons. */
  readonly refused: readonly { readonly text: string; readonly why: string }[];
}

/** First words of the chart's drug names, with all names of the same medicine: a brand for its ingredient is no corruption. */
function drugWords(facts: readonly Fact[]): ReadonlyMap<string, readonly string[]> {
  const entries = facts.flatMap(({ label, medication }): (readonly [string, readonly string[]])[] =>
    medication === undefined ? [] : [[(label.split(" ")[0] ?? "").toLowerCase(), medication.ingredients]],
  );
  return new Map(entries);
}

/** All that the cited facts and their resources hold, in lower case. */
function evidenceText({ factIds }: CorpusSentence, chart: Chart, facts: ReadonlyMap<string, Fact>): string {
  const cited = factIds.flatMap((id) => facts.get(id) ?? []);
  const references = new Set(cited.flatMap(({ evidence }) => evidence.map(({ reference }) => reference)));
  const resources = [chart.patient, chart.encounter, ...chart.resources].filter(({ resourceType, id }) =>
    references.has(`${resourceType}/${id ?? ""}`),
  );
  return `${JSON.stringify(resources)} ${cited.map(({ text }) => text).join(" ")}`.toLowerCase();
}

/** So many of each kind are made before the share counts: a rare kind is measured too. */
const alwaysMade = 20;

/** Sentences that are false are all to be refused; of each true one a `share` of the kinds is made, drawn by chance. */
export function measureGate(charts: readonly CorpusChart[], seed: number, share: number): CorpusFigures {
  const random = seededRandom(seed);
  const byKind = new Map(Object.keys(corruptions).map((kind): [string, KindCount] => [kind, { made: 0, missed: [] }]));
  const refused: { text: string; why: string }[] = [];
  let truths = 0;
  for (const [index, { chart, facts, timeZone }] of charts.entries()) {
    const strangers = trueSentences(charts[(index + 1) % charts.length]?.facts ?? []).map(({ text }) => text);
    const context = { chart, facts: new Map(facts.map((fact) => [fact.id, fact])), timeZone };
    const sentences = trueSentences(facts);
    const known = new Set(sentences.map(({ text }) => text));
    const drugs = drugWords(facts);
    const unknown = foreignDrugs.filter((name) => !drugs.has(name.toLowerCase()));
    for (const sentence of sentences) {
      truths += 1;
      const verdict = gateSentence(sentence, context);
      if (!verdict.passed) {
        refused.push({
          text: sentence.text,
          why: verdict.failures.map(({ kind, value }) => `${kind}:${value}`).join("; "),
        });
        continue;
      }
      const lower = sentence.text.toLowerCase();
      const otherDrugs = [...drugs].flatMap(([name, ingredients]) =>
        [name, ...ingredients].some((other) => lower.includes(other)) ? [] : [name],
      );
      const evidence = evidenceText(sentence, chart, context.facts);
      for (const [kind, count] of byKind) {
        if (count.made >= alwaysMade && random() >= share) continue;
        const text = corrupt(kind, {
          text: sentence.text,
          evidence,
          truths: known,
          foreignDrugs: unknown,
          otherDrugs,
          strangers,
          random,
        });
        if (text === undefined) continue;
        count.made += 1;
        if (gateSentence({ ...sentence, text }, context).passed) count.missed.push(text);
      }
    }
  }
  return { byKind, truths, refused };
}
