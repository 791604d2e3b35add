/** The sandbox as a whole: hooks with signed tokens and prefetch, cards, feedback, and what its page reads. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, beforeEach, describe, it } from "node:test";
import { Webhook } from "standardwebhooks";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { startSandbox } from "../../sandbox/main.ts";
import type { Sandbox } from "../../sandbox/main.ts";
import { valueAt } from "../support/sandbox-ehr.ts";
import { readyCard, startStubAdapter } from "../support/stub-adapter.ts";
import type { StubAdapter } from "../support/stub-adapter.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const DELGADO = { userId: "Practitioner/attending-1", patientId: "delgado", encounterId: "delgado-stay" };

let stub: StubAdapter;
let sandbox: Sandbox;
before(async () => {
  stub = await startStubAdapter(() => sandbox.cdsIssuer.jku);
  sandbox = await startSandbox({
    adapterUrl: stub.url,
    charts: loadCharts().slice(0, 2),
    webhookSecrets: [SECRET],
    hookScopes: "patient/*.rs",
    tenant: "general",
  });
});
beforeEach(() => {
  stub.answer = { status: 200, body: { cards: [readyCard(stub.url)] } };
  stub.during = undefined;
});
after(async () => {
  await sandbox.close();
  await stub.close();
});

async function page(
  path: string,
  body?: object,
  type = "application/json",
): Promise<{ status: number; json: unknown }> {
  const init =
    body === undefined ? {} : { method: "POST", body: JSON.stringify(body), headers: { "content-type": type } };
  const response = await fetch(`${sandbox.url}/cds-client/api${path}`, init);
  const text = await response.text();
  return { status: response.status, json: text === "" ? undefined : JSON.parse(text) };
}

describe("sandbox: a hook call (CDS Hooks 2.0)", () => {
  it("carries a token that verifies by the published key (rows 176 to 199)", async () => {
    await sandbox.cdsClient.call("encounter-discharge", DELGADO);
    const { header, claims } = stub.calls.at(-1) ?? {};
    assert.equal(header?.alg, "ES384");
    assert.equal(header?.["jku"], sandbox.cdsIssuer.jku);
    assert.equal(claims?.iss, sandbox.cdsIssuer.iss);
    assert.equal(claims?.aud, `${stub.url}/cds-services/discharge-summary`);
    assert.equal((claims?.exp ?? 0) - (claims?.iat ?? 0), 300);
    assert.equal(claims?.["tenant"], "general");
    const jtis = stub.calls.map((call) => call.claims.jti);
    await sandbox.cdsClient.call("patient-view", DELGADO);
    assert.ok(!jtis.includes(stub.calls.at(-1)?.claims.jti));
  });

  it("carries the context and every prefetch the service asked for", async () => {
    await sandbox.cdsClient.call("encounter-discharge", DELGADO);
    const body = stub.calls.at(-1)?.body;
    assert.deepEqual(body?.["context"], DELGADO);
    assert.equal(valueAt(body, "prefetch.patient.resourceType"), "Patient");
    assert.equal(valueAt(body, "prefetch.encounter.id"), "delgado-stay");
    assert.equal(valueAt(body, "prefetch.author.id"), "attending-1");
    assert.equal(valueAt(body, "prefetch.conditions.resourceType"), "Bundle");
  });

  it("lends a token that reads this patient while the call lasts, and no longer", async () => {
    let token = "";
    const read = async (id: string): Promise<number> => {
      const headers = { authorization: `Bearer ${token}`, accept: "application/fhir+json" };
      return (await fetch(`${sandbox.ehr.fhirBaseUrl}/Patient/${id}`, { headers })).status;
    };
    const statuses: number[] = [];
    stub.during = async (body) => {
      token = String(valueAt(body, "fhirAuthorization.access_token"));
      statuses.push(await read("delgado"), await read("okafor"));
    };
    await sandbox.cdsClient.call("encounter-discharge", DELGADO);
    assert.equal(statuses[0], 200);
    assert.notEqual(statuses[1], 200);
    assert.equal(await read("delgado"), 401);
  });

  it("tells its user what a 412 lacks, and keeps the cards it had", async () => {
    await sandbox.cdsClient.call("patient-view", DELGADO);
    const issue = [{ severity: "error", code: "processing", diagnostics: "Encounter is needed" }];
    stub.answer = { status: 412, body: { resourceType: "OperationOutcome", issue } };
    const [call] = await sandbox.cdsClient.call("patient-view", DELGADO);
    assert.match(call?.problem ?? "", /Encounter is needed/u);
    assert.equal(sandbox.cdsClient.inbox.of("delgado").length, 1);
  });

  it("objects to a card that breaks the specification, and shows it all the same", async () => {
    stub.answer = { status: 200, body: { cards: [readyCard(stub.url, { summary: "x".repeat(150) })] } };
    const [call] = await sandbox.cdsClient.call("patient-view", DELGADO);
    assert.deepEqual(call?.violations, ["83: the summary has 150 characters"]);
    assert.equal(call?.cards.length, 1);
  });
});

describe("sandbox: the page's data", () => {
  it("lists the inpatients with their wards", async () => {
    const { json } = await page("/state");
    assert.equal(valueAt(json, "patients.0.name"), "Rosa Delgado");
    assert.equal(valueAt(json, "patients.0.ward"), "4 West, Cardiac Telemetry");
    assert.equal(valueAt(json, "patients.1.id"), "okafor");
  });

  it("calls a hook, and refuses a form of another site, an unknown patient and an unknown user", async () => {
    const call = { hook: "encounter-discharge", user: "attending-1" };
    assert.deepEqual((await page("/patients/delgado/hooks", call)).json, { problem: "", cards: 1 });
    assert.equal((await page("/patients/delgado/hooks", call, "text/plain")).status, 415);
    assert.equal((await page("/patients/nobody/hooks", call)).status, 400);
    assert.equal((await page("/patients/delgado/hooks", { ...call, user: "stranger" })).status, 400);
    assert.equal((await page("/patients/nobody")).status, 404);
  });

  it("opens a SMART link as a launch of this patient and user", async () => {
    await sandbox.cdsClient.call("patient-view", DELGADO);
    const [held] = sandbox.cdsClient.inbox.of("delgado");
    const { json } = await page(`/cards/${held?.id}/open`, { index: 0, user: "attending-1" });
    const url = new URL(String(valueAt(json, "url")));
    assert.equal(url.origin, stub.url);
    assert.equal(url.searchParams.get("iss"), sandbox.ehr.fhirBaseUrl);
    assert.ok((url.searchParams.get("launch") ?? "").length >= 16);
    assert.equal((await page(`/cards/${held?.id}/open`, { index: 7, user: "attending-1" })).status, 404);
  });

  it("sends a dismissal as feedback with its reason, and the card leaves", async () => {
    await sandbox.cdsClient.call("patient-view", DELGADO);
    const [held] = sandbox.cdsClient.inbox.of("delgado");
    await page(`/cards/${held?.id}/dismiss`, { reasonCode: "later", comment: "busy" });
    const { path, body } = stub.calls.at(-1) ?? {};
    assert.equal(path, "/cds-services/discharge-summary/feedback");
    assert.equal(valueAt(body, "feedback.0.outcome"), "overridden");
    assert.equal(valueAt(body, "feedback.0.overrideReason.reason.code"), "later");
    assert.equal(valueAt(body, "feedback.0.overrideReason.userComment"), "busy");
    assert.deepEqual(sandbox.cdsClient.inbox.of("delgado"), []);
  });

  it("shows what was written and received, and tells it as one story in order", async () => {
    const token = sandbox.ehr.mintToken({ clientId: "handover", scopes: ["system/DocumentReference.c"] });
    const data = Buffer.from("Signed text").toString("base64");
    const written = await fetch(`${sandbox.ehr.fhirBaseUrl}/DocumentReference`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/fhir+json" },
      body: JSON.stringify({
        resourceType: "DocumentReference",
        status: "current",
        docStatus: "final",
        type: { text: "Discharge summary" },
        subject: { reference: "Patient/delgado" },
        content: [{ attachment: { contentType: "text/plain;charset=utf-8", data } }],
      }),
    });
    assert.equal(written.status, 201);
    await deliver("evt_9");
    const { json } = await page("/patients/delgado");
    assert.equal(valueAt(json, "documents.0.text"), "Signed text");
    assert.equal(valueAt(json, "documents.0.docStatus"), "final");
    assert.equal(valueAt(json, "webhooks.0.verified"), true);
    const kinds = (valueAt(json, "timeline") as { kind: string }[]).map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(-2), ["document", "webhook"]);
    assert.ok(kinds.includes("hook") && kinds.includes("launch"));
    const other = await page("/patients/okafor");
    assert.deepEqual(valueAt(other.json, "documents"), []);
    assert.deepEqual(valueAt(other.json, "webhooks"), []);
    assert.deepEqual(valueAt(other.json, "timeline"), []);
  });
});

async function deliver(id: string): Promise<void> {
  const at = new Date();
  const body = JSON.stringify({ id, type: "summary.signed", data: { patient: "Patient/delgado" } });
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(SECRET).sign(id, at, body),
  };
  await fetch(sandbox.receiver.endpointUrl(), { method: "POST", headers, body });
}

describe("sandbox: as a process", () => {
  it("prints its addresses as one line of JSON, answers, and stops when told", async () => {
    const child = spawn(process.execPath, ["sandbox/main.ts", "--adapter", stub.url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const { ehr, fhir, model } = JSON.parse(line.toString());
    assert.equal((await fetch(`${fhir}/metadata`)).status, 200);
    assert.equal((await fetch(`${model}/models`)).status, 200);
    assert.match(await (await fetch(ehr)).text(), /Inpatients/u);
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    assert.deepEqual(await ended, [0, null]);
  });

  it("says how it is used when the adapter's address is missing", async () => {
    const child = spawn(process.execPath, ["sandbox/main.ts"], { stdio: ["ignore", "ignore", "pipe"] });
    const [[text], [code]] = await Promise.all([once(child.stderr, "data"), once(child, "exit")]);
    assert.match(String(text), /--adapter URL/u);
    assert.equal(code, 2);
  });
});
