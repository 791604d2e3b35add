/** Devices at discharge: a line that is out must never be told as in, whatever says that it is out. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Device, DeviceUseStatement, FhirResource, Procedure } from "fhir/r4.js";
import { noteOf, ofStay, subject, textsOf } from "../support/stay-chart.ts";

const at = (day: string, time = "06:00"): string => `2026-03-${day}T${time}:00-05:00`;
const catheter = "Indwelling urinary catheter";

function deviceIn(name: string, more: Partial<DeviceUseStatement> = {}, thing: Partial<Device> = {}): FhirResource[] {
  const device: Device = { resourceType: "Device", id: "d", status: "active", type: { text: name }, patient: subject };
  const use: DeviceUseStatement = {
    resourceType: "DeviceUseStatement",
    id: "u",
    status: "active",
    subject,
    device: { reference: "Device/d" },
    timingPeriod: { start: at("14", "13:00") },
    ...more,
  };
  return [{ ...device, ...thing }, use];
}

function act(name: string, more: Partial<Procedure> = {}): Procedure {
  return {
    resourceType: "Procedure",
    id: "p",
    status: "completed",
    code: { text: name },
    subject,
    encounter: ofStay,
    performedDateTime: at("16"),
    ...more,
  };
}

const about = (resources: readonly FhirResource[]): readonly string[] =>
  textsOf("procedures", resources).filter((text) => /device|no removal|settled/iu.test(text));

describe("a device in use", () => {
  it("stands with site, date and the note beside it", () =>
    assert.deepEqual(
      about(deviceIn(catheter, { bodySite: { text: "Urethra" }, note: [{ text: "Trial without it on 20 March." }] })),
      ['Device in use: Indwelling urinary catheter (Urethra) since 14 Mar 2026; note: "Trial without it on 20 March."'],
    ));

  it("stays in use when its end lies after the discharge", () =>
    assert.deepEqual(about(deviceIn("PICC", { timingPeriod: { start: at("14"), end: "2026-04-30" } })), [
      "Devices in use: PICC since 14 Mar 2026, planned until 30 Apr 2026.",
    ]));

  it("stays in use when something else was taken out, or its removal is only planned", () => {
    const planned = noteOf("n", "Progress note", "Plan: Foley to be removed tomorrow. Arterial line removed.");
    assert.deepEqual(about([...deviceIn(catheter), act("Removal of chest tube"), planned]), [
      "Devices in use: Indwelling urinary catheter since 14 Mar 2026.",
    ]);
  });
});

describe("a device that was taken out is not told as in use", () => {
  for (const [how, resources] of [
    ["an end within the stay", deviceIn(catheter, { timingPeriod: { start: at("14"), end: at("16") } })],
    ["a completed statement", deviceIn(catheter, { status: "completed" })],
    ["a device out of service", deviceIn(catheter, {}, { status: "inactive" })],
    ["a procedure, by another name", [...deviceIn(catheter), act("Foley catheter removal")]],
    [
      "a procedure that names the device",
      [
        ...deviceIn("Femoral nail"),
        act("Operation on femur", {
          focalDevice: [{ action: { text: "Explanted" }, manipulated: { reference: "Device/d" } }],
        }),
      ],
    ],
    ["an extubation", [...deviceIn("Endotracheal tube"), act("Extubation")]],
    [
      "a removal of a device without a statement of use",
      [...deviceIn("Peripherally inserted central catheter").slice(0, 1), act("Removal of PICC")],
    ],
  ] as const)
    it(`by ${how}`, () => assert.deepEqual(about(resources), []));

  it("unless it went in after the removal", () =>
    assert.deepEqual(
      about([...deviceIn(catheter, { timingPeriod: { start: at("17") } }), act("Removal of urinary catheter")]),
      ["Devices in use: Indwelling urinary catheter since 17 Mar 2026."],
    ));
});

describe("what the chart does not settle is said", () => {
  it("when a note says that it is out", () =>
    assert.deepEqual(about([...deviceIn(catheter), noteOf("n", "Nurse Note", "Slept well. Foley removed at 06:00.")]), [
      'TO BE SETTLED whether still in place: Indwelling urinary catheter since 14 Mar 2026 is recorded as in use, but a note says (Nurse Note, 15 Mar 2026): "Foley removed at 06:00."',
    ]));

  it("when a procedure took out some drain", () =>
    assert.deepEqual(about([...deviceIn("Sump drain"), act("Removal of drain")]), [
      "TO BE SETTLED whether still in place: Sump drain since 14 Mar 2026 is recorded as in use, but also: Removal of drain, 16 Mar 2026.",
    ]));

  it("when a line went in and nothing says what became of it", () => {
    const inserted = act("Insertion of temporary indwelling bladder catheter", { performedDateTime: at("15") });
    assert.deepEqual(about([inserted]), [
      "Insertion of temporary indwelling bladder catheter on 15 Mar 2026; no removal documented.",
    ]);
    assert.deepEqual(about([inserted, act("Removal of bladder catheter", { id: "q" })]), []);
  });
});
