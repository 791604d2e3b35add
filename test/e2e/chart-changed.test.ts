/** The chart changes under a draft, as a hospital's systems see it: job, feed, webhooks thin and full (contract, section 4). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { apiCaller } from "../support/api-call.ts";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { eventually } from "../support/eventually.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp, webhookSecret } from "../support/whole-app.ts";

let app: WholeApp;
let site: WebhookSite;
const call = apiCaller(() => app);

before(async () => {
  site = await webhookSite();
  const endpoint = (id: string, more: object) => ({
    id,
    url: `${site.url}/${id}`,
    events: ["context.*"],
    secret: webhookSecret,
    ...more,
  });
  app = await startWholeApp({
    tenants: () => [
      {
        backendServices: false,
        endpoints: [
          endpoint("thin", {}),
          endpoint("full", { payload: "full" }),
          endpoint("medicines", { filter: { "data.entity.type": ["MedicationRequest"] } }),
        ],
      },
    ],
  });
});
after(async () => {
  await app.stop();
  await site.close();
});

const subject = { reference: "Patient/changing" };
function chart(status: string, diagnosis: string): object {
  const resources = [
    { resourceType: "Patient", id: "changing", name: [{ family: "Example" }], birthDate: "1950-01-01" },
    { resourceType: "Encounter", id: "stay-1", status: "in-progress", class: { code: "IMP" }, subject },
    {
      resourceType: "MedicationRequest",
      id: "m1",
      status,
      intent: "order",
      subject,
      medicationCodeableConcept: { text: "Metoprolol 25 mg" },
    },
    { resourceType: "Condition", id: "c1", subject, code: { text: diagnosis } },
  ];
  return { resourceType: "Bundle", type: "collection", entry: resources.map((resource) => ({ resource })) };
}

const ask = (status: string, diagnosis: string) =>
  call("POST", "/v1/jobs", {
    patient: "Patient/changing",
    encounter: "Encounter/stay-1",
    chart: chart(status, diagnosis),
  });

const arrivedAt = (path: string) =>
  site.received.filter((one) => one.path === path).map(({ body }) => JSON.parse(body.toString()));

test("a second request with another chart joins the job, and all who asked hear what changed, values only in full", async () => {
  const { body: made } = await ask("active", "Pneumonia");
  await eventually(
    async () => (await call("GET", `/v1/jobs/${made.id}`)).body.status === "completed",
    "the draft",
    20_000,
  );
  const again = await ask("stopped", "Heart failure");
  assert.deepEqual([again.status, again.body.id], [200, made.id]);
  assert.ok(again.body.contextUpdatedAt !== undefined);
  await eventually(() => arrivedAt("/full").length === 2 && arrivedAt("/thin").length === 2, "both webhooks");
  for (const event of [...arrivedAt("/full"), ...arrivedAt("/thin")]) assertCatalogued(event);
  const changes = (path: string) =>
    new Map(arrivedAt(path).map(({ data }) => [`${data.entity.type}/${data.entity.id}`, data.changes]));
  assert.deepEqual(changes("/full").get("MedicationRequest/m1"), [{ path: "status", old: "active", new: "stopped" }]);
  assert.deepEqual(changes("/full").get("Condition/c1"), [
    { path: "code.text", old: "Pneumonia", new: "Heart failure" },
  ]);
  assert.deepEqual(changes("/thin").get("MedicationRequest/m1"), [{ path: "status" }]);
  assert.doesNotMatch(JSON.stringify(arrivedAt("/thin")), /Pneumonia|Heart failure|stopped/u);
  await eventually(() => arrivedAt("/medicines").length === 1, "the filtered one");
  const { events } = (await call("GET", "/v1/events?types=context.*")).body;
  assert.equal(events.length, 2);
  assert.doesNotMatch(JSON.stringify(events), /Pneumonia|Heart failure|stopped/u);
  await ask("stopped", "Heart failure");
  assert.equal((await call("GET", "/v1/events?types=context.*")).body.events.length, 2, "the same again is no news");
});
