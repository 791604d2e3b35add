/** One change of a draft's sources as a sentence for whoever is about to sign. */
import type { FhirResource, Observation } from "fhir/r4.js";
import { property, textOf } from "../chart/readable.ts";
import { conceptName } from "../facts/concept.ts";
import type { DatePrinter } from "../facts/dates.ts";
import { flagWord, readObservation } from "../facts/observation.ts";
import { excerpt } from "../sections/context.ts";
import type { SourceChange, SourceChangeKind } from "./source-change.ts";

const MAX_VALUES = 6;
const CONCLUSION_LENGTH = 300;

/** `5.9 mmol/L (high)`. */
function valueText(observation: Observation): string | undefined {
  const result = readObservation(observation)?.result;
  if (result === undefined) return undefined;
  const flag = flagWord(result.flag);
  return flag === "" ? result.printed : `${result.printed} (${flag})`;
}

function namedValue(observation: Observation): readonly string[] {
  const [label, value] = [readObservation(observation)?.label, valueText(observation)];
  return label === undefined || value === undefined ? [] : [`${label} ${value}`];
}

/** What the record says now, as far as it has a value of its own. */
function contentOf({ resource, values }: SourceChange): string | undefined {
  if (resource?.resourceType === "Observation") return valueText(resource);
  if (resource?.resourceType !== "DiagnosticReport") return undefined;
  const conclusion = textOf(resource.conclusion);
  const parts = [
    ...(conclusion === undefined ? [] : [excerpt(conclusion, CONCLUSION_LENGTH)]),
    ...values.slice(0, MAX_VALUES).flatMap(namedValue),
    ...(values.length > MAX_VALUES ? [`${values.length - MAX_VALUES} more values`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join("; ");
}

type Concept = Parameters<typeof conceptName>[0];
const isConcept = (value: unknown): value is NonNullable<Concept> =>
  value !== null && typeof value === "object" && !Array.isArray(value);

function conceptOf(resource: FhirResource): string | undefined {
  for (const name of ["code", "medicationCodeableConcept", "vaccineCode", "type"]) {
    const value = property(resource, name);
    const found = isConcept(value) ? conceptName(value) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Who reads this knows the record by its name, never by its id. */
function labelOf({ resource, reference, before }: SourceChange): string {
  const type = reference.split("/")[0] ?? "";
  const own = resource?.resourceType === "Observation" ? readObservation(resource)?.label : undefined;
  const name = own ?? (resource === undefined ? before.values[0] : conceptOf(resource));
  return name ?? typeAsWords(type);
}

/** `DiagnosticReport` -> `Diagnostic report`. */
function typeAsWords(type: string): string {
  const words = type.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A result is known from when it was issued; a change to a record from when the EHR wrote it. */
function whenKnown({ kind, resource }: SourceChange, dates: DatePrinter): string {
  if (resource === undefined) return "";
  const [issued, written] = [textOf(property(resource, "issued")), textOf(resource.meta?.lastUpdated)];
  const printed = dates.dateTime(kind === "final" ? (issued ?? written) : (written ?? issued));
  return printed === undefined ? "" : ` ${kind === "final" ? "since" : "on"} ${printed}`;
}

const withContent = (content: string | undefined): string => (content === undefined ? "" : `: ${content}`);

/** `; the draft says 4.1 mmol/L`: only where the value moved. */
function asDrafted(change: SourceChange, now: string | undefined): string {
  const [before] = change.before.values;
  const isValue = change.resource?.resourceType === "Observation" && before !== undefined;
  return isValue && now?.startsWith(before) !== true ? `; the draft says ${before}` : "";
}

function statusMove({ resource, before }: SourceChange): string {
  const now = resource === undefined ? undefined : textOf(property(resource, "status"));
  return now === undefined || before.status === undefined || now === before.status
    ? ""
    : `; ${before.status} became ${now}`;
}

const writers: Readonly<Record<SourceChangeKind, (change: SourceChange, dates: DatePrinter) => string>> = {
  final: (change, dates) =>
    `${labelOf(change)}, pending in this draft, is final${whenKnown(change, dates)}${withContent(contentOf(change))}`,
  corrected: (change, dates) => {
    const now = contentOf(change);
    return `${labelOf(change)} was corrected${whenKnown(change, dates)}${withContent(now)}${asDrafted(change, now)}`;
  },
  withdrawn: (change) =>
    `${labelOf(change)} no longer stands in the EHR${statusMove(change) === "" ? "" : ` (${statusMove(change).slice(2)})`}`,
  changed: (change, dates) => {
    const now = contentOf(change);
    return `${labelOf(change)} was changed in the EHR${whenKnown(change, dates)}${withContent(now)}${asDrafted(change, now)}${statusMove(change)}`;
  },
  missing: (change) => `${labelOf(change)} is no longer in the EHR`,
  new: (change, dates) =>
    `New since this draft: ${labelOf(change)}${withContent(contentOf(change))}${newDate(change, dates)}`,
};

function newDate({ resource }: SourceChange, dates: DatePrinter): string {
  if (resource === undefined) return "";
  const at = ["issued", "authoredOn", "recordedDate"].map((name) => textOf(property(resource, name)));
  const printed = dates.dateTime(at.find((time) => time !== undefined) ?? textOf(resource.meta?.lastUpdated));
  return printed === undefined ? "" : `, ${printed}`;
}

/** `Potassium, pending in this draft, is final since 18 Mar 2026 at 10:42: 5.9 mmol/L (high).` */
export function changeText(change: SourceChange, dates: DatePrinter): string {
  const text = writers[change.kind](change, dates);
  return /[.!?]$/u.test(text) ? text : `${text}.`;
}

/** True where the laboratory or the reference range calls one of the values abnormal: such a change stands first. */
export function isAbnormal({ resource, values }: SourceChange): boolean {
  const observations = resource?.resourceType === "Observation" ? [resource, ...values] : values;
  return observations.some((value) => flagWord(readObservation(value)?.result?.flag) !== "");
}
