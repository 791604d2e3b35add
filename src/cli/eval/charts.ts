/** The charts of an evaluation: those of a folder, or synthetic ones by seed. */
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import type { Bundle, FhirResource } from "fhir/r4.js";
import { chartPaths, readBundle, readTruth, UnreadableChart } from "../../eval/chart-files.ts";
import { parseTruth } from "../../eval/truth/truth.ts";
import type { Truth } from "../../eval/truth/truth.ts";

export interface EvaluationChart {
  readonly name: string;
  readonly bundle: Bundle<FhirResource>;
  readonly truth?: Truth;
}

export type ChartSource =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "synthetic"; readonly count: number; readonly seed: number; readonly keep?: string };

/** The source in words, for the report. */
export function describeSource(source: ChartSource): string {
  return source.kind === "folder" ? source.folder : `${source.count} synthetic charts, seed ${source.seed}`;
}

async function* fromFolder(folder: string): AsyncGenerator<EvaluationChart> {
  const paths = await chartPaths(folder).catch((error: unknown) => {
    throw new UnreadableChart(folder, "is neither a folder nor a file that can be read", error);
  });
  if (paths.length === 0) throw new UnreadableChart(folder, "holds no .json or .json.gz file");
  for (const path of paths) {
    const truth = await readTruth(path);
    // The same chart has the same name in a run on another folder, and two reports can be held against each other.
    yield {
      name: relative(folder, path) || basename(path),
      bundle: await readBundle(path),
      ...(truth === undefined ? {} : { truth }),
    };
  }
}

/** The sandbox is in the repository and in the demo's image; the adapter's image evaluates a hospital's own charts. */
async function fromSandbox<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw new Error(
      "synthetic charts come with the repository and the demo's image; this one evaluates a folder of charts",
      { cause: error },
    );
  }
}

async function save(folder: string, { name, bundle, truth }: EvaluationChart): Promise<void> {
  await writeFile(join(folder, name), JSON.stringify(bundle));
  await writeFile(join(folder, name.replace(/\.json$/u, ".truth.json")), JSON.stringify(truth, undefined, 2));
}

/** The builder lives outside the product and hands over what a file would hold. */
async function* synthetic(count: number, seed: number, keep: string | undefined): AsyncGenerator<EvaluationChart> {
  const { syntheticCharts } = await fromSandbox(() => import("../../../sandbox/evaluation/synthetic-charts.ts"));
  if (keep !== undefined) await mkdir(keep, { recursive: true });
  for (const { name, bundle, truth } of syntheticCharts(count, seed)) {
    const chart = { name: `${name}.json`, bundle, truth: parseTruth(truth) };
    if (keep !== undefined) await save(keep, chart);
    yield chart;
  }
}

/** Every chart of a source, in order. Throws UnreadableChart, naming the file. */
export function chartsOf(source: ChartSource): AsyncGenerator<EvaluationChart> {
  return source.kind === "folder" ? fromFolder(source.folder) : synthetic(source.count, source.seed, source.keep);
}
