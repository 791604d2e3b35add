/** EHRs that know of no topics: R4's own Subscriptions as HAPI sends them, and polling, which needs nothing of the EHR. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import {
  admitTo,
  atEhr,
  change,
  channelAtEhr,
  dischargeSubscription,
  jobOf,
  lookedAt,
  subscriptionsOf,
  untilTold,
} from "../support/watched-ehr.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

interface ContextEvent {
  readonly entity: { readonly type: string; readonly id: string };
  readonly source: string;
}

/** What the job's log says of its chart. */
async function contextEvents(app: WholeApp, job: string): Promise<readonly ContextEvent[]> {
  const rows = await app.database.asOwner(
    "select data from handover.event where job = $1 and type = 'context.updated' order by seq",
    [job],
  );
  return rows.map(({ data }) => data as ContextEvent);
}

/** A draft that waits for its signature. */
async function draftOf(app: WholeApp, stay: string): Promise<string> {
  const { id } = await jobOf(app, stay);
  await eventually(
    async () => {
      const [job] = await app.database.asOwner("select status from handover.job where id = $1", [id]);
      return job?.["status"] === "completed";
    },
    "the draft",
    30_000,
  );
  return id;
}

const potassium = (patient: string, value: number) => ({
  resourceType: "Observation",
  id: `${patient}-potassium`,
  status: "final",
  subject: { reference: `Patient/${patient}` },
  encounter: { reference: `Encounter/${patient}-stay` },
  code: { coding: [{ system: "http://loinc.org", code: "2823-3" }], text: "Potassium" },
  effectiveDateTime: new Date().toISOString(),
  valueQuantity: { value, unit: "mmol/L" },
});

describe("R4's own Subscriptions", () => {
  let app: WholeApp;
  before(async () => {
    app = await startWholeApp({
      sandbox: { charts: [], behaviour: { subscriptions: "classic" } },
      tenants: () => [
        {
          ehr: {
            subscriptions: {
              pollSeconds: 1,
              sweepSeconds: 3600,
              chartPollSeconds: 3600,
              heartbeatSeconds: 1,
              patienceSeconds: 2,
              chartTypes: ["Observation"],
            },
          },
        },
      ],
    });
  });
  after(() => app.stop());

  test("no topic is listed, so a search is asked for; that it says active proves nothing, and polling goes on", async () => {
    const asked = await dischargeSubscription(app, "requested", "criteria");
    await eventually(() => atEhr(app, asked.remote)["status"] === "active");
    assert.equal(atEhr(app, asked.remote)["criteria"], "Encounter?status=finished");
    const asks = async () => (await subscriptionsOf(app)).filter(({ phase }) => phase === "requested");
    await eventually(async () => (await asks()).length === 2, "both are asked for", 20_000);
    assert.deepEqual(
      (await subscriptionsOf(app)).map(({ watch, manner, criteria, phase }) => [watch, manner, criteria, phase]),
      [
        ["chart", "criteria", "Observation?", "requested"],
        ["discharge", "criteria", "Encounter?status=finished", "requested"],
      ],
    );
  });

  test("the first resource that comes, by PUT behind the endpoint, proves it; then the EHR is asked seldom", async () => {
    const first = admitTo(app, "first");
    change(app, first);
    await jobOf(app, first);
    const { proof, remote } = await dischargeSubscription(app, "proven", "criteria");
    assert.equal(proof, "notification");
    const sent = app.sandbox.ehr.publisher?.sent.find(({ subscription }) => subscription === remote);
    assert.deepEqual([sent?.method, sent?.url.endsWith("/Encounter/first-stay"), sent?.status], ["PUT", true, 200]);
    await untilTold(app);
    const second = admitTo(app, "second");
    change(app, second);
    await jobOf(app, second);
    assert.equal((await lookedAt(app, second)).via, "criteria");
  });

  test("an empty call says that something happened: a search tells what", async () => {
    const { remote } = await dischargeSubscription(app, "proven", "criteria");
    const { endpoint, authorization } = channelAtEhr(app, remote);
    // What this EHR tells by itself is lost, so that nothing but the empty call can bring the stay.
    app.sandbox.ehr.publisher?.lose(1);
    const stay = admitTo(app, "unnamed");
    change(app, stay);
    assert.equal((await fetch(endpoint, { method: "POST", headers: { authorization } })).status, 200);
    await jobOf(app, stay);
    assert.equal((await lookedAt(app, stay)).via, "polling");
  });

  test("a result that comes under a draft is told of in the job's log, once; another patient's is passed over", async () => {
    const stay = admitTo(app, "drafted");
    change(app, stay);
    const job = await draftOf(app, stay);
    const { store } = app.sandbox.ehr;
    store.put(potassium("drafted", 5.9), "PUT");
    admitTo(app, "stranger");
    store.put(potassium("stranger", 3.1), "PUT");
    await eventually(async () => (await contextEvents(app, job)).length > 0, "context.updated", 20_000);
    await app.sandbox.ehr.publisher?.settled();
    const told = await contextEvents(app, job);
    assert.deepEqual(
      told.map(({ entity, source }) => [entity.type, entity.id, source]),
      [["Observation", "drafted-potassium", "subscription"]],
    );
    const seen = await app.database.asOwner("select 1 from handover.ehr_notice where reference = $1", [
      "Observation/stranger-potassium",
    ]);
    assert.deepEqual(seen, [], "no draft waits for this patient: it is not even read");
  });
});

describe("an EHR that does not tell by itself", () => {
  let app: WholeApp;
  before(async () => {
    app = await startWholeApp({
      sandbox: { charts: [], behaviour: { pageSize: { default: 2, max: 2 } } },
      tenants: () => [{ ehr: { subscriptions: { pollSeconds: 1, chartPollSeconds: 1, chartTypes: ["Observation"] } } }],
    });
  });
  after(() => app.stop());

  test("it takes no Subscription, and is asked by the time of the last change; pages are followed", async () => {
    const stays = ["one", "two", "three", "four", "five"].map((id) => admitTo(app, id));
    for (const stay of stays) change(app, stay);
    for (const stay of stays) {
      await jobOf(app, stay);
      assert.equal((await lookedAt(app, stay)).via, "polling");
    }
    await dischargeSubscription(app, "refused", "criteria");
  });

  test("asked again over the same time it looks at nothing twice, and starts nothing twice", async () => {
    const looks = () =>
      app.database.asOwner("select reference, looked_at from handover.ehr_notice order by reference", []);
    const searches = () => app.sandbox.ehr.journal.entries().filter(({ path }) => path === "Encounter").length;
    const [before, asked] = [await looks(), searches()];
    await eventually(() => searches() > asked + 2, "asked again", 20_000);
    assert.deepEqual(await looks(), before);
    const [count] = await app.database.asOwner("select count(*)::int as jobs from handover.job", []);
    assert.equal(count?.["jobs"], 5);
  });

  test("a result that comes under a draft is found and told of", async () => {
    const job = await draftOf(app, "Encounter/two-stay");
    app.sandbox.ehr.store.put(potassium("two", 6.1), "PUT");
    await eventually(async () => (await contextEvents(app, job)).length > 0, "context.updated", 20_000);
    const [event] = await contextEvents(app, job);
    assert.deepEqual([event?.entity.id, event?.source], ["two-potassium", "subscription"]);
  });

  test("an EHR that is away for a while costs nothing but the while", async () => {
    const away = app.sandbox.ehr.faults.add({ path: "/fhir/Encounter", status: 503 });
    const stay = admitTo(app, "late");
    change(app, stay);
    await eventually(() => away.struck() > 0, "asked in vain", 20_000);
    away.remove();
    await jobOf(app, stay);
  });
});
