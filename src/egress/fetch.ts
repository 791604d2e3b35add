/** The egress client in the shape of `fetch`, for libraries and clients that take one. */
import { Readable, Transform } from "node:stream";
import type { Dispatcher } from "undici";
import { AdapterError } from "../core/errors.ts";
import type { EgressClient, EgressOptions, EgressRequest } from "./client.ts";
import { createEgressClient } from "./client.ts";

/** A `fetch` behind the egress wall, with the sockets it keeps. */
export type EgressFetch = typeof fetch & { close(): Promise<void> };

/** Fetch standard: these never have a body, and `Response` refuses one. */
const nullBodyStatuses = new Set([101, 204, 205, 304]);

/** Raised inside the body's stream, so that a reader sees a failure and never a shortened answer. */
function byteCap(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(new AdapterError("destination_failed", { detail: "response_too_large" }));
      else done(null, chunk);
    },
  });
}

function toHeaders(raw: Dispatcher.ResponseData["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const entry of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, entry);
  }
  return headers;
}

/** A peer that compresses although told not to is refused: nothing here inflates. */
async function refuseEncoded(response: Dispatcher.ResponseData): Promise<void> {
  const encoding = response.headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return;
  response.body.on("error", () => {}).destroy();
  throw new AdapterError("destination_failed", { detail: "response_encoded" });
}

async function toResponse(response: Dispatcher.ResponseData, maxBytes: number, url: string): Promise<Response> {
  await refuseEncoded(response);
  const init = { status: response.statusCode, headers: toHeaders(response.headers) };
  const result = nullBodyStatuses.has(response.statusCode)
    ? await response.body.dump().then(() => new Response(null, init))
    : new Response(Readable.toWeb(response.body.compose(byteCap(maxBytes))) as ReadableStream<Uint8Array>, init);
  // Libraries compare `url` with what they asked for; a Response made by hand has none.
  Object.defineProperty(result, "url", { value: url });
  return result;
}

async function toEgressRequest(request: Request, timeoutMs: number): Promise<EgressRequest> {
  const body = new Uint8Array(await request.arrayBuffer());
  return {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    ...(request.body === null ? {} : { body }),
    signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]),
  };
}

/** `fetch` over an existing client. Redirects come back as the 3xx they are, whatever `redirect` says. */
export function fetchOver(client: EgressClient): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const outgoing = await toEgressRequest(request, client.timeoutMs);
    return toResponse(await client.send(request.url, outgoing), client.maxBytes, request.url);
  };
}

/**
 * A `fetch` that reaches only what the policy allows.
 * @throws (when called) AdapterError `egress_blocked`; `destination_failed` for an answer too large or compressed;
 *   a DOMException `TimeoutError` at the deadline or `AbortError` by the caller's signal; else the transport's error
 */
export function createEgressFetch(options: EgressOptions): EgressFetch {
  const client = createEgressClient(options);
  return Object.assign(fetchOver(client), { close: () => client.close() });
}
