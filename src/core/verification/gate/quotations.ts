/** What stands in quotation marks claims to be somebody's own words: then it is those, in their order, or it is refused. */
import type { GateCheck, GateFailure } from "./check.ts";

const quotation = /["“”„](?<words>[^"“”„]+)["“”]/gu;

/** Blanks, case and the end of a cut sentence do not make other words of them. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[“”„]/gu, '"')
    .replaceAll(/\s+/gu, " ")
    .replace(/^[\s"]+|[\s".…,;]+$/gu, "");

/** Each quotation stands word for word in what one cited fact says; a date in another form is another's wording. */
export const quotesWordForWord: GateCheck = ({ text, facts }): readonly GateFailure[] =>
  [...text.matchAll(quotation)].flatMap((match): readonly GateFailure[] => {
    const words = plain(match.groups?.["words"] ?? "");
    // The whole sentence in marks quotes nobody: it is judged as what it says.
    const isWhole = match[0].length >= text.trim().length - 1;
    if (words === "" || isWhole || facts.some((fact) => plain(fact.text).includes(words))) return [];
    return [{ kind: "mispaired", value: match[0], span: { start: match.index, end: match.index + match[0].length } }];
  });
