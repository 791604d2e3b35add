/** Notes and entries that address a writing system: named, so that somebody looks at them, and not repeated. */
import type { SectionContext, SentenceDraft } from "./context.ts";
import { say } from "./context.ts";
import { noteName } from "./notes.ts";

function notes(context: SectionContext): readonly SentenceDraft[] {
  return context
    .of("note")
    .filter((fact) => fact.note?.suspicious === true && fact.period === "this-stay")
    .map((fact) =>
      say(
        `NOTE FOR REVIEW: ${noteName(context, fact)}, contains text addressed to a computer; its text is omitted here`,
        { reference: fact.evidence[0]?.reference ?? "" },
      ),
    );
}

/** `MedicationRequest` -> `medication request`. */
function typeInWords(reference: string): string {
  const [type = ""] = reference.split("/");
  return type.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
}

/** Every other resource, of whatever date: what is planted in an old problem is read with it today. */
function entries(context: SectionContext): readonly SentenceDraft[] {
  return context.planted.flatMap((reference) => {
    const fact = context.facts.find((candidate) => candidate.evidence.some((cited) => cited.reference === reference));
    // A note whose text is planted is named above; one with a planted title is an entry like any other.
    if (fact?.note?.suspicious === true) return [];
    return [
      say(
        `ENTRY FOR REVIEW: ${typeInWords(reference)} ${fact === undefined ? "" : `(${noteName(context, fact)}) `}contains text addressed to a computer, which is omitted here`,
        { reference },
      ),
    ];
  });
}

/** True for a sentence of this file; whoever rewrites the course must keep them. */
export function isForReview(text: string): boolean {
  return /^(?:NOTE|ENTRY) FOR REVIEW: /u.test(text);
}

/** Sentences that name what has to be looked at, notes first. */
export function forReview(context: SectionContext): readonly SentenceDraft[] {
  return [...notes(context), ...entries(context)];
}
