/** The send stage: one POST, whatever happens to it, as a value. */
import { performance } from "node:perf_hooks";
import type { HttpExchange, TransportFailure } from "../core/delivery/outcome.ts";
import type { TlsTrust } from "../core/delivery/access.ts";
import { AdapterError } from "../core/errors.ts";

/** What delivery asks of the network: one POST behind the egress wall, redirects not followed. */
export type Post = (
  url: string,
  request: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: Uint8Array;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
    /** Of the endpoint: trusted and shown in the place of what the network has. */
    readonly tls?: TlsTrust | undefined;
  },
) => Promise<{
  readonly status: number;
  readonly retryAfter?: string;
  readonly responseBytes: number;
  readonly head?: Uint8Array;
}>;

/** A request ready to be sent: bytes and headers are final. */
export interface PreparedRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
  readonly tls?: TlsTrust | undefined;
}

const byCode: Readonly<Record<string, TransportFailure>> = {
  ENOTFOUND: "name_not_resolved",
  EAI_AGAIN: "name_not_resolved",
  EAI_FAIL: "name_not_resolved",
  ECONNREFUSED: "connection_refused",
  EHOSTUNREACH: "connection_refused",
  ENETUNREACH: "connection_refused",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  ETIMEDOUT: "timeout",
  ECONNRESET: "connection_reset",
  EPIPE: "connection_reset",
  UND_ERR_SOCKET: "connection_reset",
  UND_ERR_HEADERS_OVERFLOW: "answer_malformed",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "answer_malformed",
  EPROTO: "tls_invalid",
  TLS_PIN_MISMATCH: "certificate_not_pinned",
  PROXY_FAILED: "proxy_failed",
};

/** OpenSSL's and Node's names for a certificate or handshake that will not do. */
const tlsCode =
  /^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/u;

function codeOf(thrown: unknown): string {
  const code: unknown = typeof thrown === "object" && thrown !== null ? Reflect.get(thrown, "code") : undefined;
  return typeof code === "string" ? code : "";
}

/** undici's parser gives most of its errors no code; an unasked 100 or 101 it calls "bad", and hangs up. */
function isMalformed(thrown: unknown, code: string): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown.name === "HTTPParserError" || code.startsWith("HPE_")) return true;
  return code === "UND_ERR_SOCKET" && thrown.message.startsWith("bad ");
}

/** Sorts what a request threw into the fixed words of attempt rows. `stopped`: our own shutdown ended it. */
export function failureOf(thrown: unknown, stopped: boolean): TransportFailure {
  if (stopped) return "interrupted";
  if (thrown instanceof AdapterError && thrown.code === "egress_blocked") return "blocked_address";
  if (thrown instanceof Error && thrown.name === "TimeoutError") return "timeout";
  const code = codeOf(thrown);
  if (tlsCode.test(code)) return "tls_invalid";
  if (isMalformed(thrown, code)) return "answer_malformed";
  // Several addresses tried and none would have us: Node wraps the reasons.
  if (thrown instanceof AggregateError) return failureOf(thrown.errors[0], stopped);
  return byCode[code] ?? "connection_reset";
}

/** Sends once. Never throws: a delivery's failure is a value. */
export async function exchange(post: Post, request: PreparedRequest, signal: AbortSignal): Promise<HttpExchange> {
  const startedAt = performance.now();
  const { headers, body, timeoutMs, tls } = request;
  const lasted = (): number => Math.round(performance.now() - startedAt);
  try {
    const answer = await post(request.url, { headers, body, timeoutMs, signal, tls });
    return { kind: "answer", ...answer, durationMs: lasted() };
  } catch (thrown) {
    return { kind: "failure", failure: failureOf(thrown, signal.aborted), durationMs: lasted() };
  }
}
