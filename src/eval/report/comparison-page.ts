/** Two reports side by side: two engines, two models, or two versions of a prompt. */
import type { Metric } from "../metrics.ts";
import { metricDefinitions } from "../metrics.ts";
import { counted, escaped, pageOf, shownValue, table } from "./markup.ts";
import { byGroup, engineName, isShare, phiNotice } from "./page.ts";
import type { EvaluationReport, ReportDraft } from "./report.ts";

const metricOf = ({ metrics }: EvaluationReport, name: string): Metric | undefined =>
  metrics.find((metric) => metric.name === name);

function cell(metric: Metric | undefined): string {
  if (metric === undefined) return '<span class="soft">not measured</span>';
  const shown = shownValue(metric.value, isShare(metric.name));
  return metric.ok ? shown : `<span class="missed">${shown}, missed</span>`;
}

/** Which side is better; nothing where they are equal or one was not measured. */
function better(name: string, a: Metric | undefined, b: Metric | undefined): string {
  if (a === undefined || b === undefined || a.value === b.value) return "";
  const higherIsBetter = metricDefinitions.find((definition) => definition.name === name)?.kind === "share";
  return a.value > b.value === higherIsBetter ? "A is better" : "B is better";
}

function metricsPart(a: EvaluationReport, b: EvaluationReport): string {
  const names = metricDefinitions
    .map(({ name }) => name)
    .filter((name) => metricOf(a, name) !== undefined || metricOf(b, name) !== undefined);
  return byGroup(names, (own) =>
    table(
      "metrics",
      ["", "A", "B", ""],
      own.map((name) => {
        const [left, right] = [metricOf(a, name), metricOf(b, name)];
        const meaning = metricDefinitions.find((definition) => definition.name === name)?.meaning ?? name;
        return [escaped(meaning), cell(left), cell(right), better(name, left, right)];
      }),
    ),
  );
}

function figuresPart(a: EvaluationReport, b: EvaluationReport): string {
  const names = [...new Set([...a.figures, ...b.figures].map(({ name }) => name))];
  const shown = ({ figures }: EvaluationReport, name: string): string => {
    const found = figures.find((figure) => figure.name === name);
    return found === undefined ? "" : `${found.value} ${found.unit}`.trim();
  };
  return `<h2>Time and counts</h2>\n${table(
    "numbers",
    ["", "A", "B"],
    names.map((name) => [escaped(name), shown(a, name), shown(b, name)]),
  )}`;
}

function failuresOfOne(report: EvaluationReport, other: EvaluationReport, letter: string): string {
  const key = ({ chart, metric, what }: EvaluationReport["failures"][number]): string => `${chart} ${metric} ${what}`;
  const theirs = new Set(other.failures.map(key));
  const own = report.failures.filter((one) => !theirs.has(key(one)));
  if (own.length === 0) return `<p>Nothing failed with ${letter} alone.</p>`;
  const rows = own
    .slice(0, 60)
    .map(({ chart, what, sentence }) => [escaped(what), escaped(sentence ?? ""), `<small>${escaped(chart)}</small>`]);
  return `<details open><summary>Failed with ${letter} alone (${own.length})</summary>${table("numbers", ["what", "sentence", "chart"], rows)}</details>`;
}

function list(draft: ReportDraft, title: string): string {
  const section = draft.sections.find((entry) => entry.title === title);
  const lines = section?.sentences ?? [];
  return lines.length === 0
    ? '<span class="soft">nothing</span>'
    : `<ul>${lines.map(({ text }) => `<li>${escaped(text)}</li>`).join("")}</ul>`;
}

/** Sections of which the two say different things. */
function draftPair(a: ReportDraft, b: ReportDraft): string {
  const titles = a.sections.map(({ title }) => title).filter((title) => list(a, title) !== list(b, title));
  if (titles.length === 0) return `<details><summary>${escaped(a.chart)}: the same</summary></details>`;
  const rows = titles.map((title) => [escaped(title), list(a, title), list(b, title)]);
  return `<details class="draft"><summary>${escaped(a.chart)}: ${titles.length} ${titles.length === 1 ? "section differs" : "sections differ"}</summary>${table("pair", ["section", "A", "B"], rows)}</details>`;
}

function draftsPart(a: EvaluationReport, b: EvaluationReport): string {
  const pairs = a.drafts.flatMap((draft) => {
    const other = b.drafts.find(({ chart }) => chart === draft.chart);
    return other === undefined ? [] : [draftPair(draft, other)];
  });
  return pairs.length === 0 ? "" : `<h2>Drafts side by side</h2>\n${pairs.join("\n")}`;
}

/** The whole page, self-contained. Escapes everything of the charts. */
export function comparisonPage(a: EvaluationReport, b: EvaluationReport): string {
  const line = (letter: string, report: EvaluationReport): string =>
    `<p><strong>${letter}</strong> ${escaped(engineName(report))} <span class="soft">· ${counted(report.charts, "chart")} · ${escaped(report.source)} · ${escaped(report.startedAt.slice(0, 16).replace("T", " "))} UTC</span></p>`;
  const body = [
    "<h1>Two evaluations side by side</h1>",
    line("A", a),
    line("B", b),
    phiNotice([a, b]),
    `<h2>Metrics</h2>\n${metricsPart(a, b)}`,
    `<h2>What failed</h2>\n${failuresOfOne(a, b, "A")}${failuresOfOne(b, a, "B")}`,
    figuresPart(a, b),
    draftsPart(a, b),
  ];
  return pageOf("Two evaluations side by side", body.join("\n"));
}
