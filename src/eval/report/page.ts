/** The report as a page: the verdict, each metric, what failed with its evidence, and drafts to read. */
import type { Metric } from "../metrics.ts";
import { metricDefinitions, metricGroups } from "../metrics.ts";
import { counted, escaped, pageOf, shownValue, table, verdict } from "./markup.ts";
import type { EvaluationReport, ReportDraft, ReportFailure } from "./report.ts";

/** "rules" is what a reader knows the template engine by. */
export function engineName({ engine, model }: EvaluationReport): string {
  return engine === "template" ? "rules alone" : `rules and model ${model ?? ""}`.trim();
}

/** Said wherever charts are not synthetic. */
export function phiNotice(reports: readonly EvaluationReport[]): string {
  return reports.every(({ synthetic }) => synthetic)
    ? ""
    : '<p class="phi"><strong>This page holds patient data</strong> if the charts are those of patients: sentences, values and the records behind them. It was written on the machine that ran the evaluation, for whoever may read the charts. Treat it as a chart, and delete it when it has been read.</p>';
}

function head(report: EvaluationReport): string {
  const missed = report.metrics.filter(({ ok }) => !ok).length;
  const all = report.metrics.length;
  const words =
    missed === 0
      ? `All ${all} thresholds are met.`
      : `${missed} of ${all} thresholds ${missed === 1 ? "is" : "are"} missed.`;
  return `<h1>Evaluation of discharge summaries</h1>
<p class="soft">${escaped(engineName(report))} · ${counted(report.charts, "chart")}, ${counted(report.stays.length, "stay")} · ${escaped(report.source)} · ${escaped(report.startedAt.slice(0, 16).replace("T", " "))} UTC</p>
<p class="verdict${missed === 0 ? "" : " bad"}">${words}</p>
${phiNotice([report])}`;
}

const definitionOf = (name: string) => metricDefinitions.find((definition) => definition.name === name);

/** Whether a metric is shown as per cent. */
export const isShare = (name: string): boolean => definitionOf(name)?.kind !== "count";

function thresholdText({ name, threshold }: Metric): string {
  const shown = shownValue(threshold, isShare(name));
  return definitionOf(name)?.kind === "share" ? `at least ${shown}` : threshold === 0 ? "none" : `at most ${shown}`;
}

const named = (name: string): string =>
  `${escaped(definitionOf(name)?.meaning ?? "")}<br><small><code>${escaped(name)}</code></small>`;

function metricRow(metric: Metric, of: number | undefined): readonly string[] {
  const size = of === undefined ? "" : `<br><small>of ${of.toLocaleString("en")}</small>`;
  return [
    named(metric.name),
    `${shownValue(metric.value, isShare(metric.name))}${size}`,
    thresholdText(metric),
    verdict(metric.ok),
  ];
}

/** Groups of metrics that were measured, each with a heading. */
export function byGroup(names: readonly string[], write: (names: readonly string[]) => string): string {
  return metricGroups
    .map((group) => ({ group, own: names.filter((name) => definitionOf(name)?.group === group) }))
    .filter(({ own }) => own.length > 0)
    .map(({ group, own }) => `<h3>${group}</h3>\n${write(own)}`)
    .join("\n");
}

function metricsPart({ metrics, judged }: EvaluationReport): string {
  const rows = (names: readonly string[]): readonly (readonly string[])[] =>
    metrics.filter(({ name }) => names.includes(name)).map((metric) => metricRow(metric, judged[metric.name]));
  const groups = byGroup(
    metrics.map(({ name }) => name),
    (names) => table("metrics", ["", "measured", "threshold", ""], rows(names)),
  );
  return `<h2>Metrics</h2>\n${groups}`;
}

function figuresPart({ figures }: EvaluationReport): string {
  const rows = figures.map(({ name, value, unit, target }) => [
    escaped(name),
    `${value} ${unit}`.trim(),
    target === undefined ? "" : `target ${target} ${unit}`,
  ]);
  return `<h2>Time and counts</h2>
<p class="soft">Measured in this run, on this machine; a busy machine is slower, so these decide nothing.</p>
${table("numbers", ["", "measured", ""], rows)}`;
}

function bar(share: number, low: boolean): string {
  return `<span class="bar${low ? " low" : ""}"><span style="width:${Math.round(share * 100)}%"></span></span>`;
}

function corruptionsPart({ corruptions, citations }: EvaluationReport): string {
  if (corruptions.length === 0) return "";
  const rows = corruptions.map(({ kind, critical, made, caught }) => {
    const share = caught / made;
    const low = share < (critical ? 1 : 0.97);
    return [escaped(kind), `${caught} of ${made}`, bar(share, low), critical ? "none may pass" : ""];
  });
  return `<h2>Sentences made false, by kind</h2>
<p class="soft">True sentences about each chart, changed by a program that shares no code with the gate; each was then judged by the gate, in every manner of citing.</p>
${table("numbers", ["made false by", "caught", "", ""], rows)}
${citationsPart(citations)}`;
}

function citationsPart(citations: EvaluationReport["citations"] = []): string {
  const rows = citations
    .filter(({ made }) => made > 0)
    .map(({ style, made, caught }) => [
      escaped(style),
      `${caught} of ${made}`,
      bar(caught / made, caught / made < 0.97),
      "",
    ]);
  return rows.length === 0 ? "" : table("numbers", ["cited", "caught", "", ""], rows);
}

function evidencePart({ evidence }: ReportFailure): string {
  if (evidence.length === 0) return '<span class="soft">nothing is cited</span>';
  return evidence
    .map(
      ({ reference, lines }) =>
        `<code>${escaped(reference)}</code><ul>${lines.map((line) => `<li>${escaped(line)}</li>`).join("")}</ul>`,
    )
    .join("");
}

function failure(one: ReportFailure): string {
  const sentence =
    one.sentence === undefined ? '<span class="soft">no sentence tells it</span>' : escaped(one.sentence);
  return `<div class="failure"><p><strong>${escaped(one.what)}</strong> <small>${escaped(one.chart)}</small></p><div class="sentence">${sentence}</div><div class="evidence">${evidencePart(one)}</div></div>`;
}

/** More of one metric are the same defect, and a page of thousands is read by nobody. */
const shownOfEach = 40;

function failuresPart({ failures }: EvaluationReport): string {
  if (failures.length === 0) return "<h2>What failed</h2>\n<p>Nothing.</p>";
  const groups = [...Map.groupBy(failures, ({ metric }) => metric)].map(([metric, own]) => {
    const rest = own.length - shownOfEach;
    const more = rest > 0 ? `<p class="soft">and ${rest} more</p>` : "";
    return `<details${failures.length <= shownOfEach ? " open" : ""}><summary>${escaped(definitionOf(metric)?.meaning ?? metric)} (${own.length})</summary>${own.slice(0, shownOfEach).map(failure).join("\n")}${more}</details>`;
  });
  return `<h2>What failed</h2>\n<p class="soft">Left the sentence as a reader would see it, right what its evidence holds.</p>\n${groups.join("\n")}`;
}

function staysPart({ stays }: EvaluationReport): string {
  const rows = stays.map((stay) => [
    `${escaped(stay.chart)}${stay.labels.length === 0 ? "" : `<br><small>${escaped(stay.labels.join(", "))}</small>`}`,
    String(stay.resources),
    stay.sentences === 0
      ? "refused"
      : `${stay.sentences}${stay.modelSentences === 0 ? "" : `, ${stay.modelSentences} by the model`}`,
    stay.dropped === 0 ? "" : `${stay.dropped} dropped`,
    stay.failures === 0 ? "" : `<span class="missed">${stay.failures}</span>`,
    stay.firstTextMs === undefined ? "" : `${Math.round(stay.firstTextMs)} ms`,
  ]);
  return `<h2>Each stay</h2>\n<details${stays.length <= 40 ? " open" : ""}><summary>${stays.length} stays</summary>${table("numbers", ["chart", "resources", "sentences", "model", "failures", "first text"], rows)}</details>`;
}

function draftPart({ chart, sections }: ReportDraft): string {
  const bodies = sections.map(({ title, lookedFor, sentences }) => {
    const lines = sentences.map(
      ({ text, origin, verified, references }) =>
        `<li>${escaped(text)} <span class="refs">${escaped([origin === "template" ? "" : origin, verified ? "" : "not verified", ...references.slice(0, 4)].filter((word) => word !== "").join(" · "))}</span></li>`,
    );
    const body =
      lines.length === 0
        ? `<p class="soft">Not documented. ${escaped(lookedFor ?? "")}</p>`
        : `<ul>${lines.join("")}</ul>`;
    return `<h3>${escaped(title)}</h3>${body}`;
  });
  return `<details class="draft"><summary>${escaped(chart)}</summary>${bodies.join("\n")}</details>`;
}

function draftsPart({ drafts }: EvaluationReport): string {
  if (drafts.length === 0) return "";
  return `<h2>Drafts to read</h2>\n<p class="soft">No number says whether a summary reads well. Each sentence with the records it cites.</p>\n${drafts.map(draftPart).join("\n")}`;
}

/** The whole page, self-contained. Escapes everything of the charts. */
export function reportPage(report: EvaluationReport): string {
  const parts = [head, metricsPart, failuresPart, corruptionsPart, figuresPart, staysPart, draftsPart];
  return pageOf("Evaluation of discharge summaries", parts.map((write) => write(report)).join("\n"));
}
