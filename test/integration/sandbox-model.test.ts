/** The scripted model over HTTP: what an OpenAI-compatible client meets, healthy and broken. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { createParser } from "eventsource-parser";
import { createScriptedModel } from "../../sandbox/model/server.ts";
import type { ScriptedModel } from "../../sandbox/model/server.ts";

const FACTS = [
  { id: "f1", text: "Creatinine 1.71 mg/dL (high) on 18 Mar 2026" },
  { id: "f2", text: "Pneumonia of the left lower lobe" },
];

let model: ScriptedModel;
before(async () => {
  model = await createScriptedModel({ chunkDelayMs: 0, seed: 5 });
});
beforeEach(() => model.clear());
after(() => model.close());

function ask(extra: Record<string, unknown> = {}, init: RequestInit = {}): Promise<Response> {
  const messages = [
    { role: "system", content: "Write." },
    { role: "user", content: JSON.stringify({ task: "hospital-course", facts: FACTS }) },
  ];
  return fetch(`${model.baseUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "scripted", messages, stream: true, ...extra }),
    ...init,
  });
}

interface Chunk {
  readonly choices: readonly { readonly delta: { readonly content?: string }; readonly finish_reason: string | null }[];
  readonly usage?: { readonly completion_tokens: number };
}

interface Read {
  readonly text: string;
  readonly finish: string | undefined;
  readonly done: boolean;
  readonly usage: number | undefined;
}

/** Reads a stream as a client does: UTF-8 decoder, SSE parser, JSON. */
async function read(response: Response): Promise<Read> {
  const events: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => events.push(data) });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }));
  const chunks = events.filter((data) => data !== "[DONE]").map((data): Chunk => JSON.parse(data));
  return {
    text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join(""),
    finish: chunks.map((chunk) => chunk.choices[0]?.finish_reason).find((reason) => typeof reason === "string"),
    done: events.at(-1) === "[DONE]",
    usage: chunks.at(-1)?.usage?.completion_tokens,
  };
}

describe("scripted model: a healthy completion", () => {
  it("streams JSON sentences, a finish reason, the usage asked for and [DONE]", async () => {
    const got = await read(await ask({ stream_options: { include_usage: true } }));
    const parsed: { sentences: { factIds: string[] }[] } = JSON.parse(got.text);
    assert.ok(parsed.sentences.length > 0);
    assert.equal(got.finish, "stop");
    assert.equal(got.done, true);
    assert.ok((got.usage ?? 0) > 0);
    assert.equal(model.counts().completed, 1);
  });

  it("answers whole when no stream is asked for", async () => {
    interface Whole {
      readonly choices: readonly { readonly message: { readonly content: string }; readonly finish_reason: string }[];
    }
    const body: Whole = JSON.parse(await (await ask({ stream: false })).text());
    assert.equal(body.choices[0]?.finish_reason, "stop");
    assert.match(body.choices[0]?.message.content ?? "", /^\{"sentences":/u);
  });

  it("keeps the request's bytes, for whoever looks for identifiers in them", async () => {
    await read(await ask());
    assert.ok(model.requests[0]?.body.includes("Creatinine 1.71"));
  });
});

describe("scripted model: faults of the stream", () => {
  const cases = [
    { fault: "truncated", finish: undefined, done: false },
    { fault: "length", finish: "length", done: true },
    { fault: "content-filter", finish: "content_filter", done: true },
  ] as const;
  for (const { fault, finish, done } of cases) {
    it(`${fault}: finish reason ${finish ?? "absent"}, half a text`, async () => {
      const got = await read(await ask({ model: `scripted:${fault}` }));
      assert.deepEqual({ finish: got.finish, done: got.done }, { finish, done });
      assert.throws(() => JSON.parse(got.text));
    });
  }

  it("split-utf8: decodes whole, though characters are cut across chunks", async () => {
    const got = await read(await ask({ model: "scripted:split-utf8" }));
    assert.match(got.text, /“Creatinine 1\.71/u);
    assert.doesNotThrow(() => JSON.parse(got.text));
  });

  it("no-usage: says nothing of usage, even when asked", async () => {
    const got = await read(await ask({ model: "scripted:no-usage", stream_options: { include_usage: true } }));
    assert.equal(got.usage, undefined);
    assert.equal(got.finish, "stop");
  });

  it("reset-mid: the socket breaks", async () => {
    await assert.rejects(async () => read(await ask({ model: "scripted:reset-mid" })));
    await model.until("broken off", () => (model.counts().brokenOff === 1 ? true : undefined));
  });

  it("malformed-sse: the data is no JSON", async () => {
    await assert.rejects(async () => read(await ask({ model: "scripted:malformed-sse" })), SyntaxError);
  });

  for (const fault of ["stall-start", "stall-mid"]) {
    it(`${fault}: waits until the client leaves, and notices that it left`, async () => {
      const leave = new AbortController();
      const reading = read(await ask({ model: `scripted:${fault}` }, { signal: leave.signal }));
      assert.equal(model.counts().open, 1);
      leave.abort();
      await assert.rejects(reading);
      await model.until("abort", () => (model.counts().aborted === 1 ? true : undefined));
    });
  }

  it("huge: many megabytes, and still well-formed", async () => {
    const got = await read(await ask({ model: "scripted:huge" }));
    assert.ok(got.text.length > 8_000_000);
  });
});

describe("scripted model: refusals", () => {
  const cases = [
    { model: "scripted:rate-limited", status: 429 },
    { model: "scripted:server-error", status: 500 },
    { model: "scripted:unauthorized", status: 401 },
    { model: "scripted:nonsense", status: 404 },
  ];
  for (const { model: name, status } of cases) {
    it(`${name}: ${status}`, async () => {
      const response = await ask({ model: name });
      assert.equal(response.status, status);
      assert.equal(response.headers.get("retry-after"), status === 429 ? "1" : null);
      assert.equal(model.counts().refused, 1);
    });
  }

  it("schema-refused: only a json_schema is refused", async () => {
    const json_schema = { name: "s", schema: { type: "object" } };
    const wanted = { model: "scripted:schema-refused", response_format: { type: "json_schema", json_schema } };
    assert.equal((await ask(wanted)).status, 400);
    assert.equal((await ask({ ...wanted, response_format: { type: "json_object" } })).status, 200);
  });

  it("takes a queued fault once, then is well again", async () => {
    model.failNext("server-error", "rate-limited");
    const statuses = [await ask(), await ask(), await ask()].map(({ status }) => status);
    assert.deepEqual(statuses, [500, 429, 200]);
  });

  it("wants the key it was given, and a request it can read", async () => {
    const guarded = await createScriptedModel({ apiKey: "k" });
    const bare = await fetch(`${guarded.baseUrl}/chat/completions`, { method: "POST", body: "{}" });
    assert.equal(bare.status, 401);
    await guarded.close();
    assert.equal((await ask({ messages: [{ role: "user", content: "no facts" }] })).status, 400);
  });
});
