/** The text of a finished section as the stream's readers rebuild it. */
import type { Section } from "./summary.ts";

/** One sentence a line; where nothing is documented, what was looked for. */
export function streamedText(section: Section): string {
  if (section.status === "not-documented") return section.lookedFor ?? "";
  return section.sentences.map((sentence) => sentence.text).join("\n");
}
