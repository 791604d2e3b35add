/** Devices: what is on record, and what a statement of use says about where, since when and until when. */
import type { Device, DeviceUseStatement } from "fhir/r4.js";
import type { DeviceDetail } from "../chart/facts.ts";
import { list, textOf } from "../chart/readable.ts";
import { cleanName, conceptName, lateralityOf } from "./concept.ts";
import { defined } from "./defined.ts";
import type { ExtractContext, FactDraft } from "./draft.ts";
import { draftFact, joined, onDate } from "./draft.ts";

/** True when the chart says by a statement of use whether, and until when, the device is used. */
function hasUseStatement(device: Device, context: ExtractContext): boolean {
  return context.chart.resources.some(
    (resource) =>
      resource.resourceType === "DeviceUseStatement" && resource.device?.reference === `Device/${device.id}`,
  );
}

/** One fact a device on record, unless a statement of use says more about it. */
export function deviceFacts(device: Device, context: ExtractContext): readonly FactDraft[] {
  if (hasUseStatement(device, context)) return [];
  const name = conceptName(device.type) ?? cleanName(list(device.deviceName)[0]?.name);
  if (name === undefined) return [];
  return [
    draftFact(device, context, {
      kind: "device",
      text: `Device: ${name}${device.status === undefined ? "" : ` (${textOf(device.status) ?? "status unknown"})`}`,
      label: name,
      concept: device.type,
      path: "type",
      value: name,
      status: device.status,
      device: { use: "unstated" },
    }),
  ];
}

/** One fact a statement of use: which device, where, since when, until when. */
export function deviceUseFacts(use: DeviceUseStatement, context: ExtractContext): readonly FactDraft[] {
  const target = context.resolve(use.device?.reference, use);
  const device = target?.resourceType === "Device" ? target : undefined;
  const name = cleanName(use.device?.display) ?? conceptName(device?.type) ?? cleanName(device?.deviceName?.[0]?.name);
  if (name === undefined) return [];
  const time = textOf(use.timingDateTime) ?? textOf(use.timingPeriod?.start) ?? textOf(use.recordedOn);
  const site = conceptName(use.bodySite);
  const end = textOf(use.timingPeriod?.end);
  const until = context.dates.date(end);
  const fact = draftFact(use, context, {
    kind: "device",
    text: `Device: ${name}${site === undefined ? "" : ` in ${site}`} (${textOf(use.status) ?? "status unknown"})${onDate(context, time)}${until === undefined ? "" : `, until ${until}`}`,
    label: name,
    concept: device?.type,
    time,
    // A device that is out of service is in nobody, whatever the statement still says.
    status: device?.status === "inactive" && use.status === "active" ? "completed" : use.status,
    laterality: lateralityOf(name, site),
    device: defined<DeviceDetail>({
      use: "stated",
      end,
      site,
      note:
        joined(
          list(use.note).map((note) => textOf(note.text)),
          " ",
        ) || undefined,
    }),
  });
  const named = device?.id === undefined ? [] : [{ reference: `Device/${device.id}`, path: "type" }];
  return [{ ...fact, evidence: [...fact.evidence, ...named] }];
}
