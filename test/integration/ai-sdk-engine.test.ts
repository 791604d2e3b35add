/** Vendors through the AI SDK: what is asked of them, what becomes of their failures, and that nothing is told to telemetry. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, it } from "node:test";
import * as sdk from "ai";
import { MockLanguageModelV4, simulateReadableStream } from "ai/test";
import { AdapterError } from "../../src/core/errors.ts";
import { createAiSdkProvider } from "../../src/generation/model/ai-sdk/ai-sdk.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import type { GenerationRequest, GenerationResult } from "../../src/generation/summary-generator.ts";
import { chart, structure, templateCourse } from "../support/course-fixture.ts";
import { us } from "../support/jurisdictions.ts";

const timeouts = { firstChunkTimeoutMs: 20_000, chunkTimeoutMs: 20_000, totalTimeoutMs: 60_000 };
const retry = { retries: 2, baseMs: 1, maxPauseMs: 2000 };
const usage = {
  inputTokens: { total: 120, noCache: 120, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 30, text: 30, reasoning: 0 },
};

type StreamResult = Awaited<ReturnType<MockLanguageModelV4["doStream"]>>;
type Part = StreamResult["stream"] extends ReadableStream<infer T> ? T : never;

const text = (answer: string): Part[] => [
  { type: "stream-start", warnings: [] },
  { type: "text-start", id: "1" },
  ...(answer.match(/.{1,9}/gsu) ?? []).map((delta): Part => ({ type: "text-delta", id: "1", delta })),
  { type: "text-end", id: "1" },
];
const finish = (unified: "stop" | "length" | "content-filter" | "interrupted"): Part => ({
  type: "finish",
  finishReason: { unified, raw: unified },
  usage,
});
const streamOf = (...chunks: readonly Part[]): StreamResult => ({
  stream: simulateReadableStream({ chunks: [...chunks], initialDelayInMs: null, chunkDelayInMs: null }),
});
const honest = JSON.stringify({
  sentences: [{ text: "Creatinine was 1.71 mg/dL on [day 2].", factIds: ["f3"] }],
});

/** The vendor's package, and the SDK itself, as `import()` would give them. */
const modules = (model: MockLanguageModelV4) => async (name: string) => {
  if (name === "ai") return sdk;
  return { createAnthropic: () => () => model };
};

const request = (signal = new AbortController().signal): GenerationRequest => ({
  chart,
  options: { timeZone: "America/Chicago", language: "en", jurisdiction: us },
  finished: [],
  signal,
  requestId: "req-1",
});

async function write(model: MockLanguageModelV4, asked = request()): Promise<GenerationResult & { course: string }> {
  const provider = createAiSdkProvider({
    vendor: "anthropic",
    model: "claude-test",
    settings: { apiKey: "key" },
    timeouts,
    retry,
    loadModule: modules(model),
  });
  const generation = createModelGenerator({ provider, structure }).generate(asked);
  let course = "";
  for (;;) {
    const next = await generation.next();
    if (next.done === true) return { ...next.value, course };
    if (next.value.kind === "section" && next.value.section.id === "course")
      course = next.value.section.sentences.map(({ text: words }) => words).join(" ");
  }
}

const apiError = (statusCode: number, headers: Record<string, string> = {}): Error =>
  new sdk.APICallError({
    message: "refused: the patient Zanzibarine",
    url: "https://vendor.example",
    requestBodyValues: { facts: "Zanzibarine 5 mg" },
    responseBody: "Zanzibarine",
    statusCode,
    responseHeaders: headers,
    isRetryable: true,
  });

describe("a vendor behind the AI SDK", () => {
  it("writes the course; asked by schema, at temperature 0, keeping nothing", async () => {
    const model = new MockLanguageModelV4({ doStream: streamOf(...text(honest), finish("stop")) });
    const { engine, course, usage: counted, record } = await write(model);
    assert.equal(engine, "model");
    // Behind it stands what it does not tell, in the template's words.
    assert.ok(course.startsWith("Creatinine was 1.71 mg/dL on 15 Mar 2026. 14 Mar 2026: pneumonia."), course);
    assert.deepEqual(counted, { inputTokens: 120, outputTokens: 30 });
    assert.deepEqual(
      record?.calls.map(({ provider, model: name }) => [provider, name]),
      [["anthropic", "claude-test"]],
    );
    const [call] = model.doStreamCalls;
    assert.deepEqual([call?.temperature, call?.seed], [0, 7]);
    assert.equal(call?.responseFormat?.type, "json");
    assert.match(JSON.stringify(call?.responseFormat), /"enum":\["f1","f2","f3","f4","f5"\]/u);
    assert.deepEqual(call?.providerOptions, { openai: { store: false }, azure: { store: false } });
    assert.doesNotMatch(JSON.stringify(call?.prompt), /Quillfeather|MRN-4471|1958/u);
  });

  for (const [reason, code] of [
    ["length", "model_truncated"],
    ["content-filter", "model_failed"],
    ["interrupted", "model_truncated"],
  ] as const)
    it(`an answer that ends with ${reason} is no answer`, async () => {
      const model = new MockLanguageModelV4({ doStream: streamOf(...text(honest), finish(reason)) });
      const { engine, fellBackBecause, course } = await write(model);
      assert.deepEqual([engine, fellBackBecause], ["template", code]);
      assert.equal(course, templateCourse.sentences.map(({ text: words }) => words).join(" "));
    });

  it("nor is one that ends without a finish", async () => {
    const { fellBackBecause } = await write(new MockLanguageModelV4({ doStream: streamOf(...text(honest)) }));
    assert.equal(fellBackBecause, "model_truncated");
  });

  it("is asked again when it is busy, and once only when it refuses", async () => {
    let calls = 0;
    const busy = new MockLanguageModelV4({
      doStream: async () => {
        calls += 1;
        if (calls < 3) throw apiError(calls === 1 ? 429 : 503, { "retry-after": "0" });
        return streamOf(...text(honest), finish("stop"));
      },
    });
    assert.equal((await write(busy)).engine, "model");
    assert.equal(calls, 3);
    let refused = 0;
    const closed = new MockLanguageModelV4({
      doStream: async () => {
        refused += 1;
        throw apiError(401);
      },
    });
    assert.equal((await write(closed)).fellBackBecause, "model_failed");
    assert.equal(refused, 1);
  });

  it("says nothing of the chart in its errors, nor on the console", async (context) => {
    const printed = context.mock.method(console, "error", () => undefined);
    const provider = createAiSdkProvider({
      vendor: "anthropic",
      model: "m",
      settings: {},
      timeouts,
      retry,
      loadModule: modules(
        new MockLanguageModelV4({
          doStream: async () => {
            throw apiError(400);
          },
        }),
      ),
    });
    const { signal } = new AbortController();
    const thrown = await provider
      .stream({ system: "s", user: "Zanzibarine", schema: {}, maxOutputTokens: 9, signal, requestId: "r" })
      .next()
      .catch((error: unknown) => error);
    assert.ok(thrown instanceof AdapterError);
    assert.doesNotMatch(inspect(thrown, { depth: 8, showHidden: true }), /Zanzibarine/u);
    assert.equal(printed.mock.callCount(), 0);
  });

  it("tells telemetry nothing, though an integration is registered for the whole process", async () => {
    const told: string[] = [];
    const tell = (event: unknown) => void told.push(inspect(event, { depth: 4 }));
    sdk.registerTelemetry({ onStart: tell, onLanguageModelCallStart: tell, onStepEnd: tell, onEnd: tell });
    const before = told.length;
    // The canary: without our setting the integration hears of a call.
    const canary = new MockLanguageModelV4({ doStream: streamOf(...text("x"), finish("stop")) });
    for await (const _part of sdk.streamText({ model: canary, prompt: "hello" }).stream);
    assert.ok(told.length > before, "the integration is in force");
    const heard = told.length;
    await write(new MockLanguageModelV4({ doStream: streamOf(...text(honest), finish("stop")) }));
    assert.equal(told.length, heard);
  });

  it("hears of a cancel", async () => {
    const controller = new AbortController();
    let aborted = false;
    const model = new MockLanguageModelV4({
      doStream: async ({ abortSignal }) => {
        abortSignal?.addEventListener("abort", () => {
          aborted = true;
        });
        controller.abort(new Error("cancelled"));
        return streamOf(...text(honest), finish("stop"));
      },
    });
    await assert.rejects(write(model, request(controller.signal)), /cancelled/u);
    assert.equal(aborted, true);
  });
});

describe("a vendor whose packages are not installed", () => {
  it("costs the model's part only, and says what to install", async () => {
    const provider = createAiSdkProvider({ vendor: "bedrock", model: "m", settings: {}, timeouts, retry });
    const { signal } = new AbortController();
    const thrown = await provider
      .stream({ system: "s", user: "u", schema: {}, maxOutputTokens: 9, signal, requestId: "r" })
      .next()
      .catch((error: unknown) => error);
    assert.ok(thrown instanceof AdapterError);
    assert.equal(thrown.code, "configuration_invalid");
    assert.match(thrown.message, /npm install ai@7 @ai-sdk\/amazon-bedrock@5/u);
    const generation = createModelGenerator({ provider, structure }).generate(request());
    for (;;) {
      const next = await generation.next();
      if (next.done !== true) continue;
      assert.deepEqual([next.value.engine, next.value.fellBackBecause], ["template", "configuration_invalid"]);
      break;
    }
  });
});
