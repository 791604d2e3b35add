/**
 * What a hook returns in each state of the encounter's job: the contract's table (section 3), every row, on both hooks,
 * through signed hook calls. `desk` is a hospital without SMART that starts no draft by itself.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CdsClient } from "../../sandbox/cds-client/client.ts";
import { hospitalClient, hospitalIssuer } from "../support/hospital-client.ts";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import type { Stay } from "../support/whole-app-users.ts";
import {
  api,
  discharge,
  jobOf,
  jobWhen,
  linkOf,
  nurse,
  openChart,
  openPage,
  shown,
  sign,
  stayOf,
} from "../support/whole-app-users.ts";

const IN_PROGRESS = ["A discharge summary draft is being prepared."];
const READY = ["The discharge summary draft is ready: review and sign."];
const SIGNED = ["The discharge summary of this stay is signed."];
const FAILED = ["The discharge summary draft could not be written."];
const NOT_STARTED = ["No discharge summary has been started for this stay."];

const deskKey = "desk-gateway-key-0123456789";

let app: WholeApp;
let desk: CdsClient;
/** A hospital that gives its hooks' prefetch and no access besides; its EHR leaves the allergies out. */
const apartKey = "apart-gateway-key-0123456789";
let apart: CdsClient;

before(async () => {
  const issuer = await hospitalIssuer("urn:hospital:desk");
  const apartIssuer = await hospitalIssuer("urn:hospital:apart");
  app = await startWholeApp({
    tenants: () => [
      { engine: "model", model: { firstChunkTimeoutSeconds: 60 } },
      {
        id: "desk",
        smart: false,
        autoDraftOn: [],
        issuers: [issuer.issuer],
        apiKey: deskKey,
        endpoints: [],
      },
      {
        id: "apart",
        smart: false,
        backendServices: false,
        autoDraftOn: [],
        issuers: [apartIssuer.issuer],
        apiKey: apartKey,
        endpoints: [],
      },
    ],
  });
  desk = hospitalClient(app, issuer, { prefetch: "none" });
  apart = hospitalClient(app, apartIssuer, { prefetch: ["patient", "encounter", "conditions"] });
});
after(() => app?.stop());

/** What both hooks show now. */
async function both(stay: Stay, client: CdsClient = app.sandbox.cdsClient) {
  const onView = shown(await openChart(app, stay, { client }));
  return { discharge: shown(await discharge(app, stay, { client })), view: onView };
}

/** The EHR refuses this patient's record until the returned handle is removed. */
function refusePatient({ patientId }: Stay) {
  return app.sandbox.ehr.faults.add({ path: `/fhir/Patient/${patientId}`, status: 403 });
}

async function start(stay: Stay): Promise<string> {
  const json = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
  const answer = await api(app, "POST", "/v1/jobs", { json });
  assert.equal(answer.status, 202, answer.text);
  return String(answer.at("id"));
}

describe("no job yet", () => {
  test("opening a chart starts nothing; the discharge starts the draft where the hospital wants that", async () => {
    const stay = stayOf(app, 0);
    assert.deepEqual(shown(await openChart(app, stay)), []);
    assert.equal((await api(app, "GET", "/v1/jobs")).at("items.length"), 0);
    assert.deepEqual(shown(await discharge(app, stay)), IN_PROGRESS);
    await jobWhen(app, jobOf(await discharge(app, stay)));
  });

  test("elsewhere the card's link starts it, and nothing else does", async () => {
    const stay = stayOf(app, 0);
    const call = await discharge(app, stay, { client: desk });
    assert.deepEqual(shown(call), NOT_STARTED);
    assert.deepEqual(await both(stay, desk), { discharge: NOT_STARTED, view: [] });
    assert.equal((await api(app, "GET", "/v1/jobs", { key: deskKey })).at("items.length"), 0);
    const page = await openPage(app, linkOf(call), stay);
    await jobWhen(app, String(page.context("job")), undefined, deskKey);
    assert.deepEqual(await both(stay, desk), { discharge: READY, view: READY });
  });
});

describe("a draft from the prefetch alone", () => {
  test("says of allergies that never came that they were not read, also when a card's link started it", async () => {
    const stay = stayOf(app, 0);
    const call = await discharge(app, stay, { client: apart });
    assert.deepEqual(shown(call), NOT_STARTED);
    const page = await openPage(app, linkOf(call), stay);
    const job = String(page.context("job"));
    assert.equal((await jobWhen(app, job, undefined, apartKey)).status, "completed");
    const { text } = await api(app, "GET", `/v1/jobs/${job}/summary`, { key: apartKey });
    const { sections } = JSON.parse(text) as {
      sections: { id: string; status: string; lookedFor?: string; notRead?: string }[];
    };
    const allergies = sections.find(({ id }) => id === "allergies");
    assert.equal(allergies?.status, "not-documented");
    assert.match(allergies.lookedFor ?? "", /Not or not all read from the EHR: allergies, lists of allergies\./u);
    const documented = new Map(sections.filter(({ status }) => status === "documented").map((one) => [one.id, one]));
    assert.equal(documented.get("diagnoses")?.notRead, undefined);
    assert.match(documented.get("course")?.notRead ?? "", /^Not or not all read from the EHR: .*documents/u);
    const plain = await api(app, "GET", `/v1/jobs/${job}/summary`, {
      key: apartKey,
      headers: { accept: "text/plain" },
    });
    assert.match(plain.text, /\[Not or not all read from the EHR: /u);
  });
});

describe("a job on its way", () => {
  test("in progress on both hooks, with a link to the job; cancelled, it shows nothing more", async () => {
    const stay = stayOf(app, 1);
    // The fault must be this job's: a job that is cancelled before it asks the model leaves it to the next.
    const before = app.sandbox.model.requests.length;
    app.sandbox.model.failNext("stall-start");
    const call = await discharge(app, stay);
    const job = jobOf(call);
    await eventually(() => app.sandbox.model.requests.length > before);
    assert.deepEqual(await both(stay), { discharge: IN_PROGRESS, view: IN_PROGRESS });
    assert.equal(jobOf(await openChart(app, stay)), job);
    assert.equal((await api(app, "POST", `/v1/jobs/${job}/cancel`)).status, 200);
    assert.deepEqual(await both(stay), { discharge: [], view: [] });
  });

  test("ready, then edited: both say review and sign, and the edit is told [cds-hooks 210]", async () => {
    const stay = stayOf(app, 2);
    const job = jobOf(await discharge(app, stay));
    await jobWhen(app, job);
    assert.deepEqual(await both(stay), { discharge: READY, view: READY });
    const page = await openPage(app, linkOf(await openChart(app, stay)), stay);
    const read = await page.call("GET", `/v1/jobs/${job}/summary`);
    const json = { sections: [{ id: "instructions", text: "Come back in a week." }] };
    const headers = { "if-match": read.headers.get("etag") ?? "" };
    assert.equal((await page.call("PATCH", `/v1/jobs/${job}/summary`, { json, headers })).status, 200);
    const edited = await openChart(app, stay);
    assert.deepEqual(shown(edited), READY);
    assert.match(edited.cards[0]?.card.detail ?? "", /It has been edited/u);
  });

  test("signed: the discharge shows where it is, opening the chart shows nothing", async () => {
    const stay = stayOf(app, 2);
    const link = linkOf(await discharge(app, stay));
    const page = await openPage(app, link, stay);
    assert.equal((await sign(page, link.appContext ?? "")).status, 200);
    assert.deepEqual(await both(stay), { discharge: SIGNED, view: [] });
    const card = (await discharge(app, stay)).cards[0]?.card;
    assert.equal(card?.indicator, "info");
    assert.equal(card?.links?.[0]?.appContext, link.appContext);
  });
});

describe("a job that failed", () => {
  test("both hooks say what failed; the link opens the page, which starts anew", async () => {
    const stay = stayOf(app, 3);
    const fault = refusePatient(stay);
    // No prefetch: with one, the refusal would not matter.
    const failed = await start(stay);
    assert.equal((await jobWhen(app, failed)).status, "failed");
    assert.deepEqual(await both(stay), { discharge: FAILED, view: FAILED });
    const call = await openChart(app, stay);
    assert.equal(call.cards[0]?.card.indicator, "warning");
    assert.equal(jobOf(call), failed);
    fault.remove();
    const page = await openPage(app, linkOf(call), stay);
    const json = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
    const again = await page.call("POST", "/v1/jobs", { json });
    assert.equal(again.status, 202, again.text);
    assert.notEqual(again.at("id"), failed);
    assert.equal((await jobWhen(app, String(again.at("id")))).status, "completed");
    assert.deepEqual(await both(stay), { discharge: READY, view: READY });
  });

  test("without SMART the link itself retries, once", async () => {
    const stay = stayOf(app, 3);
    const fault = refusePatient(stay);
    const page = await openPage(app, linkOf(await discharge(app, stay, { client: desk })), stay);
    const failed = String(page.context("job"));
    assert.equal((await jobWhen(app, failed, undefined, deskKey)).status, "failed");
    const call = await discharge(app, stay, { client: desk });
    assert.deepEqual(shown(call), FAILED);
    fault.remove();
    const retried = String((await openPage(app, linkOf(call), stay)).context("job"));
    assert.notEqual(retried, failed);
    assert.equal((await jobWhen(app, retried, undefined, deskKey)).status, "completed");
    assert.deepEqual(await both(stay, desk), { discharge: READY, view: READY });
  });
});

describe("a draft that nobody wants", () => {
  test("overridden by one user: gone for that user on both hooks, still there for another", async () => {
    const stay = stayOf(app, 0);
    const { cdsClient } = app.sandbox;
    const [card] = (await openChart(app, stay)).cards;
    assert.ok(card !== undefined);
    const reason = { code: "not-now", system: "urn:handover:override-reason" };
    assert.equal(await cdsClient.feedback(card.id, { outcome: "overridden", reason }), 200);
    assert.deepEqual(await both(stay), { discharge: [], view: [] });
    assert.deepEqual(shown(await openChart(app, stay, { user: nurse })), READY);
  });

  test("discarded: gone for everybody, another hook starts nothing, and the API starts anew [cds-hooks 213]", async () => {
    const stay = stayOf(app, 0);
    const job = jobOf(await openChart(app, stay, { user: nurse }));
    const etag = (await api(app, "GET", `/v1/jobs/${job}/summary`)).headers.get("etag") ?? "";
    const answer = await api(app, "POST", `/v1/jobs/${job}/summary/discard`, {
      json: { reason: "written by hand" },
      headers: { "if-match": etag },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(await both(stay), { discharge: [], view: [] });
    assert.deepEqual(shown(await discharge(app, stay, { user: nurse })), []);
    const jobs = await api(app, "GET", `/v1/jobs?encounter=Encounter/${stay.encounterId}`);
    assert.equal(jobs.at("items.length"), 1);
    const anew = await start(stay);
    await jobWhen(app, anew);
    assert.equal(jobOf(await openChart(app, stay)), anew);
  });
});
