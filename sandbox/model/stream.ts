/** Sends a completion as server-sent events, and breaks off in the way a fault asks for. */
import type { Response } from "express";
import { setTimeout as sleep } from "node:timers/promises";
import { contentChunk, finishChunk, roleChunk, usageChunk } from "./completion.ts";
import type { CompletionHead, Usage } from "./completion.ts";
import type { ModelFault } from "./faults.ts";

export interface StreamPlan {
  readonly head: CompletionHead;
  readonly tokens: readonly string[];
  readonly usage: Usage;
  readonly fault: ModelFault | undefined;
  readonly includeUsage: boolean;
  readonly chunkDelayMs: number;
  /** Aborts when the client has gone. */
  readonly gone: AbortSignal;
}

/** Where a stream that breaks, breaks: after this share of its tokens. */
const BREAK_AT = 0.6;

const BREAKING: ReadonlySet<string> = new Set([
  "truncated",
  "length",
  "content-filter",
  "stall-mid",
  "reset-mid",
  "malformed-sse",
  "error-mid",
]);

/** Resolves when the stream has ended, broken off or been left by the client. */
export async function streamCompletion(res: Response, plan: StreamPlan): Promise<void> {
  res.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" });
  res.flushHeaders();
  if (plan.fault === "stall-start") return untilGone(plan.gone);
  if (plan.fault === "reset-start") return void res.socket?.resetAndDestroy();
  await writeChunk(res, plan, roleChunk(plan.head));
  const breaks = plan.fault !== undefined && BREAKING.has(plan.fault);
  const count = breaks ? Math.max(1, Math.floor(plan.tokens.length * BREAK_AT)) : plan.tokens.length;
  for (const token of plan.tokens.slice(0, count)) {
    if (plan.gone.aborted) return;
    await writeChunk(res, plan, contentChunk(plan.head, token));
    await pause(plan);
  }
  if (!plan.gone.aborted) await finish(res, plan);
}

async function finish(res: Response, plan: StreamPlan): Promise<void> {
  switch (plan.fault) {
    case "stall-mid":
      return untilGone(plan.gone);
    case "reset-mid":
      res.socket?.resetAndDestroy();
      return;
    case "truncated":
      res.end();
      return;
    case "malformed-sse":
      await write(res, plan, Buffer.from('data: {"id":"chatcmpl", "choices":[{"delta":{"content"\n\ndata [DONE]\n\n'));
      res.end();
      return;
    case "error-mid":
      await write(res, plan, event({ error: { message: "The server had an error", type: "server_error" } }));
      res.end();
      return;
    default:
      return complete(res, plan);
  }
}

async function complete(res: Response, plan: StreamPlan): Promise<void> {
  const reasons: Partial<Record<ModelFault, "length" | "content_filter">> = {
    length: "length",
    "content-filter": "content_filter",
  };
  const reason = plan.fault === undefined ? undefined : reasons[plan.fault];
  await writeChunk(res, plan, finishChunk(plan.head, reason ?? "stop"));
  if (plan.includeUsage && plan.fault !== "no-usage") await writeChunk(res, plan, usageChunk(plan.head, plan.usage));
  await write(res, plan, Buffer.from("data: [DONE]\n\n"));
  res.end();
}

async function writeChunk(res: Response, plan: StreamPlan, chunk: object): Promise<void> {
  const bytes = event(chunk);
  if (plan.fault !== "split-utf8") return write(res, plan, bytes);
  for (const piece of splitInsideCharacters(bytes)) {
    await write(res, plan, piece);
    // A turn of the event loop apart, so that the pieces leave as segments of their own.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function event(data: object): Buffer {
  return Buffer.from(`data: ${JSON.stringify(data)}\n\n`);
}

/** Cuts behind the first byte of every character of several bytes. */
export function splitInsideCharacters(bytes: Buffer): readonly Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const [index, byte] of bytes.entries()) {
    const leads = (byte & 0b1100_0000) === 0b1100_0000;
    if (!leads) continue;
    pieces.push(bytes.subarray(start, index + 1));
    start = index + 1;
  }
  pieces.push(bytes.subarray(start));
  return pieces;
}

/** Waits for a slow reader, as a server with backpressure does; a reader that left ends the wait. */
async function write(res: Response, plan: StreamPlan, bytes: Buffer): Promise<void> {
  if (plan.gone.aborted || res.write(bytes)) return;
  await new Promise<void>((resolve) => {
    res.once("drain", resolve);
    plan.gone.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function pause({ chunkDelayMs, gone }: StreamPlan): Promise<void> {
  if (chunkDelayMs > 0) await sleep(chunkDelayMs, undefined, { signal: gone }).catch(() => undefined);
}

function untilGone(gone: AbortSignal): Promise<void> {
  if (gone.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    gone.addEventListener("abort", () => resolve(), { once: true });
  });
}
