/** Checks of how a sentence speaks: form, planted instructions, advice of its own, names nobody gave it. */
import type { GateCheck } from "./check.ts";
import { failEach } from "./check.ts";
import { isDrugBehind } from "../drugs.ts";
import { wordsOf } from "../value-set.ts";

const longestSentence = 600;
// ⟨⟩ mark what was taken out of the facts before the model saw them (names); a sentence that repeats the mark is no prose.
// One line of prose: no control or format characters, no markup, no code (a small model runs on into its own JSON), no address.
const malformed =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]|<[^<>\s][^<>]*>|```|[{}]|[|\\⟨⟩]|https?:|www\.|\S@\S|\[[^\]]*\]\(/giu;

const sentenceEnd = /[.!?…]["'”’)\]]*$/u;
const opened = (text: string, open: string, close: string): boolean =>
  text.split(open).length > text.split(close).length;

/** A sentence that was cut off, by the model or by its limit, has no end, or closes less than it opens. */
const isCutOff = (text: string): boolean => !sentenceEnd.test(text) || opened(text, "(", ")") || opened(text, "[", "]");

/** One whole sentence of plain text. */
export const isPlainSentence: GateCheck = ({ text }) => {
  const span = { start: 0, end: text.length };
  const trimmed = text.trim();
  if (trimmed === "" || trimmed.length > longestSentence || isCutOff(trimmed))
    return [{ kind: "malformed", value: trimmed.slice(-40), span }];
  return failEach("malformed", text, malformed);
};

const bracketed = /\[[^[\]]*\]/gu;

/** "[prescription]" is a gap that was left open; "pH 7.38 [pH]" is the laboratory's own spelling. */
export const leavesNoGap: GateCheck = ({ text, facts }) =>
  failEach("malformed", text, bracketed).filter(
    ({ value }) => !facts.some((fact) => fact.text.toLowerCase().includes(value.toLowerCase())),
  );

const seam = /[.;](?=\s|$)|,?\s+\band\b\s+/u;
/** "For pain and for pain" is a slip of the pen; a clause of so many words is a model that goes in circles. */
const fewestRepeated = 4;

/** A small model tells a clause again and again in one sentence. */
export const goesInNoCircles: GateCheck = ({ text }) => {
  // Digits count: what is told of two days is told twice and well.
  const clauses = text.split(seam).map((clause) =>
    clause
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}.]+/gu, " ")
      .trim(),
  );
  const again = clauses.find(
    (clause, index) => clause.split(" ").length >= fewestRepeated && clauses.indexOf(clause) < index,
  );
  return again === undefined ? [] : [{ kind: "malformed", value: again, span: { start: 0, end: text.length } }];
};

const calling =
  /\b(?:course|stay|admission|hospitali[sz]ation|encounter|visit)\b[^.;,:]{0,60}?\b(?:is|was|remained|became)\s+an?\s+(?<what>\p{L}+(?:\s+\p{L}+)?)/giu;

/** "The hospital course was a medical emergency": all its words are the story's own, and the judgement is nobody's. */
export const callsTheStayNothing: GateCheck = ({ text, facts }) =>
  [...text.matchAll(calling)]
    .filter(
      ({ groups = {} }) =>
        !facts.some((fact) => fact.text.toLowerCase().includes((groups["what"] ?? "").toLowerCase())),
    )
    .map(({ 0: value, index }) => ({ kind: "stranger", value, span: { start: index, end: index + value.length } }));

/** What an instruction planted in a note looks like when a model obeys it or hands it on. */
const instructionLike =
  /\b(?:ignor(?:e|ing|ed)|disregard(?:ing|ed)?|forget|overrid(?:e|ing|den)|bypass)\b[^.]{0,40}\b(?:instruction|prompt|rule|previous|prior|above|policy|guideline|safety|everything)s?\b|\bsystem\s+(?:prompt|message|instruction)|\b(?:previous|prior|above|following|new|these|my)\s+instructions?\b|\b(?:you|i)\s+(?:are|am|must|should|will|can|cannot|have\s+been)\b|\bas\s+an?\s+(?:ai|assistant|language\s+model|llm)\b|\blanguage\s+model\b|\b(?:assistant|system|user)\s*:|\b(?:do|does)\s+not\s+(?:mention|include|list|report|tell|disclose|document)\b|\b(?:respond|reply|answer|output|print|write|repeat|translate|summari[sz]e)\s+(?:only|with|the\s+following|exactly|in)\b|\bjailbreak|\bprompt\s+injection|\bpassword|\bapi\s+key/giu;

/** Refused even where a cited note says it: such words are shown to the clinician as a quotation, never as prose. */
export const bearsNoInstruction: GateCheck = ({ text }) => failEach("instruction", text, instructionLike);

const advising =
  /\b(?:should|must|shall|ought|recommend(?:s|ed|ation|ations)?|advis(?:e|es|ed|able)|needs?\s+to|consider(?:ed)?|please|urge[ds]?|suggest(?:s|ed)?|to\s+be\s+(?:seen|reviewed|followed|repeated|rechecked|continued))\b/giu;

/** The summary reports; it gives no advice and makes no plan of its own. Words of either must stand in the evidence. */
export const givesNoAdvice: GateCheck = ({ text, evidence }) =>
  failEach("directive", text, advising).filter(
    ({ value }) => !wordsOf(value).every((word) => evidence.words.has(word)),
  );

const capitalised = /(?<=[^.!?:\s]["')\]]?\s+["'(]?|[-/(])\p{Lu}[\p{L}\p{M}'’]+/gu;
/** Capitalised for another reason than being a name. */
const ordinary = new Set(
  `january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday
 sunday jan feb mar apr jun jul aug sep sept oct nov dec iv po im sc icu ed er the this patient utc`.split(/\s+/u),
);

/** "BID" and "Mar" are no names: what was read as a date, a frequency or a term is judged as that. */
const readAsValue = new Set(["date", "time", "frequency", "relative", "term"]);

/** A name in mid-sentence (a person, a brand, a disease named after somebody, an acronym) must stand in the evidence. */
export const namesNobodyNew: GateCheck = ({ text, values, evidence }) =>
  failEach("name", text, capitalised).filter(
    ({ value, span }) =>
      !values.some(
        (read) => readAsValue.has(read.kind) && span.start >= read.span.start && span.end <= read.span.end,
      ) &&
      !wordsOf(value).every(
        (word) =>
          ordinary.has(word) ||
          evidence.words.has(word) ||
          evidence.words.has(word.replace(/s$/u, "")) ||
          isDrugBehind(word, evidence.words),
      ),
  );
