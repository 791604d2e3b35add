/** The encounter: admission, reason, moves, discharge and disposition. */
import type { Encounter } from "fhir/r4.js";
import { list, textOf } from "../chart/readable.ts";
import { cleanName, conceptName, printedName } from "./concept.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, evidenceFor, joined, onDate } from "./draft.ts";

function reasonFacts(encounter: Encounter, context: ExtractContext): readonly FactDraft[] {
  const coded = list(encounter.reasonCode).flatMap((reason, index) => {
    const name = conceptName(reason);
    if (name === undefined) return [];
    return [
      draftFact(encounter, context, {
        kind: "reason",
        text: `Reason for the encounter: ${name}`,
        label: name,
        concept: reason,
        path: `reasonCode[${index}]`,
        value: name,
        time: encounter.period?.start,
      }),
    ];
  });
  const referred = list(encounter.reasonReference).flatMap((reference, index) => {
    const target = context.resolve(reference.reference, encounter);
    const concept =
      target?.resourceType === "Condition" ||
      target?.resourceType === "Procedure" ||
      target?.resourceType === "Observation"
        ? target.code
        : undefined;
    const name = conceptName(concept) ?? cleanName(reference.display);
    if (name === undefined) return [];
    const own = evidenceFor(encounter, `reasonReference[${index}]`, name);
    const named = target?.id === undefined ? [] : [evidenceFor(target, "code", name)];
    return [
      draftFact(encounter, context, {
        kind: "reason",
        text: `Reason for the encounter: ${name}`,
        label: name,
        concept,
        time: encounter.period?.start,
        evidence: [own, ...named],
      }),
    ];
  });
  return [...coded, ...referred];
}

function moveFacts(encounter: Encounter, context: ExtractContext): readonly FactDraft[] {
  return list(encounter.location).flatMap((place, index) => {
    const target = context.resolve(place.location?.reference, encounter);
    const name =
      cleanName(place.location?.display) ?? (target?.resourceType === "Location" ? cleanName(target.name) : undefined);
    if (name === undefined) return [];
    const time = textOf(place.period?.start);
    const named =
      target?.id === undefined || place.location?.display !== undefined ? [] : [evidenceFor(target, "name", name)];
    return [
      draftFact(encounter, context, {
        kind: "stay",
        text: `Location: ${name}${onDate(context, time)}`,
        label: name,
        time,
        status: "location",
        evidence: [evidenceFor(encounter, `location[${index}]`, name), ...named],
      }),
    ];
  });
}

function admissionFact(encounter: Encounter, context: ExtractContext): FactDraft {
  const { start } = encounter.period ?? {};
  const source = printedName(encounter.hospitalization?.admitSource);
  const marks = joined([printedName(encounter.priority), source === undefined ? undefined : `admit source: ${source}`]);
  return draftFact(encounter, context, {
    kind: "stay",
    text: `Admitted${onDate(context, start)}${marks === "" ? "" : ` (${marks})`}`,
    label: "Admission",
    path: "period.start",
    time: start,
    status: encounter.status,
  });
}

function dischargeFacts(encounter: Encounter, context: ExtractContext): readonly FactDraft[] {
  const { end } = encounter.period ?? {};
  const disposition = conceptName(encounter.hospitalization?.dischargeDisposition);
  const left =
    end === undefined
      ? []
      : [
          draftFact(encounter, context, {
            kind: "stay",
            text: `Discharged${onDate(context, end)}`,
            label: "Discharge",
            path: "period.end",
            time: end,
            status: encounter.status,
          }),
        ];
  if (disposition === undefined) return left;
  const fact = draftFact(encounter, context, {
    kind: "disposition",
    text: `Discharge disposition: ${disposition}`,
    label: disposition,
    concept: encounter.hospitalization?.dischargeDisposition,
    path: "hospitalization.dischargeDisposition",
    value: disposition,
    time: end,
  });
  return [...left, fact];
}

/** Facts of the stay's own encounter. */
export function encounterFacts(encounter: Encounter, context: ExtractContext): readonly FactDraft[] {
  return [
    admissionFact(encounter, context),
    ...reasonFacts(encounter, context),
    ...moveFacts(encounter, context),
    ...dischargeFacts(encounter, context),
  ];
}
