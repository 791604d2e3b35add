/** One POST through the egress client, read no further than it matters: the shape that deliveries need. */
import type { Readable } from "node:stream";
import type { EgressClient } from "./client.ts";

export interface PostRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For everything: connecting, sending, waiting, reading. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly retryAfter?: string;
  /** Bytes of the answer that were read, at most the limit. */
  readonly responseBytes: number;
}

export type Post = (url: string, request: PostRequest) => Promise<PostAnswer>;

/** An answer is judged by its status. The rest is read so that the socket can be used again, within reason. */
const mostBytes = 16 * 1024;
const mostMs = 1000;

/** Counts what comes until the end, the limit or the time is reached. A body that breaks off changes no verdict. */
async function drain(body: Readable): Promise<number> {
  let bytes = 0;
  const enough = setTimeout(() => body.destroy(), mostMs);
  try {
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length;
      if (bytes > mostBytes) break;
    }
  } catch {
    // The status is known; how the body ended does not matter.
  } finally {
    clearTimeout(enough);
  }
  return Math.min(bytes, mostBytes);
}

/** @throws AdapterError `egress_blocked`, a DOMException at the deadline or by the signal, or the transport's error */
export function postOver(client: EgressClient): Post {
  return async (url, { headers, body, timeoutMs, signal }) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response = await client.send(url, { method: "POST", headers, body, signal: deadline });
    const responseBytes = await drain(response.body);
    const retryAfter = response.headers["retry-after"];
    const known = { status: response.statusCode, responseBytes };
    return typeof retryAfter === "string" ? { ...known, retryAfter } : known;
  };
}
