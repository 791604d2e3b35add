/** Tomorrow's discharges, asked for at once: the whole adapter, the sandbox EHR, a real Postgres. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { eventually } from "../support/eventually.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp, webhookSecret } from "../support/whole-app.ts";

interface BatchAnswer {
  readonly id: string;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly completedAt?: string;
  readonly items: readonly { readonly state: string; readonly job?: string; readonly code?: string }[];
}

let app: WholeApp;
let site: WebhookSite;

async function call(method: string, path: string, body?: object, more: Record<string, string> = {}): Promise<Response> {
  return fetch(`${app.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const batchOf = async (id: string): Promise<BatchAnswer> =>
  (await (await call("GET", `/v1/batches/${id}`)).json()) as BatchAnswer;

const completed = (id: string): Promise<BatchAnswer> =>
  eventually(
    async () => {
      const batch = await batchOf(id);
      return batch.completedAt === undefined ? undefined : batch;
    },
    "the batch's end",
    30_000,
  );

const stays = (): { patient: string; encounter: string }[] =>
  app.sandbox.charts.map(({ patientId, encounterId }) => ({
    patient: `Patient/${patientId}`,
    encounter: `Encounter/${encounterId}`,
  }));

before(async () => {
  site = await webhookSite();
  app = await startWholeApp({
    tenants: () => [
      { endpoints: [{ id: "batches", url: `${site.url}/batches`, events: ["batch.*"], secret: webhookSecret }] },
    ],
  });
});
after(async () => {
  await app.stop();
  await site.close();
});

test("makes a job for each encounter, tells how far it is, and says when it is done", async () => {
  const named = [
    ...stays(),
    { patient: "Patient/nobody", encounter: { identifier: { system: "urn:visits", value: "canary-visit-7" } } },
  ];
  const made = await call("POST", "/v1/batches", { items: named });
  assert.equal(made.status, 202);
  const { id, total } = (await made.json()) as BatchAnswer;
  assert.deepEqual([total, made.headers.get("location")], [named.length, `${app.url}/v1/batches/${id}`]);
  const batch = await completed(id);
  assert.deepEqual([batch.total, batch.done, batch.failed], [named.length, named.length - 1, 1]);
  assert.deepEqual(
    batch.items.map(({ state, code }) => [state, code]),
    named.map((_item, index) => (index < named.length - 1 ? ["done", undefined] : ["failed", "parameter_invalid"])),
  );
  const told = await eventually(() => {
    const bodies = site.received.map(({ body }) => JSON.parse(body.toString()) as Envelope);
    return bodies.some(({ type }) => type === "batch.completed") ? bodies : undefined;
  });
  told.forEach(assertCatalogued);
  const last = told.find(({ type }) => type === "batch.completed");
  assert.deepEqual(
    [last?.subject, last?.data["done"], last?.data["failed"], last?.data["total"], last?.data["job"]],
    [`batch/${id}`, named.length - 1, 1, named.length, undefined],
  );
  const progress = told
    .filter(({ type }) => type === "batch.progress")
    .map(({ data }) => Number(data["done"]) + Number(data["failed"]));
  assert.deepEqual(
    progress.toSorted((a, b) => a - b),
    progress,
    "counts rise",
  );
  assert.deepEqual(
    told.map(({ data }) => data["sequence"]),
    told.map((_event, index) => index + 1),
  );
});

interface Envelope {
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

test("asked again under the same key it is the same batch; with another body it is refused", async () => {
  const [first] = stays();
  const key = { "idempotency-key": "tomorrow-2026-03-18" };
  const made = await call("POST", "/v1/batches", { items: [first] }, key);
  const again = await call("POST", "/v1/batches", { items: [first] }, key);
  assert.deepEqual([made.status, again.status], [202, 200]);
  const [one, two] = [(await made.json()) as BatchAnswer, (await again.json()) as BatchAnswer];
  assert.equal(one.id, two.id);
  const other = await call("POST", "/v1/batches", { items: stays() }, key);
  assert.equal(other.status, 422);
  // Its draft is there already: the job of the batch before is still open, and was joined.
  assert.deepEqual([(await completed(one.id)).done], [1]);
});

test("holds no name in clear, and no other caller sees it", async () => {
  const rows = await app.database.asOwner(
    "select count(*)::int as n from handover.batch_item i where i::text like '%canary-visit-7%' or sealed is not null",
  );
  assert.deepEqual(rows, [{ n: 0 }]);
  assert.equal((await call("GET", "/v1/batches/01900000-0000-7000-8000-000000000000")).status, 404);
  const [first] = stays();
  for (const items of [[], [{ patient: "Patient/1" }], Array.from({ length: 1001 }, () => first)])
    assert.equal((await call("POST", "/v1/batches", { items })).status, 400);
});
