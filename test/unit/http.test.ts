import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { describe, it } from "node:test";
import express from "express";
import request from "supertest";
import { AdapterError } from "../../src/core/errors.ts";
import { createHttpApp } from "../../src/http/app.ts";
import type { RouteFamily } from "../../src/http/app.ts";
import { admitAtMost } from "../../src/http/admission.ts";
import { annotate } from "../../src/http/annotations.ts";
import { formBody, jsonBody, mediaType } from "../../src/http/body.ts";
import { createHealth } from "../../src/http/health.ts";
import { guardMethods } from "../../src/http/method-guard.ts";
import { createDescriptionRoutes } from "../../src/http/openapi.ts";
import { parseJson } from "../../src/http/parse-json.ts";
import { watchLoop } from "../../src/http/loop-lag.ts";
import { listen } from "../../src/http/server.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { eventually } from "../support/eventually.ts";

const CANARY = "Chewbacca-canary";

function world(over: { inbound?: boolean; families?: RouteFamily[] } = {}) {
  const lines: string[] = [];
  const refusals: unknown[] = [];
  const metrics = createMetrics({ defaults: false });
  const log = createLog({ level: "debug", destination: { write: (line) => lines.push(line) } });
  const api = express.Router();
  api.post("/v1/echo", ...jsonBody({ limitBytes: 1000 }), (incoming, response) => void response.json(incoming.body));
  api.get("/v1/things/:id", (_incoming, response) => {
    annotate(response, { tenant: "general", job: "job-1" });
    response.json({ ok: true });
  });
  api.get("/v1/fail", () => {
    throw new Error(`leaks ${CANARY}`);
  });
  api.get("/v1/denied", () => {
    throw new AdapterError("unauthenticated", { detail: "jwt.audience", message: `secret reason ${CANARY}` });
  });
  api.get("/v1/busy", () => {
    throw new AdapterError("database_unavailable", { retryAfterSeconds: 1.2 });
  });
  const fhir = express.Router();
  fhir.get("/fhir/Task", () => {
    throw new AdapterError("parameter_invalid", { at: "encounter" });
  });
  const oauth = express.Router();
  oauth.post(
    "/oauth/token",
    ...formBody({ limitBytes: 1000 }),
    (incoming, response) => void response.json([...(incoming.body as Map<string, string>)]),
  );
  const page = express.Router();
  page.get("/app", (_incoming, response) => void response.end("page"));
  const families: RouteFamily[] = over.families ?? [
    { paths: ["/v1"], errors: "problem", walled: true, router: guardMethods(api) },
    { paths: ["/fhir"], errors: "operation-outcome", walled: true, router: guardMethods(fhir) },
    { paths: ["/oauth"], errors: "oauth", walled: true, router: guardMethods(oauth) },
    { paths: ["/app"], errors: "problem", walled: false, framed: true, router: guardMethods(page) },
  ];
  const app = createHttpApp({
    publicUrl: "https://adapter.example",
    families,
    inboundAllowed: () => over.inbound ?? true,
    log,
    metrics,
    onRefused: (refusal) => refusals.push(refusal),
  });
  return { app, lines, refusals, metrics };
}

describe("errors are rendered once per route family (design, section 4)", () => {
  it("/v1: problem+json with a stable type, the place and a remedy (RFC 9457)", async () => {
    const { app } = world();
    const answer = await request(app).post("/v1/echo").set("content-type", "application/json").send("{");
    assert.equal(answer.status, 400);
    assert.match(answer.headers["content-type"] ?? "", /^application\/problem\+json/u);
    assert.equal(answer.body.type, "urn:handover:error:request_malformed");
    assert.ok(answer.body.fix && answer.body.requestId === answer.headers["x-request-id"]);
  });

  it("/fhir: an OperationOutcome that names the input", async () => {
    const answer = await request(world().app).get("/fhir/Task");
    assert.equal(answer.status, 400);
    assert.match(answer.headers["content-type"] ?? "", /^application\/fhir\+json/u);
    const outcome = JSON.parse(answer.text);
    assert.deepEqual(
      [outcome.resourceType, outcome.issue[0].code, outcome.issue[0].expression],
      ["OperationOutcome", "invalid", ["encounter"]],
    );
  });

  it("/oauth: an OAuth error (RFC 6749, 5.2)", async () => {
    const answer = await request(world().app)
      .post("/oauth/token")
      .set("content-type", "application/x-www-form-urlencoded")
      .send("a=1&a=2");
    assert.deepEqual([answer.status, answer.body.error], [400, "invalid_request"]);
  });

  it("401 tells no reason; the reason goes to the audit log", async () => {
    const { app, refusals } = world();
    const answer = await request(app).get("/v1/denied");
    assert.equal(answer.status, 401);
    assert.equal(answer.headers["www-authenticate"], "Bearer");
    assert.ok(!/audience|canary/iu.test(answer.text), answer.text);
    assert.deepEqual(refusals, [{ reason: "jwt.audience", family: "/v1" }]);
  });

  it("an unknown error is a blank 500 whose id stands in the log, without its message (ASVS 16.5.1)", async () => {
    const { app, lines } = world();
    const answer = await request(app).get("/v1/fail");
    assert.deepEqual([answer.status, answer.text], [500, ""]);
    assert.ok(
      lines.some((line) => line.includes("http.failed") && line.includes(String(answer.headers["x-request-id"]))),
    );
    assert.ok(!lines.join("").includes(CANARY));
  });

  it("what may heal says when to try again", async () => {
    const answer = await request(world().app).get("/v1/busy");
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "2"]);
  });
});

describe("bodies", () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    request(world().app)
      .post("/v1/echo")
      .set({ "content-type": "application/json", ...headers })
      .serialize((value: unknown) => value as string)
      .send(body);

  it("must be JSON by their content type: 415 otherwise (attack 22)", async () => {
    for (const type of [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "application/json; charset=utf-7",
    ]) {
      assert.equal((await post("{}", { "content-type": type })).status, 415, type);
    }
    assert.equal(mediaType(undefined), undefined);
    assert.equal(mediaType('application/json; charset="UTF-8"'), "application/json");
  });

  it("must be UTF-8 JSON without a mark: 400 otherwise (attack 19)", async () => {
    const bad = [
      Buffer.from([0xff, 0xfe, 0x7b, 0]),
      Buffer.from([0x22, 0xc3, 0x28, 0x22]),
      "\uFEFF{}",
      "",
      "{'a':1}",
      '{"a":1,}',
      "NaN",
      "{",
    ];
    for (const body of bad) assert.equal((await post(body)).status, 400, JSON.stringify(String(body)));
  });

  it("are never quoted in the answer or the log", async () => {
    const { app, lines } = world();
    const answer = await request(app)
      .post("/v1/echo")
      .set("content-type", "application/json")
      .send(`{"name": ${CANARY}}`);
    assert.equal(answer.status, 400);
    assert.ok(!answer.text.includes(CANARY) && !lines.join("").includes(CANARY));
  });

  it("over the limit are 413, compressed ones 415", async () => {
    assert.equal((await post(JSON.stringify("x".repeat(2000)))).status, 413);
    assert.equal((await post("{}", { "content-encoding": "gzip" })).status, 415);
  });

  it("reach no prototype, however the key is spelt (attack 21)", () => {
    for (const text of ['{"__proto__":{"polluted":1},"a":1}', String.raw`{"\u005f_proto__":{"polluted":1},"a":1}`]) {
      assert.throws(() => parseJson(Buffer.from(text)), { code: "request_malformed" });
    }
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });

  it("say each member once: of two, one reader keeps the first and another the last (attack 19)", () => {
    for (const text of ['{"a":1,"a":1}', String.raw`{"a":1,"\u0061":2}`, '[{"b":{"c":[{"d":1,"d":[]}]}}]'])
      assert.throws(() => parseJson(Buffer.from(text)), { code: "request_malformed", message: /twice/u }, text);
    const fine = { a: 'x": "y', b: [{ a: 1 }, { a: { ":": ":" } }], c: null, "": {} };
    assert.deepEqual(parseJson(Buffer.from(JSON.stringify(fine))), fine);
  });

  it("nested without end are refused, brackets inside strings not counted", () => {
    assert.throws(() => parseJson(Buffer.from("[".repeat(100_000) + "]".repeat(100_000))), {
      code: "request_malformed",
    });
    assert.deepEqual(parseJson(Buffer.from(JSON.stringify({ a: '[\\"['.repeat(500) }))), { a: '[\\"['.repeat(500) });
  });
});

describe("too many at once", () => {
  it("the last to come gets 503 with Retry-After at once; places are free again when others have left or given up", async () => {
    const held: (() => void)[] = [];
    const router = express.Router();
    router.post("/v1/slow", admitAtMost(2), (_incoming, response) => void held.push(() => response.json({})));
    const { app } = world({ families: [{ paths: ["/v1"], errors: "problem", walled: true, router }] });
    const server = app.listen(0);
    try {
      const slow = () => request(server).post("/v1/slow");
      const first = slow().then(({ status }) => status);
      const second = slow();
      const given = second.then(
        () => "answered",
        () => "gone",
      );
      await eventually(() => held.length === 2);
      const refused = await slow();
      assert.deepEqual([refused.status, refused.body.type], [503, "urn:handover:error:overloaded"]);
      assert.ok(Number(refused.headers["retry-after"]) > 0);
      second.abort();
      assert.equal(await given, "gone");
      held.shift()?.();
      assert.equal(await first, 200);
      // Both places are free again: two more come in, a third does not.
      const later = [slow(), slow()].map((call) => call.then(({ status }) => status));
      await eventually(() => held.length === 3);
      assert.equal((await slow()).status, 503);
      for (const answer of held.splice(0)) answer();
      assert.deepEqual(await Promise.all(later), [200, 200]);
    } finally {
      for (const answer of held) answer();
      server.close();
    }
  });

  it("where the process is late with everything, those few that are in hand go on, and no more come in", async () => {
    const lag = { late: 0 };
    const held: (() => void)[] = [];
    const router = express.Router();
    const admit = admitAtMost(100, { now: () => 0, lag: { ms: () => lag.late } });
    router.post("/v1/slow", admit, (_incoming, response) => void held.push(() => response.json({})));
    const { app } = world({ families: [{ paths: ["/v1"], errors: "problem", walled: true, router }] });
    const server = app.listen(0);
    try {
      const call = () => request(server).post("/v1/slow");
      lag.late = 1_000;
      const few = Array.from({ length: 8 }, () => call().then(({ status }) => status));
      await eventually(() => held.length === 8);
      assert.equal((await call()).status, 503);
      lag.late = 10;
      const next = call().then(({ status }) => status);
      await eventually(() => held.length === 9);
      for (const answer of held.splice(0)) answer();
      assert.deepEqual(new Set(await Promise.all([...few, next])), new Set([200]));
    } finally {
      for (const answer of held) answer();
      server.close();
    }
  });

  it("how late a process is, is told while it is, and forgotten by and by", async () => {
    const lag = watchLoop();
    const until = performance.now() + 300;
    while (performance.now() < until);
    assert.ok(lag.ms() >= 200, `${lag.ms()} ms`);
    await eventually(() => lag.ms() < 100);
  });

  it("who sends too slowly gives way to who comes; who has sent everything keeps the place", async () => {
    const clock = { ms: 0 };
    const held: (() => void)[] = [];
    const router = express.Router();
    const admit = admitAtMost(2, { now: () => clock.ms, lag: { ms: () => 0 } });
    let arrived = 0;
    const count: express.RequestHandler = (_incoming, _response, next) => {
      arrived += 1;
      next();
    };
    router.post("/v1/slow", count, admit, ...jsonBody({ limitBytes: 1000 }), (_incoming, response) => {
      held.push(() => response.json({}));
    });
    const { app } = world({ families: [{ paths: ["/v1"], errors: "problem", walled: true, router }] });
    const server = app.listen(0);
    const { port } = server.address() as AddressInfo;
    const sender = connect(port, "127.0.0.1");
    const gone = once(sender, "close");
    try {
      const call = () => request(server).post("/v1/slow").send({ a: 1 });
      const whole = call().then(({ status }) => status);
      await eventually(() => held.length === 1);
      const head =
        "POST /v1/slow HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{";
      sender.write(head);
      await eventually(() => arrived === 2);
      assert.equal((await call()).status, 503, "at first it may well be on its way");
      clock.ms = 10_000;
      const next = call().then(({ status }) => status);
      await gone;
      await eventually(() => held.length === 2);
      assert.equal((await call()).status, 503, "both places are taken by calls that were sent whole");
      for (const answer of held.splice(0)) answer();
      assert.deepEqual(await Promise.all([whole, next]), [200, 200]);
    } finally {
      sender.destroy();
      for (const answer of held) answer();
      server.close();
    }
  });
});

describe("every request", () => {
  it("gets the security headers; only framed pages lack X-Frame-Options (ASVS 3.4.6)", async () => {
    const { app } = world();
    const api = (await request(app).get("/v1/things/1")).headers;
    assert.match(api["content-security-policy"] ?? "", /default-src 'none'.*frame-ancestors 'none'/u);
    assert.deepEqual(
      [
        api["x-content-type-options"],
        api["referrer-policy"],
        api["cache-control"],
        api["x-frame-options"],
        api["x-powered-by"],
      ],
      ["nosniff", "no-referrer", "no-store", "DENY", undefined],
    );
    assert.match(api["strict-transport-security"] ?? "", /max-age=\d{8}/u);
    assert.equal((await request(app).get("/app")).headers["x-frame-options"], undefined);
  });

  it("keeps a harmless request id and replaces any other", async () => {
    const { app } = world();
    assert.equal(
      (await request(app).get("/v1/things/1").set("x-request-id", "abc-12345")).headers["x-request-id"],
      "abc-12345",
    );
    assert.match(
      String((await request(app).get("/v1/things/1").set("x-request-id", "a b<script>")).headers["x-request-id"]),
      /^[0-9a-f-]{36}$/u,
    );
  });

  it("is one line of log with the route's pattern, never its path or query (ASVS 14.2.1)", async () => {
    const { app, lines } = world();
    await request(app).get(`/v1/things/${CANARY}?key=${CANARY}`);
    const line = JSON.parse(lines.find((entry) => entry.includes("http.request")) ?? "{}");
    assert.deepEqual([line.route, line.status, line.tenant, line.job], ["/v1/things/:id", 200, "general", "job-1"]);
    assert.ok(!lines.join("").includes(CANARY));
  });

  it("by an undocumented method is 405 with Allow (attack 38, 51)", async () => {
    const { app } = world();
    for (const method of ["put", "delete", "options", "patch", "trace"] as const) {
      const answer = await request(app)[method]("/v1/things/1");
      assert.deepEqual([answer.status, answer.headers["allow"]], [405, "GET, HEAD"], method);
    }
    assert.equal((await request(app).head("/v1/things/1")).status, 200);
  });

  it("for nothing we know is 404 in its family's form; a bad escape is 400", async () => {
    const { app } = world();
    assert.equal((await request(app).get("/nowhere")).body.type, "urn:handover:error:not_found");
    assert.equal(JSON.parse((await request(app).get("/fhir/nowhere")).text).resourceType, "OperationOutcome");
    assert.equal((await request(app).get("/v1/things/%E0%A4%A")).status, 400);
  });

  it("from a network that is not allowed is 403, by its socket and not by a header (attack 53)", async () => {
    const { app } = world({ inbound: false });
    assert.equal(
      (await request(app).get("/v1/things/1").set("x-forwarded-for", "127.0.0.1").set("forwarded", "for=127.0.0.1"))
        .status,
      403,
    );
    assert.equal((await request(app).get("/app")).status, 200);
  });
});

describe("health", () => {
  it("is live always, ready only while its dependencies are there and it is not going down", async () => {
    let away = false;
    const clock = { ms: 0 };
    const health = createHealth({
      metrics: createMetrics({ defaults: false }),
      checks: { database: async () => (away ? Promise.reject(new Error("away")) : undefined) },
      monotonicMs: () => clock.ms,
    });
    const { app } = world({
      families: [{ paths: ["/livez", "/readyz", "/metrics"], errors: "problem", walled: false, router: health.router }],
    });
    assert.deepEqual((await request(app).get("/readyz")).body, { status: "ready", checks: { database: "ok" } });
    away = true;
    clock.ms += 2_000;
    const answer = await request(app).get("/readyz");
    assert.deepEqual([answer.status, answer.body], [503, { status: "not-ready", checks: { database: "away" } }]);
    away = false;
    clock.ms += 2_000;
    health.drain();
    assert.equal((await request(app).get("/readyz")).body.status, "draining");
    assert.equal((await request(app).get("/livez")).status, 200);
    assert.match((await request(app).get("/metrics")).text, /handover_ready 0/u);
  });
});

describe("OpenAPI 3.1", () => {
  it("is served with the configuration's schema", async () => {
    const router = createDescriptionRoutes({
      publicUrl: "https://adapter.example",
      version: "1.2.3",
      paths: [
        { "/a": { get: { responses: { "200": { description: "ok" } } } } },
        { "/a": { post: { responses: { "201": { description: "made" } } } } },
      ],
    });
    const { app } = world({
      families: [{ paths: ["/openapi.json", "/config.schema.json"], errors: "problem", walled: false, router }],
    });
    const { body } = await request(app).get("/openapi.json");
    assert.deepEqual(
      [body.openapi, body.servers[0].url, Object.keys(body.paths["/a"])],
      ["3.1.0", "https://adapter.example", ["get", "post"]],
    );
    assert.equal((await request(app).get("/config.schema.json")).body.type, "object");
  });
});

describe("server", () => {
  it("refuses smuggled and malformed requests (attack 35)", async () => {
    const server = await listen(world().app, { host: "127.0.0.1", port: 0 });
    const send = (text: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(server.port, "127.0.0.1", () => socket.write(text));
        let answer = "";
        socket
          .on("data", (chunk) => (answer += String(chunk)))
          .on("close", () => resolve(answer))
          .on("error", reject);
      });
    const line = "POST /v1/echo HTTP/1.1\r\n";
    const cases = [
      `${line}Host: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${line}Host: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n{}`,
      `${line}Content-Length: 2\r\nConnection: close\r\n\r\n{}`,
      `${line}Host: a\r\n folded: x\r\nConnection: close\r\n\r\n`,
      `${line}Host: a\r\nX: ${"y".repeat(20_000)}\r\n\r\n`,
    ];
    for (const text of cases) assert.match(await send(text), /^HTTP\/1\.1 4\d\d /u, text.slice(0, 80));
    await server.close(1_000);
  });

  it("ends gracefully: a running answer is finished, a new connection is refused", async () => {
    const started = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const router = express.Router();
    router.get("/slow", async (_incoming, response) => {
      started.resolve();
      await finish.promise;
      response.end("done");
    });
    const { app } = world({ families: [{ paths: ["/slow"], errors: "problem", walled: false, router }] });
    const server = await listen(app, { host: "127.0.0.1", port: 0 });
    const answer = fetch(`http://127.0.0.1:${server.port}/slow`);
    await started.promise;
    const closed = server.close(5_000);
    await assert.rejects(fetch(`http://127.0.0.1:${server.port}/slow`));
    finish.resolve();
    assert.equal(await (await answer).text(), "done");
    await closed;
  });
});
