/** SSE over real sockets: contract section 5 and the attack list's stream entries. */
import assert from "node:assert/strict";
import { createServer, request as httpRequest } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { toAdapterError } from "../../src/core/errors.ts";
import { resumeAfter } from "../../src/core/sse/last-event-id.ts";
import type { Job } from "../../src/jobs/jobs.ts";
import type { Principal } from "../../src/core/access/principal.ts";
import type { Streaming, StreamingDeps } from "../../src/streaming/streaming.ts";
import { createStreaming } from "../../src/streaming/streaming.ts";
import type { MemoryLog } from "../support/memory-log.ts";
import { aJob, anApiClient, memoryLog } from "../support/memory-log.ts";
import { eventually } from "../support/eventually.ts";

interface Bed {
  readonly url: URL;
  readonly log: MemoryLog;
  readonly streaming: Streaming;
  readonly closed: string[];
  job: Job;
  principal: Principal;
}

const open: { server: Server; streaming: Streaming }[] = [];
afterEach(() => {
  for (const { server, streaming } of open.splice(0)) {
    streaming.close();
    server.closeAllConnections();
    server.close();
  }
});

async function bed(deps: Partial<StreamingDeps> = {}): Promise<Bed> {
  const log = memoryLog();
  const closed: string[] = [];
  const streaming = createStreaming({
    log,
    wakeUp: log.wakeUp,
    revalidate: async () => true,
    onClose: (reason) => closed.push(reason),
    ...deps,
  });
  const server = createServer((request, response) => {
    const after = (): number =>
      resumeAfter(request.headers["last-event-id"]?.toString(), state.job.id, state.job.lastSequence);
    Promise.resolve()
      .then(() => streaming.open({ principal: state.principal, job: state.job, after: after(), response }))
      .catch((error: unknown) => response.writeHead(toAdapterError(error).status).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push({ server, streaming });
  const state: Bed = {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
    log,
    streaming,
    closed,
    job: aJob("j1"),
    principal: anApiClient(),
  };
  return state;
}

interface Reader {
  readonly response: IncomingMessage;
  readonly text: () => string;
  readonly ended: () => boolean;
}

async function read(url: URL, lastEventId?: string): Promise<Reader> {
  const headers = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    httpRequest(url, { headers }, resolve).on("error", reject).end(),
  );
  let text = "";
  let ended = false;
  response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  response.on("close", () => (ended = true)).on("error", () => {});
  return { response, text: () => text, ended: () => ended };
}

const idsIn = (text: string): string[] => [...text.matchAll(/^id: (.*)$/gmu)].map((match) => match[1] ?? "");

describe("GET /v1/jobs/{id}/events as a stream", () => {
  it("sends headers and the first bytes before anything was appended", async () => {
    const { url } = await bed();
    const reader = await read(url);
    assert.equal(reader.response.statusCode, 200);
    assert.equal(reader.response.headers["content-type"], "text/event-stream; charset=utf-8");
    assert.equal(reader.response.headers["cache-control"], "no-store, no-transform");
    assert.equal(reader.response.headers["x-accel-buffering"], "no");
    assert.equal(reader.response.headers["content-encoding"], undefined);
    await eventually(() => reader.text() === "retry: 2000\n\n", "retry");
  });

  it("replays from the start, follows live, ends behind task.completed and summary.ready, each event once", async () => {
    const { url, log } = await bed();
    log.add("j1", "task.requested");
    log.add("j1", "task.started");
    const reader = await read(url);
    await eventually(() => idsIn(reader.text()).length === 2, "replay");
    log.add("j1", "draft.delta", { section: "course", attempt: 1, text: "Improved" });
    log.add("j1", "task.completed");
    log.add("j1", "summary.ready");
    await eventually(reader.ended, "the end");
    assert.deepEqual(idsIn(reader.text()), ["j1:1", "j1:2", "j1:3", "j1:4", "j1:5"]);
  });

  it("goes on behind Last-Event-ID, and answers 400 to an id of another job or beyond the head", async () => {
    const state = await bed();
    for (let count = 0; count < 4; count += 1) state.log.add("j1", "task.progress");
    state.job = aJob("j1", { lastSequence: 4 });
    const reader = await read(state.url, "j1:2");
    await eventually(() => idsIn(reader.text()).length === 2, "replay");
    assert.deepEqual(idsIn(reader.text()), ["j1:3", "j1:4"]);
    for (const bad of ["j2:1", "j1:5", "j1:-1", "zzz"]) {
      assert.equal((await read(state.url, bad)).response.statusCode, 400, bad);
    }
  });

  it("replays after the end, later events of the log included, and answers 204 when nothing is left", async () => {
    const state = await bed();
    state.log.add("j1", "task.completed");
    state.log.add("j1", "summary.ready");
    state.log.add("j1", "summary.signed");
    state.job = aJob("j1", {
      status: "completed",
      lastSequence: 3,
      summary: { version: 1, docStatus: "final", sha256: "", edited: false },
    });
    const reader = await read(state.url, "j1:2");
    await eventually(reader.ended, "the end");
    assert.deepEqual(idsIn(reader.text()), ["j1:3"]);
    assert.equal((await read(state.url, "j1:3")).response.statusCode, 204);
  });

  it("delivers what was appended without any hint, by the backstop", async () => {
    const { url, log } = await bed({ limits: { backstopMs: 20 } });
    const reader = await read(url);
    await eventually(() => reader.text() !== "", "first bytes");
    log.add("j1", "task.started", {}, true);
    await eventually(() => idsIn(reader.text()).length === 1, "the event");
  });

  it("reads once for all clients of a replica, not once for each", async () => {
    const { url, log } = await bed({ limits: { backstopMs: 60_000 } });
    const readers = await Promise.all(Array.from({ length: 20 }, () => read(url)));
    await eventually(() => readers.every((reader) => reader.text() !== ""), "all joined");
    await eventually(() => log.reads.one === 20, "reads settled");
    const before = log.reads.many;
    log.add("j1", "task.started");
    await eventually(() => readers.every((reader) => idsIn(reader.text()).length === 1), "all served");
    assert.equal(log.reads.many - before, 1);
  });

  it("writes the keep-alive comment on time", async () => {
    const { url } = await bed({ limits: { keepAliveMs: 20 } });
    const reader = await read(url);
    await eventually(() => reader.text().startsWith("retry: 2000\n\n: keep-alive\n\n: keep-alive\n\n"), "two beats");
  });

  it("lets a failing database pass: the client stays and is served when it is back", async () => {
    const log = memoryLog();
    let away = false;
    const readJobs: MemoryLog["readJobs"] = (...args) =>
      away ? Promise.reject(new Error("away")) : log.readJobs(...args);
    const errors: unknown[] = [];
    const state = await bed({
      log: { ...log, readJobs },
      wakeUp: log.wakeUp,
      limits: { backstopMs: 20 },
      onError: (error) => errors.push(error),
    });
    const reader = await read(state.url);
    await eventually(() => reader.text() !== "", "first bytes");
    away = true;
    log.add("j1", "task.started");
    await eventually(() => errors.length > 0, "a failed read");
    away = false;
    await eventually(() => idsIn(reader.text()).length === 1, "the event");
  });
});

describe("limits of the stream", () => {
  it("cuts a reader that does not read at 256 KiB and keeps memory bounded", async () => {
    const { url, log, closed, streaming } = await bed();
    const socket = connect(Number(url.port), url.hostname);
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(() => streaming.size === 1, "open");
    const before = process.memoryUsage().rss;
    const text = "x".repeat(16_000);
    for (let count = 0; count < 10_000 && streaming.size > 0; count += 1) {
      log.add("j1", "draft.delta", { section: "course", attempt: 1, text });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => closed.includes("slow"), "cut");
    assert.equal(streaming.size, 0);
    assert.ok(process.memoryUsage().rss - before < 120 * 1024 * 1024);
    socket.destroy();
  });

  it("does not let one reader that does not read hold up another", async () => {
    const { url, log, streaming } = await bed();
    const socket = connect(Number(url.port), url.hostname);
    socket.pause();
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await eventually(() => streaming.size === 1, "open");
    const reader = await read(url);
    for (let count = 0; count < 300; count += 1) {
      log.add("j1", "draft.delta", { section: "course", attempt: 1, text: "y".repeat(16_000) });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => idsIn(reader.text()).length === 300, "all read", 15_000);
    socket.destroy();
  });

  it("answers 429 past a user's number of streams and leaves others alone", async () => {
    const state = await bed({ limits: { maxStreamsPerUser: 2 } });
    await read(state.url);
    const second = await read(state.url);
    assert.equal((await read(state.url)).response.statusCode, 429);
    state.principal = anApiClient("other");
    assert.equal((await read(state.url)).response.statusCode, 200);
    state.principal = anApiClient();
    second.response.destroy();
    await eventually(async () => (await read(state.url)).response.statusCode === 200, "room again");
  });

  it("closes the stream of an ended session", async () => {
    let valid = true;
    const { url, closed } = await bed({ revalidate: async () => valid, limits: { recheckMs: 20 } });
    const reader = await read(url);
    valid = false;
    await eventually(reader.ended, "closed");
    assert.deepEqual(closed, ["unauthorised"]);
  });

  it("keeps streams when permission cannot be checked now", async () => {
    let checks = 0;
    const revalidate = (): Promise<boolean> => {
      checks += 1;
      return Promise.reject(new Error("away"));
    };
    const { url, streaming } = await bed({ revalidate, limits: { recheckMs: 10 } });
    await read(url);
    await eventually(() => checks >= 2, "checked");
    assert.equal(streaming.size, 1);
  });

  it("tells clients to come back when draining, and refuses new ones with 503", async () => {
    const { url, streaming } = await bed();
    const reader = await read(url);
    await eventually(() => reader.text() !== "", "first bytes");
    streaming.drain();
    await eventually(reader.ended, "closed");
    assert.equal(reader.text(), "retry: 2000\n\nretry: 2000\n\n");
    assert.equal((await read(url)).response.statusCode, 503);
  });

  it("closes at the end of its lifetime so that the client resumes elsewhere", async () => {
    const { url, closed } = await bed({ limits: { maxLifetimeMs: 30 } });
    const reader = await read(url);
    await eventually(reader.ended, "closed");
    assert.deepEqual(closed, ["expired"]);
  });
});
