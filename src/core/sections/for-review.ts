/** Notes and entries that address a writing system: named, so that somebody looks at them, and not repeated. */
import type { SectionContext, SentenceDraft } from "./context.ts";
import { say } from "./context.ts";
import { catalogue } from "../language/wording.ts";
import { noteName } from "./notes.ts";

function notes(context: SectionContext): readonly SentenceDraft[] {
  return context
    .of("note")
    .filter((fact) => fact.note?.suspicious === true && fact.period === "this-stay")
    .map((fact) =>
      say(context.words.text("review.note", { name: noteName(context, fact) }), {
        reference: fact.evidence[0]?.reference ?? "",
      }),
    );
}

/** `MedicationRequest` -> `medication request`, where the language has no name of its own for the type. */
function typeName({ words }: SectionContext, reference: string): string {
  const [type = ""] = reference.split("/");
  const own = words.code(type);
  return own === type ? type.replaceAll(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase() : own;
}

/** Every other resource, of whatever date: what is planted in an old problem is read with it today. */
function entries(context: SectionContext): readonly SentenceDraft[] {
  return context.planted.flatMap((reference) => {
    const fact = context.facts.find((candidate) => candidate.evidence.some((cited) => cited.reference === reference));
    // A note whose text is planted is named above; one with a planted title is an entry like any other.
    if (fact?.note?.suspicious === true) return [];
    const name = fact === undefined ? undefined : noteName(context, fact);
    return [say(context.words.text("review.entry", { type: typeName(context, reference), name }), { reference })];
  });
}

const openings = Object.values(catalogue).flatMap((messages) =>
  [messages["review.note"], messages["review.entry"]].map((text) => text.slice(0, text.indexOf("{"))),
);

/** True for a sentence of this file in any language; whoever rewrites the course must keep them. */
export function isForReview(text: string): boolean {
  return openings.some((opening) => text.startsWith(opening));
}

/** Sentences that name what has to be looked at, notes first. */
export function forReview(context: SectionContext): readonly SentenceDraft[] {
  return [...notes(context), ...entries(context)];
}
