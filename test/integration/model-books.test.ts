/** The books of model calls, in a real database: budgets, limits over replicas, stops, and answers that are not paid for twice. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ScriptedModel } from "../../sandbox/model/server.ts";
import { createScriptedModel } from "../../sandbox/model/server.ts";
import { createSealer } from "../../src/db/sealer.ts";
import { runSystem } from "../../src/db/system.ts";
import { createWakeUp } from "../../src/events/wake-up.ts";
import type { ClosableWakeUp } from "../../src/events/wake-up.ts";
import type { BookSettings, BooksDeps } from "../../src/generation/books/books.ts";
import { governedBy } from "../../src/generation/books/books.ts";
import { createFairPlaces } from "../../src/generation/books/fair-places.ts";
import { usageReport } from "../../src/generation/books/report.ts";
import { createPauses } from "../../src/generation/books/pauses.ts";
import type { RunningCalls } from "../../src/generation/books/running-calls.ts";
import { watchRunningCalls } from "../../src/generation/books/running-calls.ts";
import { startModel, stopModel } from "../../src/generation/books/stops.ts";
import { forgetModels } from "../../src/generation/books/store.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import { createOpenAiCompatibleProvider } from "../../src/generation/model/openai-compatible/openai-compatible.ts";
import type { GenerationEvent, GenerationResult } from "../../src/generation/summary-generator.ts";
import { newJobId } from "../../src/jobs/new-id.ts";
import { chart, structure } from "../support/course-fixture.ts";
import { addJob } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { us } from "../support/jurisdictions.ts";

const timeouts = { firstChunkTimeoutMs: 20_000, chunkTimeoutMs: 20_000, totalTimeoutMs: 60_000 };
const everything = "2020-01-01T00:00:00Z";

let database: TestDatabase;
let model: ScriptedModel;
let slow: ScriptedModel;
let wakeUp: ClosableWakeUp;
let running: RunningCalls;
let deps: BooksDeps;
let settings: BookSettings;
const failures: unknown[] = [];
const audited: string[] = [];
const audit = {
  record: async ({ action, reason }: { action: string; reason?: string }) => void audited.push(`${action} ${reason}`),
};
let tenants = 0;

before(async () => {
  [database, model, slow] = await Promise.all([
    createTestDatabase(),
    createScriptedModel({ chunkDelayMs: 0 }),
    createScriptedModel({ chunkDelayMs: 60 }),
  ]);
  const opened = database.open();
  wakeUp = createWakeUp(opened);
  const pauses = createPauses(wakeUp);
  running = watchRunningCalls({ pool: opened.worker, wakeUp, onError: (error) => failures.push(error) });
  const places = createFairPlaces(16);
  deps = {
    pool: opened.worker,
    sealer: createSealer([randomBytes(32)]),
    running,
    pauses,
    placesAt: () => places,
    now: Date.now,
    newId: newJobId,
    measure: () => undefined,
    onError: (error) => failures.push(error),
  };
});
/** A tenant of its own for each test: nothing of the one before is in its books. */
beforeEach(() => {
  model.clear();
  slow.clear();
  tenants += 1;
  settings = {
    tenant: `hospital-${tenants}`,
    timeZone: "UTC",
    budget: { concurrentCalls: 4 },
    maxWaitMs: 20_000,
    priceOf: () => ({ inputPerMillion: 2, outputPerMillion: 10 }),
    serverOf: () => "scripted",
    longestMs: () => 60_000,
    keepAnswersSeconds: 3600,
  };
});
after(async () => {
  running.close();
  await Promise.all([model.close(), slow.close()]);
  await wakeUp.close();
  await database.drop();
  assert.deepEqual(failures, []);
});

interface Run {
  readonly result: GenerationResult;
  readonly events: readonly GenerationEvent[];
}

async function write(
  of: ScriptedModel = model,
  options: {
    readonly name?: string;
    readonly signal?: AbortSignal;
    readonly mode?: "shown" | "shadow";
    readonly job?: string;
  } = {},
): Promise<Run> {
  const { name = "scripted", signal = new AbortController().signal, mode = "shown" } = options;
  const provider = createOpenAiCompatibleProvider({ baseUrl: of.baseUrl, model: name, timeouts });
  const generation = createModelGenerator({
    provider,
    structure,
    governor: () => governedBy(deps, settings, { job: options.job, mode }),
  }).generate({
    chart,
    options: { timeZone: "UTC", language: "en", jurisdiction: us },
    finished: [],
    signal,
    requestId: "r",
  });
  const events: GenerationEvent[] = [];
  for (;;) {
    const next = await generation.next();
    if (next.done === true) return { events, result: next.value };
    events.push(next.value);
  }
}

const courseOf = ({ events }: Run): string =>
  events
    .flatMap((event) => (event.kind === "section" && event.section.id === "course" ? event.section.sentences : []))
    .map(({ text }) => text)
    .join(" ");

describe("an identical request", () => {
  it("is answered from before, in the same words, and costs nothing", async () => {
    const first = await write();
    const second = await write();
    assert.equal(model.requests.length, 1);
    assert.equal(courseOf(second), courseOf(first));
    assert.deepEqual(
      [first, second].map(({ result }) => result.record?.calls[0]?.cached),
      [false, true],
    );
    assert.equal(second.result.usage, undefined);
    const { usage } = await usageReport(deps.pool, settings.tenant, everything);
    assert.deepEqual([usage[0]?.calls, usage[0]?.cached], [2, 1]);
    assert.equal(usage[0]?.inputTokens, first.result.usage?.inputTokens);
    assert.ok((usage[0]?.cost ?? 0) > 0);
  });

  it("of another hospital is its own", async () => {
    await write();
    settings = { ...settings, tenant: `${settings.tenant}-other` };
    const { result } = await write();
    assert.equal(model.requests.length, 2);
    assert.equal(result.record?.calls[0]?.cached, false);
  });

  it("made while the first is under way waits for its answer", async () => {
    const runs = await Promise.all([write(slow), write(slow)]);
    assert.equal(slow.requests.length, 1);
    assert.equal(courseOf(runs[0]), courseOf(runs[1]));
  });

  it("that waited for a place at the server meanwhile takes the answer too", async () => {
    const places = createFairPlaces(1);
    const release = await places.take("another", new AbortController().signal);
    const { placesAt } = deps;
    deps = { ...deps, placesAt: () => places };
    try {
      const both = [write(), write()];
      await eventually(() => places.waiting === 2, "two that wait");
      release();
      await Promise.all(both);
      assert.equal(model.requests.length, 1);
      assert.equal(places.held, 0);
    } finally {
      deps = { ...deps, placesAt };
    }
  });

  it("of the same job is made anew at once: whoever made the first has died, or lost the job", async () => {
    await addJob(database, settings.tenant, "taken-over");
    const lost = write(slow, { job: "taken-over" });
    await eventually(() => slow.requests.length === 1, "the first request");
    const started = await write(slow, { job: "taken-over" });
    assert.equal(slow.requests.length, 2);
    assert.equal(courseOf(started), courseOf(await lost));
  });

  it("is asked again where the answer before was none, or nothing is kept", async () => {
    model.failNext("truncated");
    await write();
    assert.equal((await write()).result.engine, "model");
    assert.equal(model.requests.length, 2);
    settings = { ...settings, keepAnswersSeconds: 0 };
    await write();
    assert.equal(model.requests.length, 3);
  });

  it("is kept sealed, and no longer than it may be", async () => {
    await write();
    const sealed = await database.asOwner("select sealed from handover.model_answer");
    assert.ok(sealed.length > 0);
    for (const row of sealed as { sealed: Buffer }[])
      assert.doesNotMatch(row.sealed.toString("latin1"), /creatinine/iu);
    await database.asOwner("update handover.model_answer set expires_at = now() - interval '1 second'");
    await write();
    assert.equal(model.requests.length, 2);
    await database.asOwner("update handover.model_answer set expires_at = now() - interval '1 second'");
    await runSystem(deps.pool, forgetModels, 400);
    const left = await database.asOwner("select 1 from handover.model_answer");
    assert.deepEqual(left, []);
  });
});

describe("a budget", () => {
  beforeEach(() => {
    settings = { ...settings, keepAnswersSeconds: 0 };
  });

  it("of tokens ends the model's part when the day's are spent; the template goes on", async () => {
    // The first call may use some 2,700 at most, and uses some 700.
    settings = { ...settings, budget: { concurrentCalls: 4, tokensPerDay: 2900 } };
    const runs = [await write(), await write(), await write()];
    assert.deepEqual(
      runs.map(({ result }) => result.fellBackBecause),
      [undefined, "model_over_budget", "model_over_budget"],
    );
    assert.equal(model.requests.length, 1);
    assert.equal(runs[1]?.result.record?.calls[0]?.outcome, "model_over_budget");
  });

  it("of money counts by the model's price", async () => {
    settings = { ...settings, budget: { concurrentCalls: 4, costPerDay: 0.02 } };
    assert.equal((await write()).result.fellBackBecause, "model_over_budget");
    settings = { ...settings, budget: { concurrentCalls: 4, costPerDay: 5 } };
    assert.equal((await write()).result.fellBackBecause, undefined);
  });

  it("cannot be passed by two calls at the same moment", async () => {
    settings = { ...settings, budget: { concurrentCalls: 4, tokensPerDay: 2900 } };
    const runs = await Promise.all([write(), write(), write()]);
    assert.equal(runs.filter(({ result }) => result.engine === "model").length, 1);
  });

  it("counts what a provider does not count, by what went over the wire", async () => {
    await write(model, { name: "scripted:no-usage" });
    const { usage } = await usageReport(deps.pool, settings.tenant, everything);
    assert.ok((usage[0]?.inputTokens ?? 0) > 100 && (usage[0]?.outputTokens ?? 0) > 10);
  });

  it("is not charged for a refusal", async () => {
    await write(model, { name: "scripted:unauthorized" });
    const { usage } = await usageReport(deps.pool, settings.tenant, everything);
    assert.deepEqual([usage[0]?.failed, usage[0]?.inputTokens, usage[0]?.cost], [1, 0, 0]);
  });

  it("a lost call keeps its place no longer than its lease", async () => {
    settings = { ...settings, budget: { concurrentCalls: 1 }, maxWaitMs: 300 };
    await database.asOwner(
      `insert into handover.model_call (tenant, id, part, provider, model, prompt_hash, request_hash, mode, input_tokens, output_tokens, lease_until)
         values ($1, 'lost', 'course', 'p', 'm', 'p', 'r', 'shown', 1, 1, now() + interval '1 hour')`,
      [settings.tenant],
    );
    assert.equal((await write()).result.fellBackBecause, "model_busy");
    await database.asOwner("update handover.model_call set lease_until = now() where id = 'lost'");
    assert.equal((await write()).result.fellBackBecause, undefined);
  });
});

describe("at once", () => {
  it("no more than the tenant's number run, over all replicas; the others wait their turn", async () => {
    settings = { ...settings, keepAnswersSeconds: 0, budget: { concurrentCalls: 2 } };
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, slow.counts().open);
    }, 5);
    // Two governors share nothing but the database, as two replicas do.
    const runs = await Promise.all([1, 2, 3, 4, 5].map(() => write(slow)));
    clearInterval(watch);
    assert.deepEqual(new Set(runs.map(({ result }) => result.engine)), new Set(["model"]));
    assert.equal(slow.requests.length, 5);
    assert.equal(most, 2);
  });
});

describe("a stop", () => {
  const actor = { kind: "api-client", id: "gateway" } as const;
  const stopDeps = () => ({ pool: deps.pool, audit, wakeUp });

  it("keeps a model from being asked, until somebody starts it again", async () => {
    await stopModel(stopDeps(), settings.tenant, { model: "scripted", reason: "wrong doses seen" }, actor);
    const halted = await write();
    assert.deepEqual([halted.result.engine, halted.result.fellBackBecause], ["template", "model_stopped"]);
    assert.equal(model.requests.length, 0);
    assert.equal(await startModel(stopDeps(), settings.tenant, "scripted", actor), true);
    assert.equal(await startModel(stopDeps(), settings.tenant, "scripted", actor), false);
    assert.equal((await write()).result.engine, "model");
    assert.deepEqual(audited.splice(0), ["model.stop scripted", "model.start scripted"]);
  });

  it("reaches a call that still waits for a place: the model is never asked", async () => {
    const places = createFairPlaces(1);
    const release = await places.take("another", new AbortController().signal);
    const { placesAt } = deps;
    deps = { ...deps, placesAt: () => places };
    try {
      const waits = write();
      await eventually(() => places.waiting === 1, "one that waits");
      await stopModel(stopDeps(), settings.tenant, { model: "scripted", reason: "incident" }, actor);
      release();
      const { result } = await waits;
      assert.equal(model.requests.length, 0);
      assert.equal(result.fellBackBecause, "model_stopped");
      audited.splice(0);
    } finally {
      deps = { ...deps, placesAt };
    }
  });

  it("of every model is no stop of another hospital's", async () => {
    await stopModel(stopDeps(), settings.tenant, { model: "*", reason: "incident" }, actor);
    assert.equal((await write()).result.fellBackBecause, "model_stopped");
    settings = { ...settings, tenant: `${settings.tenant}-other` };
    assert.equal((await write()).result.engine, "model");
  });

  it("reaches a call that is writing: the provider sees it cut off, and what was shown is taken back", async () => {
    const writing = write(slow);
    await slow.until("a request", () => slow.requests[0]);
    await stopModel(stopDeps(), settings.tenant, { model: "scripted", reason: "incident" }, actor);
    const { result, events } = await writing;
    assert.equal(result.fellBackBecause, "model_stopped");
    assert.ok(events.some(({ kind }) => kind === "reset"));
    await slow.until("the call to be cut off", () => slow.counts().aborted === 1 || undefined);
    const { usage } = await usageReport(deps.pool, settings.tenant, everything);
    assert.equal(usage[0]?.failed, 1);
  });
});

describe("a cancel", () => {
  it("reaches the provider, frees the place, and stands in the books", async () => {
    settings = { ...settings, budget: { concurrentCalls: 1 } };
    const controller = new AbortController();
    const writing = write(slow, { signal: controller.signal });
    await slow.until("a request", () => slow.requests[0]);
    controller.abort(new Error("cancelled"));
    await assert.rejects(writing, /cancelled/u);
    await slow.until("the call to be cut off", () => slow.counts().aborted === 1 || undefined);
    await eventually(
      async () => (await usageReport(deps.pool, settings.tenant, everything)).usage[0]?.medianMs !== null,
      "the call to be settled",
    );
    assert.equal((await write()).result.engine, "model");
  });
});
