/** RESTful interactions of the sandbox's FHIR server (http://hl7.org/fhir/R4/http.html). */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import { chartOf, documentOf, fhirClient, startEhr, valueAt } from "../support/sandbox-ehr.ts";
import type { FhirCall } from "../support/sandbox-ehr.ts";

let ehr: SandboxEhr;
let call: FhirCall;

before(async () => {
  ehr = await startEhr({ charts: [chartOf("p1", 3)] });
  call = fhirClient(ehr, "system/*.cruds");
});
after(() => ehr.close());

const identified = (value: string): Record<string, unknown> =>
  documentOf("p1", { identifier: [{ system: "urn:test:job", value }] });

describe("a caller without a valid token", () => {
  it("gets 401 with a bare challenge when it shows none (RFC 6750, 3.1)", async () => {
    const response = await fetch(`${ehr.fhirBaseUrl}/Patient/p1`);
    assert.equal(response.status, 401);
    assert.equal(response.headers.get("www-authenticate"), "Bearer");
    assert.equal(valueAt(await response.json(), "resourceType"), "OperationOutcome");
  });

  it("is told that the token is invalid when it shows one nobody issued", async () => {
    const response = await fetch(`${ehr.fhirBaseUrl}/Patient/p1`, { headers: { authorization: "Bearer nonsense" } });
    assert.equal(response.status, 401);
    assert.match(response.headers.get("www-authenticate") ?? "", /error="invalid_token"/u);
  });

  it("can read the capability statement and the SMART configuration", async () => {
    const metadata: unknown = await (await fetch(`${ehr.fhirBaseUrl}/metadata`)).json();
    assert.equal(valueAt(metadata, "fhirVersion"), "4.0.1");
    assert.match(JSON.stringify(metadata), /"type":"DocumentReference".*?"name":"encounter"/u);
    const smart = await fetch(`${ehr.fhirBaseUrl}/.well-known/smart-configuration`);
    assert.equal(smart.headers.get("access-control-allow-origin"), "*");
    assert.equal(valueAt(await smart.json(), "token_endpoint"), `${ehr.url}/auth/token`);
  });
});

describe("create", () => {
  it("answers 201 with Location, ETag and Last-Modified, and gives its own id", async () => {
    const answer = await call("POST", "DocumentReference", { ...identified("create"), id: "mine" });
    assert.equal(answer.status, 201);
    assert.notEqual(answer.at("id"), "mine");
    assert.equal(answer.headers.get("etag"), 'W/"1"');
    assert.ok(Date.parse(answer.headers.get("last-modified") ?? "") > 0);
    assert.equal(
      answer.headers.get("location"),
      `${ehr.fhirBaseUrl}/DocumentReference/${String(answer.at("id"))}/_history/1`,
    );
    assert.equal((await call("GET", `DocumentReference/${String(answer.at("id"))}`)).at("docStatus"), "final");
  });

  it("makes absolute references to itself relative, so that they can be searched", async () => {
    const subject = { reference: `${ehr.fhirBaseUrl}/Patient/p1` };
    const answer = await call("POST", "DocumentReference", { ...identified("absolute"), subject });
    assert.equal(answer.at("subject.reference"), "Patient/p1");
  });

  it("sends nothing back when the client prefers so", async () => {
    const answer = await call("POST", "DocumentReference", identified("minimal"), { prefer: "return=minimal" });
    assert.equal(answer.status, 201);
    assert.equal(answer.body, undefined);
    assert.ok(answer.headers.get("location"));
  });

  it("with If-None-Exist creates once, then finds it at the same Location, and 412 when there are many", async () => {
    const condition = { "if-none-exist": "identifier=urn:test:job|once" };
    const first = await call("POST", "DocumentReference", identified("once"), condition);
    const second = await call("POST", "DocumentReference", identified("once"), condition);
    assert.deepEqual([first.status, second.status], [201, 200]);
    assert.equal(second.headers.get("location"), first.headers.get("location"));
    await call("POST", "DocumentReference", identified("once"));
    assert.equal((await call("POST", "DocumentReference", identified("once"), condition)).status, 412);
  });

  it("with If-None-Exist creates one of twenty that come at once", async () => {
    const condition = { "if-none-exist": "identifier=urn:test:job|race" };
    const racers = Array.from({ length: 20 }, () => call("POST", "DocumentReference", identified("race"), condition));
    const statuses = (await Promise.all(racers)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => status === 201).length, 1);
    assert.equal(statuses.filter((status) => status === 200).length, 19);
  });

  it("refuses a condition it does not understand, rather than create on every retry", async () => {
    for (const condition of ["colour=blue", "identifier:text=x", ""]) {
      const answer = await call("POST", "DocumentReference", identified("odd"), { "if-none-exist": condition });
      assert.equal(answer.status, 400, condition);
    }
  });
});

describe("update", () => {
  const put = async (id: string): Promise<Record<string, unknown>> => {
    const body = { ...identified(id), id };
    assert.equal((await call("PUT", `DocumentReference/${id}`, body)).status, 201);
    return body;
  };

  it("takes If-Match weak, quoted or bare, and refuses a stale one with 412", async () => {
    const body = await put("versions");
    for (const [version, form] of [`W/"1"`, `"2"`, "3"].entries()) {
      const answer = await call("PUT", "DocumentReference/versions", body, { "if-match": form });
      assert.equal(answer.status, 200, form);
      assert.equal(answer.headers.get("etag"), `W/"${version + 2}"`);
    }
    const stale = await call("PUT", "DocumentReference/versions", body, { "if-match": 'W/"1"' });
    assert.equal(stale.status, 412);
    assert.equal(stale.at("issue.0.code"), "conflict");
  });

  it("refuses a stale If-Match with 409 where the EHR is set so", async () => {
    const hapi = await startEhr({ charts: [chartOf("p1", 0)], behaviour: { conflictStatus: 409 } });
    const other = fhirClient(hapi, "system/*.cruds");
    const body = { ...identified("x"), id: "x" };
    await other("PUT", "DocumentReference/x", body);
    assert.equal((await other("PUT", "DocumentReference/x", body, { "if-match": '"7"' })).status, 409);
    await hapi.close();
  });

  it("applies a JSON Patch", async () => {
    await put("patched");
    const patch = [{ op: "replace", path: "/docStatus", value: "amended" }];
    const answer = await call("PATCH", "DocumentReference/patched", patch, {
      "content-type": "application/json-patch+json",
    });
    assert.equal(answer.status, 200);
    assert.equal((await call("GET", "DocumentReference/patched")).at("docStatus"), "amended");
  });
});

describe("history and deletion", () => {
  it("keeps versions, newest first, the same on every read", async () => {
    const body = { ...identified("history"), id: "history" };
    await call("PUT", "DocumentReference/history", body);
    await call("PUT", "DocumentReference/history", { ...body, docStatus: "amended" });
    for (let read = 0; read < 2; read += 1) {
      const history = await call("GET", "DocumentReference/history/_history");
      assert.equal(history.at("total"), 2);
      assert.equal(history.at("entry.0.resource.docStatus"), "amended");
    }
    assert.equal((await call("GET", "DocumentReference/history/_history/1")).at("docStatus"), "final");
  });

  it("answers 204, then 410, and still shows the versions before", async () => {
    await call("PUT", "DocumentReference/gone", { ...identified("gone"), id: "gone" });
    assert.equal((await call("DELETE", "DocumentReference/gone")).status, 204);
    assert.equal((await call("GET", "DocumentReference/gone")).status, 410);
    assert.equal((await call("DELETE", "DocumentReference/gone")).status, 204);
    assert.equal((await call("GET", "DocumentReference/gone/_history/1")).status, 200);
    assert.equal((await call("GET", "DocumentReference/gone/_history/2")).status, 410);
    assert.equal((await call("GET", "DocumentReference?identifier=urn:test:job|gone")).at("total"), 0);
  });

  it("answers 304 to a reader that has the version already", async () => {
    assert.equal((await call("GET", "Patient/p1", undefined, { "if-none-match": 'W/"1"' })).status, 304);
  });
});

describe("what a strict server refuses", () => {
  const refused = async (body: unknown, status: number, path = "DocumentReference"): Promise<void> => {
    const answer = await call("POST", path, body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.equal(answer.at("resourceType"), "OperationOutcome");
  };

  it("an element R4 does not have", () => refused(documentOf("p1", { colour: "blue" }), 422));
  it("a code outside a required binding", () => refused(documentOf("p1", { docStatus: "signed" }), 422));
  it("a missing mandatory element", () => refused({ resourceType: "DocumentReference", status: "current" }, 422));
  it("a date that is none", () => refused(documentOf("p1", { date: "yesterday" }), 422));
  it("a subject that does not exist", () => refused(documentOf("nobody"), 422));
  it("a reference to the wrong type", () =>
    refused(documentOf("p1", { custodian: { reference: "Encounter/p1-stay" } }), 422));
  it("a script in the narrative", () =>
    refused(
      documentOf("p1", {
        text: { status: "generated", div: '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>' },
      }),
      422,
    ));
  it("another type than the URL names", () => refused(documentOf("p1"), 400, "Patient"));
  it("a type that does not exist", () => refused({ resourceType: "Report" }, 404, "Report"));
  it("a Subscription, which nobody would serve", () => refused({ resourceType: "Subscription" }, 404, "Subscription"));
  it("what is not JSON", () => refused("{", 400));
  it("a stay that does not exist", () =>
    refused(documentOf("p1", { context: { encounter: [{ reference: "Encounter/nowhere" }] } }), 422));
  it("a path that is not encoded", async () => assert.equal((await call("GET", "Patient/%E0%A4%A")).status, 400));

  it("a media type it does not speak, on either side", async () => {
    assert.equal((await call("POST", "Patient", "<Patient/>", { "content-type": "application/fhir+xml" })).status, 415);
    assert.equal((await call("GET", "Patient/p1", undefined, { accept: "application/fhir+xml" })).status, 406);
  });

  it("a site's own rule", async () => {
    const finalOnly = (resource: { readonly [key: string]: unknown }): string | undefined =>
      resource["docStatus"] === "preliminary" ? "only final documents are taken" : undefined;
    const oracle = await startEhr({ charts: [chartOf("p1", 0)], behaviour: { writeRules: [finalOnly] } });
    const write = fhirClient(oracle, "system/*.cruds");
    assert.equal(
      (await write("POST", "DocumentReference", documentOf("p1", { docStatus: "preliminary" }))).status,
      422,
    );
    assert.equal((await write("POST", "DocumentReference", documentOf("p1"))).status, 201);
    await oracle.close();
  });
});

describe("the journal", () => {
  it("tells what was written, by whom, and not what was found or refused", async () => {
    ehr.journal.clear();
    const nurse = fhirClient(ehr, "user/*.cruds", { fhirUser: "Practitioner/nurse-1", clientId: "handover" });
    const condition = { "if-none-exist": "identifier=urn:test:job|journal" };
    await nurse("POST", "DocumentReference", identified("journal"), condition);
    await nurse("POST", "DocumentReference", identified("journal"), condition);
    await nurse("POST", "DocumentReference", documentOf("nobody"));
    await nurse("GET", "Patient/p1");
    const [write, ...more] = ehr.journal.writes({ resourceType: "DocumentReference" });
    assert.deepEqual(more, []);
    assert.equal(write?.clientId, "handover");
    assert.equal(write?.fhirUser, "Practitioner/nurse-1");
    assert.deepEqual(write?.identifiers, [{ system: "urn:test:job", value: "journal" }]);
    assert.deepEqual(
      ehr.journal.entries().map(({ status }) => status),
      [201, 200, 422, 200],
    );
  });
});
