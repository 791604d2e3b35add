/** The little of HTTP that a webhook endpoint needs, over Node's own request and response. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { WebhookError } from "./error.ts";
import { rawBytes } from "./raw-body.ts";

function tooLarge(maxBytes: number): WebhookError {
  return new WebhookError("body_too_large", `the body is larger than ${maxBytes} bytes`);
}

/** Reads to the end, or to the limit: what comes after it is not kept. Rejects when the sender goes away. */
function readStream(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else reject(tooLarge(maxBytes));
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
    request.once("close", () => reject(new Error("the sender went away")));
  });
}

/**
 * The raw body of a request. A framework that has read it already leaves it in `body`: bytes are taken, a parsed object is
 * `body_not_raw`.
 */
export async function readRawBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  if (request.method !== "POST") throw new WebhookError("method_not_allowed", "a webhook is a POST");
  if (request.readableEnded) return rawBytes(Reflect.get(request, "body"));
  // Told before it is sent: a sender that asks by `expect: 100-continue` need not send it at all.
  if (Number(request.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  return readStream(request, maxBytes);
}

/** Says that the event is taken. */
export function answerTaken(response: ServerResponse): void {
  response.writeHead(204).end();
}

/** Says why it is not: the sender keeps the start of an answer, so this is what its operator reads. */
export function answerRefused(response: ServerResponse, error: WebhookError): void {
  const body = JSON.stringify({ error: error.code, detail: error.message });
  response.writeHead(error.status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    // What is left of a body that was not read must not be taken for the next request.
    ...(error.code === "body_too_large" ? { connection: "close" } : {}),
    ...(error.code === "method_not_allowed" ? { allow: "POST" } : {}),
  });
  response.end(body);
}
