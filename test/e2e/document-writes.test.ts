/** Documents on their way into the EHR: at once or one by one, refused and tried again, waiting for the signer, and shown beforehand. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DocumentReference, FhirResource, Provenance } from "fhir/r4.js";
import { z } from "zod";
import { runHandover } from "../support/cli-in-process.ts";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";
import type { Page, Stay } from "../support/whole-app-users.ts";
import { api, attending, jobIn, jobWhen, openPage, sign, stayOf } from "../support/whole-app-users.ts";

const PATIENCE_MS = 40_000;
const everyScope = "system/*.rs system/DocumentReference.cu system/Provenance.c system/Device.c";
const create = { method: "POST", path: "/fhir/DocumentReference" } as const;
const transaction = { method: "POST", path: /^\/fhir\/?$/u } as const;
const outcome = {
  resourceType: "OperationOutcome",
  issue: [
    { severity: "warning", code: "informational", diagnostics: "slow today" },
    {
      severity: "error",
      code: "code-invalid",
      diagnostics: "type unknown for Quill, Mara",
      expression: ["DocumentReference.type"],
    },
  ],
};

const documentWrite = z.looseObject({
  version: z.number(),
  docStatus: z.string(),
  state: z.string(),
  attempts: z.number(),
  reference: z.string().optional(),
  waitsFor: z.string().optional(),
  problem: z
    .looseObject({
      code: z.string(),
      status: z.number().optional(),
      means: z.string(),
      fix: z.string(),
      issues: z.array(
        z.looseObject({ code: z.string(), text: z.string().optional(), expression: z.string().optional() }),
      ),
    })
    .optional(),
});
const listed = z.looseObject({ items: z.array(documentWrite) });
const description = z.looseObject({
  profile: z.looseObject({
    basedOn: z.string(),
    settings: z.array(z.looseObject({ name: z.string(), from: z.string() })),
  }),
  notes: z.array(z.string()),
  requests: z.array(
    z.looseObject({
      method: z.string(),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.unknown().optional(),
      answer: z.string(),
      why: z.string(),
    }),
  ),
});

interface Bed {
  readonly app: WholeApp;
}

const launchOf = ({ app }: Bed, job: string) =>
  ({ label: "", type: "smart", url: `${app.url}/smart/launch`, appContext: job }) as const;

/** Asked for by API, as no hook's budget holds on a busy machine. */
async function signedJob(bed: Bed, stay: Stay): Promise<{ readonly job: string; readonly page: Page }> {
  const { app } = bed;
  const [patient, encounter] = [`Patient/${stay.patientId}`, `Encounter/${stay.encounterId}`];
  const { id: job } = jobIn(await api(app, "POST", "/v1/jobs", { json: { patient, encounter } }));
  await jobWhen(app, job);
  const page = await openPage(app, launchOf(bed, job), stay);
  assert.equal((await sign(page, job)).status, 200);
  return { job, page };
}

/** A draft that somebody has on the screen, not signed yet. */
async function draftOnScreen(bed: Bed, stay: Stay) {
  const { app } = bed;
  const [patient, encounter] = [`Patient/${stay.patientId}`, `Encounter/${stay.encounterId}`];
  const { id: job } = jobIn(await api(app, "POST", "/v1/jobs", { json: { patient, encounter } }));
  const link = launchOf(bed, job);
  const page = await openPage(app, link, stay);
  await page.call("POST", `/app/${page.launch}/chart`);
  await jobWhen(app, job);
  return { stay, job, link, page };
}

const inEhr = <T extends FhirResource>({ app }: Bed, type: T["resourceType"]): readonly T[] =>
  [...app.sandbox.ehr.store.list(type)] as unknown as readonly T[];

const documentsOf = (bed: Bed, job: string): readonly DocumentReference[] =>
  inEhr<DocumentReference>(bed, "DocumentReference").filter(
    ({ identifier }) => identifier?.[0]?.value?.startsWith(`${job}.`) === true,
  );

async function writesOf({ app }: Bed, job: string) {
  return listed.parse((await api(app, "GET", `/v1/jobs/${job}/documents`)).json()).items;
}

async function writeThat(bed: Bed, job: string, state: string) {
  return eventually(
    async () => (await writesOf(bed, job)).find((each) => each.state === state),
    `a document that is ${state}`,
    PATIENCE_MS,
  );
}

const cli = (app: WholeApp, ...args: string[]) =>
  runHandover([...args, "--url", app.url], { HANDOVER_API_KEY: apiKey });

describe("an EHR that takes transactions", () => {
  let bed: Bed;
  before(async () => {
    const app = await startWholeApp({ tenants: () => [{ scopes: everyScope, writeProfile: { basedOn: "hapi" } }] });
    bed = { app };
  });
  after(() => bed?.app.stop());

  const provenancesOf = (document: DocumentReference | undefined): readonly Provenance[] =>
    inEhr<Provenance>(bed, "Provenance").filter(({ target }) =>
      target.some(({ reference }) => reference === `DocumentReference/${document?.id}`),
    );

  test("gets document, Device and Provenance at once, each referring to the others, with model card and verifier", async () => {
    const { job } = await signedJob(bed, stayOf(bed.app, 0));
    await writeThat(bed, job, "written");
    const [document, ...others] = documentsOf(bed, job);
    assert.deepEqual(others, []);
    const device = inEhr(bed, "Device").find(({ id }) => document?.author?.[0]?.reference === `Device/${id}`);
    assert.ok(device?.resourceType === "Device");
    assert.equal(device.type?.coding?.[0]?.code, "Artificial-Intelligence");
    assert.equal(document?.meta?.security?.[0]?.code, "CLINAST_AIRPT");
    const [provenance, ...more] = provenancesOf(document);
    assert.deepEqual(more, []);
    assert.deepEqual(
      provenance?.agent.map(({ type, who }) => [type?.coding?.[0]?.code, who.reference]),
      [
        ["assembler", `Device/${device.id}`],
        ["verifier", attending],
      ],
    );
    const entities = provenance.entity ?? [];
    assert.ok(entities.some(({ role, what }) => role === "derivation" && what.reference === "#model-card"));
    assert.ok(entities.some(({ role }) => role === "source"));
    const told = await api(bed.app, "GET", `/v1/jobs/${job}/events`, { headers: { accept: "application/json" } });
    assert.match(told.text, /"document\.written".*"provenance":"written"/u);
  });

  test("whose answer was lost holds all of it once: what is sent again finds it; the software is one Device for all", async () => {
    const lost = bed.app.sandbox.ehr.faults.add({ ...transaction, dropAfterWrite: true, times: 1 });
    const { job } = await signedJob(bed, stayOf(bed.app, 1));
    const { attempts } = await writeThat(bed, job, "written");
    assert.equal(lost.struck(), 1);
    assert.ok(attempts > 1);
    const [document, ...others] = documentsOf(bed, job);
    assert.deepEqual(others, []);
    assert.equal(provenancesOf(document).length, 1);
    const ours = inEhr(bed, "Device").filter(
      (device) => device.resourceType === "Device" && device.identifier?.[0]?.system?.endsWith("/devices") === true,
    );
    assert.equal(ours.length, 1);
  });

  test("and refuses this one gets its parts one by one", async () => {
    const refused = bed.app.sandbox.ehr.faults.add({ ...transaction, status: 422 });
    const { job } = await signedJob(bed, stayOf(bed.app, 2));
    await writeThat(bed, job, "written");
    refused.remove();
    assert.ok(refused.struck() > 0);
    const [document, ...others] = documentsOf(bed, job);
    assert.deepEqual(others, []);
    assert.equal(document?.contained?.[0]?.resourceType, "Device");
    assert.equal(provenancesOf(document).length, 1);
  });
});

describe("an EHR that grants neither Device nor Provenance", () => {
  let bed: Bed;
  before(async () => {
    const writeProfile = { basedOn: "hapi", aiLabel: "provenance-only" };
    const scopes = "system/*.rs system/DocumentReference.cu";
    bed = { app: await startWholeApp({ tenants: () => [{ scopes, writeProfile }] }) };
  });
  after(() => bed?.app.stop());

  test("gets the document alone, is asked for nothing else, and it is told that no Provenance goes beside it", async () => {
    const { app } = bed;
    const { job } = await signedJob(bed, stayOf(app));
    await writeThat(bed, job, "written");
    const [document, ...others] = documentsOf(bed, job);
    assert.deepEqual(others, []);
    assert.equal(document?.contained?.[0]?.resourceType, "Device", "the software is named inside it");
    const asked = app.sandbox.ehr.journal.entries().map(({ path }) => path);
    assert.ok(!asked.some((path) => path.startsWith("Provenance")), "what would be refused is not tried");
    const told = await api(app, "GET", `/v1/jobs/${job}/events`, { headers: { accept: "application/json" } });
    assert.match(told.text, /"document\.written".*"provenance":"not-granted"/u);
  });
});

describe("a document that the EHR refuses", () => {
  let bed: Bed;
  before(async () => {
    bed = { app: await startWholeApp({ tenants: () => [{ scopes: "system/*.rs system/DocumentReference.cu" }] }) };
  });
  after(() => bed?.app.stop());

  test("is seen with what the EHR says and what mends it, sealed in the database, and in no log, event or webhook", async () => {
    const { app } = bed;
    const fault = app.sandbox.ehr.faults.add({ ...create, status: 422, body: outcome });
    const { job, page } = await signedJob(bed, stayOf(app, 0));
    const rejected = await writeThat(bed, job, "rejected");
    fault.remove();
    assert.equal(rejected.problem?.status, 422);
    assert.match(rejected.problem?.means ?? "", /finds the document wrong/u);
    assert.match(rejected.problem?.fix ?? "", /document describe JOB.*document retry JOB/u);
    assert.deepEqual(
      rejected.problem?.issues.map(({ code, text, expression }) => [code, text, expression]),
      [["code-invalid", "type unknown for Quill, Mara", "DocumentReference.type"]],
    );
    const seenByPage = listed.parse((await page.call("GET", `/v1/jobs/${job}/documents`)).json());
    assert.equal(seenByPage.items[0]?.state, "rejected");
    const [row] = await app.database.asOwner("select said from handover.document_write where job = $1", [job]);
    const sealed = row?.["said"];
    assert.ok(sealed instanceof Uint8Array && !Buffer.from(sealed).includes("Quill"));
    assert.ok(!app.logLines.join("").includes("type unknown"));
    const events = await api(app, "GET", `/v1/jobs/${job}/events`, { headers: { accept: "application/json" } });
    assert.ok(events.text.includes("document.rejected") && !events.text.includes("type unknown"));

    const listing = await cli(app, "document", "list");
    assert.equal(listing.code, 1, "something was refused");
    assert.match(listing.stdout, new RegExp(`${job} .*rejected`, "u"));
    const shown = await cli(app, "document", "show", job);
    assert.match(shown.stdout, /the EHR says: error code-invalid at DocumentReference\.type: type unknown/u);
  });

  test("is written once its cause is mended and somebody tries again: by API, by command, for all", async () => {
    const { app } = bed;
    const ways = [
      async (job: string) => (await api(app, "POST", `/v1/jobs/${job}/documents/retry`)).status === 202,
      async (job: string) => (await cli(app, "document", "retry", job)).code === 0,
      async () => (await cli(app, "document", "retry", "--all")).code === 0,
    ];
    for (const [at, again] of ways.entries()) {
      const fault = app.sandbox.ehr.faults.add({ ...create, status: 403 });
      const { job } = await signedJob(bed, stayOf(app, at + 1));
      const { problem } = await writeThat(bed, job, "rejected");
      assert.match(problem?.means ?? "", /lets this client, or this user, create no such document/u);
      fault.remove();
      assert.ok(await again(job));
      await writeThat(bed, job, "written");
      assert.equal(documentsOf(bed, job).length, 1);
      assert.equal((await cli(app, "document", "show", job)).code, 0);
    }
  });

  test("somebody else's is not found; a session of one chart neither lists nor retries everybody's", async () => {
    const { app } = bed;
    assert.equal((await api(app, "GET", "/v1/jobs/unknown/documents")).status, 404);
    assert.equal((await api(app, "POST", "/v1/jobs/unknown/documents/retry")).status, 404);
    const stay = stayOf(app, 0);
    const page = await openPage(app, { label: "", type: "smart", url: `${app.url}/smart/launch` }, stay);
    for (const path of ["/v1/documents", "/v1/write-profile"])
      assert.equal((await page.call("GET", path)).status, 403, path);
    assert.equal((await page.call("POST", "/v1/documents/retry")).status, 403);
  });
});

describe("what would be sent", () => {
  let bed: Bed;
  before(async () => {
    const writeProfile = { basedOn: "oracle", contentTypes: ["text/html;charset=utf-8"] };
    bed = { app: await startWholeApp({ tenants: () => [{ scopes: everyScope, writeProfile }] }) };
  });
  after(() => bed?.app.stop());

  test("is shown of a sample, with whence each setting is: search first, one content, a practitioner as author, no token", async () => {
    const answer = await api(bed.app, "GET", "/v1/write-profile");
    const { profile, requests } = description.parse(answer.json());
    assert.equal(profile.basedOn, "oracle");
    const from = new Map(profile.settings.map(({ name, from: source }) => [name, source]));
    assert.deepEqual(
      ["contentTypes", "docStatus", "type"].map((name) => from.get(name)),
      ["tenant", "built-in", "jurisdiction"],
    );
    assert.deepEqual(
      requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`),
      ["GET /fhir/DocumentReference", "POST /fhir/DocumentReference"],
    );
    assert.match(requests[0]?.url ?? "", /encounter=handover-test/u);
    assert.ok(
      requests.every(({ headers }) => headers["authorization"] === "Bearer (the adapter's own token, not shown)"),
    );
    assert.equal(requests[1]?.headers["if-none-exist"], undefined);
    const body = z
      .looseObject({ docStatus: z.string(), author: z.array(z.unknown()), content: z.array(z.unknown()) })
      .parse(requests[1]?.body);
    assert.deepEqual([body.docStatus, body.author.length, body.content.length], ["final", 1, 1]);
    assert.equal(
      inEhr<DocumentReference>(bed, "DocumentReference").filter(({ description: d }) => d !== undefined).length,
      0,
    );
  });

  test("of a job is to the byte what then is sent, and a correction shows what it marks", async () => {
    const { app } = bed;
    const stay = stayOf(app, 0);
    const blocked = app.sandbox.ehr.faults.add({ ...create, status: 503 });
    const { job, page } = await signedJob(bed, stay);
    const shown = description.parse((await api(app, "GET", `/v1/jobs/${job}/documents/preview`)).json());
    const posted = shown.requests.find(({ method }) => method === "POST");
    assert.equal(shown.requests[0]?.answer, "real");
    blocked.remove();
    await api(app, "POST", `/v1/jobs/${job}/documents/retry`);
    await writeThat(bed, job, "written");
    const [document] = documentsOf(bed, job);
    const { id: _id, meta: _meta, ...kept } = document ?? {};
    assert.deepEqual(posted?.body, kept);

    const read = await page.call("GET", `/v1/jobs/${job}/summary`);
    const headers = { "if-match": read.headers.get("etag") ?? "" };
    const away = app.sandbox.ehr.faults.add({ ...create, status: 503 });
    const amendment = { reason: "Culture pending", sections: [{ id: "instructions", text: "Call on Monday." }] };
    assert.equal((await page.call("POST", `/v1/jobs/${job}/summary/amend`, { json: amendment, headers })).status, 200);
    const correction = description.parse((await api(app, "GET", `/v1/jobs/${job}/documents/preview`)).json());
    const marks = correction.requests.find(({ method }) => method === "PUT");
    assert.match(marks?.url ?? "", new RegExp(`DocumentReference/${document?.id}$`, "u"));
    assert.match(marks?.why ?? "", /superseded/u);
    away.remove();
  });

  test("stands in the terminal with its reasons; bodies of a patient's only when asked for", async () => {
    const { app } = bed;
    const sample = await cli(app, "document", "describe");
    assert.match(sample.stdout, /docStatus +"final-only" +built-in +Only final documents/u);
    assert.match(sample.stdout, /2\. POST .*\/DocumentReference\n +The document\. It is not conditional/u);
    const away = app.sandbox.ehr.faults.add({ ...create, status: 503 });
    const { job } = await signedJob(bed, stayOf(app, 1));
    assert.doesNotMatch((await cli(app, "document", "describe", job)).stdout, /"resourceType"/u);
    assert.match(
      (await cli(app, "document", "describe", job, "--show")).stdout,
      /"resourceType": "DocumentReference"/u,
    );
    away.remove();
    await writeThat(bed, job, "written");
    assert.match((await cli(app, "document", "describe", job)).stdout, /The EHR holds it already/u);
  });
});

describe("a document that is written with the signer's own token", () => {
  let bed: Bed;
  before(async () => {
    bed = {
      app: await startWholeApp({ tenants: () => [{ backendServices: false, writeProfile: { credential: "user" } }] }),
    };
  });
  after(() => bed?.app.stop());

  test("waits for the signer's next launch once the token has ended, says so, and goes in then, once and in their name", async () => {
    const { app } = bed;
    const { stay, job, link, page } = await draftOnScreen(bed, stayOf(bed.app));
    const away = app.sandbox.ehr.faults.add({ ...create, status: 503 });
    assert.equal((await sign(page, job)).status, 200);
    await eventually(() => away.struck() > 0, "a first try");
    assert.equal((await page.call("POST", `/app/${page.launch}/end`, { json: {} })).status, 204);
    away.remove();

    const waiting = await writeThat(bed, job, "waiting-for-launch");
    assert.equal(waiting.waitsFor, attending);
    assert.match(waiting.problem?.fix ?? "", /when the signer opens this patient's chart/u);
    const told = await api(app, "GET", `/v1/jobs/${job}/events`, { headers: { accept: "application/json" } });
    assert.equal(told.text.split('"document.waiting"').length, 2, "said once");
    assert.equal(documentsOf(bed, job).length, 0);

    await openPage(app, link, stay);
    await writeThat(bed, job, "written");
    assert.equal(documentsOf(bed, job).length, 1);
    const [entry] = app.sandbox.ehr.journal.writes({ resourceType: "DocumentReference", method: "POST" });
    assert.match(entry?.fhirUser ?? "", new RegExp(`${attending}$`, "u"));
    const tried = app.sandbox.ehr.journal.entries().filter(({ path }) => path === "Provenance");
    assert.deepEqual(tried, [], "nothing is tried that the launch was not asked to allow");
  });

  test("whose token dies in the middle of it waits as well, and the next launch finishes what was begun", async () => {
    const { app } = bed;
    const { stay, job, link, page } = await draftOnScreen(bed, stayOf(bed.app, 1));
    // It lives by its own word, and the EHR no longer takes it: refused before the document, which it read and searched with.
    const dead = app.sandbox.ehr.faults.add({ ...create, status: 401 });
    assert.equal((await sign(page, job)).status, 200);
    const waiting = await writeThat(bed, job, "waiting-for-launch");
    assert.equal(waiting.waitsFor, attending);
    assert.equal(documentsOf(bed, job).length, 0);
    dead.remove();
    await openPage(app, link, stay);
    await writeThat(bed, job, "written");

    // An amendment: the new document is in, and the token dies before the one before is marked.
    const marking = app.sandbox.ehr.faults.add({ method: "PUT", path: /^\/fhir\/DocumentReference\//u, status: 401 });
    const reading = app.sandbox.ehr.faults.add({ method: "GET", path: /^\/fhir\/DocumentReference\/./u, status: 401 });
    const amending = await openPage(app, link, stay);
    const read = await amending.call("GET", `/v1/jobs/${job}/summary`);
    const amended = await amending.call("POST", `/v1/jobs/${job}/summary/amend`, {
      headers: { "if-match": read.headers.get("etag") ?? "" },
      json: { reason: "Culture pending", sections: [{ id: "instructions", text: "Come back on Monday." }] },
    });
    assert.equal(amended.status, 200, amended.text);
    await eventually(
      async () =>
        (await writesOf(bed, job)).some(({ version, state }) => version > 1 && state === "waiting-for-launch"),
      "the amendment waits",
      PATIENCE_MS,
    );
    const before = documentsOf(bed, job).find(({ identifier }) => identifier?.[0]?.value === `${job}.1`);
    assert.equal(before?.status, "current");
    marking.remove();
    reading.remove();
    await openPage(app, link, stay);
    await eventually(
      async () => (await writesOf(bed, job)).every(({ state }) => state === "written"),
      "all of it written",
      PATIENCE_MS,
    );
    const marks = documentsOf(bed, job).map(({ status, docStatus }) => `${status} ${docStatus}`);
    assert.deepEqual(marks.toSorted(), ["current amended", "superseded final"]);
  });
});
