/** `handover eval`: the clinical evaluation of charts, a hospital's own or synthetic ones; fails below its thresholds. */
import { open, readFile } from "node:fs/promises";
import { UnreadableChart } from "../eval/chart-files.ts";
import { comparisonPage } from "../eval/report/comparison-page.ts";
import { reportPage } from "../eval/report/page.ts";
import type { EvaluationReport } from "../eval/report/report.ts";
import { parseReport } from "../eval/report/saved.ts";
import type { EvalRequest } from "./eval/arguments.ts";
import { evalUsage, parseEval } from "./eval/arguments.ts";
import { leavesTheMachine } from "./eval/engines.ts";
import { runEvaluation } from "./eval/run.ts";
import { comparisonText, draftsText, reportText } from "./eval/text.ts";

export interface EvalIo {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
}

const isFine = ({ metrics }: EvaluationReport): boolean => metrics.every(({ ok }) => ok);

async function save(path: string | undefined, text: string): Promise<void> {
  if (path === undefined) return;
  // Only its owner may read it: with charts of a hospital it is full of PHI. A file that was there keeps its mode otherwise.
  const file = await open(path, "w", 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

async function evaluate(request: EvalRequest, io: EvalIo): Promise<EvaluationReport> {
  const { source, engine } = request;
  if (source === undefined) throw new TypeError("no charts are named");
  if (leavesTheMachine(engine))
    io.stderr(`Facts of each chart go to ${engine.modelUrl ?? ""}, without names and numbers of the patient.\n`);
  const startedAt = new Date().toISOString();
  const progress = (done: number): void => {
    if (done % 25 === 0) io.stderr(`${done} charts\n`);
  };
  const leftOut = (chart: string): void => io.stderr(`${chart}: holds no inpatient encounter, left out\n`);
  const { report } = await runEvaluation({ source, engine, startedAt, progress, leftOut });
  return report;
}

async function single(request: EvalRequest, io: EvalIo): Promise<number> {
  const report = await evaluate(request, io);
  const { charts, metrics, figures, engine } = report;
  if (request.json) io.stdout(`${JSON.stringify({ charts, metrics, engine, figures })}\n`);
  else io.stdout(reportText(report));
  if (request.show && !request.json) io.stdout(draftsText(report));
  await save(request.html, reportPage(report));
  await save(request.out, JSON.stringify(report));
  return isFine(report) ? 0 : 1;
}

/** One side of a comparison: an engine to run, or a report that was saved. */
async function side(name: string, request: EvalRequest, io: EvalIo): Promise<EvaluationReport> {
  if (name === "template" || name === "model")
    return evaluate({ ...request, engine: { ...request.engine, engine: name } }, io);
  const text = await readFile(name, "utf8").catch((error: unknown) => {
    throw new UnreadableChart(name, "is neither an engine nor a saved report", error);
  });
  return parseReport(name, text);
}

async function compare(request: EvalRequest, [left, right]: readonly [string, string], io: EvalIo): Promise<number> {
  const [a, b] = [await side(left, request, io), await side(right, request, io)];
  if (request.json) io.stdout(`${JSON.stringify({ a: a.metrics, b: b.metrics })}\n`);
  else io.stdout(comparisonText(a, b));
  await save(request.html, comparisonPage(a, b));
  return isFine(a) && isFine(b) ? 0 : 1;
}

/** Runs the evaluation; resolves to the exit code. Writes through `io`, and to the files that it is given. */
export async function runEval(argv: readonly string[], io: EvalIo): Promise<number> {
  try {
    const request = parseEval(argv);
    if (request === "help") {
      io.stdout(evalUsage);
      return 0;
    }
    return request.compare === undefined ? await single(request, io) : await compare(request, request.compare, io);
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
