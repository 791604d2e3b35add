/** Jobs as a hospital sees them: asked for once, run once, told whole; changed by people under preconditions. */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { AdapterError } from "../../src/core/errors.ts";
import type { ErrorCode } from "../../src/core/errors.ts";
import type { Pdqi9Scores } from "../../src/core/feedback/feedback.ts";
import { pdqi9Items } from "../../src/core/feedback/feedback.ts";
import { createAudit } from "../../src/audit/record.ts";
import { createFeedback } from "../../src/jobs/feedback/feedback.ts";
import type { Job, StoredSummary } from "../../src/jobs/jobs.ts";
import { summaryEtag } from "../../src/jobs/etag.ts";
import {
  apiClient,
  bundleOf,
  composeHeart,
  jobInput,
  practitioner,
  scriptedGenerator,
  scriptedSections,
  section,
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

const options = { timeZone: "UTC", language: "en", jurisdiction: us } as const;
/** What the engine throws at the nth attempt of a job, by encounter. */
const failures = new Map<string, (attempt: number) => unknown>();
/** Longer than a delta may wait in the buffer, so that a failure comes after text was sent. */
const longText = `${"The stay was long. ".repeat(20)}It ended well.`;
const longCourse = [section("course", longText)];
/** Encounters whose chart only a launch can bring. */
const closedCharts = new Set<string>();
/** Encounters whose engine stands still until the test lets it go on. */
const held = new Map<string, { release: () => void; reached: Promise<void>; aborted: boolean }>();

heart.worker({
  chartReader: async ({ encounter, snapshot }) =>
    closedCharts.has(encounter) && snapshot.length === 0 ? "waiting" : { resources: snapshot, gaps: [] },
  generatorFor: () => ({
    options,
    generator: {
      engine: "template",
      generate(request) {
        const encounter = `Encounter/${request.chart.encounter.id}`;
        const error = failures.get(encounter);
        const hold = held.get(encounter);
        return scriptedGenerator({
          ...(error === undefined
            ? {}
            : { sections: [...longCourse, ...scriptedSections.filter((known) => known.id !== "course")] }),
          ...(error === undefined ? {} : { error: () => error(Number(request.requestId.split(".").at(-1))) }),
          ...(hold === undefined ? {} : { between: (inner) => standStill(encounter, inner.signal) }),
        }).generate(request);
      },
    },
  }),
});

const gates = new Map<string, { open: () => void; opened: Promise<void>; arrived: () => void }>();
function holdEngine(encounter: string): {
  readonly reached: Promise<void>;
  readonly go: () => void;
  readonly state: { aborted: boolean };
} {
  const arrived = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const state = { release: opened.resolve, reached: arrived.promise, aborted: false };
  held.set(encounter, state);
  gates.set(encounter, { open: opened.resolve, opened: opened.promise, arrived: arrived.resolve });
  return { reached: arrived.promise, go: opened.resolve, state };
}
async function standStill(encounter: string, signal: AbortSignal): Promise<void> {
  const gate = gates.get(encounter);
  gate?.arrived();
  await new Promise<void>((resolve, reject) => {
    void gate?.opened.then(resolve);
    signal.addEventListener("abort", () => {
      const state = held.get(encounter);
      if (state !== undefined) state.aborted = true;
      reject(signal.reason as Error);
    });
  });
}

let lastEncounter = 0;
const newEncounter = (): string => `Encounter/s${(lastEncounter += 1)}`;

async function until(job: string, status: Job["status"]): Promise<Job> {
  return eventually(async () => {
    const found = await heart.jobs.get("general", job);
    return found?.status === status ? found : undefined;
  }, `job ${status}`);
}

async function draft(): Promise<{ readonly job: Job; readonly summary: StoredSummary; readonly tag: string }> {
  const { job } = await heart.jobs.create(jobInput({ encounter: newEncounter() }));
  const done = await until(job.id, "completed");
  const summary = await heart.jobs.summary("general", job.id);
  assert.ok(summary !== undefined);
  return { job: done, summary, tag: summaryEtag(summary.version, summary.revision) };
}

const types = async (job: string): Promise<readonly string[]> =>
  (await heart.eventLog.readJob("general", job, 0, 1_000)).map((event) => event.type);
const code = (expected: ErrorCode) => (error: unknown) => error instanceof AdapterError && error.code === expected;

describe("running a job", () => {
  test("from request to draft: the log tells all of it, gapless, in the design's order", async () => {
    const { job, created } = await heart.jobs.create(jobInput({ encounter: newEncounter() }));
    assert.equal(created, true);
    const done = await until(job.id, "completed");
    assert.deepEqual(done.progress, { step: "verifying", index: 4, of: 4, value: 1 });
    assert.equal(done.summary?.docStatus, "preliminary");
    const events = await heart.eventLog.readJob("general", job.id, 0, 1_000);
    assert.deepEqual(
      events.map((event) => event.sequence),
      events.map((_, index) => index + 1),
    );
    const tasks = events
      .filter((event) => !event.type.startsWith("draft.") && event.type !== "task.progress")
      .map((event) => event.type);
    assert.deepEqual(tasks, ["task.requested", "task.started", "task.completed", "summary.ready"]);
    const steps = events.filter((event) => event.type === "task.progress").map((event) => event.data["step"]);
    assert.deepEqual(steps, ["reading", "structuring", "writing", "verifying"]);
    assert.deepEqual(events.find((event) => event.type === "task.started")?.data["steps"], [
      "reading",
      "structuring",
      "writing",
      "verifying",
    ]);
    const summary = await heart.jobs.summary("general", job.id);
    assert.deepEqual(
      summary?.sections,
      scriptedSections.toSorted((a, b) => (a.id === "reason" ? -1 : b.id === "reason" ? 1 : 0)),
    );
    const ready = events.at(-1)?.data["summary"];
    assert.deepEqual(ready, {
      href: `https://adapter.example/v1/jobs/${job.id}/summary`,
      docStatus: "preliminary",
      version: 1,
      sha256: summary?.sha256,
    });
  });

  test("chart and unfinished sections are gone when the job has ended", async () => {
    const { job } = await draft();
    const rows = await testDatabase.asOwner(
      "select job from handover.chart_snapshot where job = $1 union all select job from handover.summary_section where job = $1",
      [job.id],
    );
    assert.deepEqual(rows, []);
  });

  test("no clinical text stands anywhere at rest in the clear", async () => {
    const patient: FhirResource = { resourceType: "Patient", id: "p1", name: [{ family: "Canaria" }] };
    const encounter = newEncounter();
    const { state, reached, go } = holdEngine(encounter);
    const [, stay] = tinyChart("p1", encounter.slice(10));
    assert.ok(stay !== undefined);
    const { job } = await heart.jobs.create(
      jobInput({ encounter, snapshot: { kind: "prefetch", resources: [patient, stay] } }),
    );
    await reached;
    const tables = [
      "handover.job",
      "handover.event",
      "handover.chart_snapshot",
      "handover.summary",
      "handover.summary_section",
      "pgboss.job",
    ];
    const search = async (word: string): Promise<readonly string[]> => {
      const found: string[] = [];
      for (const table of tables) {
        const rows = await testDatabase.asOwner(
          `select 1 from ${table} t where t::text ilike '%' || $1 || '%' or t::text ilike '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%'`,
          [word],
        );
        if (rows.length > 0) found.push(table);
      }
      return found;
    };
    assert.deepEqual(await search("Canaria"), []);
    go();
    await until(job.id, "completed");
    assert.equal(state.aborted, false);
    assert.deepEqual(await search("amoxicillin"), []);
    assert.deepEqual(
      await search("Patient/p1"),
      ["handover.job", "handover.event"],
      "the canary: the search does find references",
    );
  });

  test("a failing step is tried again and fails the job at last, with the error's code", async () => {
    const encounter = newEncounter();
    failures.set(encounter, () => new AdapterError("ehr_failed", { retryAfterSeconds: 0 }));
    const { job } = await heart.jobs.create(jobInput({ encounter }));
    const leap = "update handover.job set failures = 7 where id = $1 and failures = 2 returning id";
    await eventually(async () => (await testDatabase.asOwner(leap, [job.id])).length === 1, "two failures");
    const failed = await until(job.id, "failed");
    assert.equal(failed.error, "ehr_failed");
    assert.equal(failed.attempt, 3);
    const log = await types(job.id);
    assert.equal(log.filter((type) => type === "task.started").length, 1, "only the first claim starts");
    assert.equal(log.at(-1), "task.failed");
    assert.equal(
      log.filter((type) => type === "draft.reset").length,
      2,
      "each new attempt voids the text of the one before",
    );
    const again = await heart.jobs.create(jobInput({ encounter }));
    assert.equal(again.created, true, "a failed job is not open: the next request starts anew");
  });

  test("what cannot be helped by trying again fails at once", async () => {
    const encounter = newEncounter();
    failures.set(encounter, () => new AdapterError("ehr_refused"));
    const { job } = await heart.jobs.create(jobInput({ encounter }));
    const failed = await until(job.id, "failed");
    assert.deepEqual([failed.error, failed.attempt], ["ehr_refused", 1]);
  });

  test("a section that was finished before the failure is not written again", async () => {
    const encounter = newEncounter();
    let sections = 0;
    failures.set(encounter, (attempt) => {
      sections = attempt;
      return attempt === 1 ? new AdapterError("model_failed", { retryAfterSeconds: 0 }) : undefined;
    });
    const { job } = await heart.jobs.create(jobInput({ encounter }));
    await eventually(
      async () => (await heart.jobs.get("general", job.id))?.status === "completed",
      "job completed",
      20_000,
    );
    assert.equal(sections, 2);
    const events = await heart.eventLog.readJob("general", job.id, 0, 1_000);
    const finished = events.filter((event) => event.type === "draft.section").map((event) => event.data["section"]);
    assert.equal(new Set(finished).size, finished.length);
  });
});

describe("waiting for the chart", () => {
  test("a job without any way to its chart waits, says so, and goes on when the launch brings it", async () => {
    const encounter = newEncounter();
    closedCharts.add(encounter);
    const { snapshot: _, ...input } = jobInput({ encounter });
    const { job } = await heart.jobs.create(input);
    const waiting = await until(job.id, "waiting");
    assert.equal(waiting.summary, undefined);
    await heart.jobs.provideChart("general", job.id, bundleOf(tinyChart("p1", encounter.slice(10))), practitioner);
    await until(job.id, "completed");
    const log = (await types(job.id)).filter((type) => type.startsWith("task.") && type !== "task.progress");
    assert.deepEqual(log, ["task.requested", "task.started", "task.waiting", "task.completed"]);
  });

  test("a job known to need a launch starts waiting and is not dispatched", async () => {
    const { job } = await heart.jobs.create(jobInput({ encounter: newEncounter(), waitForLaunch: true }));
    assert.equal(job.status, "waiting");
    assert.deepEqual(await types(job.id), ["task.requested", "task.waiting"]);
    const before = await heart.jobs.get("general", job.id);
    assert.equal(before?.attempt, 0);
  });

  test("a chart brought to a job that does not wait changes nothing", async () => {
    const { job } = await draft();
    const after = await heart.jobs.provideChart("general", job.id, tinyChart(), practitioner);
    assert.deepEqual(after, job);
  });
});

describe("cancelling", () => {
  test("reaches the running step, ends the job once, and purges its chart", async () => {
    const encounter = newEncounter();
    const { state, reached } = holdEngine(encounter);
    const { job } = await heart.jobs.create(jobInput({ encounter }));
    await reached;
    const cancelled = await heart.jobs.cancel("general", job.id, apiClient);
    assert.equal(cancelled.status, "cancelled");
    await eventually(() => state.aborted, "the engine's signal");
    const again = await heart.jobs.cancel("general", job.id, apiClient);
    assert.equal(again.version, cancelled.version, "a second cancel finds what it wanted");
    assert.equal((await types(job.id)).filter((type) => type === "task.cancelled").length, 1);
    assert.equal((await types(job.id)).at(-1), "task.cancelled", "nothing is written after the end");
    assert.deepEqual(await testDatabase.asOwner("select 1 from handover.chart_snapshot where job = $1", [job.id]), []);
  });

  test("an ended job cannot be cancelled; an unknown one and somebody else's are the same", async () => {
    const { job } = await draft();
    await assert.rejects(heart.jobs.cancel("general", job.id, apiClient), code("state_conflict"));
    await assert.rejects(heart.jobs.cancel("other", job.id, apiClient), code("not_found"));
    await assert.rejects(
      heart.jobs.cancel("general", "01900000-0000-7000-8000-00000000dead", apiClient),
      code("not_found"),
    );
    await assert.rejects(heart.jobs.cancel("general", "' or 1=1 --", apiClient), code("not_found"));
    assert.equal(await heart.jobs.get("other", job.id), undefined);
    assert.equal(await heart.jobs.summary("other", job.id), undefined);
  });
});

describe("a clinician's acts on the summary", () => {
  test("edit: 428 without If-Match, 412 with a stale one; the new ETag tells the change", async () => {
    const { job, summary, tag } = await draft();
    const edits = [{ id: "reason", text: "Admitted with bronchitis." }] as const;
    await assert.rejects(
      heart.jobs.edit("general", job.id, undefined, edits, practitioner),
      code("precondition_required"),
    );
    await assert.rejects(heart.jobs.edit("general", job.id, '"1.0"', edits, practitioner), code("precondition_failed"));
    await assert.rejects(
      heart.jobs.edit("general", job.id, `W/${tag}`, edits, practitioner),
      code("precondition_failed"),
    );
    const edited = await heart.jobs.edit("general", job.id, tag, edits, practitioner);
    assert.equal(edited.revision, summary.revision + 1);
    assert.notEqual(edited.sha256, summary.sha256);
    assert.equal(edited.sections.find((section) => section.id === "reason")?.sentences[0]?.origin, "person");
    assert.equal(edited.sections.find((section) => section.id === "course")?.sentences[0]?.origin, "template");
    assert.equal((await heart.jobs.get("general", job.id))?.summary?.edited, true);
    await assert.rejects(heart.jobs.edit("general", job.id, tag, edits, practitioner), code("precondition_failed"));
  });

  test("of two edits at once on the same ETag, one wins and the other learns of it", async () => {
    const { job, tag } = await draft();
    const attempts = await Promise.allSettled(
      ["First.", "Second."].map((text) =>
        heart.jobs.edit("general", job.id, tag, [{ id: "reason", text }], practitioner),
      ),
    );
    assert.deepEqual(attempts.map((attempt) => attempt.status).toSorted(), ["fulfilled", "rejected"]);
  });

  test("an edit that changes nothing keeps the ETag; one of a section that is not there names it", async () => {
    const { job, summary, tag } = await draft();
    const same = await heart.jobs.edit(
      "general",
      job.id,
      tag,
      [{ id: "reason", text: "Admitted with pneumonia." }],
      practitioner,
    );
    assert.equal(same.revision, summary.revision);
    await assert.rejects(
      heart.jobs.edit("general", job.id, tag, [{ id: "pending", text: "x" }], practitioner),
      (error) => error instanceof AdapterError && error.at === "sections[0].id",
    );
  });

  test("sign: final, by whom and when, once; the encounter is then free for a new job", async () => {
    const { job, summary, tag } = await draft();
    await assert.rejects(
      heart.jobs.sign("general", job.id, tag, "I attest.", { kind: "ticket", id: "t1" }),
      code("forbidden"),
    );
    await assert.rejects(heart.jobs.sign("general", job.id, tag, "  ", practitioner), code("parameter_missing"));
    const signed = await heart.jobs.sign("general", job.id, tag, "I attest.", practitioner);
    assert.deepEqual(
      [signed.docStatus, signed.signedBy, signed.signedByDisplay, signed.attestation],
      ["final", "Practitioner/7", "Dr. Seven", "I attest."],
    );
    assert.equal(signed.sha256, summary.sha256, "the signature is on the text that was shown");
    const events = await heart.eventLog.readJob("general", job.id, 0, 1_000);
    const last = events.at(-1);
    assert.equal(last?.type, "summary.signed");
    assert.deepEqual(last?.data["summary"], {
      href: `https://adapter.example/v1/jobs/${job.id}/summary`,
      docStatus: "final",
      version: 1,
      sha256: signed.sha256,
    });
    assert.deepEqual([last?.data["signedBy"], last?.data["signedAt"]], [signed.signedBy, signed.signedAt]);
    await assert.rejects(
      heart.jobs.sign("general", job.id, summaryEtag(1, signed.revision), "Again.", practitioner),
      code("state_conflict"),
    );
    await assert.rejects(
      heart.jobs.edit("general", job.id, summaryEtag(1, signed.revision), [], practitioner),
      code("state_conflict"),
    );
    assert.equal((await heart.jobs.create(jobInput({ encounter: job.encounter }))).created, true);
  });

  test("amend makes a new version, retract withdraws it; reasons are asked for", async () => {
    const { job, tag } = await draft();
    const signed = await heart.jobs.sign("general", job.id, tag, "I attest.", practitioner);
    const signedTag = summaryEtag(signed.version, signed.revision);
    await assert.rejects(
      heart.jobs.amend("general", job.id, signedTag, "", [], practitioner),
      code("parameter_missing"),
    );
    const amended = await heart.jobs.amend(
      "general",
      job.id,
      signedTag,
      "Wrong drug",
      [{ id: "course", text: "Treated with doxycycline." }],
      practitioner,
    );
    assert.deepEqual([amended.version, amended.docStatus, amended.signedBy], [2, "amended", "Practitioner/7"]);
    const retracted = await heart.jobs.retract(
      "general",
      job.id,
      summaryEtag(amended.version, amended.revision),
      "Wrong patient",
      practitioner,
    );
    assert.deepEqual([retracted.version, retracted.docStatus], [2, "entered-in-error"]);
    assert.deepEqual((await types(job.id)).slice(-3), ["summary.signed", "summary.amended", "summary.retracted"]);
    const rows = await testDatabase.asOwner(
      "select version, doc_status from handover.summary where job = $1 order by version",
      [job.id],
    );
    assert.deepEqual(rows, [
      { version: 1, doc_status: "final" },
      { version: 2, doc_status: "entered-in-error" },
    ]);
  });

  test("discard ends the draft; it can be neither signed nor edited, and a new job may begin", async () => {
    const { job, tag } = await draft();
    const discarded = await heart.jobs.discard("general", job.id, tag, "Not needed", practitioner);
    assert.equal(discarded.docStatus, "discarded");
    await assert.rejects(
      heart.jobs.sign("general", job.id, summaryEtag(1, discarded.revision), "I attest.", practitioner),
      code("state_conflict"),
    );
    assert.equal(
      (await heart.jobs.latest("general", job.encounter, "discharge-summary"))?.summary?.docStatus,
      "discarded",
    );
    assert.equal((await heart.jobs.create(jobInput({ encounter: job.encounter }))).created, true);
  });

  test("every act leaves its audit entry, and a refused one leaves none of success", async () => {
    const { job, tag } = await draft();
    await assert.rejects(heart.jobs.sign("general", job.id, '"9.9"', "I attest.", practitioner));
    await heart.jobs.sign("general", job.id, tag, "I attest.", practitioner);
    const actions = heart.audited
      .filter((entry) => entry.job === job.id)
      .map((entry) => `${entry.action} ${entry.outcome}`);
    assert.deepEqual(actions, ["job.create success", "summary.sign success"]);
  });
});

describe("finding jobs", () => {
  test("pages hold every job once, newest first, whatever the page's size", async () => {
    const tenant = "searching";
    const made: string[] = [];
    for (let number = 0; number < 7; number += 1) {
      const { job } = await heart.jobs.create(jobInput({ tenant, encounter: newEncounter(), waitForLaunch: true }));
      made.push(job.id);
    }
    for (const limit of [1, 3, 7, 100]) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await heart.jobs.search(tenant, { limit, ...(cursor === undefined ? {} : { cursor }) });
        found.push(...page.items.map((job) => job.id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      assert.deepEqual(found, made.toReversed());
    }
  });

  test("by encounter, patient, status and change", async () => {
    const tenant = "filtering";
    const one = (
      await heart.jobs.create(
        jobInput({ tenant, encounter: "Encounter/f1", patient: "Patient/f1", waitForLaunch: true }),
      )
    ).job;
    const two = (
      await heart.jobs.create(
        jobInput({ tenant, encounter: "Encounter/f2", patient: "Patient/f2", waitForLaunch: true }),
      )
    ).job;
    const ids = async (search: Parameters<typeof heart.jobs.search>[1]): Promise<readonly string[]> =>
      (await heart.jobs.search(tenant, search)).items.map((job) => job.id);
    assert.deepEqual(await ids({ encounter: "Encounter/f1", limit: 10 }), [one.id]);
    assert.deepEqual(await ids({ patient: "Patient/f2", limit: 10 }), [two.id]);
    assert.deepEqual(await ids({ encounter: "Encounter/f1", patient: "Patient/f2", limit: 10 }), []);
    assert.deepEqual(await ids({ status: "completed", limit: 10 }), []);
    await heart.jobs.cancel(tenant, one.id, apiClient);
    assert.deepEqual(await ids({ status: "cancelled", limit: 10 }), [one.id]);
    assert.deepEqual(await ids({ updatedSince: two.updatedAt, limit: 10 }), [two.id, one.id], "oldest change first");
  });

  test("in each order that may be asked for, page by page, while new ones arrive; and counted", async () => {
    const tenant = "ordering";
    const make = async () =>
      (await heart.jobs.create(jobInput({ tenant, encounter: newEncounter(), waitForLaunch: true }))).job.id;
    const made = [await make(), await make(), await make(), await make()];
    // The second was changed last.
    await heart.jobs.cancel(tenant, made[1] ?? "", apiClient);
    const changed = [made[0], made[2], made[3], made[1]];
    const orders = [
      ["created", made],
      ["updated", changed],
    ] as const;
    for (const [by, ascending] of orders)
      for (const direction of ["asc", "desc"] as const) {
        const sort = { by, direction };
        const known = new Set(made);
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await heart.jobs.search(tenant, { limit: 1, sort, ...(cursor === undefined ? {} : { cursor }) });
          found.push(...page.items.map((job) => job.id));
          cursor = page.next ?? undefined;
          if (found.length === 2) await make();
        } while (cursor !== undefined);
        const old = found.filter((id) => known.has(id));
        assert.deepEqual(old, direction === "asc" ? ascending : ascending.toReversed(), `${by} ${direction}`);
        assert.equal(new Set(found).size, found.length);
      }
    assert.equal(await heart.jobs.count(tenant, {}), 8);
    assert.equal(await heart.jobs.count(tenant, { status: "cancelled" }), 1);
    assert.equal(await heart.jobs.count(tenant, { docStatuses: ["preliminary"] }), 0);
    assert.equal(await heart.jobs.count("general", { id: made[0] ?? "" }), 0);
  });

  test("by the state and the moment of the newest document", async () => {
    const { job } = await draft();
    const summary = await heart.jobs.summary(job.tenant, job.id);
    const written = summary?.createdAt ?? "";
    const found = async (filters: Parameters<typeof heart.jobs.count>[1]) => {
      const search = { ...filters, sort: { by: "document", direction: "desc" }, limit: 1 } as const;
      const { items } = await heart.jobs.search(job.tenant, search);
      assert.equal(await heart.jobs.count(job.tenant, filters), items.length);
      return items.map(({ id }) => id);
    };
    const { encounter } = job;
    assert.deepEqual(await found({ encounter, docStatuses: ["preliminary", "final"] }), [job.id]);
    assert.deepEqual(await found({ encounter, docStatuses: ["final"] }), []);
    assert.deepEqual(await found({ encounter, document: { from: written } }), [job.id]);
    assert.deepEqual(await found({ encounter, document: { before: written } }), []);
  });

  test("a cursor that is not ours is refused", async () => {
    await assert.rejects(heart.jobs.search("general", { limit: 10, cursor: "bm90LW91cnM" }), code("parameter_invalid"));
  });

  test("the history tells who changed what, in diffs, and holds only as it was written", async () => {
    const { job, tag } = await draft();
    const edits = [{ id: "course", text: "Treated with ceftriaxone 2 g daily." }] as const;
    const edited = await heart.jobs.edit("general", job.id, tag, edits, practitioner);
    const sources = {
      checkedAt: "2026-03-18T10:00:00.000Z",
      outcome: "checked",
      acknowledged: ["TSH is final."],
    } as const;
    const editedTag = summaryEtag(1, edited.revision);
    const signed = await heart.jobs.sign("general", job.id, editedTag, "I attest.", practitioner, sources);
    const amended = await heart.jobs.amend(
      "general",
      job.id,
      summaryEtag(1, signed.revision),
      "Wrong dose",
      [{ id: "course", text: "Treated with ceftriaxone 1 g daily." }],
      practitioner,
      { attestation: "I attest the change." },
    );
    assert.equal(amended.attestation, "I attest the change.");
    const history = await heart.jobs.history("general", job.id);
    assert.ok(history !== undefined);
    assert.deepEqual(
      history.acts.map(({ number, act, version, revision, docStatus, by }) => [
        number,
        act,
        version,
        revision,
        docStatus,
        by.id,
      ]),
      [
        [1, "draft", 1, 1, "preliminary", "template"],
        [2, "edit", 1, 2, "preliminary", "Practitioner/7"],
        [3, "sign", 1, 3, "final", "Practitioner/7"],
        [4, "amend", 2, 1, "amended", "Practitioner/7"],
      ],
    );
    assert.deepEqual(history.acts[2]?.details, { sections: [], attestation: "I attest.", sources });
    assert.deepEqual(history.acts[3]?.details.sections[0]?.diff, [
      { op: "same", text: "Treated with ceftriaxone " },
      { op: "removed", text: "2" },
      { op: "added", text: "1" },
      { op: "same", text: " g daily." },
    ]);
    assert.deepEqual(
      history.sinceDraft.map(({ id }) => id),
      ["course"],
    );
    assert.deepEqual(history.verdict, { ok: true, acts: 4, chain: history.acts[3]?.chain });
    // The same hashes stand in the audit log, under its key.
    const reasons = heart.audited.flatMap((entry) => (entry.job === job.id ? (entry.reason ?? []) : []));
    assert.deepEqual(
      reasons,
      history.acts.slice(1).map(({ chain }) => `history:${chain}`),
    );

    await testDatabase.asOwner(
      "update handover.summary_act set actor_id = 'Practitioner/8' where job = $1 and number = 3",
      [job.id],
    );
    const forged = await heart.jobs.history("general", job.id);
    assert.deepEqual(forged?.verdict, { ok: false, acts: 2, at: 3, problem: "changed" });
  });

  test("a history cut back together with what it did is found out by the audit log", async () => {
    const { job, summary } = await draft();
    const columns = [
      "revision",
      "doc_status",
      "sha256",
      "sealed",
      "edited",
      "signed_by",
      "signed_by_display",
      "signed_at",
    ];
    const [before = {}] = await testDatabase.asOwner(`select ${columns.join()} from handover.summary where job = $1`, [
      job.id,
    ]);
    const etag = summaryEtag(summary.version, summary.revision);
    await heart.jobs.sign("general", job.id, etag, "I attest.", practitioner);
    const log = createAudit({ db: heart.database.http, masterKey: new Uint8Array(32), now: () => 0 });
    for (const entry of heart.audited.filter((audited) => audited.job === job.id)) await log.record(entry);
    assert.equal((await heart.jobs.history("general", job.id))?.verdict.ok, true);

    await testDatabase.asOwner("delete from handover.summary_act where job = $1 and act = 'sign'", [job.id]);
    const assignments = columns.map((column, index) => `${column} = $${index + 2}`);
    await testDatabase.asOwner(`update handover.summary set ${assignments.join()} where job = $1`, [
      job.id,
      ...columns.map((column) => before[column]),
    ]);
    const history = await heart.jobs.history("general", job.id);
    assert.deepEqual(history?.verdict, { ok: false, acts: 1, at: 2, problem: "undone" });
  });

  test("the sources of a draft are kept without the chart: references, versions and digests", async () => {
    const { job } = await draft();
    const sources = await heart.jobs.sources("general", job.id);
    assert.deepEqual(sources?.known, []);
    assert.deepEqual(
      sources?.cited.map(({ reference }) => reference),
      [],
    );
    assert.equal(await heart.jobs.sources("other", job.id), undefined);
    const left = await testDatabase.asOwner("select 1 from handover.chart_snapshot where job = $1", [job.id]);
    assert.deepEqual(left, []);
  });
});

describe("feedback", () => {
  test("is one verdict a person and place, sealed in its words, counted by section and engine, and gone with its job", async () => {
    const given: unknown[] = [];
    const feedback = createFeedback({
      db: heart.database.http,
      sealer: heart.sealer,
      onGiven: (each) => void given.push(each),
    });
    const { job } = await draft();
    const subject = { tenant: "general", job: job.id, version: 1, actor: practitioner };
    const other = { ...subject, actor: { kind: "practitioner", id: "Practitioner/8" } } as const;
    const words = { reason: "Canary-4711: it was bronchitis.", text: "Treated." };
    await feedback.give(subject, { section: "course", sentence: "course.1", verdict: "helpful" });
    await feedback.give(subject, { section: "course", sentence: "course.1", verdict: "wrong", ...words });
    await feedback.give(other, { section: "course", sentence: "course.1", verdict: "missing" });
    await feedback.give(subject, { verdict: "helpful" });
    await feedback.rate(subject, pdqi9Of(4));
    await feedback.rate(other, pdqi9Of(3));
    await feedback.give({ ...subject, version: 9 }, { verdict: "wrong" });
    assert.deepEqual(
      (await feedback.ofJob("general", job.id)).map(({ actor, section, verdict, reason }) => [
        actor,
        section,
        verdict,
        reason,
      ]),
      [
        ["practitioner:Practitioner/7", "course", "wrong", words.reason],
        ["practitioner:Practitioner/8", "course", "missing", undefined],
        ["practitioner:Practitioner/7", undefined, "helpful", undefined],
      ],
      "a version that is not there takes none",
    );
    const counts = await feedback.counts("general", "2020-01-01T00:00:00Z");
    assert.deepEqual(counts.sections, [
      { engine: "template", helpful: 1, wrong: 0, missing: 0 },
      { section: "course", engine: "template", helpful: 0, wrong: 1, missing: 1 },
    ]);
    assert.deepEqual(counts.pdqi9, [{ engine: "template", ratings: 2, means: pdqi9Of(3.5) }]);
    assert.deepEqual((await feedback.counts("general", "2099-01-01T00:00:00Z")).sections, []);
    assert.deepEqual(given.length, 6);
    const rows = await testDatabase.asOwner("select * from handover.summary_feedback where job = $1", [job.id]);
    assert.ok(!rows.some((row) => Object.values(row).some((value) => String(value).includes("Canary"))), "sealed");
    await feedback.withdraw(subject, {});
    assert.equal((await feedback.ofJob("general", job.id)).length, 2);
    await testDatabase.asOwner("delete from handover.job where id = $1", [job.id]);
    assert.deepEqual(await feedback.ofJob("general", job.id), []);
  });
});

const pdqi9Of = (score: number): Pdqi9Scores =>
  Object.fromEntries(pdqi9Items.map((item) => [item, score])) as Pdqi9Scores;
