/** The one HTTP client for calls to addresses that come from outside: endpoints, EHRs, JWKS, model providers. */
import { rootCertificates } from "node:tls";
import type { Dispatcher } from "undici";
import { Agent } from "undici";
import type { EgressRules } from "../core/egress/url.ts";
import { checkUrl } from "../core/egress/url.ts";
import type { Resolve } from "./connector.ts";
import { blocked, resolveBySystem, walledConnector } from "./connector.ts";
import type { TlsTrust } from "./tls.ts";
import { pinning, tlsOptions } from "./tls.ts";
import { tunnelConnector } from "./tunnel.ts";

export interface EgressOptions extends EgressRules {
  /** From first byte out to last byte in, connecting and reading the body included. Default 15,000. */
  readonly timeoutMs?: number;
  /** Most bytes of an answer that are read. Default 5 MiB. */
  readonly maxBytes?: number;
  /** Default 5,000. */
  readonly connectTimeoutMs?: number;
  /** PEM of CAs trusted besides the public ones (a hospital's own). */
  readonly ca?: string;
  /** Of the one destination that this client is for. */
  readonly tls?: TlsTrust;
  /** Forward proxy of the network. Names are then resolved, and judged, by the proxy; literals still by us. */
  readonly proxy?: string;
  /** Sockets per origin. Default: no bound of its own; callers bound their concurrency. */
  readonly connections?: number;
  /** Name resolution; tests hand in their own. */
  readonly resolve?: Resolve;
}

/** One call. The body is in memory: whatever we send outwards is small, and a retry needs the same bytes. */
export interface EgressRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
}

/** A client bound to one policy; holds the keep-alive sockets of that policy and of no other. */
export interface EgressClient {
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /**
   * Sends one request and returns as soon as the headers are there. Never follows a redirect, never inflates a body.
   * @throws AdapterError `egress_blocked` when the wall refuses; otherwise the transport's own error
   */
  send(url: string, request: EgressRequest): Promise<Dispatcher.ResponseData>;
  /**
   * Sends one request whose answer `handler` follows piece by piece; it also bounds the time.
   * @throws AdapterError `egress_blocked` for an address that the wall refuses as it is written
   */
  dispatch(url: string, request: Omit<EgressRequest, "signal">, handler: Dispatcher.DispatchHandler): void;
  close(): Promise<void>;
}

/** Identity only: an inflated answer is a bomb's way past a byte limit (48 kB of gzip made 50 MB in a trial). */
const identity = { "accept-encoding": "identity" };

function dispatcherFor(options: EgressOptions): Dispatcher {
  const { allow, own, ca, proxy, tls = {}, connectTimeoutMs = 5000, resolve = resolveBySystem } = options;
  const trust = tlsOptions(tls, ca);
  const connect =
    proxy === undefined
      ? walledConnector({ allow, connectTimeoutMs, resolve, tls: trust, ...(own === undefined ? {} : { own }) })
      : tunnelConnector({
          proxy,
          connectTimeoutMs,
          tls: trust,
          ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
        });
  return new Agent({
    connect: pinning(connect, tls.pinnedSha256),
    connections: options.connections ?? null,
    // The total deadline rules; undici's own idle limits would only cut long answers of a model short.
    headersTimeout: 0,
    bodyTimeout: 0,
    pipelining: 1,
    allowH2: false,
  });
}

interface Place {
  readonly origin: string;
  readonly path: string;
}

/** The verdict on a URL's text is the same as long as the policy is; what a name resolves to is judged at each connection. */
const mostPlaces = 1000;

/**
 * Makes a client for one policy. Environment proxies (HTTP_PROXY and the like) are not read.
 * @param options which addresses may be reached, and the limits of every call
 */
export function createEgressClient(options: EgressOptions): EgressClient {
  const dispatcher = dispatcherFor(options);
  const places = new Map<string, Place>();
  const placeAt = (text: string): Place => {
    const known = places.get(text);
    if (known !== undefined) return known;
    const verdict = checkUrl(text, options);
    if (!verdict.ok) throw blocked(verdict.reason);
    const { pathname, search, origin } = verdict.url;
    const place = { origin, path: `${pathname}${search}` };
    if (places.size >= mostPlaces) places.clear();
    places.set(text, place);
    return place;
  };
  const checked = (text: string, request: Omit<EgressRequest, "signal">) => ({
    ...placeAt(text),
    method: request.method,
    headers: { ...request.headers, ...identity },
    body: request.body ?? null,
  });
  return {
    timeoutMs: options.timeoutMs ?? 15_000,
    maxBytes: options.maxBytes ?? 5 * 1024 * 1024,
    send: async (text, request) => dispatcher.request({ ...checked(text, request), signal: request.signal }),
    dispatch: (text, request, handler) => void dispatcher.dispatch(checked(text, request), handler),
    // destroy, not close: close waits for answers that a hanging peer never gives.
    close: () => dispatcher.destroy(),
  };
}
