/** Procedures and immunisations: what was done to the patient. */
import type { Immunization, Procedure } from "fhir/r4.js";
import type { ProcedureDetail } from "../chart/facts.ts";
import { list, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import { cleanName, codeOf, conceptName, lateralityOf } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** Acts that many EHRs record as procedures although nothing is done to the body. */
const administrative =
  /\b(?:assessment|screening|screen|reconciliation|evaluation of|review of|counsel\w*|interview|referral|questionnaire|documentation of|discharge from|patient discharge|admission to|patient transfer|transfer (?:to|from|of (?:patient|care))|notification|certification|education|information gathering|follow-up visit|hospice care plan|discharge to|plan of care|history and physical examination|postoperative care|npo|nothing by mouth|ancillary services|nursing care)\b/iu;
/** Words of an intervention or examination: a screening colonoscopy is a colonoscopy. */
const intervention =
  /(?:scopy|graphy|(?<!pro)gram|ectomy|otomy|ostomy|plasty|centesis|desis)\b|\b(?:biopsy|injection|insertion|removal|aspiration|transfusion|catheter\w*|drainage|implant\w*|repair|incision|excision)\b/iu;

function isMinor(name: string): boolean {
  return administrative.test(name) && !intervention.test(name);
}

/** `Device/x` that the procedure took out. */
function removedBy(procedure: Procedure): readonly string[] {
  return list(procedure.focalDevice).flatMap((focal) =>
    /explant|remov/iu.test(`${conceptName(focal.action) ?? ""} ${codeOf(focal.action) ?? ""}`)
      ? (focal.manipulated?.reference ?? [])
      : [],
  );
}

function detailOf(procedure: Procedure, name: string): ProcedureDetail {
  return defined<ProcedureDetail>({
    end: textOf(procedure.performedPeriod?.end),
    bodySite:
      joined(
        list(procedure.bodySite)
          .map(conceptName)
          .filter((site) => !/not specified|unknown/iu.test(site ?? "")),
      ) || undefined,
    outcome: conceptName(procedure.outcome),
    complication: joined(list(procedure.complication).map(conceptName)) || undefined,
    statusReason: conceptName(procedure.statusReason),
    performer: cleanName(list(procedure.performer)[0]?.actor?.display),
    minor: isMinor(name),
    removes: removedBy(procedure),
  });
}

/** One fact a procedure, whatever became of it; the status says. */
export function procedureFacts(procedure: Procedure, context: ExtractContext): readonly FactDraft[] {
  const name = conceptName(procedure.code);
  if (name === undefined) return [];
  const detail = detailOf(procedure, name);
  const time = timeOf(procedure);
  const marks = joined([
    procedure.status === "completed" ? undefined : procedure.status,
    detail.bodySite,
    detail.outcome === undefined ? undefined : `outcome ${detail.outcome}`,
    detail.complication === undefined ? undefined : `complication ${detail.complication}`,
  ]);
  return [
    draftFact(procedure, context, {
      kind: "procedure",
      text: `${name}${marks === "" ? "" : ` (${marks})`}${onDate(context, time)}`,
      label: name,
      concept: procedure.code,
      path: "code",
      value: name,
      time,
      status: procedure.status,
      assertion: procedure.status === "not-done" ? "absent" : "present",
      laterality: lateralityOf(name, detail.bodySite),
      procedure: detail,
    }),
  ];
}

/** One fact a vaccine. */
export function immunizationFacts(immunization: Immunization, context: ExtractContext): readonly FactDraft[] {
  const name = conceptName(immunization.vaccineCode);
  if (name === undefined) return [];
  const time = timeOf(immunization) ?? textOf(immunization.recorded);
  const notGiven = immunization.status === "not-done";
  return [
    draftFact(immunization, context, {
      kind: "immunization",
      text: `Immunization: ${name}${notGiven ? " (not given)" : ""}${onDate(context, time)}`,
      label: name,
      concept: immunization.vaccineCode,
      path: "vaccineCode",
      value: name,
      time,
      status: immunization.status,
      assertion: notGiven ? "absent" : "present",
      procedure: defined<ProcedureDetail>({
        statusReason: conceptName(immunization.statusReason),
        performer: undefined,
        minor: false,
        removes: [],
        elsewhere: immunization.primarySource === false ? true : undefined,
      }),
    }),
  ];
}
