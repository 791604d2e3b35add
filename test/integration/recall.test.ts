/** Recalls and safety reports on a real database: who is found, what each is told, and what stays sealed. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { catalogueEntry } from "../../src/core/event/catalogue.ts";
import { toEnvelope } from "../../src/core/event/event.ts";
import type { GenerationResult, SummaryGenerator } from "../../src/generation/summary-generator.ts";
import { createTemplateGenerator } from "../../src/generation/template/template-generator.ts";
import { summaryEtag } from "../../src/jobs/etag.ts";
import type { StoredSummary } from "../../src/jobs/jobs.ts";
import { createRecalls } from "../../src/safety/recalls.ts";
import { createSafetyReports } from "../../src/safety/reports.ts";
import { apiClient, composeHeart, jobInput, practitioner, readsGivenChart } from "../support/adapter-heart.ts";
import { eventually } from "../support/eventually.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { us } from "../support/jurisdictions.ts";

const testDatabase = await createTestDatabase();
const database = testDatabase.open();
const heart = await composeHeart(database);
after(async () => {
  await heart.close();
  await testDatabase.drop();
});

/** The template's sections under a model's name. */
function asModel(model: string, promptVersion: string): SummaryGenerator {
  const template = createTemplateGenerator();
  const call = {
    part: "course",
    provider: "openai-compatible",
    promptHash: "0".repeat(64),
    durationMs: 1,
    cached: false,
    factsShown: 1,
    factsLeftOut: 0,
    stood: 1,
    dropped: 0,
    drops: {},
  };
  return {
    engine: "model",
    async *generate(request) {
      const events = template.generate(request);
      let result: GenerationResult;
      for (;;) {
        const step = await events.next();
        if (step.done === true) {
          result = step.value;
          break;
        }
        yield step.value.kind === "section" && next.tells !== undefined && step.value.section.id !== next.tells
          ? { ...step.value, section: { ...step.value.section, sentences: [] } }
          : step.value;
      }
      const calls = [
        { ...call, model: "first-choice", outcome: "model_failed" as const },
        { ...call, model, outcome: "written" as const },
      ];
      return { ...result, engine: "model", model, record: { promptVersion, temperature: 0, seed: 1, calls } };
    },
  };
}

let next: { readonly model: string; readonly prompt: string; readonly tells?: string | undefined } = {
  model: "alpha-1",
  prompt: "7",
};
heart.worker({
  chartReader: readsGivenChart,
  generatorFor: () => ({
    options: { timeZone: "America/Chicago", language: "en", jurisdiction: us },
    generator: asModel(next.model, next.prompt),
  }),
});

const [loaded] = loadCharts();
assert.ok(loaded !== undefined);
const resources = (loaded.bundle.entry ?? []).flatMap(({ resource }) =>
  resource === undefined ? [] : [{ ...resource, meta: { ...resource.meta, versionId: "3" } }],
);
const patient = resources.find(({ resourceType }) => resourceType === "Patient");

async function newDraft(model: string, prompt: string, tells?: string): Promise<StoredSummary> {
  next = { model, prompt, tells };
  const { job } = await heart.jobs.create(
    jobInput({
      encounter: `Encounter/${loaded?.encounterId}`,
      patient: `Patient/${patient?.id}`,
      snapshot: { kind: "bundle", resources },
      key: { kind: "idempotency", value: randomUUID(), digest: randomUUID() },
    }),
  );
  return eventually(() => heart.jobs.summary("general", job.id), "a draft");
}

const sign = (draft: StoredSummary) =>
  heart.jobs.sign("general", draft.job, summaryEtag(draft.version, draft.revision), "I have read it.", practitioner);

const audited: { action: string; reason?: string }[] = [];
const deps = {
  db: database.http,
  eventLog: heart.eventLog,
  wakeUp: { notify: () => undefined },
  sealer: heart.sealer,
  audit: { record: async (entry: { action: string; reason?: string }) => void audited.push(entry) },
};
const recalls = createRecalls(deps);
const jobsOf = async (of: Parameters<typeof recalls.affected>[1], limit = 50) =>
  (await recalls.affected("general", of, { limit })).items.map(({ job }) => job).toSorted();

const first = await newDraft("alpha-1", "7");
await sign(first);
const second = await newDraft("beta-2", "7");
await sign(second);
const third = await newDraft("beta-2", "8");

describe("what a recall finds", () => {
  test("by model: who wrote, not who was asked in vain; by prompt; signed ones and drafts alike", async () => {
    assert.deepEqual(await jobsOf({ cause: "model", subject: "beta-2" }), [second.job, third.job].toSorted());
    assert.deepEqual(await jobsOf({ cause: "model", subject: "first-choice" }), []);
    assert.deepEqual(await jobsOf({ cause: "prompt", subject: "7" }), [first.job, second.job].toSorted());
  });

  test("by source: any version of it, or the one that was corrected", async () => {
    const cited = third.sections.flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence));
    const versioned = cited.find(({ version }) => version !== undefined);
    assert.ok(versioned !== undefined);
    const all = [first.job, second.job, third.job].toSorted();
    assert.deepEqual(await jobsOf({ cause: "source", subject: versioned.reference }), all);
    assert.deepEqual(await jobsOf({ cause: "source", subject: `${versioned.reference}|${versioned.version}` }), all);
    assert.deepEqual(await jobsOf({ cause: "source", subject: `${versioned.reference}|none` }), []);
  });

  test("page by page, and nothing of another tenant", async () => {
    const page = await recalls.affected("general", { cause: "prompt", subject: "7" }, { limit: 1 });
    assert.equal(page.items.length, 1);
    const rest = await recalls.affected(
      "general",
      { cause: "prompt", subject: "7" },
      { limit: 1, after: page.next ?? "" },
    );
    assert.equal(rest.items.length, 1);
    assert.notEqual(rest.items[0]?.job, page.items[0]?.job);
    assert.deepEqual((await recalls.affected("other", { cause: "prompt", subject: "7" }, { limit: 5 })).items, []);
  });
});

describe("a recall", () => {
  const of = { cause: "model", subject: "beta-2" } as const;

  test("tells of each summary once, with its reason on the summary and a catalogued event in the log", async () => {
    const outcome = await recalls.recall("general", of, "It confuses units.", apiClient);
    assert.deepEqual([outcome.told, outcome.before], [2, 0]);
    const events = await heart.eventLog.readJob("general", second.job, 0, 1000);
    const told = events.filter(({ type }) => type === "summary.recalled");
    assert.equal(told.length, 1);
    for (const event of told) catalogueEntry("summary.recalled")?.envelope.parse(toEnvelope(event));
    assert.doesNotMatch(JSON.stringify(told), /units/u, "the reason is in no event");
    const summary = await heart.jobs.summary("general", second.job);
    assert.deepEqual(
      summary?.recalls?.map(({ id, cause, subject, reason }) => [id, cause, subject, reason]),
      [[outcome.id, "model", "beta-2", "It confuses units."]],
    );
    assert.equal((await heart.jobs.summary("general", first.job))?.recalls, undefined);
    assert.equal(audited.filter(({ action }) => action === "summary.recall").length, 3);
  });

  test("again tells of nobody twice, and of what came since", async () => {
    await sign(third);
    const late = await newDraft("beta-2", "9");
    const again = await recalls.recall("general", of, "Once more.", apiClient);
    assert.deepEqual([again.told, again.before], [1, 2]);
    assert.equal((await heart.jobs.summary("general", late.job))?.recalls?.[0]?.reason, "It confuses units.");
    await sign(late);
  });

  test("leaves text, history and signatures as they are: what was read may still be acted on", async () => {
    const history = await heart.jobs.history("general", second.job);
    assert.equal(history?.verdict.ok, true);
    const rows = await testDatabase.asOwner("select sealed from handover.recall", []);
    assert.ok(rows.every(({ sealed }) => Buffer.isBuffer(sealed) && !sealed.includes("units")));
  });
});

describe("a sentence that a person took over from the second look", () => {
  test("is a citation too: a recall by its record finds the summary, and the record is looked at again before the signature", async () => {
    const draft = await newDraft("gamma-3", "10", "reason");
    const omission = draft.review?.omissions.find(({ evidence }) => evidence.length > 0);
    const reference = omission?.evidence[0]?.reference;
    assert.ok(reference !== undefined);
    const isFound = async (): Promise<boolean> =>
      (await jobsOf({ cause: "source", subject: reference })).includes(draft.job);
    assert.equal(await isFound(), false);
    const etag = summaryEtag(draft.version, draft.revision);
    await heart.jobs.edit("general", draft.job, etag, [], practitioner, [omission?.id ?? ""]);
    assert.equal(await isFound(), true);
    const sources = await heart.jobs.sources("general", draft.job);
    assert.ok(sources?.cited.some((record) => record.reference === reference));
  });
});

describe("a safety report", () => {
  const reports = createSafetyReports({ ...deps, publicUrl: "https://adapter.example" });

  test("is kept sealed, audited, and told of without a word of it", async () => {
    const job = await heart.jobs.get("general", second.job);
    assert.ok(job !== undefined);
    const text = "The dose of Mrs Delgado was wrong.";
    const id = await reports.report("general", { category: "wrong-content", text, job }, practitioner);
    const [report] = await reports.list("general", "2020-01-01T00:00:00Z", 10);
    assert.deepEqual([report?.id, report?.text, report?.job, report?.version], [id, text, second.job, 1]);
    assert.deepEqual(await reports.list("other", "2020-01-01T00:00:00Z", 10), []);
    const [row] = await testDatabase.asOwner("select sealed from handover.safety_report where id = $1", [id]);
    assert.ok(row !== undefined && Buffer.isBuffer(row["sealed"]) && !row["sealed"].includes("Delgado"));
    const [event] = await testDatabase.asOwner("select type, data::text as data from handover.event where job = $1", [
      `safety/${id}`,
    ]);
    assert.equal(event?.["type"], "safety.reported");
    assert.doesNotMatch(String(event?.["data"]), /dose|Delgado/u);
    assert.ok(audited.some(({ action, reason }) => action === "safety.report" && reason === `${id}:wrong-content`));
  });

  test("may be of no summary in particular", async () => {
    await reports.report("general", { category: "delay", text: "No draft came." }, practitioner);
    const [report] = await reports.list("general", "2020-01-01T00:00:00Z", 1);
    assert.equal(report?.job, undefined);
  });
});
