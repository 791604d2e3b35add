/** Allergies: substances with criticality and reaction, and the two statements that name no substance. */
import type { AllergyIntolerance, List } from "fhir/r4.js";
import type { AllergyDetail, Assertion } from "../chart/facts.ts";
import { codingsOf, hasCode, list, textOf } from "../chart/readable.ts";
import { cleanName, codeOf, conceptName } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** SNOMED CT: no known (drug, food, environmental, latex) allergy. */
const noneKnownCodes = [
  "716186003",
  "409137002",
  "429625007",
  "428607008",
  "1003774007",
  "716184000",
  "716185004",
  "160244002",
] as const;
const notAskedCodes = ["NASK", "not-asked", "asked-unknown", "1631000175102"] as const;

function kindOf(allergy: AllergyIntolerance, name: string): AllergyDetail["kind"] {
  if (hasCode(allergy.code, ...noneKnownCodes) || /\bno known\b|\bnkd?a\b/iu.test(name)) return "none-known";
  return hasCode(allergy.code, ...notAskedCodes) || /\bnot asked\b|\bnot assessed\b/iu.test(name)
    ? "not-asked"
    : "substance";
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
  return defined<AllergyDetail>({
    kind: kindOf(allergy, `${name} ${displays.join(" ")}`),
    clinicalStatus: codeOf(allergy.clinicalStatus),
    verificationStatus: codeOf(allergy.verificationStatus),
    criticality: textOf(allergy.criticality),
    reactions: reactionsOf(allergy),
    categories: list(allergy.category).flatMap((category) => textOf(category) ?? []),
    substances: [name, ...displays, ...substances].map((substance) => substance.toLowerCase()),
  });
}

const emptyReasons: Readonly<Record<string, AllergyDetail["kind"]>> = { nilknown: "none-known", notasked: "not-asked" };

/** An allergy list that is empty for a stated reason: nothing known, or not asked. Other reasons say nothing about the patient. */
export function allergyListFacts(resource: List, context: ExtractContext): readonly FactDraft[] {
  const kind = emptyReasons[codeOf(resource.emptyReason) ?? ""];
  const isAllergies =
    hasCode(resource.code, "52472-8", "48765-2") || /allerg/iu.test(resource.title ?? conceptName(resource.code) ?? "");
  if (kind === undefined || !isAllergies) return [];
  const name = conceptName(resource.emptyReason) ?? kind;
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
      allergy: { kind, reactions: [], categories: [], substances: [] },
    }),
  ];
}

/** One fact an entry of the allergy list. */
export function allergyFacts(allergy: AllergyIntolerance, context: ExtractContext): readonly FactDraft[] {
  const reacted = list(allergy.reaction)
    .map((reaction) => conceptName(reaction.substance))
    .find((name) => name !== undefined);
  const name = conceptName(allergy.code) ?? reacted;
  if (name === undefined) return [];
  const detail = detailOf(allergy, name);
  const time = textOf(allergy.recordedDate) ?? textOf(allergy.onsetDateTime);
  const marks = joined([
    detail.kind === "substance" ? "allergy" : undefined,
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
