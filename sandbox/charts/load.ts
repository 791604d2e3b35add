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

/** A chart from a `.json` or `.json.gz` file. Throws when it is no Bundle or holds no inpatient stay. */
export async function loadChartFile(path: string): Promise<LoadedChart> {
  const bytes = await readFile(path);
  const text = path.endsWith(".gz") ? await promisify(gunzip)(bytes) : bytes;
  return selectStay(JSON.parse(text.toString("utf8")));
}
