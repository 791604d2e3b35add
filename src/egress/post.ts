/**
 * One POST through the egress client, read no further than it matters: the shape that deliveries need. It stands on undici's
 * dispatch, without a stream or a promise for the body: thousands of these a second go out.
 */
import type { Dispatcher } from "undici";
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
  /** The first of them, at most 4 KB; absent where there were none. */
  readonly head?: Uint8Array;
}

export type Post = (url: string, request: PostRequest) => Promise<PostAnswer>;

/** An answer is judged by its status. The rest is read so that the socket can be used again, within reason. */
const mostBytes = 16 * 1024;
const mostMs = 1000;
const headBytes = 4 * 1024;

type Settle = { readonly resolve: (answer: PostAnswer) => void; readonly reject: (reason: unknown) => void };

/** Follows one request until its answer has been read far enough, its time is up, or its caller gives it up. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settle: Settle;
  readonly #signal: AbortSignal;
  readonly #onAbort = (): void => this.#fail(this.#signal.reason);
  readonly #endsAtMs: number;
  #timer: NodeJS.Timeout;
  #done = false;
  #controller: Dispatcher.DispatchController | undefined;
  #over: Error | undefined;
  #status: number | undefined;
  #retryAfter: string | undefined;
  #bytes = 0;
  readonly #head: Buffer[] = [];

  constructor({ timeoutMs, signal }: PostRequest, settle: Settle) {
    this.#settle = settle;
    this.#signal = signal;
    this.#endsAtMs = performance.now() + timeoutMs;
    this.#timer = setTimeout(() => this.#late(), timeoutMs);
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // Its time was up while it waited for a connection.
    if (this.#over !== undefined) controller.abort(this.#over);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const retryAfter = headers["retry-after"];
    if (typeof retryAfter === "string") this.#retryAfter = retryAfter;
    // Most answers end in the same packet: a timer of its own is only for those that do not.
    queueMicrotask(this.#allowBody);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#bytes < headBytes) this.#head.push(chunk.subarray(0, headBytes - this.#bytes));
    this.#bytes += chunk.length;
    if (this.#bytes > mostBytes) this.#stop(new Error("the answer is longer than it matters"));
  }

  onResponseEnd(): void {
    this.#answer();
  }

  /** After the head a body that breaks off changes no verdict. */
  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  readonly #allowBody = (): void => {
    if (this.#done) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#late(), Math.min(mostMs, this.#endsAtMs - performance.now()));
  };

  #late(): void {
    this.#fail(new DOMException("the answer did not come in time", "TimeoutError"));
  }

  /** The status is known, or nothing is: what ends the exchange decides only in the second case. */
  #fail(reason: unknown): void {
    if (this.#status === undefined) this.#finish(() => this.#settle.reject(reason));
    else this.#answer();
    this.#stop(reason instanceof Error ? reason : new Error("given up"));
  }

  #stop(reason: Error): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#controller?.abort(reason);
    this.#answer();
  }

  #answer(): void {
    const status = this.#status;
    if (status === undefined) return;
    const answer: PostAnswer = {
      status,
      responseBytes: Math.min(this.#bytes, mostBytes),
      ...(this.#retryAfter === undefined ? {} : { retryAfter: this.#retryAfter }),
      ...(this.#head.length === 0 ? {} : { head: Buffer.concat(this.#head) }),
    };
    this.#finish(() => this.#settle.resolve(answer));
  }

  #finish(settle: () => void): void {
    this.#done = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
    settle();
  }
}

/** @throws AdapterError `egress_blocked`, a DOMException at the deadline or by the signal, or the transport's error */
export function postOver(client: EgressClient): Post {
  return async (url, request) => {
    request.signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const exchange = new Exchange(request, { resolve, reject });
      client.dispatch(url, { method: "POST", headers: request.headers, body: request.body }, exchange);
    });
  };
}
