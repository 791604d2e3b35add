/** The streams of this replica: limits, replay, hand-over to the live tail, re-checked permission, draining. */
import type { ServerResponse } from "node:http";
import type { EventLog, WakeUp } from "../events/event-log.ts";
import type { Job } from "../jobs/jobs.ts";
import type { Principal } from "../core/access/principal.ts";
import type { CloseReason, StreamClient } from "./stream-client.ts";
import type { LiveTail } from "./live-tail.ts";
import { AdapterError } from "../core/errors.ts";
import { jobEventFrame, retryFrame } from "../core/sse/frame.ts";
import { isOver, streamEndOf } from "../core/sse/stream-end.ts";
import { createLiveTail } from "./live-tail.ts";
import { createStreamClient } from "./stream-client.ts";

export interface StreamingLimits {
  readonly keepAliveMs: number;
  readonly retryMs: number;
  readonly backstopMs: number;
  /** How often a stream's permission is looked at again: an ended session loses its stream within this time. */
  readonly recheckMs: number;
  readonly maxQueuedBytes: number;
  readonly maxBlockedMs: number;
  /** After this long a stream is closed and the client resumes, so that no connection outlives a deploy or a proxy. */
  readonly maxLifetimeMs: number;
  readonly maxStreamsPerUser: number;
  readonly maxStreams: number;
  readonly pageSize: number;
}

export const defaultStreamingLimits: StreamingLimits = {
  keepAliveMs: 15_000,
  retryMs: 2_000,
  backstopMs: 1_000,
  recheckMs: 4_000,
  maxQueuedBytes: 256 * 1024,
  maxBlockedMs: 60_000,
  maxLifetimeMs: 600_000,
  maxStreamsPerUser: 50,
  maxStreams: 10_000,
  pageSize: 200,
};

export interface StreamingDeps {
  readonly log: Pick<EventLog, "readJob" | "readJobs">;
  readonly wakeUp: Pick<WakeUp, "subscribe">;
  /** Whether the caller's session or key still stands. A throw means "cannot tell now" and closes nothing. */
  readonly revalidate: (principal: Principal) => Promise<boolean>;
  readonly limits?: Partial<StreamingLimits>;
  readonly onError?: (error: unknown) => void;
  readonly onOpen?: () => void;
  readonly onClose?: (reason: CloseReason) => void;
}

export interface StreamRequest {
  readonly principal: Principal;
  readonly job: Job;
  /** Sequence after which to go on (core/sse/last-event-id). */
  readonly after: number;
  readonly response: ServerResponse;
}

export interface Streaming {
  /**
   * Answers with the job's stream, or 204 when the stream is over and nothing is left to send. Resolves when the client is
   * up to date or gone. Throws 429 / 503 before any byte is written.
   */
  open(request: StreamRequest): Promise<void>;
  /** Tells every client to come back and closes; later opens get 503. */
  drain(): void;
  readonly size: number;
  close(): void;
}

const headers = {
  "Content-Type": "text/event-stream; charset=utf-8",
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
  "X-Content-Type-Options": "nosniff",
} as const;

const ownerOf = ({ tenant, actor, session }: Principal): string =>
  JSON.stringify([tenant, actor.kind, actor.id, session?.launch ?? null]);
const userOf = ({ tenant, actor }: Principal): string => JSON.stringify([tenant, actor.kind, actor.id]);

/** The set of open streams, with its limits. */
class OpenStreams {
  readonly clients = new Set<StreamClient>();
  readonly #perUser = new Map<string, number>();
  readonly #limits: StreamingLimits;

  constructor(limits: StreamingLimits) {
    this.#limits = limits;
  }

  /** Throws when the replica or the user has too many. */
  admit(principal: Principal): void {
    if (this.clients.size >= this.#limits.maxStreams)
      throw new AdapterError("throttled", { message: "This replica holds as many streams as it may." });
    if ((this.#perUser.get(userOf(principal)) ?? 0) >= this.#limits.maxStreamsPerUser)
      throw new AdapterError("throttled");
  }

  add(client: StreamClient): void {
    const user = userOf(client.principal);
    this.clients.add(client);
    this.#perUser.set(user, (this.#perUser.get(user) ?? 0) + 1);
  }

  remove(client: StreamClient): void {
    if (!this.clients.delete(client)) return;
    const user = userOf(client.principal);
    const left = (this.#perUser.get(user) ?? 1) - 1;
    if (left > 0) this.#perUser.set(user, left);
    else this.#perUser.delete(user);
  }
}

/** One check for each caller, however many streams it has. */
async function recheck(clients: Iterable<StreamClient>, revalidate: StreamingDeps["revalidate"]): Promise<void> {
  const byOwner = Map.groupBy(clients, (client) => ownerOf(client.principal));
  await Promise.all(
    [...byOwner.values()].map(async ([first, ...rest]) => {
      if (first === undefined || (await revalidate(first.principal).catch(() => true))) return;
      for (const client of [first, ...rest]) client.close("unauthorised");
    }),
  );
}

/** Sends what the client has not seen, at the client's own pace. */
async function replay(client: StreamClient, log: Pick<EventLog, "readJob">, pageSize: number): Promise<void> {
  while (!client.closed) {
    const page = await log.readJob(client.tenant, client.job, client.cursor, pageSize);
    for (const event of page) client.deliver(event, Buffer.from(jobEventFrame(event)));
    if (page.length < pageSize) return;
    await client.drained();
  }
}

/** Opens this replica's streams. One instance a process. */
export function createStreaming(deps: StreamingDeps): Streaming {
  const limits = { ...defaultStreamingLimits, ...deps.limits };
  const onError = deps.onError ?? (() => {});
  const open = new OpenStreams(limits);
  const leave = new Map<StreamClient, () => void>();
  let draining = false;

  const tail: LiveTail = createLiveTail({
    ...deps,
    backstopMs: limits.backstopMs,
    limitPerJob: limits.pageSize,
    onError,
  });
  const rechecking = setInterval(() => void recheck(open.clients, deps.revalidate).catch(onError), limits.recheckMs);

  function register(request: StreamRequest): StreamClient {
    const { principal, job, after, response } = request;
    const lifetime = setTimeout(() => client.close("expired", limits.retryMs), limits.maxLifetimeMs);
    const client = createStreamClient(response, {
      ...limits,
      tenant: job.tenant,
      job: job.id,
      principal,
      after,
      end: streamEndOf(job),
      onClose: (closed, reason) => {
        clearTimeout(lifetime);
        open.remove(closed);
        leave.get(closed)?.();
        leave.delete(closed);
        deps.onClose?.(reason);
      },
    });
    open.add(client);
    deps.onOpen?.();
    return client;
  }

  async function bringUpToDate(client: StreamClient): Promise<void> {
    try {
      await replay(client, deps.log, limits.pageSize);
    } catch (error) {
      // Headers are out: the only honest answer is a cut, after which the client resumes.
      onError(error);
      client.close("failed");
      return;
    }
    client.settle();
    if (!client.closed) leave.set(client, tail.join(client));
  }

  return {
    get size() {
      return open.clients.size;
    },
    async open(request) {
      const { job, after, response, principal } = request;
      if (draining) throw new AdapterError("draining");
      open.admit(principal);
      if (isOver(streamEndOf(job)) && after >= job.lastSequence) {
        response.writeHead(204, { "Cache-Control": "no-store" }).end();
        return;
      }
      response.writeHead(200, headers).write(retryFrame(limits.retryMs));
      await bringUpToDate(register(request));
    },
    drain() {
      draining = true;
      for (const client of open.clients) client.close("draining", limits.retryMs);
    },
    close() {
      clearInterval(rechecking);
      tail.close();
      for (const client of open.clients) client.close("draining", limits.retryMs);
    },
  };
}
