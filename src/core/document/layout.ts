/** What a reader sees, before any syntax: the three text forms print this and nothing else. */
import { createDatePrinter } from "../facts/dates.ts";
import { languageOf } from "../language/language.ts";
import type { Wording } from "../language/wording.ts";
import { codingsOf } from "../sensitivity/labels.ts";
import { defaultPolicy, handlingOf } from "../sensitivity/policy.ts";
import { isForReview } from "../sections/for-review.ts";
import { documentHeading, kindOfSections, sectionHeading } from "../summary/sections.ts";
import type { Section, Sentence } from "../summary/summary.ts";
import { linesOf } from "./clean-text.ts";
import { carriedEncounter, carriedPatient } from "./carried.ts";
import type { DocumentInput } from "./document-input.ts";
import { documentSections, labelOf, securityOf, standingOf, wordsOf } from "./document-input.ts";

export interface LayoutSection {
  readonly id: Section["id"];
  readonly title: string;
  /** Prose is one paragraph; a list has one item each. */
  readonly style: "prose" | "list";
  /** One entry a sentence, each of one line or more. */
  readonly entries: readonly (readonly string[])[];
  /** In place of entries: that nothing is documented, and what was looked for. */
  readonly note?: string;
  /** After the entries: what was withheld by policy, and in a draft what else the section rests on and was not read. */
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
function entryOf(sentence: Sentence, isDraft: boolean, words: Wording): readonly string[] {
  const lines = linesOf(sentence.text);
  if (!isDraft || sentence.verified || sentence.origin === "person" || lines.length === 0) return lines;
  return [...lines.slice(0, -1), words.text("document.notVerified", { text: lines.at(-1) ?? "" })];
}

function layoutSection(section: Section, input: DocumentInput, isDraft: boolean): LayoutSection {
  const words = wordsOf(input);
  const heading = sectionHeading(
    section.id,
    input.jurisdiction,
    words.language,
    kindOfSections(input.summary.sections),
  );
  const title = input.summary.style?.titles?.[section.id] ?? heading.title;
  // A warning of planted text is for whoever reviews the draft; the record's sections keep it, the signed document does not.
  const told = isDraft ? section.sentences : section.sentences.filter(({ text }) => !isForReview(text));
  const entries = told.map((sentence) => entryOf(sentence, isDraft, words)).filter((lines) => lines.length > 0);
  // The hospital's number is its own setting and no statement of the chart.
  if (section.id === "patient-information" && input.phone !== undefined && entries.length > 0)
    entries.push([words.text("patient.call", { facility: input.organization, phone: input.phone })]);
  // A narrative reads as one; the template's timeline, and every other section, as a list.
  const style =
    section.id === "course" && section.sentences.some(({ origin }) => origin === "model") ? "prose" : "list";
  if (entries.length > 0) {
    const remark = [isDraft ? section.notRead : undefined, section.withheld]
      .flatMap((text) => linesOf(text ?? ""))
      .join(" ");
    return { id: section.id, title, style, entries, ...(remark === "" ? {} : { remark }) };
  }
  return {
    id: section.id,
    title,
    style,
    entries,
    note: [words.text("document.notDocumented", { lookedFor: section.lookedFor ?? "" }), section.withheld ?? ""]
      .flatMap(linesOf)
      .join(" "),
  };
}

/** The section's own content for one narrative. */
export function layoutOfSection(section: Section, input: DocumentInput): LayoutSection {
  return layoutSection(section, input, standingOf(input.summary) === "draft");
}

/** What a reader must know before handing the document on, where the hospital's policy says so. */
export function protectedLines(input: DocumentInput): readonly string[] {
  const policy = input.sensitivity ?? defaultPolicy;
  const marked = securityOf(input).filter((code) => handlingOf(policy, "documents", [code]) !== "include");
  if (marked.length === 0) return [];
  const classes = codingsOf(marked).map(({ display }) => display);
  return [wordsOf(input).text("document.protected", { classes: classes.join(", ") })];
}

function patientLine(input: DocumentInput): string | undefined {
  const { name: names = [], birthDate: born } = carriedPatient(input);
  const name = names.find(({ use }) => use === "official") ?? names[0];
  const shown = name?.text ?? [...(name?.given ?? []), name?.family].filter((part) => part !== undefined).join(" ");
  if (shown === "") return undefined;
  const words = wordsOf(input);
  const birthDate = createDatePrinter(input.timeZone, words).date(born);
  return words.text("document.patient", { name: shown, birthDate });
}

function stayLine(input: DocumentInput): string | undefined {
  const { period } = carriedEncounter(input);
  const words = wordsOf(input);
  const dates = createDatePrinter(input.timeZone, words);
  const start = dates.date(period?.start);
  const end = dates.date(period?.end);
  if (start === undefined) return undefined;
  return end === undefined ? words.text("document.since", { start }) : words.text("document.stay", { start, end });
}

/** An ordinary stay needs no word. */
function kindLine(input: DocumentInput): string | undefined {
  const kind = kindOfSections(input.summary.sections);
  const words = wordsOf(input);
  return kind === "ordinary" ? undefined : words.text("kind.line", { kind: words.text(`kind.${kind}`) });
}

function originLine(input: DocumentInput): string {
  const { engine, model } = input.summary;
  const words = wordsOf(input);
  return engine === "model"
    ? words.text("document.byModel", { model: model ?? words.text("document.unnamedModel") })
    : words.text("document.byRules");
}

function signatureLine(input: DocumentInput): string | undefined {
  const { summary, timeZone } = input;
  if (summary.signedAt === undefined) return undefined;
  const words = wordsOf(input);
  return words.text(summary.docStatus === "amended" ? "document.amended" : "document.signed", {
    name: summary.signedByDisplay ?? summary.signedBy ?? words.text("document.unnamedSigner"),
    when: createDatePrinter(timeZone, words).dateTime(summary.signedAt) ?? summary.signedAt,
    timeZone,
  });
}

function footerOf(input: DocumentInput): readonly string[] {
  const { summary } = input;
  const words = wordsOf(input);
  const draft = standingOf(summary) === "draft" ? words.text("document.review") : undefined;
  const hash = words.text("document.hash", { sha256: summary.sha256 });
  const lines = [draft, signatureLine(input), originLine(input), hash];
  return lines.flatMap((line) => linesOf(line ?? ""));
}

/** The whole document as it is read, top to bottom. Throws AdapterError `state_conflict` for a discarded draft. */
export function layoutOf(input: DocumentInput): Layout {
  const label = labelOf(input);
  const isDraft = standingOf(input.summary) === "draft";
  const facility = [input.organization, ...(input.address ?? [])];
  const header = [...protectedLines(input), patientLine(input), stayLine(input), kindLine(input), ...facility];
  return {
    title: documentHeading(input.jurisdiction, languageOf(input.language)).title,
    ...(label === undefined ? {} : { label }),
    header: header.flatMap((line) => linesOf(line ?? "")),
    sections: documentSections(input).map((section) => layoutSection(section, input, isDraft)),
    footer: footerOf(input),
  };
}
