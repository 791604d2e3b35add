/** Topics: what may be subscribed to. The R5 SubscriptionTopic is the definition; behaviour derives from it. */
import { z } from "zod";
import type { EventType, PublicEventType } from "../event/event.ts";
import { publicEventTypes } from "../event/event.ts";

const structure = "http://hl7.org/fhir/StructureDefinition/";
export const focusTypes = ["DocumentReference", "Task"] as const;
export type FocusType = (typeof focusTypes)[number];

const focusUrl = z
  .enum(focusTypes.map((type) => `${structure}${type}` as const))
  .transform((url) => (url === `${structure}Task` ? "Task" : "DocumentReference"));

const eventTrigger = z.strictObject({
  description: z.string().optional(),
  event: z.strictObject({
    coding: z.tuple([z.strictObject({ system: z.url(), code: z.enum(publicEventTypes) })]),
  }),
  resource: focusUrl,
});

/** What a topic can be filtered by, at the most: what each looks at stands in filter.ts. */
export const filterParameters = ["patient", "encounter", "type"] as const;

const canFilterBy = z.strictObject({
  description: z.string(),
  resource: focusUrl,
  filterParameter: z.enum(filterParameters),
  filterDefinition: z.url(),
  comparator: z.tuple([z.literal("eq")]),
});

/** The part of R5 SubscriptionTopic that is used here; an element that nothing reads is refused, not carried along. */
export const subscriptionTopic = z.strictObject({
  resourceType: z.literal("SubscriptionTopic"),
  id: z.string().regex(/^[a-z0-9-]{1,64}$/u),
  url: z.url(),
  version: z.string(),
  name: z.string(),
  title: z.string(),
  status: z.literal("active"),
  date: z.iso.date(),
  description: z.string(),
  eventTrigger: z.array(eventTrigger).nonempty(),
  canFilterBy: z.array(canFilterBy).nonempty(),
  notificationShape: z.tuple([z.strictObject({ resource: focusUrl })]),
});

export interface TopicFilter {
  readonly resource: FocusType;
  readonly parameter: (typeof filterParameters)[number];
}

export interface Topic {
  /** As in /topics/{name}. */
  readonly name: string;
  /** Canonical URL. */
  readonly url: string;
  readonly version: string;
  /** For people. */
  readonly title: string;
  readonly eventTypes: readonly PublicEventType[];
  readonly filters: readonly TopicFilter[];
  /** What its events are about. */
  readonly focus: FocusType;
}

export function toTopic(definition: z.infer<typeof subscriptionTopic>): Topic {
  const { id, url, version, title, eventTrigger } = definition;
  const [{ resource: focus }] = definition.notificationShape;
  return {
    name: id,
    url,
    version,
    title,
    eventTypes: eventTrigger.map((trigger) => trigger.event.coding[0].code),
    focus,
    filters: definition.canFilterBy.map(({ resource, filterParameter: parameter }) => ({ resource, parameter })),
  };
}

/** Which resource an event is about: a job is a Task, and what becomes of its summary happens to the document. */
export function focusTypeOf(type: EventType): FocusType {
  return type.startsWith("task.") ? "Task" : "DocumentReference";
}

/** The topic that a `criteria` names, with or without its version. */
export function findTopic(topics: readonly Topic[], criteria: string): Topic | undefined {
  return topics.find(({ url, version }) => criteria === url || criteria === `${url}|${version}`);
}
