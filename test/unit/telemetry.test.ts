import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AdapterError } from "../../src/core/errors.ts";
import { errorFields } from "../../src/telemetry/error-fields.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";

const CANARY = "Chewbacca-canary";

function capture() {
  const lines: string[] = [];
  const drops: number[] = [];
  const log = createLog({
    level: "debug",
    destination: { write: (line) => lines.push(line) },
    onDropped: (count) => drops.push(count),
  });
  return { log, lines, drops, first: (): Record<string, unknown> => JSON.parse(lines[0] ?? "{}") };
}

describe("log: the allow-list of fields", () => {
  it("writes one JSON line with level, time, event and the allowed fields", () => {
    const { log, first } = capture();
    log.with({ requestId: "r-1" }).info("http.request", { status: 200, durationMs: 3 });
    const line = first();
    assert.deepEqual(
      [line["level"], line["event_name"], line["requestId"], line["status"]],
      ["info", "http.request", "r-1", 200],
    );
    assert.match(String(line["time"]), /^\d{4}-\d\d-\d\dT.*Z$/u);
  });

  it("lets no unknown field out, whatever it holds, and counts it", () => {
    const { log, lines, drops } = capture();
    const careless = {
      patientName: CANARY,
      authorization: `Bearer ${CANARY}`,
      body: { name: CANARY },
      status: 200,
    };
    log.info("x", careless);
    assert.ok(!lines.join("").includes(CANARY));
    assert.deepEqual(drops, [3]);
  });

  it("drops a known field whose value does not have the field's form", () => {
    const { log, lines } = capture();
    log.info("x", {
      job: `Mr ${CANARY} <b>`,
      route: `/v1/jobs?patient=${CANARY}`,
      status: CANARY,
      url: `https://h.example/p/${CANARY}`,
    });
    assert.ok(!lines.join("").includes(CANARY), lines.join(""));
  });

  it("cannot be split by line ends or terminal codes (attack list 143)", () => {
    const { log, lines } = capture();
    log.info("x", { detail: 'a\r\n{"level":"error"}\u001B[31m' });
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.trimEnd().split("\n").length, 1);
    assert.ok(!lines[0]?.includes("\u001B"));
  });
});

describe("log: errors", () => {
  it("tells class, code and place of an unknown error, never its message", () => {
    const error = Object.assign(new Error(`Key (name)=(${CANARY}) exists\nat line two ${CANARY}:1:2`), {
      code: "23505",
    });
    const fields = errorFields(error);
    assert.deepEqual([fields.errorName, fields.errorCode], ["Error", "23505"]);
    assert.ok(!JSON.stringify(fields).includes(CANARY));
    assert.ok(Array.isArray(fields.errorFrames) && fields.errorFrames.length > 0);
  });

  it("tells code, private detail and the cause's kind of our own errors", () => {
    const fields = errorFields(new AdapterError("ehr_failed", { detail: "status 503", cause: new TypeError(CANARY) }));
    assert.deepEqual([fields.code, fields.detail, fields.errorName], ["ehr_failed", "status 503", "TypeError"]);
    assert.ok(!JSON.stringify(fields).includes(CANARY));
  });
});

describe("metrics", () => {
  it("renders the text format, and folds a made-up method into one label", async () => {
    const metrics = createMetrics({ defaults: false });
    metrics.httpRequest({ family: "/v1", method: "GET", status: 200 }, 0.01);
    metrics.httpRequest({ family: "/v1", method: `X${CANARY}`, status: 405 }, 0.01);
    const { body, contentType } = await metrics.render();
    assert.match(contentType, /^text\/plain/u);
    assert.match(body, /handover_http_request_seconds_count\{family="\/v1",method="other",status="405"\} 1/u);
    assert.ok(!body.includes(CANARY));
  });
});
