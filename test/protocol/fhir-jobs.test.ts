/** Jobs and summaries as FHIR R4: Task, DocumentReference, Bundle, and the operation with the asynchronous pattern. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CapabilityStatement, OperationDefinition } from "fhir/r4.js";
import { eventually } from "../support/eventually.ts";
import type { FhirFacade } from "../support/fhir-facade.ts";
import { anApiClient, draftAs, idsOf, publicUrl, startFhirFacade } from "../support/fhir-facade.ts";
import { r4Problems } from "../support/fhir-validators.ts";
import { aJob } from "../support/memory-log.ts";

let facade: FhirFacade;
beforeEach(async () => {
  facade = await startFhirFacade();
});
afterEach(() => facade.stop());

const call = () => facade.call();

describe("a job as Task, its summary as DocumentReference and Bundle", () => {
  it("are valid R4, with version headers, and patient and encounter at the EHR", async () => {
    facade.completed("j1");
    for (const path of ["Task/j1", "DocumentReference/j1", "Bundle/j1"]) {
      const { body, headers } = await call().get(`/fhir/${path}`).expect(200);
      assert.deepEqual(r4Problems(body), [], path);
      assert.equal(headers["etag"], `W/"${body.meta.versionId}"`);
      await call()
        .get(`/fhir/${path}`)
        .set("If-None-Match", headers["etag"] ?? "")
        .expect(304);
    }
    const { body } = await call().get("/fhir/DocumentReference/j1").expect(200);
    assert.deepEqual(body.subject, { reference: "https://ehr.test/fhir/Patient/p1" });
    assert.equal(body.content[0].attachment.url, `${publicUrl}/fhir/Bundle/j1`);
  });

  it("the DocumentReference says whose word it is, and what protects the records it rests on", async () => {
    facade.completed("j1", {}, { security: ["HIV"] });
    const drafted = await call().get("/fhir/DocumentReference/j1").expect(200);
    assert.equal(drafted.body.meta.security[0].code, "AIAST");
    assert.deepEqual(
      drafted.body.securityLabel.map(({ coding }: { coding: { code: string }[] }) => coding[0]?.code),
      ["HIV"],
    );
    facade.completed("j1", { summary: draftAs("final") });
    const signed = await call().get("/fhir/DocumentReference?patient=p1").expect(200);
    const [{ resource }] = signed.body.entry;
    assert.equal(resource.meta.security[0].code, "CLINAST_AIRPT");
    assert.equal(resource.securityLabel, undefined);
  });

  it("the Bundle is the document, and reading it is audited", async () => {
    facade.completed("j1");
    const { body } = await call().get("/fhir/Bundle/j1").expect(200);
    assert.deepEqual([body.type, body.entry[0].resource.resourceType], ["document", "Composition"]);
    assert.deepEqual(
      facade.audit.map(({ action, job }) => [action, job]),
      [["summary.read", "j1"]],
    );
  });

  it("another tenant's job, a discarded draft and a job without summary have none", async () => {
    facade.completed("j2", { tenant: "elsewhere" });
    facade.completed("j3", { summary: draftAs("discarded") });
    facade.jobs.put(aJob("j4"));
    for (const id of ["j2", "j3", "j4", "j5"]) await call().get(`/fhir/DocumentReference/${id}`).expect(404);
  });

  it("need the scope fhir", async () => {
    facade.completed("j1");
    facade.principal = anApiClient("jobs:read", "jobs:write");
    const { body } = await call().get("/fhir/Task/j1").expect(403);
    assert.equal(body.resourceType, "OperationOutcome");
  });
});

describe("search", () => {
  beforeEach(() => {
    facade.completed("j1");
    facade.completed("j2", { patient: "Patient/p2", encounter: "Encounter/e2" });
    facade.jobs.put(aJob("j3", { patient: "Patient/p2", encounter: "Encounter/e3" }));
  });

  it("by patient, encounter, status and id: as id, reference or the EHR's URL", async () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["Task?patient=p2", ["j2", "j3"]],
      ["Task?patient=Patient/p2&status=completed", ["j2"]],
      ["Task?encounter=https://ehr.test/fhir/Encounter/e1", ["j1"]],
      ["Task?_id=j3", ["j3"]],
      ["Task?_id=unknown", []],
      ["DocumentReference?patient=p2", ["j2"]],
      ["DocumentReference?patient=p2&type=http://loinc.org|18842-5&category=clinical-note", ["j2"]],
      ["DocumentReference?patient=p2&type=11488-4", []],
    ];
    for (const [search, expected] of cases) {
      const answer = await call().get(`/fhir/${search}`).expect(200);
      assert.deepEqual(new Set(idsOf(answer)), new Set(expected), search);
      assert.deepEqual(r4Problems(answer.body), [], search);
    }
  });

  it("goes on by the link that the page before gave", async () => {
    const first = await call().get("/fhir/Task?_count=2").expect(200);
    const next = first.body.link.find(({ relation }: { relation: string }) => relation === "next");
    assert.equal(idsOf(first).length, 2);
    const second = await call().get(next.url.slice(publicUrl.length)).expect(200);
    assert.deepEqual(new Set([...idsOf(first), ...idsOf(second)]), new Set(["j1", "j2", "j3"]));
    assert.ok(!second.body.link.some(({ relation }: { relation: string }) => relation === "next"));
  });

  it("passes unknown parameters over, refuses them where strictness is asked for, and says what is wrong with a value", async () => {
    await call().get("/fhir/Task?priority=stat").expect(200);
    await call().get("/fhir/Task?priority=stat").set("Prefer", "handling=strict").expect(400);
    for (const wrong of [
      "_lastUpdated=ne2026-01-01",
      "_lastUpdated=ge2026-03-18T17:00",
      "status=done",
      "patient=Group/1",
      "_lastUpdated=yesterday",
      "patient=a,b",
    ])
      await call().get(`/fhir/Task?${wrong}`).expect(400);
  });
});

describe("search by time", () => {
  beforeEach(() => {
    facade.completed("d17", { updatedAt: "2026-03-17T23:59:59.999Z" });
    facade.completed("d18", { updatedAt: "2026-03-18T12:00:00.000Z" });
    facade.completed("d19", { updatedAt: "2026-03-19T00:00:00.000Z" });
  });

  it("knows dates of every precision, with every comparison of an order, alone and together", async () => {
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ["_lastUpdated=2026-03-18", ["d18"]],
      ["_lastUpdated=2026-03", ["d17", "d18", "d19"]],
      ["_lastUpdated=2025", []],
      ["_lastUpdated=gt2026-03-18", ["d19"]],
      ["_lastUpdated=ge2026-03-18", ["d18", "d19"]],
      ["_lastUpdated=lt2026-03-18", ["d17"]],
      ["_lastUpdated=le2026-03-18", ["d17", "d18"]],
      ["_lastUpdated=ge2026-03-18&_lastUpdated=lt2026-03-19", ["d18"]],
      ["_lastUpdated=ge2026-03-18T13:00:00%2B01:00", ["d18", "d19"]],
      ["_lastUpdated=2026-03-18T12:00Z", ["d18"]],
      ["_id=d18&_lastUpdated=lt2026-03-18", []],
    ];
    for (const [query, expected] of cases)
      for (const type of ["Task", "DocumentReference"])
        assert.deepEqual(idsOf(await call().get(`/fhir/${type}?${query}`).expect(200)), expected, `${type}?${query}`);
    assert.deepEqual(idsOf(await call().get("/fhir/DocumentReference?date=2026-03-18").expect(200)), ["d18"]);
    assert.deepEqual(idsOf(await call().get("/fhir/Task?modified=gt2026-03-18").expect(200)), ["d19"]);
  });
});

describe("search by POST", () => {
  it("is the same search, with its parameters in the form (R4, 3.1.0.9)", async () => {
    facade.completed("j1");
    facade.completed("j2", { patient: "Patient/p2" });
    const post = (path: string, form: string) =>
      call().post(path).set("content-type", "application/x-www-form-urlencoded").send(form);
    assert.deepEqual(idsOf(await post("/fhir/Task/_search", "patient=p2").expect(200)), ["j2"]);
    assert.deepEqual(idsOf(await post("/fhir/DocumentReference/_search?patient=p1", "status=current").expect(200)), [
      "j1",
    ]);
    await call().post("/fhir/Task/_search").send({ patient: "p2" }).expect(415);
    await call().get("/fhir/Task/_search").expect(405);
  });
});

describe("Bundle and DocumentReference", () => {
  it("are found by what US Core asks for; a document that is discarded is not there", async () => {
    facade.completed("j1");
    facade.completed("j2", { summary: draftAs("discarded") });
    facade.completed("j3", { summary: draftAs("entered-in-error") });
    const ids = async (search: string) => idsOf(await call().get(`/fhir/${search}`).expect(200));
    assert.deepEqual(await ids("DocumentReference?status=current"), ["j1"]);
    assert.deepEqual(await ids("DocumentReference?status=current,entered-in-error"), ["j1", "j3"]);
    assert.deepEqual(await ids("DocumentReference?type=http://snomed.info/sct|18842-5"), []);
    assert.deepEqual(await ids("DocumentReference?type=18842-5,34105-7"), ["j1", "j3"]);
    const found = await call().get("/fhir/Bundle?type=document").expect(200);
    assert.deepEqual(idsOf(found), ["j1", "j3"]);
    assert.deepEqual(r4Problems(found.body), []);
    assert.deepEqual(
      facade.audit.map(({ action, job }) => [action, job]),
      [
        ["summary.read", "j1"],
        ["summary.read", "j3"],
      ],
    );
    assert.deepEqual(await ids("Bundle?type=history"), []);
    await call().get("/fhir/Bundle/j2").expect(404);
  });
});

describe("SMART scopes (SMART 2.2)", () => {
  beforeEach(() => {
    facade.completed("j1");
    facade.completed("j2", { patient: "Patient/p2" });
  });

  it("open the types and interactions that they name, of version 1 and 2, and nothing else", async () => {
    const paths = ["Task/j1", "Task", "DocumentReference/j1", "DocumentReference", "Bundle/j1", "Bundle"];
    const open = async (...scopes: readonly string[]) => {
      facade.principal = anApiClient(...scopes);
      const statuses: string[] = [];
      for (const path of paths) if ((await call().get(`/fhir/${path}`)).status === 200) statuses.push(path);
      return statuses;
    };
    assert.deepEqual(await open("fhir"), paths);
    assert.deepEqual(await open("system/*.rs"), paths);
    assert.deepEqual(await open("system/*.read"), paths);
    assert.deepEqual(await open("system/Task.r"), ["Task/j1"]);
    assert.deepEqual(await open("system/DocumentReference.s", "system/Bundle.read"), [
      "DocumentReference",
      "Bundle/j1",
      "Bundle",
    ]);
    assert.deepEqual(await open("system/*.cud", "jobs:read", "jobs:write"), []);
    const { body } = await call().get("/fhir/Task/j1").expect(403);
    assert.match(JSON.stringify(body), /system\/Task\.r/u);
  });

  it("with a condition show what meets it: others are not found, and not in searches", async () => {
    facade.principal = anApiClient(
      "system/DocumentReference.rs?patient=Patient/p2",
      "system/Task.rs?status=completed&patient=p1",
    );
    assert.deepEqual(idsOf(await call().get("/fhir/DocumentReference").expect(200)), ["j2"]);
    assert.deepEqual(idsOf(await call().get("/fhir/Task").expect(200)), ["j1"]);
    await call().get("/fhir/DocumentReference/j2").expect(200);
    await call().get("/fhir/DocumentReference/j1").expect(404);
    facade.principal = anApiClient("system/DocumentReference.rs?author=Practitioner/1");
    assert.deepEqual(idsOf(await call().get("/fhir/DocumentReference").expect(200)), []);
    facade.principal = anApiClient("system/Bundle.rs?patient=Patient/p2");
    await call().get("/fhir/Bundle/j2").expect(404);
  });

  it("of the operation: a Task is created, and its document read", async () => {
    const ask = () => call().post("/fhir/Encounter/e1/$discharge-summary").set("Prefer", "respond-async");
    for (const scopes of [
      ["system/Task.c"],
      ["system/Bundle.r"],
      ["system/Task.c?patient=Patient/p1", "system/Bundle.r"],
    ]) {
      facade.principal = anApiClient(...scopes);
      await ask().expect(403);
    }
    assert.equal(facade.jobs.created.length, 0);
    facade.principal = anApiClient("system/Task.cr", "system/Bundle.r");
    const { headers } = await ask().expect(202);
    const path = (headers["content-location"] ?? "").slice(publicUrl.length);
    await call().get(path).expect(202);
    await call().delete(path).expect(403);
    facade.principal = anApiClient("system/Task.u");
    await call().delete(path).expect(202);
  });

  it("are told in .well-known/smart-configuration, with the token endpoint", async () => {
    const { body, headers } = await call().get("/fhir/.well-known/smart-configuration").expect(200);
    assert.match(headers["content-type"] ?? "", /^application\/json/u);
    assert.equal(body.token_endpoint, `${publicUrl}/oauth/token`);
    assert.ok(body.scopes_supported.includes("system/Task.crus"), body.scopes_supported.join(" "));
    assert.ok(body.scopes_supported.includes("system/Subscription.cruds"));
    assert.deepEqual(body.grant_types_supported, ["client_credentials"]);
    for (const capability of ["client-confidential-asymmetric", "permission-v1", "permission-v2"])
      assert.ok(body.capabilities.includes(capability));
  });
});

describe("formats", () => {
  it("of another version of FHIR are not acceptable", async () => {
    facade.completed("j1");
    const accepting = (accept: string) => call().get("/fhir/Task/j1").set("accept", accept);
    await accepting("application/fhir+json; fhirVersion=4.0").expect(200);
    await accepting("application/fhir+json; fhirVersion=5.0").expect(406);
    await accepting("application/fhir+json; fhirVersion=5.0, application/fhir+json").expect(200);
  });
});

describe("$discharge-summary", () => {
  const ask = (id = "e1") => call().post(`/fhir/Encounter/${id}/$discharge-summary`);

  it("asynchronously: 202 with Content-Location, X-Progress meanwhile, then the document in a batch-response", async () => {
    const { headers } = await ask().set("Prefer", "respond-async").expect(202);
    const path = (headers["content-location"] ?? "").slice(publicUrl.length);
    const id = path.split("/").at(-1) ?? "";
    assert.equal(path, `/fhir/async-status/${id}`);
    const waiting = await call().get(path).expect(202);
    assert.match(waiting.headers["x-progress"] ?? "", /^reading \(1 of 4\)$/u);
    assert.equal(waiting.headers["retry-after"], "2");
    facade.completed(id);
    const { body } = await call().get(path).expect(200);
    assert.deepEqual(r4Problems(body), []);
    assert.deepEqual([body.type, body.entry[0].response.status], ["batch-response", "200 OK"]);
    assert.equal(body.entry[0].resource.type, "document");
  });

  it("at once: the answer is the document, as soon as it is there", async () => {
    const answer = ask().then((response) => response);
    const { id: job } = await eventually(
      () => facade.jobs.latest("general", "Encounter/e1", "discharge-summary"),
      "the job",
    );
    facade.completed(job);
    facade.log.wakeUp.notify("job", `general/${job}`);
    const { status, body } = await answer;
    assert.deepEqual([status, body.type], [200, "document"]);
  });

  it("a second request joins the first; a failed one says why; a withdrawn one is gone", async () => {
    const first = await ask().set("Prefer", "respond-async").expect(202);
    const second = await ask().set("Prefer", "respond-async").expect(202);
    const location = first.headers["content-location"] ?? "";
    assert.equal(second.headers["content-location"], location);
    const path = location.slice(publicUrl.length);
    facade.jobs.change(path.split("/").at(-1) ?? "", { status: "failed", error: "ehr_timeout" });
    const failed = await call().get(path).expect(504);
    assert.equal(failed.body.resourceType, "OperationOutcome");

    const third = await ask().set("Prefer", "respond-async").expect(202);
    const withdrawn = (third.headers["content-location"] ?? "").slice(publicUrl.length);
    await call().delete(withdrawn).expect(202);
    await call().get(withdrawn).expect(404);
  });

  it("takes patient and chart as Parameters, and says what is missing", async () => {
    await ask("e9").set("Prefer", "respond-async").expect(400);
    const patient = { name: "patient", valueReference: { reference: "https://ehr.test/fhir/Patient/p9" } };
    const body = { resourceType: "Parameters", parameter: [patient] };
    await ask("e9").set("Prefer", "respond-async").send(body).expect(202);
    assert.equal(facade.jobs.created.at(-1)?.patient, "Patient/p9");
    const unknown = { resourceType: "Parameters", parameter: [{ name: "model", valueString: "x" }] };
    await ask().send(unknown).expect(400);
  });

  it("needs jobs:write", async () => {
    facade.principal = anApiClient("fhir");
    await ask().set("Prefer", "respond-async").expect(403);
    assert.equal(facade.jobs.created.length, 0);
  });
});

describe("the CapabilityStatement", () => {
  it("says what the routes serve, and nothing else", async () => {
    const { body } = await call().get("/fhir/metadata").expect(200);
    const statement = body as CapabilityStatement;
    assert.deepEqual(r4Problems(statement), []);
    const entries = new Map(statement.rest?.[0]?.resource?.map((entry) => [entry.type, entry] as const));
    const types = ["Subscription", "Encounter", "Task", "DocumentReference", "Bundle"];
    assert.deepEqual([...entries.keys()], types);
    assert.deepEqual(
      entries.get("Task")?.interaction?.map(({ code }) => code),
      ["search-type", "read"],
    );
    const operation = entries.get("Encounter")?.operation?.[0];
    const definition = (
      await call()
        .get((operation?.definition ?? "").slice(publicUrl.length))
        .expect(200)
    ).body;
    assert.deepEqual(r4Problems(definition), []);
    assert.equal((definition as OperationDefinition).code, operation?.name);
  });
});
