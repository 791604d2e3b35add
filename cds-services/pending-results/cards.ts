/** The card: how many results came, how they are flagged, and each of them with date, value, unit and flag. */
import type { Observation } from "fhir/r4.js";
import { codingsOf, list, textOf } from "../../src/core/chart/readable.ts";
import { timeOf } from "../../src/core/chart/encounter-of.ts";
import { conceptName } from "../../src/core/facts/concept.ts";
import { flagWord, readObservation } from "../../src/core/facts/observation.ts";
import { verdictOf } from "../../src/core/facts/report.ts";
import type { DatePrinter } from "../../src/core/facts/dates.ts";
import { excerpt } from "../../src/core/sections/context.ts";
import type { FinalResult } from "./final-results.ts";
import { issuedAt } from "./final-results.ts";

const CONCLUSION_LENGTH = 300;
const MAX_LINES = 12;
const MAX_VALUES = 8;

/** Text of the chart as text: nothing in it may become a link, an image or a heading of the card. */
function plain(text: string): string {
  return text
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/[\\`*_[\]|~#!]/gu, "\\$&")
    .replaceAll("://", ": //");
}

export interface StayResults {
  readonly signedAt: string;
  readonly results: readonly FinalResult[];
}

type Concern = "critical" | "abnormal" | undefined;

/** What must be seen first stands first; the sort is stable, so each group keeps its order in time. */
function byConcern(results: readonly FinalResult[]): readonly FinalResult[] {
  const rank = (result: FinalResult): number => {
    const concern = concernOf(result);
    return concern === "critical" ? 0 : concern === "abnormal" || result.revised ? 1 : 2;
  };
  return results.toSorted((a, b) => rank(a) - rank(b));
}

function concernOf({ resource, values }: FinalResult): Concern {
  const flags = values.map((value) => readObservation(value)?.result?.flag);
  const coded = values.flatMap(({ interpretation }) => list(interpretation).flatMap(codingsOf)).map(({ code }) => code);
  if (flags.some((flag) => flag === "critical-low" || flag === "critical-high") || coded.includes("AA"))
    return "critical";
  const verdict = resource.resourceType === "DiagnosticReport" ? verdictOf(resource) : undefined;
  const flagged = flags.some((flag) => flag !== undefined && flag !== "normal");
  return flagged || verdict === "abnormal" ? "abnormal" : undefined;
}

/** One sentence without a value: names and values stand in the detail. */
export function summaryOf(results: readonly FinalResult[]): string {
  const count = results.length;
  const head =
    count === 1
      ? "A result that was pending at discharge is now final."
      : `${count} results that were pending at discharge are now final.`;
  const tell = (number: number, word: string): string =>
    number === 0 ? "" : ` ${count === 1 ? "It" : number} ${number === 1 ? "is" : "are"} ${word}.`;
  const concerns = results.map(concernOf);
  const critical = concerns.filter((concern) => concern === "critical").length;
  const abnormal = concerns.filter((concern) => concern === "abnormal").length;
  const revised = results.filter((result) => result.revised).length;
  return `${head}${tell(critical, "flagged critical")}${tell(abnormal, "flagged abnormal")}${tell(revised, "corrected")}`;
}

export function needsAttention(results: readonly FinalResult[]): boolean {
  return results.some((result) => result.revised || concernOf(result) !== undefined);
}

function valueText(value: Observation, named: boolean): string {
  const reading = readObservation(value);
  if (reading === undefined) return "";
  const { label, result } = reading;
  const name = named ? `${plain(label)} ` : "";
  if (result === undefined) return `${name}no value given`;
  const range = result.range === undefined ? "" : `, reference ${plain(result.range)}`;
  const flag = flagWord(result.flag);
  return `${name}${plain(result.printed)}${flag === "" ? "" : ` **${flag}**`}${range}`;
}

function nameOf({ resource, values }: FinalResult): string {
  const own = resource.resourceType === "Observation" ? readObservation(resource)?.label : conceptName(resource.code);
  const [first] = values;
  return own ?? (first === undefined ? undefined : readObservation(first)?.label) ?? "Result";
}

function bodyOf({ resource, values }: FinalResult): string {
  if (resource.resourceType === "Observation") return valueText(resource, false) || "no value given";
  const conclusion = textOf(resource.conclusion);
  const coded = list(resource.conclusionCode).flatMap((concept) => conceptName(concept) ?? []);
  const said = conclusion === undefined ? coded.join("; ") : excerpt(conclusion, CONCLUSION_LENGTH);
  const shown = values.slice(0, MAX_VALUES).map((value) => valueText(value, true));
  const more = values.length > MAX_VALUES ? [`${values.length - MAX_VALUES} more values`] : [];
  const parts = [said === "" ? "" : plain(said), ...shown, ...more].filter((part) => part !== "");
  return parts.length === 0 ? "see the report in the chart" : parts.join("; ");
}

/** `- **Name** (final 21 Mar 2026, taken 18 Mar 2026): 1.71 mg/dL **high**` */
function line(result: FinalResult, dates: DatePrinter): string {
  const { resource } = result;
  const [issued, taken] = [dates.date(issuedAt(resource)), dates.date(timeOf(resource))];
  const when = `${resource.status}${issued === undefined ? "" : ` ${issued}`}`;
  const from = taken === undefined || taken === issued ? "" : `, of ${taken}`;
  return `- **${plain(nameOf(result))}** (${when}${from}): ${bodyOf(result)}`;
}

export function detailOf(
  stays: readonly StayResults[],
  dates: DatePrinter,
  { complete, seen }: { readonly complete: boolean; readonly seen: number },
): string {
  const blocks = stays.map(({ signedAt, results }) => {
    const lines = byConcern(results)
      .slice(0, MAX_LINES)
      .map((result) => line(result, dates));
    const more = results.length > MAX_LINES ? [`- and ${results.length - MAX_LINES} more, in the chart`] : [];
    const head = `Pending in the discharge summary signed on ${dates.date(signedAt) ?? signedAt}, final now:`;
    return [head, "", ...lines, ...more].join("\n");
  });
  const notes = [
    ...(complete ? [] : ["Not everything that was pending could be looked up just now."]),
    ...(seen === 0 ? [] : [`${seen} that you put aside before ${seen === 1 ? "is" : "are"} left out.`]),
  ];
  return [...blocks, ...notes].join("\n\n");
}
