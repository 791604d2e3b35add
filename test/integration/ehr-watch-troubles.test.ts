/** An EHR that hangs, or does not say what it offers: the others are served meanwhile, and so is what it does offer. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:net";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import {
  admitTo,
  applySettings,
  change,
  dischargeSubscription,
  jobOf,
  subscriptionsOf,
} from "../support/watched-ehr.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

describe("an EHR that takes connections and answers none", () => {
  let app: WholeApp;
  let hole: Server;
  const swallowed = new Set<{ destroy(): void }>();
  before(async () => {
    hole = createServer((socket) => {
      swallowed.add(socket);
      socket.on("error", () => undefined);
    }).listen(0, "127.0.0.1");
    await once(hole, "listening");
    const address = hole.address();
    assert.ok(typeof address === "object" && address !== null);
    const silent = { fhirBaseUrl: `http://127.0.0.1:${address.port}/fhir`, subscriptions: { pollSeconds: 1 } };
    app = await startWholeApp({
      roles: "api",
      sandbox: { charts: [] },
      tenants: () => [
        { ehr: { subscriptions: { pollSeconds: 1 } } },
        {
          id: "silent",
          ehr: silent,
          smart: false,
          issuers: [],
          endpoints: [],
          apiKey: "silent-gateway-key-0123456789",
        },
      ],
    });
    // What it once told of and nobody could look at since: more than there are hands, and all due before anybody else's.
    await app.database.asOwner(
      `insert into handover.ehr_notice (tenant, reference, via, due_at)
       select 'silent', 'Encounter/' || n, 'polling', now() - interval '1 hour' from generate_series(1, 60) n`,
      [],
    );
    await app.replica("worker");
  });
  after(async () => {
    for (const socket of swallowed) socket.destroy();
    hole.close();
    await app.stop();
  });

  test("holds up no other hospital's stays", async () => {
    await eventually(() => swallowed.size > 0, "somebody who waits for it", 20_000);
    const stay = admitTo(app, "elsewhere");
    change(app, stay);
    assert.equal((await jobOf(app, stay)).trigger, "subscription");
  });
});

describe("an EHR that does not show what it offers", () => {
  let app: WholeApp;
  const settings = (more: object = {}) => ({
    ehr: {
      subscriptions: {
        pollSeconds: 1,
        sweepSeconds: 3600,
        chartPollSeconds: 3600,
        heartbeatSeconds: 1,
        patienceSeconds: 30,
        chartTopics: [`${app?.sandbox.ehr.fhirBaseUrl}/SubscriptionTopic/patient-chart-change`],
        ...more,
      },
    },
  });
  before(async () => {
    app = await startWholeApp({ sandbox: { charts: [], behaviour: { subscriptions: "backport" } } });
    app.sandbox.ehr.faults.add({ method: "GET", path: "/fhir/metadata", status: 401 });
    await applySettings(app, settings());
  });
  after(() => app.stop());

  const chartTopic = (phase: string) =>
    eventually(
      async () => (await subscriptionsOf(app)).find((one) => one.watch === "chart" && one.phase === phase),
      `the chart's topic ${phase}`,
      30_000,
    );

  test("is asked for what the settings name, its stays are found, its silence is noticed", async () => {
    assert.equal((await chartTopic("proven")).manner, "topic");
    const stay = admitTo(app, "unlisted");
    change(app, stay);
    await jobOf(app, stay);
    const standing = (await subscriptionsOf(app)).filter(({ phase }) => phase !== "ended");
    assert.deepEqual(
      standing.map(({ watch, manner }) => `${watch} ${manner}`),
      ["chart topic", "discharge criteria"],
    );
    app.sandbox.ehr.publisher?.silence(true);
    await chartTopic("silent");
    app.sandbox.ehr.publisher?.silence(false);
    await chartTopic("proven");
  });

  test("is asked by topic once it shows it, and what stood in its place goes", async () => {
    app.sandbox.ehr.faults.clear();
    await applySettings(app, settings({ endedWithinDays: 5 }));
    await dischargeSubscription(app, "proven");
    await eventually(
      async () => (await subscriptionsOf(app)).every(({ manner, phase }) => manner === "topic" || phase === "ended"),
      "the search is taken away",
      20_000,
    );
    const stay = admitTo(app, "listed");
    change(app, stay);
    await jobOf(app, stay);
  });

  test("keeps the topic that stands while it hides again", async () => {
    const hidden = app.sandbox.ehr.faults.add({ method: "GET", path: "/fhir/metadata", status: 503 });
    const before = await dischargeSubscription(app, "proven");
    await applySettings(app, settings({ endedWithinDays: 6 }));
    await eventually(() => hidden.struck() > 0, "asked in vain", 20_000);
    assert.equal((await dischargeSubscription(app, "proven")).id, before.id);
  });
});
