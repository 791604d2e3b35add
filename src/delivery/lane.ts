/**
 * Works off one endpoint: claims a batch, sends within the endpoint's limits, records, claims again. One replica holds a lane
 * at a time, so concurrency, rate and circuit are kept in memory and written along with the results. A lane that dies leaves
 * rows of its epoch behind; the next lane's epoch is higher, and takes them.
 */
import { AdapterError, toAdapterError } from "../core/errors.ts";
import { claimAhead } from "../core/delivery/claim-ahead.ts";
import type { TroubleSettings } from "../core/delivery/troubled.ts";
import { run } from "../db/query.ts";
import type { Log } from "../telemetry/log.ts";
import type { AttemptDependencies, AttemptResult } from "./attempt.ts";
import { attempt, unsent } from "./attempt.ts";
import type { ClaimedDelivery } from "./destinations/destination.ts";
import type { Endpoint } from "./endpoint.ts";
import { LaneGate } from "./lane-gate.ts";
import { attemptFields } from "./lane-log.ts";
import type { TakenRow } from "./lane-store.ts";
import { keepBody, releaseLane } from "./lane-store.ts";
import type { Hold, Turn, TurnDependencies } from "./lane-turn.ts";
import { takeTurn, withEvents } from "./lane-turn.ts";
import type { Slots } from "./slots.ts";

export interface LaneDependencies extends Omit<AttemptDependencies, "keep">, TurnDependencies {
  readonly slots: Slots;
  readonly log: Log;
  readonly leaseMs: number;
  /** Reads the endpoint again after its settings or secrets were changed. */
  readonly reread: () => Promise<Endpoint>;
  /** Counts each attempt as it ends. */
  readonly measure?: (endpoint: Endpoint, result: AttemptResult) => void;
  /** When the endpoint counts as failing often. */
  readonly trouble: TroubleSettings;
  /** Most rows claimed ahead. */
  readonly batch: number;
}

/**
 * How long successes are gathered while there is more to send. Long enough that many lanes at once, each of them slow, still
 * write many results with one statement; short enough that what a kill makes go out twice is a moment's work.
 */
const gatherMs = 200;
/** This many are written at once, whatever the moment. Well below what is claimed ahead, so that sending goes on meanwhile. */
const gatherMost = 50;

export class Lane {
  readonly #deps: LaneDependencies;
  readonly #gate: LaneGate;
  readonly #attempts: AttemptDependencies;
  readonly #stop = new AbortController();
  readonly #queue: ClaimedDelivery[] = [];
  readonly #results: AttemptResult[] = [];
  #hold: Hold;
  #revision: number;
  #inFlight = 0;
  #claimed = 0;
  #ahead: number;
  #marked = false;
  /** Something other than a success waits to be recorded. */
  #urgent = false;
  /** Given up and not yet recorded: each may end the endpoint. */
  #verdicts = 0;
  #gatheredSinceMs = 0;
  #stopping = false;
  #ended = false;
  #leaseEndsMs: number;
  #signal = Promise.withResolvers<void>();
  readonly #onSlot = (): void => this.#signal.resolve();

  constructor(row: TakenRow, endpoint: Endpoint, deps: LaneDependencies) {
    this.#deps = deps;
    this.#gate = new LaneGate(row, deps.trouble);
    this.#revision = row.revision;
    this.#hold = { endpoint, epoch: row.lane_epoch, leaseMs: deps.leaseMs };
    this.#ahead = claimAhead(undefined, 0, endpoint.settings.concurrency, deps.batch);
    this.#leaseEndsMs = deps.now() + deps.leaseMs;
    this.#attempts = {
      destination: deps.destination,
      post: deps.post,
      now: deps.now,
      random: deps.random,
      keep: async (sequence, body) => this.#keep(sequence, body),
    };
  }

  /** There may be something new to claim. False: too late, this lane will not look again. */
  mark(): boolean {
    if (this.#ended) return false;
    this.#marked = true;
    this.#signal.resolve();
    return true;
  }

  /** Starts nothing more; `run` ends once everything in flight has been recorded. */
  drain(): void {
    this.#stopping = true;
    this.#signal.resolve();
  }

  /** Cuts short what is in flight. It is not recorded, and will be sent again under the same id. */
  abort(): void {
    this.drain();
    this.#stop.abort();
  }

  /** Works until there is nothing left that may be sent now. */
  async run(): Promise<void> {
    try {
      while (!this.#wantsTurn() || (await this.#turn())) {
        this.#pump();
        if (this.#finished()) break;
        await this.#pause();
      }
    } finally {
      this.#ended = true;
      this.#stop.abort();
      await run(this.#deps.pool, releaseLane, this.#tenant, this.#id, this.#hold.epoch).catch(() => undefined);
    }
  }

  get #tenant(): string {
    return this.#hold.endpoint.tenant;
  }

  get #id(): string {
    return this.#hold.endpoint.id;
  }

  /** Requests that may be in flight now. */
  #limit(): number {
    const nowMs = this.#deps.now();
    // Past its lease another lane may be at work: a process that was frozen must not send on when it thaws.
    if (this.#stopping || nowMs >= this.#leaseEndsMs) return 0;
    const admission = this.#gate.admission(nowMs);
    if (admission === "all") return this.#gate.concurrency(this.#hold.endpoint.settings, nowMs);
    return admission === "probe" ? 1 : 0;
  }

  /** Rows to claim now. Ahead of need, because a row claimed and not sent costs nothing; a probe takes just itself. */
  #room(): number {
    if (this.#limit() === 0) return 0;
    const probing = this.#gate.admission(this.#deps.now()) === "probe";
    const most = probing ? 1 - this.#inFlight : this.#ahead;
    return Math.max(0, most - this.#queue.length);
  }

  /**
   * Whether what came back is to be written now. While there is more to send, successes are gathered for a moment: one
   * statement for many is what makes a lane fast, and a kill in that moment costs repeats, nothing else.
   */
  #wantsRecord(): boolean {
    const [oldest] = this.#results;
    if (oldest === undefined) return false;
    if (this.#queue.length === 0 || this.#limit() === 0 || this.#hold.endpoint.settings.ordering !== "none")
      return true;
    if (this.#urgent || this.#results.length >= Math.min(gatherMost, this.#deps.batch / 2)) return true;
    return this.#recordWaitMs() === 0;
  }

  #recordWaitMs(): number {
    return Math.max(0, this.#gatheredSinceMs + gatherMs - this.#deps.now());
  }

  #wantsTurn(): boolean {
    if (this.#wantsRecord() || this.#queue.length === 0) return true;
    return this.#deps.now() >= this.#leaseEndsMs - (this.#deps.leaseMs * 3) / 4;
  }

  /** Records what came back and claims more. False: the lane is lost, or the database stayed away for a whole lease. */
  async #turn(): Promise<boolean> {
    const results = this.#results.splice(0);
    const { concurrency } = this.#hold.endpoint.settings;
    if (results.length > 0) this.#ahead = claimAhead(this.#ahead, results.length, concurrency, this.#deps.batch);
    this.#marked = false;
    this.#urgent = false;
    try {
      const turn = await takeTurn(this.#deps, this.#hold, this.#gate, results, this.#room());
      if (turn === undefined) return false;
      this.#leaseEndsMs = this.#deps.now() + this.#deps.leaseMs;
      await this.#accept(turn, results.length);
      this.#verdicts -= results.filter(({ outcome }) => outcome.kind === "dead").length;
      return true;
    } catch (thrown) {
      // The turn may have gone through unseen: a second record is dropped by the rows' fence, and what it claimed unseen is
      // left to the next lane, so this one claims no more.
      this.#results.unshift(...results);
      this.#stopping = true;
      this.#deps.log.warn("delivery.turn_failed", {
        tenant: this.#tenant,
        endpoint: this.#id,
        code: toAdapterError(thrown).code,
      });
      return this.#deps.now() < this.#leaseEndsMs && (await this.#backOff());
    }
  }

  async #backOff(): Promise<true> {
    await new Promise((resolve) => setTimeout(resolve, 100));
    return true;
  }

  async #accept(turn: Turn, recorded: number): Promise<void> {
    this.#claimed = turn.claimed.length;
    // What was recorded may have held back a later event of the same job.
    if (recorded > 0 && this.#hold.endpoint.settings.ordering === "per-job") this.#marked = true;
    if (turn.status !== "active") this.#stopping = true;
    if (turn.revision !== this.#revision) {
      this.#hold = { ...this.#hold, endpoint: await this.#deps.reread() };
      this.#revision = turn.revision;
    }
    this.#queue.push(...(await withEvents(this.#deps.pool, this.#hold.endpoint, turn.claimed)));
  }

  /** Starts as many attempts as limits, pace and the process's slots allow. */
  #pump(): void {
    // An endpoint that said 410 gets nothing more while that is being recorded.
    while (this.#queue.length > 0 && this.#verdicts === 0 && this.#inFlight < this.#limit()) {
      const { settings } = this.#hold.endpoint;
      if (this.#gate.paceDelayMs(settings, this.#deps.now()) > 0) return;
      if (!this.#deps.slots.take(this.#onSlot)) return;
      const delivery = this.#queue.shift();
      if (delivery === undefined) return;
      this.#gate.admit(settings, this.#deps.now());
      this.#inFlight += 1;
      void this.#attempt(delivery, this.#hold.endpoint);
    }
  }

  async #attempt(delivery: ClaimedDelivery, endpoint: Endpoint): Promise<void> {
    const result = await attempt(delivery, endpoint, this.#attempts, this.#stop.signal).catch((thrown: unknown) =>
      this.#unprepared(delivery, thrown),
    );
    this.#inFlight -= 1;
    this.#deps.slots.give();
    if (result !== undefined) {
      this.#gate.settle(result, endpoint.settings, this.#deps.now());
      if (this.#results.push(result) === 1) this.#gatheredSinceMs = this.#deps.now();
      this.#urgent ||= result.outcome.kind !== "delivered";
      if (result.outcome.kind === "dead") this.#verdicts += 1;
      this.#deps.measure?.(endpoint, result);
      this.#deps.log.info("delivery.attempted", attemptFields(endpoint, result));
    }
    this.#signal.resolve();
    this.#pump();
  }

  /** Our own trouble: where waiting helps, the row is left for the next lane; where not, it is held and somebody is told. */
  #unprepared(delivery: ClaimedDelivery, thrown: unknown): AttemptResult | undefined {
    if (thrown instanceof AdapterError && thrown.retry === "later") {
      this.#stopping = true;
      return undefined;
    }
    const outcome = { kind: "held", code: "cannot_prepare" } as const;
    this.#deps.log.error("delivery.cannot_prepare", {
      tenant: this.#tenant,
      endpoint: this.#id,
      code: toAdapterError(thrown).code,
    });
    return unsent(delivery, outcome, this.#deps.now());
  }

  async #keep(sequence: number, body: Uint8Array): Promise<boolean> {
    const rows = await run(this.#deps.pool, keepBody, this.#tenant, this.#id, sequence, this.#hold.epoch, body);
    return rows.length === 1;
  }

  #finished(): boolean {
    if (this.#results.length > 0 || this.#inFlight > 0) return false;
    if (this.#limit() === 0) return true;
    return this.#queue.length === 0 && this.#claimed === 0 && !this.#marked;
  }

  /** Waits for a result, a mark or a slot; at the latest until something wants recording, renewing or sending by its pace. */
  async #pause(): Promise<void> {
    const justClaimed = this.#queue.length === 0 && this.#claimed > 0 && this.#inFlight === 0;
    // A mark is looked at when what was claimed before has gone out: a lane that hangs must not query at every event.
    if (this.#wantsRecord() || (this.#marked && this.#queue.length === 0) || justClaimed) return;
    this.#signal = Promise.withResolvers<void>();
    const timer = setTimeout(this.#onSlot, this.#restMs());
    await this.#signal.promise;
    clearTimeout(timer);
  }

  #restMs(): number {
    const paceMs =
      this.#queue.length === 0 ? 0 : this.#gate.paceDelayMs(this.#hold.endpoint.settings, this.#deps.now());
    const waits = [this.#deps.leaseMs / 4, paceMs, this.#results.length === 0 ? 0 : this.#recordWaitMs()];
    return Math.min(...waits.filter((ms) => ms > 0));
  }
}
