/** A Subscription bound to a websocket: a reader of its events with a cursor of its own. */
import type { FhirResource } from "fhir/r4.js";
import type { EventType } from "../../core/event/event.ts";
import { focusOf } from "../../core/notification/focus.ts";
import { notificationIds } from "../../core/notification/ids.ts";
import type { NotificationType } from "../../core/notification/notification.ts";
import { notificationBundle } from "../../core/notification/notification.ts";
import type { Topic } from "../../core/notification/topic.ts";
import type { ChannelEvent, Channels, ChannelState } from "../endpoints.ts";
import type { Connection } from "./connection.ts";

export interface TellDependencies {
  readonly channels: Pick<Channels, "events">;
  readonly topics: readonly Topic[];
  /** Our FHIR base, without a trailing slash. */
  readonly fhirBase: string;
  /** The resource that an event is about, as it is now; undefined where there is none. */
  readonly resourceOf: (
    tenant: string,
    event: { readonly type: EventType; readonly job: string },
  ) => Promise<FhirResource | undefined>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Events read at once: so many may be in memory for one slow reader. */
const batch = 10;

export class Bound {
  readonly tenant: string;
  readonly client: string;
  readonly subscription: string;
  readonly #connection: Connection;
  readonly #deps: TellDependencies;
  /** Number of the last event that was told, or that had happened before. */
  #told: number;
  #heartbeatMs: number;
  #lastSentMs: number;
  #isTelling = false;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    {
      tenant,
      client,
      subscription,
    }: { readonly tenant: string; readonly client: string; readonly subscription: string },
    connection: Connection,
    state: ChannelState,
    deps: TellDependencies,
  ) {
    this.tenant = tenant;
    this.client = client;
    this.subscription = subscription;
    this.#connection = connection;
    this.#deps = deps;
    this.#told = state.events;
    this.#heartbeatMs = 0;
    this.#lastSentMs = deps.now();
  }

  /** Asked for in seconds; null: none. */
  setHeartbeat(seconds: number | null): void {
    this.#heartbeatMs = (seconds ?? 0) * 1000;
  }

  /** The first word on it: from here on it is told of what comes. What came before is at `$events`. */
  async handshake(state: ChannelState): Promise<void> {
    await this.#inTurn(async () => this.#send(state, "handshake", `handshake ${this.#deps.now()}`));
  }

  /**
   * Tells what has happened by `state`, one event after the other, or that nothing has for a while. While it is at it, whoever
   * asks again has nothing to wait for: the next look tells the rest.
   */
  async tell(state: ChannelState): Promise<void> {
    if (this.#isTelling) return;
    this.#isTelling = true;
    const telling = this.#inTurn(async () => {
      const isTold = await this.#tellEvents(state);
      const nowMs = this.#deps.now();
      const isBeatDue = this.#heartbeatMs > 0 && this.#lastSentMs + this.#heartbeatMs <= nowMs;
      if (!isTold && isBeatDue) await this.#send(state, "heartbeat", `heartbeat ${nowMs}`);
    });
    await telling.finally(() => void (this.#isTelling = false));
  }

  async #inTurn(work: () => Promise<unknown>): Promise<void> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    await turn;
  }

  /** @returns whether anything was sent */
  async #tellEvents(state: ChannelState): Promise<boolean> {
    const from = this.#told;
    while (this.#told < state.events && this.#connection.isOpen) {
      const range = { from: this.#told + 1, to: state.events, limit: batch };
      const events = await this.#deps.channels.events(this.tenant, this.subscription, range);
      for (const event of events) {
        if (!(await this.#tellEvent(state, event))) return true;
        this.#told = event.number;
      }
      // Rows that are kept no longer leave numbers without an event.
      if (events.length === 0) this.#told = state.events;
    }
    return this.#told > from;
  }

  async #tellEvent(state: ChannelState, { number, event }: ChannelEvent): Promise<boolean> {
    const { content } = state.channel;
    const resource = content === "full-resource" ? await this.#deps.resourceOf(this.tenant, event) : undefined;
    const about = { focus: focusOf(event, this.#deps.fhirBase), ...(resource === undefined ? {} : { resource }) };
    return this.#send(state, "event-notification", event.id, { number, time: event.time, ...about });
  }

  async #send(
    { channel, events }: ChannelState,
    type: Extract<NotificationType, "handshake" | "heartbeat" | "event-notification">,
    occasion: string,
    event?: Parameters<typeof notificationBundle>[0]["events"][number],
  ): Promise<boolean> {
    const { topics, now } = this.#deps;
    const topic = topics.find(({ name }) => name === channel.topic)?.url;
    const bundle = notificationBundle({
      type,
      subscription: {
        url: channel.subscription,
        status: "active",
        // Up to this event, where it is about one (row 102).
        eventsSinceStart: event?.number ?? events,
        ...(topic === undefined ? {} : { topic }),
      },
      content: channel.content,
      events: event === undefined ? [] : [event],
      ids: notificationIds(channel.subscription, occasion),
      timestamp: event?.time ?? new Date(now()).toISOString(),
    });
    this.#lastSentMs = now();
    return this.#connection.send(JSON.stringify(bundle));
  }
}
