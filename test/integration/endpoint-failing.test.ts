/** An endpoint that only fails, to its end: who watches is told before and at it, by webhook, from the log (docs/webhooks.md). */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { addEvents } from "../support/delivery.ts";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { eventually } from "../support/eventually.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";

const hourMs = 3_600_000;
let app: WholeApp;
let site: WebhookSite;

// The tests look into answers of many shapes; each assertion says which.
// oxlint-disable-next-line typescript/no-explicit-any
async function call(method: string, path: string, body?: object): Promise<any> {
  const response = await fetch(`${app.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  assert.ok(response.ok, `${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** As if so many hours had gone by, with nothing but failures. A lane at work is fenced off: it would write what it knows. */
const failingSince = (hours: number) =>
  app.database.asOwner(
    "update handover.endpoint set standing = $1, circuit = 'closed', circuit_failures = 0, circuit_until = '-infinity', lane_epoch = lane_epoch + 1, lane_until = '-infinity' where id = 'broken'",
    [JSON.stringify({ failing: { sinceMs: Date.now() - hours * hourMs, lastMs: Date.now() - hourMs, warned: 0 } })],
  );

const event = (job: string) =>
  addEvents(
    app.database,
    { tenant: "general", job: `01900000-0000-7000-8000-0000000000${job}`, type: "summary.signed" },
    1,
  );

interface Told {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const told = (): readonly Told[] =>
  site.received.filter(({ path }) => path === "/ops").map(({ body }) => JSON.parse(String(body)) as Told);

before(async () => {
  site = await webhookSite();
  site.answer(({ path }, response) => response.writeHead(path === "/broken" ? 500 : 204).end());
  app = await startWholeApp({ tenants: () => [{ endpoints: [] }] });
  await call("POST", "/v1/endpoints", { id: "ops", url: `${site.url}/ops`, events: ["endpoint.*"] });
  await call("POST", "/v1/endpoints", {
    id: "broken",
    url: `${site.url}/broken`,
    events: ["summary.*"],
    disableAfterHours: 100,
    breaker: { failures: 100, openSeconds: 1 },
  });
});
after(async () => {
  await app.stop();
  await site.close();
});

describe("an endpoint that only fails", () => {
  test("is told of at its share of the limit, to another endpoint and never to itself, and shows since when", async () => {
    await failingSince(71);
    await event("11");
    await eventually(() => told().length === 1, "a warning", 20_000);
    const [warning] = told();
    assert.equal(warning?.type, "endpoint.failing");
    assert.deepEqual([warning.data["endpoint"], warning.data["percent"]], ["broken", 70]);
    const disabledAt = Date.parse(String(warning.data["disabledAt"]));
    assert.ok(Math.abs(disabledAt - (Date.now() + 29 * hourMs)) < 60_000);
    assertCatalogued(JSON.parse(String(site.received.find(({ path }) => path === "/ops")?.body)));
    const shown = await call("GET", "/v1/endpoints/broken");
    assert.ok(Math.abs(Date.parse(shown.failingSince) - (Date.now() - 71 * hourMs)) < 60_000);
    // Sent at once after the warning: it is not told again.
    await event("12");
    await eventually(
      () => site.received.filter(({ path }) => path === "/broken").length >= 2,
      "another attempt",
      20_000,
    );
    assert.equal(told().length, 1);
  });

  test("is disabled at the limit, by its reason; once it is resumed what was held goes out and the clock begins anew", async () => {
    await failingSince(101);
    await event("13");
    await eventually(() => told().some(({ type }) => type === "endpoint.disabled"), "disabled", 20_000);
    const disabled = told().find(({ type }) => type === "endpoint.disabled");
    assert.deepEqual([disabled?.data["endpoint"], disabled?.data["reason"]], ["broken", "failing"]);
    const shown = await call("GET", "/v1/endpoints/broken");
    assert.deepEqual([shown.status, shown.reason, shown.backlog.held], ["disabled", "failing", 3]);
    site.answer((_received, response) => response.writeHead(204).end());
    await call("POST", "/v1/endpoints/broken/resume");
    await eventually(async () => (await call("GET", "/v1/endpoints/broken")).backlog.pending === 0, "all sent", 20_000);
    const after = await call("GET", "/v1/endpoints/broken");
    assert.deepEqual([after.status, after.failingSince, after.backlog.held], ["active", undefined, 0]);
    await eventually(() => told().some(({ type }) => type === "endpoint.recovered"), "recovered", 20_000);
  });
});
