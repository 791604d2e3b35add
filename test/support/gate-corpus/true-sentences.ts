/**
 * True sentences in a model's manner of writing, made from a chart's facts by wording alone: each value is the fact's own.
 * They measure how much of the truth the gate lets through, and are what the corruptor starts from.
 */
import type { Fact } from "../../../src/core/chart/facts.ts";

export interface CorpusSentence {
  readonly text: string;
  readonly factIds: readonly string[];
}

const dated = /\bon (?<day>\d{1,2}) (?<month>[A-Z][a-z]{2}) (?<year>\d{4})/u;
const fullMonths: Readonly<Record<string, string>> = {
  Jan: "January",
  Feb: "February",
  Mar: "March",
  Apr: "April",
  May: "May",
  Jun: "June",
  Jul: "July",
  Aug: "August",
  Sep: "September",
  Oct: "October",
  Nov: "November",
  Dec: "December",
};

interface PrintedDate {
  readonly short: string;
  readonly long: string;
  readonly american: string;
  readonly order: number;
}

function dateOf(fact: Fact): PrintedDate | undefined {
  const { day = "", month = "", year = "" } = dated.exec(fact.text)?.groups ?? {};
  const name = fullMonths[month];
  if (name === undefined) return undefined;
  const order = Number(year) * 372 + Object.keys(fullMonths).indexOf(month) * 31 + Number(day);
  return {
    short: `${day} ${month} ${year}`,
    long: `${day} ${name} ${year}`,
    american: `${name} ${day}, ${year}`,
    order,
  };
}

/** "Acute kidney injury" inside a sentence; acronyms and names of persons keep their capitals. */
const inside = (label: string): string =>
  /^\p{Lu}\p{Ll}/u.test(label) && !/^(?:Alzheimer|Escherichia|Staphylococcus|Type|Ginkgo)/u.test(label)
    ? label.charAt(0).toLowerCase() + label.slice(1)
    : label;

const sentence = (text: string, ...facts: readonly Fact[]): CorpusSentence => ({
  text: text.replace(/\.+$/u, "") + ".",
  factIds: facts.map(({ id }) => id),
});

const isMeasured = (fact: Fact): boolean =>
  (fact.kind === "result" || fact.kind === "vital") &&
  fact.quantity !== undefined &&
  fact.result?.comparator === undefined;

function single(fact: Fact): readonly CorpusSentence[] {
  const date = dateOf(fact);
  const printed = fact.result?.printed;
  if (date === undefined || printed === undefined) return [];
  const name = inside(fact.label);
  const flag = fact.result?.flag;
  const word = flag === "high" ? "elevated" : flag === "low" ? "low" : undefined;
  return [
    sentence(`${fact.label} was ${printed} on ${date.short}`, fact),
    sentence(`On ${date.long}, ${name} was measured at ${printed}`, fact),
    ...(word === undefined ? [] : [sentence(`The ${name} was ${word} at ${printed} on ${date.american}`, fact)]),
  ];
}

/** Changes, peaks and ranges of one test in one unit. */
function series(facts: readonly Fact[]): readonly CorpusSentence[] {
  const ordered = facts.toSorted((a, b) => (dateOf(a)?.order ?? 0) - (dateOf(b)?.order ?? 0));
  const [first, last] = [ordered[0], ordered.at(-1)];
  const value = (fact: Fact): number => fact.quantity?.value ?? 0;
  if (first === undefined || last === undefined || first === last || value(first) === value(last)) return [];
  const [from, to] = [dateOf(first), dateOf(last)];
  if (from === undefined || to === undefined || from.order === to.order) return [];
  const risen = value(last) > value(first);
  const top = facts.toSorted((a, b) => value(b) - value(a))[0] ?? first;
  const bottom = facts.toSorted((a, b) => value(a) - value(b))[0] ?? first;
  const name = inside(first.label);
  const [a, b] = [first.result?.printed ?? "", last.result?.printed ?? ""];
  return [
    sentence(
      `${first.label} ${risen ? "rose" : "fell"} from ${a} on ${from.short} to ${b} on ${to.short}`,
      first,
      last,
    ),
    sentence(`The ${name} ${risen ? "increased" : "decreased"} from ${a} to ${b} during the stay`, first, last),
    sentence(`By ${to.long} the ${name} had ${risen ? "risen" : "fallen"} to ${b}`, first, last),
    ...(top === bottom || facts.length < 3
      ? []
      : [
          sentence(`${first.label} peaked at ${top.result?.printed ?? ""} on ${dateOf(top)?.short ?? ""}`, ...facts),
          sentence(
            `${first.label} ranged between ${String(value(bottom))} and ${top.result?.printed ?? ""} during the admission`,
            ...facts,
          ),
        ]),
  ];
}

/** Two tests of one day in one sentence. */
function together(facts: readonly Fact[]): readonly CorpusSentence[] {
  return facts.flatMap((one, index): readonly CorpusSentence[] => {
    const other = facts
      .slice(index + 1)
      .find((fact) => fact.label !== one.label && dateOf(fact)?.short === dateOf(one)?.short);
    const date = dateOf(one);
    if (other === undefined || date === undefined) return [];
    const [a, b] = [one.result?.printed ?? "", other.result?.printed ?? ""];
    return [
      sentence(`On ${date.short}, ${inside(one.label)} was ${a} and ${inside(other.label)} was ${b}`, one, other),
      sentence(`${one.label} was ${a}, with ${inside(other.label)} ${b}, on ${date.american}`, one, other),
    ];
  });
}

const frequencyWords: readonly (readonly [RegExp, string])[] = [
  [/twice daily/u, "BID"],
  [/once daily/u, "daily"],
  [/three times daily/u, "three times a day"],
  [/every (?<n>\d+) hours/u, "q$<n>h"],
];
const routeWords: readonly (readonly [RegExp, string])[] = [
  [/\boral\b/u, "by mouth"],
  [/\bintravenous\b/u, "IV"],
  [/\bsubcutaneous\b/u, "subcutaneously"],
];
const reworded = (text: string, words: readonly (readonly [RegExp, string])[]): string =>
  words.reduce((result, [pattern, by]) => result.replace(pattern, by), text);

const substance = (fact: Fact): string =>
  (
    fact.label.match(/^[\p{L}][\p{L}/-]*(?: (?:oxide|chloride|carbonate|biloba|glargine|lispro|valproate))?/u)?.[0] ??
    fact.label
  ).toLowerCase();

const hasPlainDose = (fact: Fact): boolean =>
  fact.medication?.dosage !== undefined && /^[\d.]+ \p{L}+ [a-z ]+$/u.test(fact.medication.dosage);

function medicines(facts: readonly Fact[]): readonly CorpusSentence[] {
  const orders = facts.filter((fact) => fact.kind === "medication" && hasPlainDose(fact));
  const out = orders.filter(({ medication, status }) => medication?.list === "discharge" && status === "active");
  const home = orders.filter(({ medication, status }) => medication?.list === "home" && status === "active");
  const stopped = facts.filter(({ kind, status }) => kind === "medication" && status === "stopped");
  const held = facts.filter(({ kind, status }) => kind === "medication" && status === "on-hold");
  const dose = (fact: Fact): string => fact.medication?.dosage ?? "";
  const short = (fact: Fact): string => reworded(reworded(dose(fact), frequencyWords), routeWords);
  return [
    ...out.flatMap((fact, index) => {
      const next = out[index + 1];
      return [
        sentence(
          `${inside(fact.label.split(" ")[0] ?? "")} ${short(fact)} was prescribed at discharge`.replace(
            /^\p{L}/u,
            (c) => c.toUpperCase(),
          ),
          fact,
        ),
        sentence(`The patient was discharged on ${substance(fact)} ${dose(fact)}`, fact),
        ...(next === undefined
          ? []
          : [
              sentence(
                `Discharge medications included ${substance(fact)} ${dose(fact)} and ${substance(next)} ${dose(next)}`,
                fact,
                next,
              ),
            ]),
      ];
    }),
    ...home.map((fact) => sentence(`Before admission the patient was taking ${substance(fact)} ${short(fact)}`, fact)),
    ...stopped.map((fact) =>
      sentence(`${substance(fact).replace(/^\p{L}/u, (c) => c.toUpperCase())} was stopped`, fact),
    ),
    ...held.map((fact) => sentence(`${substance(fact).replace(/^\p{L}/u, (c) => c.toUpperCase())} was held`, fact)),
  ];
}

function administrations(facts: readonly Fact[]): readonly CorpusSentence[] {
  const given = facts.filter(({ kind, status }) => kind === "administration" && status === "completed");
  const grouped = [...Map.groupBy(given, ({ label }) => label).values()];
  return grouped.flatMap((doses): readonly CorpusSentence[] => {
    const [first, last] = [doses[0], doses.at(-1)];
    const from = first === undefined ? undefined : dateOf(first);
    const to = last === undefined ? undefined : dateOf(last);
    if (first === undefined || last === undefined || from === undefined || to === undefined) return [];
    const dose = first.medication?.dosage ?? "";
    return [
      sentence(`The patient received ${substance(first)} ${dose} on ${from.short}`, first),
      sentence(`On ${from.american}, ${substance(first)} ${reworded(dose, routeWords)} was administered`, first),
      ...(from.order === to.order
        ? []
        : [
            sentence(
              `${substance(first).replace(/^\p{L}/u, (c) => c.toUpperCase())} was first given on ${from.short} and last on ${to.short}`,
              first,
              last,
            ),
          ]),
    ];
  });
}

function diagnoses(facts: readonly Fact[]): readonly CorpusSentence[] {
  return facts
    .filter(({ kind, period }) => kind === "diagnosis" && period !== "other-encounter")
    .flatMap((fact): readonly CorpusSentence[] => {
      const name = inside(fact.label);
      const date = dateOf(fact);
      if (fact.assertion === "absent")
        return [sentence(`${fact.label} was ruled out`, fact), sentence(`There was no evidence of ${name}`, fact)];
      if (fact.assertion === "possible") return [sentence(`${fact.label} was suspected`, fact)];
      if (fact.assertion === "family") return [];
      if (fact.assertion === "historical" || fact.period === "before")
        return [sentence(`The patient has a history of ${name}`, fact)];
      return [
        sentence(`The patient was found to have ${name}`, fact),
        sentence(`The hospital course was notable for ${name}`, fact),
        ...(date === undefined ? [] : [sentence(`${fact.label} was diagnosed on ${date.short}`, fact)]),
        ...(fact.status === "resolved" || /\(resolved\)/u.test(fact.text)
          ? [sentence(`${fact.label} resolved`, fact)]
          : []),
      ];
    });
}

function acts(facts: readonly Fact[]): readonly CorpusSentence[] {
  return facts.flatMap((fact): readonly CorpusSentence[] => {
    const date = dateOf(fact);
    if (date === undefined || fact.assertion !== "present") return [];
    if (fact.kind === "procedure")
      return [
        sentence(`The patient underwent ${inside(fact.label)} on ${date.long}`, fact),
        sentence(`${fact.label} was performed on ${date.american}`, fact),
      ];
    if (fact.kind === "report" && fact.report?.conclusion !== undefined) {
      const [head = ""] = fact.report.conclusion.split(/(?<=[.;])\s/u);
      if (/^(?:Amended|Preliminary|Corrected)/u.test(head) || /recommend|follow/iu.test(head)) return [];
      return [
        sentence(`${fact.label} on ${date.short} showed ${inside(head)}`, fact),
        sentence(`On ${date.american}, ${fact.label} revealed ${inside(head)}`, fact),
      ];
    }
    if (fact.kind === "device")
      return [sentence(`An ${inside(fact.label)} was placed on ${date.short}`.replace(/^An (?![aeiou])/u, "A "), fact)];
    return [];
  });
}

/** A finding and a medicine in one sentence, which does not say that the one was for the other. */
function besides(facts: readonly Fact[]): readonly CorpusSentence[] {
  const given = facts.find(({ kind, status }) => kind === "administration" && status === "completed");
  const day = given === undefined ? undefined : dateOf(given);
  if (given === undefined || day === undefined) return [];
  const dose = `${substance(given)} ${given.medication?.dosage ?? ""} on ${day.short}`;
  const found = facts.filter(
    ({ kind, period, assertion, label }) =>
      kind === "diagnosis" && period === "this-stay" && assertion === "present" && !given.text.includes(label),
  );
  const reason = facts.find(({ kind, label }) => kind === "reason" && /\bfor \w+ (?:days|weeks|hours)\b/u.test(label));
  return [
    ...found.map((fact) =>
      sentence(`The patient was found to have ${inside(fact.label)} and received ${dose}`, fact, given),
    ),
    ...(reason === undefined
      ? []
      : [sentence(`The patient presented with ${inside(reason.label)} and received ${dose}`, reason, given)]),
  ];
}

function stay(facts: readonly Fact[]): readonly CorpusSentence[] {
  const admission = facts.find(({ label }) => label === "Admission");
  const reason = facts.find(({ kind }) => kind === "reason");
  const home = facts.find(({ kind }) => kind === "disposition");
  const leaving = facts.find(({ label, kind }) => kind === "stay" && label === "Discharge");
  const first = facts.find(
    ({ kind, period, assertion }) => kind === "diagnosis" && period === "this-stay" && assertion === "present",
  );
  const date = admission === undefined ? undefined : dateOf(admission);
  const left = leaving === undefined ? undefined : dateOf(leaving);
  const wards = facts.filter(({ kind, text }) => kind === "stay" && text.startsWith("Location:"));
  return [
    ...(admission === undefined || date === undefined
      ? []
      : [sentence(`The patient was admitted on ${date.long}`, admission)]),
    ...(admission === undefined || date === undefined || reason === undefined
      ? []
      : [
          sentence(`The patient was admitted on ${date.american} with ${inside(reason.label)}`, admission, reason),
          sentence(
            `Presenting with ${inside(reason.label)}, the patient was admitted to hospital on ${date.short}`,
            admission,
            reason,
          ),
        ]),
    ...(admission === undefined || date === undefined || first === undefined
      ? []
      : [sentence(`Admitted on ${date.short} with ${inside(first.label)}`, admission, first)]),
    ...wards.map((fact) =>
      sentence(`The patient was transferred to ${fact.label} on ${dateOf(fact)?.short ?? ""}`, fact),
    ),
    ...(home === undefined ? [] : [sentence(`The patient was discharged to: ${inside(home.label)}`, home)]),
    ...(leaving === undefined || left === undefined
      ? []
      : [sentence(`The patient was discharged on ${left.long}`, leaving)]),
  ];
}

/** All wordings of all facts of a chart that a hospital course may tell. */
export function trueSentences(all: readonly Fact[]): readonly CorpusSentence[] {
  const facts = all.filter(({ period }) => period !== "other-encounter");
  const measured = facts.filter((fact) => isMeasured(fact) && dateOf(fact) !== undefined);
  const byTest = Map.groupBy(measured, ({ label, quantity }) => `${label} ${quantity?.unit ?? ""}`);
  return [
    ...stay(facts),
    ...diagnoses(facts),
    ...measured.flatMap(single),
    ...[...byTest.values()].flatMap(series),
    ...together(measured),
    ...medicines(facts),
    ...administrations(facts),
    ...besides(facts),
    ...acts(facts),
  ];
}
