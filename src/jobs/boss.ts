/**
 * The queue. The only importer of pg-boss, which dispatches and nothing else: truth stands in our own rows, payloads are ids.
 * Its retries, expiry and per-job NOTIFY are not used (fences, leases and the coalesced wake-up take their place), and messages
 * are fetched, acted on and completed in one transaction, so that a kill at any moment leaves a message either whole or done.
 */
import type { Db } from "pg-boss";
import { PgBoss } from "pg-boss";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import type { Installer } from "../db/migrate.ts";
import type { Executor } from "../db/query.ts";
import type { Loop } from "../events/loop.ts";
import { startLoop } from "../events/loop.ts";

const schema = "pgboss";
const jobQueue = "job";
const kickQueue = "kick";

/** A fortnight is pg-boss's default for throwing queued jobs away; ours wait as long as they must. */
const keepQueuedSeconds = 10 * 365 * 24 * 3_600;
/** Completed messages are of no use to anybody. */
const keepDoneSeconds = 60;

const jobMessage = z.object({ tenant: z.string(), job: z.string(), epoch: z.string() });
/** Says: this job may be claimed, as of this epoch. */
export type JobMessage = z.infer<typeof jobMessage>;

const kickMessage = z.object({ tenant: z.string(), endpoint: z.string() });
/** Says: this endpoint's lane has something to do. */
export type KickMessage = z.infer<typeof kickMessage>;

/** How many messages may be taken right now, and what to do with them inside the transaction that takes them. */
export interface JobConsumer {
  free(): number;
  /**
   * Tenants whose messages are passed over, in turns: where the first turn finds nothing, the second is tried, and so on. So
   * whoever has least in hand comes first, and a hospital with one job never waits behind another's hundreds.
   */
  turns(): readonly (readonly string[])[];
  /** Claims; what it returns is started after the commit. */
  claim(tx: Executor, message: JobMessage): Promise<(() => void) | undefined>;
}

export interface Boss {
  /** Sends inside the caller's transaction. `delaySeconds` by the database's clock. */
  sendJob(tx: Executor, tenant: string, job: string, epoch: bigint, delaySeconds?: number): Promise<void>;
  /** Asks for a lane's attention inside the caller's transaction; many kicks of one endpoint are one. */
  kick(tx: Executor, tenant: string, endpoint: string): Promise<void>;
  /** Starts taking job messages. Returns what stops it. */
  workJobs(consumer: JobConsumer): () => Promise<void>;
  /** Starts taking kicks; `handler` starts or marks lanes and returns at once. Returns what stops it. */
  workKicks(handler: (kicks: readonly KickMessage[]) => void): () => Promise<void>;
  /** Looks into the queues now instead of at the next poll. */
  notify(): void;
  stop(): Promise<void>;
}

export interface BossOptions {
  readonly database: Database;
  /** Whether this replica looks after pg-boss's tables. */
  readonly maintain: boolean;
  readonly onError?: (error: unknown) => void;
  /** Backstop poll of the queues. */
  readonly pollMs?: number;
}

const asDatabase = (executor: Executor): Db => ({
  async executeSql(text, values = []) {
    const { rows } = await executor.query(text, values);
    return { rows: rows as Record<string, unknown>[] };
  },
});

const kickBatch = 50;

class Queue implements Boss {
  readonly #boss: PgBoss;
  readonly #options: BossOptions;
  readonly #consumers = new Set<Loop>();

  constructor(boss: PgBoss, options: BossOptions) {
    this.#boss = boss;
    this.#options = options;
  }

  async sendJob(tx: Executor, tenant: string, job: string, epoch: bigint, delaySeconds?: number): Promise<void> {
    const message: JobMessage = { tenant, job, epoch: String(epoch) };
    // Seconds, never a Date: a date would be read off this machine's clock.
    const later = delaySeconds === undefined ? {} : { startAfter: Math.ceil(delaySeconds) };
    await this.#boss.send(jobQueue, message, { db: asDatabase(tx), group: { id: tenant }, ...later });
  }

  async kick(tx: Executor, tenant: string, endpoint: string): Promise<void> {
    const message: KickMessage = { tenant, endpoint };
    await this.#boss.send(kickQueue, message, { db: asDatabase(tx), singletonKey: `${tenant}/${endpoint}` });
  }

  workJobs(consumer: JobConsumer): () => Promise<void> {
    return this.#consume(async () => {
      if (consumer.free() <= 0) return false;
      for (const passedOver of consumer.turns()) {
        // One at a time: what it starts decides whose turn is next.
        const from = { queue: jobQueue, most: 1, passedOver };
        const starts = await this.#take(from, jobMessage, (tx, message) => consumer.claim(tx, message));
        for (const start of starts) start?.();
        if (starts.length > 0) return true;
      }
      return false;
    });
  }

  workKicks(handler: (kicks: readonly KickMessage[]) => void): () => Promise<void> {
    return this.#consume(async () => {
      const from = { queue: kickQueue, most: kickBatch, passedOver: [] };
      const kicks = await this.#take(from, kickMessage, async (_tx, message) => message);
      if (kicks.length > 0) handler(kicks);
      return kicks.length === kickBatch;
    });
  }

  notify(): void {
    for (const consumer of this.#consumers) consumer.wake();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.stop()));
    this.#consumers.clear();
    await this.#boss.stop({ graceful: false, close: false });
  }

  #consume(turn: () => Promise<boolean>): () => Promise<void> {
    const onError = this.#options.onError ?? ((): void => undefined);
    const consumer = startLoop({ turn, pollMs: this.#options.pollMs ?? 500, onError });
    this.#consumers.add(consumer);
    return async () => {
      this.#consumers.delete(consumer);
      await consumer.stop();
    };
  }

  /** Takes up to `most` messages and completes them in the transaction in which `handle` acted on them. */
  async #take<T, R>(
    { queue, most, passedOver }: { queue: string; most: number; passedOver: readonly string[] },
    parse: z.ZodType<T>,
    handle: (tx: Executor, message: T) => Promise<R>,
  ): Promise<readonly R[]> {
    return this.#options.database.worker.transaction(null, async (tx) => {
      const db = asDatabase(tx);
      const messages = await this.#boss.fetch<object>(queue, { db, batchSize: most, ignoreGroups: [...passedOver] });
      if (messages.length === 0) return [];
      const results: R[] = [];
      for (const message of messages) {
        const parsed = parse.safeParse(message.data);
        if (parsed.success) results.push(await handle(tx, parsed.data));
      }
      const taken = messages.map((message) => message.id);
      await this.#boss.complete(queue, taken, undefined, { db });
      return results;
    });
  }
}

/** Starts the queue's client. The schema must have been installed (`installQueues`, run by `migrate`). */
export async function createBoss(options: BossOptions): Promise<Boss> {
  const boss = new PgBoss({
    db: asDatabase(options.database.worker),
    schema,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: options.maintain,
    // Only the owner may rebuild indexes, and we are not the owner.
    reindex: false,
  });
  boss.on("error", (error) => options.onError?.(error));
  await boss.start();
  return new Queue(boss, options);
}

/** Installs pg-boss's schema and our queues, as the owner; gives the app its rights there. Idempotent. */
export const installQueues: Installer = async (_ownerUrl, owner) => {
  const boss = new PgBoss({
    db: asDatabase(owner),
    schema,
    migrate: true,
    createSchema: true,
    schedule: false,
    supervise: false,
  });
  boss.on("error", () => undefined);
  await boss.start();
  try {
    const kept = { retentionSeconds: keepQueuedSeconds, deleteAfterSeconds: keepDoneSeconds, retryLimit: 0 };
    await ensureQueue(boss, jobQueue, { ...kept, policy: "standard" });
    await ensureQueue(boss, kickQueue, { ...kept, policy: "short" });
  } finally {
    await boss.stop({ graceful: false, close: false });
  }
  await owner.query(
    `grant usage on schema ${schema} to handover_app;
     grant select, insert, update, delete on all tables in schema ${schema} to handover_app;
     grant usage on all sequences in schema ${schema} to handover_app;
     grant execute on all functions in schema ${schema} to handover_app;`,
    [],
  );
};

async function ensureQueue(boss: PgBoss, name: string, options: Parameters<PgBoss["createQueue"]>[1]): Promise<void> {
  if ((await boss.getQueue(name)) === null) await boss.createQueue(name, options);
}
