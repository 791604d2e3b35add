/** What a benchmark prints: a table, or with `--json` one line of JSON per figure. Measured, never asserted. */

/** What the same run reached without us, so that the ratio says something where absolute numbers belong to the machine. */
export interface Baseline {
  readonly name: string;
  readonly value: number;
}

export interface Figure {
  readonly figure: string;
  readonly value: number;
  /** `ms`, `/s`, `MB` or another word; shown behind the values. */
  readonly unit: string;
  readonly baseline?: Baseline;
}

const significantDigits = 3;
const round = (value: number): number =>
  value >= 100 ? Math.round(value) : Number(value.toPrecision(significantDigits));

function asJson(bench: string, { figure, value, unit, baseline }: Figure): string {
  const against =
    baseline === undefined
      ? {}
      : { baseline: baseline.name, baselineValue: round(baseline.value), ratio: round(value / baseline.value) };
  return JSON.stringify({ bench, figure, value: round(value), unit, ...against });
}

function asRow(bench: string, { figure, value, unit, baseline }: Figure): readonly string[] {
  const against =
    baseline === undefined
      ? ["", "", ""]
      : [`${round(value / baseline.value)}x`, `${round(baseline.value)} ${unit}`, baseline.name];
  return [bench, figure, `${round(value)} ${unit}`, ...against];
}

const heading = ["bench", "figure", "value", "ratio", "baseline", "which is"];
/** Columns of numbers line up at their right. */
const rightAligned = new Set([2, 3, 4]);

function asTable(rows: readonly (readonly string[])[]): string {
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string =>
    rightAligned.has(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}

/** Prints the figures of one benchmark. */
export function printFigures(bench: string, figures: readonly Figure[]): void {
  if (process.argv.includes("--json")) console.log(figures.map((figure) => asJson(bench, figure)).join("\n"));
  else console.log(`${asTable([heading, ...figures.map((figure) => asRow(bench, figure))])}\n`);
}

/** The value below which this share of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** p50 and p99 of some durations, against those of the baseline. */
export function latencyFigures(
  name: string,
  samples: readonly number[],
  baseline?: { readonly name: string; readonly samples: readonly number[] },
): readonly Figure[] {
  return [0.5, 0.99].map((share) => ({
    figure: `${name}, p${share * 100}`,
    value: percentile(samples, share),
    unit: "ms",
    ...(baseline === undefined
      ? {}
      : { baseline: { name: baseline.name, value: percentile(baseline.samples, share) } }),
  }));
}
