/** Finding what notes say under a heading. Notes are quoted, never paraphrased, and suspicious ones not at all. */
import type { Fact, NoteSection, StatementKind } from "../chart/facts.ts";
import type { SectionContext, SentenceDraft } from "./context.ts";
import { excerpt, inQuotes, say } from "./context.ts";

export interface FoundSection {
  readonly fact: Fact;
  readonly section: NoteSection;
}

/** Sections of this stay's readable notes whose heading matches, oldest first. */
export function noteSections(
  context: SectionContext,
  title: RegExp,
  accept: (fact: Fact) => boolean = () => true,
): readonly FoundSection[] {
  const notes = context
    .of("note")
    .filter((fact) => fact.period === "this-stay" && fact.note?.suspicious === false && accept(fact));
  const found = notes.flatMap((fact) =>
    (fact.note?.sections ?? []).filter((section) => title.test(section.title)).map((section) => ({ fact, section })),
  );
  // The same note often stands in the chart as a document and as a report.
  const seen = new Set<string>();
  return found.filter(({ section }) => {
    const key = section.text.toLowerCase().replaceAll(/\s+/gu, " ");
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** What a note states of one kind, in the order in which it is read out of the note. */
export function statementsIn(context: SectionContext, note: Fact, kind: StatementKind): readonly Fact[] {
  return context.facts.filter(({ statement }) => statement?.note === note.id && statement.kind === kind);
}

/** `History and physical note, 20 Aug 2026`. */
export function noteName(context: SectionContext, fact: Fact): string {
  const date = context.dates.date(fact.time);
  return date === undefined ? fact.label : context.words.text("text.dated", { name: fact.label, date });
}

/** The sentences of a section, each with its own place in the note as evidence. */
export function sentencesIn({ fact, section }: FoundSection): readonly FoundSection[] {
  return [...section.text.matchAll(/[^.!?\n]+(?:[.!?](?!\s|$)[^.!?\n]*)*[.!?]?/gu)].flatMap((match) => {
    const text = match[0].trim();
    if (text === "") return [];
    const { span } = section.evidence;
    const start = (span?.start ?? 0) + match.index + match[0].indexOf(text);
    const evidence =
      span === undefined ? section.evidence : { ...section.evidence, span: { start, end: start + text.length } };
    return [{ fact, section: { ...section, text, evidence } }];
  });
}

/** The section cut to its first line; some headings speak for the rest of their line only. */
export function firstLine({ fact, section }: FoundSection): FoundSection {
  const text = section.text.split("\n")[0]?.trim() ?? section.text;
  return { fact, section: { ...section, text } };
}

/** `<lead> (<note>, <date>): "<text>"`. */
export function quote(
  context: SectionContext,
  lead: string,
  { fact, section }: FoundSection,
  limit = 400,
): SentenceDraft {
  const text = inQuotes(excerpt(section.text, limit));
  // "Instructions (Instructions, 20 Mar 2026)" says one thing twice.
  const source =
    lead.toLowerCase() === fact.label.toLowerCase() ? context.dates.date(fact.time) : noteName(context, fact);
  return say(context.words.text("text.quotedIn", { lead, source, text }), {
    ...section.evidence,
    reference: section.evidence.reference,
  });
}
