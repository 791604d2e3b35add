/** What the demo was asked for, checked before anything starts. */
import type { LoadedChart } from "../../../sandbox/charts/select.ts";
import type { FaultName } from "../../../sandbox/story/fault.ts";
import { faultNames } from "../../../sandbox/story/fault.ts";
import type { Reader } from "../../../sandbox/story/world.ts";
import { readers } from "../../../sandbox/story/world.ts";

export interface DemoSettings {
  readonly once: boolean;
  readonly json: boolean;
  readonly seed: number;
  /** Whose patient is discharged; absent: our own first inpatient. */
  readonly chart: LoadedChart | undefined;
  readonly without: ReadonlySet<Reader>;
  readonly fault: FaultName | undefined;
}

/** The settings, or a sentence that says which option is wrong. */
export async function readDemoSettings(options: Readonly<Record<string, unknown>>): Promise<DemoSettings | string> {
  const { once, json, seed, chart, without, break: fault } = options;
  const left = Array.isArray(without) ? without.flatMap((value) => String(value).split(",")) : [];
  const unknownReader = left.find((name) => !isReader(name));
  if (unknownReader !== undefined) return `--without ${unknownReader}: one of ${readers.join(", ")}`;
  if (fault !== undefined && !isFault(fault))
    return `--break ${JSON.stringify(fault)}: one of ${faultNames.join(", ")}`;
  if (json === true && once !== true) return "--json goes with --once";
  if (left.length > 0 && once !== true) return "--without goes with --once";
  const brought = typeof chart === "string" ? await bring(chart) : undefined;
  if (typeof brought === "string") return brought;
  return {
    once: once === true,
    json: json === true,
    seed: typeof seed === "number" ? seed : 1,
    chart: brought,
    without: new Set(left.filter(isReader)),
    fault,
  };
}

async function bring(path: string): Promise<LoadedChart | string> {
  const { ChartFileError, loadChartFile } = await import("../../../sandbox/charts/load.ts");
  try {
    return await loadChartFile(path);
  } catch (error) {
    if (error instanceof ChartFileError) return `--chart ${error.message}`;
    throw error;
  }
}

function isReader(name: string): name is Reader {
  return readers.some((reader) => reader === name);
}

function isFault(name: unknown): name is FaultName {
  return faultNames.some((fault) => fault === name);
}
