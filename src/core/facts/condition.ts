/** Conditions and family history: diagnoses with what is asserted about them, and where the encounter places them. */
import type { Condition, FamilyMemberHistory } from "fhir/r4.js";
import type { Assertion, DiagnosisDetail } from "../chart/facts.ts";
import { hasCode, list, textOf } from "../chart/readable.ts";
import { codeOf, conceptName, displayOf, lateralityOf } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** Findings that describe a life, not a disease; some EHRs keep them on the problem list. */
const social =
  /\b(?:employment|(?:un)?employed|labou?r force|education|stress|social (?:contact|isolation)|limited social|medication review|housing|homeless|transport|lack of access|criminal record|refugee|armed forces|served in|intimate partner|victim of|risk activity|not in labor|only received|received higher|reports of violence|unsatisfactory living)\b/iu;

const historicalCategory = /\bhistory of\b/iu;

function assertionOf(condition: Condition, name: string): Assertion {
  const verification = codeOf(condition.verificationStatus);
  if (verification === "refuted") return "absent";
  if (verification === "unconfirmed" || verification === "provisional" || verification === "differential")
    return "possible";
  return historicalCategory.test(name) ? "historical" : "present";
}

function rolesOf(condition: Condition, context: ExtractContext): DiagnosisDetail["roles"] {
  const own = `Condition/${condition.id}`;
  return list(context.chart.encounter.diagnosis)
    .filter((diagnosis) => diagnosis.condition?.reference === own)
    .map((diagnosis) =>
      defined<DiagnosisDetail["roles"][number]>({ use: codeOf(diagnosis.use), rank: diagnosis.rank }),
    );
}

function onsetOf(condition: Condition): string | undefined {
  return textOf(condition.onsetDateTime) ?? textOf(condition.onsetPeriod?.start);
}

function detailOf(condition: Condition, name: string, context: ExtractContext): DiagnosisDetail {
  const display = displayOf(condition.code);
  return defined<DiagnosisDetail>({
    display: display?.toLowerCase() === name.toLowerCase() ? undefined : display,
    clinicalStatus: codeOf(condition.clinicalStatus),
    verificationStatus: codeOf(condition.verificationStatus),
    abatement: textOf(condition.abatementDateTime) ?? textOf(condition.abatementPeriod?.end),
    onset: onsetOf(condition),
    problemList: list(condition.category).some((category) => hasCode(category, "problem-list-item")),
    severity: conceptName(condition.severity),
    stage: conceptName(list(condition.stage)[0]?.summary),
    roles: rolesOf(condition, context),
    social: social.test(name),
  });
}

const assertionWords: Readonly<Record<Assertion, string>> = {
  present: "",
  absent: "ruled out",
  possible: "possible",
  historical: "history",
  family: "family history",
};

/** One fact a condition. */
export function conditionFacts(condition: Condition, context: ExtractContext): readonly FactDraft[] {
  const name = conceptName(condition.code);
  if (name === undefined) return [];
  const detail = detailOf(condition, name, context);
  const assertion = assertionOf(condition, name);
  const time = detail.onset ?? textOf(condition.recordedDate);
  const marks = joined([
    assertionWords[assertion],
    detail.display,
    detail.clinicalStatus,
    detail.severity,
    detail.stage,
  ]);
  return [
    draftFact(condition, context, {
      kind: "diagnosis",
      text: `${name}${marks === "" ? "" : ` (${marks})`}${onDate(context, time)}`,
      label: name,
      concept: condition.code,
      path: "code",
      value: name,
      time,
      status: detail.clinicalStatus,
      assertion,
      laterality: lateralityOf(name, detail.display, ...list(condition.bodySite).map(conceptName)),
      diagnosis: detail,
    }),
  ];
}

/** One fact a relative's condition. */
export function familyFacts(history: FamilyMemberHistory, context: ExtractContext): readonly FactDraft[] {
  const relative = conceptName(history.relationship) ?? context.words.text("name.relative");
  return list(history.condition).flatMap((condition, index) => {
    const name = conceptName(condition.code);
    if (name === undefined) return [];
    return [
      draftFact(history, context, {
        kind: "diagnosis",
        text: `Family history: ${relative} with ${name}`,
        label: name,
        concept: condition.code,
        path: `condition[${index}].code`,
        value: name,
        time: textOf(history.date),
        status: history.status,
        assertion: "family",
        diagnosis: { problemList: false, roles: [], social: false, relative },
      }),
    ];
  });
}
