/** One connected reader of one job's stream: bounded, resumable, never able to slow the writer down. */
import type { ServerResponse } from "node:http";
import type { JobEvent } from "../core/event/event.ts";
import type { Principal } from "../core/access/principal.ts";
import type { StreamEnd } from "../core/sse/stream-end.ts";
import { keepAlive, retryFrame } from "../core/sse/frame.ts";
import { afterEvent, isOver } from "../core/sse/stream-end.ts";

/** Why a stream was closed, for metrics and the log. */
export type CloseReason = "ended" | "left" | "slow" | "expired" | "unauthorised" | "draining" | "failed";

export interface StreamClient {
  readonly tenant: string;
  readonly job: string;
  readonly principal: Principal;
  /** Sequence of the last event written. */
  readonly cursor: number;
  readonly closed: boolean;
  /** Writes an event already rendered; ignores what this client has had. */
  deliver(event: JobEvent, bytes: Buffer): void;
  /** Called behind each batch: closes the stream when no further draft text can come. */
  settle(): void;
  /** Resolves once what is queued has been taken by the reader, or the client is closed. */
  drained(): Promise<void>;
  /** Closes; with `comeBackMs` the client is first told when to resume. Slow and lost readers are cut, not flushed. */
  close(reason: CloseReason, comeBackMs?: number): void;
}

export interface StreamClientOptions {
  readonly tenant: string;
  readonly job: string;
  readonly principal: Principal;
  readonly after: number;
  readonly end: StreamEnd;
  readonly keepAliveMs: number;
  /** Past this many queued bytes the reader is cut; it resumes by Last-Event-ID. */
  readonly maxQueuedBytes: number;
  /** A reader that takes nothing for this long is cut even with a short queue. */
  readonly maxBlockedMs: number;
  readonly onClose: (client: StreamClient, reason: CloseReason) => void;
}

/** Reasons for which flushing makes no sense: the reader is gone, too slow, or no longer entitled to the text. */
const cut: ReadonlySet<CloseReason> = new Set(["left", "slow", "unauthorised", "failed"]);

/** How long an ended response may take to flush before its socket is cut. */
const flushMs = 10_000;

/** Cuts the socket of an ended response whose reader never takes the rest. */
function boundFlush(response: ServerResponse): void {
  const timer = setTimeout(() => response.destroy(), flushMs).unref();
  response.once("close", () => clearTimeout(timer));
}

/** Cuts a reader that has taken nothing for `maxBlockedMs`; the returned check is run with every keep-alive. */
function createBlockedCheck(response: ServerResponse, maxBlockedMs: number): () => boolean {
  let blockedSince: number | undefined;
  response.on("drain", () => {
    blockedSince = undefined;
  });
  return () => {
    if (!response.writableNeedDrain) return false;
    blockedSince ??= performance.now();
    return performance.now() - blockedSince > maxBlockedMs;
  };
}

export function createStreamClient(response: ServerResponse, options: StreamClientOptions): StreamClient {
  const { tenant, job, principal, keepAliveMs, maxQueuedBytes, maxBlockedMs, onClose } = options;
  let cursor = options.after;
  let end = options.end;
  let closed = false;
  const isBlocked = createBlockedCheck(response, maxBlockedMs);

  const beat = setInterval(() => {
    if (isBlocked()) client.close("slow");
    else write(keepAlive);
  }, keepAliveMs);
  response.once("close", () => client.close("left"));

  function write(bytes: Buffer | string): void {
    if (closed) return;
    response.write(bytes);
    // writableLength counts what Node holds for this socket: the one number that grows with a reader that does not read.
    if (response.writableLength > maxQueuedBytes) client.close("slow");
  }

  const client: StreamClient = {
    tenant,
    job,
    principal,
    get cursor() {
      return cursor;
    },
    get closed() {
      return closed;
    },
    deliver(event, bytes) {
      if (closed || event.sequence <= cursor) return;
      cursor = event.sequence;
      end = afterEvent(end, event.type);
      write(bytes);
    },
    settle() {
      if (isOver(end)) client.close("ended");
    },
    async drained() {
      if (!closed && response.writableNeedDrain) await nextDrain(response);
    },
    close(reason, comeBackMs) {
      if (closed) return;
      if (comeBackMs !== undefined) response.write(retryFrame(comeBackMs));
      closed = true;
      clearInterval(beat);
      if (cut.has(reason)) response.destroy();
      else boundFlush(response.end());
      onClose(client, reason);
    },
  };
  return client;
}

function nextDrain(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
