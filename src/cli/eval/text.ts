/** The report on a terminal. */
import { counted } from "../../eval/report/markup.ts";
import type { EvaluationReport } from "../../eval/report/report.ts";

const row = (cells: readonly string[], widths: readonly number[]): string =>
  `${cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd()}\n`;

function metricTable({ metrics }: EvaluationReport): string {
  const widths = [34, 8, 9, 6];
  const lines = metrics.map(({ name, value, threshold, ok }) =>
    row([name, String(value), String(threshold), ok ? "ok" : "FAILED"], widths),
  );
  return [row(["metric", "value", "threshold", ""], widths), ...lines].join("");
}

function figureTable({ figures }: EvaluationReport): string {
  return figures
    .map(({ name, value, unit, target }) =>
      row([name, `${value} ${unit}`.trim(), target === undefined ? "" : `(target ${target} ${unit})`], [52, 14, 16]),
    )
    .join("");
}

function citationTable({ citations = [] }: EvaluationReport): string {
  const widths = [34, 8, 8];
  const lines = citations
    .filter(({ made }) => made > 0)
    .map(({ style, made, caught }) => row([style, String(made), String(caught)], widths));
  return lines.length === 0 ? "" : `\n${row(["false sentences, cited", "made", "caught"], widths)}${lines.join("")}`;
}

function corruptionTable({ corruptions }: EvaluationReport): string {
  if (corruptions.length === 0) return "";
  const lines = corruptions.map(({ kind, critical, made, caught }) =>
    row([kind, String(made), String(caught), critical ? "none may pass" : ""], [34, 8, 8, 14]),
  );
  return `\n${row(["made false by", "made", "caught", ""], [34, 8, 8, 14])}${lines.join("")}`;
}

/** More would hide the first ones. */
const failuresShown = 60;

function failureList({ failures }: EvaluationReport): string {
  const lines = failures
    .slice(0, failuresShown)
    .map(
      ({ chart, metric, what, sentence }) =>
        `missed: ${chart}: ${metric}: ${what}${sentence === undefined ? "" : `: ${sentence}`}\n`,
    );
  const rest = failures.length - lines.length;
  return `${lines.join("")}${rest > 0 ? `and ${rest} more\n` : ""}`;
}

/** Totals, metrics, figures, what the gate caught, and what failed. */
export function reportText(report: EvaluationReport): string {
  const { charts, stays, engine, model } = report;
  const head = `${counted(charts, "chart")}, ${counted(stays.length, "inpatient stay")}, engine ${engine}${model === undefined ? "" : ` (${model})`}\n\n`;
  return `${head}${metricTable(report)}\n${figureTable(report)}${corruptionTable(report)}${citationTable(report)}\n${failureList(report)}`;
}

/** The drafts that the report holds. */
export function draftsText({ drafts }: EvaluationReport): string {
  return drafts
    .map(({ chart, sections }) => {
      const bodies = sections.map(({ title, lookedFor, sentences }) =>
        sentences.length === 0
          ? `${title}\n  Not documented. ${lookedFor ?? ""}\n`
          : `${title}\n${sentences.map(({ text }) => `  ${text}`).join("\n")}\n`,
      );
      return `\n=== ${chart}\n${bodies.join("\n")}\n`;
    })
    .join("");
}

/** Two reports, a metric a line. */
export function comparisonText(a: EvaluationReport, b: EvaluationReport): string {
  const nameOf = ({ engine, model }: EvaluationReport): string =>
    model === undefined ? engine : `${engine} (${model})`;
  const names = [...new Set([...a.metrics, ...b.metrics].map(({ name }) => name))];
  const value = ({ metrics }: EvaluationReport, name: string): string => {
    const metric = metrics.find((entry) => entry.name === name);
    return metric === undefined ? "-" : `${metric.value}${metric.ok ? "" : " FAILED"}`;
  };
  const widths = [34, 24, 24];
  return [
    row(["metric", nameOf(a), nameOf(b)], widths),
    ...names.map((name) => row([name, value(a, name), value(b, name)], widths)),
  ].join("");
}
