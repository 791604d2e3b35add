/** Every sentence against what it cites: coverage, correctness, and each kind of value that nothing bears out. */
import type { FhirResource } from "fhir/r4.js";
import type { Section, Sentence } from "../core/summary/summary.ts";
import type { Check, Problem } from "./checks.ts";
import { check } from "./checks.ts";
import { citationFaults } from "./citation-check.ts";
import { isDrugWord } from "./drug-words.ts";
import { narrativeWords } from "./narrative-words.ts";

interface Judged {
  readonly sentence: Sentence;
  readonly faults: readonly string[];
}

const problem = ({ sentence }: Judged, what: string): Problem => ({
  what,
  sentence: sentence.text,
  references: sentence.evidence.map(({ reference }) => reference),
});

const doseUnit = /^number \S+?\s?(?:mg|mcg|g|units?|mEq|mL|tablets?|puffs?)(?![\w/])/iu;

/** Which metric a fault counts for besides correctness. */
function metricOf(fault: string): string | undefined {
  if (fault.startsWith("date ")) return "unsupported.dates";
  if (fault.startsWith("frequency ") || doseUnit.test(fault)) return "unsupported.doses";
  if (fault.startsWith("number ")) return "unsupported.numbers";
  return fault.startsWith("word ") && isDrugWord(fault.slice(5)) ? "unsupported.drugs" : undefined;
}

/** `number "6.6 mg/dL"` and the like; no citation and a citation of nothing speak for themselves. */
function inWords(faults: readonly string[]): string {
  const [first = ""] = faults;
  if (!/^(?:number|date|frequency|word) /u.test(first)) return faults.join(", ");
  return `${faults.map((fault) => fault.replace(/^(\w+) (.*)$/su, '$1 "$2"')).join(", ")} in no cited record`;
}

function byKind(judged: readonly Judged[], metric: string): Check {
  return check(metric, judged, (one) => {
    const faults = one.faults.filter((fault) => metricOf(fault) === metric);
    return faults.length === 0 ? undefined : problem(one, inWords(faults));
  });
}

/** Words that tell a story are a model's own, and so is a sentence's shape; values and names are not. */
function faultsOf(sentence: Sentence, index: ReadonlyMap<string, FhirResource>, timeZone: string): readonly string[] {
  const faults = citationFaults(sentence, index, timeZone);
  if (sentence.origin !== "model") return faults;
  return faults.filter((fault) => !fault.startsWith("word ") || !narrativeWords.has(fault.slice(5)));
}

export function citationChecks(
  sections: readonly Section[],
  index: ReadonlyMap<string, FhirResource>,
  timeZone: string,
): readonly Check[] {
  const judged = sections
    .flatMap(({ sentences }) => sentences)
    .map((sentence): Judged => ({ sentence, faults: faultsOf(sentence, index, timeZone) }));
  const uncited = (one: Judged): Problem | undefined =>
    one.sentence.evidence.some(({ reference }) => index.has(reference))
      ? undefined
      : problem(one, "cites nothing of the chart");
  const wrong = (one: Judged): Problem | undefined =>
    one.faults.length === 0 ? undefined : problem(one, inWords(one.faults));
  return [
    check("citations.coverage", judged, uncited),
    check("sentences.without-evidence", judged, (one) =>
      one.sentence.evidence.length === 0 ? problem(one, "cites nothing") : undefined,
    ),
    check("citations.correct", judged, wrong),
    check(
      "citations.wrong",
      judged.filter(({ sentence }) => sentence.origin === "template"),
      wrong,
    ),
    ...["unsupported.numbers", "unsupported.doses", "unsupported.dates", "unsupported.drugs"].map((metric) =>
      byKind(judged, metric),
    ),
  ];
}
