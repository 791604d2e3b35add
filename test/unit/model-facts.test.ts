/** Which facts a model gets to see, and what is taken out of them first. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Chart } from "../../src/core/chart/chart.ts";
import type { Fact } from "../../src/core/chart/facts.ts";
import { createPseudonyms } from "../../src/generation/model/disclosure/pseudonyms.ts";
import { modelParts } from "../../src/generation/model/parts.ts";
import { estimateTokens, selectFacts } from "../../src/generation/model/select-facts.ts";
import { facts, structure } from "../support/course-fixture.ts";

const person: Chart = {
  patient: {
    resourceType: "Patient",
    id: "pat-0099",
    birthDate: "1958-03-04",
    name: [{ family: "Rose (Hill)", given: ["Ann-Marie"], text: "Ann-Marie Rose (Hill)" }],
    identifier: [{ value: "A.77+12" }],
    telecom: [{ value: "+1 (512) 555-0199" }],
    address: [{ text: "1 Main St. [rear]", postalCode: "73301" }],
  },
  encounter: { resourceType: "Encounter", id: "e", status: "finished", class: { code: "IMP" } },
  resources: [{ resourceType: "Practitioner", id: "d", name: [{ family: "Whitfield", given: ["Jo"] }] }],
  gaps: [],
};

describe("what is hidden of persons", () => {
  const { hide: redact } = createPseudonyms(person);

  it("removes names of patient and staff, numbers, birth date in any form, telephone and address", () => {
    const text =
      "ANN-MARIE seen by Dr Whitfield; A.77+12, born 4 March 1958 (03/04/1958, 1958-03-04, Mar 4, 1958), call +1 (512) 555-0199, 1 Main St. [rear], 73301, pat-0099. Mrs Rose sat up.";
    const redacted = redact(text);
    for (const gone of ["MARIE", "Whitfield", "77+12", "1958", "555", "Main", "73301", "0099", "Rose"])
      assert.ok(!redacted.includes(gone), `${gone}: ${redacted}`);
    assert.match(redacted, /sat up/u);
  });

  it("leaves the clinical text alone, a verb that is also a name included", () => {
    assert.equal(redact("Creatinine rose from 1.2 to 1.7 mg/dL."), "Creatinine rose from 1.2 to 1.7 mg/dL.");
  });

  it("keeps the dates of a newborn's stay, which begins at birth", () => {
    const newborn = createPseudonyms({
      ...person,
      encounter: { ...person.encounter, period: { start: "1958-03-04T03:00:00Z" } },
    });
    assert.equal(newborn.hide("Body weight 3.6 kg on 4 Mar 1958"), "Body weight 3.6 kg on 4 Mar 1958");
  });

  it("is the identity for a chart without a person's data", () => {
    const bare = createPseudonyms({ ...person, patient: { resourceType: "Patient" }, resources: [] });
    assert.equal(bare.hide("Anything at all."), "Anything at all.");
  });
});

describe("selectFacts", () => {
  const { sections } = structure();
  const [course] = modelParts(["course"]);
  assert.ok(course !== undefined);
  const chosen = (from: readonly Fact[], factBudgetTokens: number): readonly Fact[] =>
    selectFacts(from, sections, { ...course, factBudgetTokens }).facts;

  it("keeps the chart's order and the budget", () => {
    const all = chosen(facts, 10_000);
    assert.deepEqual(
      all.map(({ id }) => id),
      ["f1", "f2", "f3", "f4", "f5"],
    );
    for (const budget of [0, 20, 40, 60, 80]) {
      const some = chosen(facts, budget);
      assert.ok(some.reduce((sum, fact) => sum + estimateTokens(fact), 0) <= budget);
      assert.deepEqual(
        some,
        all.filter((fact) => some.includes(fact)),
      );
    }
  });

  it("puts events in their order, whatever order the EHR handed them over in", () => {
    const days = ["2026-03-18", "2026-03-14T09:00:00-05:00", undefined, "2026-03-14T13:00:00Z"];
    const dated = facts.slice(0, 4).map((fact, index): Fact => {
      const time = days[index];
      return time === undefined ? fact : { ...fact, time };
    });
    assert.deepEqual(
      chosen(dated, 10_000).map(({ id }) => id),
      ["f3", "f4", "f2", "f1"],
    );
  });

  it("shows once what two records say alike, by the one that the course cites", () => {
    const twin = (fact: Fact): Fact => ({ ...fact, id: `${fact.id}-twin`, evidence: [{ reference: "Basic/twin" }] });
    const both = facts.slice(0, 4).flatMap((fact) => [twin(fact), fact]);
    for (const given of [both, both.toReversed()]) {
      const shown = chosen(given, 10_000).map(({ id }) => id);
      assert.equal(shown.length, 4);
      for (const id of ["f1", "f3", "f4"]) assert.ok(shown.includes(id), id);
    }
  });

  it("leaves out acts of care and administration", () => {
    const act: Fact = {
      id: "care",
      kind: "procedure",
      text: "Nursing care on 15 Mar 2026",
      label: "Nursing care",
      codes: [],
      assertion: "present",
      period: "this-stay",
      evidence: [{ reference: "Procedure/care" }],
      procedure: { minor: true, removes: [] },
    };
    assert.deepEqual(chosen([act], 10_000), []);
    assert.deepEqual(
      chosen([{ ...act, procedure: { minor: false, removes: [] } }], 10_000).map(({ id }) => id),
      ["care"],
    );
  });

  it("prefers what the template's course cites", () => {
    const budget = facts
      .slice(0, 1)
      .concat(facts.slice(2, 4))
      .reduce((sum, fact) => sum + estimateTokens(fact), 0);
    assert.deepEqual(
      chosen(facts, budget).map(({ id }) => id),
      ["f1", "f3", "f4"],
    );
  });

  it("leaves out other stays, kinds that tell no course, and notes that speak to machines", () => {
    const others: readonly Fact[] = facts.flatMap((fact): Fact[] => [
      { ...fact, period: "other-encounter" },
      { ...fact, kind: "allergy" },
    ]);
    assert.deepEqual(chosen(others, 10_000), []);
    assert.ok(!chosen(facts, 10_000).some(({ id }) => id === "f6"));
  });
});
