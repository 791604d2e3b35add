/** A sentence that the chart bears out, put behind the others of its section. */
import { highestNumber } from "./merge-edit.ts";
import type { Section, Sentence } from "./summary.ts";

/** The section with one more sentence, under an id of its own. A section that had none is documented from here on. */
export function addSentence(section: Section, sentence: Omit<Sentence, "id">): Section {
  const { lookedFor: _, ...kept } = section;
  const id = `${section.id}.${highestNumber(section) + 1}`;
  return { ...kept, status: "documented", sentences: [...section.sentences, { id, ...sentence }] };
}
