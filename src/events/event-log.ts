/** The log's interface (design: one writer appends, everything a hospital sees is a reader with a cursor). */
import type { EventData, EventType, JobEvent } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";

export interface NewEvent {
  readonly type: EventType;
  readonly data: EventData;
}

export interface EventLog {
  /**
   * Appends inside the caller's transaction, which must hold the job's row lock. Numbers come from the job row, so they
   * are gapless. Returns the stored events. Wake-up is the caller's, after commit (`WakeUp.notify`).
   */
  append(tx: Executor, tenant: string, job: string, events: readonly NewEvent[]): Promise<readonly JobEvent[]>;
  /**
   * Appends to the log of what is no job, `batch/<id>` or `endpoint/<id>`; its first event makes it.
   *
   * @param source URI of the tenant at this adapter
   */
  appendStream(
    tx: Executor,
    tenant: string,
    stream: string,
    source: string,
    events: readonly NewEvent[],
  ): Promise<readonly JobEvent[]>;
  /** A job's events after a sequence, draft text included (unsealed), in order. */
  readJob(tenant: string, job: string, afterSequence: number, limit: number): Promise<readonly JobEvent[]>;
  /** Many jobs at once, for one replica's stream clients: one statement per tenant. */
  readJobs(tenant: string, cursors: ReadonlyMap<string, number>, limitPerJob: number): Promise<readonly JobEvent[]>;
  /** The tenant's sequenced events after a global position, draft text excluded, in order. */
  readFeed(
    tenant: string,
    afterPosition: number,
    limit: number,
    types?: readonly string[],
  ): Promise<readonly JobEvent[]>;
  /** The position of the tenant's newest sequenced event; 0 where there is none. */
  newestPosition(tenant: string): Promise<number>;
  /** Events by job and sequence, as the system path names them. */
  readOne(tenant: string, job: string, sequence: number): Promise<JobEvent | undefined>;
}

/** What may wake. Keys are ids only, never content. */
export type WakeTopic =
  | "job"
  | "appended"
  | "sequenced"
  | "queue"
  | "delivery"
  | "write"
  | "cancel"
  | "batch"
  | "model"
  | "answer"
  | "notice";

/**
 * Wake-up hints across replicas: our own coalesced NOTIFY (out of band, at most one in flight) plus delivery to local
 * listeners. A hint may be lost: every listener also polls as a backstop.
 */
export interface WakeUp {
  /** `key` of topics job, cancel: `<tenant>/<job>`; delivery: `<tenant>/<endpoint>`; model: `<tenant>`; answer: `<tenant>/<work>`; others: empty string. */
  notify(topic: WakeTopic, key?: string): void;
  /** Calls back with the keys that woke since the last call. Returns the unsubscribe function. */
  subscribe(topic: WakeTopic, listener: (keys: ReadonlySet<string>) => void): () => void;
}
