/** The charts that the sandbox EHR starts with, and any other that somebody brings along. */
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { brandtChart } from "./brandt/chart.ts";
import { chenChart } from "./chen/chart.ts";
import { delgadoChart } from "./delgado/chart.ts";
import { okaforChart } from "./okafor/chart.ts";
import { selectStay } from "./select.ts";
import type { LoadedChart } from "./select.ts";
import { whitfieldChart } from "./whitfield/chart.ts";

export type { LoadedChart } from "./select.ts";

/** Our own inpatients; the first is the demo's main character. */
export function loadCharts(): readonly LoadedChart[] {
  const charts = [delgadoChart(), okaforChart(), chenChart(), whitfieldChart(), brandtChart()];
  return charts.map((bundle) => selectStay(bundle));
}

/**
 * A chart from a `.json` or `.json.gz` file. Throws `ChartFileError` when it cannot be read, is no Bundle or holds no
 * inpatient stay.
 */
export async function loadChartFile(path: string): Promise<LoadedChart> {
  const bytes = await orSay(path, "cannot be read", () => readFile(path));
  const text = path.endsWith(".gz") ? await orSay(path, "is no gzip file", () => promisify(gunzip)(bytes)) : bytes;
  // The parser's own message quotes the file: chart values are not for terminals.
  const bundle = await orSay(path, "is no JSON", async () => JSON.parse(text.toString("utf8")));
  try {
    return selectStay(bundle);
  } catch (error) {
    throw new ChartFileError(`${path}: ${error instanceof Error ? error.message : "no chart"}`, { cause: error });
  }
}

async function orSay<T>(path: string, problem: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new ChartFileError(`${path}: ${problem}`, { cause });
  }
}

/** Says which file is no chart, and why, in words that hold nothing of its content. */
export class ChartFileError extends Error {}
