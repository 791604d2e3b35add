/**
 * Works off one endpoint: claims a batch, sends within the endpoint's limits, records, claims again. One replica holds a lane
 * at a time, so concurrency, rate, circuit and what was claimed are kept in memory. A lane that dies leaves nothing to undo: the
 * next one's epoch is higher, and it claims whatever is pending. With nothing left to send a lane lingers for a moment, so that
 * the next event finds it there and goes out without being claimed.
 */
import { AdapterError, toAdapterError } from "../core/errors.ts";
import { claimAhead, withinBytes } from "../core/delivery/claim-ahead.ts";
import type { TroubleSettings } from "../core/delivery/troubled.ts";
import { run } from "../db/query.ts";
import type { Log } from "../telemetry/log.ts";
import type { AttemptDependencies, AttemptResult } from "./attempt.ts";
import { attempt, unsent } from "./attempt.ts";
import type { ClaimedDelivery } from "./destinations/destination.ts";
import type { Endpoint } from "./endpoint.ts";
import { LaneGate } from "./lane-gate.ts";
import { Hand } from "./lane-hand.ts";
import { attemptFields } from "./lane-log.ts";
import type { EndpointStandingRow } from "./lane-store.ts";
import { keepBody, releaseLane } from "./lane-store.ts";
import type { Hold, Turn, TurnDependencies } from "./lane-turn.ts";
import { takeTurn, withEvents } from "./lane-turn.ts";
import type { Slots } from "./slots.ts";

export interface LaneDependencies extends Omit<AttemptDependencies, "keep">, TurnDependencies {
  readonly slots: Slots;
  readonly log: Log;
  readonly leaseMs: number;
  /** How long it waits for the next event before it lets go. */
  readonly lingerMs: number;
  /** Reads the endpoint again after its settings or secrets were changed. */
  readonly reread: () => Promise<Endpoint>;
  /** Counts each attempt as it ends. */
  readonly measure?: (endpoint: Endpoint, result: AttemptResult) => void;
  /** When the endpoint counts as failing often. */
  readonly trouble: TroubleSettings;
  /** Most rows claimed ahead. */
  readonly batch: number;
  /** Bytes that may wait to be sent in this lane, at present. */
  readonly mostBytes: () => number;
}

/** What came with the endpoint when it was taken. */
export interface Beginning {
  /** When it was asked for: its lease runs from then at the latest. */
  readonly askedAtMs: number;
  readonly claimed: readonly ClaimedDelivery[];
  /** Whether more may be due. */
  readonly more: boolean;
}

/** What an endpoint was owed a moment ago, with its row's fence and revision when the debt was written. */
export interface Offer {
  readonly epoch: number;
  readonly revision: number;
  readonly deliveries: readonly ClaimedDelivery[];
}

/**
 * How long successes are gathered while there is more to send. Long enough that many lanes at once, each of them slow, still
 * write many results with one statement; short enough that what a kill makes go out twice is a moment's work.
 */
const gatherMs = 200;
/** This many are written at once, whatever the moment. Well below what is claimed ahead, so that sending goes on meanwhile. */
const gatherMost = 50;
/** A lane that never rests reads its endpoint anew this often: keys that others hold for it may have been rotated. */
const freshMs = 60_000;

export class Lane {
  readonly #deps: LaneDependencies;
  readonly #gate: LaneGate;
  readonly #attempts: AttemptDependencies;
  readonly #stop = new AbortController();
  readonly #hand = new Hand();
  readonly #results: AttemptResult[] = [];
  #hold: Hold;
  #revision: number;
  #readAtMs: number;
  #inFlight = 0;
  #ahead: number;
  /** There may be something to claim. */
  #marked: boolean;
  /** Something other than a success waits to be recorded. */
  #urgent = false;
  /** Given up and not yet recorded: each may end the endpoint. */
  #verdicts = 0;
  #gatheredSinceMs = 0;
  #idleSinceMs: number;
  /** When the first of what is to be tried again is due. */
  #retryAtMs = Number.POSITIVE_INFINITY;
  #stopping = false;
  #ended = false;
  #leaseEndsMs: number;
  #signal = Promise.withResolvers<void>();
  readonly #onSlot = (): void => this.#signal.resolve();

  constructor(row: EndpointStandingRow, endpoint: Endpoint, deps: LaneDependencies, beginning: Beginning) {
    this.#deps = deps;
    this.#gate = new LaneGate(row, deps.trouble);
    this.#revision = row.revision;
    this.#hold = { endpoint, epoch: row.lane_epoch, leaseMs: deps.leaseMs };
    this.#ahead = claimAhead(undefined, 0, endpoint.settings.concurrency, deps.batch);
    this.#leaseEndsMs = beginning.askedAtMs + deps.leaseMs;
    this.#idleSinceMs = beginning.askedAtMs;
    this.#readAtMs = beginning.askedAtMs;
    this.#marked = beginning.more;
    this.#hand.add(beginning.claimed);
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

  /** Takes what the endpoint was owed a moment ago, or claims it where that is not sure to be the same. False: too late. */
  offer({ epoch, revision, deliveries }: Offer): boolean {
    const { ordering } = this.#hold.endpoint.settings;
    const isKnown = epoch === this.#hold.epoch && revision === this.#revision && ordering === "none";
    const fits = !this.#marked && this.#limit() > 0 && this.#hand.waiting + deliveries.length <= this.#most();
    if (!isKnown || !fits || this.#ended || !this.#hand.addNew(deliveries)) return this.mark();
    this.#pump();
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
      do {
        this.#pump();
        if (this.#finished()) break;
        await this.#pause();
        this.#noteRetries();
      } while (!this.#wantsTurn() || (await this.#turn()));
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

  /** Deliveries that may wait or be in flight: ahead of need, within the memory there is for them. */
  #most(): number {
    return withinBytes(this.#ahead, this.#hand.bytesEach, this.#deps.mostBytes());
  }

  /** Rows to claim now; a probe takes just itself. */
  #room(): number {
    if (this.#limit() === 0) return 0;
    const probing = this.#gate.admission(this.#deps.now()) === "probe";
    const most = probing ? 1 : this.#most();
    return Math.max(0, most - this.#inFlight - this.#hand.waiting);
  }

  /**
   * Whether what came back is to be written now. While there is more to send, successes are gathered for a moment: one
   * statement for many is what makes a lane fast, and a kill in that moment costs repeats, nothing else.
   */
  #wantsRecord(): boolean {
    const [oldest] = this.#results;
    if (oldest === undefined) return false;
    if (this.#hand.waiting === 0 || this.#limit() === 0 || this.#hold.endpoint.settings.ordering !== "none")
      return true;
    if (this.#urgent || this.#results.length >= Math.min(gatherMost, (this.#most() * 3) / 4)) return true;
    return this.#recordWaitMs() === 0;
  }

  #recordWaitMs(): number {
    return Math.max(0, this.#gatheredSinceMs + gatherMs - this.#deps.now());
  }

  /** A mark is looked at when what was claimed before has gone out: a lane that hangs must not query at every event. */
  #wantsTurn(): boolean {
    if (this.#wantsRecord() || (this.#marked && this.#hand.waiting === 0 && this.#room() > 0)) return true;
    return this.#deps.now() >= this.#leaseEndsMs - (this.#deps.leaseMs * 3) / 4;
  }

  /** Records what came back and claims more. False: the lane is lost, or the database stayed away for a whole lease. */
  async #turn(): Promise<boolean> {
    const results = this.#results.splice(0);
    const { concurrency } = this.#hold.endpoint.settings;
    if (results.length > 0) this.#ahead = claimAhead(this.#ahead, results.length, concurrency, this.#deps.batch);
    const want = this.#room();
    // What is not looked for now is looked for later.
    this.#marked &&= want === 0;
    this.#urgent = false;
    const askedAtMs = this.#deps.now();
    try {
      const wish = { results, want, held: this.#hand.numbers() };
      const turn = await takeTurn(this.#deps, this.#hold, this.#gate, wish);
      if (turn === undefined) return false;
      this.#leaseEndsMs = askedAtMs + this.#deps.leaseMs;
      await this.#accept(turn, results, want);
      return true;
    } catch (thrown) {
      // The turn may have gone through unseen: a second record is dropped by the attempts' fence. With the database away nothing
      // more is sent, for it could not be recorded.
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

  async #accept(turn: Turn, recorded: readonly AttemptResult[], want: number): Promise<void> {
    for (const { delivery, outcome } of recorded) {
      this.#hand.forget(delivery.sequence);
      // One more: this clock tells whole milliseconds, the database's does not.
      if (outcome.kind === "retry") this.#retryAtMs = Math.min(this.#retryAtMs, this.#deps.now() + outcome.delayMs + 1);
    }
    // What was recorded may have held back a later event of the same job.
    const unblocks = recorded.length > 0 && this.#hold.endpoint.settings.ordering === "per-job";
    if (unblocks || (want > 0 && turn.claimed.length >= want)) this.#marked = true;
    if (turn.status !== "active") this.#stopping = true;
    if (turn.revision !== this.#revision || this.#deps.now() >= this.#readAtMs + freshMs) await this.#readAgain(turn);
    this.#hand.add(await withEvents(this.#deps.pool, this.#hold.endpoint, turn.claimed));
    this.#verdicts -= recorded.filter(({ outcome }) => outcome.kind === "dead").length;
  }

  async #readAgain({ revision }: Turn): Promise<void> {
    this.#readAtMs = this.#deps.now();
    this.#hold = { ...this.#hold, endpoint: await this.#deps.reread() };
    this.#revision = revision;
  }

  /**
   * Starts as many attempts as limits, pace and the process's slots allow.
   * @returns whether it waits for the pace
   */
  #pump(): boolean {
    // An endpoint that said 410 gets nothing more while that is being recorded.
    while (this.#hand.waiting > 0 && this.#verdicts === 0 && this.#inFlight < this.#limit()) {
      const { settings } = this.#hold.endpoint;
      if (this.#gate.paceDelayMs(settings, this.#deps.now()) > 0) return true;
      if (!this.#deps.slots.take(this.#onSlot)) return false;
      const delivery = this.#hand.next();
      if (delivery === undefined) return false;
      this.#gate.admit(settings, this.#deps.now());
      this.#inFlight += 1;
      void this.#attempt(delivery, this.#hold.endpoint);
    }
    return false;
  }

  async #attempt(delivery: ClaimedDelivery, endpoint: Endpoint): Promise<void> {
    const result = await attempt(delivery, endpoint, this.#attempts, this.#stop.signal).catch((thrown: unknown) =>
      this.#unprepared(delivery, thrown),
    );
    this.#inFlight -= 1;
    this.#idleSinceMs = this.#deps.now();
    this.#deps.slots.give();
    if (result === undefined) this.#hand.forget(delivery.sequence);
    else this.#note(result, endpoint);
    const paced = this.#pump();
    // The lane's loop need not look at every single success.
    if (paced || this.#results.length <= 1 || this.#inFlight === 0 || this.#wantsTurn()) this.#signal.resolve();
  }

  #note(result: AttemptResult, endpoint: Endpoint): void {
    this.#gate.settle(result, endpoint.settings, this.#deps.now());
    if (this.#results.push(result) === 1) this.#gatheredSinceMs = this.#deps.now();
    this.#urgent ||= result.outcome.kind !== "delivered";
    if (result.outcome.kind === "dead") this.#verdicts += 1;
    this.#deps.measure?.(endpoint, result);
    this.#deps.log.info("delivery.attempted", attemptFields(endpoint, result));
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
    return this.#hand.waiting === 0 && !this.#marked && this.#lingerLeftMs() === 0;
  }

  #lingerLeftMs(): number {
    return Math.max(0, this.#idleSinceMs + this.#deps.lingerMs - this.#deps.now());
  }

  /** What was to be tried again while the lane is here is its own business: the sweep passes over a lane that is held. */
  #noteRetries(): void {
    if (this.#deps.now() < this.#retryAtMs) return;
    this.#retryAtMs = Number.POSITIVE_INFINITY;
    this.#marked = true;
  }

  /** Waits for a result, a mark or a slot; at the latest until something wants recording, renewing or sending by its pace. */
  async #pause(): Promise<void> {
    if (this.#wantsTurn()) return;
    this.#signal = Promise.withResolvers<void>();
    const timer = setTimeout(this.#onSlot, this.#restMs());
    await this.#signal.promise;
    clearTimeout(timer);
  }

  #restMs(): number {
    const nowMs = this.#deps.now();
    const isIdle = this.#inFlight === 0 && this.#hand.waiting === 0;
    const waits = [
      this.#deps.leaseMs / 4,
      this.#hand.waiting === 0 ? 0 : this.#gate.paceDelayMs(this.#hold.endpoint.settings, nowMs),
      this.#results.length === 0 ? 0 : this.#recordWaitMs(),
      isIdle ? this.#lingerLeftMs() : 0,
      this.#retryAtMs - nowMs,
    ];
    return Math.min(...waits.filter((ms) => ms > 0));
  }
}
