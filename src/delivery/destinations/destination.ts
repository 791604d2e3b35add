/** What a kind of destination has to know: how one delivery becomes a request. All else is the lane's. */
import type { JobEvent } from "../../core/event/event.ts";
import type { Authorized } from "../authorization/authorize.ts";
import type { Exchange } from "../../core/delivery/outcome.ts";
import type { Endpoint, SubscriptionSettings } from "../endpoint.ts";
import type { PreparedRequest } from "../exchange.ts";

/** A delivery that a lane has claimed. */
export interface ClaimedDelivery {
  /** Gapless per endpoint. */
  readonly sequence: number;
  readonly event: JobEvent;
  /** The event's own data as JSON, the same text every time. */
  readonly dataJson: string;
  /** Attempts recorded so far. */
  readonly attempts: number;
  /** Of these, the ones before the present schedule: a replay begins a new one. */
  readonly scheduleFrom: number;
  /** Number of the earliest delivery of the same job that this one waited for no longer. */
  readonly overtook?: number;
  /** The sealed body of an earlier attempt, where the payload could change between attempts; empty where a plain one was sent. */
  readonly body?: Uint8Array;
}

/** What preparing comes to. */
export type Prepared =
  | {
      readonly kind: "ready";
      readonly request: PreparedRequest;
      /** Must be kept before the request is sent, so that later attempts send the same bytes. */
      readonly keep?: Uint8Array;
      /** Another payload would say more: once this was sent, later attempts say no more either. */
      readonly plain?: true;
      /** The same request with a new token, where the receiver takes the present one no longer (401). */
      readonly renew?: () => Promise<Authorized>;
    }
  /** Sent otherwise than by a POST; never throws. `stop`: our own shutdown, or a lane lost. */
  | { readonly kind: "own-transport"; readonly send: (stop: AbortSignal) => Promise<Exchange> }
  /** What authorises the request could not be had; tried again as a failure of the endpoint. */
  | { readonly kind: "unauthorized" }
  | { readonly kind: "withheld"; readonly code: string }
  | { readonly kind: "held"; readonly code: string };

/**
 * Whether the owner of a FHIR Subscription may still be told of its topic: asked at the last moment, because the sweep that
 * switches such Subscriptions off comes a moment later than the settings.
 */
export type MayBeTold = (tenant: string, settings: Pick<SubscriptionSettings, "owner" | "topic">) => boolean;

/** A kind of destination: a folder beside this file, run through the shared contract suite. */
export interface Destination {
  readonly kind: Endpoint["settings"]["kind"];
  /**
   * Renders one attempt. The same delivery gives the same body and id every time; only timestamp and signature change.
   * @throws only where trying again later can help (database away)
   */
  prepare(delivery: ClaimedDelivery, endpoint: Endpoint, nowMs: number): Promise<Prepared>;
}
