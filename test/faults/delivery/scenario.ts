/** Many events over many endpoints, while replicas are killed and the database stops without warning; repeatable by its seed. */
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { aTenant, apply, secret } from "../../support/delivery.ts";
import { eventually } from "../../support/eventually.ts";
import type { TestDatabase } from "../../support/postgres.ts";
import { random } from "../scenario.ts";
import { eventTypes, Publisher } from "./publisher.ts";
import type { CountingReceiver } from "./receiver.ts";
import { countingReceiver } from "./receiver.ts";
import type { Verdict } from "./verdict.ts";
import { verdictOf } from "./verdict.ts";

export interface DeliveryScenario {
  readonly seed: number;
  readonly events: number;
  /** Faults, spread at random over the run. */
  readonly kills: number;
  readonly replicas?: number;
  /** Endpoints; a multiple of five. Default 20. */
  readonly endpoints?: number;
  /** Stops the database server at once (`pg_ctl stop -m immediate`); it comes back by itself. Every fourth fault or so. */
  readonly crashDatabase?: () => Promise<void>;
  readonly onFault?: (index: number, what: "kill" | "database", received: number) => void;
}

export interface DeliveryReport extends Verdict {
  readonly kills: number;
  readonly databaseStops: number;
  readonly seconds: number;
  /** The most duplicates that the faults explain. */
  readonly duplicatesAllowed: number;
}

const concurrency = 4;
/**
 * At a kill an endpoint repeats what was in flight, what was answered and is gathered to be recorded (50), and what came while
 * that statement ran (as much again).
 */
const repeatsPerEndpoint = concurrency + 50 + 50;
const settleSeconds = 300;

const replicaOf = (url: string): ChildProcess =>
  fork(join(import.meta.dirname, "member-process.ts"), {
    env: { ...process.env, FAULT_DATABASE_URL: url },
    execArgv: [],
  });

async function addEndpoints(testDatabase: TestDatabase, tenants: readonly string[], url: string): Promise<void> {
  const retry = { attempts: 50, baseSeconds: 0.2, factor: 1, maxSeconds: 1, jitter: 0.1 };
  const endpoints = eventTypes.map((type, index) => ({
    id: `e${index}`,
    url,
    events: [type],
    concurrency,
    ratePerSecond: 10_000,
    retry,
  }));
  const database = testDatabase.open();
  await apply(database, ...tenants.map((tenant) => aTenant(tenant, endpoints)));
}

class Run {
  readonly #testDatabase: TestDatabase;
  readonly #options: DeliveryScenario;
  readonly #next: () => number;
  readonly #replicas: ChildProcess[] = [];
  #databaseStops = 0;

  constructor(testDatabase: TestDatabase, options: DeliveryScenario) {
    this.#testDatabase = testDatabase;
    this.#options = options;
    this.#next = random(options.seed);
  }

  async run(): Promise<DeliveryReport> {
    const { events, kills, seed, endpoints = 20, replicas = 3 } = this.#options;
    const tenants = Array.from({ length: endpoints / eventTypes.length }, (_, index) => `t${index}`);
    const receiver = await countingReceiver({ secret, random: random(seed + 1), failing: 0.01, cutting: 0.001 });
    await addEndpoints(this.#testDatabase, tenants, `${receiver.url}/hook`);
    const publisher = new Publisher(this.#testDatabase.open(), tenants);
    await publisher.makeJobs(this.#testDatabase);
    const startedAtMs = performance.now();
    for (let index = 0; index < replicas; index += 1) this.#replicas.push(replicaOf(this.#testDatabase.appUrl));
    try {
      await Promise.all([publisher.publish(events), this.#breakThings(receiver)]);
      await this.#settled();
    } finally {
      for (const replica of this.#replicas) replica.kill("SIGKILL");
      await Promise.all(
        this.#replicas.map(async (replica) => replica.exitCode ?? replica.signalCode ?? once(replica, "exit")),
      );
    }
    // The last stop of the database may still be under way.
    const verdict = await eventually(
      () => verdictOf(this.#testDatabase, receiver, publisher.promised),
      "a database that can be asked",
      60_000,
    );
    await receiver.close();
    const duplicatesAllowed = kills * endpoints * repeatsPerEndpoint;
    const tooMany = verdict.duplicates > duplicatesAllowed ? [`${verdict.duplicates} duplicates`] : [];
    return {
      ...verdict,
      problems: [...verdict.problems, ...tooMany],
      kills: kills - this.#databaseStops,
      databaseStops: this.#databaseStops,
      seconds: (performance.now() - startedAtMs) / 1000,
      duplicatesAllowed,
    };
  }

  /** Faults at random points of the run's progress, which the requests tell. */
  async #breakThings(receiver: CountingReceiver): Promise<void> {
    const { kills, events } = this.#options;
    const points = Array.from({ length: kills }, () => Math.floor(this.#next() * events * 0.9)).toSorted(
      (a, b) => a - b,
    );
    for (const [index, point] of points.entries()) {
      while (receiver.ids.size < point) await delay(5);
      const what = await this.#fault();
      this.#options.onFault?.(index, what, receiver.ids.size);
    }
  }

  async #fault(): Promise<"kill" | "database"> {
    const { crashDatabase } = this.#options;
    if (crashDatabase !== undefined && this.#next() < 0.25) {
      await crashDatabase();
      this.#databaseStops += 1;
      return "database";
    }
    const index = Math.floor(this.#next() * this.#replicas.length);
    const victim = this.#replicas[index];
    const gone = victim === undefined ? undefined : once(victim, "exit");
    victim?.kill("SIGKILL");
    await gone;
    this.#replicas[index] = replicaOf(this.#testDatabase.appUrl);
    return "kill";
  }

  /** Waits until everything in the log was dealt out and delivered. */
  async #settled(): Promise<void> {
    const deadline = performance.now() + settleSeconds * 1000;
    while (performance.now() < deadline) {
      const [row] = await this.#testDatabase
        .asOwner(
          `select (select count(*) from handover.event where pos is null)::int as unnumbered,
             (select count(*) from handover.event)::int - (select count(*) from handover.delivery where state = 'delivered')::int as owed`,
        )
        .catch(() => []);
      if (row?.["unnumbered"] === 0 && row["owed"] === 0) return;
      await delay(200);
    }
  }
}

/** Runs it to its end, or until nothing moves any more; the report says what was broken. */
export async function runDeliveryScenario(
  testDatabase: TestDatabase,
  options: DeliveryScenario,
): Promise<DeliveryReport> {
  return new Run(testDatabase, options).run();
}
