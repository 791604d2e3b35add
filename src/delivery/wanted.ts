/**
 * Which endpoints want which events, by type and filter. A hospital may have thousands of Subscriptions and a step hundreds of
 * events: what is looked at is their number, and not each pair of them.
 */
import { matchesFilter } from "../core/delivery/data-filter.ts";
import { wantsEvent } from "../core/delivery/event-filter.ts";
import type { EventData, EventType } from "../core/event/event.ts";
import type { SequencedEvent } from "../events/reader.ts";
import type { EndpointSettings } from "./endpoint.ts";

export interface Subscriber {
  readonly id: string;
  readonly settings: EndpointSettings;
}

/** An event that an endpoint is to get. */
export interface Owed {
  readonly endpoint: string;
  readonly event: SequencedEvent;
}

/** Which event types a topic is about; undefined for one that is not offered (any more). */
export type TopicEvents = (topic: string) => readonly string[] | undefined;

/** What an event says, with what is known of it besides. */
export type SaidBy = (event: SequencedEvent) => EventData & { readonly documentType?: string | undefined };

export const hasFilter = ({ settings }: Subscriber): boolean => Object.keys(settings.filter).length > 0;

function wantsType({ settings }: Subscriber, type: EventType, topicEvents: TopicEvents): boolean {
  const patterns = settings.kind === "webhook" ? settings.events : (topicEvents(settings.topic) ?? []);
  return wantsEvent(patterns, type);
}

/** Events of an endpoint's own log are told to others only. */
function isOwn({ id }: Subscriber, { job }: SequencedEvent): boolean {
  return job === `endpoint/${id}`;
}

/** The events that a subscriber wants by their types, whatever its filter. */
export function wantedByType(
  subscribers: readonly Subscriber[],
  events: readonly SequencedEvent[],
  topicEvents: TopicEvents,
): readonly Owed[] {
  const byType = [...Map.groupBy(events, ({ type }) => type)];
  return subscribers.flatMap((subscriber) =>
    byType
      .flatMap(([type, group]) => (wantsType(subscriber, type, topicEvents) ? group : []))
      .filter((event) => !isOwn(subscriber, event))
      .map((event) => ({ endpoint: subscriber.id, event })),
  );
}

/** The events whose type somebody among these wants: what they say has to be known. */
export function eventsInQuestion(
  subscribers: readonly Subscriber[],
  events: readonly SequencedEvent[],
  topicEvents: TopicEvents,
): readonly SequencedEvent[] {
  const types = new Set(events.map(({ type }) => type));
  const asked = new Set(
    [...types].filter((type) => subscribers.some((subscriber) => wantsType(subscriber, type, topicEvents))),
  );
  return events.filter(({ type }) => asked.has(type));
}

const isExact = (value: unknown): value is string => typeof value === "string" && !value.endsWith("*");

/** What subscribers with filters want. @param events those in question */
export function wantedByFilter(
  subscribers: readonly Subscriber[],
  events: readonly SequencedEvent[],
  said: SaidBy,
  topicEvents: TopicEvents,
): readonly Owed[] {
  const byPatient = Map.groupBy(events, (event) => said(event)["patient"]);
  return subscribers.flatMap((subscriber) => {
    const { filter } = subscriber.settings;
    // Most filters name a patient: only that one's events are looked at.
    const patients = filter["data.patient"];
    const near = patients?.every(isExact) === true ? patients.flatMap((one) => byPatient.get(one) ?? []) : events;
    return near
      .filter((event) => wantsType(subscriber, event.type, topicEvents) && !isOwn(subscriber, event))
      .filter((event) => matchesFilter(filter, said(event)))
      .map((event) => ({ endpoint: subscriber.id, event }));
  });
}
