/** Who reacts to what, what is susceptible to what, who goes where: both ends of a relation stand so in one record. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import { stemsOf, wordsWithPlaces } from "./words.ts";

const relation =
  /\b(?<tie>allerg\p{L}*|anaphyla\p{L}*|intoleran\p{L}*|reaction|susceptible|resistant|sensitive|oriented)\s+to\s+(?<object>[^.;:()]+)/giu;

const tellingOf = (text: string): readonly string[] =>
  wordsWithPlaces(text)
    .filter((word) => !isNarrative(word.text) && word.text.length > 2)
    .map(({ stem }) => stem);

const goesOn = /\b(?:was|were|is|are|had|has|which|who|with|on|in|at|during|after|before|for|so|but|then)\b/iu;

/** The first telling word of each thing that is named in a row: "cefazolin and clindamycin" are two. */
function objectsOf(object: string): readonly string[] {
  const row = object.split(goesOn)[0] ?? "";
  return row.split(/,|\b(?:and|or|nor)\b/iu).flatMap((one) =>
    wordsWithPlaces(one)
      .filter(isThing)
      .slice(0, 1)
      .map(({ stem }) => stem),
  );
}

const small = new Set("the and or any all some other both her his their its known".split(" "));
/** "Time" and "place" tell a story elsewhere; here they are what somebody is oriented to. */
const isThing = ({ text }: { readonly text: string }): boolean =>
  text.length > 2 && !small.has(text) && (!isNarrative(text) || /^(?:time|place|person)$/u.test(text));

/** Stems behind "TIE to" in a record, up to the end of its clause. */
function objectsIn(text: string, tie: string): ReadonlySet<string> {
  const places = [...text.matchAll(relation)].filter(
    ({ groups = {} }) => stemsOf(groups["tie"] ?? "")[0] === stemsOf(tie)[0],
  );
  return new Set(places.flatMap(({ groups = {} }) => stemsOf(groups["object"] ?? "")).flatMap(synonymStems));
}

const substancesOf = ({ allergy, label }: Fact): readonly string[] =>
  allergy?.kind === "substance" ? stemsOf([label, ...allergy.substances].join(" ")) : [];

const ofAllergy = /^(?:allerg|anaphyla|intoleran|reaction)/iu;

/** "Anaphylaxis to A" where the record tells of B, "susceptible to" what was never tested. */
export const relatesAsRecorded: GateCheck = ({ text, facts, chartFacts }: CitedSentence): readonly GateFailure[] =>
  [...text.matchAll(relation)].flatMap((match): readonly GateFailure[] => {
    const { tie = "", object = "" } = match.groups ?? {};
    const named = objectsOf(object);
    const known = ofAllergy.test(tie)
      ? new Set([...chartFacts.flatMap(substancesOf), ...facts.flatMap((fact) => [...objectsIn(fact.text, tie)])])
      : new Set(facts.flatMap((fact) => [...objectsIn(fact.text, tie)]));
    if (named.every((stem) => known.has(stem))) return [];
    return [
      { kind: "contradiction", value: match[0], span: { start: match.index, end: match.index + match[0].length } },
    ];
  });

const destination =
  /\b(?:nursing\s+(?:home|facility)|skilled\s+nursing|hospice|rehab\p{L}*|long-term\s+care|assisted\s+living|another\s+hospital|against\s+(?:medical\s+)?advice)\b/giu;

/** Where somebody went or came from is said in the record's words, "home with nursing" being no nursing home. */
export const goesWhereRecorded: GateCheck = ({ text, facts }): readonly GateFailure[] =>
  failEach("contradiction", text, destination).filter(
    ({ value }) => !facts.some((fact) => fact.text.toLowerCase().includes(value.toLowerCase())),
  );

const cameFrom = /\b(?:admitted|discharged|transferred|arrived|came|presented)\s+from\s+/giu;

/** The place that somebody is discharged to is not the one that somebody came from. */
export const comesFromElsewhere: GateCheck = ({ text, mentions }): readonly GateFailure[] =>
  failEach("contradiction", text, cameFrom).filter(({ span }) =>
    mentions.some(({ start, kinds }) => start >= span.end && start <= span.end + 4 && kinds.has("disposition")),
  );

const others =
  /\b(?:husband|wife|spouse|partner|mother|father|son|daughter|brother|sister|caregiver|roommate|neighbou?r|friend)(?:['’]s)?\s+(?:was|is|had|has|have|underwent|received|presented|developed|died|took|takes)\b/giu;

/** A person beside the bed is no patient: what such a person had or did is said in the record's own words. */
export const speaksOfNobodyElse: GateCheck = ({ text, facts }): readonly GateFailure[] =>
  failEach("assertion", text, others).filter(
    ({ value }) =>
      !facts.some((fact) => fact.assertion === "family" || fact.text.toLowerCase().includes(value.toLowerCase())),
  );

const agents =
  /\bby\s+(?:the\s+|her\s+|his\s+|their\s+|a\s+)?(?:husband|wife|spouse|partner|mother|father|son|daughter|brother|sister|caregiver|family|neighbou?r|friend)\b/giu;

/** Who did something is said as the record says it: teaching that a husband was given is none that he gave. */
export const namesWhoDidIt: GateCheck = ({ text, facts }): readonly GateFailure[] =>
  failEach("assertion", text, agents).filter(({ value }) => {
    const person = stemsOf(value).at(-1) ?? "";
    return !facts.some((fact) => [...fact.text.matchAll(agents)].some(({ 0: own }) => stemsOf(own).at(-1) === person));
  });

const replaced =
  /\b(?:first|previously|initially|originally)\s+(?:reported|read|called)\s+(?:on\s+[^.;]*?\s+)?as\s+(?<old>[^.;]+)/giu;
const saysOld = /\b(?:first|previously|initially|originally|corrected|before)\b/iu;

/** A corrected report holds its first version too: that is told as the first one, or not at all. */
export const tellsTheCorrectedReading: GateCheck = ({ text, facts, words }): readonly GateFailure[] => {
  if (saysOld.test(text)) return [];
  const old = new Set(
    facts.flatMap((fact) =>
      [...fact.text.matchAll(replaced)].flatMap(({ groups = {} }) => tellingOf(groups["old"] ?? "")),
    ),
  );
  const kept = new Set(facts.flatMap((fact) => stemsOf(fact.text.replaceAll(replaced, ""))));
  return words
    .filter(({ stem }) => old.has(stem) && !kept.has(stem))
    .slice(0, 1)
    .map(({ text: value, start, end }) => ({ kind: "contradiction", value, span: { start, end } }));
};

const position =
  /\b(?<where>lower|upper|middle)\s+(?<part>lobe|leg|limb|extremit\p{L}*|quadrant|arm|back|pole|zone|abdomen|gastrointestinal|gi)\b/giu;

/** "Lower" is a word of movement too: in front of a part of the body it is a place, which the record names. */
export const placesAsRecorded: GateCheck = ({ text, facts }): readonly GateFailure[] =>
  failEach("mispaired", text, position).filter(
    ({ value }) =>
      !facts.some((fact) => fact.text.toLowerCase().includes(value.toLowerCase().replaceAll(/\s+/gu, " "))),
  );

const onChronic = /\bacute[\s-]+on[\s-]+chronic\b/giu;

/** "Acute on chronic" is one word in three: half of it is another disease. */
export const keepsAcuteOnChronic: GateCheck = ({ text, facts }): readonly GateFailure[] => {
  const whole = facts.find((fact) => fact.kind === "diagnosis" && fact.text.search(onChronic) !== -1);
  if (whole === undefined || text.search(onChronic) !== -1) return [];
  const nouns = new Set(tellingOf(whole.label).filter((stem) => stem !== "acut" && stem !== "chronic"));
  return failEach("mispaired", text, /\b(?:acute|chronic)\b/giu).filter(({ span }) =>
    tellingOf(text.slice(span.end))
      .slice(0, 1)
      .some((stem) => nouns.has(stem)),
  );
};
