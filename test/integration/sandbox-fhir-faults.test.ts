/** The switches that make the sandbox EHR misbehave. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import { chartOf, documentOf, fhirClient, startEhr } from "../support/sandbox-ehr.ts";
import type { FhirCall } from "../support/sandbox-ehr.ts";

let ehr: SandboxEhr;
let call: FhirCall;
before(async () => {
  ehr = await startEhr({ charts: [chartOf("p1", 1)] });
  call = fhirClient(ehr, "system/*.cruds");
});
after(() => ehr.close());
afterEach(() => ehr.faults.clear());

describe("a planned fault", () => {
  it("answers another status as often as planned, then the EHR is well again", async () => {
    const fault = ehr.faults.add({ path: /^\/fhir\/Patient/u, status: 503, headers: { "Retry-After": "7" }, times: 2 });
    const answers = [await call("GET", "Patient/p1"), await call("GET", "Patient/p1"), await call("GET", "Patient/p1")];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [503, 503, 200],
    );
    assert.equal(answers[0]?.headers.get("retry-after"), "7");
    assert.equal(fault.struck(), 2);
  });

  it("strikes only the method and path it names, and after the calls it spares", async () => {
    ehr.faults.add({ method: "POST", path: "/fhir/DocumentReference", status: 500, after: 1 });
    assert.equal((await call("GET", "DocumentReference")).status, 200);
    assert.equal((await call("POST", "DocumentReference", documentOf("p1"))).status, 201);
    assert.equal((await call("POST", "DocumentReference", documentOf("p1"))).status, 500);
  });

  it("can write and then cut the line, so that a retry with If-None-Exist finds the document", async () => {
    ehr.faults.add({ method: "POST", dropAfterWrite: true, times: 1 });
    const document = documentOf("p1", { identifier: [{ system: "urn:test:job", value: "cut" }] });
    const condition = { "if-none-exist": "identifier=urn:test:job|cut" };
    const written = ehr.journal.until("the write", ({ identifiers }) => identifiers[0]?.value === "cut");
    await assert.rejects(call("POST", "DocumentReference", document, condition));
    assert.equal((await written).status, 201);
    assert.equal((await call("POST", "DocumentReference", document, condition)).status, 200);
  });

  it("can leave out the Location of a create", async () => {
    ehr.faults.add({ method: "POST", omitLocation: true });
    const answer = await call("POST", "DocumentReference", documentOf("p1"));
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("location"), null);
  });

  it("can be slow, and can hit the authorisation server too", async () => {
    ehr.faults.add({ path: "/fhir/Patient/p1", delayMs: 50 });
    const started = performance.now();
    assert.equal((await call("GET", "Patient/p1")).status, 200);
    assert.ok(performance.now() - started >= 45);
    ehr.faults.add({ path: "/auth/token", status: 502 });
    assert.equal((await fetch(`${ehr.url}/auth/token`, { method: "POST" })).status, 502);
  });

  it("is taken back by its handle", async () => {
    const fault = ehr.faults.add({ status: 500 });
    assert.equal((await call("GET", "Patient/p1")).status, 500);
    fault.remove();
    assert.equal((await call("GET", "Patient/p1")).status, 200);
  });
});
