/** What the demo was asked for, checked before anything starts. */
import type { FaultName } from "../../../sandbox/story/fault.ts";
import { faultNames } from "../../../sandbox/story/fault.ts";
import type { Reader } from "../../../sandbox/story/world.ts";
import { readers } from "../../../sandbox/story/world.ts";

export interface DemoSettings {
  readonly once: boolean;
  readonly json: boolean;
  readonly seed: number;
  /** File with the Bundle whose patient is discharged; absent: our own first inpatient. */
  readonly chart: string | undefined;
  readonly without: ReadonlySet<Reader>;
  readonly fault: FaultName | undefined;
}

/** The settings, or a sentence that says which option is wrong. */
export function readDemoSettings(options: Readonly<Record<string, unknown>>): DemoSettings | string {
  const { once, json, seed, chart, without, break: fault } = options;
  const left = Array.isArray(without) ? without.flatMap((value) => String(value).split(",")) : [];
  const unknownReader = left.find((name) => !isReader(name));
  if (unknownReader !== undefined) return `--without ${unknownReader}: one of ${readers.join(", ")}`;
  if (fault !== undefined && !isFault(fault))
    return `--break ${JSON.stringify(fault)}: one of ${faultNames.join(", ")}`;
  if (json === true && once !== true) return "--json goes with --once";
  if (left.length > 0 && once !== true) return "--without goes with --once";
  return {
    once: once === true,
    json: json === true,
    seed: typeof seed === "number" ? seed : 1,
    chart: typeof chart === "string" ? chart : undefined,
    without: new Set(left.filter(isReader)),
    fault,
  };
}

function isReader(name: string): name is Reader {
  return readers.some((reader) => reader === name);
}

function isFault(name: unknown): name is FaultName {
  return faultNames.some((fault) => fault === name);
}
