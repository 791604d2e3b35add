/** An app of the hospital's EHR calls the job API with the token of its own launch: adapter and sandbox EHR, whole. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { eventually } from "../support/eventually.ts";
import { authorize, post, redeem, redirectUri } from "../support/smart-app.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import type { Answer, Stay } from "../support/whole-app-users.ts";
import { api, attending, discharge, jobOf, jobWhen, stayOf } from "../support/whole-app-users.ts";

const rights = "launch patient/*.rs user/DocumentReference.cu";
const app = (clientId: string) => ({
  clientId,
  auth: "public" as const,
  redirectUris: [redirectUri],
  scopes: `${rights} openid fhirUser`,
});
const introspection = {
  clientAuth: "private_key_jwt",
  clientId: "handover-backend",
  clients: ["bedside"],
  grants: {
    "jobs:read": "patient/DocumentReference.rs",
    "jobs:write": "user/DocumentReference.c",
    fhir: "patient/DocumentReference.rs",
  },
};

let whole: WholeApp;
let stay: Stay;
let other: Stay;
let job: string;
let otherJob: string;

before(async () => {
  const aside = { smart: false, issuers: [], endpoints: [] };
  whole = await startWholeApp({
    clients: [app("bedside"), app("unlisted")],
    tenants: () => [
      { ehr: { introspection } },
      { ...aside, id: "silent", apiKey: "silent-gateway-key-0123456789" },
      {
        ...aside,
        id: "down",
        apiKey: "down-gateway-key-0123456789",
        ehr: { introspection: { ...introspection, endpoint: "http://127.0.0.1:9/introspect" } },
      },
    ],
  });
  [stay, other] = [stayOf(whole, 0), stayOf(whole, 1)];
  job = jobOf(await discharge(whole, stay));
  otherJob = jobOf(await discharge(whole, other));
  await jobWhen(whole, job);
  await jobWhen(whole, otherJob);
});
after(() => whole?.stop());

/** A launch of `bedside` from this stay's chart. */
async function tokenFor({ patientId, encounterId }: Stay, over: object = {}, withStay = true): Promise<string> {
  const { ehr } = whole.sandbox;
  const context = { patient: patientId, fhirUser: attending, ...(withStay ? { encounter: encounterId } : {}) };
  const asked = { client_id: "bedside", scope: rights, launch: ehr.createLaunch(context), ...over };
  const { params } = await authorize(ehr, asked);
  const answer = await redeem(ehr, params.get("code") ?? "", { client_id: asked.client_id });
  assert.equal(answer.status, 200, String(answer.at("error_description")));
  return String(answer.at("access_token"));
}

const call = (method: string, path: string, key: string, tenant: string | undefined = "general", json?: unknown) =>
  api(whole, method, path, {
    key,
    headers: tenant === undefined ? {} : { "x-handover-tenant": tenant },
    ...(json === undefined ? {} : { json }),
  });

async function refusals(): Promise<string> {
  return (await fetch(`${whole.url}/metrics`)).text();
}

const countOf = (metrics: string, reason: string): number =>
  Number(new RegExp(`auth_refused_total\\{reason="${reason}"\\} (\\d+)`, "u").exec(metrics)?.[1] ?? 0);

async function refusedFor(reason: string, work: () => Promise<Answer>): Promise<void> {
  const before = countOf(await refusals(), reason);
  const answer = await work();
  assert.deepEqual([reason, answer.status], [reason, 401]);
  assert.equal(countOf(await refusals(), reason), before + 1, reason);
  assert.ok(!answer.text.includes(reason) && !/token|scope|patient/iu.test(answer.text), answer.text);
}

describe("an app of the EHR, with the token of its launch", () => {
  it("reads the job and the summary of its patient, and finds nobody else's [smart 270]", async () => {
    for (const withStay of [true, false]) {
      const token = await tokenFor(stay, withStay ? {} : { scope: "launch patient/*.rs" }, withStay);
      assert.equal((await call("GET", `/v1/jobs/${job}`, token)).status, 200);
      assert.equal((await call("GET", `/v1/jobs/${job}/summary`, token)).status, 200);
      assert.equal((await call("GET", `/v1/jobs/${otherJob}`, token)).status, 404);
      assert.equal((await call("GET", `/v1/jobs/${otherJob}/summary`, token)).status, 404);
      const found = (await call("GET", "/v1/jobs", token)).json() as { items: { id: string }[] };
      assert.deepEqual(
        found.items.map(({ id }) => id),
        [job],
      );
      const asked = await call("GET", `/v1/jobs?patient=Patient/${other.patientId}`, token);
      assert.deepEqual((asked.json() as { items: { id: string }[] }).items, []);
    }
  });

  it("reads documents of its patient at /fhir where its rights stand for that, and subscribes to nothing", async () => {
    const token = await tokenFor(stay);
    const found = async (path: string) => {
      const answer = await call("GET", `/fhir/${path}`, token);
      assert.equal(answer.status, 200, answer.text);
      const { entry = [] } = answer.json() as { entry?: { resource: { id: string } }[] };
      return entry.map(({ resource }) => resource.id);
    };
    for (const type of ["Task", "DocumentReference", "Bundle"]) {
      assert.deepEqual(await found(type), [job], type);
      assert.equal((await call("GET", `/fhir/${type}/${job}`, token)).status, 200, type);
      assert.equal((await call("GET", `/fhir/${type}/${otherJob}`, token)).status, 404, type);
    }
    assert.deepEqual(await found(`DocumentReference?patient=${other.patientId}`), []);
    assert.deepEqual(await found(`DocumentReference?patient=${stay.patientId}&_total=accurate`), [job]);
    const operation = (id: string) => call("POST", `/fhir/Encounter/${id}/$discharge-summary`, token);
    assert.equal((await operation(stay.encounterId)).status, 200);
    assert.equal((await operation(other.encounterId)).status, 403);
    assert.equal((await call("GET", "/fhir/Subscription", token)).status, 403);
    assert.equal((await call("GET", "/fhir/Task", token, "silent")).status, 401);
    const narrow = await tokenFor(stay, { scope: "launch user/DocumentReference.cu" });
    assert.equal((await call("GET", "/fhir/Task", narrow)).status, 403);
  });

  it("follows the job's events", async () => {
    const token = await tokenFor(stay);
    const events = (await call("GET", `/v1/jobs/${job}/events`, token)).json() as { events: { type: string }[] };
    assert.ok(events.events.some(({ type }) => type === "task.completed"));
    assert.equal((await call("GET", `/v1/jobs/${otherJob}/events`, token)).status, 404);
    const stream = await api(whole, "GET", `/v1/jobs/${job}/events`, {
      key: token,
      headers: { "x-handover-tenant": "general", accept: "text/event-stream" },
    });
    assert.match(stream.text, /^event: task\.completed$/mu);
  });

  it("asks for a summary of its own patient where its rights in the EHR stand for that", async () => {
    const writer = await tokenFor(stay);
    const of = ({ patientId, encounterId }: Stay) => ({
      patient: { reference: `Patient/${patientId}` },
      encounter: { reference: `Encounter/${encounterId}` },
    });
    const made = await call("POST", "/v1/jobs", writer, "general", of(stay));
    assert.ok([200, 202].includes(made.status), made.text);
    assert.equal(made.at("patient"), `Patient/${stay.patientId}`);
    assert.equal((await call("POST", "/v1/jobs", writer, "general", of(other))).status, 403);
    const reader = await tokenFor(stay, { scope: "launch patient/*.rs" });
    assert.equal((await call("POST", "/v1/jobs", reader, "general", of(stay))).status, 403);
  });

  it("neither signs, nor reads the tenant's feed, nor reaches what speaks of all patients", async () => {
    const token = await tokenFor(stay);
    const summary = await call("GET", `/v1/jobs/${job}/summary`, token);
    const sign = await api(whole, "POST", `/v1/jobs/${job}/summary/sign`, {
      key: token,
      headers: { "x-handover-tenant": "general", "if-match": summary.headers.get("etag") ?? "" },
      json: { attestation: "I" },
    });
    assert.equal(sign.status, 403, sign.text);
    assert.equal((await call("GET", "/v1/events", token)).status, 403);
    assert.equal((await call("GET", "/fhir/Subscription/$status", token)).status, 403);
  });
});

describe("401, and no word why", () => {
  it("without the hospital's name, with that of one that takes no such tokens, or of none", async () => {
    const token = await tokenFor(stay);
    await refusedFor("credential.unknown", () => api(whole, "GET", `/v1/jobs/${job}`, { key: token }));
    await refusedFor("credential.unknown", () => call("GET", `/v1/jobs/${job}`, token, "silent"));
    await refusedFor("credential.unknown", () => call("GET", `/v1/jobs/${job}`, token, "nowhere"));
  });

  it("for a token that nobody issued, and for one that was revoked", async () => {
    await refusedFor("ehr-token.inactive", () => call("GET", `/v1/jobs/${job}`, "made-up"));
    const token = await tokenFor(stay);
    await post(`${whole.sandbox.url}/auth/revoke`, { token, client_id: "bedside" });
    await refusedFor("ehr-token.inactive", () => call("GET", `/v1/jobs/${job}`, token));
  });

  it("for another app's token, and for one without the agreed rights", async () => {
    const unlisted = await tokenFor(stay, { client_id: "unlisted" });
    await refusedFor("ehr-token.client", () => call("GET", `/v1/jobs/${job}`, unlisted));
    const poor = await tokenFor(stay, { scope: "launch patient/Observation.rs" });
    await refusedFor("ehr-token.scope", () => call("GET", `/v1/jobs/${job}`, poor));
  });

  it("is in the hospital's own audit log", async () => {
    await eventually(async () => {
      const rows = await whole.database.asOwner(
        "select reason from handover.audit where tenant = 'general' and action = 'auth.refused' and reason like 'ehr-token.%'",
      );
      return rows.length > 0;
    }, "a refusal in the log");
  });
});

describe("an EHR that cannot be asked", () => {
  it("is 503 with Retry-After, and no verdict on the token", async () => {
    const answer = await call("GET", `/v1/jobs/${job}`, await tokenFor(stay), "down");
    assert.equal(answer.status, 503);
    assert.ok(Number(answer.headers.get("retry-after")) > 0);
    assert.match(answer.text, /introspection_unavailable/u);
  });
});
