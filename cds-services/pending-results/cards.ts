/** The card: how many results came, how they are flagged, and each of them with date, value, unit and flag. */
import type { Observation } from "fhir/r4.js";
import { codingsOf, list, textOf } from "../../src/core/chart/readable.ts";
import { timeOf } from "../../src/core/chart/encounter-of.ts";
import { conceptName } from "../../src/core/facts/concept.ts";
import { flagWord, readObservation } from "../../src/core/facts/observation.ts";
import { verdictOf } from "../../src/core/facts/report.ts";
import type { DatePrinter } from "../../src/core/facts/dates.ts";
import type { Wording } from "../../src/core/language/wording.ts";
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
export function summaryOf(results: readonly FinalResult[], words: Wording): string {
  const count = results.length;
  const tell = (number: number, word: "Critical" | "Abnormal" | "Corrected"): string =>
    number === 0
      ? ""
      : count === 1
        ? words.text(`final.one${word}`)
        : number === 1
          ? words.text(`final.single${word}`)
          : words.text(`final.some${word}`, { count: String(number) });
  const grades = results.map(concernOf);
  const critical = grades.filter((grade) => grade === "critical").length;
  const abnormal = grades.filter((grade) => grade === "abnormal").length;
  const revised = results.filter((result) => result.revised).length;
  const concerns = tell(critical, "Critical") + tell(abnormal, "Abnormal") + tell(revised, "Corrected");
  return count === 1
    ? words.text("final.one", { concerns })
    : words.text("final.many", { count: String(count), concerns });
}

export function needsAttention(results: readonly FinalResult[]): boolean {
  return results.some((result) => result.revised || concernOf(result) !== undefined);
}

function valueText(value: Observation, named: boolean, words: Wording): string {
  const reading = readObservation(value, words);
  if (reading === undefined) return "";
  const { label, result } = reading;
  const name = named ? `${plain(label)} ` : "";
  if (result === undefined) return `${name}${words.text("final.noValue")}`;
  const range = result.range === undefined ? "" : words.text("final.reference", { range: plain(result.range) });
  const flag = flagWord(result.flag, words);
  return `${name}${plain(result.printed)}${flag === "" ? "" : ` **${flag}**`}${range}`;
}

function nameOf({ resource, values }: FinalResult, words: Wording): string {
  const own =
    resource.resourceType === "Observation" ? readObservation(resource, words)?.label : conceptName(resource.code);
  const [first] = values;
  return own ?? (first === undefined ? undefined : readObservation(first, words)?.label) ?? words.text("final.result");
}

function bodyOf({ resource, values }: FinalResult, words: Wording): string {
  if (resource.resourceType === "Observation") return valueText(resource, false, words) || words.text("final.noValue");
  const conclusion = textOf(resource.conclusion);
  const coded = list(resource.conclusionCode).flatMap((concept) => conceptName(concept) ?? []);
  const said = conclusion === undefined ? coded.join("; ") : excerpt(conclusion, CONCLUSION_LENGTH);
  const shown = values.slice(0, MAX_VALUES).map((value) => valueText(value, true, words));
  const more =
    values.length > MAX_VALUES ? [words.text("final.moreValues", { count: String(values.length - MAX_VALUES) })] : [];
  const parts = [said === "" ? "" : plain(said), ...shown, ...more].filter((part) => part !== "");
  return parts.length === 0 ? words.text("final.seeReport") : parts.join("; ");
}

/** `- **Name** (final 21 Mar 2026, taken 18 Mar 2026): 1.71 mg/dL **high**` */
function line(result: FinalResult, dates: DatePrinter, words: Wording): string {
  const { resource } = result;
  const [issued, taken] = [dates.date(issuedAt(resource)), dates.date(timeOf(resource))];
  const when = words.text("final.when", {
    status: words.code(resource.status),
    issued,
    taken: taken === issued ? undefined : taken,
  });
  return `- **${plain(nameOf(result, words))}** (${when}): ${bodyOf(result, words)}`;
}

export function detailOf(
  stays: readonly StayResults[],
  dates: DatePrinter,
  words: Wording,
  { complete, seen }: { readonly complete: boolean; readonly seen: number },
): string {
  const blocks = stays.map(({ signedAt, results }) => {
    const lines = byConcern(results)
      .slice(0, MAX_LINES)
      .map((result) => line(result, dates, words));
    const more =
      results.length > MAX_LINES ? [words.text("final.more", { count: String(results.length - MAX_LINES) })] : [];
    const head = words.text("final.head", { date: dates.date(signedAt) ?? signedAt });
    return [head, "", ...lines, ...more].join("\n");
  });
  const notes = [
    ...(complete ? [] : [words.text("final.incomplete")]),
    ...(seen === 0
      ? []
      : [seen === 1 ? words.text("final.oneSeen") : words.text("final.someSeen", { count: String(seen) })]),
  ];
  return [...blocks, ...notes].join("\n\n");
}
