/**
 * How others notice that this worker died: a session lock (a killed process, within a moment) and a lease (a frozen or cut-off
 * one, within seconds), both on one dedicated connection. Losing either ends every attempt that this worker runs.
 */
import { randomUUID } from "node:crypto";
import type { Database } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import type { Session } from "../db/session.ts";
import { runSystem } from "../db/system.ts";
import type { HeldRow } from "./store-work.ts";
import { held } from "./store-work.ts";

export interface LeaseOptions {
  readonly database: Database;
  readonly ttlMs?: number;
  readonly renewMs?: number;
  /** From now on jobs may be claimed. */
  readonly onGained: () => void;
  /** Attempts must stop now: others may have taken their jobs. */
  readonly onLost: () => void;
  /** After each renewal: what the database says this worker holds, as of the monotonic time `asOf`. */
  readonly onHeld: (jobs: readonly HeldRow[], asOf: number) => void;
}

export interface Lease {
  /** The worker's id while the lease is good; undefined: claim nothing. */
  current(): string | undefined;
  /** Somebody says that it is lost: looks at once. */
  doubt(): void;
  /** Gives the lease up, so that nothing waits for it to run out. */
  release(): Promise<void>;
}

/** First key of the workers' advisory locks; sys_reap knows it too. */
const lockClass = 1_751_215_703;
/** The holder stops this much before others may take over. */
const marginMs = 500;

class WorkerLease implements Lease {
  readonly #options: LeaseOptions;
  readonly #ttlMs: number;
  readonly #session: Session;
  readonly #renewTimer: NodeJS.Timeout;
  readonly #watchTimer: NodeJS.Timeout;
  #id: string | undefined;
  #lockNo = 0;
  /** Monotonic time at which the last successful renewal was sent. */
  #renewedAt = 0;
  #renewing = false;
  #released = false;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#ttlMs = options.ttlMs ?? 3_000;
    this.#session = options.database.session({
      name: "lease",
      queryTimeoutMs: 2_000,
      onConnect: async (connection) => {
        await this.#enter(connection);
        // The session counts as connected once this has returned.
        setImmediate(() => this.current() !== undefined && options.onGained());
      },
    });
    this.#renewTimer = setInterval(() => void this.#renew(), options.renewMs ?? 1_000);
    this.#watchTimer = setInterval(() => this.#watch(), 100);
  }

  current(): string | undefined {
    return this.#id !== undefined &&
      this.#session.connected &&
      performance.now() - this.#renewedAt < this.#ttlMs - marginMs
      ? this.#id
      : undefined;
  }

  /** On a new connection: resume as the same worker where that still stands, else begin as a new one. */
  async #enter(connection: Executor): Promise<void> {
    if (this.#id !== undefined && (await this.#resume(connection))) return;
    if (this.#id !== undefined) this.#lose();
    const id = randomUUID();
    const sentAt = performance.now();
    // One transaction: the row must not be visible before its lock is held, or the reaper would find it unlocked.
    await connection.query("begin", []);
    const { rows } = await connection.query(
      "insert into handover.worker (id, lease_until) values ($1, clock_timestamp() + make_interval(secs => $2)) returning lock_no",
      [id, this.#ttlMs / 1_000],
    );
    this.#lockNo = (rows[0] as { lock_no: number }).lock_no;
    await connection.query("select pg_advisory_lock($1::int, $2::int)", [lockClass, this.#lockNo]);
    await connection.query("commit", []);
    this.#id = id;
    this.#renewedAt = sentAt;
  }

  async #resume(connection: Executor): Promise<boolean> {
    const sentAt = performance.now();
    const lock = await connection.query("select pg_try_advisory_lock($1::int, $2::int) as taken", [
      lockClass,
      this.#lockNo,
    ]);
    // The server has not noticed yet that the old connection is gone.
    if (!(lock.rows[0] as { taken: boolean }).taken) throw new Error("the old connection still holds the lock");
    if (!(await this.#extend(connection))) return false;
    this.#renewedAt = sentAt;
    return true;
  }

  async #extend(connection: Executor): Promise<boolean> {
    const renewed = await connection.query(
      "update handover.worker set lease_until = clock_timestamp() + make_interval(secs => $2) where id = $1 and not dead",
      [this.#id, this.#ttlMs / 1_000],
    );
    return renewed.rowCount === 1;
  }

  doubt(): void {
    void this.#renew();
  }

  async #renew(): Promise<void> {
    const id = this.#id;
    if (this.#renewing || id === undefined || !this.#session.connected) return;
    this.#renewing = true;
    const sentAt = performance.now();
    try {
      if (await this.#extend(this.#session)) this.#renewedAt = sentAt;
      else this.#begin();
      const jobs = await runSystem(this.#session, held, id);
      if (this.#id === id) this.#options.onHeld(jobs, sentAt);
    } catch {
      // The session reconnects; the watch decides when it has taken too long.
    } finally {
      this.#renewing = false;
    }
  }

  /** Ends attempts in time even when no statement comes back: a black-holed connection, a loop that was blocked. */
  #watch(): void {
    if (this.#id === undefined || performance.now() - this.#renewedAt < this.#ttlMs - marginMs) return;
    this.#begin();
  }

  /** Stops being this worker and becomes another on a new connection. */
  #begin(): void {
    this.#lose();
    this.#session.reset();
  }

  #lose(): void {
    this.#id = undefined;
    this.#options.onLost();
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#renewTimer);
    clearInterval(this.#watchTimer);
    const id = this.#id;
    this.#id = undefined;
    if (id !== undefined)
      await this.#session.query("update handover.worker set dead = true where id = $1", [id]).catch(() => undefined);
    await this.#session.close();
  }
}

/** Takes a lease, and takes it again whenever it was lost, until released. */
export function holdLease(options: LeaseOptions): Lease {
  return new WorkerLease(options);
}
