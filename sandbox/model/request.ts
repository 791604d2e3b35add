/** The request of the chat completions API, as far as the scripted model reads it. */
import { z } from "zod";

const message = z.object({ role: z.enum(["system", "user", "assistant", "developer"]), content: z.string() });

const responseFormat = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text") }),
  z.object({ type: z.literal("json_object") }),
  z.object({
    type: z.literal("json_schema"),
    json_schema: z.object({
      name: z.string().regex(/^[\w-]{1,64}$/),
      strict: z.boolean().optional(),
      schema: z.record(z.string(), z.unknown()),
    }),
  }),
]);

export const chatRequest = z.object({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  response_format: responseFormat.optional(),
});

export type ChatRequest = z.infer<typeof chatRequest>;

export interface PromptFact {
  readonly id: string;
  readonly text: string;
}

const promptShape = z.object({ task: z.string(), facts: z.array(z.object({ id: z.string(), text: z.string() })) });

/** What the last user message asks for, and from what. */
export type Prompt = z.infer<typeof promptShape>;

/** Undefined when the message is no JSON object with `task` and `facts`. */
export function parsePrompt(user: string): Prompt | undefined {
  const parsed = promptShape.safeParse(parseJson(user));
  return parsed.success ? parsed.data : undefined;
}

export function readPrompt(request: ChatRequest): Prompt | undefined {
  return parsePrompt(request.messages.findLast(({ role }) => role === "user")?.content ?? "");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Why a strict schema would be refused, as the real API refuses it: each object closed, each property required.
 * Undefined when it is acceptable.
 */
export function strictSchemaProblem(schema: unknown, path = "schema"): string | undefined {
  if (Array.isArray(schema)) return firstProblem(Object.entries(schema), path);
  if (typeof schema !== "object" || schema === null) return undefined;
  const node: Record<string, unknown> = { ...schema };
  if (node["type"] === "object") {
    if (node["additionalProperties"] !== false) return `${path}: 'additionalProperties' must be false`;
    const names = Object.keys(typeof node["properties"] === "object" ? (node["properties"] ?? {}) : {});
    const required = Array.isArray(node["required"]) ? node["required"] : [];
    const missing = names.find((name) => !required.includes(name));
    if (missing !== undefined) return `${path}: 'required' must name every property, '${missing}' is missing`;
  }
  return firstProblem(Object.entries(node), path);
}

function firstProblem(children: [string, unknown][], path: string): string | undefined {
  for (const [key, child] of children) {
    const problem = strictSchemaProblem(child, `${path}.${key}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
