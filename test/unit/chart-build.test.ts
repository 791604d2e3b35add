/** The chart that the rules read: whose it is, what is left out, and how references resolve. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Bundle, FhirResource, Observation } from "fhir/r4.js";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { chartOf, encounter, lab, noteOf, ofStay, patient, subject } from "../support/stay-chart.ts";

const sodium = lab("na", "Sodium", 139, "mmol/L", "2026-03-14T13:00:00-05:00");
const names = (resources: readonly FhirResource[]): readonly string[] =>
  resources.map(({ resourceType, id }) => `${resourceType}/${id}`);

function codeOf(build: () => unknown): { readonly code: string; readonly at: string | undefined } {
  try {
    build();
  } catch (error) {
    if (error instanceof AdapterError) return { code: error.code, at: error.at };
    throw error;
  }
  return { code: "none", at: undefined };
}

function summary(id: string, more: object): FhirResource {
  const note = noteOf(id, "Discharge summary", "All of it");
  return Object.assign(note, { type: { coding: [{ system: "http://loinc.org", code: "18842-5" }] } }, more);
}

describe("whose chart it is", () => {
  it("refuses a resource of another patient, naming the reference and nothing of its content", () => {
    const foreign = { ...sodium, id: "x", subject: { reference: "Patient/p2", display: "Somebody Else" } };
    assert.deepEqual(
      codeOf(() => chartOf([sodium, foreign])),
      { code: "wrong_patient", at: "Observation/x" },
    );
  });

  it("refuses a second Patient, and takes one that the patient's record links to", () => {
    const other: FhirResource = { resourceType: "Patient", id: "p2" };
    assert.equal(codeOf(() => chartOf([other])).code, "wrong_patient");
    const linked = { ...patient, link: [{ other: { reference: "Patient/p2" }, type: "replaces" as const }] };
    assert.deepEqual(buildChart({ resources: [linked, encounter, other], encounterId: "e1" }).resources, []);
  });

  it("refuses an encounter of another patient than the one asked for", () => {
    const stay = { ...encounter, subject: { reference: "Patient/p2" } };
    const two: FhirResource = { resourceType: "Patient", id: "p2" };
    assert.equal(
      codeOf(() => buildChart({ resources: [patient, two, stay], encounterId: "e1", patientId: "p1" })).code,
      "wrong_patient",
    );
  });

  it("knows the patient by a conditional reference with one of the record's identifiers, and refuses another identifier", () => {
    const conditional = (value: string): Observation => ({
      ...sodium,
      subject: { reference: `Patient?identifier=urn:mrn|${value}` },
    });
    assert.equal(chartOf([conditional("1")]).resources.length, 1);
    assert.equal(codeOf(() => chartOf([conditional("2")])).code, "wrong_patient");
  });

  it("leaves out, with a gap, what names no patient, unless its encounter is the patient's", () => {
    const { subject: _subject, ...anonymous } = sodium;
    const chart = chartOf([{ ...anonymous, id: "by-encounter" }, withoutEncounter({ ...anonymous, id: "nobody" })]);
    assert.deepEqual(names(chart.resources), ["Observation/by-encounter"]);
    assert.deepEqual(chart.gaps, ["Observation/nobody: names no patient, left out"]);
  });

  it("says what is missing when the stay or the patient is not there", () => {
    assert.deepEqual(
      codeOf(() => buildChart({ resources: [patient], encounterId: "e1" })),
      { code: "prefetch_unavailable", at: "encounter" },
    );
    assert.deepEqual(
      codeOf(() => buildChart({ resources: [encounter], encounterId: "e1" })),
      { code: "prefetch_unavailable", at: "patient" },
    );
  });
});

function withoutEncounter(observation: Observation): Observation {
  const { encounter: _encounter, ...rest } = observation;
  return rest;
}

describe("references", () => {
  it("resolves urn:uuid, absolute and versioned references to Type/id, and keeps what does not resolve", () => {
    const bundle: Bundle<FhirResource> = {
      resourceType: "Bundle",
      type: "collection",
      entry: [
        { fullUrl: "urn:uuid:aaa", resource: patient },
        {
          fullUrl: "https://ehr.example/fhir/Encounter/e1",
          resource: { ...encounter, subject: { reference: "urn:uuid:aaa" } },
        },
        {
          resource: {
            ...sodium,
            subject: { reference: "https://ehr.example/fhir/Patient/p1/_history/3" },
            performer: [{ reference: "Practitioner?identifier=npi|9" }],
          },
        },
      ],
    };
    const chart = buildChart({ resources: bundle, encounterId: "Encounter/e1" });
    assert.equal(chart.encounter.subject?.reference, "Patient/p1");
    const [observation] = chart.resources;
    assert.ok(observation?.resourceType === "Observation");
    assert.equal(observation.subject?.reference, "Patient/p1");
    assert.equal(observation.performer?.[0]?.reference, "Practitioner?identifier=npi|9");
  });

  it("resolves urn:uuid references by id where the fullUrls are lost", () => {
    const uuid = "0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0";
    const person = { ...patient, id: uuid };
    const stay = { ...encounter, subject: { reference: `urn:uuid:${uuid}` } };
    assert.equal(
      buildChart({ resources: [person, stay], encounterId: "e1" }).encounter.subject?.reference,
      `Patient/${uuid}`,
    );
  });

  it("gives a resource without id the UUID of its fullUrl, and leaves out one with neither", () => {
    const { id: _id, ...nameless } = sodium;
    const entry = [
      { resource: patient },
      { resource: encounter },
      { fullUrl: "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0", resource: nameless },
      { resource: nameless },
    ];
    const chart = buildChart({ resources: { resourceType: "Bundle", type: "collection", entry }, encounterId: "e1" });
    assert.deepEqual(names(chart.resources), ["Observation/0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"]);
    assert.deepEqual(chart.gaps, ["Observation: has no id and cannot be cited, left out"]);
  });
});

describe("what is left out", () => {
  it("drops what was entered in error, by status, document status or verification", () => {
    const wrong: readonly FhirResource[] = [
      { ...sodium, id: "1", status: "entered-in-error" },
      {
        resourceType: "Condition",
        id: "2",
        subject,
        code: { text: "Stroke" },
        verificationStatus: { coding: [{ code: "entered-in-error" }] },
      },
      Object.assign(noteOf("3", "Consult note", "wrong chart"), { docStatus: "entered-in-error" }),
    ];
    assert.deepEqual(chartOf([sodium, ...wrong]).resources, [sodium]);
  });

  it("keeps the newest version of one id, whatever the order of input", () => {
    const older = {
      ...sodium,
      meta: { versionId: "9", lastUpdated: "2026-03-14T14:00:00Z" },
      valueQuantity: { value: 1 },
    };
    const newer = { ...sodium, meta: { versionId: "10", lastUpdated: "2026-03-15T14:00:00Z" } };
    assert.deepEqual(chartOf([newer, older]).resources, [newer]);
    assert.deepEqual(chartOf([older, newer]).resources, [newer]);
  });

  it("never uses this stay's own discharge summary, nor the Binary that carries it", () => {
    const own = summary("own", { content: [{ attachment: { contentType: "text/plain", url: "Binary/b1" } }] });
    const binary: FhirResource = { resourceType: "Binary", id: "b1", contentType: "text/plain", data: "QQ==" };
    assert.deepEqual(names(chartOf([sodium, own, binary]).resources), ["Observation/na"]);
  });

  it("counts an undated summary without an encounter as this stay's own", () => {
    assert.deepEqual(chartOf([summary("loose", { context: undefined, date: undefined })]).resources, []);
  });

  it("keeps the discharge summary of another stay, as history", () => {
    const earlier = summary("earlier", {
      context: { encounter: [{ reference: "Encounter/e0" }] },
      date: "2025-11-08T12:00:00Z",
    });
    const before = summary("before", { context: undefined, date: "2025-01-08T12:00:00Z" });
    assert.deepEqual(names(chartOf([earlier, before]).resources), [
      "DocumentReference/before",
      "DocumentReference/earlier",
    ]);
  });

  it("reads discharge summaries of any author and jurisdiction as such, and other notes not", () => {
    for (const code of ["18842-5", "34745-0", "34105-7", "28655-9"]) {
      const document = Object.assign(noteOf(code, "x", "y"), {
        type: { coding: [{ system: "http://loinc.org", code }] },
      });
      assert.equal(chartOf([document]).resources.length, 0, code);
    }
    assert.equal(chartOf([noteOf("n", "Progress note", "y")]).resources.length, 1);
  });
});

it("orders resources by type, then id", () => {
  const resources = [
    lab("b", "B", 1, "g", "2026-03-14"),
    noteOf("z", "Note", "x"),
    lab("a", "A", 1, "g", "2026-03-14"),
  ];
  assert.deepEqual(names(chartOf(resources).resources), ["DocumentReference/z", "Observation/a", "Observation/b"]);
});

it("keeps the reader's gaps and uses the bounds of the stay it was given where the encounter has none", () => {
  const { period: _period, ...open } = encounter;
  const chart = buildChart({
    resources: [patient, { ...open, status: "in-progress" }],
    encounterId: "e1",
    gaps: ["DiagnosticReport: the EHR answered 403"],
    stay: { start: "2026-03-14T12:00:00-05:00" },
  });
  assert.deepEqual(chart.gaps, ["DiagnosticReport: the EHR answered 403"]);
  assert.equal(chart.encounter.period?.start, "2026-03-14T12:00:00-05:00");
  assert.equal(ofStay.reference, "Encounter/e1");
});
