/** What is new in a chart since a draft was written from it (contract, section 4: `context.updated`). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { FhirResource } from "fhir/r4.js";
import { chartBasis } from "../../src/core/chart/chart-basis.ts";
import { contextChanges, mergedCharts } from "../../src/core/chart/context-change.ts";

const subject = { reference: "Patient/p1" };
const medicine = (changes: Partial<FhirResource> & Record<string, unknown> = {}): FhirResource => ({
  ...({
    resourceType: "MedicationRequest",
    id: "m1",
    status: "active",
    intent: "order",
    subject,
    medicationCodeableConcept: { text: "Metoprolol" },
    dosageInstruction: [{ text: "25 mg twice a day" }],
  } as const),
  ...(changes as object),
});

const news = (before: readonly FhirResource[], after: readonly FhirResource[]) =>
  contextChanges(chartBasis(before), after);

describe("what changed in a chart", () => {
  test("the same chart again is no news, nor is a new version with nothing else in it", () => {
    const again = { ...medicine(), meta: { versionId: "9", lastUpdated: "2026-03-18T10:00:00Z" } };
    assert.deepEqual(news([medicine()], [medicine(), again]).entities, []);
  });

  test("an element that differs is named by its path, with what stood there before", () => {
    const after = medicine({ status: "stopped", dosageInstruction: [{ text: "50 mg twice a day" }] });
    assert.deepEqual(news([medicine()], [after]).entities, [
      {
        entity: { type: "MedicationRequest", id: "m1" },
        change: "changed",
        changes: [
          { path: "dosageInstruction[0].text", old: "25 mg twice a day", new: "50 mg twice a day" },
          { path: "status", old: "active", new: "stopped" },
        ],
      },
    ]);
  });

  test("an element that came or went has one side only", () => {
    const [entity] = news(
      [medicine({ priority: "urgent" })],
      [medicine({ reasonCode: [{ text: "Angina" }] })],
    ).entities;
    assert.deepEqual(entity?.changes, [
      { path: "priority", old: "urgent" },
      { path: "reasonCode[0].text", new: "Angina" },
    ]);
  });

  test("a resource that was not there is new; one that did not come this time is no news", () => {
    const second = { ...medicine(), id: "m2" };
    const { entities } = news([medicine()], [second]);
    assert.deepEqual(
      entities.map(({ entity, change }) => [entity.id, change]),
      [["m2", "added"]],
    );
  });

  test("an older copy is passed over, by time in any offset and by number", () => {
    const at = (lastUpdated: string, status: string) => medicine({ status, meta: { lastUpdated } });
    assert.deepEqual(
      news([at("2026-03-18T10:00:00Z", "stopped")], [at("2026-03-18T11:30:00+02:00", "active")]).entities,
      [],
    );
    const version = (versionId: string, status: string) => medicine({ status, meta: { versionId } });
    assert.deepEqual(news([version("10", "stopped")], [version("9", "active")]).entities, []);
    assert.equal(news([version("9", "active")], [version("10", "stopped")]).entities.length, 1);
  });

  test("long text is compared, and neither kept nor told", () => {
    const note = (text: string) => medicine({ note: [{ text }] });
    const [before, after] = ["a".repeat(400), `${"a".repeat(399)}b`];
    assert.doesNotMatch(JSON.stringify(chartBasis([note(before)])), /aaa/u);
    assert.deepEqual(news([note(before)], [note(after)]).entities[0]?.changes, [{ path: "note[0].text" }]);
  });

  test("what is taken back is told of where the draft may rest on it", () => {
    const wrong = { ...medicine(), id: "m9", status: "entered-in-error" } as FhirResource;
    assert.deepEqual(news([medicine()], [wrong]).entities, []);
    assert.equal(news([medicine()], [medicine({ status: "entered-in-error" })]).entities.length, 1);
  });

  test("narrative, extensions, billing and the hospital's own discharge summary are no news", () => {
    const after: readonly FhirResource[] = [
      medicine({ text: { status: "generated", div: "<div>new</div>" }, extension: [{ url: "x", valueString: "y" }] }),
      { resourceType: "Claim", id: "c1" } as unknown as FhirResource,
      {
        resourceType: "DocumentReference",
        id: "d1",
        status: "current",
        type: { coding: [{ system: "http://loinc.org", code: "18842-5" }] },
        content: [],
      },
    ];
    assert.deepEqual(news([medicine()], after).entities, []);
  });

  test("whatever comes is told once: the basis that comes back knows it", () => {
    const anyMedicine = fc
      .record({
        id: fc.constantFrom("m1", "m2", "m3"),
        status: fc.constantFrom("active", "stopped"),
        meta: fc.record({ versionId: fc.constantFrom("1", "2", "3") }),
        note: fc.array(fc.record({ text: fc.string({ maxLength: 300 }) }), { maxLength: 3 }),
      })
      .map((changes) => medicine(changes));
    const chart = fc.array(anyMedicine, { maxLength: 6 });
    fc.assert(
      fc.property(chart, chart, (before, after) => {
        const first = news(before, after);
        assert.deepEqual(contextChanges(first.basis, after).entities, []);
        for (const { changes } of first.entities) assert.ok(changes.length > 0);
      }),
    );
  });

  test("two charts make one of the newer copies, and of the later ones where the EHR does not say", () => {
    const named = (id: string, status: string, versionId?: string) =>
      medicine({ id, status, ...(versionId === undefined ? {} : { meta: { versionId } }) });
    const merged = mergedCharts(
      [named("m1", "old"), named("m2", "new", "5")],
      [named("m1", "new"), named("m2", "old", "4"), named("m3", "new")],
    );
    assert.deepEqual(
      merged.map((resource) => [resource.id, Reflect.get(resource, "status")]),
      [
        ["m1", "new"],
        ["m2", "new"],
        ["m3", "new"],
      ],
    );
  });
});
