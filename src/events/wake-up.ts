/**
 * Wake-up hints: delivered to this process at once, and to the others by one coalesced NOTIFY. A NOTIFY inside the appending
 * transaction would take a database-wide lock until its commit is on disk, and cost three quarters of the throughput.
 */
import { randomBytes } from "node:crypto";
import type { Database } from "../db/database.ts";
import type { Session } from "../db/session.ts";
import type { WakeTopic, WakeUp } from "./event-log.ts";

const channel = "handover_wake";
/** Hints gather for this long before they go out. */
const windowMs = 2;
/** Postgres refuses payloads of 8000 bytes and more. */
const maxPayloadBytes = 7_900;

type Keys = Map<WakeTopic, Set<string>>;
type Listener = (keys: ReadonlySet<string>) => void;

function add(keys: Keys, topic: WakeTopic, key: string): void {
  const set = keys.get(topic);
  if (set === undefined) keys.set(topic, new Set([key]));
  else set.add(key);
}

/** `[origin, [topic, key], ...]` in as few payloads as fit. */
export function encodePayloads(origin: string, keys: ReadonlyMap<WakeTopic, ReadonlySet<string>>): readonly string[] {
  const payloads: string[] = [];
  let entries: [string, string][] = [];
  let bytes = 0;
  for (const [topic, set] of keys) {
    for (const key of set) {
      const size = Buffer.byteLength(JSON.stringify([topic, key])) + 1;
      if (bytes + size > maxPayloadBytes - 40 && entries.length > 0) {
        payloads.push(JSON.stringify([origin, ...entries]));
        entries = [];
        bytes = 0;
      }
      entries.push([topic, key]);
      bytes += size;
    }
  }
  if (entries.length > 0) payloads.push(JSON.stringify([origin, ...entries]));
  return payloads;
}

const topics: readonly WakeTopic[] = [
  "job",
  "appended",
  "sequenced",
  "queue",
  "delivery",
  "write",
  "cancel",
  "batch",
  "model",
  "answer",
  "notice",
];

/** What a payload says; anything unknown (another version's, or not ours) is passed over. */
export function decodePayload(payload: string): {
  readonly origin: string;
  readonly entries: readonly (readonly [WakeTopic, string])[];
} {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return { origin: "", entries: [] };
  }
  if (!Array.isArray(value)) return { origin: "", entries: [] };
  const [origin, ...rest] = value as unknown[];
  const entries = rest.flatMap((entry): readonly (readonly [WakeTopic, string])[] => {
    if (!Array.isArray(entry) || typeof entry[1] !== "string") return [];
    const topic = topics.find((known) => known === entry[0]);
    return topic === undefined ? [] : [[topic, entry[1]]];
  });
  return { origin: typeof origin === "string" ? origin : "", entries };
}

export interface ClosableWakeUp extends WakeUp {
  /** True while hints of other replicas arrive; false: everybody lives on the backstop polls. */
  readonly listening: boolean;
  close(): Promise<void>;
}

class PostgresWakeUp implements ClosableWakeUp {
  readonly #origin = randomBytes(8).toString("hex");
  readonly #listeners = new Map<WakeTopic, Set<Listener>>();
  readonly #session: Session;
  #local: Keys = new Map();
  #remote: Keys = new Map();
  #localQueued = false;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = false;
  #closed = false;

  constructor(database: Database) {
    this.#session = database.session({
      name: "listen",
      queryTimeoutMs: 2_000,
      onConnect: async (connection) => {
        await connection.query(`listen ${channel}`, []);
        // Hints sent while we were away are lost. Those without a key can be made up for; keyed ones wait for their poll.
        for (const topic of topics) if (topic !== "job" && topic !== "cancel") this.#queueLocal(topic, "");
      },
      onNotification: (payload) => this.#receive(payload),
    });
  }

  get listening(): boolean {
    return this.#session.connected;
  }

  notify(topic: WakeTopic, key = ""): void {
    if (this.#closed) return;
    this.#queueLocal(topic, key);
    add(this.#remote, topic, key);
    this.#schedule();
  }

  subscribe(topic: WakeTopic, listener: Listener): () => void {
    const set = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  #queueLocal(topic: WakeTopic, key: string): void {
    add(this.#local, topic, key);
    if (this.#localQueued) return;
    this.#localQueued = true;
    setImmediate(() => this.#deliverLocal());
  }

  #deliverLocal(): void {
    this.#localQueued = false;
    const keys = this.#local;
    this.#local = new Map();
    if (this.#closed) return;
    for (const [topic, set] of keys) for (const listener of this.#listeners.get(topic) ?? []) listener(set);
  }

  #receive(payload: string): void {
    const { origin, entries } = decodePayload(payload);
    if (origin === this.#origin) return;
    for (const [topic, key] of entries) this.#queueLocal(topic, key);
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#inFlight || this.#remote.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#send();
    }, windowMs);
  }

  async #send(): Promise<void> {
    const payloads = encodePayloads(this.#origin, this.#remote);
    this.#remote = new Map();
    this.#inFlight = true;
    try {
      await this.#session.query("select pg_notify($1, payload) from unnest($2::text[]) as p (payload)", [
        channel,
        payloads,
      ]);
    } catch {
      // A hint may be lost: every listener polls as well.
    } finally {
      this.#inFlight = false;
      if (!this.#closed) this.#schedule();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#session.close();
  }
}

/** Opens the replica's wake-up: one connection that listens and notifies. */
export function createWakeUp(database: Database): ClosableWakeUp {
  return new PostgresWakeUp(database);
}
