/** Sends one request; a server that refuses a schema is asked again without one. */
import { failureOfStatus, retryAfterMs, unreachable } from "../failure.ts";
import type { ModelPrompt } from "../provider.ts";
import type { AnswerFormat } from "./request-body.ts";
import { requestBody } from "./request-body.ts";

export interface Connection {
  /** `${baseUrl}/chat/completions`. */
  readonly url: string;
  readonly model: string;
  /** Headers that prove who asks. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** Remembered for the next call: a server that refused a schema once refuses it always. */
  format: AnswerFormat;
}

const refusesFormat: ReadonlySet<number> = new Set([400, 404, 415, 422, 501]);

async function post(prompt: ModelPrompt, connection: Connection): Promise<Response> {
  try {
    // A redirect would carry the chart to an address that nobody checked.
    return await connection.fetch(connection.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "text/event-stream",
        "x-request-id": prompt.requestId,
        ...connection.credentials,
      },
      body: requestBody(prompt, connection.model, connection.format),
      signal: prompt.signal,
      redirect: "error",
    });
  } catch (error) {
    prompt.signal.throwIfAborted();
    throw unreachable(error);
  }
}

/** The accepted response, its body unread. Throws ModelFailure, or the signal's reason. */
export async function sendPrompt(prompt: ModelPrompt, connection: Connection): Promise<Response> {
  const response = await post(prompt, connection);
  if (response.ok && response.body !== null) return response;
  // The body of an error may quote the request: it is dropped unread.
  await response.body?.cancel().catch(() => undefined);
  if (refusesFormat.has(response.status) && connection.format === "json_schema") {
    connection.format = "json_object";
    return sendPrompt(prompt, connection);
  }
  throw failureOfStatus(response.status, retryAfterMs(response.headers.get("retry-after"), connection.now()));
}
