/** What the template says beside a story that a model told: all that the story leaves out, and nothing that it tells. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { createSectionContext } from "../../src/core/sections/context.ts";
import { sentencesBeside } from "../../src/core/sections/template-sections.ts";
import { toldBy } from "../../src/core/verification/told-facts.ts";
import { us } from "../support/jurisdictions.ts";
import { chartOf, factsOf, lab, noteOf, ofStay, order, subject, timeZone } from "../support/stay-chart.ts";

const high = { interpretation: [{ coding: [{ code: "H" }] }] };
const given = (
  id: string,
  drug: string,
  time: string,
  status: "completed" | "stopped" = "completed",
): FhirResource => ({
  resourceType: "MedicationAdministration",
  id,
  status,
  medicationCodeableConcept: { text: drug },
  subject,
  context: ofStay,
  effectiveDateTime: time,
});
const procedure = (id: string, text: string, time: string): FhirResource => ({
  resourceType: "Procedure",
  id,
  status: "completed",
  code: { text },
  subject,
  encounter: ofStay,
  performedDateTime: time,
});

const resources: readonly FhirResource[] = [
  lab("k1", "Potassium", 5.5, "mmol/L", "2026-03-15T08:00:00-05:00", high),
  lab("na", "Sodium", 131, "mmol/L", "2026-03-15T08:00:00-05:00", {
    interpretation: [{ coding: [{ code: "L" }] }],
  }),
  given("a1", "Furosemide 40 mg", "2026-03-15T09:00:00-05:00"),
  given("a2", "Furosemide 40 mg", "2026-03-16T09:00:00-05:00"),
  given("v1", "Vancomycin 1 g", "2026-03-16T10:00:00-05:00", "stopped"),
  order("o1", "Enoxaparin 40 mg", "inpatient", {}, { authoredOn: "2026-03-15T10:00:00-05:00" }),
  procedure("p1", "Thoracentesis", "2026-03-16T11:00:00-05:00"),
  procedure("p2", "Thoracentesis", "2026-03-17T11:00:00-05:00"),
  noteOf("n1", "Progress note", "Slept well; walking with help.", "2026-03-17T09:00:00-05:00"),
];

const facts = factsOf(resources);
const context = createSectionContext(chartOf(resources), facts, { timeZone, jurisdiction: us });

/** A story of sentences, each with the resources that it cites. */
function beside(...story: readonly (readonly [text: string, ...references: string[]])[]): readonly string[] {
  const told = story.map(([text, ...references]) => ({
    text,
    facts: facts.filter(({ evidence }) => evidence.some(({ reference }) => references.includes(reference))),
  }));
  return sentencesBeside(toldBy(told, facts), context).map(({ text }) => text);
}

const mentions = (lines: readonly string[], pattern: RegExp): boolean => lines.some((line) => pattern.test(line));

describe("beside a story stands", () => {
  it("everything where it tells nothing, in the order of events, led in once", () => {
    const lines = beside();
    assert.match(lines[0] ?? "", /^Also in the chart, 14 Mar 2026: Admitted/u);
    assert.equal(lines.filter((line) => line.startsWith("Also")).length, 1);
    for (const told of [
      /Potassium 5\.5/u,
      /Sodium 131/u,
      /Furosemide/u,
      /Enoxaparin/u,
      /Thoracentesis/u,
      /Slept well/u,
      /Discharged/u,
    ])
      assert.ok(mentions(lines, told), String(told));
  });

  it("of a line of several facts the part that it does not tell", () => {
    const lines = beside(["Potassium was 5.5 mmol/L on 15 Mar 2026.", "Observation/k1"]);
    assert.ok(!mentions(lines, /Potassium/u));
    assert.ok(mentions(lines, /Sodium 131/u));
  });

  it("what it cites and does not name", () => {
    const all = ["Observation/k1", "Observation/na", "MedicationAdministration/a1", "Procedure/p1"];
    const lines = beside(["Potassium was 5.5 mmol/L on 15 Mar 2026.", ...all]);
    for (const left of [/Sodium 131/u, /Furosemide/u, /Thoracentesis/u]) assert.ok(mentions(lines, left), String(left));
    const otherValue = beside(["Potassium was 15.5 mmol/L.", "Observation/k1"]);
    assert.ok(mentions(otherValue, /Potassium 5\.5/u), "another number is not its value");
  });

  it("no medicine that it tells by another dose, and no daily act that it tells by another day", () => {
    const lines = beside(
      ["Furosemide was given on 16 Mar 2026.", "MedicationAdministration/a2"],
      ["A thoracentesis followed on 17 Mar 2026.", "Procedure/p2"],
    );
    assert.ok(!mentions(lines, /Furosemide|Thoracentesis/u));
  });

  it("a dose that was broken off, however often its medicine is told of", () => {
    const [vancomycin] = [given("v2", "Vancomycin 1 g", "2026-03-15T10:00:00-05:00")];
    assert.ok(vancomycin !== undefined);
    const more = [...resources, vancomycin];
    const known = factsOf(more);
    const dose = known.filter(({ evidence }) => evidence[0]?.reference === "MedicationAdministration/v2");
    const told = toldBy([{ text: "Vancomycin was given on 15 Mar 2026.", facts: dose }], known);
    const lines = sentencesBeside(told, createSectionContext(chartOf(more), known, { timeZone, jurisdiction: us }));
    assert.ok(
      mentions(
        lines.map(({ text }) => text),
        /stopped.*Vancomycin/iu,
      ),
    );
  });

  it("neither admission nor discharge once it tells them", () => {
    const lines = beside(["Admitted on 14 Mar 2026, discharged on 18 Mar 2026.", "Encounter/e1"]);
    assert.ok(!mentions(lines, /Admitted|Discharged/u));
  });

  it("no second story: twenty lines at most, what was done and found before what was noted", () => {
    const days = Array.from({ length: 30 }, (_, index) => String(index + 1).padStart(2, "0"));
    const long = {
      ...context.chart.encounter,
      period: { start: "2026-03-01T00:00:00Z", end: "2026-03-31T20:00:00Z" },
    };
    const many = days.flatMap((day, index) => [
      noteOf(`n${day}`, "Progress note", `Walked ${index + 2} rounds on the ward.`, `2026-03-${day}T09:00:00Z`),
      ...(index < 15 ? [lab(`l${day}`, `Test ${index}`, index, "U/L", `2026-03-${day}T08:00:00Z`, high)] : []),
    ]);
    const known = factsOf(many, long);
    const lines = sentencesBeside(
      toldBy([], known),
      createSectionContext(chartOf(many, long), known, { timeZone, jurisdiction: us }),
    ).map(({ text }) => text);
    assert.equal(lines.length, 20);
    assert.equal(lines.filter((line) => /Abnormal results/u.test(line)).length, 15);
    assert.ok(mentions(lines, /Admitted/u) && mentions(lines, /Discharged/u));
  });
});
