/** The reader of the log that owes events to endpoints. Its cursor moves in the transaction of its inserts. */
import { wantsEvent } from "../core/delivery/event-filter.ts";
import type { DataFilter } from "../core/delivery/data-filter.ts";
import { matchesFilter } from "../core/delivery/data-filter.ts";
import type { EventType } from "../core/event/event.ts";
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { SequencedEvent } from "../events/reader.ts";
import { moveReader, nextForReader } from "../events/reader.ts";
import { callbackId, isCallbackEvent, parentOf } from "./callbacks.ts";
import type { EndpointSettings, WebhookSettings } from "./endpoint.ts";
import { endpointSettings } from "./endpoint.ts";
import { ensureCallback, insertDeliveries, readCallbacks, readEventData, readSubscribers } from "./fan-out-store.ts";
import type { LaneKey } from "./lane-key.ts";

export interface FanOutDependencies {
  readonly pool: Pool;
  /** Which event types a topic is about; undefined for one that is not offered (any more). */
  readonly topicEvents: (topic: string) => readonly string[] | undefined;
  /** Asks for a lane's attention inside the transaction, so that a kick is neither early nor lost. */
  readonly kick?: (tx: Executor, tenant: string, endpoint: string) => Promise<void>;
}

interface Subscriber {
  readonly id: string;
  readonly settings: EndpointSettings;
}

interface RegisteredWebhook {
  readonly id: string;
  readonly settings: WebhookSettings;
}

interface Owed {
  readonly endpoint: string;
  readonly event: SequencedEvent;
}

/** What one step came to: the endpoints that got something, and whether more is waiting. */
export interface FanOutStep {
  readonly lanes: readonly LaneKey[];
  readonly more: boolean;
}

const batch = 500;
const reader = "delivery";

function wants(settings: EndpointSettings, type: EventType, topicEvents: FanOutDependencies["topicEvents"]): boolean {
  const patterns = settings.kind === "webhook" ? settings.events : (topicEvents(settings.topic) ?? []);
  return wantsEvent(patterns, type);
}

/** Callback endpoints take only the events of their own jobs: they are matched by URL, not by type. */
async function subscribersOf(tx: Executor, tenant: string): Promise<readonly Subscriber[]> {
  const rows = await run(tx, readSubscribers, tenant);
  return rows
    .filter((row) => row.origin !== "callback")
    .map((row) => ({ id: row.id, settings: endpointSettings.parse(row.settings) }));
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

async function owedToCallbacks(
  tx: Executor,
  tenant: string,
  events: readonly SequencedEvent[],
  subscribers: readonly Subscriber[],
): Promise<readonly Owed[]> {
  const told = events.filter((event) => isCallbackEvent(event.type));
  if (told.length === 0) return [];
  const registered = subscribers.flatMap(({ id, settings }) => (settings.kind === "webhook" ? [{ id, settings }] : []));
  const owed: Owed[] = [];
  for (const { id: job, callback_url: url } of await run(tx, readCallbacks, tenant, [
    ...new Set(told.map((event) => event.job)),
  ])) {
    const endpoint = await callbackEndpoint(tx, tenant, url, registered);
    if (endpoint === undefined) continue;
    owed.push(...told.filter((event) => event.job === job).map((event) => ({ endpoint, event })));
  }
  return owed;
}

const filterOf = ({ settings }: Subscriber): DataFilter => (settings.kind === "webhook" ? settings.filter : {});

const hasFilter = (subscriber: Subscriber): boolean => Object.keys(filterOf(subscriber)).length > 0;

const nameOf = ({ job, sequence }: Pick<SequencedEvent, "job" | "sequence">): string => `${job} ${sequence}`;

/** What is owed by type, without what an endpoint's filter leaves out. Most tenants have no filter, and read nothing more. */
async function withinFilters(
  tx: Executor,
  tenant: string,
  byType: readonly (Owed & { readonly subscriber: Subscriber })[],
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
  const said = new Map(rows.map(({ job, seq, data }) => [nameOf({ job, sequence: seq }), data]));
  return byType.filter(({ subscriber, event }) => matchesFilter(filterOf(subscriber), said.get(nameOf(event)) ?? {}));
}

/** Inserts what one tenant's endpoints are owed; returns the endpoints. */
async function fanOutTenant(
  tx: Executor,
  tenant: string,
  events: readonly SequencedEvent[],
  deps: FanOutDependencies,
): Promise<readonly LaneKey[]> {
  const subscribers = await subscribersOf(tx, tenant);
  const byType = subscribers.flatMap((subscriber) =>
    events
      .filter(
        (event) =>
          event.job !== `endpoint/${subscriber.id}` && wants(subscriber.settings, event.type, deps.topicEvents),
      )
      .map((event) => ({ endpoint: subscriber.id, event, subscriber })),
  );
  const owed: Owed[] = [...(await withinFilters(tx, tenant, byType))];
  owed.push(...(await owedToCallbacks(tx, tenant, events, subscribers)));
  if (owed.length === 0) return [];
  const inserted = await run(
    tx,
    insertDeliveries,
    tenant,
    owed.map(({ endpoint }) => endpoint),
    owed.map(({ event }) => event.job),
    owed.map(({ event }) => event.sequence),
    owed.map(({ event }) => String(event.position)),
  );
  const pending = inserted.filter((row) => row.state === "pending").map((row) => row.endpoint);
  return [...new Set(pending)].map((endpoint) => ({ tenant, endpoint }));
}

/**
 * Deals out the next events of the log. Undefined when another replica is at it.
 * @throws what the database throws; nothing has moved then
 */
export async function fanOutStep(deps: FanOutDependencies): Promise<FanOutStep | undefined> {
  return deps.pool.transaction(null, async (tx) => {
    const events = await nextForReader(tx, reader, batch);
    const last = events?.at(-1);
    if (events === undefined) return undefined;
    if (last === undefined) return { lanes: [], more: false };
    const lanes: LaneKey[] = [];
    for (const [tenant, own] of Map.groupBy(events, (event) => event.tenant)) {
      lanes.push(...(await fanOutTenant(tx, tenant, own, deps)));
    }
    for (const { tenant, endpoint } of lanes) await deps.kick?.(tx, tenant, endpoint);
    await moveReader(tx, reader, last.position);
    return { lanes, more: events.length === batch };
  });
}
