/** Work that a provider does while nobody waits: started once, asked about until it has ended, called off when nobody wants it. */
import { setTimeout as sleep } from "node:timers/promises";
import { failureOfStatus, ModelFailure, retryAfterMs, unreachable } from "../failure.ts";
import type { ModelPrompt } from "../provider.ts";

/** How a provider's interface is called; every answer is JSON or lines of it. */
export interface Caller {
  readonly credentials: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly now: () => number;
}

/** Longest answer that is read, whatever it holds. */
const longestAnswer = 4_000_000;

/** One request. Throws ModelFailure for every status but 2xx, and the signal's reason. */
export async function call(
  { credentials, fetch, now }: Caller,
  method: "GET" | "POST",
  url: string,
  signal: AbortSignal,
  body?: object,
): Promise<string> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { "content-type": "application/json", ...credentials },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
      // A redirect would carry the key to an address that nobody checked.
      redirect: "error",
    });
  } catch (error) {
    signal.throwIfAborted();
    throw unreachable(error);
  }
  if (!response.ok) {
    await response.body?.cancel().catch(() => undefined);
    throw failureOfStatus(response.status, retryAfterMs(response.headers.get("retry-after"), now()));
  }
  const text = await response.text();
  if (text.length > longestAnswer) throw new ModelFailure("malformed", "the answer is too long");
  return text;
}

/** JSON of one answer or line. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new ModelFailure("malformed", "an answer is not JSON");
  }
}

export interface Pace {
  readonly firstMs: number;
  /** No pause is longer. */
  readonly mostMs: number;
}

export interface Work<T> {
  /** Starts it and returns the provider's id. */
  readonly start: () => Promise<string>;
  /**
   * Looks once. `pending`: not yet. `gone`: the provider knows nothing of it any more, or has ended it without an answer
   * to give; it is started anew, once.
   */
  readonly look: (id: string) => Promise<T | "pending" | "gone">;
  /** Tells the provider to stop. */
  readonly cancel: (id: string) => Promise<void>;
}

/** A deploy or a lost lease: another attempt at the same job asks for the answer, so the provider works on. */
function anotherWillAsk(reason: unknown): boolean {
  const why = reason instanceof Error && "reason" in reason ? reason.reason : undefined;
  return why === "shutdown" || why === "lease-lost";
}

/** A look that fails in passing is no end of the work. */
async function lookAgain<T>(work: Work<T>, id: string): Promise<T | "pending" | "gone"> {
  try {
    return await work.look(id);
  } catch (error) {
    if (error instanceof ModelFailure && error.passes) return "pending";
    throw error;
  }
}

async function awaitEnd<T>(work: Work<T>, id: string, prompt: ModelPrompt, pace: Pace): Promise<T | "gone"> {
  const pause = async (ms: number): Promise<void> => {
    if (prompt.handle !== undefined) await prompt.handle.pause(id, ms, prompt.signal);
    else await sleep(ms, undefined, { signal: prompt.signal });
  };
  for (let waitMs = pace.firstMs; ; waitMs = Math.min(pace.mostMs, waitMs * 1.5)) {
    const seen = await lookAgain(work, id);
    if (seen !== "pending") return seen;
    await pause(waitMs).catch(() => undefined);
    prompt.signal.throwIfAborted();
  }
}

async function begin<T>(work: Work<T>, { handle }: ModelPrompt): Promise<string> {
  const id = await work.start();
  await handle?.keep(id);
  return id;
}

/**
 * The answer. An earlier attempt's work is asked for before any is begun. When the signal aborts, the provider is told to
 * stop, unless another attempt will come for the answer.
 */
export async function answerInBackground<T>(work: Work<T>, prompt: ModelPrompt, pace: Pace): Promise<T> {
  let id = prompt.handle?.earlier ?? (await begin(work, prompt));
  try {
    const first = await awaitEnd(work, id, prompt, pace);
    if (first !== "gone") return first;
    id = await begin(work, prompt);
    const second = await awaitEnd(work, id, prompt, pace);
    if (second === "gone") throw new ModelFailure("cut-off", "the provider ended the work without an answer");
    return second;
  } catch (error) {
    if (prompt.signal.aborted && !anotherWillAsk(prompt.signal.reason)) await work.cancel(id).catch(() => undefined);
    throw error;
  }
}
