/** The report as data: what `--out` saves, what two runs are compared by, and what the page shows. Holds PHI where charts are real. */
import type { FhirResource } from "fhir/r4.js";
import type { Problem } from "../checks.ts";
import type { StayResult } from "../evaluate.ts";
import type { KindFigure, StyleFigure } from "../gate-detection.ts";
import type { Metric } from "../metrics.ts";

export interface ReportFailure {
  readonly chart: string;
  readonly metric: string;
  readonly what: string;
  readonly sentence?: string;
  /** What the cited resources hold, in lines. */
  readonly evidence: readonly { readonly reference: string; readonly lines: readonly string[] }[];
}

export interface ReportSummary {
  readonly chart: string;
  readonly labels: readonly string[];
  readonly resources: number;
  readonly sentences: number;
  readonly modelSentences: number;
  readonly dropped: number;
  readonly failures: number;
  readonly firstTextMs?: number;
  readonly totalMs?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly fellBackBecause?: string;
}

/** A measured value without a threshold, or with one that a busy machine must not fail. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: number;
}

export interface EvaluationReport {
  readonly engine: string;
  /** Model and server as given; absent for the rules. */
  readonly model?: string;
  /** Charts of a folder, or synthetic ones with their seed. */
  readonly charts: number;
  readonly source: string;
  readonly synthetic: boolean;
  readonly startedAt: string;
  readonly metrics: readonly Metric[];
  /** How many things each metric judged, by its name. */
  readonly judged: Readonly<Record<string, number>>;
  readonly figures: readonly Figure[];
  readonly corruptions: readonly KindFigure[];
  /** The same by manner of citing; absent in reports saved before there was more than one. */
  readonly citations?: readonly StyleFigure[];
  readonly stays: readonly ReportSummary[];
  readonly failures: readonly ReportFailure[];
  /** Whole drafts of the first stays, for a reader. */
  readonly drafts: readonly ReportDraft[];
}

export interface ReportDraft {
  readonly chart: string;
  readonly sections: readonly {
    readonly title: string;
    readonly lookedFor?: string;
    readonly sentences: readonly {
      readonly text: string;
      readonly origin: string;
      readonly verified: boolean;
      readonly references: readonly string[];
    }[];
  }[];
}

const longestEvidence = 14;

/** Paths and values of a resource as lines, without its bookkeeping; notes decoded. */
function linesOf(value: unknown, path: string): readonly string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item: unknown) => linesOf(item, path));
  if (typeof value !== "object") return [`${path}: ${typeof value === "string" ? value : JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) => {
    if (
      ["meta", "resourceType", "id", "system", "subject", "patient", "encounter", "identifier", "text.div"].includes(
        key,
      )
    )
      return [];
    if (key === "data" && typeof child === "string")
      return [`${path}: ${Buffer.from(child, "base64").toString("utf8")}`];
    return linesOf(child, path === "" ? key : `${path}.${key}`);
  });
}

function evidenceOf(
  references: readonly string[],
  index: ReadonlyMap<string, FhirResource>,
): ReportFailure["evidence"] {
  return [...new Set(references)].slice(0, 4).map((reference) => {
    const lines = linesOf(index.get(reference), "");
    const cut =
      lines.length > longestEvidence
        ? [...lines.slice(0, longestEvidence), `and ${lines.length - longestEvidence} more`]
        : lines;
    return { reference, lines: cut };
  });
}

/** A problem of a chart with the text of what it cites. */
export function failureOf(
  chart: string,
  metric: string,
  { what, sentence, references }: Problem,
  index: ReadonlyMap<string, FhirResource>,
): ReportFailure {
  return {
    chart,
    metric,
    what,
    ...(sentence === undefined ? {} : { sentence }),
    evidence: evidenceOf(references, index),
  };
}

/** One line a stay. */
export function summaryOf({ chart, labels, resources, sections, checks, draft }: StayResult): ReportSummary {
  const sentences = sections.flatMap((section) => section.sentences);
  const { usage, fellBackBecause, droppedSentences = 0 } = draft?.result ?? {};
  return {
    chart,
    labels,
    resources,
    sentences: sentences.length,
    modelSentences: sentences.filter(({ origin }) => origin === "model").length,
    dropped: droppedSentences,
    failures: checks.reduce((sum, { problems }) => sum + problems.length, 0),
    ...(draft === undefined ? {} : { firstTextMs: draft.firstTextMs, totalMs: draft.totalMs }),
    ...(usage === undefined ? {} : usage),
    ...(fellBackBecause === undefined ? {} : { fellBackBecause }),
  };
}

export function draftOf({ chart, sections }: StayResult): ReportDraft {
  return {
    chart,
    sections: sections.map(({ title, lookedFor, sentences }) => ({
      title,
      ...(lookedFor === undefined ? {} : { lookedFor }),
      sentences: sentences.map(({ text, origin, verified, evidence }) => ({
        text,
        origin,
        verified,
        references: [...new Set(evidence.map(({ reference }) => reference))],
      })),
    })),
  };
}
