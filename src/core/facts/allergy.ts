/** Allergies: substances with criticality and reaction, and the two statements that name no substance. */
import type { AllergyIntolerance, List } from "fhir/r4.js";
import type { AllergyDetail, AllergyScope, Assertion } from "../chart/facts.ts";
import { codingsOf, hasCode, list, textOf } from "../chart/readable.ts";
import type { Wording } from "../language/wording.ts";
import { cleanName, codeOf, conceptName, printedName } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** SNOMED CT: nothing known, by what it covers. */
const noneKnown: ReadonlyMap<string, AllergyScope> = new Map([
  ["716186003", "all"],
  ["160244002", "all"],
  ["409137002", "medication"],
  ["429625007", "food"],
  ["428607008", "environment"],
  ["1003774007", "latex"],
]);
/** More codes of the same kind; what they cover is read from their words. */
const noneKnownCodes = [...noneKnown.keys(), "716184000", "716185004"];
const notAskedCodes = ["NASK", "not-asked", "1631000175102"] as const;
const otherCodes = ["asked-unknown", "ASKU", "UNK", "unknown"] as const;

const scopeWords: readonly (readonly [RegExp, AllergyScope])[] = [
  [/\b(?:drugs?|medications?|medicines?)\b|\bnkda\b/iu, "medication"],
  [/\bfoods?\b|\bnkfa\b/iu, "food"],
  [/\blatex\b/iu, "latex"],
  [/\benvironment(?:al)?\b/iu, "environment"],
];

/** What a denial in words speaks of: "No known drug allergies (NKDA)" of medicines, "No known allergies" of everything. */
export function scopeOfWords(text: string): AllergyScope {
  const found = scopeWords.filter(([pattern]) => pattern.test(text));
  return found.length === 1 ? (found[0]?.[1] ?? "all") : "all";
}

const bareCode = (concept: AllergyIntolerance["code"]): string | undefined =>
  codingsOf(concept).flatMap(({ code }) => (code !== undefined && noneKnown.has(code) ? [code] : []))[0];

function scopeOf(allergy: AllergyIntolerance, name: string): AllergyScope {
  return noneKnown.get(bareCode(allergy.code) ?? "") ?? scopeOfWords(name);
}

function kindOf(allergy: AllergyIntolerance, name: string): AllergyDetail["kind"] {
  if (hasCode(allergy.code, ...noneKnownCodes) || /\bno known\b|\bnk(?:d|f)?a\b/iu.test(name)) return "none-known";
  if (hasCode(allergy.code, ...notAskedCodes) || /\bnot asked\b|\bnot assessed\b/iu.test(name)) return "not-asked";
  return hasCode(allergy.code, ...otherCodes) ? "other" : "substance";
}

function reactionsOf(allergy: AllergyIntolerance, words: Wording): readonly string[] {
  return list(allergy.reaction).flatMap((reaction) => {
    const signs = list(reaction.manifestation).flatMap((sign) => conceptName(sign) ?? []);
    const said = signs.length > 0 ? signs.join(words.raw("dosage.and")) : cleanName(reaction.description);
    if (said === undefined) return [];
    return [reaction.severity === undefined ? said : `${said} (${words.code(reaction.severity)})`];
  });
}

function assertionOf(detail: AllergyDetail): Assertion {
  if (detail.verificationStatus === "refuted") return "absent";
  if (detail.kind !== "substance") return "present";
  if (detail.clinicalStatus === "resolved" || detail.clinicalStatus === "inactive") return "historical";
  return detail.verificationStatus === "unconfirmed" ? "possible" : "present";
}

function detailOf(allergy: AllergyIntolerance, name: string, words: Wording): AllergyDetail {
  const substances = list(allergy.reaction).flatMap((reaction) => conceptName(reaction.substance) ?? []);
  const displays = codingsOf(allergy.code).flatMap((coding) => cleanName(coding.display) ?? []);
  const names = `${name} ${displays.join(" ")}`;
  const kind = kindOf(allergy, names);
  return defined<AllergyDetail>({
    kind,
    scope: kind === "substance" ? undefined : scopeOf(allergy, names),
    type: allergy.type,
    clinicalStatus: codeOf(allergy.clinicalStatus),
    verificationStatus: codeOf(allergy.verificationStatus),
    criticality: textOf(allergy.criticality),
    reactions: reactionsOf(allergy, words),
    categories: list(allergy.category).flatMap((category) => textOf(category) ?? []),
    substances: [name, ...displays, ...substances].map((substance) => substance.toLowerCase()),
  });
}

/** Reasons for an empty list. */
const emptyReasons: ReadonlyMap<string, AllergyDetail["kind"]> = new Map([
  ["nilknown", "none-known"],
  ["notasked", "not-asked"],
  ["withheld", "other"],
  ["unavailable", "other"],
  ["notstarted", "other"],
]);

/** An allergy list that is empty for a stated reason; a list that was merely closed says nothing about the patient. */
export function allergyListFacts(resource: List, context: ExtractContext): readonly FactDraft[] {
  const code = codeOf(resource.emptyReason) ?? "";
  const kind = emptyReasons.get(code);
  const isAllergies =
    hasCode(resource.code, "52472-8", "48765-2", "allergies") ||
    /allerg/iu.test(resource.title ?? conceptName(resource.code) ?? "");
  if (kind === undefined || !isAllergies) return [];
  const { words } = context;
  const name =
    kind === "none-known"
      ? words.text("noneKnown.all")
      : (printedName(resource.emptyReason) ??
        (kind === "not-asked" ? words.text("allergies.emptyNotAsked") : words.code(code)));
  return [
    draftFact(resource, context, {
      kind: "allergy",
      text: `Allergy list empty: ${name}${onDate(context, textOf(resource.date))}`,
      label: name,
      concept: resource.emptyReason,
      path: "emptyReason",
      value: name,
      time: textOf(resource.date),
      status: resource.status,
      allergy: { kind, scope: "all", reactions: [], categories: [], substances: [] },
    }),
  ];
}

/** What to print for a chart that gives the bare code. */
function noneKnownName(code: string | undefined, { words }: ExtractContext): string | undefined {
  const scope = noneKnown.get(code ?? "");
  return scope === undefined ? undefined : words.text(`noneKnown.${scope}`);
}

/** One fact an entry of the allergy list. */
export function allergyFacts(allergy: AllergyIntolerance, context: ExtractContext): readonly FactDraft[] {
  const reacted = list(allergy.reaction)
    .map((reaction) => conceptName(reaction.substance))
    .find((name) => name !== undefined);
  const name =
    printedName(allergy.code) ?? noneKnownName(bareCode(allergy.code), context) ?? conceptName(allergy.code) ?? reacted;
  if (name === undefined) return [];
  const detail = detailOf(allergy, name, context.words);
  const time = textOf(allergy.recordedDate) ?? textOf(allergy.onsetDateTime);
  const marks = joined([
    detail.kind === "substance" ? (detail.type ?? "allergy") : undefined,
    detail.criticality === undefined ? undefined : `criticality ${detail.criticality}`,
    detail.reactions.length === 0 ? undefined : `reaction ${detail.reactions.join(", ")}`,
    detail.verificationStatus,
    detail.clinicalStatus,
  ]);
  return [
    draftFact(allergy, context, {
      kind: "allergy",
      text: `${name}${marks === "" ? "" : ` (${marks})`}${time === undefined ? "" : `, recorded${onDate(context, time)}`}`,
      label: name,
      concept: allergy.code,
      path: "code",
      value: name,
      time,
      status: detail.clinicalStatus,
      assertion: assertionOf(detail),
      allergy: detail,
    }),
  ];
}
