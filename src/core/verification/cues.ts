/** Words that turn a statement round: negations with what they deny, and sides of the body. */
import type { KeyedValue, Recogniser } from "./value.ts";

const sides: readonly [RegExp, string][] = [
  // "left against advice" and "right away" are no sides.
  [
    /(?<!\p{L})(?<!\b(?:has|had|was|were|he|she|patient|is)\s)left(?!\s+(?:against|the|without|on|at|before|to|home|hospital|ama)\b)(?:[\s-]sided)?(?!\p{L})/giu,
    "left",
  ],
  [/(?<!\p{L})(?<!\ball\s)right(?!\s+(?:away|now|before|after|upper\s+limit)\b)(?:[\s-]sided)?(?!\p{L})/giu, "right"],
  [/(?<!\p{L})(?:bilateral(?:ly)?|both\s+sides|both\s+\p{L}+s)(?!\p{L})/giu, "bilateral"],
  [/(?<!\p{L})unilateral(?:ly)?(?!\p{L})/giu, "unilateral"],
];

/** Left, right, bilateral, unilateral. */
export const lateralities: Recogniser = (text) =>
  sides.flatMap(([pattern, key]) =>
    [...text.matchAll(pattern)].map((match): KeyedValue => ({
      kind: "laterality",
      key,
      span: { start: match.index, end: match.index + match[0].length },
      text: match[0],
    })),
  );

/** Cues in front of what they deny, cues that stand alone, and cues behind it. */
const leading =
  "no|not|without|denie[sd]|denying|never|negative\\s+for|free\\s+of|absence\\s+of|lack\\s+of|no\\s+evidence\\s+of|rule[sd]?\\s+out|ruling\\s+out|excludes?|neither|nor|cannot|isn't|wasn't|didn't|hasn't|doesn't|don't|unable";
const standing =
  "none|negative|absent|nil|non-?reactive|undetected|undetectable|refuted|excluded|ruled\\s+out|declined|refused|unremarkable|resolved|not\\s+detected|not\\s+present|not\\s+given|not\\s+done|not\\s+performed";
const cue = new RegExp(
  `(?<![\\p{L}-])(?:(?<standing>${standing})(?!\\s+for\\b)|(?<leading>${leading}))(?![\\p{L}])`,
  "giu",
);

/** Small words that do not tell one denial from another. */
const smallWords = new Set(
  "known a an the any of in on to for with and or is was were be been evidence sign signs further other new acute significant at this that".split(
    " ",
  ),
);

/** The first telling word behind a cue, in lower case; its plural `s` removed. */
function deniedWord(behind: string): string {
  const words = behind.toLowerCase().match(/[\p{L}][\p{L}\p{N}'-]*|[.;:!?]/gu) ?? [];
  const word = words.find((entry) => !smallWords.has(entry));
  return word === undefined || !/^\p{L}/u.test(word) ? "" : word.replace(/(?<=..)(?:ies|y|s)$/u, "");
}

/**
 * Negations. The key names what is denied: `not:fever`, so that a denial of one thing never bears out a denial of
 * another; a cue that stands alone ("negative", "none") is keyed by itself.
 */
export const negations: Recogniser = (text) =>
  [...text.matchAll(cue)].map((match): KeyedValue => {
    const standsAlone = match.groups?.["standing"] !== undefined;
    const end = match.index + match[0].length;
    const own = match[0].toLowerCase().replaceAll(/\s+/gu, " ");
    const key = standsAlone ? own : `not:${deniedWord(text.slice(end, end + 80))}`;
    return { kind: "negation", key, span: { start: match.index, end }, text: match[0] };
  });

/** "No known allergy (recorded ...)" and "not asked about, as recorded" speak of the patient, whatever follows. */
const aboutRecord =
  /\b(?:no(?!\s+known)|not(?!\s+asked)|without|none|never|neither|nor|cannot)\b[^.;:]{0,60}?\b(?:documented|recorded|stated|dated|listed|available|specified|found|date|end date|reason|reported|given in the chart|known to the chart|classified|compared|matched|yet|final)\b/giu;

/** Spans that speak about the record and not about the patient: "no reason documented", "not yet final". */
export function statementsAboutRecord(text: string): readonly { start: number; end: number }[] {
  return [...text.matchAll(aboutRecord)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
}
