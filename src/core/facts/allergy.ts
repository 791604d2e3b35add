/** Allergies: substances with criticality and reaction, and the two statements that name no substance. */
import type { AllergyIntolerance, List } from "fhir/r4.js";
import type { AllergyDetail, AllergyScope, Assertion } from "../chart/facts.ts";
import { codingsOf, hasCode, list, textOf } from "../chart/readable.ts";
import { cleanName, codeOf, conceptName, printedName } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** SNOMED CT: nothing known, by what it covers, with the words for charts that give the bare code. */
const noneKnown: ReadonlyMap<string, { readonly scope: AllergyScope; readonly words: string }> = new Map([
  ["716186003", { scope: "all", words: "No known allergies" }],
  ["160244002", { scope: "all", words: "No known allergies" }],
  ["409137002", { scope: "medication", words: "No known drug allergy" }],
  ["429625007", { scope: "food", words: "No known food allergy" }],
  ["428607008", { scope: "environment", words: "No known environmental allergy" }],
  ["1003774007", { scope: "latex", words: "No known latex allergy" }],
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
  return noneKnown.get(bareCode(allergy.code) ?? "")?.scope ?? scopeOfWords(name);
}

function kindOf(allergy: AllergyIntolerance, name: string): AllergyDetail["kind"] {
  if (hasCode(allergy.code, ...noneKnownCodes) || /\bno known\b|\bnk(?:d|f)?a\b/iu.test(name)) return "none-known";
  if (hasCode(allergy.code, ...notAskedCodes) || /\bnot asked\b|\bnot assessed\b/iu.test(name)) return "not-asked";
  return hasCode(allergy.code, ...otherCodes) ? "other" : "substance";
}

function reactionsOf(allergy: AllergyIntolerance): readonly string[] {
  return list(allergy.reaction).flatMap((reaction) => {
    const signs = list(reaction.manifestation).flatMap((sign) => conceptName(sign) ?? []);
    const words = signs.length > 0 ? signs.join(" and ") : cleanName(reaction.description);
    if (words === undefined) return [];
    return [reaction.severity === undefined ? words : `${words} (${reaction.severity})`];
  });
}

function assertionOf(detail: AllergyDetail): Assertion {
  if (detail.verificationStatus === "refuted") return "absent";
  if (detail.kind !== "substance") return "present";
  if (detail.clinicalStatus === "resolved" || detail.clinicalStatus === "inactive") return "historical";
  return detail.verificationStatus === "unconfirmed" ? "possible" : "present";
}

function detailOf(allergy: AllergyIntolerance, name: string): AllergyDetail {
  const substances = list(allergy.reaction).flatMap((reaction) => conceptName(reaction.substance) ?? []);
  const displays = codingsOf(allergy.code).flatMap((coding) => cleanName(coding.display) ?? []);
  const words = `${name} ${displays.join(" ")}`;
  const kind = kindOf(allergy, words);
  return defined<AllergyDetail>({
    kind,
    scope: kind === "substance" ? undefined : scopeOf(allergy, words),
    type: allergy.type,
    clinicalStatus: codeOf(allergy.clinicalStatus),
    verificationStatus: codeOf(allergy.verificationStatus),
    criticality: textOf(allergy.criticality),
    reactions: reactionsOf(allergy),
    categories: list(allergy.category).flatMap((category) => textOf(category) ?? []),
    substances: [name, ...displays, ...substances].map((substance) => substance.toLowerCase()),
  });
}

/** Reasons for an empty list, with what to print where the chart gives the bare code. */
const emptyReasons: ReadonlyMap<string, { readonly kind: AllergyDetail["kind"]; readonly words: string }> = new Map([
  ["nilknown", { kind: "none-known", words: "No known allergies" }],
  ["notasked", { kind: "not-asked", words: "Not asked" }],
  ["withheld", { kind: "other", words: "withheld" }],
  ["unavailable", { kind: "other", words: "unavailable" }],
  ["notstarted", { kind: "other", words: "notstarted" }],
]);

/** An allergy list that is empty for a stated reason; a list that was merely closed says nothing about the patient. */
export function allergyListFacts(resource: List, context: ExtractContext): readonly FactDraft[] {
  const reason = emptyReasons.get(codeOf(resource.emptyReason) ?? "");
  const isAllergies =
    hasCode(resource.code, "52472-8", "48765-2") || /allerg/iu.test(resource.title ?? conceptName(resource.code) ?? "");
  if (reason === undefined || !isAllergies) return [];
  const name = reason.kind === "none-known" ? reason.words : (printedName(resource.emptyReason) ?? reason.words);
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
      allergy: { kind: reason.kind, scope: "all", reactions: [], categories: [], substances: [] },
    }),
  ];
}

/** One fact an entry of the allergy list. */
export function allergyFacts(allergy: AllergyIntolerance, context: ExtractContext): readonly FactDraft[] {
  const reacted = list(allergy.reaction)
    .map((reaction) => conceptName(reaction.substance))
    .find((name) => name !== undefined);
  const name =
    printedName(allergy.code) ??
    noneKnown.get(bareCode(allergy.code) ?? "")?.words ??
    conceptName(allergy.code) ??
    reacted;
  if (name === undefined) return [];
  const detail = detailOf(allergy, name);
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
