/** Procedures, immunisations and devices: what was done to the patient and what stays in place. */
import type { Device, DeviceUseStatement, Immunization, Procedure } from "fhir/r4.js";
import type { ProcedureDetail } from "../chart/facts.ts";
import { list, textOf } from "../chart/readable.ts";
import { timeOf } from "../chart/encounter-of.ts";
import { cleanName, conceptName, lateralityOf } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** Acts that many EHRs record as procedures although nothing is done to the body. */
const minor =
  /\b(?:assessment|screening|screen|reconciliation|evaluation of|review of|counsel|interview|referral|questionnaire|documentation|discharge from|patient discharge|admission to|transfer|notification|certification|education|information gathering|follow-up visit|hospice care plan|discharge to|plan of care|history and physical examination|postoperative care|ancillary services|nursing care)\b/iu;

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
    minor: minor.test(name),
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
        elsewhere: immunization.primarySource === false ? true : undefined,
      }),
    }),
  ];
}

/** True when the chart says by a statement of use whether, and until when, the device is used. */
function hasUseStatement(device: Device, context: ExtractContext): boolean {
  return context.chart.resources.some(
    (resource) =>
      resource.resourceType === "DeviceUseStatement" && resource.device?.reference === `Device/${device.id}`,
  );
}

/** One fact a device on record, unless a statement of use says more about it; `active` means that it is in use. */
export function deviceFacts(device: Device, context: ExtractContext): readonly FactDraft[] {
  if (hasUseStatement(device, context)) return [];
  const name = conceptName(device.type) ?? cleanName(list(device.deviceName)[0]?.name);
  if (name === undefined) return [];
  return [
    draftFact(device, context, {
      kind: "device",
      text: `Device: ${name}${device.status === undefined ? "" : ` (${device.status})`}`,
      label: name,
      concept: device.type,
      path: "type",
      value: name,
      status: device.status,
    }),
  ];
}

/** One fact a statement of use: which device, where, since when. */
export function deviceUseFacts(use: DeviceUseStatement, context: ExtractContext): readonly FactDraft[] {
  const target = context.resolve(use.device?.reference, use);
  const device = target?.resourceType === "Device" ? target : undefined;
  const name = cleanName(use.device?.display) ?? conceptName(device?.type) ?? cleanName(device?.deviceName?.[0]?.name);
  if (name === undefined) return [];
  const time = textOf(use.timingDateTime) ?? textOf(use.timingPeriod?.start) ?? textOf(use.recordedOn);
  const site = conceptName(use.bodySite);
  const facts = draftFact(use, context, {
    kind: "device",
    text: `Device: ${name}${site === undefined ? "" : ` in ${site}`} (${use.status})${onDate(context, time)}`,
    label: name,
    concept: device?.type,
    time,
    status: use.timingPeriod?.end === undefined ? use.status : "completed",
    laterality: lateralityOf(site),
  });
  const named = device?.id === undefined ? [] : [{ reference: `Device/${device.id}`, path: "type" }];
  return [{ ...facts, evidence: [...facts.evidence, ...named] }];
}
