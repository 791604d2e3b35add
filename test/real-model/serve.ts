/** A model file behind the chat completions API, as far as the engine uses it: streamed, with a schema, cut off when the reader leaves. */
import express from "express";
import type { Request, Response } from "express";
import { z } from "zod";
import { listen } from "../../sandbox/listen.ts";

/** The few members of node-llama-cpp that are used; it is not among our packages. */
interface Sequence {
  dispose(): void;
}
interface Session {
  prompt(text: string, options: object): Promise<string>;
}
export interface LlamaModule {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{ createContext(options: object): Promise<{ getSequence(): Sequence }> }>;
    createGrammarForJsonSchema(schema: unknown): Promise<object>;
  }>;
  readonly LlamaChatSession: new (options: object) => Session;
}

/** How the next answers are drawn: at 0 the likeliest words, above it others, by the seed. */
export interface Drawing {
  readonly temperature: number;
  readonly seed: number;
}

export interface ServedModel {
  readonly baseUrl: string;
  draw(drawing: Drawing): void;
  close(): Promise<void>;
}

const requestShape = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string() })),
  max_tokens: z.number(),
  response_format: z.object({ json_schema: z.object({ schema: z.unknown() }) }),
});

/**
 * So small a model repeats itself until it is stopped, or stops at once: its grammar asks for a few sentences of a few words
 * with a citation or two each.
 */
function withShortLists(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withShortLists);
  if (typeof schema !== "object" || schema === null) return schema;
  const members = Object.fromEntries(Object.entries(schema).map(([name, value]) => [name, withShortLists(value)]));
  if (members["type"] === "string" && !("enum" in members)) return { ...members, maxLength: 140 };
  if (members["type"] !== "array") return members;
  const ofSentences = JSON.stringify(members["items"]).includes("factIds");
  return { ...members, ...(ofSentences ? { minItems: 3, maxItems: 4 } : { minItems: 1, maxItems: 2 }) };
}

/** One request at a time, on one thread: more threads than idle cores make it many times slower. */
export async function serveModel(module: LlamaModule, modelPath: string): Promise<ServedModel> {
  const llama = await module.getLlama({ gpu: false, build: "never", logLevel: "error" });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 4096, threads: 1 });
  let drawing: Drawing = { temperature: 0, seed: 1 };

  async function answer(req: Request, res: Response): Promise<void> {
    const { messages, max_tokens: maxTokens, response_format: format } = requestShape.parse(req.body);
    const [system, user] = messages;
    const sequence = context.getSequence();
    const gone = new AbortController();
    res.once("close", () => gone.abort());
    const send = (data: object | string): void =>
      void res.write(`data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`);
    res.writeHead(200, { "content-type": "text/event-stream" });
    res.flushHeaders();
    const session = new module.LlamaChatSession({ contextSequence: sequence, systemPrompt: system?.content });
    let tokens = 0;
    try {
      await session.prompt(user?.content ?? "", {
        maxTokens,
        ...drawing,
        grammar: await llama.createGrammarForJsonSchema(withShortLists(format.json_schema.schema)),
        signal: gone.signal,
        stopOnAbortSignal: true,
        onTextChunk: (content: string) => {
          tokens += 1;
          send({ model: "SmolLM2-135M-Instruct", choices: [{ delta: { content }, finish_reason: null }] });
        },
      });
    } finally {
      sequence.dispose();
    }
    send({ choices: [{ delta: {}, finish_reason: tokens >= maxTokens ? "length" : "stop" }] });
    send("[DONE]");
    res.end();
  }

  // There is one place in the model's memory: whoever comes next waits until it is free.
  let before: Promise<void> = Promise.resolve();
  const app = express();
  app.post("/v1/chat/completions", express.json({ limit: "1mb" }), (req, res) => {
    before = before.then(() => answer(req, res)).catch(() => void res.destroy());
  });
  const { url, close } = await listen(app);
  return { baseUrl: `${url}/v1`, draw: (next) => void (drawing = next), close };
}
