/** What is told to whoever signs about records that changed since the draft (issue 6, point 8). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DiagnosticReport, Encounter, FhirResource, Observation, Patient } from "fhir/r4.js";
import { createDatePrinter } from "../../src/core/facts/dates.ts";
import { english, wordingOf } from "../../src/core/language/wording.ts";
import type { Reread } from "../../src/core/staleness/source-change.ts";
import { sourceChanges } from "../../src/core/staleness/source-change.ts";
import { nameChanges, unacknowledged } from "../../src/core/staleness/source-check.ts";
import { digestOf, sourcesOf } from "../../src/core/staleness/sources.ts";
import type { Section } from "../../src/core/summary/summary.ts";

const patient: Patient = { resourceType: "Patient", id: "p", name: [{ family: "Ortega" }] };
const encounter: Encounter = {
  resourceType: "Encounter",
  id: "e",
  status: "in-progress",
  class: { code: "IMP" },
  subject: { reference: "Patient/p" },
};
const since = "2026-03-18T08:00:00Z";
const inEnglish = (timeZone: string) => ({ dates: createDatePrinter(timeZone), words: english });

function lab(id: string, name: string, value: number, changes: Partial<Observation> = {}): Observation {
  return {
    resourceType: "Observation",
    id,
    status: "final",
    meta: { versionId: "1", lastUpdated: "2026-03-17T07:00:00Z" },
    category: [{ coding: [{ code: "laboratory" }] }],
    code: { text: name },
    subject: { reference: "Patient/p" },
    encounter: { reference: "Encounter/e" },
    issued: "2026-03-17T07:00:00Z",
    valueQuantity: { value, unit: "mmol/L" },
    ...changes,
  };
}

const cite = (id: Section["id"], text: string, resource: FhirResource, value?: string): Section => ({
  id,
  code: "x",
  title: id,
  status: "documented",
  sentences: [
    {
      id: `${id}.1`,
      text,
      origin: "template",
      verified: true,
      evidence: [
        { reference: `${resource.resourceType}/${resource.id ?? ""}`, ...(value === undefined ? {} : { value }) },
      ],
    },
  ],
});

interface Then {
  readonly resources: readonly FhirResource[];
  readonly sections: readonly Section[];
}

/** What is told when the EHR gives `now`. */
function told({ resources, sections }: Then, now: Partial<Reread>, timeZone = "America/Chicago"): readonly string[] {
  const sources = sourcesOf({ patient, encounter, resources, gaps: [] }, sections);
  const reread = { resources: [], missing: [], unchanged: [], rewritten: [], ...now };
  return nameChanges(sourceChanges(sections, sources, reread, since), inEnglish(timeZone)).map(({ text }) => text);
}

const potassium = lab("k", "Potassium", 0, { status: "registered" });
const { valueQuantity: _none, ...awaited } = potassium;
const pending = { resources: [awaited], sections: [cite("pending", "Result registered: Potassium.", awaited)] };

describe("a cited record", () => {
  test("that was pending and is final is named with its value, its flag and since when, in the hospital's time", () => {
    const final = lab("k", "Potassium", 5.9, {
      meta: { versionId: "2", lastUpdated: "2026-03-18T15:42:00Z" },
      issued: "2026-03-18T15:42:00Z",
      interpretation: [{ coding: [{ code: "H" }] }],
    });
    assert.deepEqual(told(pending, { resources: [final] }), [
      "Potassium, pending in this draft, is final since 18 Mar 2026 at 10:42: 5.9 mmol/L (high).",
    ]);
  });

  const sodium = lab("na", "Sodium", 139);
  const drafted = { resources: [sodium], sections: [cite("results", "Sodium 139 mmol/L.", sodium, "139 mmol/L")] };

  test("is told in the hospital's language: its dates, numbers, flags and the EHR's codes", () => {
    const german = (then: Then, now: Partial<Reread>): readonly string[] => {
      const sources = sourcesOf({ patient, encounter, resources: then.resources, gaps: [] }, then.sections);
      const reread = { resources: [], missing: [], unchanged: [], rewritten: [], ...now };
      const words = wordingOf("de");
      const printer = { dates: createDatePrinter("Europe/Berlin", words), words };
      return nameChanges(sourceChanges(then.sections, sources, reread, since), printer).map(({ text }) => text);
    };
    const final = lab("k", "Kalium", 5.9, {
      meta: { versionId: "2", lastUpdated: "2026-03-18T09:42:00Z" },
      issued: "2026-03-18T09:42:00Z",
      interpretation: [{ coding: [{ code: "H" }] }],
    });
    assert.deepEqual(german(pending, { resources: [final] }), [
      "Kalium, im Entwurf noch ausstehend, liegt jetzt endgültig vor, seit dem 18.03.2026 um 10:42 Uhr: 5,9 mmol/L (erhöht).",
    ]);
    const wrong = { ...sodium, status: "entered-in-error" as const, meta: { versionId: "2" } };
    assert.deepEqual(german(drafted, { resources: [wrong] }), [
      "Sodium gilt im KIS nicht mehr (Status war „endgültig“, ist jetzt „irrtümlich erfasst“).",
    ]);
    const corrected = lab("na", "Natrium", 129.5, {
      status: "corrected",
      meta: { versionId: "2", lastUpdated: "2026-03-18T12:00:00Z" },
    });
    assert.deepEqual(german(drafted, { resources: [corrected] }), [
      "Natrium wurde korrigiert am 18.03.2026 um 13:00 Uhr: 129,5 mmol/L; im Entwurf steht 139 mmol/L.",
    ]);
  });

  test("that was corrected is named with what the draft says", () => {
    const corrected = lab("na", "Sodium", 129, {
      status: "corrected",
      meta: { versionId: "2", lastUpdated: "2026-03-18T12:00:00Z" },
    });
    assert.deepEqual(told(drafted, { resources: [corrected] }), [
      "Sodium was corrected on 18 Mar 2026 at 07:00: 129 mmol/L; the draft says 139 mmol/L.",
    ]);
  });

  test("that was entered in error, or is gone, is named", () => {
    const wrong = { ...sodium, status: "entered-in-error" as const, meta: { versionId: "2" } };
    assert.deepEqual(told(drafted, { resources: [wrong] }), [
      "Sodium no longer stands in the EHR (final became entered-in-error).",
    ]);
    assert.deepEqual(told(drafted, { missing: ["Observation/na"] }), ["139 mmol/L is no longer in the EHR."]);
  });

  test("of a medicine that was stopped is named with its status", () => {
    const order: FhirResource = {
      resourceType: "MedicationRequest",
      id: "m",
      status: "active",
      intent: "order",
      subject: { reference: "Patient/p" },
      medicationCodeableConcept: { text: "Furosemide 40 mg tablet" },
    };
    const stopped = { ...order, status: "stopped" as const };
    assert.deepEqual(
      told({ resources: [order], sections: [cite("medications", "NEW.", order)] }, { resources: [stopped] }),
      ["Furosemide 40 mg tablet was changed in the EHR; active became stopped."],
    );
  });

  test("of the same version, or written anew with the same content, is not named", () => {
    assert.deepEqual(told(drafted, { resources: [sodium] }), []);
    assert.deepEqual(told(drafted, { unchanged: ["Observation/na"] }), []);
    const rewritten = {
      ...sodium,
      meta: { versionId: "9" },
      text: { status: "generated" as const, div: "<div/>" },
      subject: { reference: "https://ehr.example/fhir/Patient/p" },
    };
    assert.deepEqual(told(drafted, { resources: [rewritten] }), []);
  });

  test("that a person's edit has taken out of the draft is no longer asked about", () => {
    const edited = { ...drafted, sections: [cite("reason", "Own words.", patient)] };
    const sources = sourcesOf({ patient, encounter, resources: [sodium], gaps: [] }, drafted.sections);
    const gone = { resources: [], missing: ["Observation/na"], unchanged: [], rewritten: [] };
    assert.deepEqual(sourceChanges(edited.sections, sources, gone, since), []);
  });

  test("of the stay counts by what a summary tells of it: a status or a bed is no change, its end is one", () => {
    const { status: _status, ...rest } = encounter;
    assert.equal(
      digestOf(encounter),
      digestOf({ ...rest, status: "finished", location: [{ location: { display: "Bed 9" } }] }),
    );
    assert.notEqual(digestOf(encounter), digestOf({ ...encounter, period: { end: "2026-03-18" } }));
  });
});

describe("what came after the draft", () => {
  const draft = { resources: [], sections: [cite("reason", "Admitted.", encounter)] };
  const later = { meta: { versionId: "1", lastUpdated: "2026-03-18T15:00:00Z" }, issued: "2026-03-18T15:00:00Z" };

  test("is named, abnormal first, and answers an order that the draft lists as open", () => {
    const order: FhirResource = {
      resourceType: "ServiceRequest",
      id: "o",
      status: "active",
      intent: "order",
      subject: { reference: "Patient/p" },
    };
    const then = { resources: [order], sections: [cite("pending", "No result documented: TSH.", order)] };
    const plain = lab("crp", "CRP", 3, later);
    const answer = lab("tsh", "TSH", 12, {
      ...later,
      basedOn: [{ reference: "ServiceRequest/o" }],
      referenceRange: [{ low: { value: 0.4 }, high: { value: 4 } }],
    });
    assert.deepEqual(told(then, { resources: [plain, answer], unchanged: ["ServiceRequest/o"] }), [
      "TSH, pending in this draft, is final since 18 Mar 2026 at 10:00: 12 mmol/L (high).",
      "New since this draft: CRP: 3 mmol/L, 18 Mar 2026 at 10:00.",
    ]);
  });

  test("is told once: values that a new report lists stand with the report", () => {
    const value = lab("hb", "Haemoglobin", 6.1, later);
    const report: DiagnosticReport = {
      resourceType: "DiagnosticReport",
      id: "r",
      status: "final",
      code: { text: "Blood count" },
      result: [{ reference: "Observation/hb" }],
      ...later,
    };
    assert.deepEqual(told(draft, { resources: [value, report] }), [
      "New since this draft: Blood count: Haemoglobin 6.1 mmol/L, 18 Mar 2026 at 10:00.",
    ]);
  });

  test("leaves out vital signs, what is older than the job, what the draft knew, and what is not final", () => {
    const pulse = lab("v", "Heart rate", 80, { ...later, category: [{ coding: [{ code: "vital-signs" }] }] });
    const old = lab("old", "CRP", 3);
    const open = lab("open", "CRP", 3, { ...later, status: "preliminary" });
    assert.deepEqual(told(draft, { resources: [pulse, old, open] }), []);
    const known = lab("known", "CRP", 3, later);
    assert.deepEqual(told({ ...draft, resources: [known] }, { resources: [known] }), []);
  });
});

test("a signer acknowledges a change to one version: its next version is another change", () => {
  const reread = (versionId: string, value: number): Reread => ({
    resources: [lab("k", "Potassium", value, { meta: { versionId } })],
    missing: [],
    unchanged: [],
    rewritten: [],
  });
  const sources = sourcesOf({ patient, encounter, resources: pending.resources, gaps: [] }, pending.sections);
  const check = (at: Reread) => ({
    checkedAt: since,
    outcome: "checked" as const,
    unread: [],
    changes: nameChanges(sourceChanges(pending.sections, sources, at, since), inEnglish("UTC")),
  });
  const shown = check(reread("2", 5.9)).changes.map(({ id }) => id);
  assert.equal(shown.length, 1);
  assert.deepEqual(unacknowledged(check(reread("2", 5.9)), shown), []);
  assert.equal(unacknowledged(check(reread("3", 4.1)), shown).length, 1);
});
