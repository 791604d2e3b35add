/** The words of a dosage text: spoken directions as abbreviations, and amounts that can be compared with a coded dose. */
import type { FactQuantity } from "../chart/facts.ts";

/** Phrases of spoken directions, as the abbreviation that the tables know. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/\b(?:take as needed|as needed|if needed|when required)\b\.?/gu, "prn"],
  [/\b(?:by mouth|orally|per os)\b/gu, "po"],
  [/\bintravenously\b/gu, "iv"],
  [/\b(?:subcutaneously|under the skin)\b/gu, "sc"],
  [/\b(?:intramuscularly|into the muscle)\b/gu, "im"],
  [/\bunder the tongue\b/gu, "sl"],
  [/\b(\d) ?\(\w+\) times\b/gu, "$1 times"],
  [/\b(?:(?:four|4) times (?:daily|a day|per day))\b/gu, "qid"],
  [/\b(?:(?:three|3) times (?:daily|a day|per day))\b/gu, "tid"],
  [/\b(?:twice (?:daily|a day|per day)|(?:two|2) times (?:daily|a day|per day))\b/gu, "bid"],
  [/\b(?:once (?:daily|a day|per day)|every day|(?:one|1) time (?:daily|a day|per day))\b/gu, "qd"],
  [/\b(?:once (?:weekly|a week)|every week)\b/gu, "weekly"],
  [/\bevery other day\b/gu, "qod"],
  [/\bevery (\d+)(?: ?(?:-|to) ?(\d+))? hours?\b/gu, "q$1-$2h"],
  [/\b(?:at bedtime|nightly)\b/gu, "qhs"],
  [/\b(?:every|in the) morning\b/gu, "qam"],
  [/(?<=q\d+)-(?=h\b)/gu, ""],
  [/(\d),(?=\d{3}\b)/gu, "$1"],
  [/\bone (?=tab|cap|puff|drop|spray|patch)/gu, "1 "],
  [/\btwo (?=tab|cap|puff|drop|spray|patch)/gu, "2 "],
  [/[()]/gu, " "],
];

const units =
  "mg|mcg|ug|µg|μg|g|kg|ml|l|units?|iu|u|meq|mmol|%|puffs?|tablets?|tabs?|capsules?|caps?|drops?|sprays?|patch(?:es)?|cm";
const numberAndUnit = new RegExp(`(\\d) +(?=(?:${units})(?![a-z]))`, "gu");

/** Words of a dosage text; a number and its unit are one word, `500 mg` as well as `500mg`. */
export function wordsOf(text: string): readonly string[] {
  let plain = text
    .replaceAll("_", " ")
    .toLowerCase()
    .replace(/^apply\s+/u, "topical ")
    .replace(/^(?:take|use|inject|inhale|give)\s+/u, "");
  for (const [phrase, abbreviation] of phrases) plain = plain.replaceAll(phrase, abbreviation);
  return plain
    .replaceAll(numberAndUnit, "$1")
    .split(/[\s,;]+/u)
    .map((word) => word.replace(/\.$/u, ""))
    .filter((word) => word !== "");
}

/** A number in a unit; `kind` is equal where two amounts can be compared at all. */
export interface Amount {
  readonly value: number;
  readonly kind: string;
}

const milligrams: Readonly<Record<string, number>> = {
  kg: 1e6,
  g: 1e3,
  mg: 1,
  mcg: 1e-3,
  ug: 1e-3,
  µg: 1e-3,
  μg: 1e-3,
};
const forms: readonly (readonly [RegExp, string])[] = [
  [/^(?:\{?tab(?:let)?s?\}?)$/u, "tablet"],
  [/^(?:\{?cap(?:sule)?s?\}?)$/u, "capsule"],
  [/^\{?puffs?\}?$/u, "puff"],
  [/^\{?(?:drops?|gtt)\}?$/u, "drop"],
  [/^\{?(?:units?|iu|u|\[iu\])\}?$/u, "unit"],
];

function amount(value: number, unit: string): Amount {
  const [base = "", ...per] = unit.split("/");
  const factor = milligrams[base];
  const kind = factor === undefined ? (forms.find(([pattern]) => pattern.test(base))?.[1] ?? base) : "mass";
  return { value: value * (factor ?? 1), kind: [kind, ...per].join("/") };
}

/** The amount that one word states; undefined for a range, a pair (`875/125mg`) or a word that is no amount. */
export function amountOf(word: string): Amount | undefined {
  const match = new RegExp(`^(\\d+(?:\\.\\d+)?)((?:${units})(?:/\\S+)?)$`, "u").exec(word);
  return match?.[1] === undefined || match[2] === undefined ? undefined : amount(Number(match[1]), match[2]);
}

/** A coded dose as an amount. */
export function amountOfQuantity({ value, unit, code }: FactQuantity): Amount {
  return amount(value, (unit ?? code ?? "").toLowerCase());
}

/** Equal amounts of one kind; `1000 mg` is `1 g`. */
export function isSameAmount(left: Amount, right: Amount | undefined): boolean {
  return right !== undefined && left.kind === right.kind && Math.abs(left.value - right.value) <= 1e-9 * left.value;
}

const doseLike = new RegExp(`^\\d[\\d.,/-]*(?:${units})(?:/\\S+)?$`, "u");

/** A word that states an amount; a date or a target value is none. */
export function isDoseLike(word: string): boolean {
  return doseLike.test(word);
}

/** True for an amount that could be the coded one and is not; "1 tablet" does not contradict "10 mg". */
export function contradictsAmount(word: string, own: Amount): boolean {
  if (!isDoseLike(word)) return false;
  const stated = amountOf(word);
  return stated === undefined || (stated.kind === own.kind && !isSameAmount(own, stated));
}
