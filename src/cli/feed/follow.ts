/** Follows the tenant's feed by long poll: no tunnel, no open port, and an adapter that restarts is waited for. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { GrowingPolicy } from "../../core/retry/policy.ts";
import { nextDelayMs } from "../../core/retry/policy.ts";
import { exitCodes } from "../io.ts";
import type { RemoteAdapter } from "../remote/adapter.ts";
import { RemoteFailure } from "../remote/failure.ts";
import type { RemoteEvent } from "../remote/shapes.ts";
import { envelopeShape, feedShape } from "../remote/shapes.ts";

export interface FeedEvent extends RemoteEvent {
  /** The whole envelope as it came, members in their order. */
  readonly raw: Readonly<Record<string, unknown>>;
}

export interface FeedPage {
  readonly events: readonly FeedEvent[];
  /** What to acknowledge, or to begin after, once these are done with. */
  readonly cursor: string;
}

export interface FollowOptions {
  readonly types?: string | undefined;
  /** What an event must say besides its type. */
  readonly filter?: Readonly<Record<string, unknown>> | undefined;
  /** Begins after this cursor; `now`: with what comes from here on. Without it and a consumer: at the oldest event. */
  readonly after?: string | undefined;
  /** Keeps the place in the adapter: the first page begins where the last acknowledgement was. */
  readonly consumer?: string | undefined;
  /** Most events of a page; what bounds the memory, and what is repeated after a crash. */
  readonly limit: number;
  readonly signal: AbortSignal;
  /** The adapter did not answer, or asked to wait; it is asked again after `delayMs`. */
  readonly onTrouble: (failure: RemoteFailure, delayMs: number) => void;
  /** It answered; called for empty pages too. */
  readonly onAnswer?: () => void;
}

/** Seconds that a request may be held; the adapter's limit is 30. */
const WAIT_SECONDS = 25;

const patience: GrowingPolicy = {
  kind: "growing",
  attempts: Number.POSITIVE_INFINITY,
  baseSeconds: 0.5,
  factor: 2,
  maxSeconds: 30,
  jitter: 0.5,
};

/**
 * Repeats a call until it is answered. A refusal that waiting cannot mend is thrown.
 * @throws RemoteFailure, or the signal's reason
 */
export async function persist<T>(
  call: () => Promise<T>,
  { signal, onTrouble }: Pick<FollowOptions, "signal" | "onTrouble">,
): Promise<T> {
  for (let failed = 1; ; failed += 1) {
    try {
      return await call();
    } catch (thrown) {
      if (!(thrown instanceof RemoteFailure) || !thrown.passing) throw thrown;
      const delayMs = Math.max(nextDelayMs(patience, failed, Math.random()) ?? 0, thrown.parts.retryAfterMs ?? 0);
      onTrouble(thrown, delayMs);
      await sleep(delayMs, undefined, { signal });
    }
  }
}

const rawShape = z.record(z.string(), z.unknown());

/** An event that cannot be read ends the command: to leave it out would be to lose it. */
function toEvent(value: unknown): FeedEvent {
  const [raw, found] = [rawShape.safeParse(value), envelopeShape.safeParse(value)];
  if (raw.success && found.success) return { ...found.data, raw: raw.data };
  throw new RemoteFailure({
    message: "The feed holds an event that this version cannot read.",
    fix: "Bring this command to the adapter's version.",
    exitCode: exitCodes.software,
    status: 200,
  });
}

/** Pages, until the signal ends it; one without events says that a filter has passed over some. Throws what `persist` throws. */
export async function* followFeed(adapter: RemoteAdapter, options: FollowOptions): AsyncGenerator<FeedPage, void> {
  const { types, consumer, limit, signal } = options;
  const filter = options.filter === undefined ? undefined : JSON.stringify(options.filter);
  let after = options.after;
  while (!signal.aborted) {
    // Towards `now` there is nothing to wait for: the first answer only says where that is.
    const wait = after === "now" ? 0 : WAIT_SECONDS;
    // Only the first page begins at the consumer's place: the cursor knows of what a filter passed over since.
    const query = { types, filter, wait, limit, ...(after === undefined ? { consumer } : { after }) };
    const call = { query, signal, timeoutMs: (wait + 15) * 1000 };
    const page = await persist(() => adapter.read("GET", "/v1/events", feedShape, call), options);
    options.onAnswer?.();
    const moved = after !== undefined && after !== "now" && page.cursor !== after;
    after = page.cursor;
    const events = page.events.map(toEvent);
    if (events.length > 0 || moved) yield { events, cursor: page.cursor };
  }
}

/** Tells the adapter that a consumer is done with everything up to a cursor. */
export async function acknowledge(
  adapter: RemoteAdapter,
  consumer: string,
  cursor: string,
  options: Pick<FollowOptions, "signal" | "onTrouble">,
): Promise<void> {
  const call = { body: { consumer, cursor }, signal: options.signal };
  await persist(() => adapter.call("POST", "/v1/events/ack", call), options);
}

/** Lets a consumer that has no place yet begin with what comes from now on. */
export async function beginNow(
  adapter: RemoteAdapter,
  consumer: string,
  options: Pick<FollowOptions, "signal" | "onTrouble">,
): Promise<void> {
  const path = `/v1/events/consumers/${encodeURIComponent(consumer)}`;
  const { signal } = options;
  const known = await persist(() => adapter.call("GET", path, { signal }), options).then(
    () => true,
    (thrown: unknown) => {
      if (thrown instanceof RemoteFailure && thrown.parts.status === 404) return false;
      throw thrown;
    },
  );
  if (known) return;
  const query = { after: "now", limit: 1 };
  const { cursor } = await persist(() => adapter.read("GET", "/v1/events", feedShape, { query, signal }), options);
  await acknowledge(adapter, consumer, cursor, options);
}
