/** What a reader sees, before any syntax: the three text forms print this and nothing else. */
import { createDatePrinter } from "../facts/dates.ts";
import { isForReview } from "../sections/for-review.ts";
import { documentTypes, inReadingOrder, sectionHeading } from "../summary/sections.ts";
import type { Section, Sentence } from "../summary/summary.ts";
import { linesOf } from "./clean-text.ts";
import type { DocumentInput } from "./document-input.ts";
import { labelOf, standingOf } from "./document-input.ts";

export interface LayoutSection {
  readonly id: Section["id"];
  readonly title: string;
  /** Prose is one paragraph; a list has one item each. */
  readonly style: "prose" | "list";
  /** One entry a sentence, each of one line or more. */
  readonly entries: readonly (readonly string[])[];
  /** In place of entries: that nothing is documented, and what was looked for. */
  readonly note?: string;
  /** After the entries of a draft: what else the section rests on and was not read. */
  readonly remark?: string;
}

export interface Layout {
  readonly title: string;
  /** "AI draft, not signed" and the like; absent on a signed document. */
  readonly label?: string;
  /** Patient, stay, hospital. */
  readonly header: readonly string[];
  readonly sections: readonly LayoutSection[];
  /** Signature, origin and hash. */
  readonly footer: readonly string[];
}

/** A draft shows what could not be verified; a signature takes responsibility for it. A person's own words are not ours to doubt. */
function entryOf(sentence: Sentence, isDraft: boolean): readonly string[] {
  const lines = linesOf(sentence.text);
  if (!isDraft || sentence.verified || sentence.origin === "person" || lines.length === 0) return lines;
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ""} [not verified]`];
}

function layoutSection(section: Section, input: DocumentInput, isDraft: boolean): LayoutSection {
  const { title } = sectionHeading(section.id, input.jurisdiction);
  // A warning of planted text is for whoever reviews the draft; the record's sections keep it, the signed document does not.
  const told = isDraft ? section.sentences : section.sentences.filter(({ text }) => !isForReview(text));
  const entries = told.map((sentence) => entryOf(sentence, isDraft)).filter((lines) => lines.length > 0);
  // A narrative reads as one; the template's timeline, and every other section, as a list.
  const style =
    section.id === "course" && section.sentences.some(({ origin }) => origin === "model") ? "prose" : "list";
  if (entries.length > 0) {
    const remark = isDraft ? linesOf(section.notRead ?? "").join(" ") : "";
    return { id: section.id, title, style, entries, ...(remark === "" ? {} : { remark }) };
  }
  return {
    id: section.id,
    title,
    style,
    entries,
    note: linesOf(`Not documented. ${section.lookedFor ?? ""}`).join(" "),
  };
}

/** The section's own content for one narrative. */
export function layoutOfSection(section: Section, input: DocumentInput): LayoutSection {
  return layoutSection(section, input, standingOf(input.summary) === "draft");
}

function patientLine({ patientResource, timeZone }: DocumentInput): string | undefined {
  const name = patientResource?.name?.find(({ use }) => use === "official") ?? patientResource?.name?.[0];
  const shown = name?.text ?? [...(name?.given ?? []), name?.family].filter((part) => part !== undefined).join(" ");
  if (shown === "") return undefined;
  const born = createDatePrinter(timeZone).date(patientResource?.birthDate);
  return `Patient: ${shown}${born === undefined ? "" : `, born ${born}`}`;
}

function stayLine({ encounterResource, timeZone }: DocumentInput): string | undefined {
  const dates = createDatePrinter(timeZone);
  const start = dates.date(encounterResource?.period?.start);
  const end = dates.date(encounterResource?.period?.end);
  if (start === undefined) return undefined;
  return end === undefined ? `Inpatient since ${start}` : `Stay: ${start} to ${end}`;
}

function originLine({ engine, model }: DocumentInput["summary"]): string {
  return engine === "model"
    ? `Drafted by the Handover adapter; hospital course written by the language model ${model ?? "of the hospital's choice"}.`
    : "Drafted by the Handover adapter from the chart by rules.";
}

function signatureLine({ summary, timeZone }: DocumentInput): string | undefined {
  if (summary.signedAt === undefined) return undefined;
  const when = createDatePrinter(timeZone).dateTime(summary.signedAt) ?? summary.signedAt;
  const amended = summary.docStatus === "amended" ? "Amended and signed" : "Reviewed and signed";
  return `${amended} by ${summary.signedByDisplay ?? summary.signedBy ?? "a clinician"} on ${when} (${timeZone}).`;
}

function footerOf(input: DocumentInput): readonly string[] {
  const { summary } = input;
  const draft =
    standingOf(summary) === "draft" ? "AI draft, not signed: a clinician must review it before it is used." : undefined;
  const lines = [draft, signatureLine(input), originLine(summary), `Content SHA-256: ${summary.sha256}`];
  return lines.flatMap((line) => linesOf(line ?? ""));
}

/** The whole document as it is read, top to bottom. Throws AdapterError `state_conflict` for a discarded draft. */
export function layoutOf(input: DocumentInput): Layout {
  const label = labelOf(input.summary);
  const isDraft = standingOf(input.summary) === "draft";
  const header = [patientLine(input), stayLine(input), input.organization];
  return {
    title: documentTypes[input.jurisdiction].title,
    ...(label === undefined ? {} : { label }),
    header: header.flatMap((line) => linesOf(line ?? "")),
    sections: inReadingOrder(input.summary.sections).map((section) => layoutSection(section, input, isDraft)),
    footer: footerOf(input),
  };
}
