/** What is said to have been given, started or stopped must be named in the evidence, whether or not we know the drug. */
import type { GateCheck, GateFailure } from "./check.ts";
import { isDrugBehind } from "../drugs.ts";
import { blank } from "../value.ts";
import { wordsOf } from "../value-set.ts";

const acts =
  "started|initiated|begun|commenced|continued|resumed|restarted|given|administered|received|receiving|prescribed|infused|transfused|titrated|increased|decreased|reduced|doubled|held|stopped|discontinued|withheld|replaced|switched|transitioned|changed|treated|managed|covered|loaded|maintained|placed|discharged|taking|takes|took";
const object = new RegExp(
  `\\b(?:${acts})\\b\\s+(?:(?:on|with|to|by|for)\\s+)?(?<words>[\\p{L}'-]+(?:\\s+[\\p{L}'-]+){0,2})`,
  "giu",
);
const subject = new RegExp(
  `(?<words>[\\p{L}'-]+(?:\\s+[\\p{L}'-]+)?)\\s+(?:was|were|is|are|had\\s+been|has\\s+been|have\\s+been)\\s+(?:then\\s+|also\\s+|subsequently\\s+)?(?:${acts})\\b`,
  "giu",
);

/** Words around an act of treatment that name no treatment. */
const frame = new Set(
  `the a an his her their this that these and or also then both each all patient who he she they it which was were is are had has have been
 therapy treatment treatments medication medications medicine medicines drug drugs dose doses dosing course oral orally intravenous intravenously iv
 po home hospital care unit floor ward on with to by for at in of from during after before until while when because due daily once twice since
 admission discharge stay day days week weeks hours without any new same previous prior as needed following on-going ongoing supportive medically
 medical conservatively inpatient outpatient stable good condition well improved over into through between`.split(
    /\s+/u,
  ),
);
const stopsPhrase =
  /\b(?:on|at|in|for|during|after|before|until|because|due|since|while|when|as|by|from|into|over|through|between|of)\b/iu;

function strangers(phrase: string, evidence: ReadonlySet<string>): readonly string[] {
  const head = phrase.split(stopsPhrase)[0] ?? "";
  return wordsOf(head).filter(
    (word) =>
      word.length > 2 &&
      !frame.has(word) &&
      !evidence.has(word) &&
      !evidence.has(word.replace(/s$/u, "")) &&
      !isDrugBehind(word, evidence),
  );
}

function strangersIn(text: string, pattern: RegExp, words: ReadonlySet<string>): readonly GateFailure[] {
  return [...text.matchAll(pattern)].flatMap((match): GateFailure[] => {
    const found = strangers(match.groups?.["words"] ?? "", words);
    const span = { start: match.index, end: match.index + match[0].length };
    return found.length === 0 ? [] : [{ kind: "therapy", value: found.join(" "), span }];
  });
}

/** Objects and subjects of treatment verbs hold only words that the evidence holds; values in them were checked already. */
export const treatsWithCitedOnly: GateCheck = ({ text, values, evidence }) => {
  const rest = blank(
    text,
    values.filter(({ kind }) => kind !== "drug").map(({ span }) => span),
  );
  return [...strangersIn(rest, object, evidence.words), ...strangersIn(rest, subject, evidence.words)];
};
