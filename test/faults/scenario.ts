/** A run of faults over a stream of jobs, repeatable by its seed. */
import { setTimeout as delay } from "node:timers/promises";
import type { JobEvent } from "../../src/core/event/event.ts";
import type { BarrierName } from "../../src/jobs/barrier.ts";
import { barriers } from "../../src/jobs/barrier.ts";
import type { Heart } from "../support/adapter-heart.ts";
import { composeHeart, jobInput, tinyChart } from "../support/adapter-heart.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { Member } from "./fleet.ts";
import { checkInvariants } from "./invariants.ts";

/** Kill -9, SIGSTOP, a silent network, a deploy, and a crash of Postgres itself. */
export type FaultKind = "kill" | "freeze" | "cut" | "terminate" | "database";

export interface Fault {
  readonly kind: FaultKind;
  readonly barrier: BarrierName;
  /** At the nth passing. */
  readonly nth: number;
}

export interface FaultOutcome {
  /** Until the jobs were taken from the worker. */
  readonly noticedMs: number;
  /** Until all of them were going on elsewhere, or done. */
  readonly recoveryMs: number;
  /** How many jobs the worker held. */
  readonly held: number;
  readonly reached: boolean;
}

/** A kill right after a crash of the database is told apart: session locks do not count then, only leases do. */
export type RecoveryKind = FaultKind | "kill-after-database";

export interface ScenarioReport {
  readonly faults: number;
  readonly jobs: number;
  /** From each fault to the moment at which every job the worker had held was going on elsewhere, or done. */
  readonly recoveryMs: ReadonlyMap<RecoveryKind, readonly number[]>;
  readonly problems: readonly string[];
}

export interface ScenarioOptions {
  readonly faults: Iterable<Fault>;
  readonly workers?: number;
  /** Jobs under way at once. */
  readonly load?: number;
  readonly paceMs?: number;
  /** Crashes the database server; it comes back by itself. Needed for faults of kind `database`. */
  readonly crashDatabase?: () => Promise<void>;
  readonly onFault?: (index: number, fault: Fault, outcome: FaultOutcome) => void;
}

/** A small, well-known generator: the same seed gives the same faults everywhere. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Mostly kills, at any barrier; now and then a frozen, a cut-off or a redeployed worker, or a crash of the database. */
export function* randomFaults(seed: number, howMany: number, withDatabase: boolean): Generator<Fault> {
  const next = random(seed);
  const others: readonly FaultKind[] = withDatabase
    ? ["freeze", "cut", "terminate", "database"]
    : ["freeze", "cut", "terminate"];
  for (let index = 0; index < howMany; index += 1) {
    const kind = next() < 0.8 ? "kill" : (others[Math.floor(next() * others.length)] ?? "kill");
    const barrier = barriers[Math.floor(next() * barriers.length)] ?? "claimed";
    yield { kind, barrier, nth: 1 + Math.floor(next() * 4) };
  }
}

const tenant = "general";
const chartCanary = "Canaria";

/** Keeps a number of jobs going, each for an encounter of its own, and remembers those that were accepted. */
class Load {
  readonly accepted: string[] = [];
  readonly #heart: Heart;
  readonly #size: number;
  #number = 0;
  #on = true;
  readonly #loop: Promise<void>;

  constructor(heart: Heart, size: number) {
    this.#heart = heart;
    this.#size = size;
    this.#loop = this.#run();
  }

  async #open(): Promise<number> {
    const { rows } = await this.#heart.database.worker.transaction(tenant, (tx) =>
      tx.query("select count(*)::int as n from handover.job where status in ('requested', 'in-progress')", []),
    );
    return (rows[0] as { n: number }).n;
  }

  async #create(): Promise<void> {
    this.#number += 1;
    const encounter = `Encounter/e${this.#number}`;
    const [patient, stay] = tinyChart("p1", `e${this.#number}`);
    if (patient?.resourceType !== "Patient" || stay === undefined) return;
    const resources = [{ ...patient, name: [{ family: chartCanary }] }, stay];
    const input = jobInput({
      encounter,
      snapshot: { kind: "bundle", resources },
      key: { kind: "idempotency", value: encounter, digest: "d" },
    });
    // A client repeats what was not answered, with the same key.
    for (;;) {
      try {
        this.accepted.push((await this.#heart.jobs.create(input)).job.id);
        return;
      } catch {
        await delay(50);
      }
    }
  }

  async #run(): Promise<void> {
    while (this.#on) {
      const open = await this.#open().catch(() => this.#size);
      if (open < this.#size) await this.#create();
      else await delay(5);
    }
  }

  async stop(): Promise<void> {
    this.#on = false;
    await this.#loop;
  }
}

/** Reads the feed from a cursor while everything goes on: what it skips, it never sees again. */
class FeedReader {
  readonly seen: JobEvent[] = [];
  readonly #heart: Heart;
  #position = 0;
  #on = true;
  readonly #loop: Promise<void>;

  constructor(heart: Heart) {
    this.#heart = heart;
    this.#loop = this.#run();
  }

  async #read(): Promise<number> {
    const events = await this.#heart.eventLog.readFeed(tenant, this.#position, 500).catch(() => []);
    this.seen.push(...events);
    this.#position = events.at(-1)?.position ?? this.#position;
    return events.length;
  }

  async #run(): Promise<void> {
    while (this.#on) {
      await this.#read();
      await delay(5);
    }
  }

  async stop(): Promise<void> {
    this.#on = false;
    await this.#loop;
    while ((await this.#read()) > 0);
  }
}

interface HeldJob {
  readonly id: string;
  readonly epoch: string;
}

/** How many of the jobs are still held under the old epoch, and how many are handed out but not yet taken. */
async function stuck(
  testDatabase: TestDatabase,
  jobs: readonly HeldJob[],
): Promise<{ readonly held: number; readonly waiting: number }> {
  const [row] = await testDatabase.asOwner(
    `select count(*) filter (where j.status = 'in-progress' and j.epoch = h.epoch)::int as held, count(*) filter (where j.status = 'requested')::int as waiting
     from unnest($1::text[], $2::bigint[]) as h (id, epoch) join handover.job j on j.id = h.id`,
    [jobs.map((job) => job.id), jobs.map((job) => job.epoch)],
  );
  return { held: Number(row?.["held"]), waiting: Number(row?.["waiting"]) };
}

async function recovered(
  testDatabase: TestDatabase,
  jobs: readonly HeldJob[],
  since: number,
): Promise<{ readonly noticedMs: number; readonly recoveryMs: number }> {
  let noticedMs: number | undefined;
  for (;;) {
    // While the database is away, nothing has recovered.
    const now =
      jobs.length === 0
        ? { held: 0, waiting: 0 }
        : await stuck(testDatabase, jobs).catch(() => ({ held: 1, waiting: 1 }));
    const elapsed = performance.now() - since;
    if (now.held === 0) noticedMs ??= elapsed;
    if (now.held + now.waiting === 0 || elapsed > recoveryLimitMs)
      return { noticedMs: noticedMs ?? elapsed, recoveryMs: elapsed };
    await delay(10);
  }
}

const recoveryLimitMs = 30_000;
/** The reaper's grace after a restart of the server, and a moment for the restart itself. */
const databaseGraceMs = 7_000;

class Scenario {
  readonly #testDatabase: TestDatabase;
  readonly #options: ScenarioOptions;
  /** Replacements start while the next fault is already under way. */
  #members: Promise<Member>[] = [];

  constructor(testDatabase: TestDatabase, options: ScenarioOptions) {
    this.#testDatabase = testDatabase;
    this.#options = options;
  }

  /** A worker that starts while the database is away gives up, as it should; whoever supervises it starts it again. */
  #start(): Promise<Member> {
    const attempt = (left: number): Promise<Member> =>
      Member.start(this.#testDatabase.appUrl, this.#options.paceMs ?? 8).catch((error: unknown) => {
        if (left === 0) throw error;
        return attempt(left - 1);
      });
    return attempt(5);
  }

  /** Jobs that one worker holds: the worker is told by the connection that holds its session lock. */
  async #heldBy(member: Member): Promise<readonly HeldJob[]> {
    const rows = await this.#testDatabase.asOwner(
      `select j.id, j.epoch from handover.job j join handover.worker w on w.id = j.worker
       join pg_locks l on l.locktype = 'advisory' and l.classid = 1751215703 and l.objid = w.lock_no::oid and l.objsubid = 2
       join pg_stat_activity a on a.pid = l.pid where j.status = 'in-progress' and a.client_port = any ($1::int[])`,
      [member.proxy.outboundPorts()],
    );
    return rows.map((row) => ({ id: String(row["id"]), epoch: String(row["epoch"]) }));
  }

  async #strike(member: Member, kind: FaultKind): Promise<void> {
    if (kind === "kill") await member.kill();
    else if (kind === "terminate") void member.terminate();
    else if (kind === "freeze") member.freeze();
    else if (kind === "cut") member.proxy.setBlackHole(true);
    else await this.#options.crashDatabase?.();
  }

  /** One fault, and how long it took until all that it hit went on. */
  async #inflict(member: Member, fault: Fault): Promise<FaultOutcome> {
    // A deploy and a crash of the database find the work wherever it happens to be.
    const stands = fault.kind !== "terminate" && fault.kind !== "database";
    const reached = stands ? await member.standAt(fault.barrier, fault.nth, 5_000) : false;
    // A fleet that is still being replaced may have no slot to spare; what is measured is recovery, not capacity.
    await Promise.all(this.#members);
    const jobs = await this.#heldBy(member);
    const since = performance.now();
    await this.#strike(member, fault.kind);
    const times = await recovered(this.#testDatabase, jobs, since);
    if (fault.kind === "freeze") member.thaw();
    if (fault.kind === "cut") member.proxy.setBlackHole(false);
    return { ...times, held: jobs.length, reached };
  }

  /** A worker that stood at a barrier stays there for good, so it is replaced whatever was done to it. */
  async #replace(place: number, member: Member, fault: Fault): Promise<void> {
    if (fault.kind === "database") return;
    if (fault.kind !== "terminate") await member.kill();
    const next = this.#start();
    // Awaited when its turn comes; a failure until then is not unheard, only later.
    next.catch(() => undefined);
    this.#members[place] = next;
  }

  async run(): Promise<ScenarioReport> {
    const heart = await composeHeart(this.#testDatabase.open());
    this.#members = Array.from({ length: this.#options.workers ?? 3 }, () => this.#start());
    await Promise.all(this.#members);
    const load = new Load(heart, this.#options.load ?? 6);
    const reader = new FeedReader(heart);
    const recoveryMs = new Map<RecoveryKind, number[]>();
    let crashedAt = Number.NEGATIVE_INFINITY;
    let index = 0;
    for (const fault of this.#options.faults) {
      const place = index % this.#members.length;
      const victim = await this.#members[place];
      if (victim === undefined) break;
      const outcome = await this.#inflict(victim, fault);
      const inGrace = fault.kind === "kill" && performance.now() - outcome.recoveryMs - crashedAt < databaseGraceMs;
      const kind = inGrace ? "kill-after-database" : fault.kind;
      if (fault.kind === "database") crashedAt = performance.now();
      recoveryMs.set(kind, [...(recoveryMs.get(kind) ?? []), outcome.recoveryMs]);
      this.#options.onFault?.(index, fault, outcome);
      await this.#replace(place, victim, fault);
      index += 1;
    }
    await Promise.all(this.#members);
    await load.stop();
    const problems = await this.#settle(heart, load, reader);
    return { faults: index, jobs: load.accepted.length, recoveryMs, problems };
  }

  async #settle(heart: Heart, load: Load, reader: FeedReader): Promise<readonly string[]> {
    const deadline = performance.now() + recoveryLimitMs;
    while (performance.now() < deadline && (await this.#unsettled()) > 0) await delay(20);
    await reader.stop();
    const problems = await checkInvariants(this.#testDatabase, heart, load.accepted, reader.seen);
    await Promise.all(this.#members.map(async (member) => (await member).kill()));
    await heart.close();
    return problems;
  }

  async #unsettled(): Promise<number> {
    const [row] = await this.#testDatabase.asOwner(
      "select (select count(*) from handover.job where status in ('requested', 'in-progress'))::int + (select count(*) from handover.event where pos is null and not draft)::int as n",
    );
    return Number(row?.["n"]);
  }
}

/** Runs the faults one after the other under load, then checks every invariant. */
export async function runScenario(testDatabase: TestDatabase, options: ScenarioOptions): Promise<ScenarioReport> {
  return new Scenario(testDatabase, options).run();
}
