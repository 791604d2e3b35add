/** Providers that work while nobody waits: asked by polling, called off by a cancel, asked again by the next attempt. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { after, before, beforeEach, describe, it } from "node:test";
import type { BackgroundFault, BackgroundModel } from "../../sandbox/model/background.ts";
import { createBackgroundModel } from "../../sandbox/model/background.ts";
import { createAnthropicBatchesProvider } from "../../src/generation/model/background/anthropic-batches.ts";
import type { BackgroundOptions } from "../../src/generation/model/background/openai-background.ts";
import { createOpenAiBackgroundProvider } from "../../src/generation/model/background/openai-background.ts";
import type { ModelGovernor } from "../../src/generation/model/governor.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import type { GenerationResult } from "../../src/generation/summary-generator.ts";
import { AttemptStopped } from "../../src/jobs/work.ts";
import { chart, identifiers, structure, templateCourse } from "../support/course-fixture.ts";
import { us } from "../support/jurisdictions.ts";

let model: BackgroundModel;
before(async () => {
  model = await createBackgroundModel();
});
beforeEach(() => {
  model.clear();
  model.doneAfter(1);
});
after(() => model.close());

const options = (): BackgroundOptions => ({
  baseUrl: model.baseUrl,
  model: "scripted",
  apiKey: "secret-key",
  totalTimeoutMs: 60_000,
  pace: { firstMs: 5, mostMs: 20 },
});

const providers = {
  "openai-background": createOpenAiBackgroundProvider,
  "anthropic-batches": createAnthropicBatchesProvider,
} as const;

/** Keeps the provider's id from one attempt to the next, as the books do. */
function remembering(): { readonly governor: ModelGovernor; readonly kept: string[] } {
  const kept: string[] = [];
  const governor: ModelGovernor = {
    admit: async () => ({
      signal: new AbortController().signal,
      handle: {
        earlier: kept.at(-1),
        keep: async (id) => void kept.push(id),
        pause: (_id, waitMs, signal) =>
          new Promise((resolve, reject) => {
            const timer = setTimeout(resolve, waitMs);
            signal.addEventListener("abort", () => {
              clearTimeout(timer);
              reject(signal.reason as Error);
            });
          }),
      },
      settle: async () => undefined,
    }),
  };
  return { governor, kept };
}

async function write(
  name: keyof typeof providers,
  { signal = new AbortController().signal, governor = remembering().governor } = {},
): Promise<GenerationResult & { readonly course: string }> {
  const generation = createModelGenerator({
    provider: providers[name](options()),
    structure,
    governor: () => governor,
  }).generate({
    chart,
    options: { timeZone: "America/Chicago", language: "en", jurisdiction: us },
    finished: [],
    signal,
    requestId: "r",
  });
  let course = "";
  for (;;) {
    const next = await generation.next();
    if (next.done === true) return { ...next.value, course };
    if (next.value.kind === "section" && next.value.section.id === "course")
      course = next.value.section.sentences.map(({ text }) => text).join(" ");
  }
}

for (const name of ["openai-background", "anthropic-batches"] as const) {
  describe(name, () => {
    it("writes the course when it is done, and is asked without a name or number of the patient", async () => {
      model.doneAfter(3);
      const { engine, course, usage, record } = await write(name);
      assert.equal(engine, "model");
      assert.match(course, /1\.71 mg\/dL/u);
      assert.deepEqual(usage, { inputTokens: 700, outputTokens: 90 });
      assert.equal(record?.calls[0]?.provider, name);
      assert.equal(model.works.length, 1);
      const body = model.works[0]?.body ?? "";
      for (const value of Object.values(identifiers)) assert.ok(!body.includes(value), value);
      assert.match(body, /"json_schema"/u);
      if (name === "openai-background") assert.match(body, /"background":true,"store":false/u);
    });

    const endings: readonly (readonly [BackgroundFault, string | undefined])[] = [
      ["failed", "model_failed"],
      ["too-long", "model_truncated"],
      ["away", undefined],
      ["expired", undefined],
    ];
    for (const [fault, code] of endings)
      it(`work that is ${fault} ${code === undefined ? "is no loss" : "leaves the template's words"}`, async () => {
        model.doneAfter(fault === "expired" ? 5 : 2);
        model.failNext(fault);
        const { fellBackBecause, course } = await write(name);
        assert.equal(fellBackBecause, code);
        assert.equal(course === templateCourse.sentences.map(({ text }) => text).join(" "), code !== undefined);
        assert.equal(model.works.length, fault === "expired" ? 2 : 1, "expired work is begun anew, once");
      });

    it("a cancel calls the work off at the provider", async () => {
      model.doneAfter(undefined);
      const controller = new AbortController();
      const writing = write(name, { signal: controller.signal });
      await model.until("a look", () => (model.works[0]?.looks ?? 0) > 0 || undefined);
      controller.abort(new AttemptStopped("cancelled"));
      await assert.rejects(writing, /cancelled/u);
      await model.until("the cancel", () => model.works[0]?.status === "cancelled" || undefined);
    });

    it("after a deploy the next attempt fetches the same work, and pays for none", async () => {
      model.doneAfter(undefined);
      const { governor, kept } = remembering();
      const controller = new AbortController();
      const first = write(name, { signal: controller.signal, governor });
      await model.until("a look", () => (model.works[0]?.looks ?? 0) > 0 || undefined);
      controller.abort(new AttemptStopped("shutdown"));
      await assert.rejects(first, /shutdown/u);
      assert.equal(model.works[0]?.status, "running");
      model.finish();
      assert.equal((await write(name, { governor })).engine, "model");
      assert.equal(model.works.length, 1);
      assert.equal(kept.length, 1);
    });

    it("says nothing of the chart or the key in its errors", async () => {
      model.failNext("failed");
      const { signal } = new AbortController();
      const user = JSON.stringify({ task: "x", facts: [{ id: "f1", text: "Zanzibarine 5 mg" }] });
      const thrown = await providers[name](options())
        .stream({ system: "s", user, schema: {}, maxOutputTokens: 10, signal, requestId: "r" })
        .next()
        .catch((error: unknown) => error);
      assert.ok(thrown instanceof Error);
      assert.doesNotMatch(inspect(thrown, { depth: 8, showHidden: true }), /Zanzibarine|secret-key/u);
    });
  });
}

describe("results at another address", () => {
  it("are not fetched: the key stays with its provider", async () => {
    model.failNext("foreign-results");
    assert.equal((await write("anthropic-batches")).fellBackBecause, "model_failed");
  });
});
