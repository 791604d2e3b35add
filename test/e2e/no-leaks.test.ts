/**
 * A patient's name, a chart value, a token or a secret is where it must be, and nowhere else: not in a log line, a URL, the
 * queue's tables, an event, an audit row, an error answer, and not in clear anywhere in the database.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Bundle, FhirResource } from "fhir/r4.js";
import { delgadoChart } from "../../sandbox/charts/delgado/chart.ts";
import { selectStay } from "../../sandbox/charts/select.ts";
import { subscribe } from "../../sandbox/receiver/subscribe.ts";
import type { HospitalIssuer } from "../support/hospital-client.ts";
import { hospitalClient, hospitalIssuer } from "../support/hospital-client.ts";
import type { Canaries, Place, SeenRequest } from "../support/leaks.ts";
import { leaksIn, tablesOf, watchRequests } from "../support/leaks.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, masterKey, startWholeApp, webhookSecret } from "../support/whole-app.ts";
import { api, discharge, jobOf, jobWhen, linkOf, openPage, sign, stayOf } from "../support/whole-app-users.ts";

const MODEL_KEY = "model-key-canary-4f1c9b7e";
const EDIT = "Zanzibar marmalade was discussed at the bedside.";

/** What the chart, the configuration and the clinician brought. Tokens join once they are known. */
const planted = {
  "family name": "Quillonbaum",
  "given name": "Ysoldeth",
  MRN: "MRN-77120-ZX",
  phone: "312-555-9876-1",
  "chart value": "8420.7913",
  "note phrase": "aubergine lighthouse cadenza",
  "person's edit": "Zanzibar marmalade",
  "API key": apiKey,
  "webhook secret": webhookSecret,
  "webhook secret bytes": Buffer.from(webhookSecret.slice(6), "base64").toString("utf8"),
  "master key": masterKey,
  "model key": MODEL_KEY,
};

function withNote(resource: FhirResource): FhirResource {
  if (resource.resourceType !== "DocumentReference") return resource;
  const content = resource.content.map(({ attachment, ...rest }) => {
    const text = Buffer.from(attachment.data ?? "", "base64").toString("utf8");
    const added = `${text}\nHospital course: ${planted["note phrase"]} with ${planted["given name"]}.`;
    return {
      ...rest,
      attachment: { ...attachment, data: Buffer.from(added).toString("base64"), size: Buffer.byteLength(added) },
    };
  });
  return { ...resource, content };
}

/** The demo's chart with people and values that nothing else in the world can bring forth by chance. */
function canaryChart(): Bundle<FhirResource> {
  const text = JSON.stringify(delgadoChart())
    .replaceAll("Delgado", planted["family name"])
    .replaceAll("Rosa", planted["given name"])
    .replaceAll("GH-4471902", planted.MRN)
    .replaceAll("312-555-0142", planted.phone)
    .replaceAll('"value":8420,', `"value":${planted["chart value"]},`);
  const bundle: Bundle<FhirResource> = JSON.parse(text);
  for (const entry of bundle.entry ?? []) if (entry.resource !== undefined) entry.resource = withNote(entry.resource);
  return bundle;
}

let app: WholeApp;
let issuer: HospitalIssuer;
let requests: ReturnType<typeof watchRequests>;
let canaries: Canaries;
let job = "";
const errorAnswers: Place[] = [];

before(async () => {
  requests = watchRequests();
  issuer = await hospitalIssuer("urn:hospital:canary");
  app = await startWholeApp({
    sandbox: { charts: [selectStay(canaryChart())], model: { chunkDelayMs: 0, apiKey: MODEL_KEY } },
    tenants: (sandbox) => [
      { engine: "model", model: { apiKey: MODEL_KEY }, issuers: [sandbox.cdsIssuer, issuer.issuer] },
    ],
  });
  const receiver = app.sandbox.subscriptionReceiver;
  await subscribe({ fhirBaseUrl: `${app.url}/fhir`, token: apiKey, receiver });
  const hookTokens: string[] = [];
  await workThrough(hookTokens);
  await provokeErrors();
  canaries = { ...planted, ...tokensOf(requests.seen, hookTokens) };
});
after(async () => {
  requests.stop();
  await app?.stop();
});

/** A draft that the model spoils and a person discards, then one that is edited, signed and filed. */
async function workThrough(hookTokens: string[]): Promise<void> {
  const stay = stayOf(app);
  const client = hospitalClient(app, issuer, {
    hookScopes: ["patient/*.rs"],
    onToken: (token) => void hookTokens.push(token),
  });
  app.sandbox.model.failNext("malformed-sse");
  const spoilt = await discharge(app, stay, { client });
  await jobWhen(app, jobOf(spoilt));
  const first = await openPage(app, linkOf(spoilt), stay);
  const etag = (await first.call("GET", `/v1/jobs/${jobOf(spoilt)}/summary`)).headers.get("etag") ?? "";
  const discarded = await first.call("POST", `/v1/jobs/${jobOf(spoilt)}/summary/discard`, {
    json: { reason: EDIT },
    headers: { "if-match": etag },
  });
  assert.equal(discarded.status, 200, discarded.text);
  const body = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
  job = String((await api(app, "POST", "/v1/jobs", { json: body })).at("id"));
  await jobWhen(app, job);
  const card = await discharge(app, stay, { client });
  const page = await openPage(app, linkOf(card), stay);
  await page.stream(job);
  const read = await page.call("GET", `/v1/jobs/${job}/summary`);
  const json = { sections: [{ id: "instructions", text: EDIT }] };
  const edited = await page.call("PATCH", `/v1/jobs/${job}/summary`, {
    json,
    headers: { "if-match": read.headers.get("etag") ?? "" },
  });
  assert.equal(edited.status, 200, edited.text);
  assert.equal((await sign(page, job)).status, 200);
  await app.sandbox.receiver.untilReceived("document.written");
  await app.sandbox.subscriptionReceiver.untilReceived("event-notification");
}

/** Requests that are wrong and carry what must not come back. */
async function provokeErrors(): Promise<void> {
  const person = { identifier: { system: "urn:mrn", value: planted.MRN } };
  const name = planted["family name"];
  const bad: [method: string, path: string, json?: unknown, key?: string][] = [
    ["POST", "/v1/jobs", { patient: person, encounter: person }],
    ["POST", "/v1/jobs", { patient: name, encounter: name, [name]: name }],
    [
      "POST",
      "/v1/jobs",
      { patient: `Patient/${name}`, encounter: "Encounter/x", chart: { entry: [{ resource: name }] } },
    ],
    ["GET", `/v1/jobs/${name}`],
    ["GET", `/v1/jobs?patient=${name}`],
    ["POST", "/v1/jobs/_search", { patient: { identifier: name } }],
    ["GET", `/v1/events?after=${name}`],
    ["GET", `/${name}`],
    ["POST", "/cds-services/discharge-summary", { hook: name, context: { patientId: name } }],
    ["GET", `/smart/callback?state=${name}&error=${name}`],
    ["GET", `/app/ticket/${name}`],
    ["GET", `/fhir/DocumentReference/${name}`],
    ["GET", `/fhir/Task?_lastUpdated=${name}`],
    ["GET", "/v1/jobs", undefined, planted["note phrase"]],
  ];
  for (const [index, [method, path, json, key]] of bad.entries()) {
    const init = { ...(json === undefined ? {} : { json }), ...(key === undefined ? {} : { key }) };
    const answer = await api(app, method, path, init);
    assert.ok(answer.status >= 400, `${method} ${path} was answered ${answer.status}`);
    errorAnswers.push({ name: `error answer ${index}: ${answer.status}`, text: answer.text });
  }
}

/** Every token that the EHR was shown: the SMART session's, our Backend Services', the hook's. */
function tokensOf(seen: readonly SeenRequest[], hookTokens: readonly string[]): Canaries {
  const atEhr = seen.filter(({ port }) => port === Number(new URL(app.sandbox.url).port));
  const bearers = atEhr.flatMap(({ authorization = "" }) => /^Bearer (.+)$/u.exec(authorization)?.[1] ?? []);
  const tokens = [...new Set([...bearers, ...hookTokens])];
  assert.ok(hookTokens.length > 0 && tokens.length >= hookTokens.length + 2, `${tokens.length} tokens were seen`);
  return Object.fromEntries(tokens.map((token, index) => [`access token ${index}`, token]));
}

const logPlaces = (): readonly Place[] => app.logLines.map((text, index) => ({ name: `log line ${index}`, text }));

describe("the canaries sing where they must", () => {
  test("the draft holds the chart value and the edit, the document the name: they went all the way", async () => {
    const summary = await api(app, "GET", `/v1/jobs/${job}/summary`);
    assert.ok(summary.text.includes(planted["chart value"]), "chart value");
    assert.ok(summary.text.includes(planted["person's edit"]), "edit");
    const document = await api(app, "GET", `/v1/jobs/${job}/summary`, { headers: { accept: "text/plain" } });
    assert.ok(document.text.includes(planted["family name"]), "name");
    const asked = app.sandbox.model.requests.map(({ body }) => body).join("");
    assert.ok(asked.includes(planted["chart value"]) || asked.includes("NT-proBNP"), "the model was given facts");
  });

  test("the search finds a canary in a log line, in any table of either schema, in clear bytes and in base64", async () => {
    await app.database.asOwner("create table handover.planted (value bytea)");
    await app.database.asOwner("create table pgboss.planted (value jsonb)");
    try {
      await app.database.asOwner("insert into handover.planted values ($1)", [Buffer.from(`x${planted.MRN}`)]);
      const encoded = Buffer.from(`{"note":"the ${planted["note phrase"]}"}`).toString("base64");
      await app.database.asOwner("insert into pgboss.planted values ($1)", [JSON.stringify({ encoded })]);
      const tables = await tablesOf(app.database, ["handover", "pgboss"]);
      const line = { name: "a log line", text: `{"at":"/x?name=${planted["family name"].toUpperCase()}"}` };
      assert.deepEqual(leaksIn([...tables, line], planted).toSorted(), [
        "MRN in handover.planted",
        "family name in a log line",
        "note phrase in pgboss.planted",
      ]);
    } finally {
      await app.database.asOwner("drop table handover.planted, pgboss.planted");
    }
  });
});

describe("the canaries are nowhere else", () => {
  test("not in a log line at the most talkative level", () => {
    assert.ok(app.logLines.length > 20);
    assert.deepEqual(leaksIn(logPlaces(), canaries), []);
  });

  test("not in a URL that the EHR, the receivers or the model were called with", () => {
    const adapterPort = Number(new URL(app.url).port);
    const called = requests.seen.filter(({ port }) => port !== adapterPort);
    assert.ok(called.length > 30);
    assert.deepEqual(
      leaksIn(
        called.map(({ url }) => ({ name: "a URL", text: url })),
        canaries,
      ),
      [],
    );
  });

  test("not in the metrics", async () => {
    const metrics = await api(app, "GET", "/metrics");
    assert.match(metrics.text, /^# HELP/mu);
    assert.deepEqual(leaksIn([{ name: "/metrics", text: metrics.text }], canaries), []);
  });

  test("not in the queue's tables, which hold this job's id", async () => {
    const tables = await tablesOf(app.database, ["pgboss"]);
    assert.ok(tables.some(({ text }) => text.includes(job)));
    assert.deepEqual(leaksIn(tables, canaries), []);
  });

  test("not in clear in any table of ours: events, audit, drafts, snapshots, sessions, secrets", async () => {
    const tables = await tablesOf(app.database, ["handover"]);
    for (const needed of ["handover.event", "handover.audit", "handover.summary", "handover.smart_session"])
      assert.ok(
        tables.some(({ name }) => name === needed),
        `${needed} holds nothing: the search proves nothing of it`,
      );
    assert.deepEqual(leaksIn(tables, canaries), []);
  });

  test("not in a webhook or a notification", () => {
    const { receiver, subscriptionReceiver } = app.sandbox;
    const webhooks = receiver.inbox.map(({ type, body }) => ({ name: `webhook ${type ?? ""}`, text: body }));
    const notifications = subscriptionReceiver.notifications.map(({ body }) => ({ name: "notification", text: body }));
    assert.ok(webhooks.length > 5 && notifications.length > 1);
    assert.deepEqual(leaksIn([...webhooks, ...notifications], canaries), []);
  });

  test("not in an answer that says what was wrong with a request", () => {
    assert.deepEqual(leaksIn(errorAnswers, canaries), []);
  });

  test("what identifies the patient is not told to the model", () => {
    const asked = app.sandbox.model.requests.map(({ index, body }) => ({ name: `model request ${index}`, text: body }));
    const { "family name": family, "given name": given, MRN, phone } = planted;
    assert.ok(asked.length >= 2);
    assert.deepEqual(leaksIn(asked, { family, given, MRN, phone }), []);
  });
});
