/** One trace from the request for a summary to the receivers of its events (W3C Trace Context, CloudEvents distributed tracing). */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { eventually } from "../support/eventually.ts";
import { valueAt } from "../support/sandbox-ehr.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp, webhookSecret } from "../support/whole-app.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const given = `00-${traceId}-b7ad6b7169203331-01`;

let app: WholeApp;
let site: WebhookSite;

before(async () => {
  site = await webhookSite();
  const retry = { attempts: 4, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 };
  app = await startWholeApp({
    tenants: () => [
      { endpoints: [{ id: "his", url: `${site.url}/his`, events: ["*"], secret: webhookSecret, retry }] },
    ],
  });
});
beforeEach(() => {
  site.received.length = 0;
});
after(async () => {
  await app.stop();
  await site.close();
});

async function ask(stay: number, headers: Record<string, string>): Promise<string> {
  const chart = app.sandbox.charts[stay];
  const response = await fetch(`${app.url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ patient: `Patient/${chart?.patientId}`, encounter: `Encounter/${chart?.encounterId}` }),
  });
  assert.equal(response.status, 202);
  return String(valueAt(await response.json(), "id"));
}

/** All that came of a job, once its draft has been told of. */
const toldOf = (job: string) =>
  eventually(() => {
    const requests = site.received
      .map(({ headers, body }) => ({ headers, body: JSON.parse(body.toString()) as unknown }))
      .filter(({ body }) => valueAt(body, "data.job") === job);
    return requests.some(({ body }) => valueAt(body, "type") === "summary.ready") ? requests : undefined;
  }, "the draft's news");

test("a caller's trace is kept: in each event, and in each request under a span of its own, repeats too", async () => {
  let first = true;
  site.answer((_received, response) => {
    response.writeHead(first ? 500 : 204).end();
    first = false;
  });
  const job = await ask(0, { traceparent: given });
  const requests = await toldOf(job);
  assert.ok(requests.length > 4);
  for (const { headers, body } of requests) {
    assertCatalogued(body);
    assert.equal(valueAt(body, "traceparent"), given);
    assert.match(headers["traceparent"] ?? "", new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`, "u"));
  }
  const spans = requests.map(({ headers }) => headers["traceparent"]);
  assert.equal(new Set(spans).size, spans.length);
  const ids = requests.map(({ headers }) => headers["webhook-id"]);
  assert.ok(new Set(ids).size < ids.length, "one was sent twice");
  for (const name of ["http.request", "job.attempt_ended", "delivery.attempted"])
    await eventually(() => app.logLines.some((line) => line.includes(traceId) && line.includes(`"${name}"`)), name);
  const stream = await fetch(`${app.url}/v1/jobs/${job}/events`, {
    headers: { authorization: `Bearer ${apiKey}`, accept: "application/json" },
  });
  assert.equal(valueAt(await stream.json(), "events.0.traceparent"), given);
});

test("without one the job's id is the trace, the same in all its requests; an invalid one is passed over", async () => {
  for (const [stay, headers] of [
    [1, {}],
    [2, { traceparent: "00-not-a-trace-01" }],
  ] as const) {
    const job = await ask(stay, headers);
    for (const request of await toldOf(job)) {
      assert.equal(valueAt(request.body, "traceparent"), undefined);
      assert.equal(request.headers["traceparent"]?.slice(3, 35), job.replaceAll("-", ""));
    }
  }
});

test("of a batch it goes on into each job that the batch makes, and into what is told of the batch", async () => {
  // Not those that the tests above have asked for: an open job is joined, and keeps its own trace.
  const items = app.sandbox.charts.slice(3, 5).map(({ patientId, encounterId }) => ({
    patient: `Patient/${patientId}`,
    encounter: `Encounter/${encounterId}`,
  }));
  assert.ok(items.length > 0);
  const response = await fetch(`${app.url}/v1/batches`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", traceparent: given },
    body: JSON.stringify({ items }),
  });
  assert.equal(response.status, 202);
  const batch = String(valueAt(await response.json(), "id"));
  const told = await eventually(() => {
    const events = site.received.map(({ body }) => JSON.parse(body.toString()) as unknown);
    const ready = events.filter((event) => valueAt(event, "type") === "summary.ready");
    const done = events.filter((event) => valueAt(event, "type") === "batch.completed");
    return ready.length === items.length && done.some((event) => valueAt(event, "data.batch") === batch)
      ? events
      : undefined;
  }, "both drafts, and the batch's end");
  for (const event of told) assert.equal(valueAt(event, "traceparent"), given, JSON.stringify(event));
});
