/** Who is owed which events: by type and filter of the endpoints, and by the callback URLs of jobs. */
import { matchesFilter } from "../core/delivery/data-filter.ts";
import { wantsEvent } from "../core/delivery/event-filter.ts";
import type { EventType } from "../core/event/event.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SequencedEvent } from "../events/reader.ts";
import { callbackId, isCallbackEvent, parentOf } from "./callbacks.ts";
import type { EndpointSettings, WebhookSettings } from "./endpoint.ts";
import { endpointSettings } from "./endpoint.ts";
import { ensureCallback, readEventData, readTakers } from "./fan-out-store.ts";

/** What an event does not say itself. */
export interface EventRules {
  /** Which event types a topic is about; undefined for one that is not offered (any more). */
  readonly topicEvents: (topic: string) => readonly string[] | undefined;
  /** Of the documents that a tenant's jobs write, `system|code`. */
  readonly documentTypeOf?: (tenant: string) => string | undefined;
}

interface Subscriber {
  readonly id: string;
  readonly settings: EndpointSettings;
}

interface RegisteredWebhook {
  readonly id: string;
  readonly settings: WebhookSettings;
}

/** An event that an endpoint is to get. */
export interface Owed {
  readonly endpoint: string;
  readonly event: SequencedEvent;
}

/** Who may be owed something. Callback endpoints are not among the subscribers: they take only the events of their own jobs. */
interface Takers {
  readonly subscribers: readonly Subscriber[];
  readonly callbacks: readonly { readonly job: string; readonly url: string }[];
}

async function takersOf(tx: Executor, tenant: string, told: readonly SequencedEvent[]): Promise<Takers> {
  const rows = await run(tx, readTakers, tenant, [...new Set(told.map((event) => event.job))]);
  return {
    subscribers: rows.flatMap(({ id, settings, url }) =>
      url === null ? [{ id, settings: endpointSettings.parse(settings) }] : [],
    ),
    callbacks: rows.flatMap(({ id: job, url }) => (url === null ? [] : [{ job, url }])),
  };
}

function wants(settings: EndpointSettings, type: EventType, { topicEvents }: EventRules): boolean {
  const patterns = settings.kind === "webhook" ? settings.events : (topicEvents(settings.topic) ?? []);
  return wantsEvent(patterns, type);
}

/** Makes sure the callback's endpoint is there and returns its id. */
async function callbackEndpoint(
  tx: Executor,
  tenant: string,
  url: string,
  registered: readonly RegisteredWebhook[],
): Promise<string | undefined> {
  const parent = parentOf(url, registered);
  if (parent === undefined) return undefined;
  const id = callbackId(url);
  await run(tx, ensureCallback, tenant, id, parent.id, JSON.stringify({ ...parent.settings, url }));
  return id;
}

/**
 * What goes to callbacks. A job may name the very URL of a registered endpoint: what that one is owed anyway would arrive there
 * twice, with one id and two numbers, which are not the same bytes.
 */
async function owedToCallbacks(
  tx: Executor,
  tenant: string,
  told: readonly SequencedEvent[],
  { subscribers, callbacks }: Takers,
  anyway: readonly Owed[],
): Promise<readonly Owed[]> {
  const registered = subscribers.flatMap(({ id, settings }) => (settings.kind === "webhook" ? [{ id, settings }] : []));
  const owed: Owed[] = [];
  for (const { job, url } of callbacks) {
    const endpoint = await callbackEndpoint(tx, tenant, url, registered);
    if (endpoint === undefined) continue;
    const itself = new Set(registered.filter(({ settings }) => sameUrl(settings.url, url)).map(({ id }) => id));
    const going = new Set(anyway.filter(({ endpoint: to }) => itself.has(to)).map(({ event }) => event));
    const own = told.filter((event) => event.job === job && !going.has(event));
    owed.push(...own.map((event) => ({ endpoint, event })));
  }
  return owed;
}

const sameUrl = (one: string, other: string): boolean => URL.parse(one)?.href === URL.parse(other)?.href;

const hasFilter = ({ settings }: Subscriber): boolean => Object.keys(settings.filter).length > 0;

const nameOf = ({ job, sequence }: Pick<SequencedEvent, "job" | "sequence">): string => `${job} ${sequence}`;

/** What is owed by type, without what an endpoint's filter leaves out. Most tenants have no filter, and read nothing more. */
async function withinFilters(
  tx: Executor,
  tenant: string,
  byType: readonly (Owed & { readonly subscriber: Subscriber })[],
  { documentTypeOf }: EventRules,
): Promise<readonly Owed[]> {
  const looked = new Map(
    byType.filter(({ subscriber }) => hasFilter(subscriber)).map(({ event }) => [nameOf(event), event]),
  );
  if (looked.size === 0) return byType;
  const events = [...looked.values()];
  const rows = await run(
    tx,
    readEventData,
    tenant,
    events.map(({ job }) => job),
    events.map(({ sequence }) => sequence),
  );
  const documentType = documentTypeOf?.(tenant);
  const said = new Map(rows.map(({ job, seq, data }) => [nameOf({ job, sequence: seq }), { ...data, documentType }]));
  return byType.filter(({ subscriber, event }) =>
    matchesFilter(subscriber.settings.filter, said.get(nameOf(event)) ?? {}),
  );
}

/** What the endpoints of a tenant are owed of some events. Makes the endpoints of callbacks that have none yet. */
export async function owedOf(
  tx: Executor,
  tenant: string,
  events: readonly SequencedEvent[],
  rules: EventRules,
): Promise<readonly Owed[]> {
  const told = events.filter((event) => isCallbackEvent(event.type));
  const takers = await takersOf(tx, tenant, told);
  const byType = takers.subscribers.flatMap((subscriber) =>
    events
      .filter((event) => event.job !== `endpoint/${subscriber.id}` && wants(subscriber.settings, event.type, rules))
      .map((event) => ({ endpoint: subscriber.id, event, subscriber })),
  );
  const filtered = await withinFilters(tx, tenant, byType, rules);
  return [...filtered, ...(await owedToCallbacks(tx, tenant, told, takers, filtered))];
}
