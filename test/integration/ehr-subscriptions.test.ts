/**
 * The EHR tells by topic that a stay has ended: its one job starts without any click, whatever gets lost, comes twice or is
 * forged. Two replicas look after the same Subscriptions.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import {
  admitTo,
  applySettings,
  atEhr,
  change,
  channelAtEhr,
  dischargeSubscription,
  jobOf,
  jobsOf,
  lookedAt,
  subscriptionsOf,
  untilTold,
} from "../support/watched-ehr.ts";
import type { Sandbox } from "../../sandbox/main.ts";
import type { Replica, WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";
let app: WholeApp;
let remote: string | null;

const asked = ({ ehr }: Sandbox, more: object = {}): object => ({
  pollSeconds: 1,
  sweepSeconds: 3600,
  chartPollSeconds: 3600,
  heartbeatSeconds: 1,
  // A busy machine may keep the EHR waiting for longer than it is silent here.
  patienceSeconds: 90,
  dischargeFilters: ["Encounter?class=IMP"],
  chartTopics: [`${ehr.fhirBaseUrl}/SubscriptionTopic/patient-chart-change`],
  ...more,
});

let workers: Replica[];
before(async () => {
  app = await startWholeApp({
    roles: "api",
    sandbox: { charts: [], behaviour: { subscriptions: "backport" } },
    tenants: (sandbox) => [{ ehr: { subscriptions: asked(sandbox) } }],
  });
  workers = [await app.replica("worker"), await app.replica("worker")];
  ({ remote } = await dischargeSubscription(app, "proven"));
  await untilTold(app);
});
after(() => app.stop());

const publisher = () => {
  const found = app.sandbox.ehr.publisher;
  if (found === undefined) throw new Error("this EHR does not tell");
  return found;
};

function post(endpoint: string, authorization: string | undefined, body: string): Promise<Response> {
  const headers = {
    "content-type": "application/fhir+json",
    ...(authorization === undefined ? {} : { authorization }),
  };
  return fetch(endpoint, { method: "POST", headers, body });
}

/** As an EHR says it that does not number. */
const eventAbout = (stay: string): string =>
  JSON.stringify({
    resourceType: "Bundle",
    type: "history",
    entry: [
      {
        resource: {
          resourceType: "Parameters",
          parameter: [
            { name: "type", valueCode: "event-notification" },
            { name: "status", valueCode: "active" },
            {
              name: "notification-event",
              part: [{ name: "focus", valueReference: { reference: `https://elsewhere.example/${stay}` } }],
            },
          ],
        },
      },
    ],
  });

describe("what is asked of the EHR", () => {
  test("[subscriptions 23, 24, 64, 68, 76, 86, 96] one Subscription for each topic, by rest-hook, with ids only, a filter, a heartbeat, a secret and an end", async () => {
    const all = [...app.sandbox.ehr.store.list("Subscription")];
    assert.equal(all.length, 2, "two replicas made each once");
    const own = atEhr(app, remote);
    const topic = `${app.sandbox.ehr.fhirBaseUrl}/SubscriptionTopic/encounter-complete`;
    assert.equal(own["criteria"], topic, "found in the CapabilityStatement");
    assert.deepEqual(own["_criteria"], {
      extension: [{ url: `${backport}/backport-filter-criteria`, valueString: "Encounter?class=IMP" }],
    });
    const channel = own["channel"] as Record<string, unknown>;
    assert.equal(channel["type"], "rest-hook");
    assert.deepEqual(channel["_payload"], {
      extension: [{ url: `${backport}/backport-payload-content`, valueCode: "id-only" }],
    });
    assert.deepEqual(channel["extension"], [{ url: `${backport}/backport-heartbeat-period`, valueUnsignedInt: 1 }]);
    const { endpoint, authorization } = channelAtEhr(app, remote);
    assert.match(endpoint, /^http:\/\/127\.0\.0\.1:\d+\/inbound\/fhir\/general\/[0-9a-f]{32}$/u);
    assert.match(authorization, /^Bearer [\w-]{43}$/u);
    assert.ok(Date.parse(String(own["end"])) > Date.now());
    // Row 86: nothing of R5 by cross-version extensions.
    assert.doesNotMatch(JSON.stringify(own), /hl7\.org\/fhir\/5\.0/u);
  });

  test("it is proven by its handshake, and nothing before that was believed", async () => {
    const found = (await subscriptionsOf(app)).find(({ watch }) => watch === "discharge");
    const firstChange = app.logLines.find(
      (line) => line.includes("ehr_subscription.phase") && line.includes(String(found?.id)),
    );
    assert.match(firstChange ?? "", /"outcome":"proven","reason":"handshake"/u);
    assert.equal(publisher().sent.find(({ subscription }) => subscription === remote)?.kind, "handshake");
  });
});

describe("a stay ends", () => {
  test("[subscriptions 17] its one job starts without any click; a repeat, a second notification and the hook find the same one", async () => {
    const stay = admitTo(app, "anna");
    publisher().duplicate(1);
    change(app, stay);
    const job = await jobOf(app, stay);
    assert.equal(job.trigger, "subscription");
    assert.equal((await lookedAt(app, stay)).via, "topic");
    await publisher().settled();
    const context = { userId: "Practitioner/attending-1", patientId: "anna", encounterId: "anna-stay" };
    const [call] = await app.sandbox.cdsClient.call("encounter-discharge", context);
    assert.equal(call?.status, 200);
    change(app, stay, { status: "finished", serviceType: { text: "coded later" } });
    const { endpoint, authorization } = channelAtEhr(app, remote);
    assert.equal((await post(endpoint, authorization, eventAbout(stay))).status, 200);
    assert.equal((await lookedAt(app, stay)).outcome, "joined");
    assert.deepEqual(
      (await jobsOf(app, stay)).map(({ id }) => id),
      [job.id],
    );
  });

  test("hook and notification at the same moment make one job", async () => {
    const stays = ["berta", "clara", "dora"].map((id) => admitTo(app, id));
    await Promise.all(
      stays.map((stay) => {
        change(app, stay);
        const id = stay.slice("Encounter/".length);
        const context = { userId: "Practitioner/attending-1", patientId: id.replace("-stay", ""), encounterId: id };
        return app.sandbox.cdsClient.call("encounter-discharge", context);
      }),
    );
    for (const stay of stays) {
      const { outcome } = await lookedAt(app, stay);
      assert.ok(outcome === "started" || outcome === "joined", String(outcome));
      assert.equal((await jobsOf(app, stay)).length, 1);
    }
  });

  test("how it ended is told apart", async () => {
    const disposition = (code: string) => ({
      status: "finished",
      hospitalization: { dischargeDisposition: { coding: [{ code }] } },
    });
    const cases: readonly (readonly [id: string, more: object, kind: string, observation?: string])[] = [
      ["home", disposition("home"), "home"],
      ["moved", disposition("snf"), "transfer"],
      ["died", disposition("exp"), "death"],
      ["left", disposition("aadvice"), "against-advice"],
      ["watched", { status: "finished" }, "observation", "OBSENC"],
    ];
    for (const [id, more, , encounterClass] of cases)
      change(app, admitTo(app, id, encounterClass === undefined ? {} : { class: encounterClass }), more);
    for (const [id, , kind] of cases) {
      const notice = await lookedAt(app, `Encounter/${id}-stay`);
      assert.deepEqual([notice.outcome, notice.kind], ["started", kind]);
    }
  });

  test("mother and newborn each have their own, though the child's encounter is part of the mother's", async () => {
    const { store } = app.sandbox.ehr;
    const mother = admitTo(app, "mother", { patientMore: { gender: "female" } });
    store.put(
      {
        resourceType: "Procedure",
        id: "birth",
        status: "completed",
        subject: { reference: "Patient/mother" },
        encounter: { reference: mother },
        code: { coding: [{ system: "http://snomed.info/sct", code: "236973005" }] },
      },
      "PUT",
    );
    const more = { partOf: { reference: mother }, hospitalization: { admitSource: { coding: [{ code: "born" }] } } };
    const child = admitTo(app, "child", { more });
    change(app, mother);
    change(app, child);
    assert.deepEqual([(await lookedAt(app, mother)).kind, (await lookedAt(app, child)).kind], ["delivery", "newborn"]);
    assert.deepEqual([(await jobsOf(app, mother)).length, (await jobsOf(app, child)).length], [1, 1]);
  });
});

describe("what starts nothing", () => {
  test("cancelled, entered in error, taken back, a visit, a move within the stay, an end of long ago", async () => {
    const whole = admitTo(app, "whole");
    const cases: readonly (readonly [id: string, more: object, outcome: string, options?: object])[] = [
      ["cancelled", { status: "cancelled" }, "cancelled"],
      ["mistake", { status: "entered-in-error" }, "cancelled"],
      ["reverted", { status: "in-progress" }, "not-finished"],
      ["visit", { status: "finished" }, "no-stay", { class: "AMB" }],
      ["ward", { status: "finished" }, "part-of-stay", { patient: "whole", more: { partOf: { reference: whole } } }],
      ["archive", { status: "finished", period: { start: "2001-02-03", end: "2001-02-10" } }, "long-ago"],
    ];
    const { endpoint, authorization } = channelAtEhr(app, remote);
    for (const [id, more, , options] of cases) {
      const stay = admitTo(app, id, options ?? {});
      change(app, stay, more);
      // Told of as ended, all of them: what counts is what the EHR holds.
      assert.equal((await post(endpoint, authorization, eventAbout(stay))).status, 200);
    }
    for (const [id, , outcome] of cases) {
      const stay = `Encounter/${id}-stay`;
      assert.equal((await lookedAt(app, stay)).outcome, outcome, id);
      assert.deepEqual(await jobsOf(app, stay), []);
    }
  });

  test("a forged message: without the secret it is refused, with it the EHR is asked", async () => {
    const { endpoint, authorization } = channelAtEhr(app, remote);
    const stay = admitTo(app, "forged");
    const body = eventAbout(stay);
    assert.equal((await post(endpoint, undefined, body)).status, 401);
    assert.equal((await post(endpoint, `${authorization.slice(0, -1)}~`, body)).status, 401);
    assert.equal((await post(endpoint.replace(/.$/u, "x"), authorization, body)).status, 404);
    assert.equal((await post(endpoint.replace("/general/", "/other/"), authorization, body)).status, 404);
    const nobody = await post(endpoint, authorization, eventAbout("Encounter/of-nobody"));
    assert.equal(nobody.status, 200);
    assert.equal((await post(endpoint, authorization, body)).status, 200);
    assert.equal((await lookedAt(app, stay)).outcome, "not-finished");
    assert.deepEqual([await jobsOf(app, stay), await jobsOf(app, "Encounter/of-nobody")], [[], []]);
  });

  test("bodies: no JSON, no FHIR, too much; nothing of them is kept or logged", async () => {
    const { endpoint, authorization } = channelAtEhr(app, remote);
    assert.equal((await post(endpoint, authorization, "<Bundle/>")).status, 400);
    assert.equal((await post(endpoint, authorization, "[1]")).status, 400);
    assert.equal((await post(endpoint, authorization, `"${"x".repeat(1_100_000)}"`)).status, 413);
    assert.equal((await fetch(endpoint, { headers: { authorization } })).status, 405);
    const secret = authorization.replace("Bearer ", "");
    assert.equal(
      app.logLines.some((line) => line.includes(secret)),
      false,
    );
  });
});

describe("what goes wrong on the way", () => {
  test("[subscriptions 71, 85, 116] a lost notification: the gap is found by the count, and closed by $events", async () => {
    const stay = admitTo(app, "lost");
    publisher().lose(1);
    change(app, stay);
    await jobOf(app, stay);
    assert.equal((await lookedAt(app, stay)).via, "topic");
  });

  test("where the EHR keeps no events, a search over the time closes it", async () => {
    publisher().withhold("$events");
    const stay = admitTo(app, "lost-again");
    publisher().lose(1);
    change(app, stay);
    await jobOf(app, stay);
    assert.equal((await lookedAt(app, stay)).via, "polling");
    await untilTold(app);
  });

  test("a count beyond all measure, by mistake or by malice: a search closes the gap, and what comes next is heard", async () => {
    const { endpoint, authorization } = channelAtEhr(app, remote);
    const counted = String(Number.MAX_SAFE_INTEGER);
    const parameter = [
      { name: "type", valueCode: "heartbeat" },
      { name: "events-since-subscription-start", valueString: counted },
    ];
    const entry = [{ resource: { resourceType: "Parameters", parameter } }];
    const body = JSON.stringify({ resourceType: "Bundle", type: "history", entry });
    assert.equal((await post(endpoint, authorization, body)).status, 200);
    await eventually(async () => {
      const rows = await app.database.asOwner("select position, counted from handover.ehr_subscription");
      return rows.some(({ position }) => String(position) === counted);
    }, "the gap closed");
    const stay = admitTo(app, "after-the-count");
    change(app, stay);
    await jobOf(app, stay);
  });

  test("[subscriptions 81, 82] in error: its return is asked for, and what happened meanwhile is found", async () => {
    const before = atEhr(app, remote).meta.versionId;
    publisher().fail();
    const stay = admitTo(app, "meanwhile");
    change(app, stay);
    await jobOf(app, stay);
    await eventually(() => atEhr(app, remote)["status"] === "active", "active again", 20_000);
    assert.ok(Number(atEhr(app, remote).meta.versionId) > Number(before));
    await dischargeSubscription(app, "proven");
  });

  test("silent though it says active: noticed by its heartbeat, and asked again and again until it is back", async () => {
    await untilTold(app);
    publisher().silence(true);
    const stay = admitTo(app, "silent");
    change(app, stay);
    await jobOf(app, stay);
    const found = await eventually(
      async () => (await subscriptionsOf(app)).find(({ watch, phase }) => watch === "discharge" && phase !== "proven"),
      "no longer believed",
      20_000,
    );
    assert.equal(found.remote, remote);
    publisher().silence(false);
    await dischargeSubscription(app, "proven");
    assert.equal([...app.sandbox.ehr.store.list("Subscription")].length, 2, "none was made anew");
  });

  test("a Subscription that is gone at the EHR is made anew", async () => {
    app.sandbox.ehr.store.remove("Subscription", remote ?? "");
    const anew = await eventually(
      async () =>
        (await subscriptionsOf(app)).find(
          (one) => one.watch === "discharge" && one.phase === "proven" && one.remote !== remote,
        ),
      "a new one",
      30_000,
    );
    const stay = admitTo(app, "anew");
    change(app, stay);
    await jobOf(app, stay);
    remote = anew.remote;
  });
});

describe("restarts and other settings", () => {
  test("a stay that ends while no worker is there is taken in, and its job starts with the next one", async () => {
    await untilTold(app);
    for (const worker of workers) await worker.stop();
    const stay = admitTo(app, "overnight");
    change(app, stay);
    await publisher().settled();
    assert.deepEqual(await jobsOf(app, stay), []);
    workers = [await app.replica("worker")];
    await jobOf(app, stay);
    assert.equal((await jobsOf(app, stay)).length, 1);
  });

  test("other terms are asked for anew; what is no longer wanted is taken away at the EHR", async () => {
    const heartbeatOf = () =>
      [...app.sandbox.ehr.store.list("Subscription")].map(({ channel }) => JSON.stringify(channel).includes('Int":2'));
    await applySettings(app, { ehr: { subscriptions: asked(app.sandbox, { heartbeatSeconds: 2 }) } });
    await eventually(() => heartbeatOf().length === 2 && heartbeatOf().every(Boolean), "the new terms", 40_000);
    const { endpoint, authorization } = channelAtEhr(app, (await dischargeSubscription(app, "proven")).remote);
    await applySettings(app, {});
    await eventually(() => heartbeatOf().length === 0, "nothing at the EHR", 40_000);
    await eventually(async () => (await subscriptionsOf(app)).length === 0, "nothing here", 20_000);
    const stay = admitTo(app, "unwatched");
    change(app, stay);
    assert.equal((await post(endpoint, authorization, eventAbout(stay))).status, 404);
    assert.deepEqual(await jobsOf(app, stay), []);
  });
});
