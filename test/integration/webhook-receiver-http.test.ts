/** The receivers' package on the wire: node:http and Express, answers before processing, and what is refused how. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, test } from "node:test";
import express from "express";
import { createSigner } from "../../src/core/signature/forms.ts";
import type { Handled, ReceiverOptions, WebhookEvent } from "../../packages/webhook-receiver/src/index.ts";
import { createReceiver } from "../../packages/webhook-receiver/src/index.ts";
import { eventually } from "../support/eventually.ts";

const secret = `whsec_${Buffer.alloc(24, 1).toString("base64")}`;
const sign = createSigner("standard", { secrets: [secret] });
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function message(id = "evt_1", data: object = {}): { readonly headers: Record<string, string>; readonly body: string } {
  const time = new Date().toISOString();
  const body = JSON.stringify({
    specversion: "1.0",
    id,
    type: "summary.signed",
    source: "https://x.example",
    time,
    data,
  });
  const signed = sign({ id, timeMs: Date.now(), body: Buffer.from(body) });
  return { headers: { "content-type": "application/cloudevents+json", ...signed }, body };
}

type Process = (event: WebhookEvent) => Promise<void> | void;

/** A receiver behind node:http, and what became of its requests. */
async function served(process: Process, options: Partial<ReceiverOptions> = {}) {
  const receiver = createReceiver({ secrets: [secret], ...options });
  const all: Handled[] = [];
  const url = await listening((request, response) => {
    void receiver.handle(request, response, process).then((handled) => all.push(handled));
  });
  const ended = (outcome: Handled["outcome"]) =>
    eventually(() => all.some((handled) => handled.outcome === outcome), `a request that is ${outcome}`);
  return { url, ended };
}

const post = (url: string, { headers, body }: ReturnType<typeof message>) =>
  fetch(url, { method: "POST", headers, body });

describe("handle", () => {
  test("answers 204 while processing still goes on, and hands over the event once", async () => {
    const gate = Promise.withResolvers<void>();
    const seen: string[] = [];
    const { url, ended } = await served(async (event) => {
      seen.push(event.id);
      await gate.promise;
    });
    assert.equal((await post(url, message())).status, 204);
    assert.deepEqual(seen, ["evt_1"], "it has begun, and has not ended: the gate is closed");
    assert.equal((await post(url, message())).status, 204);
    await ended("duplicate");
    gate.resolve();
    await ended("processed");
    assert.deepEqual(seen, ["evt_1"]);
  });

  test("what could not be processed is told and given back: the next delivery of it counts", async () => {
    const told: unknown[] = [];
    let broken = true;
    const { url, ended } = await served(
      () => {
        if (broken) throw new Error("no place to file it");
      },
      { onError: (error, event) => void told.push([String(error), event?.id]) },
    );
    assert.equal((await post(url, message())).status, 204);
    await ended("failed");
    assert.deepEqual(told, [["Error: no place to file it", "evt_1"]]);
    broken = false;
    await post(url, message());
    await ended("processed");
  });

  test("refuses with a status and a reason that quotes nothing: 400, 401, 405, 413", async () => {
    const { url } = await served(() => assert.fail("nothing of this is processed"), { maxBodyBytes: 2_000 });
    const good = message();
    const answer = async (request: RequestInit) => {
      const response = await fetch(url, { method: "POST", ...good, ...request });
      return [response.status, ((await response.json()) as { error: string }).error];
    };
    assert.deepEqual(await answer({ headers: {} }), [400, "missing_header"]);
    assert.deepEqual(await answer({ body: `${good.body} ` }), [401, "no_match"]);
    assert.deepEqual(await answer({ method: "PUT" }), [405, "method_not_allowed"]);
    assert.deepEqual(await answer({ ...message("evt_2", { text: "x".repeat(2_000) }) }), [413, "body_too_large"]);
  });

  test("stops reading at the limit where the length is not told before", async () => {
    const { url } = await served(() => assert.fail("not processed"), { maxBodyBytes: 2_000 });
    const request = httpRequest(url, { method: "POST", headers: message().headers });
    request.on("error", () => undefined);
    const answered = once(request, "response") as Promise<[{ statusCode: number }]>;
    // Never ended: the answer comes for what was sent so far.
    request.write(Buffer.alloc(64_000));
    const [response] = await answered;
    assert.equal(response.statusCode, 413);
    request.destroy();
  });

  test("a sender that goes away in the middle of the body leaves nothing behind", async () => {
    const { url, ended } = await served(() => assert.fail("not processed"));
    const { headers, body } = message();
    const request = httpRequest(url, { method: "POST", headers: { ...headers, "content-length": body.length } });
    request.on("error", () => undefined);
    const server = servers.at(-1);
    assert.ok(server);
    const arrived = once(server, "request");
    request.write(body.slice(0, 10));
    await arrived;
    request.destroy();
    await ended("aborted");
  });

  test("a failing store is answered 503, so that the sender keeps the event", async () => {
    const told: unknown[] = [];
    const { url } = await served(() => assert.fail("not processed"), {
      store: { claim: () => Promise.reject(new Error("no connection")), release: () => undefined },
      onError: (error, event) => void told.push([String(error), event]),
    });
    assert.equal((await post(url, message())).status, 503);
    assert.deepEqual(told, [["Error: no connection", undefined]]);
  });
});

describe("handle in Express", () => {
  const receiver = createReceiver({ secrets: [secret], onError: () => undefined });
  const route =
    (seen: string[]): express.RequestHandler =>
    (request, response) =>
      void receiver.handle(request, response, (event) => void seen.push(event.id));

  test("with no body parser, and with express.raw", async () => {
    const seen: string[] = [];
    const app = express();
    app.post("/", route(seen));
    app.post("/raw", express.raw({ type: () => true }), route(seen));
    const url = await listening(app);
    assert.equal((await post(url, message("evt_11"))).status, 204);
    assert.equal((await post(`${url}raw`, message("evt_12"))).status, 204);
    assert.deepEqual(seen, ["evt_11", "evt_12"]);
  });

  test("a JSON parser in front is told as the set-up's fault, and the sender asked to try again", async () => {
    const app = express();
    app.post("/", express.json({ type: () => true }), route([]));
    const response = await post(await listening(app), message("evt_13"));
    assert.deepEqual([response.status, ((await response.json()) as { error: string }).error], [500, "body_not_raw"]);
  });
});
