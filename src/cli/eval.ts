/** `handover eval DIR`: the clinical evaluation of every chart Bundle under a folder; fails below its thresholds. */
import { parseArgs } from "node:util";
import { chartPaths, readBundle, UnreadableChart } from "../eval/chart-files.ts";
import type { Metric, StayResult } from "../eval/evaluate.ts";
import { evaluateBundle, metricsOf, missedOf } from "../eval/evaluate.ts";
import { sectionIds } from "../core/summary/sections.ts";

export interface EvalIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

export const evalUsage = `Usage: handover eval DIR [--json] [--show]

Evaluates every inpatient stay in every chart Bundle (.json, .json.gz) under DIR.
Discharge summaries are taken out before the rules see a chart, and serve as the reference.

  --json   one JSON object: { charts, metrics: [ { name, value, threshold, ok } ] }
  --show   also print each summary

Exit code: 0 all thresholds met, 1 one is not, 2 a chart cannot be read or the call is wrong.
`;

const row = (cells: readonly string[], widths: readonly number[]): string =>
  `${cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd()}\n`;

function metricTable(metrics: readonly Metric[]): string {
  const widths = [34, 8, 9, 6];
  const lines = metrics.map(({ name, value, threshold, ok }) =>
    row([name, String(value), String(threshold), ok ? "ok" : "FAILED"], widths),
  );
  return [row(["metric", "value", "threshold", ""], widths), ...lines].join("");
}

function sectionTable(results: readonly StayResult[]): string {
  const widths = [34, 10, 10, 14];
  const lines = sectionIds.map((id) => {
    const sections = results.flatMap((result) => result.sections.filter((section) => section.id === id));
    const sentences = sections.reduce((total, section) => total + section.sentences.length, 0);
    const documented = sections.filter((section) => section.status === "documented").length;
    return row([id, String(sentences), `${documented}`, `${sections.length - documented}`], widths);
  });
  return [row(["section", "sentences", "documented", "not documented"], widths), ...lines].join("");
}

function summaryText(result: StayResult): string {
  const sections = result.sections.map((section) => {
    const body =
      section.sentences.length === 0
        ? `  Not documented. ${section.lookedFor ?? ""}`
        : section.sentences.map((sentence) => `  ${sentence.text}`).join("\n");
    return `${section.title}\n${body}\n`;
  });
  return `\n=== ${result.chart} Encounter/${result.encounter}\n${sections.join("\n")}\n`;
}

async function evaluateAll(
  folder: string,
): Promise<{ readonly charts: number; readonly results: readonly StayResult[] }> {
  const paths = await chartPaths(folder).catch((error: unknown) => {
    throw new UnreadableChart(folder, "cannot be read as a folder", error);
  });
  if (paths.length === 0) throw new UnreadableChart(folder, "holds no .json or .json.gz file");
  const results: StayResult[] = [];
  for (const path of paths) results.push(...evaluateBundle(path, await readBundle(path)));
  return { charts: paths.length, results };
}

function report(io: EvalIo, charts: number, results: readonly StayResult[], metrics: readonly Metric[]): void {
  io.stdout(`${charts} charts, ${results.length} inpatient stays\n\n${sectionTable(results)}\n${metricTable(metrics)}`);
  for (const { chart, sentence, fault } of results.flatMap((result) => result.wrongCitations))
    io.stdout(`wrong citation: ${chart}: ${fault}: ${sentence}\n`);
  for (const missed of missedOf(results)) io.stdout(`missed: ${missed}\n`);
}

/** Runs the evaluation; resolves to the exit code. Writes through `io` only. */
export async function runEval(argv: readonly string[], io: EvalIo): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: "boolean" }, show: { type: "boolean" }, help: { type: "boolean", short: "h" } },
    });
    const [folder] = positionals;
    if (values.help === true) {
      io.stdout(evalUsage);
      return 0;
    }
    if (folder === undefined || positionals.length > 1) {
      io.stderr(evalUsage);
      return 2;
    }
    const { charts, results } = await evaluateAll(folder);
    const metrics = metricsOf(results);
    if (values.json === true) io.stdout(`${JSON.stringify({ charts, metrics })}\n`);
    else report(io, charts, results, metrics);
    if (values.show === true && values.json !== true) for (const result of results) io.stdout(summaryText(result));
    return metrics.every(({ ok }) => ok) ? 0 : 1;
  } catch (error) {
    io.stderr(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}

if (import.meta.main) {
  process.exitCode = await runEval(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}
