/** Delivery as app.ts composes it: a reader of the log that owes events to endpoints, and lanes that work the debts off. */
import type { TroubleSettings } from "../core/delivery/troubled.ts";
import { defaultTrouble } from "../core/delivery/troubled.ts";
import type { Database } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { runSystem } from "../db/system.ts";
import type { Sealer } from "../db/sealer.ts";
import type { WakeUp } from "../events/event-log.ts";
import { startLoop } from "../events/loop.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Log } from "../telemetry/log.ts";
import type { AttemptResult } from "./attempt.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Destination } from "./destinations/destination.ts";
import type { Post } from "./exchange.ts";
import { fanOutStep } from "./fan-out.ts";
import type { EventRules } from "./owed.ts";
import type { LaneKey } from "./lane-key.ts";
import { decodeLaneKey, encodeLaneKey } from "./lane-key.ts";
import { dueEndpoints } from "./lane-store.ts";
import { Lanes } from "./lanes.ts";
import type { TellOfEndpoint } from "./operational.ts";
import { Slots } from "./slots.ts";

/** Kicks that survive a crash: the queue's, seen from here. */
export interface Kicks {
  kick(tx: Executor, tenant: string, endpoint: string): Promise<void>;
  /** Returns what stops it. */
  workKicks(handler: (kicks: readonly LaneKey[]) => void): () => Promise<void>;
}

export interface DeliveryDependencies extends EventRules {
  readonly database: Database;
  readonly sealer: Sealer;
  readonly wakeUp: WakeUp;
  readonly destinations: readonly Destination[];
  /** One POST as a tenant may send it, behind the egress wall; undefined for a tenant that is not configured. */
  readonly post: (tenant: string) => Post | undefined;
  readonly tell: TellOfEndpoint;
  /** When an endpoint of a tenant counts as failing often. Default: 5 failures within 10 minutes. */
  readonly troubleOf?: (tenant: string) => TroubleSettings;
  /** Counts each attempt as it ends. */
  readonly measure?: (endpoint: Endpoint, result: AttemptResult) => void;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 (inclusive) to 1 (exclusive). */
  readonly random: () => number;
  /** Lets other replicas take part in the work; without, this one serves what it dealt out, and what its sweep finds. */
  readonly kicks?: Kicks;
  /** How long an endpoint stays with a replica that fell silent. Default 5,000. */
  readonly leaseMs?: number;
  /** The durable sweep of due rows. Default 1,000. */
  readonly sweepMs?: number;
  /** Requests in flight in this process. Default 1,000. */
  readonly maxInFlight?: number;
  /** Rows claimed ahead by a lane. Default 200. */
  readonly batch?: number;
  /** How long a lane waits for the next event before it lets go. Default 1,000. */
  readonly lingerMs?: number;
  /** Bytes that may wait to be sent, in all lanes together. Default 16 MiB. */
  readonly mostBytes?: number;
}

export interface Delivery {
  start(): void;
  /** Ends gracefully: what is in flight may finish for `graceMs`. */
  stop(graceMs?: number): Promise<void>;
  /** Something may be due for this endpoint. */
  kick(key: LaneKey): void;
  /** Lets go of the endpoints of tenants that are no longer served; what is owed to them waits. */
  keepTenants(isServed: (tenant: string) => boolean): void;
}

const sweepBatch = 500;

function lanesOf(deps: DeliveryDependencies): Lanes {
  const { sealer, destinations, post, log, now, random, tell, wakeUp, measure } = deps;
  return new Lanes({
    pool: deps.database.worker,
    sealer,
    destinations,
    post,
    slots: new Slots(deps.maxInFlight ?? 1000),
    log,
    now,
    random,
    tell,
    troubleOf: deps.troubleOf ?? (() => defaultTrouble),
    onNotTaken: (key) => wakeUp.notify("delivery", encodeLaneKey(key)),
    ...(measure === undefined ? {} : { measure }),
    leaseMs: deps.leaseMs ?? 5000,
    lingerMs: deps.lingerMs ?? 1000,
    batch: deps.batch ?? 200,
    mostBytes: deps.mostBytes ?? 16 * 1024 * 1024,
  });
}

export function createDelivery(deps: DeliveryDependencies): Delivery {
  const { worker } = deps.database;
  const { log, kicks } = deps;
  const lanes = lanesOf(deps);
  const stops: (() => Promise<void> | void)[] = [];
  const failed = (what: string) => (thrown: unknown) => log.error(what, errorFields(thrown));

  // Our own word comes back to us as well, and says nothing new.
  let toldByUs = false;
  const tellNumbered = (): void => {
    toldByUs = true;
    deps.wakeUp.notify("sequenced");
  };
  const fanOut = async (): Promise<boolean> => {
    const step = await fanOutStep({
      pool: worker,
      topicEvents: deps.topicEvents,
      ...(deps.documentTypeOf === undefined ? {} : { documentTypeOf: deps.documentTypeOf }),
      hasLane: (key) => lanes.has(key),
      ...(kicks === undefined ? {} : { kick: (tx, tenant, endpoint) => kicks.kick(tx, tenant, endpoint) }),
    });
    if (step?.numbered === true) tellNumbered();
    const offered = new Map(step?.offers.map(({ key, offer }) => [encodeLaneKey(key), offer]));
    for (const key of step?.lanes ?? []) {
      const offer = offered.get(encodeLaneKey(key));
      if (offer === undefined) lanes.kick(key);
      else lanes.offer(key, offer);
    }
    return step?.more ?? false;
  };
  // The truth is in the rows: whatever hint was lost, and whichever replica died, the sweep finds what is due.
  const sweep = async (): Promise<boolean> => {
    for (const lane of await runSystem(worker, dueEndpoints, sweepBatch)) lanes.kick(lane);
    return false;
  };

  return {
    kick: (key) => lanes.kick(key),
    keepTenants: (isServed) => lanes.keepTenants(isServed),
    start() {
      const dealing = startLoop({ turn: fanOut, pollMs: 500, onError: failed("delivery.fan_out_failed") });
      const sweepMs = deps.sweepMs ?? 1000;
      const sweeping = startLoop({ turn: sweep, pollMs: sweepMs, onError: failed("delivery.sweep_failed") });
      const unsubscribe = [
        deps.wakeUp.subscribe("appended", () => dealing.wake()),
        deps.wakeUp.subscribe("sequenced", () => {
          if (!toldByUs) dealing.wake();
          toldByUs = false;
        }),
        deps.wakeUp.subscribe("delivery", (keys) => {
          for (const key of keys) {
            const lane = decodeLaneKey(key);
            if (lane !== undefined) lanes.mark(lane);
          }
        }),
      ];
      stops.push(
        ...unsubscribe,
        async () => dealing.stop(),
        async () => sweeping.stop(),
      );
      if (kicks !== undefined) stops.push(kicks.workKicks((keys) => keys.forEach((key) => lanes.kick(key))));
    },
    async stop(graceMs = 5000) {
      await Promise.all(stops.splice(0).map(async (stop) => stop()));
      await lanes.stop(graceMs);
    },
  };
}
