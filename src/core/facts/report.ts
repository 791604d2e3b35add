/** Diagnostic reports: imaging and other findings in words; laboratory reports matter here only while they are awaited. */
import type { Coding, DiagnosticReport } from "fhir/r4.js";
import type { ReportDetail } from "../chart/facts.ts";
import { hasCode, list, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import { cleanName, conceptName } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, evidenceFor, onDate } from "./draft.ts";

function categoryOf(report: DiagnosticReport): ReportDetail["category"] {
  const categories = list(report.category);
  const is = (...codes: readonly string[]): boolean => categories.some((category) => hasCode(category, ...codes));
  if (is("RAD", "394914008", "LP29684-5", "RUS", "CT", "NMR", "US", "CUS", "363679005", "imaging")) return "imaging";
  if (is("LAB", "CH", "HM", "MB", "BLB", "SP", "108252007", "laboratory", "LP29693-6")) return "laboratory";
  if (is("34117-2", "51847-2", "11506-3") || hasCode(report.code, "34117-2", "51847-2", "11506-3")) return "note";
  return "other";
}

/** Words in which a report calls something normal, English and German. */
const saysNormal =
  /\b(?:no|not|none|without|negative|normal|unremarkable|clear|intact|patent|absent|within|stable|unchanged|resolved|pass(?:ed)?|kein\p{L}*|nicht|ohne|unauff\p{L}+|regelrecht\p{L}*|normal\p{L}*|negativ|frei|unver\p{L}+|o\.?\s?b)\b/iu;

const normal = ["17621005", "260415000", "281900007", "385669000"] as const;
const abnormal = ["263654008", "263762007", "52101004"] as const;

/** What the report's coded conclusion says; undefined where it has none that is known. */
export function verdictOf(report: DiagnosticReport): ReportDetail["verdict"] {
  const codes = list(report.conclusionCode);
  if (codes.some((code) => hasCode(code, ...abnormal))) return "abnormal";
  // Coded as normal, and nothing in its words says so ("gallbladder wall thickening"): the code is not believed.
  const words = textOf(report.conclusion);
  if (words !== undefined && !saysNormal.test(words)) return undefined;
  return codes.some((code) => hasCode(code, ...normal)) ? "normal" : undefined;
}

/** The study's name: the report's code, else what was imaged, else the category. */
function nameOf(
  report: DiagnosticReport,
  context: ExtractContext,
): { readonly name: string; readonly from?: string } | undefined {
  const own = conceptName(report.code);
  if (own !== undefined) return { name: own };
  for (const reference of [...list(report.imagingStudy), ...list(report.basedOn)]) {
    const target = context.resolve(reference.reference, report);
    const name =
      target?.resourceType === "ImagingStudy"
        ? studyName(target.description, target.modality)
        : target?.resourceType === "ServiceRequest"
          ? conceptName(target.code)
          : undefined;
    if (name !== undefined && target?.id !== undefined) return { name, from: `${target.resourceType}/${target.id}` };
  }
  const category = list(report.category)
    .map(conceptName)
    .find((name) => name !== undefined);
  return category === undefined ? undefined : { name: context.words.text("name.reportOf", { category }) };
}

function studyName(description: unknown, modality: readonly Coding[] | undefined): string | undefined {
  return cleanName(description) ?? cleanName(list(modality)[0]?.display);
}

/** One fact a report. */
export function reportFacts(report: DiagnosticReport, context: ExtractContext): readonly FactDraft[] {
  const named = nameOf(report, context);
  if (named === undefined || report.status === "cancelled") return [];
  const conclusion = textOf(report.conclusion);
  const time = timeOf(report);
  const detail = defined<ReportDetail>({
    category: categoryOf(report),
    conclusion,
    verdict: verdictOf(report),
    interpreter:
      cleanName(list(report.resultsInterpreter)[0]?.display) ?? cleanName(list(report.performer)[0]?.display),
    issued: textOf(report.issued),
    basedOn: list(report.basedOn).flatMap((order) => order.reference ?? []),
    results: list(report.result).flatMap((result) =>
      context.resolve(result.reference, report) === undefined ? [] : (result.reference ?? []),
    ),
  });
  const mark = report.status === "final" ? "" : ` (${textOf(report.status) ?? "status unknown"})`;
  const evidence = [evidenceFor(report, conclusion === undefined ? "code" : "conclusion", conclusion ?? named.name)];
  return [
    draftFact(report, context, {
      kind: "report",
      text: `${named.name}${mark}${onDate(context, time)}${conclusion === undefined ? "" : `: ${conclusion}`}`,
      label: named.name,
      concept: report.code,
      time,
      status: report.status,
      report: detail,
      evidence: named.from === undefined ? evidence : [...evidence, { reference: named.from }],
    }),
  ];
}
