/** Streams, job API and feed over the real log, jobs, worker and database, on two replicas (contract, sections 3 and 5). */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { ErrorRequestHandler } from "express";
import express from "express";
import type { Principal } from "../../src/core/access/principal.ts";
import { toAdapterError } from "../../src/core/errors.ts";
import type { ClosableWakeUp } from "../../src/events/wake-up.ts";
import { createWakeUp } from "../../src/events/wake-up.ts";
import { createPolling } from "../../src/polling/polling.ts";
import { createApiRouter } from "../../src/http/api/api-router.ts";
import { createStreaming } from "../../src/streaming/streaming.ts";
import type { Heart } from "../support/adapter-heart.ts";
import { composeHeart, jobInput, scriptedGenerator } from "../support/adapter-heart.ts";
import { anApiClient } from "../support/memory-log.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { eventually } from "../support/eventually.ts";
import { memoryFeedback } from "../support/memory-feedback.ts";
import { noBatches } from "../support/no-batches.ts";
import { fhirSide } from "../support/polling-deps.ts";
import { us } from "../support/jurisdictions.ts";

interface Replica {
  readonly url: string;
  readonly waiting: () => number;
  close(): Promise<void>;
}

const doctor: Principal = {
  tenant: "general",
  actor: { kind: "practitioner", id: "Practitioner/7", display: "Dr. Seven" },
  scopes: new Set(["jobs:read", "jobs:write"]),
  session: { launch: "l1", kind: "smart", patient: "Patient/p1", maySign: true },
};
const cursorKey = randomBytes(32);
let database: TestDatabase;
let heart: Heart;
let replicas: Replica[];

const renderError: ErrorRequestHandler = (thrown, _request, response, _next) => {
  const error = toAdapterError(thrown);
  response.status(error.status).json({ code: error.code, at: error.at });
};

/** One replica's readers: its own pools, wake-up and socket; the caller is told by a header. */
async function startReplica(): Promise<Replica> {
  const pools = database.open();
  const wakeUp: ClosableWakeUp = createWakeUp(pools);
  const log = heart.eventLog;
  const streaming = createStreaming({ log, wakeUp, revalidate: async () => true });
  const polling = createPolling({
    jobs: heart.jobs,
    batches: noBatches,
    feedback: memoryFeedback(),
    log,
    wakeUp,
    audit: { record: async () => undefined },
    db: pools.http,
    publicUrl: "https://adapter.example",
    cursorKey,
    tenant: async () => ({ hasSystemAccess: true, hasSmart: true, enabled: true, endpointUrls: [] }),
    findByIdentifier: async () => undefined,
    ...fhirSide("https://adapter.example"),
    render: async () => "",
    checkSources: async () => ({ checkedAt: "2026-03-18T10:00:00Z", outcome: "checked", unread: [], changes: [] }),
    openStream: (request) => streaming.open(request),
  });
  const app = express().set("etag", false);
  app.use(
    createApiRouter(polling.routes, async (request) => (request.get("x-who") === "doctor" ? doctor : anApiClient())),
    renderError,
  );
  const server: Server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    waiting: () => polling.waiting,
    async close() {
      polling.close();
      streaming.close();
      server.closeAllConnections();
      server.close();
      await wakeUp.close();
    },
  };
}

before(async () => {
  database = await createTestDatabase();
  heart = await composeHeart(database.open());
  replicas = [await startReplica(), await startReplica()];
});
after(async () => {
  await Promise.all(replicas.map((replica) => replica.close()));
  await heart.close();
  await database.drop();
});

const at = (index: number): string => replicas[index]?.url ?? "";
const idsIn = (text: string): string[] => [...text.matchAll(/^id: (.*)$/gmu)].map((match) => match[1] ?? "");
const typesIn = (text: string): string[] => [...text.matchAll(/^event: (.*)$/gmu)].map((match) => match[1] ?? "");
const stream = (replica: number, job: string, last?: string): Promise<Response> =>
  fetch(`${at(replica)}/v1/jobs/${job}/events`, {
    headers: { accept: "text/event-stream", ...(last === undefined ? {} : { "last-event-id": last }) },
  });

describe("readers of one job on two replicas", () => {
  let job: string;
  it("stream the same events, gapless and once each, while a worker writes them, and close at the end", async () => {
    job = (await heart.jobs.create(jobInput())).job.id;
    const open = await Promise.all([stream(0, job), stream(1, job)]);
    heart.worker({
      generatorFor: () => ({
        generator: scriptedGenerator(),
        options: { timeZone: "UTC", language: "en", jurisdiction: us },
      }),
    });
    const [one = "", two = ""] = await Promise.all(open.map((response) => response.text()));
    assert.deepEqual(idsIn(one), idsIn(two));
    assert.deepEqual(
      idsIn(one),
      idsIn(one).map((_id, index) => `${job}:${index + 1}`),
    );
    assert.deepEqual(
      [typesIn(one)[0], ...typesIn(one).slice(-2)],
      ["task.requested", "task.completed", "summary.ready"],
    );
    assert.match(one, /Treated with amoxicillin\./u);
  });

  it("answer a resumed stream with the rest and then 204, on either replica", async () => {
    const all = await (await stream(1, job)).text();
    const ids = idsIn(all);
    const rest = await stream(0, job, ids[2] ?? "");
    assert.deepEqual(idsIn(await rest.text()), ids.slice(3));
    assert.equal((await stream(1, job, ids.at(-1) ?? "")).status, 204);
    assert.equal((await stream(1, job, `${job}:${ids.length + 1}`)).status, 400);
  });

  it("wake a long poll on one replica for an act on the other; the signature joins the job's log", async () => {
    const first = await fetch(`${at(0)}/v1/jobs/${job}`);
    const etag = first.headers.get("etag") ?? "";
    const last = idsIn(await (await stream(0, job)).text()).at(-1) ?? "";
    const pending = fetch(`${at(0)}/v1/jobs/${job}?wait=20`, { headers: { "if-none-match": etag } });
    await eventually(() => replicas[0]?.waiting() === 1, "a waiter");
    const summary = await fetch(`${at(1)}/v1/jobs/${job}/summary`);
    const signed = await fetch(`${at(1)}/v1/jobs/${job}/summary/sign`, {
      method: "POST",
      headers: { "x-who": "doctor", "content-type": "application/json", "if-match": summary.headers.get("etag") ?? "" },
      body: JSON.stringify({ attestation: "Reviewed." }),
    });
    assert.equal(signed.status, 200);
    assert.equal((await pending).status, 200);
    assert.deepEqual(typesIn(await (await stream(0, job, last)).text()), ["summary.signed"]);
    const json = (await (await fetch(`${at(1)}/v1/jobs/${job}/events`)).json()) as {
      events: { type: string }[];
      closed: boolean;
      lastSequence: number;
    };
    assert.equal(json.closed, true);
    assert.equal(json.lastSequence, json.events.length);
  });

  it("feed the tenant's systems in one order without draft text, with a place kept for each consumer", async () => {
    type Feed = { events: { type: string }[]; cursor: string };
    const read = async (replica: number, query: string) =>
      (await (await fetch(`${at(replica)}/v1/events?${query}`)).json()) as Feed;
    const feed = await eventually(async () => {
      const page = await read(0, "limit=100");
      return page.events.some(({ type }) => type === "summary.signed") ? page : undefined;
    }, "the whole feed");
    assert.ok(feed.events.every(({ type }) => !type.startsWith("draft.")));
    assert.deepEqual([feed.events[0]?.type, feed.events.at(-1)?.type], ["task.requested", "summary.signed"]);
    const body = JSON.stringify({ consumer: "his", cursor: feed.cursor });
    assert.equal(
      (await fetch(`${at(1)}/v1/events/ack`, { method: "POST", headers: { "content-type": "application/json" }, body }))
        .status,
      204,
    );
    assert.deepEqual((await read(0, "consumer=his")).events, []);
    const pending = read(0, "consumer=his&wait=20");
    await eventually(() => replicas[0]?.waiting() === 1, "a waiter");
    await heart.jobs.create(jobInput({ encounter: "Encounter/e2" }));
    assert.equal((await pending).events[0]?.type, "task.requested");
  });
});
