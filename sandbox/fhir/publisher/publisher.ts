/** The sandbox EHR as one that tells by itself: by topic as the backport has it, or by a search as HAPI does it. */
import { refuse } from "../outcome.ts";
import { isObject, referenceTo } from "../resource.ts";
import type { JsonResource, StoredResource } from "../resource.ts";
import { matchesQuery } from "../search.ts";
import { parseSearchQuery } from "../search-query.ts";
import type { FhirState } from "../state.ts";
import type { PublishedEvent, PublishedState } from "./message.ts";
import { messageBundle, statusParameters } from "./message.ts";
import { publishedTopics, topicUrl } from "./topics.ts";

/** A message that left, or should have left. */
export interface SentMessage {
  /** Id of the Subscription. */
  readonly subscription: string;
  readonly kind: "handshake" | "heartbeat" | "event-notification" | "resource";
  readonly method: "POST" | "PUT";
  readonly url: string;
  /** Of the receiver's answer; undefined where none came, or nothing was sent. */
  readonly status: number | undefined;
}

/** The EHR's side of Subscriptions, with what may go wrong at it. */
export interface Publisher {
  readonly sent: readonly SentMessage[];
  /** So many of the next events are counted, and their messages lost on the way. */
  lose(count: number): void;
  /** So many of the next messages are sent twice. */
  duplicate(count: number): void;
  /** Sends nothing at all from now on, and goes on saying `active`. */
  silence(on: boolean): void;
  /** Puts every Subscription into error, as after too many failed deliveries. */
  fail(): void;
  /** Operations that this server does not offer after all. */
  withhold(...operations: readonly ("$status" | "$events")[]): void;
  /** `$status` and `$events` of one Subscription. */
  operation(id: string, name: string, params: URLSearchParams): JsonResource;
  /** Resolves when everything that was to be sent is. */
  settled(): Promise<void>;
  close(): void;
}

const backport = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition";

interface Sender {
  readonly events: PublishedEvent[];
  /** Messages leave one after another. */
  queue: Promise<void>;
  beat: NodeJS.Timeout | undefined;
}

interface Channel {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | undefined;
  readonly heartbeatSeconds: number | undefined;
}

/** Starts to publish what changes from now on. */
export function createPublisher(state: FhirState, manner: "backport" | "classic"): Publisher {
  const publisher = new SandboxPublisher(state, manner);
  publisher.start();
  return publisher;
}

class SandboxPublisher implements Publisher {
  readonly sent: SentMessage[] = [];
  readonly #state: FhirState;
  readonly #manner: "backport" | "classic";
  readonly #senders = new Map<string, Sender>();
  readonly #withheld = new Set<string>();
  #started = false;
  #silent = false;
  #toLose = 0;
  #toRepeat = 0;

  constructor(state: FhirState, manner: "backport" | "classic") {
    this.#state = state;
    this.#manner = manner;
  }

  start(): void {
    this.#state.store.observe({ put: (resource) => this.#changed(resource), remove: () => undefined });
    this.#started = true;
  }

  lose(count: number): void {
    this.#toLose += count;
  }

  duplicate(count: number): void {
    this.#toRepeat += count;
  }

  silence(on: boolean): void {
    this.#silent = on;
  }

  fail(): void {
    for (const subscription of this.#state.store.list("Subscription")) this.#setStatus(subscription.id, "error");
  }

  withhold(...operations: readonly ("$status" | "$events")[]): void {
    for (const operation of operations) this.#withheld.add(operation);
  }

  operation(id: string, name: string, params: URLSearchParams): JsonResource {
    const subscription = this.#state.store.read("Subscription", id);
    const offered = this.#manner === "backport" && !this.#withheld.has(name) && ["$status", "$events"].includes(name);
    if (subscription === undefined || !offered) throw refuse(404, "not-supported", `There is no operation ${name}`);
    const { baseUrl } = this.#state;
    if (name === "$status") {
      const resource = statusParameters(baseUrl, this.#stateOf(subscription), "query-status");
      return { resourceType: "Bundle", type: "searchset", total: 1, entry: [{ resource, search: { mode: "match" } }] };
    }
    const [from, to] = ["eventsSinceNumber", "eventsUntilNumber"].map((each) => params.get(each));
    const events = this.#senderOf(id).events.filter(
      ({ number }) => number >= Number(from ?? 1) && number <= Number(to ?? Infinity),
    );
    return messageBundle(baseUrl, this.#stateOf(subscription), "query-event", events, this.#time());
  }

  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([...this.#senders.values()].map(({ queue }) => queue));
  }

  close(): void {
    this.#silent = true;
    for (const { beat } of this.#senders.values()) clearInterval(beat);
  }

  #time(): string {
    return this.#state.now().toISOString();
  }

  #changed(resource: StoredResource): void {
    if (!this.#started) return;
    if (resource.resourceType === "Subscription") {
      // The write is answered first, as the servers that we know do it; its sender may hear of itself before that.
      if (resource["status"] === "requested") setImmediate(() => this.#activate(resource.id));
      return;
    }
    const previous = this.#state.store.versions(resource.resourceType, resource.id).at(-2)?.resource;
    for (const subscription of this.#state.store.list("Subscription")) {
      if (["off", "requested"].includes(String(subscription["status"]))) continue;
      if (this.#concerns(subscription, resource, previous)) this.#tell(subscription, resource);
    }
  }

  #concerns(subscription: StoredResource, current: StoredResource, previous: StoredResource | undefined): boolean {
    const criteria = String(subscription["criteria"]);
    if (this.#manner === "backport") {
      const topic = publishedTopics.find(({ name }) => topicUrl(this.#state.baseUrl, name) === criteria);
      return topic?.fires(current, previous) ?? false;
    }
    const [type = "", query = ""] = criteria.split("?", 2);
    if (type !== current.resourceType) return false;
    return matchesQuery(parseSearchQuery(type, new URLSearchParams(query), this.#state), current, this.#state.index);
  }

  #senderOf(id: string): Sender {
    const known = this.#senders.get(id) ?? { events: [], queue: Promise.resolve(), beat: undefined };
    this.#senders.set(id, known);
    return known;
  }

  #stateOf(subscription: StoredResource): PublishedState {
    return {
      url: `${this.#state.baseUrl}/Subscription/${subscription.id}`,
      topic: String(subscription["criteria"]),
      status: String(subscription["status"]),
      counted: this.#senderOf(subscription.id).events.length,
    };
  }

  #setStatus(id: string, status: string): StoredResource | undefined {
    const current = this.#state.store.read("Subscription", id);
    return current === undefined ? undefined : this.#state.store.put({ ...current, status }, "PUT");
  }

  /** By topic with a handshake; R4's own are taken for granted. */
  #activate(id: string): void {
    const requested = this.#state.store.read("Subscription", id);
    if (requested?.["status"] !== "requested") return;
    if (this.#manner === "classic") return void this.#setStatus(id, "active");
    const criteria = String(requested["criteria"]);
    if (!publishedTopics.some(({ name }) => topicUrl(this.#state.baseUrl, name) === criteria))
      return void this.#setStatus(id, "error");
    const sender = this.#senderOf(id);
    this.#enqueue(sender, async () => {
      const status = await this.#send(requested, "handshake", []);
      this.#setStatus(id, status !== undefined && status < 300 ? "active" : "error");
      clearInterval(sender.beat);
      const seconds = channelOf(requested).heartbeatSeconds;
      if (seconds === undefined) return;
      sender.beat = setInterval(() => this.#heartbeat(id), seconds * 1000);
      sender.beat.unref();
    });
  }

  #heartbeat(id: string): void {
    const current = this.#state.store.read("Subscription", id);
    if (current?.["status"] === "active")
      this.#enqueue(this.#senderOf(id), async () => void (await this.#send(current, "heartbeat", [])));
  }

  #enqueue(sender: Sender, work: () => Promise<void>): void {
    sender.queue = sender.queue.then(work);
  }

  #tell(subscription: StoredResource, resource: StoredResource): void {
    const sender = this.#senderOf(subscription.id);
    const event = { number: sender.events.length + 1, focus: referenceTo(resource), at: this.#time() };
    sender.events.push(event);
    if (subscription["status"] !== "active") return;
    if (this.#toLose > 0) return void (this.#toLose -= 1);
    const times = this.#toRepeat > 0 ? 2 : 1;
    if (times === 2) this.#toRepeat -= 1;
    for (let time = 0; time < times; time += 1) {
      this.#enqueue(sender, async () => {
        const backported = this.#manner === "backport";
        await (backported
          ? this.#send(subscription, "event-notification", [event])
          : this.#put(subscription, resource));
      });
    }
  }

  async #send(
    subscription: StoredResource,
    kind: "handshake" | "heartbeat" | "event-notification",
    events: readonly PublishedEvent[],
  ): Promise<number | undefined> {
    const { endpoint } = channelOf(subscription);
    const body = messageBundle(this.#state.baseUrl, this.#stateOf(subscription), kind, events, this.#time());
    return this.#call(subscription, kind, "POST", endpoint, JSON.stringify(body));
  }

  /** As HAPI does it: the resource behind the endpoint; without a payload an empty call at the endpoint. */
  async #put(subscription: StoredResource, resource: StoredResource): Promise<void> {
    const { endpoint, payload } = channelOf(subscription);
    if (payload === undefined) return void (await this.#call(subscription, "resource", "POST", endpoint, ""));
    const url = `${endpoint}/${referenceTo(resource)}`;
    await this.#call(subscription, "resource", "PUT", url, JSON.stringify(resource));
  }

  async #call(
    subscription: StoredResource,
    kind: SentMessage["kind"],
    method: SentMessage["method"],
    url: string,
    body: string,
  ): Promise<number | undefined> {
    if (this.#silent) return undefined;
    const { headers } = channelOf(subscription);
    const answer = await fetch(url, {
      method,
      headers: { "content-type": "application/fhir+json", ...headers },
      ...(body === "" ? {} : { body }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined);
    this.sent.push({ subscription: subscription.id, kind, method, url, status: answer?.status });
    return answer?.status;
  }
}

function extensionValue(holder: unknown, name: string): unknown {
  const extensions: unknown = isObject(holder) ? holder["extension"] : undefined;
  const found: unknown = Array.isArray(extensions)
    ? extensions.find((one: unknown) => isObject(one) && one["url"] === `${backport}/${name}`)
    : undefined;
  return isObject(found) ? Object.entries(found).find(([key]) => key.startsWith("value"))?.[1] : undefined;
}

function channelOf(subscription: StoredResource): Channel {
  const channel = isObject(subscription["channel"]) ? subscription["channel"] : {};
  const lines: readonly unknown[] = Array.isArray(channel["header"]) ? channel["header"] : [];
  const pairs = lines.map((line) => String(line).split(/:\s*/u, 2));
  const heartbeat = extensionValue(channel, "backport-heartbeat-period");
  return {
    endpoint: String(channel["endpoint"]),
    headers: Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, value])),
    payload: typeof channel["payload"] === "string" ? channel["payload"] : undefined,
    heartbeatSeconds: typeof heartbeat === "number" ? heartbeat : undefined,
  };
}
