/** Appends events through the real log while the database comes and goes; remembers which of them were promised. */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../../src/db/database.ts";
import type { FencedEventLog } from "../../../src/events/log.ts";
import { createEventLog } from "../../../src/events/log.ts";
import type { PublicEventType } from "../../../src/core/event/event.ts";
import { addJob, testSealer } from "../../support/delivery.ts";
import type { TestDatabase } from "../../support/postgres.ts";

/** Each endpoint of a tenant wants one of these. */
export const eventTypes: readonly PublicEventType[] = [
  "summary.ready",
  "summary.signed",
  "summary.amended",
  "task.completed",
  "document.written",
];

const perTransaction = 50;

export class Publisher {
  /** Ids whose transaction was answered with success. */
  readonly promised = new Set<string>();
  /** Transactions that ended without an answer: theirs may be in the log, or not. */
  unanswered = 0;
  readonly #database: Database;
  readonly #log: FencedEventLog;
  readonly #tenants: readonly string[];

  constructor(database: Database, tenants: readonly string[]) {
    this.#database = database;
    this.#log = createEventLog({ reader: database.worker, sealer: testSealer });
    this.#tenants = tenants;
  }

  async makeJobs(testDatabase: TestDatabase): Promise<void> {
    for (const tenant of this.#tenants) await addJob(testDatabase, tenant, "job");
  }

  /** Appends until `count` events are promised. */
  async publish(count: number): Promise<void> {
    let turn = 0;
    while (this.promised.size < count) {
      const most = Math.min(perTransaction, count - this.promised.size);
      await this.#append(turn, most).catch(async () => {
        this.unanswered += 1;
        await delay(100);
      });
      turn += 1;
    }
  }

  async #append(turn: number, count: number): Promise<void> {
    const tenant = this.#tenants[turn % this.#tenants.length] ?? "";
    const events = Array.from({ length: count }, (_, index) => ({
      type: eventTypes[(turn + index) % eventTypes.length] ?? "summary.signed",
      data: { turn, index, padding: "x".repeat(1000) },
    }));
    const appended = await this.#database.http.transaction(tenant, (tx) => this.#log.append(tx, tenant, "job", events));
    for (const { id } of appended) this.promised.add(id);
  }
}
