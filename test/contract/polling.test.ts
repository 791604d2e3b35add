/** The job API over HTTP (contract, sections 3 and 5; attack list 4.2), with jobs and log in memory. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { ErrorRequestHandler } from "express";
import express from "express";
import supertest from "supertest";
import { createDocument } from "zod-openapi";
import type { AuditEntry } from "../../src/audit/audit.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import { AdapterError, toAdapterError } from "../../src/core/errors.ts";
import { pdqi9Items } from "../../src/core/feedback/feedback.ts";
import type { SourceCheck } from "../../src/core/staleness/source-check.ts";
import type { PollingDeps, PollingTenant } from "../../src/polling/deps.ts";
import type { Polling } from "../../src/polling/polling.ts";
import { createPolling } from "../../src/polling/polling.ts";
import { createApiRouter } from "../../src/http/api/api-router.ts";
import type { Streaming } from "../../src/streaming/streaming.ts";
import { createStreaming } from "../../src/streaming/streaming.ts";
import type { MemoryJobs } from "../support/memory-jobs.ts";
import { aSummary, memoryJobs } from "../support/memory-jobs.ts";
import type { MemoryLog } from "../support/memory-log.ts";
import { aJob, anApiClient, memoryLog } from "../support/memory-log.ts";
import { eventually } from "../support/eventually.ts";
import type { MemoryFeedback } from "../support/memory-feedback.ts";
import { memoryFeedback } from "../support/memory-feedback.ts";
import { noBatches } from "../support/no-batches.ts";
import { fhirSide } from "../support/polling-deps.ts";

const renderError: ErrorRequestHandler = (thrown, _request, response, _next) => {
  const tooLarge = thrown instanceof Error && Reflect.get(thrown, "status") === 413;
  const error = tooLarge ? new AdapterError("too_large") : toAdapterError(thrown);
  if (error.code === "internal") console.error(thrown);
  response
    .status(error.status)
    .type("application/problem+json")
    .send(JSON.stringify({ code: error.code, at: error.at, title: error.message }));
};

const practitioner = (changes: Partial<NonNullable<Principal["session"]>> = {}): Principal => ({
  tenant: "general",
  actor: { kind: "practitioner", id: "Practitioner/dr", display: "Dr. Ada Reyes" },
  scopes: new Set(["jobs:read", "jobs:write"]),
  session: { launch: "l1", kind: "smart", patient: "Patient/p1", encounter: "Encounter/e1", maySign: true, ...changes },
});

const ticket: Principal = {
  tenant: "general",
  actor: { kind: "ticket", id: "t1" },
  scopes: new Set(["jobs:read"]),
  session: {
    launch: "l2",
    kind: "ticket",
    patient: "Patient/p1",
    encounter: "Encounter/e1",
    job: "j1",
    maySign: false,
  },
};

let log: MemoryLog;
let jobs: MemoryJobs;
let polling: Polling;
let streaming: Streaming;
let server: Server;
let principal: Principal;
let audit: AuditEntry[];
let tenant: PollingTenant;
let positions: Map<string, number>;
let sourceCheck: SourceCheck;
let feedback: MemoryFeedback;

/** The consumers' table in memory: the two statements of feed-consumers.ts by their shape. */
const db: PollingDeps["db"] = {
  async query(text, values) {
    const [owner, name, position] = values;
    const key = JSON.stringify([owner, name]);
    if (text.startsWith("insert")) positions.set(key, Math.max(positions.get(key) ?? 0, Number(position)));
    const rows = positions.has(key) ? [{ position: String(positions.get(key)) }] : [];
    return { rows, rowCount: rows.length };
  },
  transaction: () => Promise.reject(new Error("not used")),
};

beforeEach(async () => {
  log = memoryLog();
  jobs = memoryJobs(log);
  audit = [];
  positions = new Map();
  feedback = memoryFeedback();
  sourceCheck = { checkedAt: "2026-03-18T10:00:00Z", outcome: "checked", unread: [], changes: [] };
  principal = anApiClient();
  tenant = { hasSystemAccess: true, hasSmart: false, enabled: true, endpointUrls: ["https://his.example/hooks/"] };
  streaming = createStreaming({ log, wakeUp: log.wakeUp, revalidate: async () => true });
  polling = createPolling({
    jobs,
    batches: noBatches,
    feedback,
    log,
    wakeUp: log.wakeUp,
    audit: { record: async (entry) => void audit.push(entry) },
    db,
    publicUrl: "https://adapter.example",
    cursorKey: randomBytes(32),
    tenant: async () => tenant,
    findByIdentifier: async (_tenant, type, { value }) => (value === "MRN-1" ? `${type}/p1` : undefined),
    ...fhirSide("https://adapter.example"),
    render: async (_tenant, summary, type) => `${type} ${summary.version}`,
    checkSources: async () => sourceCheck,
    openStream: (request) => streaming.open(request),
    waiterLimits: { maxPerUser: 3, backstopMs: 60_000 },
  });
  const app = express().disable("x-powered-by").set("etag", false);
  app.use(createApiRouter(polling.routes, async () => principal));
  app.use((_request, _response, next) => next(new AdapterError("not_found")));
  app.use(renderError);
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  polling.close();
  streaming.close();
  server.closeAllConnections();
  server.close();
});

const api = (): ReturnType<typeof supertest> => supertest(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
const ask = { patient: "Patient/p1", encounter: "Encounter/e1" };

describe("POST /v1/jobs", () => {
  it("makes a job: 202, Location, ETag, Retry-After, the contract's shape", async () => {
    const answer = await api().post("/v1/jobs").set("Host", "evil.example").send(ask).expect(202);
    assert.equal(answer.headers["location"], `https://adapter.example/v1/jobs/${answer.body.id}`);
    assert.equal(answer.headers["etag"], `"${answer.body.version}"`);
    assert.equal(answer.headers["retry-after"], "2");
    assert.deepEqual(Object.keys(answer.body).toSorted(), [
      "attempt",
      "createdAt",
      "encounter",
      "id",
      "links",
      "patient",
      "progress",
      "status",
      "updatedAt",
      "version",
    ]);
    assert.deepEqual(answer.body.links, {
      self: `https://adapter.example/v1/jobs/${answer.body.id}`,
      events: `https://adapter.example/v1/jobs/${answer.body.id}/events`,
      cancel: `https://adapter.example/v1/jobs/${answer.body.id}/cancel`,
    });
  });

  it("joins the open job of the encounter with 200", async () => {
    const first = await api().post("/v1/jobs").send(ask).expect(202);
    const second = await api().post("/v1/jobs").send(ask).expect(200);
    assert.equal(second.body.id, first.body.id);
  });

  it("knows a repeat by its Idempotency-Key and refuses the key with another body: 422", async () => {
    const first = await api().post("/v1/jobs").set("Idempotency-Key", "k1").send(ask).expect(202);
    const repeat = await api().post("/v1/jobs").set("Idempotency-Key", "k1").send(ask).expect(200);
    assert.equal(repeat.body.id, first.body.id);
    await api()
      .post("/v1/jobs")
      .set("Idempotency-Key", "k1")
      .send({ ...ask, encounter: "Encounter/e2" })
      .expect(422);
  });

  it("keeps the keys of two clients apart", async () => {
    await api().post("/v1/jobs").set("Idempotency-Key", "k1").send(ask).expect(202);
    principal = anApiClient("other");
    await api()
      .post("/v1/jobs")
      .set("Idempotency-Key", "k1")
      .send({ ...ask, encounter: "Encounter/e2" })
      .expect(202);
  });

  it("takes { reference } and { identifier }, and names an identifier the EHR does not know", async () => {
    await api()
      .post("/v1/jobs")
      .send({
        patient: { identifier: { system: "urn:mrn", value: "MRN-1" } },
        encounter: { reference: "Encounter/e1" },
      })
      .expect(202);
    assert.equal(jobs.created[0]?.patient, "Patient/p1");
    const answer = await api()
      .post("/v1/jobs")
      .send({ ...ask, patient: { identifier: { system: "urn:mrn", value: "MRN-9" } } })
      .expect(400);
    assert.equal(answer.body.at, "patient.identifier");
    assert.ok(!answer.text.includes("MRN-9"));
  });

  it("keeps a chart given as a snapshot and needs the patient and encounter in it", async () => {
    const chart = {
      resourceType: "Bundle",
      type: "collection",
      entry: [
        { resource: { resourceType: "Patient", id: "p1" } },
        { resource: { resourceType: "Encounter", id: "e1" } },
      ],
    };
    await api()
      .post("/v1/jobs")
      .send({ ...ask, chart })
      .expect(202);
    assert.equal(jobs.created[0]?.snapshot?.resources.length, 2);
    assert.equal(jobs.created[0]?.waitForLaunch, false);
    const answer = await api()
      .post("/v1/jobs")
      .send({ ...ask, encounter: "Encounter/e9", chart })
      .expect(412);
    assert.equal(answer.body.at, "chart");
  });

  it("waits for a launch where only that can bring the chart, and answers 412 where nothing can", async () => {
    tenant = { ...tenant, hasSystemAccess: false, hasSmart: true };
    const answer = await api().post("/v1/jobs").send(ask).expect(202);
    assert.equal(answer.body.status, "waiting");
    assert.equal(answer.headers["retry-after"], "15");
    tenant = { ...tenant, hasSmart: false };
    await api()
      .post("/v1/jobs")
      .send({ ...ask, encounter: "Encounter/e2" })
      .expect(412);
  });

  it("takes a callback under a registered URL only", async () => {
    await api()
      .post("/v1/jobs")
      .send({ ...ask, callback: { url: "https://his.example/hooks/unit-3" } })
      .expect(202);
    assert.equal(jobs.created[0]?.callbackUrl, "https://his.example/hooks/unit-3");
    for (const url of [
      "https://his.example/hooks-evil",
      "https://his.example/hooks/../admin",
      "https://his.example/hooks/%2e%2e/admin",
      "https://his.example/hooks/a%2f..%2fb",
      "https://his.example.evil/hooks/",
      "https://u:p@his.example/hooks/",
      "http://his.example/hooks/",
      "https://his.example:8443/hooks/",
    ]) {
      const answer = await api()
        .post("/v1/jobs")
        .send({ ...ask, callback: { url } });
      assert.equal(answer.status, 400, url);
      assert.equal(answer.body.at, "callback.url");
    }
  });

  for (const [name, extra, at] of [
    ["tenant", { tenant: "other" }, "tenant"],
    ["state", { status: "completed" }, "status"],
    ["attempts", { attempt: 9 }, "attempt"],
    ["a callback's secret", { callback: { url: "https://his.example/hooks/", secret: "x" } }, "callback.secret"],
  ] as const) {
    it(`refuses mass assignment of ${name} and names it`, async () => {
      const answer = await api()
        .post("/v1/jobs")
        .send({ ...ask, ...extra })
        .expect(400);
      assert.equal(answer.body.at, at);
    });
  }

  it("tells a missing value from a wrong one", async () => {
    assert.equal((await api().post("/v1/jobs").send({ patient: "Patient/p1" }).expect(400)).body.at, "encounter");
    assert.equal(
      (
        await api()
          .post("/v1/jobs")
          .send({ ...ask, patient: "Patient/../x" })
          .expect(400)
      ).body.at,
      "patient",
    );
  });

  it("answers 400 to broken JSON, 415 to another type, 403 without the scope", async () => {
    await api().post("/v1/jobs").set("Content-Type", "application/json").send("{").expect(400);
    await api().post("/v1/jobs").set("Content-Type", "text/plain").send("x").expect(415);
    principal = anApiClient("reader", ["jobs:read"]);
    await api().post("/v1/jobs").send(ask).expect(403);
  });

  it("lets a session ask for its own patient only", async () => {
    principal = practitioner();
    await api()
      .post("/v1/jobs")
      .send({ ...ask, patient: "Patient/p2" })
      .expect(403);
    await api().post("/v1/jobs").send(ask).expect(202);
    assert.equal(jobs.created[0]?.trigger, "page");
  });
});

describe("GET /v1/jobs/{id}", () => {
  beforeEach(() => void jobs.put(aJob("j1")));

  it("answers 304 to the ETag it gave, 200 to another", async () => {
    const first = await api().get("/v1/jobs/j1").expect(200);
    const etag = String(first.headers["etag"]);
    await api().get("/v1/jobs/j1").set("If-None-Match", etag).expect(304);
    await api().get("/v1/jobs/j1").set("If-None-Match", `W/${etag}, "x"`).expect(304);
    jobs.change("j1", {});
    await api().get("/v1/jobs/j1").set("If-None-Match", etag).expect(200);
  });

  it("waits for a change and answers as soon as it comes", async () => {
    const pending = api()
      .get("/v1/jobs/j1?wait=30")
      .then((answer) => answer);
    await eventually(() => polling.waiting === 1, "a waiter");
    jobs.change("j1", { status: "completed" });
    assert.equal((await pending).body.status, "completed");
    assert.equal(polling.waiting, 0);
  });

  it("answers at once when the caller's ETag is already old", async () => {
    const answer = await api().get("/v1/jobs/j1?wait=30").set("If-None-Match", '"0"').expect(200);
    assert.equal(answer.body.id, "j1");
  });

  it("lets a limited number wait, and frees the place of a client that left", async () => {
    const requests = [1, 2, 3].map(() => {
      const request = api().get("/v1/jobs/j1?wait=30");
      request.end(() => {});
      return request;
    });
    await eventually(() => polling.waiting === 3, "three waiters");
    const refused = await api().get("/v1/jobs/j1?wait=30").expect(429);
    assert.equal(refused.body.at, "wait");
    requests[0]?.abort();
    await eventually(() => polling.waiting === 2, "a free place");
    polling.drain();
    await eventually(() => polling.waiting === 0, "all answered");
  });

  it("shows the error of a failed job with its remedy, and no Retry-After", async () => {
    jobs.change("j1", { status: "failed", error: "ehr_timeout" });
    const answer = await api().get("/v1/jobs/j1").expect(200);
    assert.equal(answer.body.error.code, "ehr_timeout");
    assert.equal(answer.headers["retry-after"], undefined);
    assert.equal(answer.body.links.cancel, undefined);
  });

  it("answers the same 404 for an unknown job, another tenant's, another patient's, and ids of no shape of ours", async () => {
    const unknown = await api().get("/v1/jobs/none").expect(404);
    jobs.put(aJob("theirs", { tenant: "other" }));
    const theirs = await api().get("/v1/jobs/theirs").set("If-None-Match", '"1"').expect(404);
    assert.equal(theirs.text, unknown.text);
    for (const id of ["1'%20OR%20'1'='1", "%00", "a%2f..%2fb", "x".repeat(2000), "%F0%9F%98%80", "__proto__"]) {
      const answer = await api().get(`/v1/jobs/${id}`);
      assert.equal(answer.status, 404, id);
    }
    principal = practitioner({ patient: "Patient/p2" });
    await api().get("/v1/jobs/j1").expect(404);
    principal = { ...ticket, session: { ...ticket.session, job: "j2" } as NonNullable<Principal["session"]> };
    await api().get("/v1/jobs/j1").expect(404);
  });

  it("refuses parameters it does not know, or that are given twice, or out of range", async () => {
    for (const query of ["state=a", "wait=1&wait=2", "wait=31", "wait=-1", "wait=x", "wait[__proto__]=1"]) {
      assert.equal((await api().get(`/v1/jobs/j1?${query}`)).status, 400, query);
    }
  });

  it("answers 405 with Allow to what is not documented", async () => {
    for (const method of ["put", "delete", "options"] as const) {
      const answer = await api()[method]("/v1/jobs/j1");
      assert.equal(answer.status, 405, method);
      assert.equal(answer.headers["allow"], "GET, HEAD");
    }
  });

  it("answers HEAD as GET, without the body (RFC 9110, 9.3.2); a stream's head ends at once", async () => {
    jobs.put(aJob("j1", { status: "in-progress" }));
    const [got, head] = [await api().get("/v1/jobs/j1").expect(200), await api().head("/v1/jobs/j1").expect(200)];
    for (const name of ["etag", "content-type", "content-length", "cache-control", "retry-after"])
      assert.equal(head.headers[name], got.headers[name], name);
    assert.ok(!head.text);
    const etag = got.headers["etag"] ?? "";
    assert.equal((await api().head("/v1/jobs/j1").set("if-none-match", etag)).status, 304);
    assert.equal((await api().head("/v1/jobs/unknown")).status, 404);
    const stream = await api().head("/v1/jobs/j1/events").set("accept", "text/event-stream").expect(200);
    assert.match(stream.headers["content-type"] ?? "", /^text\/event-stream/u);
    assert.equal((await api().head("/v1/jobs/_search")).status, 405);
  });
});

describe("GET /v1/jobs and POST /v1/jobs/_search", () => {
  beforeEach(() => {
    for (let count = 1; count <= 5; count += 1) jobs.put(aJob(`j${count}`, { encounter: `Encounter/e${count}` }));
  });

  it("pages by a cursor that is bound to its search", async () => {
    const first = await api().get("/v1/jobs?limit=2").expect(200);
    assert.deepEqual(
      first.body.items.map((job: { id: string }) => job.id),
      ["j1", "j2"],
    );
    const second = await api().get(`/v1/jobs?limit=2&cursor=${first.body.next}`).expect(200);
    assert.deepEqual(
      second.body.items.map((job: { id: string }) => job.id),
      ["j3", "j4"],
    );
    const last = await api().get(`/v1/jobs?limit=2&cursor=${second.body.next}`).expect(200);
    assert.equal(last.body.next, null);
    await api().get(`/v1/jobs?limit=2&status=failed&cursor=${first.body.next}`).expect(400);
    principal = { ...principal, tenant: "other" };
    assert.equal((await api().get(`/v1/jobs?cursor=${first.body.next}`).expect(400)).body.at, "cursor");
  });

  it("refuses a flipped, forged or foreign cursor and a limit out of range", async () => {
    const { body } = await api().get("/v1/jobs?limit=2");
    const flipped = `${body.next.startsWith("A") ? "B" : "A"}${body.next.slice(1)}`;
    for (const cursor of [flipped, "abc", "Mg.AAAAAAAAAAAAAAAAAAAAAA", `${body.next}x`]) {
      assert.equal((await api().get(`/v1/jobs?cursor=${cursor}`)).status, 400, cursor);
    }
    for (const limit of ["0", "1e9", "-1", "x"])
      assert.equal((await api().get(`/v1/jobs?limit=${limit}`)).status, 400, limit);
  });

  it("finds by reference, status and time; refuses an identifier in the query", async () => {
    const answer = await api()
      .get("/v1/jobs?encounter=Encounter/e3&patient=Patient/p1&status=in-progress&updatedSince=2026-01-01T00:00:00Z")
      .expect(200);
    assert.deepEqual(
      answer.body.items.map((job: { id: string }) => job.id),
      ["j3"],
    );
    await api().get("/v1/jobs?patient=urn:mrn|123").expect(400);
    await api()
      .get(`/v1/jobs?status=${encodeURIComponent("(a+)+$".repeat(500))}`)
      .expect(400);
  });

  it("finds by identifier in a body; an unknown one finds nothing", async () => {
    const found = await api()
      .post("/v1/jobs/_search")
      .send({ patient: { identifier: { system: "urn:mrn", value: "MRN-1" } } })
      .expect(200);
    assert.equal(found.body.items.length, 5);
    const none = await api()
      .post("/v1/jobs/_search")
      .send({ patient: { identifier: { system: "urn:mrn", value: "MRN-2" } } })
      .expect(200);
    assert.deepEqual(none.body, { items: [], next: null });
  });

  it("shows a session its own encounter's jobs only, whatever it asks for", async () => {
    principal = practitioner({ encounter: "Encounter/e2" });
    const ids = async (query: string): Promise<readonly string[]> =>
      (await api().get(`/v1/jobs${query}`).expect(200)).body.items.map((job: { id: string }) => job.id);
    assert.deepEqual(await ids(""), ["j2"]);
    // Its own are no answer to a question about another's.
    assert.deepEqual(await ids("?encounter=Encounter/e3"), []);
  });
});

describe("GET /v1/jobs/{id}/events", () => {
  it("answers JSON by default: envelopes, last sequence, closed", async () => {
    jobs.put(aJob("j1", { status: "cancelled", lastSequence: 2 }));
    log.add("j1", "task.requested");
    log.add("j1", "task.cancelled");
    const answer = await api().get("/v1/jobs/j1/events?after=1").expect(200);
    assert.equal(answer.body.lastSequence, 2);
    assert.equal(answer.body.closed, true);
    assert.deepEqual(
      answer.body.events.map((event: { type: string }) => event.type),
      ["task.cancelled"],
    );
    assert.equal(audit.length, 0, "nothing of the draft was shown");
    log.add("j1", "draft.delta", { section: "course", attempt: 1, text: "x" });
    await api().get("/v1/jobs/j1/events").expect(200);
    assert.deepEqual(
      audit.map((entry) => entry.action),
      ["summary.read"],
    );
  });

  it("streams for text/event-stream, resumes by header or query, 204 when all is sent, 406 for anything else", async () => {
    jobs.put(aJob("j1", { status: "failed", lastSequence: 2 }));
    log.add("j1", "task.requested");
    log.add("j1", "task.failed");
    const all = await api().get("/v1/jobs/j1/events").set("Accept", "text/event-stream").expect(200);
    assert.match(all.text, /^retry: 2000\n\nevent: task\.requested\nid: j1:1\ndata: \{/u);
    const rest = await api().get("/v1/jobs/j1/events?lastEventId=j1:1").set("Accept", "text/event-stream").expect(200);
    assert.deepEqual(
      [...rest.text.matchAll(/^id: (.*)$/gmu)].map((match) => match[1]),
      ["j1:2"],
    );
    await api().get("/v1/jobs/j1/events").set("Accept", "text/event-stream").set("Last-Event-ID", "j1:2").expect(204);
    await api().get("/v1/jobs/j1/events").set("Accept", "text/event-stream").set("Last-Event-ID", "j1:3").expect(400);
    await api().get("/v1/jobs/j1/events").set("Accept", "image/png").expect(406);
  });
});

describe("the summary", () => {
  const path = "/v1/jobs/j1/summary";
  beforeEach(
    () =>
      void jobs.put(
        aJob("j1", {
          status: "completed",
          summary: { version: 1, docStatus: "preliminary", sha256: "", edited: false },
        }),
        aSummary("j1"),
      ),
  );

  it("comes as JSON with a strong ETag, and in the other renderings with tags of their own", async () => {
    const answer = await api().get(path).expect(200);
    assert.equal(answer.headers["etag"], '"1.0"');
    assert.equal(answer.body.sections[0].sentences[0].evidence[0].reference, "Condition/c1");
    assert.equal("patient" in answer.body, false);
    const tags = new Set<unknown>([answer.headers["etag"]]);
    for (const type of [
      "application/fhir+json",
      "text/markdown",
      "text/plain",
      "application/pdf",
      "application/cda+xml",
    ]) {
      const rendered = await api()
        .get(path)
        .set("Accept", type)
        .buffer(true)
        .parse((response, done) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => done(null, text));
        });
      assert.equal(rendered.status, 200);
      assert.match(String(rendered.headers["content-type"]), new RegExp(type.replace("+", "\\+"), "u"));
      assert.equal(rendered.body, `${type} 1`);
      tags.add(rendered.headers["etag"]);
    }
    assert.equal(tags.size, 6);
    await api().get(path).set("If-None-Match", '"1.0"').expect(304);
  });

  it("answers 406 for a form that there is none of, 404 before there is a draft, and leaves an audit row for each view", async () => {
    await api().get(path).set("Accept", "image/png").expect(406);
    jobs.put(aJob("j2"));
    await api().get("/v1/jobs/j2/summary").expect(404);
    await api().get(path).expect(200);
    assert.deepEqual(
      audit.map((entry) => [entry.action, entry.outcome, entry.job]),
      [["summary.read", "success", "j1"]],
    );
  });

  it("edits under If-Match: 428 without, 412 with a stale one, 200 and a new ETag with the right one", async () => {
    const edit = { sections: [{ id: "reason", text: "Admitted with pneumonia." }] };
    await api().patch(path).send(edit).expect(428);
    const answer = await api().patch(path).set("If-Match", '"1.0"').send(edit).expect(200);
    assert.equal(answer.headers["etag"], '"1.1"');
    assert.deepEqual(answer.body.sections[0].sentences[0], {
      id: "reason.1",
      text: "Admitted with pneumonia.",
      origin: "person",
      verified: false,
      evidence: [],
    });
    await api().patch(path).set("If-Match", '"1.0"').send(edit).expect(412);
    assert.equal(
      (
        await api()
          .patch(path)
          .set("If-Match", '"1.1"')
          .send({ sections: [{ id: "nonsense", text: "" }] })
          .expect(400)
      ).body.at,
      "sections[0].id",
    );
  });

  it("takes no text that the EHR would store otherwise than it was signed, and no section twice", async () => {
    const send = (texts: readonly string[]) =>
      api()
        .patch(path)
        .set("If-Match", '"1.0"')
        .send({ sections: texts.map((text) => ({ id: "reason", text })) });
    for (const text of ["a\0b", "a\u001bb", "a\ud800b"])
      assert.equal((await send([text]).expect(400)).body.at, "sections[0].text", JSON.stringify(text));
    assert.equal((await send(["one", "two"]).expect(400)).body.at, "sections");
    await send(["Line one\r\n\tline two: 12 \u00b5g \ud83d\ude00"]).expect(200);
  });

  it("is signed by a practitioner with a signer role: the contract's answer", async () => {
    principal = practitioner();
    const answer = await api()
      .post(`${path}/sign`)
      .set("If-Match", '"1.0"')
      .send({ attestation: "I have reviewed this." })
      .expect(200);
    assert.deepEqual(Object.keys(answer.body).toSorted(), ["docStatus", "sha256", "signedAt", "signedBy", "version"]);
    assert.equal(answer.body.docStatus, "final");
    assert.equal(answer.body.signedBy, "Practitioner/dr");
    await api().post(`${path}/sign`).set("If-Match", '"1.1"').send({ attestation: "again" }).expect(409);
  });

  it("is signed over a changed chart only by who was shown the change; a result between the look and the pen counts too", async () => {
    principal = practitioner();
    const change = { kind: "final" as const, reference: "Observation/k", sentences: ["pending.1"], abnormal: true };
    const [first, second] = [
      { ...change, id: "a".repeat(16), text: "Potassium, pending in this draft, is final: 5.9 mmol/L." },
      { ...change, id: "b".repeat(16), text: "TSH, pending in this draft, is final: 2 mU/L." },
    ];
    sourceCheck = { ...sourceCheck, changes: [first] };
    const shown = await api().get(`${path}/sources`).expect(200);
    assert.deepEqual(shown.body, sourceCheck);
    assert.equal(shown.headers["cache-control"], "no-store");
    const sign = (acknowledged?: readonly string[]) =>
      api().post(`${path}/sign`).set("If-Match", '"1.0"').send({ attestation: "ok", acknowledged });
    assert.equal((await sign([]).expect(409)).body.code, "sources_changed");
    sourceCheck = { ...sourceCheck, changes: [first, second] };
    await sign([first.id]).expect(409);
    await sign([first.id, second.id]).expect(200);
    const { body } = await api().get(`${path}/history`).expect(200);
    assert.deepEqual(body.acts.at(-1).details.sources, {
      checkedAt: sourceCheck.checkedAt,
      outcome: "checked",
      acknowledged: [first.text, second.text],
    });
  });

  it("is signed without an EHR that can be read, and the history says that nothing was compared", async () => {
    principal = practitioner();
    sourceCheck = { ...sourceCheck, outcome: "unread", reason: "no-answer" };
    await api().post(`${path}/sign`).set("If-Match", '"1.0"').send({ attestation: "ok", acknowledged: [] }).expect(200);
    const { body } = await api().get(`${path}/history`).expect(200);
    assert.equal(body.acts.at(-1).details.sources.outcome, "unread");
  });

  it("takes feedback on a sentence, a section and the whole, of the version that was read, and takes it back", async () => {
    principal = practitioner();
    const give = (body: object) => api().post(`${path}/feedback`).send(body);
    await give({ section: "reason", sentence: "reason.1", verdict: "wrong", reason: "It was bronchitis." }).expect(204);
    await give({ section: "pending", verdict: "missing", version: 1 }).expect(204);
    await give({ verdict: "helpful" }).expect(204);
    const { body } = await api().get(`${path}/feedback`).expect(200);
    assert.deepEqual(
      body.items.map((item: { section?: string; verdict: string }) => [item.section, item.verdict]),
      [
        ["reason", "wrong"],
        ["pending", "missing"],
        [undefined, "helpful"],
      ],
    );
    assert.equal(body.items[0].text, "Admitted with community-acquired pneumonia.");
    await give({ section: "reason", sentence: "reason.1", verdict: null }).expect(204);
    assert.equal(feedback.items.length, 2);
    assert.equal((await give({ section: "course", verdict: "wrong" }).expect(400)).body.at, "section");
    assert.equal((await give({ section: "reason", sentence: "x", verdict: "wrong" }).expect(400)).body.at, "sentence");
    await give({ section: "reason", verdict: "splendid" }).expect(400);
    await give({ section: "reason", verdict: "wrong", version: 2 }).expect(409);
    const reasons = audit.filter(({ action }) => action === "summary.feedback").map(({ reason }) => reason);
    assert.deepEqual(reasons, ["wrong", "missing", "helpful", "withdrawn"]);
    await api().get("/v1/feedback").expect(403);
    principal = { ...practitioner(), actor: { kind: "practitioner", id: "Practitioner/other" } };
    assert.deepEqual((await api().get(`${path}/feedback`).expect(200)).body.items, [], "a colleague's opinion");
    principal = { ...ticket };
    await give({ verdict: "helpful" }).expect(403);
  });

  it("is rated by PDQI-9 only with all nine scores from 1 to 5", async () => {
    principal = practitioner();
    const scores = Object.fromEntries(pdqi9Items.map((item) => [item, 4]));
    const rate = (given: object) => api().post(`${path}/rating`).send({ scores: given });
    await rate(scores).expect(204);
    await rate({ ...scores, accurate: 6 }).expect(400);
    const { accurate: _, ...eight } = scores;
    await rate(eight).expect(400);
    assert.deepEqual(feedback.ratings, [scores]);
  });

  for (const [name, who] of [
    ["an API client", anApiClient()],
    ["a ticket", { ...ticket, scopes: new Set(["jobs:read", "jobs:write"]) }],
    ["a practitioner without the role", practitioner({ maySign: false })],
  ] as const) {
    it(`is not signed, amended or retracted by ${name}: 403, and the refusal is on record`, async () => {
      principal = who;
      await api().post(`${path}/sign`).set("If-Match", '"1.0"').send({ attestation: "x" }).expect(403);
      await api().post(`${path}/amend`).set("If-Match", '"1.0"').send({ reason: "x" }).expect(403);
      await api().post(`${path}/retract`).set("If-Match", '"1.0"').send({ reason: "x" }).expect(403);
      assert.deepEqual(
        audit.map((entry) => [entry.action, entry.outcome]),
        [
          ["summary.sign", "refused"],
          ["summary.amend", "refused"],
          ["summary.retract", "refused"],
        ],
      );
    });
  }

  it("is amended and retracted after signing, and discarded only before", async () => {
    principal = practitioner();
    await api().post(`${path}/retract`).set("If-Match", '"1.0"').send({ reason: "wrong patient" }).expect(409);
    await api().post(`${path}/sign`).set("If-Match", '"1.0"').send({ attestation: "ok" }).expect(200);
    await api().post(`${path}/discard`).set("If-Match", '"1.1"').send({ reason: "no" }).expect(409);
    const amended = await api()
      .post(`${path}/amend`)
      .set("If-Match", '"1.1"')
      .send({ reason: "typo", sections: [{ id: "reason", text: "Pneumonia." }] })
      .expect(200);
    assert.equal(amended.body.docStatus, "amended");
    await api()
      .post(`${path}/retract`)
      .set("If-Match", String(amended.headers["etag"]))
      .send({ reason: "wrong patient" })
      .expect(200);
  });

  it("is discarded with a reason", async () => {
    await api().post(`${path}/discard`).set("If-Match", '"1.0"').send({ reason: " " }).expect(400);
    const answer = await api()
      .post(`${path}/discard`)
      .set("If-Match", '"1.0"')
      .send({ reason: "Not needed" })
      .expect(200);
    assert.equal(answer.body.docStatus, "discarded");
  });

  it("cancels an open job, not a finished one, and never for a reader", async () => {
    jobs.put(aJob("j3"));
    principal = anApiClient("reader", ["jobs:read"]);
    await api().post("/v1/jobs/j3/cancel").expect(403);
    principal = anApiClient();
    assert.equal((await api().post("/v1/jobs/j3/cancel").expect(200)).body.status, "cancelled");
    await api().post("/v1/jobs/j1/cancel").expect(409);
  });
});

describe("GET /v1/events and POST /v1/events/ack", () => {
  it("gives the feed in order behind a cursor, draft text never", async () => {
    for (const type of ["task.requested", "draft.delta", "task.completed", "summary.ready"] as const)
      log.add("j1", type);
    const first = await api().get("/v1/events?limit=2").expect(200);
    assert.deepEqual(
      first.body.events.map((event: { type: string }) => event.type),
      ["task.requested", "task.completed"],
    );
    assert.equal(first.body.more, true);
    const second = await api().get(`/v1/events?limit=2&after=${first.body.cursor}`).expect(200);
    assert.deepEqual(
      second.body.events.map((event: { type: string }) => event.type),
      ["summary.ready"],
    );
    assert.equal(second.body.more, false);
    const third = await api().get(`/v1/events?after=${second.body.cursor}`).expect(200);
    assert.deepEqual(third.body.events, []);
    assert.equal(third.body.cursor, second.body.cursor);
  });

  it("filters by type and family, and names a type it does not know", async () => {
    for (const type of ["task.requested", "summary.ready", "summary.signed"] as const) log.add("j1", type);
    const answer = await api().get("/v1/events?types=summary.*,task.failed").expect(200);
    assert.equal(answer.body.events.length, 2);
    assert.equal((await api().get("/v1/events?types=draft.delta").expect(400)).body.at, "types");
  });

  it("looks at what a filter passes over once: the cursor goes on behind it", async () => {
    for (const type of ["summary.ready", "task.progress", "task.completed"] as const) log.add("j1", type);
    const filtered = await api().get("/v1/events?types=summary.*").expect(200);
    assert.equal(filtered.body.events.length, 1);
    const rest = await api().get(`/v1/events?after=${filtered.body.cursor}`).expect(200);
    assert.deepEqual(rest.body.events, [], "both of the others lie behind the cursor");
    log.add("j1", "summary.signed");
    const next = await api().get(`/v1/events?types=summary.*&after=${filtered.body.cursor}`).expect(200);
    assert.deepEqual(
      next.body.events.map((event: { type: string }) => event.type),
      ["summary.signed"],
    );
    for (let count = 0; count < 3; count += 1) log.add("j1", "summary.ready");
    const full = await api().get(`/v1/events?types=summary.*&limit=2&after=${next.body.cursor}`).expect(200);
    const last = await api().get(`/v1/events?types=summary.*&limit=2&after=${full.body.cursor}`).expect(200);
    assert.deepEqual([full.body.events.length, last.body.events.length], [2, 1], "a full page ends at its last event");
  });

  it("filters by what events say, beyond their types; what would let nothing through is refused by name", async () => {
    const filtered = (filter: object, more = ""): string =>
      `/v1/events?filter=${encodeURIComponent(JSON.stringify(filter))}${more}`;
    for (const status of ["completed", "failed"]) log.add("j1", "task.completed", { status });
    log.add("j1", "batch.progress", { batch: "b1" });
    const answer = await api()
      .get(filtered({ "data.status": ["fail*"] }))
      .expect(200);
    assert.deepEqual(
      answer.body.events.map((event: { data: { status: string } }) => event.data.status),
      ["failed"],
    );
    const after = await api().get(`/v1/events?after=${answer.body.cursor}`).expect(200);
    assert.deepEqual(after.body.events, [], "the cursor stands behind what was passed over");
    for (const [wrong, says] of [
      [filtered({ "data.statsu": ["failed"] }), /data\.statsu; they say/u],
      [filtered({ "data.status": ["failed"] }, "&types=batch.*"), /data\.status/u],
      ["/v1/events?filter=data.status", /JSON/u],
    ] as const) {
      const refused = await api().get(wrong).expect(400);
      assert.equal(refused.body.at, "filter");
      assert.match(JSON.stringify(refused.body), says);
    }
  });

  it("looks through a bounded part of the log for a rare event, and says that there is more", async () => {
    for (let count = 0; count < 120; count += 1) log.add("j1", "task.completed", { status: "completed" });
    log.add("j1", "task.completed", { status: "failed" });
    const filter = encodeURIComponent(JSON.stringify({ "data.status": ["failed"] }));
    let cursor: string | undefined;
    for (let request = 1; request <= 3; request += 1) {
      const query = `filter=${filter}&limit=1&wait=5${cursor === undefined ? "" : `&after=${cursor}`}`;
      const { body } = await api().get(`/v1/events?${query}`).expect(200);
      assert.deepEqual([body.events.length, body.more], request < 3 ? [0, true] : [1, true]);
      ({ cursor } = body);
    }
  });

  it("begins now where that was asked for", async () => {
    log.add("j1", "task.requested");
    const now = await api().get("/v1/events?after=now").expect(200);
    assert.deepEqual(now.body.events, []);
    log.add("j1", "task.completed");
    const later = await api().get(`/v1/events?after=${now.body.cursor}`).expect(200);
    assert.deepEqual(
      later.body.events.map((event: { type: string }) => event.type),
      ["task.completed"],
    );
  });

  it("waits for the next event", async () => {
    const pending = api()
      .get("/v1/events?wait=30")
      .then((answer) => answer);
    await eventually(() => polling.waiting === 1, "a waiter");
    log.add("j1", "task.requested");
    assert.equal((await pending).body.events.length, 1);
  });

  it("keeps a named consumer's place, which never moves back", async () => {
    for (let count = 0; count < 4; count += 1) log.add("j1", "task.progress");
    const one = await api().get("/v1/events?limit=1").expect(200);
    const three = await api().get("/v1/events?limit=3").expect(200);
    await api().post("/v1/events/ack").send({ consumer: "his", cursor: three.body.cursor }).expect(204);
    await api().post("/v1/events/ack").send({ consumer: "his", cursor: one.body.cursor }).expect(204);
    const rest = await api().get("/v1/events?consumer=his").expect(200);
    assert.deepEqual(
      rest.body.events.map((event: { data: { jobSequence: number } }) => event.data.jobSequence),
      [4],
    );
    await api().post("/v1/events/ack").send({ consumer: "his", cursor: "Mg.AAAAAAAAAAAAAAAAAAAAAA" }).expect(400);
  });

  it("is not for sessions, whatever scopes they hold", async () => {
    for (const session of [practitioner(), ticket]) {
      principal = { ...session, scopes: new Set(["events:read"]) };
      await api().get("/v1/events").expect(403);
      await api().post("/v1/events/ack").send({ consumer: "a", cursor: "x" }).expect(403);
    }
  });
});

describe("OpenAPI", () => {
  it("is generated from the same routes, with every answer's schema", () => {
    const document = createDocument({
      openapi: "3.1.0",
      info: { title: "Handover", version: "1" },
      paths: polling.paths,
    });
    assert.deepEqual(
      Object.keys(document.paths ?? {}).toSorted(),
      [...new Set(polling.routes.map((route) => route.path))].toSorted(),
    );
    assert.ok(document.components?.schemas?.["Job"]);
    assert.ok(document.paths?.["/v1/jobs"]?.post?.requestBody);
  });
});
