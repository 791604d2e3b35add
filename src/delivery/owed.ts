/** Who is owed which events: by type and filter of the endpoints, and by the callback URLs of jobs. */
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SequencedEvent } from "../events/reader.ts";
import { callbackId, isCallbackEvent, parentOf } from "./callbacks.ts";
import type { WebhookSettings } from "./endpoint.ts";
import { endpointSettings } from "./endpoint.ts";
import { ensureCallback, readEventData, readTakers } from "./fan-out-store.ts";
import type { Owed, SaidBy, Subscriber, TopicEvents } from "./wanted.ts";
import { eventsInQuestion, hasFilter, wantedByFilter, wantedByType } from "./wanted.ts";

/** What an event does not say itself. */
export interface EventRules {
  readonly topicEvents: TopicEvents;
  /** Of the documents that a tenant's jobs write, `system|code`. */
  readonly documentTypeOf?: (tenant: string) => string | undefined;
}

interface RegisteredWebhook {
  readonly id: string;
  readonly settings: WebhookSettings;
}

/** Who may be owed something. Callback endpoints are not among the subscribers: they take only the events of their own jobs. */
interface Takers {
  readonly subscribers: readonly Subscriber[];
  readonly callbacks: readonly { readonly job: string; readonly url: string }[];
}

const jobsOf = (events: readonly SequencedEvent[]): readonly string[] => [...new Set(events.map(({ job }) => job))];

async function takersOf(
  tx: Executor,
  tenant: string,
  told: readonly SequencedEvent[],
  events: readonly SequencedEvent[],
): Promise<Takers> {
  const rows = await run(tx, readTakers, tenant, jobsOf(told), jobsOf(events));
  return {
    subscribers: rows.flatMap(({ id, settings, url }) =>
      url === null ? [{ id, settings: endpointSettings.parse(settings) }] : [],
    ),
    callbacks: rows.flatMap(({ id: job, url }) => (url === null ? [] : [{ job, url }])),
  };
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

const nameOf = ({ job, sequence }: Pick<SequencedEvent, "job" | "sequence">): string => `${job} ${sequence}`;

/** What events say. */
async function readSaid(
  tx: Executor,
  tenant: string,
  events: readonly SequencedEvent[],
  { documentTypeOf }: EventRules,
): Promise<SaidBy> {
  const jobs = events.map(({ job }) => job);
  const sequences = events.map(({ sequence }) => sequence);
  const rows = await run(tx, readEventData, tenant, jobs, sequences);
  const documentType = documentTypeOf?.(tenant);
  const said = new Map(rows.map(({ job, seq, data }) => [nameOf({ job, sequence: seq }), { ...data, documentType }]));
  return (event) => said.get(nameOf(event)) ?? {};
}

/** What is owed by type and filter. Most tenants have no filter, and read nothing more. */
async function owedToSubscribers(
  tx: Executor,
  tenant: string,
  subscribers: readonly Subscriber[],
  events: readonly SequencedEvent[],
  rules: EventRules,
): Promise<readonly Owed[]> {
  const { topicEvents } = rules;
  const filtered = subscribers.filter((one) => hasFilter(one));
  const plain = subscribers.filter((one) => !hasFilter(one));
  const owed = wantedByType(plain, events, topicEvents);
  const looked = eventsInQuestion(filtered, events, topicEvents);
  if (looked.length === 0) return owed;
  const said = await readSaid(tx, tenant, looked, rules);
  return [...owed, ...wantedByFilter(filtered, looked, said, topicEvents)];
}

/** What the endpoints of a tenant are owed of some events. Makes the endpoints of callbacks that have none yet. */
export async function owedOf(
  tx: Executor,
  tenant: string,
  events: readonly SequencedEvent[],
  rules: EventRules,
): Promise<readonly Owed[]> {
  const told = events.filter((event) => isCallbackEvent(event.type));
  const takers = await takersOf(tx, tenant, told, events);
  const owed = await owedToSubscribers(tx, tenant, takers.subscribers, events, rules);
  return [...owed, ...(await owedToCallbacks(tx, tenant, told, takers, owed))];
}
