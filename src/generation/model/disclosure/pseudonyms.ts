/** Names and ages leave the house as marks, and are put back into what the model wrote. */
import type { Chart } from "../../../core/chart/chart.ts";
import { personWords } from "./person-words.ts";

export interface Pseudonyms {
  /** Identifiers go for good (`⟨removed⟩`); names and great ages become `[name 1]`, `[age 1]`. */
  readonly hide: (text: string) => string;
  /** Puts back what `hide` of this object took; a mark that it never made stays, and no sentence with it passes the gate. */
  readonly restore: (text: string) => string;
}

/** Ages of ninety and more are as good as a name; those below stay as a note has them. */
const greatAge =
  /(?<![\p{L}\p{N}.])(?:(?:9\d|1[01]\d)(?=[\s-]*(?:years?[\s-]+(?:old|of\s+age)|y\.?\s?\/?\s?o\b|yrs?[\s-]+old|(?<=\d)[MF]\s+(?:with|who|presenting|admitted|c\/o|s\/p)\b|Jahre|jährige?))|ninety(?:[\s-]\p{L}+)?(?=[\s-]+years?[\s-]+old))|(?<=\bage[d:]?:?\s+)(?:9\d|1[01]\d)(?!\p{N}|\.\d)/giu;
/** What is ours must not already stand in a text: a note could otherwise have a name put in its place. */
const ownMark = /\[(?=(?:name|age|day|month)\b)/giu;

/** For one chart and one request: marks are numbered in the order in which they are made. */
export function createPseudonyms(chart: Chart): Pseudonyms {
  const { identifiers, names } = personWords(chart);
  const marks = new Map<string, string>();
  const literals = new Map<string, string>();
  const markFor = (kind: "name" | "age", literal: string): string => {
    const known = marks.get(`${kind} ${literal}`);
    if (known !== undefined) return known;
    const mark = `[${kind} ${literals.size + 1}]`;
    marks.set(`${kind} ${literal}`, mark);
    literals.set(mark, literal);
    return mark;
  };
  return {
    hide: (text) => {
      let hidden = text.normalize("NFC").replaceAll(ownMark, "(");
      for (const pattern of identifiers) hidden = hidden.replaceAll(pattern, "⟨removed⟩");
      for (const pattern of names) hidden = hidden.replaceAll(pattern, (literal) => markFor("name", literal));
      return hidden.replaceAll(greatAge, (literal) => markFor("age", literal));
    },
    restore: (text) => text.replaceAll(/\[(?:name|age) \d+\]/gu, (mark) => literals.get(mark) ?? mark),
  };
}
