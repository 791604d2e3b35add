/** The model engine against a scripted provider: every way it can fail, and what the clinician gets then. */
import assert from "node:assert/strict";
import { inspect } from "node:util";
import { after, afterEach, before, describe, it } from "node:test";
import type { ScriptedModel } from "../../sandbox/model/server.ts";
import { createScriptedModel } from "../../sandbox/model/server.ts";
import { CONTENT_FAULTS, MODEL_FAULTS, REFUSAL_FAULTS, STREAM_FAULTS } from "../../sandbox/model/faults.ts";
import type { ModelFault } from "../../sandbox/model/faults.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import type { OpenAiCompatibleOptions } from "../../src/generation/model/openai-compatible/openai-compatible.ts";
import { createOpenAiCompatibleProvider } from "../../src/generation/model/openai-compatible/openai-compatible.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { createPatientProvider } from "../../src/generation/model/call/patient-provider.ts";
import { ModelFailure } from "../../src/generation/model/failure.ts";
import { unlimited } from "../../src/generation/model/governor.ts";
import type { ModelGeneratorOptions } from "../../src/generation/model/model-generator.ts";
import { createModelGenerator } from "../../src/generation/model/model-generator.ts";
import type { ModelPrompt, ModelProvider } from "../../src/generation/model/provider.ts";
import type { GenerationEvent, GenerationRequest, GenerationResult } from "../../src/generation/summary-generator.ts";
import { allergies, chart, identifiers, structure, templateCourse } from "../support/course-fixture.ts";
import { us } from "../support/jurisdictions.ts";

/** No healthy model is cut short, however busy the machine is. */
const timeouts = { firstChunkTimeoutMs: 20_000, chunkTimeoutMs: 20_000, totalTimeoutMs: 60_000 };
/** For a model that stalls: it would be waited for. */
const impatient = { firstChunkTimeoutMs: 400, chunkTimeoutMs: 400, totalTimeoutMs: 5_000 };
const retry = { retries: 2, baseMs: 1, maxPauseMs: 2000 };
const timeZone = "America/Chicago";

let model: ScriptedModel;
before(async () => {
  model = await createScriptedModel({ chunkDelayMs: 1, apiKey: "test-key" });
});
afterEach(() => {
  model.failAlways(undefined);
  model.clear();
});
after(() => model.close());

function engine(options: Partial<OpenAiCompatibleOptions> = {}) {
  const provider = createOpenAiCompatibleProvider({
    baseUrl: model.baseUrl,
    model: "scripted",
    apiKey: "test-key",
    timeouts,
    retry,
    ...options,
  });
  return createModelGenerator({ provider, structure });
}

function requestWith(signal: AbortSignal = new AbortController().signal): GenerationRequest {
  return { chart, options: { timeZone, language: "en", jurisdiction: us }, finished: [], signal, requestId: "req-1" };
}

interface Run {
  readonly events: readonly GenerationEvent[];
  readonly result: GenerationResult;
}

async function run(options: Partial<OpenAiCompatibleOptions> = {}, request = requestWith()): Promise<Run> {
  const events: GenerationEvent[] = [];
  const generation = engine(options).generate(request);
  for (;;) {
    const next = await generation.next();
    if (next.done === true) return { events, result: next.value };
    events.push(next.value);
  }
}

const sectionsOf = ({ events }: Run) => events.flatMap((event) => (event.kind === "section" ? [event.section] : []));
const courseOf = (run: Run) => sectionsOf(run).find(({ id }) => id === "course");

/** What a page that follows the events shows of the course just before the section is finished. */
function shownText({ events }: Run): string {
  let text = "";
  for (const event of events) {
    if (event.kind === "reset") text = "";
    if (event.kind === "delta") text += event.text;
  }
  return text;
}

describe("a healthy model", () => {
  it("writes the course in verified sentences, and only the course", async () => {
    const done = await run();
    const course = courseOf(done);
    assert.equal(done.result.engine, "model");
    assert.equal(done.result.fellBackBecause, undefined);
    // The one about the note: it would repeat the mark that stands for the patient's name.
    assert.equal(done.result.droppedSentences, 1);
    assert.ok((done.result.usage?.outputTokens ?? 0) > 0);
    assert.ok(course !== undefined && course.sentences.length > 1);
    for (const sentence of course.sentences) {
      assert.equal(sentence.origin, "model");
      assert.doesNotMatch(sentence.text, /[⟨⟩]/u);
      assert.ok(sentence.verified && verifySentence(sentence, chart, { timeZone }).verified, sentence.text);
    }
    assert.deepEqual(
      course.sentences.map(({ id }) => id),
      course.sentences.map((_, index) => `course.${index + 1}`),
    );
    assert.deepEqual(
      sectionsOf(done).map(({ id }) => id),
      ["allergies", "course"],
    );
  });

  it("streams the text before the section, and the stream ends with what the section says", async () => {
    const done = await run();
    assert.ok(done.events.filter(({ kind }) => kind === "delta").length > 3);
    assert.equal(
      shownText(done),
      courseOf(done)
        ?.sentences.map(({ text }) => text)
        .join("\n"),
    );
    assert.deepEqual(
      done.events.flatMap((event) => (event.kind === "step" ? [event.step] : [])),
      ["structuring", "writing", "verifying"],
    );
  });

  it("is not asked when an earlier attempt finished the course", async () => {
    const { result, events } = await run({}, { ...requestWith(), finished: [templateCourse] });
    assert.equal(model.requests.length, 0);
    assert.equal(result.engine, "template");
    assert.deepEqual(
      events.flatMap((event) => (event.kind === "section" ? [event.section.id] : [])),
      ["allergies"],
    );
  });
});

describe("what leaves the house", () => {
  it("is a task and facts, without a name, number, birth date, address or telephone of the patient", async () => {
    await run();
    const body = model.requests[0]?.body ?? "";
    for (const value of [...Object.values(identifiers), "March 14, 1958", "73301"])
      assert.ok(!body.includes(value), value);
    const parsed = JSON.parse(body);
    assert.equal(parsed.store, false);
    assert.equal(parsed.temperature, 0);
    assert.equal(typeof parsed.seed, "number");
    assert.deepEqual(
      parsed.messages.map(({ role }: { role: string }) => role),
      ["system", "user"],
    );
    const user = JSON.parse(parsed.messages[1].content);
    assert.deepEqual(Object.keys(user), ["task", "patient", "facts"]);
    assert.deepEqual(user.patient, { ageBand: "60-69" });
    assert.ok(!parsed.messages[0].content.includes("Creatinine"), "the instruction holds nothing of the chart");
  });

  it("marks notes as quoted, and leaves out a note that speaks to machines", async () => {
    await run();
    const { facts } = JSON.parse(JSON.parse(model.requests[0]?.body ?? "").messages[1].content);
    assert.deepEqual(
      facts.filter((fact: { quoted?: boolean }) => fact.quoted).map(({ id }: { id: string }) => id),
      ["f5"],
    );
    assert.ok(!JSON.stringify(facts).includes("warfarin"));
  });
});

/** The error code for which the whole course falls back; undefined where the model's course stands. */
const expectedFallback: Record<ModelFault, string | undefined> = {
  "wrong-number": "model_failed",
  "spelled-number": "model_failed",
  "wrong-unit": undefined,
  "wrong-date": "model_failed",
  "wrong-drug": undefined,
  "unknown-fact": "model_failed",
  uncited: "model_failed",
  "negation-flip": undefined,
  "laterality-flip": undefined,
  obedient: undefined,
  "obedient-misattributed": undefined,
  "no-sentences": "model_failed",
  empty: "model_failed",
  "malformed-json": "model_failed",
  "wrong-shape": "model_failed",
  huge: "model_failed",
  truncated: "model_truncated",
  length: "model_truncated",
  "content-filter": "model_failed",
  "stall-start": "model_timeout",
  "stall-mid": "model_timeout",
  "reset-start": "model_truncated",
  "reset-mid": "model_truncated",
  "malformed-sse": "model_failed",
  "error-mid": "model_failed",
  "split-utf8": undefined,
  "no-usage": undefined,
  "rate-limited": "model_failed",
  "server-error": "model_failed",
  unauthorized: "model_failed",
  "schema-refused": undefined,
};

describe("every fault ends in a course that is true", () => {
  it("the table names every fault of the scripted model", () => {
    assert.deepEqual(Object.keys(expectedFallback).sort(), [...MODEL_FAULTS].sort());
    assert.equal(MODEL_FAULTS.length, CONTENT_FAULTS.length + STREAM_FAULTS.length + REFUSAL_FAULTS.length);
  });

  for (const fault of MODEL_FAULTS) {
    it(fault, async () => {
      model.failAlways(fault);
      const done = await run(fault.startsWith("stall") ? { timeouts: impatient } : {});
      const course = courseOf(done);
      assert.ok(course !== undefined);
      assert.equal(done.result.fellBackBecause, expectedFallback[fault]);
      assert.equal(done.result.engine, expectedFallback[fault] === undefined ? "model" : "template");
      if (done.result.fellBackBecause !== undefined) {
        assert.deepEqual(course, templateCourse);
        assert.equal(shownText(done), "", "what was shown has been taken back");
      }
      for (const sentence of course.sentences) {
        assert.ok(verifySentence(sentence, chart, { timeZone }).verified, `${fault}: ${sentence.text}`);
        assert.doesNotMatch(sentence.text, /amiodarone|warfarin|forty-seven|1999|2025|right side/iu);
      }
    });
  }

  it("a dropped sentence is taken back and the template's words on the same facts stand in", async () => {
    model.failAlways("wrong-unit");
    const done = await run();
    const course = courseOf(done);
    assert.ok(done.result.droppedSentences > 0);
    assert.ok(done.events.some(({ kind }) => kind === "reset"));
    assert.ok(course?.sentences.some(({ origin }) => origin === "template"));
    assert.equal(shownText(done), course?.sentences.map(({ text }) => text).join("\n"));
  });
});

describe("a chain of models", () => {
  const named = (name: string, options: Partial<OpenAiCompatibleOptions> = {}) =>
    createOpenAiCompatibleProvider({
      baseUrl: model.baseUrl,
      model: name,
      apiKey: "test-key",
      timeouts,
      retry,
      ...options,
    });

  async function runChain(...names: readonly string[]): Promise<Run> {
    const [provider, ...fallbacks] = names.map((name) => named(name));
    assert.ok(provider !== undefined);
    const events: GenerationEvent[] = [];
    const generation = createModelGenerator({ provider, fallbacks, structure }).generate(requestWith());
    for (;;) {
      const next = await generation.next();
      if (next.done === true) return { events, result: next.value };
      events.push(next.value);
    }
  }

  it("asks the next when one fails, and takes back what the first had shown", async () => {
    const done = await runChain("scripted:truncated", "scripted:unauthorized", "scripted");
    assert.equal(done.result.engine, "model");
    assert.equal(done.result.fellBackBecause, undefined);
    assert.deepEqual(
      done.result.record?.calls.map(({ model: name, outcome }) => [name, outcome]),
      [
        ["scripted:truncated", "model_truncated"],
        ["scripted:unauthorized", "model_failed"],
        ["scripted", "written"],
      ],
    );
    const deltas = done.events.findIndex(({ kind }) => kind === "delta");
    const reset = done.events.findIndex(({ kind }) => kind === "reset");
    assert.ok(deltas !== -1 && deltas < reset, "text of the first was shown, and taken back");
    assert.equal(
      shownText(done),
      courseOf(done)
        ?.sentences.map(({ text }) => text)
        .join("\n"),
    );
  });

  it("asks the next when nothing that one wrote stands", async () => {
    const { result } = await runChain("scripted:uncited", "scripted");
    assert.deepEqual(
      result.record?.calls.map(({ outcome, stood }) => [outcome, stood > 0]),
      [
        ["nothing-stood", false],
        ["written", true],
      ],
    );
  });

  it("ends with the template's words", async () => {
    const done = await runChain("scripted:server-error", "scripted:malformed-json");
    assert.equal(done.result.engine, "template");
    assert.deepEqual(courseOf(done), templateCourse);
    assert.equal(shownText(done), "");
  });

  it("keeps what the provider says it cost, what was asked, and why sentences fell", async () => {
    const { result } = await runChain("scripted:wrong-unit");
    const [call] = result.record?.calls ?? [];
    assert.ok(call?.usage !== undefined && call.usage.inputTokens > 0);
    assert.match(call.promptHash, /^[0-9a-f]{64}$/u);
    assert.equal(call.factsShown, 5);
    assert.ok(call.dropped > 0 && (call.drops["value"] ?? 0) > 0);
    assert.deepEqual([result.record?.temperature, result.record?.seed], [0, 7]);
    assert.doesNotMatch(JSON.stringify(result.record), /Creatinine|Pneumonia|Ceftriaxone/iu);
  });
});

describe("a model that says things twice", () => {
  it("is taken at its word once", async () => {
    const text = "Creatinine was 1.71 mg/dL on [day 2].";
    const twice = JSON.stringify({ sentences: [1, 2].map(() => ({ text, factIds: ["f3"] })) });
    const provider = {
      provider: "test",
      model: "echo",
      async *stream() {
        yield twice;
        return { model: "echo" };
      },
    };
    const sections: Section[] = [];
    const generation = createModelGenerator({ provider, structure }).generate(requestWith());
    for (;;) {
      const next = await generation.next();
      if (next.done === true) {
        assert.deepEqual(next.value.record?.calls[0]?.drops, { repeated: 1 });
        break;
      }
      if (next.value.kind === "section") sections.push(next.value.section);
    }
    const course = sections.find(({ id }) => id === "course")?.sentences ?? [];
    assert.deepEqual(
      course.map(({ origin }) => origin),
      ["model", "template", "template"],
      "once, and what it does not tell in the template's words",
    );
  });
});

describe("one line of the story, and the patient's words", () => {
  const reason: Section = {
    ...templateCourse,
    id: "reason",
    title: "Reason for hospitalization",
    sentences: templateCourse.sentences.slice(0, 1).map((each) => ({ ...each, id: "reason.1" })),
  };
  const both = () => ({ ...structure(), sections: [templateCourse, reason, allergies] });

  it("go beside the template's sentences, which stay word for word", async () => {
    const provider = createOpenAiCompatibleProvider({
      baseUrl: model.baseUrl,
      model: "scripted",
      apiKey: "test-key",
      timeouts,
      retry,
    });
    const sections: Section[] = [];
    const generator = createModelGenerator({ provider, structure: both });
    for await (const event of generator.generate(requestWith()))
      if (event.kind === "section") sections.push(event.section);
    const written = sections.find(({ id }) => id === "reason");
    assert.deepEqual(
      written?.sentences.map(({ id, origin }) => [id, origin]),
      [
        ["reason.1", "model"],
        ["reason.2", "template"],
      ],
    );
    assert.equal(written.sentences[1]?.text, reason.sentences[0]?.text);
    assert.equal(model.requests.length, 2, "nothing is asked for a section that the chart leaves empty");
  });
});

describe("the provider", () => {
  it("is asked again when the connection breaks before a word has come, and never after", async () => {
    model.failNext("reset-start");
    const { result } = await run();
    assert.equal(result.fellBackBecause, undefined);
    assert.equal(model.requests.length, 2);
    model.clear();
    model.failNext("reset-mid");
    await run();
    assert.equal(model.requests.length, 1);
  });

  it("is shown a key as Azure wants it, and keeps the query of its address", async () => {
    const seen: string[] = [];
    const provider = createOpenAiCompatibleProvider({
      baseUrl: "https://x.openai.azure.example/openai/v1/?api-version=preview",
      model: "gpt",
      apiKey: "azure-key-0123456789",
      keyHeader: "api-key",
      timeouts,
      retry: { ...retry, retries: 0 },
      fetch: async (input, init) => {
        seen.push(new Request(input).url, JSON.stringify(init?.headers));
        return new Response("{}", { status: 401 });
      },
    });
    for await (const _event of createModelGenerator({ provider, structure }).generate(requestWith()));
    assert.equal(seen[0], "https://x.openai.azure.example/openai/v1/chat/completions?api-version=preview");
    assert.match(seen[1] ?? "", /"api-key":"azure-key-0123456789"/u);
    assert.doesNotMatch(seen[1] ?? "", /authorization/iu);
  });

  it("is asked again when it is busy, as it asks to be", async () => {
    model.failNext("server-error", "rate-limited");
    const { result } = await run();
    assert.equal(result.fellBackBecause, undefined);
    assert.deepEqual(
      model.requests.map(({ status }) => status),
      [500, 429, 200],
    );
  });

  it("is not asked again for what will not pass, nor for ever", async () => {
    model.failAlways("unauthorized");
    await run();
    assert.equal(model.requests.length, 1);
    model.clear();
    model.failAlways("server-error");
    await run();
    assert.equal(model.requests.length, retry.retries + 1);
  });

  it("is not awaited longer than allowed when it asks for more patience", async () => {
    model.failAlways("rate-limited");
    await run({ retry: { ...retry, maxPauseMs: 500 } });
    assert.equal(model.requests.length, 1);
  });

  it("that refuses a schema is asked for a JSON object, and remembered", async () => {
    model.failAlways("schema-refused");
    const provider = createOpenAiCompatibleProvider({
      baseUrl: model.baseUrl,
      model: "scripted",
      apiKey: "test-key",
      timeouts,
      retry,
    });
    const generator = createModelGenerator({ provider, structure });
    for (let round = 0; round < 2; round += 1) for await (const _event of generator.generate(requestWith()));
    const formats = model.requests.map(({ body }) => JSON.parse(body).response_format.type);
    assert.deepEqual(formats, ["json_schema", "json_object", "json_object"]);
  });

  it("that cannot be reached costs the model's course only", async () => {
    const { result } = await run({ baseUrl: "http://127.0.0.1:9/v1" });
    assert.equal(result.fellBackBecause, "model_failed");
  });

  it("that writes slowly but steadily may go on past the chunk limit, and not past the total", async () => {
    const slow = await createScriptedModel({ chunkDelayMs: 80 });
    try {
      const patient = await run({
        baseUrl: slow.baseUrl,
        timeouts: { firstChunkTimeoutMs: 20_000, chunkTimeoutMs: 1_500, totalTimeoutMs: 60_000 },
      });
      assert.equal(patient.result.fellBackBecause, undefined);
      const hurried = await run({
        baseUrl: slow.baseUrl,
        timeouts: { firstChunkTimeoutMs: 20_000, chunkTimeoutMs: 20_000, totalTimeoutMs: 500 },
      });
      assert.equal(hurried.result.fellBackBecause, "model_timeout");
    } finally {
      await slow.close();
    }
  });

  it("says nothing of the chart in its errors", async () => {
    for (const fault of ["malformed-sse", "malformed-json", "error-mid", "server-error", "truncated"] as const) {
      model.failAlways(fault);
      const provider = createOpenAiCompatibleProvider({
        baseUrl: model.baseUrl,
        model: "scripted",
        apiKey: "test-key",
        timeouts,
        retry,
      });
      const signal = new AbortController().signal;
      const user = JSON.stringify({ task: "x", facts: [{ id: "f1", text: "Zanzibarine 5 mg" }] });
      const stream = provider.stream({ system: "s", user, schema: {}, maxOutputTokens: 10, signal, requestId: "r" });
      const error = await stream
        .next()
        .then(async (first) => {
          for (let next = first; next.done !== true;) next = await stream.next();
        })
        .catch((thrown: unknown) => thrown);
      const told = inspect(error, { depth: 8, showHidden: true });
      assert.doesNotMatch(told, /Zanzibarine|test-key/u, fault);
    }
  });
});

describe("cancel", () => {
  it("reaches the provider and is thrown on, in mid-stream", async () => {
    const slow = await createScriptedModel({ chunkDelayMs: 50 });
    const controller = new AbortController();
    const reason = new Error("cancelled");
    try {
      const generation = engine({ baseUrl: slow.baseUrl }).generate(requestWith(controller.signal));
      await assert.rejects(
        async () => {
          for await (const event of generation) if (event.kind === "delta") controller.abort(reason);
        },
        (thrown) => thrown === reason,
      );
      await slow.until("the call to be aborted", () => slow.counts().aborted === 1 || undefined);
    } finally {
      await slow.close();
    }
  });

  it("also while a retry is waited for", async () => {
    model.failAlways("rate-limited");
    const controller = new AbortController();
    const pending = run({}, requestWith(controller.signal));
    await model.until("a request", () => model.requests.length === 1 || undefined);
    controller.abort(new Error("cancelled"));
    await assert.rejects(pending, /cancelled/u);
  });

  it("a reader that merely stops reading closes the socket too", async () => {
    const slow = await createScriptedModel({ chunkDelayMs: 50 });
    try {
      for await (const event of engine({ baseUrl: slow.baseUrl }).generate(requestWith()))
        if (event.kind === "delta") break;
      await slow.until("the call to be aborted", () => slow.counts().aborted === 1 || undefined);
    } finally {
      await slow.close();
    }
  });
});

describe("a refused sentence that is asked for once more", () => {
  type Answer = readonly { readonly text: string; readonly factIds: readonly string[] }[];
  const creatinine = (value: string) => ({ text: `Creatinine was ${value} mg/dL on [day 2].`, factIds: ["f3"] });
  const pneumonia = { text: "Pneumonia was present.", factIds: ["f1"] };
  const ceftriaxone = { text: "Ceftriaxone 2 g every 24 hours was ordered on [day 1].", factIds: ["f4"] };
  const noEmbolism = { text: "Pulmonary embolism was ruled out.", factIds: ["f2"] };

  /** Gives its answers in turn, and keeps what it was asked. */
  function speaking(...answers: readonly Answer[]) {
    const asked: ModelPrompt[] = [];
    const provider: ModelProvider = {
      provider: "test",
      model: "turns",
      async *stream(prompt) {
        asked.push(prompt);
        const sentences = answers[asked.length - 1];
        if (sentences === undefined) throw new ModelFailure("overloaded", "no more answers");
        yield JSON.stringify({ sentences });
        return { model: "turns" };
      },
    };
    return { provider, asked };
  }

  async function write(provider: ModelProvider, more: Partial<ModelGeneratorOptions> = {}): Promise<Run> {
    const events: GenerationEvent[] = [];
    const generation = createModelGenerator({ provider, structure, onRefused: "ask-again", ...more }).generate(
      requestWith(),
    );
    for (;;) {
      const next = await generation.next();
      if (next.done === true) return { events, result: next.value };
      events.push(next.value);
    }
  }

  const written = (done: Run) =>
    courseOf(done)?.sentences.flatMap(({ text, origin }) => (origin === "model" ? [text] : []));

  it("takes its place in the story when it passes, and the reader ends with the whole text", async () => {
    const { provider, asked } = speaking(
      [pneumonia, creatinine("17.1"), ceftriaxone, noEmbolism],
      [creatinine("1.71")],
    );
    const done = await write(provider);
    assert.deepEqual(written(done), [
      "Pneumonia was present.",
      "Creatinine was 1.71 mg/dL on 15 Mar 2026.",
      "Ceftriaxone 2 g every 24 hours was ordered on 14 Mar 2026.",
      "Pulmonary embolism was ruled out.",
    ]);
    assert.equal(
      shownText(done),
      courseOf(done)
        ?.sentences.map(({ text }) => text)
        .join("\n"),
    );
    assert.equal(done.result.droppedSentences, 0);
    assert.deepEqual(
      done.result.record?.calls.map(({ outcome, stood, dropped }) => [outcome, stood, dropped]),
      [
        ["written", 3, 1],
        ["written", 1, 0],
      ],
    );
    const [first, second] = done.result.record?.calls ?? [];
    assert.notEqual(first?.promptHash, second?.promptHash);
    assert.equal(asked.length, 2);
  });

  it("is asked for by the facts it cited and the rules it broke, and by nothing that the model wrote", async () => {
    const { provider, asked } = speaking(
      [pneumonia, { ...creatinine("99.9"), text: "Zebrafish creatinine 99.9." }],
      [],
    );
    await write(provider);
    const { task, facts, refused, ...rest } = JSON.parse(asked[1]?.user ?? "");
    assert.match(task, /hospital course/iu);
    assert.deepEqual(Object.keys(rest), ["patient"]);
    assert.deepEqual(
      facts.map(({ id }: { id: string }) => id),
      ["f3"],
    );
    assert.equal(refused.length, 1);
    assert.deepEqual(refused[0].factIds, ["f3"]);
    assert.ok(refused[0].rules.includes("value"));
    assert.doesNotMatch(asked[1]?.user ?? "", /Zebrafish|99\.9/u);
    assert.doesNotMatch(asked[1]?.system ?? "", /Creatinine|1\.71/u);
    assert.ok((asked[1]?.usedMs ?? -1) >= 0, "what the first took counts against the limit of both");
  });

  it("is told by the template when it fails again, and is not asked for a third time", async () => {
    const { provider, asked } = speaking([pneumonia, creatinine("17.1")], [creatinine("1.17")], [creatinine("1.71")]);
    const done = await write(provider);
    assert.equal(asked.length, 2);
    assert.deepEqual(written(done), ["Pneumonia was present."]);
    assert.ok(courseOf(done)?.sentences.some(({ text, origin }) => origin === "template" && text.includes("1.71")));
    assert.equal(done.result.droppedSentences, 1);
  });

  it("brings in no other sentence: what answers none of the refused ones is dropped", async () => {
    const { provider } = speaking([pneumonia, creatinine("17.1")], [noEmbolism, creatinine("1.71"), ceftriaxone]);
    const done = await write(provider);
    assert.deepEqual(written(done), ["Pneumonia was present.", "Creatinine was 1.71 mg/dL on 15 Mar 2026."]);
    assert.deepEqual(done.result.record?.calls[1]?.drops, { unasked: 2 });
  });

  it("costs what stood nothing, when the second call fails or may not be made", async () => {
    for (const more of [
      {},
      {
        governor: () => {
          let calls = 0;
          return {
            admit: async (...given: Parameters<typeof unlimited.admit>) => {
              calls += 1;
              if (calls === 2) throw new AdapterError("model_over_budget");
              return unlimited.admit(...given);
            },
          };
        },
      },
    ]) {
      const done = await write(speaking([pneumonia, creatinine("17.1")]).provider, more);
      assert.equal(done.result.engine, "model");
      assert.equal(done.result.fellBackBecause, undefined);
      assert.deepEqual(written(done), ["Pneumonia was present."]);
      assert.equal(done.result.record?.calls.length, 2);
    }
  });

  it("is not asked for where no time is left, where nothing known was cited, or where the hospital does not want it", async () => {
    let sent = 0;
    const { provider: once } = speaking([pneumonia]);
    const patient = createPatientProvider(
      {
        ...once,
        stream: (prompt) => {
          sent += 1;
          return once.stream(prompt);
        },
      },
      { timeouts },
    );
    const late = patient.stream({
      system: "",
      user: "",
      schema: {},
      maxOutputTokens: 1,
      requestId: "r",
      signal: new AbortController().signal,
      usedMs: timeouts.totalTimeoutMs,
    });
    await assert.rejects(late.next(), (error) => error instanceof AdapterError && error.code === "model_timeout");
    assert.equal(sent, 0);

    const unknown = speaking([pneumonia, { text: "Something happened.", factIds: ["f99"] }]);
    await write(unknown.provider);
    assert.equal(unknown.asked.length, 1);

    const unasked = speaking([pneumonia, creatinine("17.1")]);
    await write(unasked.provider, { onRefused: "template" });
    assert.equal(unasked.asked.length, 1);
  });

  it("can be won back over real HTTP when the whole first answer was wrong", async () => {
    model.failNext("wrong-number");
    const provider = createOpenAiCompatibleProvider({
      baseUrl: model.baseUrl,
      model: "scripted",
      apiKey: "test-key",
      timeouts,
      retry,
    });
    const done = await write(provider);
    assert.equal(model.requests.length, 2);
    assert.equal(done.result.engine, "model");
    assert.equal(done.result.fellBackBecause, undefined);
    for (const { text, evidence } of courseOf(done)?.sentences ?? [])
      assert.ok(verifySentence({ text, evidence }, chart, { timeZone }).verified, text);
  });
});
