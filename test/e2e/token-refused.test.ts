/**
 * An authorization server that gives no token for a while: the adapter's registration came later, or its keys could not be fetched
 * while it was deployed. Nothing of what was to be asked has been refused by the EHR, so nothing is given up.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { dischargeSubscription } from "../support/watched-ehr.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import { api, jobIn, jobWhen, stayOf } from "../support/whole-app-users.ts";

let app: WholeApp;
let refusing: { readonly remove: () => void; readonly struck: () => number };
before(async () => {
  app = await startWholeApp({
    sandbox: { behaviour: { subscriptions: "classic" } },
    tenants: ({ ehr }) => {
      refusing = ehr.faults.add({ method: "POST", path: "/auth/token", status: 401 });
      return [
        {
          ehr: { subscriptions: { channel: "criteria", chartTypes: [], pollSeconds: 3600 } },
          writeProfile: { when: "preliminary-and-signed" },
        },
      ];
    },
  });
});
after(() => app.stop());

test("a document that is owed and a Subscription that is wanted come as soon as there is a token", async () => {
  const { patientId, encounterId } = stayOf(app);
  const chart = app.sandbox.charts[0]?.bundle;
  const json = { patient: `Patient/${patientId}`, encounter: `Encounter/${encounterId}`, chart };
  const { id } = jobIn(await api(app, "POST", "/v1/jobs", { json }));
  assert.equal((await jobWhen(app, id)).status, "completed", "made of the chart that came along");
  const states = () => app.database.asOwner("select state, attempts, error from handover.document_write");
  await eventually(async () => (await states()).some(({ error }) => error !== null), "a try without a token");
  await eventually(async () => {
    const rows = await app.database.asOwner("select failures from handover.ehr_subscription");
    return rows.some(({ failures }) => Number(failures) > 0);
  }, "a Subscription that could not be asked for");
  assert.ok(refusing.struck() > 1);
  refusing.remove();

  await eventually(async () => (await states())[0]?.["state"] === "written", "the document written", 40_000);
  const written = app.sandbox.ehr.journal.writes({ resourceType: "DocumentReference" });
  assert.equal(written.length, 1);
  await dischargeSubscription(app, "requested", "criteria");
});

test("a draft whose chart needs that token says what it waits for and what mends it, and is made as soon as it is mended", async () => {
  const { patientId, encounterId } = stayOf(app, 1);
  const refused = app.sandbox.ehr.faults.add({ method: "POST", path: "/auth/token", status: 400 });
  // What is held from before would do for a while.
  const dead = app.sandbox.ehr.faults.add({ path: /^\/fhir\//u, status: 401 });
  const json = { patient: `Patient/${patientId}`, encounter: `Encounter/${encounterId}` };
  const { id } = jobIn(await api(app, "POST", "/v1/jobs", { json }));
  const met = await jobWhen(app, id, ({ error }) => error !== undefined);
  assert.deepEqual(
    [met.status === "requested" || met.status === "in-progress", met.error?.code],
    [true, "ehr_token_refused"],
  );
  assert.match(String(met.error?.["fix"]), /registration, scopes and keys.*doctor/u);
  const task = (await api(app, "GET", `/fhir/Task/${id}`)).at("statusReason");
  assert.deepEqual(task, { text: "ehr_token_refused" });
  assert.ok(app.logLines.some((line) => line.includes("ehr_token_refused")));
  await jobWhen(app, id, ({ attempt }) => attempt > 1);
  refused.remove();
  dead.remove();
  const made = await jobWhen(app, id);
  assert.deepEqual([made.status, made.error], ["completed", undefined]);
});
