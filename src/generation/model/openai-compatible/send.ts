/** Sends a request until it is accepted: tries again what can pass, falls back from the schema, gives up on the rest. */
import { setTimeout as sleep } from "node:timers/promises";
import { AdapterError } from "../../../core/errors.ts";
import type { ModelPrompt } from "../provider.ts";
import type { Deadline } from "./deadline.ts";
import type { AnswerFormat } from "./request-body.ts";
import { requestBody } from "./request-body.ts";

export interface RetryLimits {
  /** Repeats after the first attempt. */
  readonly retries: number;
  /** First pause; doubles with each repeat, with full jitter. */
  readonly baseMs: number;
  /** No pause is longer, whatever Retry-After asks; a longer one ends the call. */
  readonly maxPauseMs: number;
}

export interface Connection {
  /** `${baseUrl}/chat/completions`. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string | undefined;
  readonly seed: number;
  readonly fetch: typeof fetch;
  readonly retry: RetryLimits;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
  readonly now: () => number;
  /** Remembered for the next call: a server that refused a schema once refuses it always. */
  format: AnswerFormat;
}

const passing = new Set([408, 425, 429, 500, 502, 503, 504, 529]);
const refusesFormat = new Set([400, 404, 415, 422, 501]);

/** Milliseconds that the server asks to wait; undefined where it does not say. */
export function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+(?:\.\d+)?$/u.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** Only the code of a network error: its text may name hosts and paths. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
  return typeof code === "string" ? code : "network";
}

interface Refusal {
  readonly detail: string;
  readonly again: boolean;
  readonly afterMs?: number | undefined;
}

async function post(prompt: ModelPrompt, connection: Connection, deadline: Deadline): Promise<Response | Refusal> {
  const headers = new Headers({
    "content-type": "application/json",
    accept: "text/event-stream",
    "x-request-id": prompt.requestId,
  });
  if (connection.apiKey !== undefined) headers.set("authorization", `Bearer ${connection.apiKey}`);
  const body = requestBody(prompt, connection.model, connection.format, connection.seed);
  deadline.sent();
  try {
    // A redirect would carry the chart to an address that nobody checked.
    return await connection.fetch(connection.url, {
      method: "POST",
      headers,
      body,
      signal: deadline.signal,
      redirect: "error",
    });
  } catch (error) {
    deadline.signal.throwIfAborted();
    return { detail: networkCode(error), again: true };
  }
}

async function judge(response: Response, connection: Connection): Promise<Refusal | undefined> {
  if (response.ok && response.body !== null) return undefined;
  // The body of an error may quote the request: it is dropped unread.
  await response.body?.cancel().catch(() => undefined);
  const afterMs = retryAfterMs(response.headers.get("retry-after"), connection.now());
  return { detail: `status ${response.status}`, again: passing.has(response.status), afterMs };
}

function pauseMs({ afterMs }: Refusal, attempt: number, { retry, random }: Connection): number {
  return afterMs ?? Math.min(retry.maxPauseMs, retry.baseMs * 2 ** attempt) * random();
}

/**
 * The accepted response, its body unread. Throws AdapterError `model_failed`, or the deadline's reason.
 */
export async function sendPrompt(prompt: ModelPrompt, connection: Connection, deadline: Deadline): Promise<Response> {
  for (let attempt = 0; ;) {
    deadline.signal.throwIfAborted();
    const answer = await post(prompt, connection, deadline);
    const refusal = answer instanceof Response ? await judge(answer, connection) : answer;
    if (refusal === undefined && answer instanceof Response) return answer;
    if (answer instanceof Response && refusesFormat.has(answer.status) && connection.format === "json_schema") {
      connection.format = "json_object";
      continue;
    }
    const pause = refusal === undefined ? 0 : pauseMs(refusal, attempt, connection);
    if (refusal?.again !== true || attempt >= connection.retry.retries || pause > connection.retry.maxPauseMs) {
      throw new AdapterError("model_failed", {
        detail: `refused: ${refusal?.detail ?? "no body"}, attempt ${attempt + 1}`,
      });
    }
    attempt += 1;
    deadline.pausing();
    await sleep(pause, undefined, { signal: deadline.signal }).catch(() => deadline.signal.throwIfAborted());
  }
}
