/** Notes: Compositions, DocumentReferences and note-like reports become one fact each, with their parts and where these stand. */
import type {
  ClinicalImpression,
  CodeableConcept,
  Composition,
  CompositionSection,
  DiagnosticReport,
  DocumentReference,
  FhirResource,
} from "fhir/r4.js";
import type { NoteDetail, NoteSection } from "../chart/facts.ts";
import { list, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import { isDischargeSummary } from "../chart/discharge-summary.ts";
import { cleanName, codeOf, conceptName } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, evidenceFor } from "./draft.ts";
import { isSuspicious } from "./addressed-text.ts";
import { plainText, wordsInMarkup } from "./markup-text.ts";
import { attachmentText, hiddenWords, textSections } from "./note-text.ts";

type Note = Composition | DocumentReference | DiagnosticReport | ClinicalImpression;

const nursing = /\bnurs/iu;
/** LOINC: nurse note, nursing admission, discharge and shift assessments. */
const nurseNotes: ReadonlySet<string> = new Set(["34746-8", "28651-8", "78390-2", "34119-8"]);

function conceptOf(note: Note): CodeableConcept | undefined {
  return note.resourceType === "DiagnosticReport" || note.resourceType === "ClinicalImpression" ? note.code : note.type;
}

/** The first part that says something: a note often begins with a line that holds its own date and nothing else. */
function telling(sections: readonly NoteSection[]): NoteSection | undefined {
  return sections.find(({ text }) => /\p{L}/u.test(text)) ?? sections[0];
}

function headline({ text }: NoteSection): string {
  const sentence = /^.{1,160}?(?:[.!?](?=\s|$)|$)/su.exec(text)?.[0] ?? text.slice(0, 160);
  return sentence.replaceAll(/\s+/gu, " ").trim();
}

function noteFact(
  note: Note,
  context: ExtractContext,
  title: string,
  sections: readonly NoteSection[],
  whole: string,
): FactDraft {
  const author =
    note.resourceType === "DocumentReference" || note.resourceType === "Composition"
      ? cleanName(list(note.author)[0]?.display)
      : undefined;
  const suspicious = isSuspicious(whole);
  const detail = defined<NoteDetail>({
    author,
    sections,
    nursing: nursing.test(title) || nurseNotes.has(codeOf(conceptOf(note)) ?? ""),
    suspicious,
    earlierSummary: isDischargeSummary(note),
  });
  const time = timeOf(note);
  const date = context.dates.date(time);
  const told = telling(sections);
  const quoted = suspicious || told === undefined ? "" : headline(told);
  return draftFact(note, context, {
    kind: "note",
    concept: conceptOf(note),
    text: `${title}${date === undefined ? "" : ` of ${date}`}${quoted === "" ? "" : `: "${quoted}"`}`,
    label: title,
    time,
    status: note.status,
    note: detail,
    evidence: [told?.evidence ?? evidenceFor(note)],
  });
}

function compositionSections(
  note: Composition,
  sections: readonly CompositionSection[],
  path: string,
): readonly NoteSection[] {
  return sections.flatMap((section, index) => {
    const here = `${path}[${index}]`;
    const text = typeof section.text?.div === "string" ? plainText(section.text.div) : "";
    const title = cleanName(section.title) ?? conceptName(section.code) ?? "";
    const own = text === "" ? [] : [{ title, text, evidence: evidenceFor(note, `${here}.text.div`, text) }];
    return [...own, ...compositionSections(note, list(section.section), `${here}.section`)];
  });
}

const markupOf = (sections: readonly CompositionSection[]): readonly string[] =>
  sections.flatMap((section) => [
    ...(typeof section.text?.div === "string" ? [wordsInMarkup(section.text.div)] : []),
    ...markupOf(list(section.section)),
  ]);

/** One fact a Composition. */
export function compositionFacts(note: Composition, context: ExtractContext): readonly FactDraft[] {
  const sections = compositionSections(note, list(note.section), "section");
  const title = conceptName(note.type) ?? cleanName(note.title) ?? context.words.text("name.note");
  const hidden = markupOf(list(note.section));
  return [noteFact(note, context, title, sections, [...sections.map((section) => section.text), ...hidden].join("\n"))];
}

interface Attached {
  readonly text: string;
  /** What its markup says out of sight. */
  readonly hidden: string;
  readonly path: string;
}

/** All that is judged: the text and what is hidden beside it. */
const wholeOf = ([first]: readonly Attached[]): string => `${first?.text ?? ""}\n${first?.hidden ?? ""}`;

function sectionsOf(note: FhirResource, attached: readonly Attached[]): readonly NoteSection[] {
  return attached.flatMap(({ text, path }) =>
    textSections(text).map((part) => ({
      title: part.title,
      text: part.text,
      evidence: { ...evidenceFor(note, path, part.text), span: { start: part.start, end: part.end } },
    })),
  );
}

/** One fact a document; those replaced by another or superseded in favour of one in the chart are not read. */
export function documentFacts(note: DocumentReference, context: ExtractContext): readonly FactDraft[] {
  if (replaced(context).has(`DocumentReference/${note.id}`)) return [];
  const attached = list(note.content).flatMap((content, index): readonly Attached[] => {
    const text = attachmentText(content.attachment);
    const hidden = hiddenWords(content.attachment);
    return text === undefined ? [] : [{ text, hidden, path: `content[${index}].attachment` }];
  });
  // Several contents are one document in several formats, so the first readable one is the note.
  const first = attached.slice(0, 1);
  const title = conceptName(note.type) ?? cleanName(note.description) ?? context.words.text("name.document");
  return [noteFact(note, context, title, sectionsOf(note, first), wholeOf(first))];
}

const replacedOf = new WeakMap<object, ReadonlySet<string>>();

function replaced(context: ExtractContext): ReadonlySet<string> {
  const known = replacedOf.get(context.chart);
  if (known !== undefined) return known;
  const targets = new Set(
    context.chart.resources.flatMap((resource) =>
      resource.resourceType === "DocumentReference"
        ? list(resource.relatesTo).flatMap((relation) =>
            relation.code === "replaces" ? (relation.target?.reference ?? []) : [],
          )
        : [],
    ),
  );
  replacedOf.set(context.chart, targets);
  return targets;
}

/** The text of a report's presented form, as a note. Reports whose finding is coded or concluded need no note. */
export function reportNoteFacts(report: DiagnosticReport, context: ExtractContext): readonly FactDraft[] {
  const attached = list(report.presentedForm).flatMap((form, index): readonly Attached[] => {
    const text = attachmentText(form);
    return text === undefined ? [] : [{ text, hidden: hiddenWords(form), path: `presentedForm[${index}]` }];
  });
  const first = attached.slice(0, 1);
  if (first.length === 0) return [];
  const title = conceptName(report.code) ?? context.words.text("name.report");
  return [noteFact(report, context, title, sectionsOf(report, first), wholeOf(first))];
}

/** One fact a clinical impression with words in it. */
export function impressionFacts(impression: ClinicalImpression, context: ExtractContext): readonly FactDraft[] {
  const parts: readonly (readonly [string, unknown])[] = [
    ["summary", impression.summary],
    ["description", impression.description],
  ];
  const sections = parts.flatMap(([path, value]) => {
    const text = textOf(value);
    return text === undefined ? [] : [{ title: path, text, evidence: evidenceFor(impression, path, text) }];
  });
  if (sections.length === 0) return [];
  return [
    noteFact(
      impression,
      context,
      conceptName(impression.code) ?? context.words.text("name.impression"),
      sections,
      sections.map((section) => section.text).join("\n"),
    ),
  ];
}
