/** Reports that were saved, to be compared with another. */
import { z } from "zod";
import { UnreadableChart } from "../chart-files.ts";
import { citationStyles } from "../citation-styles.ts";
import type { EvaluationReport } from "./report.ts";

const metric = z.object({ name: z.string(), value: z.number(), threshold: z.number(), ok: z.boolean() });
const figure = z.object({ name: z.string(), value: z.number(), unit: z.string(), target: z.number().exactOptional() });
const evidence = z.object({ reference: z.string(), lines: z.array(z.string()) });
const sentence = z.object({
  text: z.string(),
  origin: z.string(),
  verified: z.boolean(),
  references: z.array(z.string()),
});

const report = z.object({
  engine: z.string(),
  model: z.string().exactOptional(),
  charts: z.number(),
  source: z.string(),
  synthetic: z.boolean(),
  startedAt: z.string(),
  metrics: z.array(metric),
  judged: z.record(z.string(), z.number()),
  figures: z.array(figure),
  corruptions: z.array(z.object({ kind: z.string(), critical: z.boolean(), made: z.number(), caught: z.number() })),
  citations: z.array(z.object({ style: z.enum(citationStyles), made: z.number(), caught: z.number() })).exactOptional(),
  stays: z.array(
    z.object({
      chart: z.string(),
      labels: z.array(z.string()),
      resources: z.number(),
      sentences: z.number(),
      modelSentences: z.number(),
      dropped: z.number(),
      failures: z.number(),
      firstTextMs: z.number().exactOptional(),
      totalMs: z.number().exactOptional(),
      inputTokens: z.number().exactOptional(),
      outputTokens: z.number().exactOptional(),
      fellBackBecause: z.string().exactOptional(),
    }),
  ),
  failures: z.array(
    z.object({
      chart: z.string(),
      metric: z.string(),
      what: z.string(),
      sentence: z.string().exactOptional(),
      evidence: z.array(evidence),
    }),
  ),
  drafts: z.array(
    z.object({
      chart: z.string(),
      sections: z.array(
        z.object({ title: z.string(), lookedFor: z.string().exactOptional(), sentences: z.array(sentence) }),
      ),
    }),
  ),
});

/** A report that `--out` wrote. Throws UnreadableChart, naming the file, for anything else. */
export function parseReport(path: string, text: string): EvaluationReport {
  try {
    return report.parse(JSON.parse(text));
  } catch (error) {
    throw new UnreadableChart(path, "is no saved report of an evaluation", error);
  }
}
