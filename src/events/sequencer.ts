/**
 * The sequencer gives committed events their global position. One leader works, by a session lock on the very connection that
 * does the work, so it cannot work without being leader. A frozen leader keeps its lock; the others then step in once events
 * have waited too long, which is safe because the function serialises on a row.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../db/database.ts";
import type { Session } from "../db/session.ts";
import { runSystem } from "../db/system.ts";
import type { WakeUp } from "./event-log.ts";
import { sequenceEvents, sequencerLag } from "./store.ts";

export interface Sequencer {
  readonly leading: boolean;
  stop(): Promise<void>;
}

export interface SequencerOptions {
  readonly database: Database;
  readonly wakeUp: WakeUp;
  /** Backstop poll. */
  readonly pollMs?: number;
  /** How long events are left to a reader that gives them positions along with its own work. Default 0. */
  readonly leaveMs?: number;
  /** After this long without a position, another than the leader steps in. */
  readonly stallSeconds?: number;
  readonly onError?: (error: unknown) => void;
}

const lock = "select pg_try_advisory_lock(1751215716, 1936028530) as held";
const batch = 1_000;

class PostgresSequencer implements Sequencer {
  readonly #session: Session;
  readonly #options: SequencerOptions;
  readonly #unsubscribe: () => void;
  readonly #stopped = new AbortController();
  #leading = false;
  #woken: AbortController = new AbortController();
  #dirty = true;
  #left: NodeJS.Timeout | undefined;
  readonly #loop: Promise<void>;

  constructor(options: SequencerOptions) {
    this.#options = options;
    this.#session = options.database.session({
      name: "sequencer",
      queryTimeoutMs: 2_000,
      onLost: () => {
        this.#leading = false;
      },
    });
    this.#unsubscribe = options.wakeUp.subscribe("appended", () => this.#wake());
    this.#loop = this.#run();
  }

  get leading(): boolean {
    return this.#leading;
  }

  #wake(): void {
    // Standing by, the poll is enough.
    if (!this.#leading || this.#left !== undefined) return;
    const { leaveMs = 0 } = this.#options;
    if (leaveMs === 0) this.#look();
    else this.#left = setTimeout(() => this.#look(), leaveMs);
  }

  #look(): void {
    this.#left = undefined;
    this.#dirty = true;
    this.#woken.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#dirty = false;
      try {
        if (this.#session.connected) await this.#turn();
      } catch (error) {
        this.#options.onError?.(error);
      }
      if (this.#dirty && this.#leading) continue;
      this.#woken = new AbortController();
      const until = this.#session.connected ? (this.#options.pollMs ?? 1_000) : 100;
      await delay(until, undefined, { signal: AbortSignal.any([this.#stopped.signal, this.#woken.signal]) }).catch(
        () => undefined,
      );
    }
  }

  async #turn(): Promise<void> {
    if (!this.#leading) {
      const { rows } = await this.#session.query(lock, []);
      this.#leading = (rows[0] as { held: boolean }).held;
    }
    if (this.#leading || (await this.#stalled())) await this.#drain();
  }

  async #stalled(): Promise<boolean> {
    const [lag] = await runSystem(this.#session, sequencerLag);
    return lag !== undefined && lag.seconds > (this.#options.stallSeconds ?? 2);
  }

  async #drain(): Promise<void> {
    for (;;) {
      const [range] = await runSystem(this.#session, sequenceEvents, batch);
      if (range === undefined) return;
      this.#options.wakeUp.notify("sequenced");
      if (Number(range.last_position) - Number(range.first_position) + 1 < batch) return;
    }
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#left);
    this.#unsubscribe();
    await this.#loop;
    await this.#session.close();
  }
}

/** Starts sequencing, or standing by to. */
export function startSequencer(options: SequencerOptions): Sequencer {
  return new PostgresSequencer(options);
}
