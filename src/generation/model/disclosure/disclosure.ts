/** What a model is shown of a chart: facts, their dates as days of the stay, nobody's name; and the way back. */
import type { Chart } from "../../../core/chart/chart.ts";
import type { Fact } from "../../../core/chart/facts.ts";
import { createDatePrinter } from "../../../core/facts/dates.ts";
import { calendarDate, completedYears } from "../../../core/verification/zoned-date.ts";
import { createPseudonyms } from "./pseudonyms.ts";
import { createRelativeDays } from "./relative-days.ts";

/** What is told of the person: no more than a reader of any case report learns. */
export interface PatientBand {
  readonly sex?: "female" | "male";
  /** Completed years at admission, in tens: `60-69`, `90+`. */
  readonly ageBand?: string;
}

export interface ShownFact {
  readonly id: string;
  readonly text: string;
  /** The text repeats a note. */
  readonly quoted?: true;
}

export interface Disclosure {
  readonly patient: PatientBand;
  /** @param text the fact's text as far as it may be shown (project-chart.ts) */
  readonly show: (fact: Fact, text: string) => ShownFact;
  /** A text of the model with dates, names and the age put back. */
  readonly restore: (text: string) => string;
}

/** Stands for the age; the model does not learn it. */
const ageMark = "[age]";
const personFactId = "person";
const withoutAge = (text: string): string => text.replace(/\d+(?=-year-old)/u, ageMark);

function ageAtAdmission({ patient, encounter }: Chart, timeZone: string): number | undefined {
  const birth = calendarDate(patient.birthDate ?? "", timeZone);
  const admission = calendarDate(encounter.period?.start ?? "", timeZone);
  return birth === undefined || admission === undefined ? undefined : completedYears(birth, admission);
}

/** "A" before the mark becomes "an" before eighty-four. */
function withAge(text: string, age: number): string {
  const article = /^(?:8|11$|18$)/u.test(String(age)) ? "n" : "";
  return text.replaceAll(/\b([Aa]) \[age\]/gu, `$1${article} ${age}`).replaceAll(ageMark, String(age));
}

function bandOf(age: number): string {
  if (age >= 90) return "90+";
  const from = Math.floor(age / 10) * 10;
  return `${from}-${from + 9}`;
}

/** The fact that the one-liner cites for the person: its evidence is the patient's own record and the stay's. */
export function personFact(chart: Chart, timeZone: string): Fact | undefined {
  const age = ageAtAdmission(chart, timeZone);
  const admitted = createDatePrinter(timeZone).date(chart.encounter.period?.start);
  const { gender, id } = chart.patient;
  if (age === undefined || admitted === undefined || age < 2 || (gender !== "female" && gender !== "male"))
    return undefined;
  const person = gender === "female" ? "woman" : "man";
  const child = gender === "female" ? "girl" : "boy";
  return {
    id: personFactId,
    kind: "stay",
    // The day stands beside the age: it is what the age was on that day.
    text: `A ${age}-year-old ${age < 18 ? child : person} on admission on ${admitted}`,
    label: "Admission",
    ...(chart.encounter.period?.start === undefined ? {} : { time: chart.encounter.period.start }),
    codes: [],
    assertion: "present",
    period: "this-stay",
    evidence: [
      { reference: `Patient/${id ?? ""}`, path: "birthDate" },
      { reference: `Encounter/${chart.encounter.id ?? ""}`, path: "period.start" },
    ],
  };
}

/** For one chart: all that goes out passes `show`, all that comes back `restore`. */
export function createDisclosure(chart: Chart, timeZone: string): Disclosure {
  const pseudonyms = createPseudonyms(chart);
  const days = createRelativeDays(chart.encounter.period?.start, timeZone);
  const age = ageAtAdmission(chart, timeZone);
  const { gender } = chart.patient;
  return {
    patient: {
      ...(gender === "female" || gender === "male" ? { sex: gender } : {}),
      ...(age === undefined ? {} : { ageBand: bandOf(age) }),
    },
    show: (fact, text) => ({
      id: fact.id,
      text: days.hide(fact.id === personFactId ? withoutAge(text) : pseudonyms.hide(text)),
      ...(fact.kind === "note" ? { quoted: true as const } : {}),
    }),
    restore: (text) => {
      const dated = pseudonyms.restore(days.restore(text));
      return age === undefined ? dated : withAge(dated, age);
    },
  };
}
