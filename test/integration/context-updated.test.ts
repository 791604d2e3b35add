/** The chart changes under a draft: told once, in the job's log, with values for those who asked for them (contract, section 4). */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { toEnvelope } from "../../src/core/event/event.ts";
import { catalogueEntry } from "../../src/core/event/catalogue.ts";
import { summaryEtag } from "../../src/jobs/etag.ts";
import type { CreateJob, Job } from "../../src/jobs/jobs.ts";
import {
  apiClient,
  composeHeart,
  jobInput,
  practitioner,
  scriptedGenerator,
  tinyChart,
} from "../support/adapter-heart.ts";
import { eventually } from "../support/eventually.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { us } from "../support/jurisdictions.ts";

const testDatabase = await createTestDatabase();
const heart = await composeHeart(testDatabase.open());
after(async () => {
  await heart.close();
  await testDatabase.drop();
});

/** Encounters whose engine waits until the test lets it go on. */
const gates = new Map<string, { readonly arrived: () => void; readonly opened: Promise<void> }>();
/** What the engine was given, by encounter. */
const written = new Map<string, readonly FhirResource[]>();

heart.worker({
  chartReader: async ({ snapshot }) => ({ resources: snapshot, gaps: [] }),
  generatorFor: () => ({
    options: { timeZone: "UTC", language: "en", jurisdiction: us },
    generator: {
      engine: "template",
      generate(request) {
        const encounter = `Encounter/${request.chart.encounter.id}`;
        written.set(encounter, request.chart.resources);
        const gate = gates.get(encounter);
        const between = async (): Promise<void> => {
          gate?.arrived();
          await gate?.opened;
        };
        return scriptedGenerator({ between }).generate(request);
      },
    },
  }),
});

const medicine = (status: string, id = "m1"): FhirResource => ({
  resourceType: "MedicationRequest",
  id,
  status: status as "active",
  intent: "order",
  subject: { reference: "Patient/p1" },
  medicationCodeableConcept: { text: "Metoprolol" },
});

let last = 0;
const newEncounter = (): string => `Encounter/c${(last += 1)}`;

function ask(encounter: string, more: readonly FhirResource[], changes: Partial<CreateJob> = {}) {
  const resources = [...tinyChart("p1", encounter.slice("Encounter/".length)), ...more];
  return heart.jobs.create(jobInput({ encounter, snapshot: { kind: "bundle", resources }, ...changes }));
}

async function until(job: string, status: Job["status"]): Promise<Job> {
  return eventually(async () => {
    const found = await heart.jobs.get("general", job);
    return found?.status === status ? found : undefined;
  }, `job ${status}`);
}

async function draft(more: readonly FhirResource[]): Promise<{ readonly job: Job; readonly encounter: string }> {
  const encounter = newEncounter();
  const { job } = await ask(encounter, more);
  return { job: await until(job.id, "completed"), encounter };
}

const news = async (job: string) =>
  (await heart.eventLog.readJob("general", job, 0, 1_000)).filter(({ type }) => type === "context.updated");
const rowsOf = (table: string, job: string) => testDatabase.asOwner(`select job from ${table} where job = $1`, [job]);

describe("a later trigger that brings another chart", () => {
  test("is told of resource by resource, without values, and the draft stays as it is", async () => {
    const { job, encounter } = await draft([medicine("active")]);
    const before = await heart.jobs.summary("general", job.id);
    const again = await ask(encounter, [medicine("stopped"), medicine("active", "m2")]);
    assert.equal(again.created, false);
    assert.equal(again.job.id, job.id);
    assert.ok(again.job.version > job.version, "pollers and the page see that something changed");
    assert.ok(again.job.contextUpdatedAt !== undefined);
    const events = await news(job.id);
    assert.deepEqual(
      events.map(({ data }) => [data["entity"], data["change"], data["of"], data["source"]]),
      [
        [{ type: "MedicationRequest", id: "m1" }, "changed", 2, "api"],
        [{ type: "MedicationRequest", id: "m2" }, "added", 2, "api"],
      ],
    );
    assert.deepEqual(events[0]?.data["changes"], [{ path: "status" }]);
    for (const event of events) catalogueEntry("context.updated")?.envelope.parse(toEnvelope(event));
    assert.deepEqual(await heart.jobs.summary("general", job.id), before);
  });

  test("keeps the values sealed beside the log, for full deliveries", async () => {
    const { job, encounter } = await draft([medicine("active")]);
    await ask(encounter, [medicine("stopped")]);
    const [event] = await news(job.id);
    assert.ok(event !== undefined);
    assert.deepEqual(await heart.jobs.changedValues("general", job.id, event.sequence), [
      { path: "status", old: "active", new: "stopped" },
    ]);
    const rows = await testDatabase.asOwner(
      "select sealed from handover.context_change where job = $1 union all select sealed from handover.chart_basis where job = $1",
      [job.id],
    );
    assert.equal(rows.length, 2);
    for (const { sealed } of rows)
      assert.doesNotMatch(Buffer.from(sealed as Uint8Array).toString("latin1"), /stopped|Metoprolol/u);
  });

  test("no value is kept of a chart that holds a record labelled as specially protected: its paths are told", async () => {
    const meta = { security: [{ system: "http://terminology.hl7.org/CodeSystem/v3-ActCode", code: "HIV" }] };
    for (const [before, after] of [
      [[medicine("active")], [{ ...medicine("stopped"), meta }]],
      [[medicine("active"), { ...medicine("active", "m2"), meta }], [medicine("stopped")]],
    ] as const) {
      const { job, encounter } = await draft(before);
      await ask(encounter, after);
      const [event] = await news(job.id);
      assert.ok(event !== undefined);
      assert.deepEqual(await heart.jobs.changedValues("general", job.id, event.sequence), [{ path: "status" }]);
    }
  });

  test("is told once: the same chart again, and the same request again, are no news", async () => {
    const { job, encounter } = await draft([medicine("active")]);
    const key = { kind: "idempotency", value: "k1", digest: "d" } as const;
    const first = await ask(encounter, [medicine("stopped")], { key });
    const second = await ask(encounter, [medicine("stopped")], { key });
    const third = await ask(encounter, [medicine("stopped")]);
    assert.equal((await news(job.id)).length, 1);
    assert.equal(second.job.version, first.job.version);
    assert.equal(third.job.version, first.job.version);
  });

  test("of a hundred resources tells twenty one by one, and how many there are", async () => {
    const { job, encounter } = await draft([]);
    await ask(
      encounter,
      Array.from({ length: 100 }, (_, index) => medicine("active", `n${index}`)),
    );
    const events = await news(job.id);
    assert.equal(events.length, 20);
    assert.ok(events.every(({ data }) => data["of"] === 100));
  });

  test("another patient's resources come neither into a draft nor into an event", async () => {
    const { job, encounter } = await draft([]);
    const other = { ...medicine("active", "theirs"), subject: { reference: "Patient/p2" } } as FhirResource;
    await heart.jobs.chartArrived({
      tenant: "general",
      job: job.id,
      resources: [other, { resourceType: "Patient", id: "p2" }],
      whole: true,
      source: "subscription",
      actor: apiClient,
    });
    assert.deepEqual(await news(job.id), []);
    assert.equal((await heart.jobs.get("general", job.id))?.contextUpdatedAt, undefined);
    assert.ok(encounter.length > 0);
  });
});

describe("a chart that comes before the draft is there", () => {
  test("while it is being written: the draft keeps to its own chart, and what differs is told when it is done", async () => {
    const encounter = newEncounter();
    const arrived = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<void>();
    gates.set(encounter, { arrived: arrived.resolve, opened: opened.promise });
    const { job } = await ask(encounter, [medicine("active")]);
    await arrived.promise;
    await ask(encounter, [medicine("stopped")], { trigger: "hook" });
    assert.deepEqual(await news(job.id), []);
    opened.resolve();
    const done = await until(job.id, "completed");
    const types = (await heart.eventLog.readJob("general", job.id, 0, 1_000)).map(({ type }) => type);
    assert.deepEqual(types.slice(-2), ["summary.ready", "context.updated"]);
    assert.equal((await news(job.id))[0]?.data["source"], "hook");
    assert.ok(done.contextUpdatedAt !== undefined);
    assert.deepEqual(await rowsOf("handover.chart_snapshot", job.id), []);
  });

  test("a job that waits for its chart goes on with it", async () => {
    const encounter = newEncounter();
    const { job } = await heart.jobs.create(jobInput({ encounter, waitForLaunch: true, snapshot: undefined } as never));
    assert.equal(job.status, "waiting");
    await ask(encounter, [medicine("active")]);
    await until(job.id, "completed");
    assert.deepEqual(
      written.get(encounter)?.map(({ id }) => id),
      ["m1"],
    );
  });
});

describe("what is kept to compare with", () => {
  test("goes when the draft is signed, and with the values; a signed summary hears of no change", async () => {
    const { job, encounter } = await draft([medicine("active")]);
    await ask(encounter, [medicine("stopped")]);
    const [event] = await news(job.id);
    assert.equal((await rowsOf("handover.chart_basis", job.id)).length, 1);
    const summary = await heart.jobs.summary("general", job.id);
    assert.ok(summary !== undefined && event !== undefined);
    await heart.jobs.sign("general", job.id, summaryEtag(summary.version, summary.revision), "I attest.", practitioner);
    assert.deepEqual(await rowsOf("handover.chart_basis", job.id), []);
    assert.equal(await heart.jobs.changedValues("general", job.id, event.sequence), undefined);
    await heart.jobs.chartArrived({
      tenant: "general",
      job: job.id,
      resources: [medicine("completed")],
      whole: false,
      source: "hook",
      actor: apiClient,
    });
    assert.equal((await news(job.id)).length, 1);
  });
});
