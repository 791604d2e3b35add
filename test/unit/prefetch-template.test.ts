/** Prefetch templates: tokens of CDS Hooks 2.0 and of the 3.0 ballot, filled and checked. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { FhirResource } from "fhir/r4.js";
import type { TemplateValues } from "../../src/hooks/prefetch-template.ts";
import { dependenciesOf, fillTemplate, needsBallot, templateProblem } from "../../src/hooks/prefetch-template.ts";

const bundle = (...resources: FhirResource[]): FhirResource => ({
  resourceType: "Bundle",
  type: "searchset",
  entry: resources.map((resource) => ({ resource })),
});
const encounter: FhirResource = {
  resourceType: "Encounter",
  id: "e1",
  status: "finished",
  class: { code: "IMP" },
  participant: [
    { individual: { reference: "PractitionerRole/r1" } },
    { individual: { reference: "https://ehr.example/fhir/Practitioner/d9/_history/2" } },
    { individual: { display: "nobody in particular" } },
  ],
};
const roles = bundle({ resourceType: "PractitionerRole", id: "r1", practitioner: { reference: "Practitioner/d1" } });
const orders = bundle(
  {
    resourceType: "MedicationRequest",
    id: "m1",
    status: "active",
    intent: "order",
    subject: { reference: "Patient/p1" },
    medicationReference: { reference: "Medication/x" },
  },
  { resourceType: "Condition", id: "c1", subject: { reference: "Patient/p1" } },
);
const values: TemplateValues = {
  userId: "PractitionerRole/r1",
  patientId: "p1",
  encounterId: "e1",
  today: "2024-09-13",
  prefetch: new Map([
    ["encounter", encounter],
    ["roles", roles],
    ["orders", orders],
    ["none", bundle()],
  ]),
};
const param = (template: string, name: string): unknown => {
  const read = fillTemplate(template, values);
  return read?.kind === "search" ? read.params[name] : read?.kind;
};

describe("a filled template", () => {
  const cases: readonly [template: string, name: string, expected: unknown][] = [
    ["Observation?patient={{context.patientId}}&_sort=-date", "_sort", "-date"],
    ["Observation?encounter=Encounter/{{ context.encounterId }}", "encounter", "Encounter/e1"],
    ["PractitionerRole?_id={{userPractitionerRoleId}}", "_id", "r1"],
    // The user is a PractitionerRole: of whom else nothing is known.
    ["Practitioner?_id={{userPractitionerId}}", "_id", undefined],
    ["Observation?date=gt{{today()}}", "date", "gt2024-09-13"],
    ["Observation?date=gt{{today() - 90 days}}", "date", "gt2024-06-15"],
    ["Appointment?date=lt{{today() + 365 days}}", "date", "lt2025-09-13"],
    ["PractitionerRole?_id={{%encounter.participant.individual.resolve().ofType(PractitionerRole).id}}", "_id", "r1"],
    ["Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id}}", "_id", "d1"],
    [
      "Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id|%encounter.participant.individual.resolve().ofType(Practitioner).id}}",
      "_id",
      "d1,d9",
    ],
    ["Medication?_id={{%orders.entry.resource.ofType(MedicationRequest).medication.resolve().id}}", "_id", "x"],
    ["Provenance?target={{%orders.entry.resource.ofType(Condition).id}}", "target", "c1"],
    // Looked at, and there is nothing: no search. Never looked at: not to be filled.
    ["Practitioner?_id={{%none.entry.resource.id}}", "_id", "nothing"],
    ["Practitioner?_id={{%unknown.entry.resource.id}}", "_id", undefined],
    ["Observation?code=http://loinc.org|4548-4&patient={{context.patientId}}", "code", "http://loinc.org|4548-4"],
  ];
  for (const [template, name, expected] of cases)
    it(`${template} has ${name} ${String(expected)}`, () => assert.equal(param(template, name), expected));

  it("names a search parameter as often as it likes: each value stands, in order (R4 search, 3.1.1.3)", () => {
    const template = "Observation?date=ge{{today() - 2 days}}&category=laboratory&date=lt{{today()}}&date=ne2024-09-12";
    assert.equal(templateProblem(template), undefined);
    assert.deepEqual(fillTemplate(template, values), {
      kind: "search",
      type: "Observation",
      params: { date: ["ge2024-09-11", "lt2024-09-13", "ne2024-09-12"], category: "laboratory" },
    });
  });

  it("may be a read, of the user too", () => {
    assert.deepEqual(fillTemplate("Patient/{{context.patientId}}", values), {
      kind: "read",
      type: "Patient",
      id: "p1",
    });
    assert.deepEqual(fillTemplate("{{context.userId}}", values), { kind: "read", type: "PractitionerRole", id: "r1" });
    assert.equal(fillTemplate("Encounter/{{context.encounterId}}", { patientId: "p1" }), undefined);
  });

  it("takes nothing of the chart for a part of its query, whatever an id looks like", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: "binary" }), (text) => {
        const odd = { resourceType: "Condition", id: text, subject: { reference: "Patient/p1" } } as const;
        const read = fillTemplate("Condition?_id={{%odd.entry.resource.id}}&_count=5", {
          ...values,
          prefetch: new Map([["odd", bundle(odd)]]),
        });
        assert.ok(read?.kind === "search" && read.type === "Condition");
        assert.deepEqual(Object.keys(read.params), ["_id", "_count"]);
        const filled = String(read.params["_id"]);
        assert.equal(filled.replaceAll(/\\([\\,|$])/gu, "$1"), text);
        assert.ok(!/(?:^|[^\\])(?:\\\\)*[,|$]/u.test(filled), "a separator that is not escaped");
      }),
    );
  });
});

describe("the check of a template", () => {
  const earlier = new Set(["encounter", "roles"]);

  it("allows what the ballot does, on keys before it", () => {
    for (const good of [
      "Observation?patient={{context.patientId}}&date=ge{{today() - 90 days}}",
      "Practitioner?_id={{%roles.entry.resource.practitioner.resolve().id|%encounter.participant.individual.resolve().id}}",
      "PractitionerRole?_id={{userPractitionerRoleId}}&_include=PractitionerRole:practitioner",
      "Observation?patient={{context.patientId}}&code:in=http://x.example/ValueSet/a&_maxresults=10",
      "{{context.userId}}",
    ])
      assert.equal(templateProblem(good, earlier), undefined, good);
  });

  it("refuses other functions, other members, keys that are not before it, and half a token", () => {
    for (const bad of [
      "Condition?_id={{%later.entry.resource.id}}",
      "Condition?_id={{%roles.entry.resource.where(active)}}",
      "Condition?_id={{%roles}}",
      "Observation?date=ge{{now()}}",
      "Observation?date=ge{{today() - 3 months}}",
      "Observation?patient={{context.patientId.id}}",
      "Observation?patient={{context.patientId}",
      "Observation?patient={{context.patientId|}}",
      "Patient/p1",
    ])
      assert.notEqual(templateProblem(bad, earlier), undefined, bad);
  });

  it("knows what builds on what, and what a client of 2.0 cannot fill", () => {
    const both = "Practitioner?_id={{%roles.entry.resource.id|%encounter.id}}";
    assert.deepEqual(dependenciesOf(both), ["roles", "encounter"]);
    assert.deepEqual(
      [both, "A?date={{today()}}", "Patient/{{context.patientId}}", "A?_id={{userPatientId}}"].map(needsBallot),
      [true, true, false, false],
    );
  });

  it("never throws, whatever the text", () => {
    const pieces = fc.constantFrom(
      "{{",
      "}}",
      "context.",
      "patientId",
      "%roles",
      ".",
      "resolve()",
      "ofType(",
      "|",
      "?",
      "=",
      "A",
      "%",
      "%zz",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const template = parts.join("");
        templateProblem(template, earlier);
        fillTemplate(template, values);
      }),
    );
  });
});
