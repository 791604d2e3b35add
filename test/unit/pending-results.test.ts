/** Which results count as "pending at discharge, final now", where the EHR's versions and times say more or less. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DiagnosticReport, Observation } from "fhir/r4.js";
import type { Evidence } from "../../src/core/summary/summary.ts";
import { english } from "../../src/core/language/wording.ts";
import type { SignedSummary } from "../../src/jobs/jobs.ts";
import { awaitedIn, awaitsNothing } from "../../cds-services/pending-results/awaited.ts";
import { needsAttention, summaryOf } from "../../cds-services/pending-results/cards.ts";
import { finalResults } from "../../cds-services/pending-results/final-results.ts";

const startedAt = "2026-03-20T15:00:00Z";

function summary(...sentences: readonly (readonly [text: string, ...Evidence[]])[]): SignedSummary {
  return {
    job: "job-1",
    encounter: "Encounter/e1",
    signedAt: "2026-03-20T16:00:00Z",
    startedAt,
    sections: [
      {
        id: "pending",
        code: "11493-4",
        title: "Pending",
        status: "documented",
        sentences: sentences.map(([text, ...evidence], index) => ({
          id: `pending.${index + 1}`,
          text,
          origin: "template",
          verified: true,
          evidence,
        })),
      },
    ],
  };
}

const subject = { reference: "Patient/p1" };
const code = { text: "Potassium" };

function value(id: string, over: Partial<Observation> = {}): Observation {
  const valueQuantity = { value: 4.1, unit: "mmol/L" };
  return { resourceType: "Observation", id, status: "final", code, subject, valueQuantity, ...over };
}

function report(id: string, over: Partial<DiagnosticReport> = {}): DiagnosticReport {
  return { resourceType: "DiagnosticReport", id, status: "final", code, subject, ...over };
}

const ids = (given: SignedSummary, ...resources: readonly (Observation | DiagnosticReport)[]) =>
  finalResults(awaitedIn(given), startedAt, resources).map(({ resource }) => resource.id);

const preliminary = summary(["Result preliminary: Potassium.", { reference: "Observation/k" }]);

describe("a result counts", () => {
  it("when its status is final, amended, corrected or appended, and in no other", () => {
    for (const status of ["final", "amended", "corrected"] as const)
      assert.deepEqual(ids(preliminary, value("k", { status })), ["k"], status);
    for (const status of ["registered", "preliminary", "entered-in-error", "cancelled", "unknown"] as const)
      assert.deepEqual(ids(preliminary, value("k", { status })), [], status);
    const order = summary(["Result outstanding: Potassium.", { reference: "ServiceRequest/o" }]);
    const basedOn = [{ reference: "ServiceRequest/o" }];
    assert.deepEqual(ids(order, report("r", { status: "appended", basedOn })), ["r"]);
    assert.deepEqual(ids(order, report("r", { status: "partial", basedOn })), []);
  });

  it("not in the version that the summary cites; without versions, not when it was issued before the draft", () => {
    const cited = summary(["Result preliminary: Potassium.", { reference: "Observation/k", version: "7" }]);
    assert.deepEqual(ids(cited, value("k", { meta: { versionId: "7" } })), []);
    assert.deepEqual(ids(cited, value("k", { meta: { versionId: "8" } })), ["k"]);
    assert.deepEqual(ids(preliminary, value("k", { issued: "2026-03-20T14:59:00Z" })), []);
    assert.deepEqual(ids(preliminary, value("k", { issued: "2026-03-20T10:30:00-05:00" })), ["k"]);
    assert.deepEqual(ids(preliminary, value("k", { meta: { lastUpdated: "2026-03-20T14:00:00Z" } })), []);
  });

  it("not when it is any other result, whatever its test", () => {
    assert.deepEqual(ids(preliminary, value("other"), report("r")), []);
  });

  it("again when a result that the summary told was corrected since", () => {
    const told = summary([
      "Came after the discharge: Potassium: 4.1 mmol/L.",
      { reference: "Observation/k", version: "1" },
    ]);
    assert.deepEqual(ids(told, value("k", { meta: { versionId: "2" } })), []);
    assert.deepEqual(ids(told, value("k", { status: "corrected", meta: { versionId: "2" } })), ["k"]);
  });
});

describe("what stands together", () => {
  const order = summary(["Result outstanding: Panel.", { reference: "ServiceRequest/o" }]);
  const basedOn = [{ reference: "ServiceRequest/o" }];

  it("a report speaks for its values, each value once", () => {
    const found = finalResults(awaitedIn(order), startedAt, [
      value("k", { basedOn }),
      value("na", { basedOn }),
      report("panel", { basedOn, result: [{ reference: "Observation/k" }] }),
    ]);
    assert.deepEqual(
      found.map(({ resource, values }) => [resource.id, values.map(({ id }) => id)]),
      [
        ["na", ["na"]],
        ["panel", ["k"]],
      ],
    );
  });

  it("another word on the same result is another item; the same word is the same", () => {
    const item = (over: Partial<Observation>) =>
      finalResults(awaitedIn(preliminary), startedAt, [value("k", over)])[0]?.item;
    assert.equal(item({ meta: { versionId: "2" } }), item({ meta: { versionId: "2" } }));
    assert.notEqual(item({}), item({ status: "corrected" }));
    assert.match(item({}) ?? "", /^[0-9a-f]{32}$/u);
  });
});

describe("the one-line summary", () => {
  const found = (...over: readonly Partial<Observation>[]) =>
    finalResults(
      awaitedIn(summary(["Result preliminary.", ...over.map((_, index) => ({ reference: `Observation/k${index}` }))])),
      startedAt,
      over.map((changes, index) => value(`k${index}`, changes)),
    );
  const flag = (interpretation: string) => ({ interpretation: [{ coding: [{ code: interpretation }] }] });

  it("counts what is critical, abnormal and corrected, names no test and no value, and fits a card (83)", () => {
    const results = found(flag("HH"), flag("H"), flag("L"), { status: "corrected" }, {});
    assert.equal(
      summaryOf(results, english),
      "5 results that were pending at discharge are now final. 1 is flagged critical. 2 are flagged abnormal. 1 is corrected.",
    );
    const hundred = found(...Array.from({ length: 120 }, () => ({ ...flag("AA"), status: "corrected" as const })));
    assert.ok(summaryOf(hundred, english).length < 140, summaryOf(hundred, english));
  });

  it("asks for attention only where something is flagged or corrected", () => {
    assert.equal(needsAttention(found(flag("N"), {})), false);
    assert.equal(needsAttention(found(flag("N"), flag("A"))), true);
    assert.equal(needsAttention(found({ status: "amended" })), true);
  });
});

describe("a summary that awaits nothing", () => {
  it("is known before the EHR is asked", () => {
    assert.equal(awaitsNothing(awaitedIn(summary())), true);
    assert.equal(awaitsNothing(awaitedIn(summary(["Monitoring.", { reference: "Task/t" }]))), true);
    assert.equal(awaitsNothing(awaitedIn(preliminary)), false);
  });
});
