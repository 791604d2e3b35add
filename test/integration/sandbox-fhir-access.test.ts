/** What a token lets do: SMART scopes v1 and v2, and the patient compartment (SMART App Launch 2.2, section 3.0.2). */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import { chartOf, documentOf, entriesOf, fhirClient, startEhr } from "../support/sandbox-ehr.ts";

let ehr: SandboxEhr;
before(async () => {
  ehr = await startEhr({ charts: [chartOf("p1", 3), chartOf("p2", 3)] });
});
after(() => ehr.close());

const note = { category: [{ coding: [{ system: "urn:c", code: "clinical-note" }] }] };

describe("a scope allows what it says and nothing else", () => {
  const cases: [string, string, string, number][] = [
    ["system/Patient.r", "GET", "Patient/p1", 200],
    ["system/Patient.r", "GET", "Patient", 403],
    ["system/Patient.s", "GET", "Patient", 200],
    ["system/Patient.s", "GET", "Patient/p1", 403],
    ["system/Patient.read", "GET", "Patient/p1", 200],
    ["system/Patient.read", "GET", "Patient", 200],
    ["system/Patient.read", "DELETE", "Patient/p1", 403],
    ["system/Patient.rs", "GET", "Encounter/p1-stay", 403],
    ["system/*.rs", "GET", "Encounter/p1-stay", 200],
    ["system/Patient.r", "GET", "Patient/p1/_history", 200],
    ["system/Observation.r", "GET", "Patient/p1/$everything", 403],
    ["patient/*.sr", "GET", "Patient/p1", 403],
    ["launch openid", "GET", "Patient/p1", 403],
  ];
  for (const [scope, method, path, status] of cases) {
    it(`${scope}: ${method} ${path} is ${status}`, async () => {
      const answer = await fhirClient(ehr, scope, { patient: "p1" })(method, path);
      assert.equal(answer.status, status);
      if (status === 403) assert.equal(answer.at("issue.0.code"), "forbidden");
    });
  }

  it("create needs c, update u, delete d", async () => {
    const create = fhirClient(ehr, "system/DocumentReference.c");
    const made = await create("POST", "DocumentReference", documentOf("p1"));
    assert.equal(made.status, 201);
    const path = `DocumentReference/${String(made.at("id"))}`;
    const changed = { ...documentOf("p1"), id: made.at("id") };
    assert.equal((await create("PUT", path, changed)).status, 403);
    assert.equal((await fhirClient(ehr, "system/DocumentReference.u")("PUT", path, changed)).status, 200);
    assert.equal((await create("DELETE", path)).status, 403);
    assert.equal((await fhirClient(ehr, "system/DocumentReference.d")("DELETE", path)).status, 204);
  });

  it("a condition on create searches, so it needs s as well", async () => {
    const create = fhirClient(ehr, "system/DocumentReference.c");
    const condition = { "if-none-exist": "identifier=urn:test:job|1" };
    assert.equal((await create("POST", "DocumentReference", documentOf("p1"), condition)).status, 403);
  });
});

describe("a patient scope stays with the patient in context", () => {
  const launched = () => fhirClient(ehr, "patient/*.cruds", { patient: "p1" });

  it("reads this patient's resources and no other's", async () => {
    assert.equal((await launched()("GET", "Observation/p1-obs-1")).status, 200);
    assert.equal((await launched()("GET", "Observation/p2-obs-1")).status, 403);
    assert.equal((await launched()("GET", "Patient/p2")).status, 403);
    assert.equal((await launched()("GET", "Patient/p2/_history")).status, 403);
    assert.equal((await launched()("GET", "Patient/p2/$everything")).status, 403);
  });

  it("finds nothing of another patient, whatever it asks for", async () => {
    assert.deepEqual(entriesOf(await launched()("GET", "Patient")), ["Patient/p1"]);
    assert.equal((await launched()("GET", "Observation?patient=p2")).at("total"), 0);
    assert.equal((await launched()("GET", "Observation")).at("total"), 3);
    const included = await launched()("GET", "Observation?_id=p1-obs-1&_revinclude=Observation:patient");
    assert.deepEqual(entriesOf(included, "include"), []);
  });

  it("writes about this patient only, and does not move a resource to another", async () => {
    const made = await launched()("POST", "DocumentReference", documentOf("p1"));
    assert.equal(made.status, 201);
    assert.equal((await launched()("POST", "DocumentReference", documentOf("p2"))).status, 403);
    const id = String(made.at("id"));
    const moved = { ...documentOf("p2"), id };
    assert.equal((await launched()("PUT", `DocumentReference/${id}`, moved)).status, 403);
    assert.equal((await launched()("GET", `DocumentReference/${id}`)).at("subject.reference"), "Patient/p1");
  });

  it("reads who works here, and never writes them", async () => {
    assert.equal((await launched()("GET", "Practitioner/attending-1")).status, 200);
    assert.equal(
      (await launched()("PUT", "Practitioner/attending-1", { resourceType: "Practitioner", id: "attending-1" })).status,
      403,
    );
  });

  it("reaches nothing without a patient in context", async () => {
    assert.equal((await fhirClient(ehr, "patient/*.rs")("GET", "Patient/p1")).status, 403);
  });

  it("is widened by a user scope beside it", async () => {
    const both = fhirClient(ehr, "patient/*.rs user/Patient.r", { patient: "p1", fhirUser: "Practitioner/nurse-1" });
    assert.equal((await both("GET", "Patient/p2")).status, 200);
    assert.equal((await both("GET", "Encounter/p2-stay")).status, 403);
  });
});

describe("a scope with a query (v2) reaches what meets it", () => {
  const scoped = () => fhirClient(ehr, "user/DocumentReference.cs?category=urn:c|clinical-note");

  it("on create", async () => {
    assert.equal((await scoped()("POST", "DocumentReference", documentOf("p1", note))).status, 201);
    assert.equal((await scoped()("POST", "DocumentReference", documentOf("p1"))).status, 403);
  });

  it("on search", async () => {
    await fhirClient(ehr, "system/*.c")("POST", "DocumentReference", documentOf("p2"));
    assert.equal((await scoped()("GET", "DocumentReference?patient=p2")).at("total"), 0);
  });
});

describe("a token's life", () => {
  it("ends when the EHR takes it back, as it does after a hook call", async () => {
    const token = ehr.mintToken({ clientId: "hook", scopes: ["patient/*.rs"], patient: "p1" });
    const read = (): Promise<Response> =>
      fetch(`${ehr.fhirBaseUrl}/Patient/p1`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal((await read()).status, 200);
    ehr.revokeToken(token);
    assert.equal((await read()).status, 401);
  });
});
