import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PractitionerRole } from "fhir/r4.js";
import { maySee, requireSigner } from "../../src/core/access/principal.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { parseFhirUser, sameBase } from "../../src/core/smart/fhir-user.ts";
import { absoluteTimeoutMs, idleTimeoutMs, isAlive } from "../../src/core/smart/session-life.ts";
import { holdsSignerRole } from "../../src/core/smart/signer.ts";
import { encounterBanner, patientBanner } from "../../src/pages/banner.ts";
import { formatTime } from "../../src/pages/browser/format.js";
import { wordingOf } from "../../src/core/language/wording.ts";
import { describeCited } from "../../src/pages/cited.ts";
import { clearCookie, pruneCookies, readCookie, setCookie } from "../../src/smart/cookies.ts";

const base = "https://ehr.example/fhir";

describe("fhirUser (SMART 2.2)", () => {
  it("is known by absolute URL of this EHR and by relative reference", () => {
    for (const claim of [`${base}/Practitioner/7`, "Practitioner/7"]) {
      for (const address of [base, `${base}/`])
        assert.deepEqual(parseFhirUser(claim, address), { type: "Practitioner", id: "7" });
    }
  });
  for (const claim of [
    "https://evil.example/fhir/Practitioner/7",
    `${base}-evil/Practitioner/7`,
    "http://ehr.example/fhir/Practitioner/7",
    "Practitioner/../7",
    "Practitioner/7/extra",
    "Device/7",
    "",
    7,
    undefined,
  ]) {
    it(`is nobody when it is ${JSON.stringify(claim)}`, () => assert.equal(parseFhirUser(claim, base), undefined));
  }
  it("compares bases without regard to a trailing slash and to nothing else", () => {
    assert.ok(sameBase(base, `${base}/`));
    for (const other of [`${base}/x`, `${base}-evil`, "https://EHR.example/fhir", `${base}?a`, "https://ehr.example"])
      assert.ok(!sameBase(base, other), other);
  });
});

describe("who may sign (contract, section 2: signerRoles)", () => {
  const role = (changes: Partial<PractitionerRole> = {}): PractitionerRole => ({
    resourceType: "PractitionerRole",
    practitioner: { reference: "Practitioner/7" },
    code: [{ coding: [{ code: "doctor" }] }],
    ...changes,
  });
  const now = "2026-03-17T12:00:00Z";
  const holds = (roles: readonly PractitionerRole[]): boolean =>
    holdsSignerRole("Practitioner/7", roles, ["doctor"], now);

  it("is any practitioner when no role is named", () => assert.ok(holdsSignerRole("Practitioner/7", [], [], now)));
  it("is who holds a named role, by relative or absolute reference", () => {
    assert.ok(holds([role()]));
    assert.ok(holds([role({ practitioner: { reference: `${base}/Practitioner/7` } })]));
    assert.ok(holds([role({ period: { start: "2026-01-01", end: "2026-03-17" } })]));
  });
  for (const [name, changes] of Object.entries({
    "another code": { code: [{ coding: [{ code: "nurse" }] }] },
    "no code": { code: [] },
    inactive: { active: false },
    ended: { period: { end: "2026-03-14" } },
    "not begun": { period: { start: "2026-03-18" } },
    "somebody else's": { practitioner: { reference: "Practitioner/17" } },
    "nobody's": { practitioner: {} },
  } satisfies Record<string, Partial<PractitionerRole>>)) {
    it(`is not by a role that is ${name}`, () => assert.ok(!holds([role(changes)])));
  }
});

describe("a session's reach", () => {
  const principal = (session: Partial<NonNullable<Principal["session"]>>): Principal => ({
    tenant: "t",
    actor: { kind: "practitioner", id: "Practitioner/7" },
    scopes: new Set(),
    session: { launch: "l", kind: "smart", patient: "Patient/1", maySign: true, ...session },
  });
  const job = { tenant: "t", id: "j1", patient: "Patient/1", encounter: "Encounter/1" };
  it("is its patient, its encounter, and for a ticket its one job", () => {
    assert.ok(maySee(principal({}), job));
    assert.ok(maySee(principal({ encounter: "Encounter/1" }), job));
    assert.ok(maySee(principal({ job: "j1" }), job));
    assert.ok(!maySee(principal({ patient: "Patient/2" }), job));
    assert.ok(!maySee(principal({ encounter: "Encounter/2" }), job));
    assert.ok(!maySee(principal({ job: "j2" }), job));
    assert.ok(!maySee(principal({}), { ...job, tenant: "other" }));
  });
  it("includes signing only for a practitioner in a SMART session with the role", () => {
    requireSigner(principal({}));
    for (const refused of [
      principal({ maySign: false }),
      principal({ kind: "ticket" }),
      { ...principal({}), actor: { kind: "api-client", id: "x" } } as const,
    ])
      assert.throws(() => requireSigner(refused), { code: "forbidden" });
  });
  it("ends by idleness, by age and by decree", () => {
    const at = 1_000_000;
    const times = { activeAtMs: at, expiresAtMs: at + absoluteTimeoutMs };
    assert.ok(isAlive(times, at + idleTimeoutMs - 1));
    assert.ok(!isAlive(times, at + idleTimeoutMs));
    assert.ok(!isAlive({ ...times, activeAtMs: at + absoluteTimeoutMs }, at + absoluteTimeoutMs));
    assert.ok(!isAlive({ ...times, endedAtMs: at }, at));
  });
});

describe("cookies of launches", () => {
  const value = { tenant: "general", secret: "s".repeat(43) };
  it("are read back by kind and id, and only in the form we give them", () => {
    const header = `a=1; ${setCookie("session", "abcdefghijklmnop", value, 60).split(";")[0]}; b=2`;
    assert.deepEqual(readCookie(header, "session", "abcdefghijklmnop"), value);
    assert.equal(readCookie(header, "launch", "abcdefghijklmnop"), undefined);
    assert.equal(readCookie(header, "session", "abcdefghijklmnoq"), undefined);
    assert.equal(readCookie(header.replace(".s", ".%"), "session", "abcdefghijklmnop"), undefined);
    assert.equal(readCookie(header, "session", "x; y"), undefined);
    assert.equal(readCookie(undefined, "session", "abcdefghijklmnop"), undefined);
  });
  it("are pruned, oldest first, before they fill the request's head", () => {
    const ids = Array.from({ length: 25 }, (_unused, index) => `launch-number-${String(index).padStart(4, "0")}`);
    const header = ids.map((id) => setCookie("session", id, value, 60).split(";")[0]).join("; ");
    assert.deepEqual(
      pruneCookies(header, "session"),
      ids.slice(0, 6).map((id) => clearCookie("session", id)),
    );
    assert.deepEqual(pruneCookies("", "session"), []);
  });
});

describe("what the page shows of FHIR", () => {
  it("names a patient by the official name and the record number", () => {
    assert.deepEqual(
      patientBanner({
        resourceType: "Patient",
        name: [
          { use: "old", family: "Before" },
          { family: "Nick" },
          { use: "official", given: ["Nora", "E."], family: "Ådahl" },
        ],
        birthDate: "1950-02-03",
        gender: "female",
        identifier: [{ value: "x" }, { value: "123", type: { coding: [{ code: "MR" }] } }],
      }),
      { name: "Nora E. Ådahl", birthDate: "1950-02-03", sex: "female", identifiers: [{ label: "MRN", value: "123" }] },
    );
    assert.equal(patientBanner({ resourceType: "Patient" })?.name, "Name not recorded");
    assert.equal(patientBanner(undefined), undefined);
    const german = patientBanner(
      { resourceType: "Patient", gender: "female", identifier: [{ value: "1", type: { coding: [{ code: "MR" }] } }] },
      wordingOf("de"),
    );
    assert.deepEqual(german, {
      name: "Name nicht erfasst",
      sex: "weiblich",
      identifiers: [{ label: "Patientennr.", value: "1" }],
    });
  });
  it("names a stay by class, period and present location", () => {
    const encounter = encounterBanner({
      resourceType: "Encounter",
      status: "finished",
      class: { code: "IMP" },
      period: { start: "2026-03-01" },
      location: [
        { status: "completed", location: { display: "ER" } },
        { status: "active", location: { display: "Ward 5" } },
      ],
    });
    assert.deepEqual(encounter, { kind: "Inpatient", start: "2026-03-01", location: "Ward 5" });
  });
  it("names, dates and states a cited resource of any type", () => {
    assert.deepEqual(
      describeCited({
        resourceType: "Observation",
        status: "final",
        code: { coding: [{ code: "718-7", display: "Hemoglobin" }] },
        effectiveDateTime: "2026-03-01",
      }),
      { label: "Hemoglobin", time: "2026-03-01", status: "final" },
    );
    assert.deepEqual(
      describeCited({
        resourceType: "Condition",
        subject: {},
        code: { text: "Pneumonia" },
        clinicalStatus: { coding: [{ code: "active" }] },
        onsetDateTime: "2026",
      }),
      { label: "Pneumonia", time: "2026", status: "active" },
    );
    assert.deepEqual(
      describeCited({
        resourceType: "MedicationRequest",
        status: "active",
        intent: "order",
        subject: {},
        medicationCodeableConcept: { text: "Lisinopril" },
        authoredOn: "2026-03-02",
      }),
      { label: "Lisinopril", time: "2026-03-02", status: "active" },
    );
    assert.deepEqual(
      describeCited({
        resourceType: "Encounter",
        status: "finished",
        class: {},
        type: [{ text: "Inpatient stay" }],
        period: { start: "2026-03-01" },
      }),
      { label: "Inpatient stay", time: "2026-03-01", status: "finished" },
    );
    assert.deepEqual(describeCited({ resourceType: "Basic", code: {} }), {});
  });
  it("writes dates so that nobody can read them in two ways", () => {
    assert.equal(formatTime("2026-03-07", "America/Chicago"), "7 Mar 2026");
    assert.equal(formatTime("2026-03", "UTC"), "Mar 2026");
    assert.equal(formatTime("2026", "UTC"), "2026");
    assert.equal(formatTime("2026-03-17T23:30:00Z", "Europe/Berlin"), "18 Mar 2026, 00:30");
    assert.equal(formatTime("soon", "UTC"), "soon");
    assert.equal(formatTime(undefined, "UTC"), "");
  });
});
