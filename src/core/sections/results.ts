/** Results: each abnormal or changed test as admission, worst and last value; microbiology and reports in their own words. */
import type { Fact, ResultDetail } from "../chart/facts.ts";
import { instantOf } from "../facts/dates.ts";
import { joined } from "../facts/draft.ts";
import { flagWord } from "../facts/observation.ts";
import { susceptibilityTo } from "../facts/test-name.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "./context.ts";
import { excerpt, groupBy, inQuotes, say } from "./context.ts";
import type { Measurement, Series } from "./result-series.ts";
import { baselineOf, isAbnormal, isCritical, seriesFrom } from "./result-series.ts";
import { keyTests } from "./key-tests.ts";
import { statesCondition } from "./condition.ts";
import { cameAfter } from "./pending.ts";

const final: ReadonlySet<string> = new Set([
  "final",
  "amended",
  "corrected",
  "appended",
  "partial",
  "preliminary",
  "unknown",
]);

function isResult(fact: Fact): boolean {
  return fact.result !== undefined && final.has(fact.status ?? "");
}

/** Results of the stay; those that came after the discharge are marked where they are printed. */
function stayResults(context: SectionContext): readonly Fact[] {
  return context
    .of("result")
    .filter(
      (fact) => isResult(fact) && (fact.period === "this-stay" || (fact.period === "after" && ownLate(context, fact))),
    );
}

/** Late results of other encounters are another visit's business. */
function ownLate(context: SectionContext, fact: Fact): boolean {
  const own = `Encounter/${context.chart.encounter.id}`;
  const reference = fact.evidence[0]?.reference;
  const resource = context.chart.resources.find(
    (candidate) => `${candidate.resourceType}/${candidate.id}` === reference,
  );
  return resource?.resourceType === "Observation" && resource.encounter?.reference === own;
}

function isBeforeAdmission(context: SectionContext, fact: Fact): boolean {
  const [day, start] = [context.dates.day(fact.time), context.dates.day(context.chart.encounter.period?.start)];
  return day !== undefined && start !== undefined && day < start;
}

/** Measured after the discharge, or before it and known after it. */
function lateMark(context: SectionContext, fact: Fact): string | undefined {
  if (cameAfter(context, fact) === undefined) return undefined;
  return context.words.text(fact.period === "after" ? "mark.after" : "mark.cameAfter");
}

function marksOf(context: SectionContext, fact: Fact, result: ResultDetail): string {
  const { words } = context;
  const marks = joined([
    flagWord(result.flag, words),
    result.corrected ? words.text("mark.corrected") : undefined,
    fact.status === "preliminary" || fact.status === "partial" ? words.text("mark.preliminary") : undefined,
    lateMark(context, fact),
    fact.period === "this-stay" && isBeforeAdmission(context, fact) ? words.text("mark.before") : undefined,
  ]);
  return marks === "" ? "" : ` (${marks})`;
}

/** `1.62 mg/dL on 20 Aug 2026 (high)`. */
function valueText(context: SectionContext, { fact, result }: Measurement): string {
  const date = context.dates.date(fact.time);
  return context.words.text("results.valueOn", { value: result.printed, date, marks: marksOf(context, fact, result) });
}

function rangeText({ words }: SectionContext, { result }: Measurement): string | undefined {
  return result.range === undefined ? undefined : words.text("results.range", { range: result.range });
}

/** The values to print: first, worst where it is neither first nor last, last; equal ones once. */
function triple(
  context: SectionContext,
  series: Series,
): { readonly text: string; readonly shown: readonly Measurement[] } {
  const { first, last, worst } = series;
  if (first === last) return { text: valueText(context, first), shown: [first] };
  const middle =
    worst === undefined ||
    worst === first ||
    worst === last ||
    worst.value === first.value ||
    worst.value === last.value
      ? undefined
      : worst;
  const { words } = context;
  const isWorst = (measurement: Measurement): boolean =>
    worst !== undefined &&
    middle === undefined &&
    measurement === worst &&
    isAbnormal(worst) &&
    first.value !== last.value;
  const parts = [
    words.text(isWorst(first) ? "results.firstWorst" : "results.first", { value: valueText(context, first) }),
    ...(middle === undefined ? [] : [words.text("results.worst", { value: valueText(context, middle) })]),
    words.text(isWorst(last) ? "results.lastWorst" : "results.last", { value: valueText(context, last) }),
  ];
  return { text: parts.join("; "), shown: [first, ...(middle === undefined ? [] : [middle]), last] };
}

function seriesSentence(context: SectionContext, series: Series, older: readonly Fact[]): SentenceDraft {
  const { text, shown } = triple(context, series);
  const baseline = baselineOf(series, older);
  const corrected = series.values.filter((value) => value.result.corrected && !shown.includes(value));
  const { words } = context;
  const parts = [
    text,
    ...corrected.map((value) => words.text("results.corrected", { value: valueText(context, value) })),
    series.trend === undefined
      ? undefined
      : words.text("results.trend", { trend: words.text(`trend.${series.trend}`) }),
    baseline === undefined ? undefined : words.text("results.before", { value: valueText(context, baseline) }),
    rangeText(context, series.last) ?? rangeText(context, series.first),
    series.otherUnit ? words.text("results.otherUnit") : undefined,
  ].filter((part) => part !== undefined);
  const cited = [...shown, ...corrected, ...(baseline === undefined ? [] : [baseline])].map(({ fact }) => fact);
  // The trend is a statement about every value, so every value is evidence for it.
  return say(
    words.text("results.series", { name: series.label, values: parts.join("; ") }),
    cited,
    series.trend === undefined ? [] : series.values.map(({ fact }) => fact),
  );
}

/** Without a range or flag nothing says what is abnormal: a change of a fifth is then worth showing. */
const worthwhileChange = 0.2;

function isNotable(context: SectionContext, series: Series): boolean {
  if (series.values.some(isAbnormal) || series.otherUnit) return true;
  if (series.values.some(({ result, fact }) => result.corrected || cameAfter(context, fact) !== undefined)) return true;
  const judged = series.values.some(({ result }) => result.flag !== undefined);
  return (
    !judged &&
    series.values.length > 1 &&
    Math.abs(series.last.value - series.first.value) > worthwhileChange * Math.abs(series.first.value)
  );
}

const severity = (series: Series): number =>
  series.values.some(isCritical) ? 0 : series.values.some(isAbnormal) ? 1 : 2;

function loincOf(series: Series): string {
  return series.first.fact.codes.find((coding) => /loinc/u.test(coding.system ?? ""))?.code ?? "";
}

/** The rest in a line or two: key tests with their last value, the others by name. */
function unremarkable({ words }: SectionContext, rest: readonly Series[]): readonly SentenceDraft[] {
  const sentences: SentenceDraft[] = [];
  for (const [, group] of groupBy(rest, ({ last }) => String(last.result.flag === "normal"))) {
    const within = group[0]?.last.result.flag === "normal";
    const key = group.filter((series) => keyTests.has(loincOf(series)) || !within);
    const names = group.filter((series) => !key.includes(series)).map((series) => series.label);
    // What a reader looks for first stands first in a long line.
    const ordered = key.toSorted((a, b) => Number(keyTests.has(loincOf(b))) - Number(keyTests.has(loincOf(a))));
    const shown = ordered.map((series) => `${series.label} ${series.last.result.printed}`);
    // "Score 8, 5 minute score 10" reads as if the 8 were minutes.
    const separator = shown.some((text) => /^\d/u.test(text)) ? "; " : ", ";
    const values = joined(
      [
        shown.length === 0 ? undefined : words.text("results.lastValues", { values: shown.join(separator) }),
        [...new Set(names)].join(", "),
      ],
      "; ",
    );
    const cited = group.flatMap((series) => (within ? series.values : [series.last]).map(({ fact }) => fact));
    sentences.push(say(words.text(within ? "results.within" : "results.unjudged", { values }), cited));
  }
  return sentences;
}

/** By its verdict, or by its name: what is measured there is a concentration, and no value of the patient. */
function testsAntibiotic({ words }: SectionContext, { label, result }: Fact): boolean {
  return result?.susceptibility !== undefined || label.startsWith(susceptibilityTo(words));
}

/** `Meropenem (<=0.25 mcg/mL)`. */
function antibiotic({ words }: SectionContext, { label, quantity, result }: Fact): string {
  const prefix = susceptibilityTo(words);
  const name = label.startsWith(prefix) ? label.slice(prefix.length) : label;
  const isVerdict = quantity === undefined || result?.susceptibility === undefined;
  return isVerdict ? name : `${name} (${result.printed})`;
}

const verdictOf = ({ quantity, result }: Fact): string =>
  (quantity === undefined ? undefined : result?.susceptibility) ?? result?.printed ?? "";

/** Cultures and other results in words. A result that a report repeats is printed once. */
function worded(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const inWords = facts.filter(
    (fact) => (fact.quantity === undefined || testsAntibiotic(context, fact)) && !statesCondition(fact),
  );
  const single = inWords.filter((fact) => !testsAntibiotic(context, fact));
  return [
    ...single.flatMap((fact) => {
      const date = context.dates.date(fact.time);
      const { result } = fact;
      return result === undefined
        ? []
        : [
            say(
              context.words.text("results.worded", {
                name: fact.label,
                value: result.printed,
                date,
                marks: marksOf(context, fact, result),
              }),
              fact,
            ),
          ];
    }),
    ...susceptibilities(
      context,
      inWords.filter((fact) => !single.includes(fact)),
    ),
  ];
}

/** An antibiogram in one line: by report and day, and in it by verdict. */
function susceptibilities(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const reportsWithResults = context.of("report").filter((fact) => (fact.report?.results.length ?? 0) > 0);
  const reportOf = (fact: Fact): Fact | undefined =>
    reportsWithResults.find((report) => report.report?.results.includes(fact.evidence[0]?.reference ?? "") === true);
  const groups = groupBy(
    facts,
    (fact) => `${reportOf(fact)?.id ?? ""} ${context.dates.day(fact.time) ?? ""} ${fact.status ?? ""}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first?.result === undefined) return [];
    const [report, date] = [reportOf(first), context.dates.date(first.time)];
    const verdicts = [...groupBy(group, verdictOf)].map(
      ([verdict, tested]) => `${verdict}: ${tested.map((fact) => antibiotic(context, fact)).join(", ")}`,
    );
    return [
      say(
        context.words.text("results.susceptibility", {
          date,
          report: report?.label,
          marks: marksOf(context, first, { ...first.result, flag: "normal" }),
          verdicts: verdicts.join("; "),
        }),
        group,
        report === undefined ? [] : [report],
      ),
    ];
  });
}

const reportStates: ReadonlySet<string> = new Set(["final", "amended", "corrected", "appended"]);

function reportStatus(context: SectionContext, fact: Fact): string | undefined {
  const status = fact.status === "final" ? undefined : context.words.code(fact.status ?? "unknown");
  return joined([status, lateMark(context, fact)]) || undefined;
}

/** Conclusions of reports; those of laboratory panels only where their results are not in the chart themselves. */
function reports(context: SectionContext): readonly SentenceDraft[] {
  const facts = context
    .of("report")
    .filter((fact) => fact.period === "this-stay" && reportStates.has(fact.status ?? ""));
  const concluded = facts.filter(
    (fact) =>
      fact.report?.conclusion !== undefined &&
      (fact.report.category !== "laboratory" || fact.report.results.length === 0),
  );
  return concluded.map((fact) => {
    const date = context.dates.date(fact.time);
    return say(
      context.words.text("results.report", {
        name: fact.label,
        date,
        status: reportStatus(context, fact),
        text: inQuotes(excerpt(fact.report?.conclusion ?? "", 500)),
      }),
      fact,
    );
  });
}

/** Only values of the last year are a baseline. */
const baselineMs = 365 * 86_400_000;

function olderResults(context: SectionContext): readonly Fact[] {
  const start = instantOf(context.chart.encounter.period?.start);
  return context.of("result").filter((fact) => {
    const time = instantOf(fact.time);
    const past = fact.period === "before" || fact.period === "other-encounter";
    return (
      past && isResult(fact) && time !== undefined && start !== undefined && time < start && start - time < baselineMs
    );
  });
}

/** Writes `results`. */
export function resultsSection(context: SectionContext): SectionDraft {
  const facts = stayResults(context);
  const older = olderResults(context);
  const all = seriesFrom(facts.filter((fact) => !testsAntibiotic(context, fact)));
  const notable = all.filter((series) => isNotable(context, series)).toSorted((a, b) => severity(a) - severity(b));
  const rest = all.filter((series) => !isNotable(context, series));
  const sentences = [
    ...reports(context),
    ...worded(context, facts),
    ...notable.map((series) => seriesSentence(context, series, older)),
    ...unremarkable(context, rest),
  ];
  return { sentences, lookedFor: "results.lookedFor" };
}
