/** Whole answers at rest, by what was asked: sealed, and gone after a while. */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { SealContext, Sealer } from "../../db/sealer.ts";
import { openJson, sealJson } from "../../db/sealer.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { ModelCall } from "../model/governor.ts";
import type { ModelProvider } from "../model/provider.ts";
import { keepAnswer, readAnswer } from "./store.ts";

const keptSchema = z.object({
  text: z.string(),
  model: z.string(),
  usage: z.object({ inputTokens: z.number(), outputTokens: z.number() }).optional(),
});

export type KeptAnswer = z.infer<typeof keptSchema>;

/** Hex SHA-256 over all that a provider is told: server, model, instruction, facts, shape. */
export function requestHash(server: string, { provider, model, prompt }: ModelCall): string {
  const { system, user, schema, maxOutputTokens } = prompt;
  return createHash("sha256")
    .update(JSON.stringify([server, provider, model, system, user, schema, maxOutputTokens]))
    .digest("hex");
}

const context = (tenant: string, hash: string): SealContext => ({
  tenant,
  purpose: "model-answer",
  id: hash,
  version: "1",
});

/** The answer to the same request, from before; undefined where there is none that still counts. */
export async function answerOf(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
  hash: string,
): Promise<KeptAnswer | undefined> {
  const [row] = await run(executor, readAnswer, tenant, hash);
  return row === undefined ? undefined : keptSchema.parse(openJson(sealer, row.sealed, context(tenant, hash)));
}

export async function rememberAnswer(
  executor: Executor,
  sealer: Sealer,
  { tenant, hash, job, seconds }: { tenant: string; hash: string; job: string | undefined; seconds: number },
  answer: KeptAnswer,
): Promise<void> {
  const sealed = sealJson(sealer, answer, context(tenant, hash));
  await run(executor, keepAnswer, tenant, hash, job ?? null, sealed, seconds);
}

/** A kept answer in the place of a provider. */
export function replaying({ text, model, usage }: KeptAnswer, provider: string): ModelProvider {
  return {
    provider,
    model,
    async *stream(prompt) {
      prompt.signal.throwIfAborted();
      yield text;
      return { model, ...(usage === undefined ? {} : { usage }) };
    },
  };
}
