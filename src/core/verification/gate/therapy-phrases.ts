/** A sentence cut into what it says of treatment: "received A and was discharged on B" says two things of two medicines. */
import type { Value } from "../value.ts";
import type { CitedSentence } from "./check.ts";
import type { Mention } from "./mentions.ts";

interface Spoken {
  readonly mention: Mention;
  /** The values that stand with it in the phrase. */
  readonly values: readonly Value[];
}

export interface TherapyPhrase {
  readonly text: string;
  /** Place in the sentence. */
  readonly start: number;
  readonly mentions: readonly Spoken[];
  readonly values: readonly Value[];
}

/** Where something new is said of somebody or something: a conjunction in front of a verb or of who does it. */
const seam =
  /[;:](?=\s)|,?\s+(?:and|but|then|while|whereas|followed\s+by)\s+(?=(?:then\s+|later\s+|subsequently\s+|also\s+|s?he\s+|the\s+patient\s+|was\s+|were\s+|is\s+|had\s+been\s+)*(?:was|were|is|given|received|started|stopped|held|continued|discharged|prescribed|changed|reduced|increased|resumed|discontinued|administered|completed)\b)|,\s+(?:which|then)\s+/giu;

const joint = /,?\s+(?:and|but|while)\s+(?:then\s+|the\s+)?$/iu;
const verb = /\b(?:was|were|is|had\s+been)\s/iu;

/** "A was stopped and B was started": in front of a name that stands behind "and", where both sides have a verb. */
function cutsAtNames(text: string, mentions: readonly Mention[]): readonly number[] {
  return mentions.slice(1).flatMap(({ start }, index) => {
    const between = text.slice(mentions[index]?.end ?? 0, start);
    return joint.test(between) && verb.test(between) && verb.test(text.slice(start)) ? [start] : [];
  });
}

function pieces(
  text: string,
  mentions: readonly Mention[],
): readonly { readonly start: number; readonly end: number }[] {
  const seams = [...text.matchAll(seam)].map(({ index, 0: match }) => index + match.length);
  const cuts = [...new Set([0, ...seams, ...cutsAtNames(text, mentions), text.length])].toSorted((a, b) => a - b);
  return cuts.slice(1).map((end, index) => ({ start: cuts[index] ?? 0, end }));
}

const isMedicine = ({ kinds }: Mention): boolean => kinds.has("medication") || kinds.has("administration");

/** Values between this medicine and the next; those in front of the first one are its own ("40 mg of furosemide"). */
function valuesOf(
  mention: Mention,
  position: number,
  all: readonly Mention[],
  values: readonly Value[],
): readonly Value[] {
  const next = all[position + 1]?.start ?? Number.POSITIVE_INFINITY;
  const leads = position === 0 && !values.some(({ span }) => span.start >= mention.end && span.start < next);
  return values.filter(({ span }) => (leads || span.start >= mention.start) && span.start < next);
}

/** The phrases of a sentence; one that names no medicine goes on about that of the phrase before. */
export function phrasesOf({ text, values, mentions }: CitedSentence): readonly TherapyPhrase[] {
  const medicines = mentions.filter(isMedicine);
  let before: readonly Mention[] = [];
  return pieces(text, mentions).map(({ start, end }) => {
    const inside = <T>(places: readonly T[], place: (item: T) => number): readonly T[] =>
      places.filter((item) => place(item) >= start && place(item) < end);
    const own = inside(values, ({ span }) => span.start);
    const named = inside(medicines, (mention) => mention.start);
    const spoken =
      named.length > 0
        ? named.map((mention, position) => ({ mention, values: valuesOf(mention, position, named, own) }))
        : before.map((mention) => ({ mention, values: own }));
    if (named.length > 0) before = named;
    return { text: text.slice(start, end), start, mentions: spoken, values: own };
  });
}
