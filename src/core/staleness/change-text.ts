/** One change of a draft's sources as a sentence for whoever is about to sign. */
import type { FhirResource, Observation } from "fhir/r4.js";
import { property, textOf } from "../chart/readable.ts";
import { conceptName } from "../facts/concept.ts";
import type { DatePrinter } from "../facts/dates.ts";
import { flagWord, readObservation } from "../facts/observation.ts";
import type { Wording } from "../language/wording.ts";
import { excerpt } from "../sections/context.ts";
import type { SourceChange } from "./source-change.ts";

const MAX_VALUES = 6;
const CONCLUSION_LENGTH = 300;

/** `5.9 mmol/L (high)`. */
function valueText(observation: Observation, words: Wording): string | undefined {
  const result = readObservation(observation, words)?.result;
  if (result === undefined) return undefined;
  const flag = flagWord(result.flag, words);
  return flag === "" ? result.printed : `${result.printed} (${flag})`;
}

function namedValue(observation: Observation, words: Wording): readonly string[] {
  const [label, value] = [readObservation(observation, words)?.label, valueText(observation, words)];
  return label === undefined || value === undefined ? [] : [`${label} ${value}`];
}

/** What the record says now, as far as it has a value of its own. */
function contentOf({ resource, values }: SourceChange, words: Wording): string | undefined {
  if (resource?.resourceType === "Observation") return valueText(resource, words);
  if (resource?.resourceType !== "DiagnosticReport") return undefined;
  const conclusion = textOf(resource.conclusion);
  const more = values.length - MAX_VALUES;
  const parts = [
    ...(conclusion === undefined ? [] : [excerpt(conclusion, CONCLUSION_LENGTH)]),
    ...values.slice(0, MAX_VALUES).flatMap((value) => namedValue(value, words)),
    ...(more > 0 ? [words.text("final.moreValues", { count: String(more) })] : []),
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
function labelOf({ resource, reference, before }: SourceChange, words: Wording): string {
  const type = reference.split("/")[0] ?? "";
  const own = resource?.resourceType === "Observation" ? readObservation(resource, words)?.label : undefined;
  const name = own ?? (resource === undefined ? before.values[0] : conceptOf(resource));
  return name ?? typeAsWords(type, words);
}

/** `DiagnosticReport` -> `Diagnostic report`, where the language has no name of its own for the type. */
function typeAsWords(type: string, words: Wording): string {
  const known = words.code(type);
  if (known !== type) return known;
  const own = type.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
  return own.charAt(0).toUpperCase() + own.slice(1);
}

/** A result is known from when it was issued; a change to a record from when the EHR wrote it. */
function whenKnown({ kind, resource }: SourceChange, dates: DatePrinter): string | undefined {
  if (resource === undefined) return undefined;
  const [issued, written] = [textOf(property(resource, "issued")), textOf(resource.meta?.lastUpdated)];
  return dates.dateTime(kind === "final" ? (issued ?? written) : (written ?? issued));
}

/** What the draft says: only where the value moved. */
function asDrafted(change: SourceChange, now: string | undefined): string | undefined {
  const [before] = change.before.values;
  const isValue = change.resource?.resourceType === "Observation" && before !== undefined;
  return isValue && now?.startsWith(before) !== true ? before : undefined;
}

function statusMove({ resource, before }: SourceChange, words: Wording): string | undefined {
  const now = resource === undefined ? undefined : textOf(property(resource, "status"));
  return now === undefined || before.status === undefined || now === before.status
    ? undefined
    : words.text("change.move", { before: words.code(before.status), now: words.code(now) });
}

function newDate({ resource }: SourceChange, dates: DatePrinter): string | undefined {
  if (resource === undefined) return undefined;
  const at = ["issued", "authoredOn", "recordedDate"].map((name) => textOf(property(resource, name)));
  return dates.dateTime(at.find((time) => time !== undefined) ?? textOf(resource.meta?.lastUpdated));
}

/** Every value that one of the texts has a place for. */
function valuesOf(change: SourceChange, { dates, words }: ChangePrinter) {
  const content = contentOf(change, words);
  return {
    label: labelOf(change, words),
    content,
    when: change.kind === "new" ? newDate(change, dates) : whenKnown(change, dates),
    before: asDrafted(change, content),
    move: statusMove(change, words),
  };
}

/** How a change is told. */
export interface ChangePrinter {
  /** In the zone and language of whoever reads. */
  readonly dates: DatePrinter;
  readonly words: Wording;
}

/** `Potassium, pending in this draft, is final since 18 Mar 2026 at 10:42: 5.9 mmol/L (high).` */
export function changeText(change: SourceChange, printer: ChangePrinter): string {
  const text = printer.words.text(`change.${change.kind}`, valuesOf(change, printer));
  return /[.!?]$/u.test(text) ? text : `${text}.`;
}

/** True where the laboratory or the reference range calls one of the values abnormal: such a change stands first. */
export function isAbnormal({ resource, values }: SourceChange): boolean {
  const observations = resource?.resourceType === "Observation" ? [resource, ...values] : values;
  return observations.some((value) => flagWord(readObservation(value)?.result?.flag) !== "");
}
