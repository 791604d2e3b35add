/** The lanes of this replica: starts one where a kick asks for it, at most one for each endpoint. */
import type { Pool } from "../db/database.ts";
import { firstClaim } from "../core/delivery/claim-ahead.ts";
import type { TroubleSettings } from "../core/delivery/troubled.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import type { Log } from "../telemetry/log.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Destination } from "./destinations/destination.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Post } from "./exchange.ts";
import type { Beginning, LaneDependencies, Offer } from "./lane.ts";
import { Lane } from "./lane.ts";
import type { LaneKey } from "./lane-key.ts";
import { encodeLaneKey } from "./lane-key.ts";
import type { TakenRow } from "./lane-store.ts";
import { readEndpoint, takeLane } from "./lane-store.ts";
import { withEvents } from "./lane-turn.ts";
import { toEndpoint } from "./read-endpoint.ts";
import { Turnstile } from "./turnstile.ts";
import type { TellOfEndpoint } from "./operational.ts";
import type { Slots } from "./slots.ts";

export interface LanesDependencies {
  readonly pool: Pool;
  readonly sealer: Sealer;
  readonly destinations: readonly Destination[];
  /** The network as a tenant may use it; undefined for a tenant that is no longer configured. */
  readonly post: (tenant: string) => Post | undefined;
  readonly slots: Slots;
  readonly log: Log;
  readonly now: () => number;
  readonly random: () => number;
  readonly leaseMs: number;
  readonly batch: number;
  readonly lingerMs: number;
  /** Bytes that may wait to be sent in all lanes together. */
  readonly mostBytes: number;
  /** Told of an endpoint that could not be taken: another replica may have it. */
  readonly onNotTaken: (key: LaneKey) => void;
  readonly tell: TellOfEndpoint;
  /** When an endpoint of a tenant counts as failing often. */
  readonly troubleOf: (tenant: string) => TroubleSettings;
  readonly measure?: LaneDependencies["measure"] & {};
}

interface Serving {
  readonly tenant: string;
  lane?: Lane;
  again: boolean;
  /** Another replica spoke of it while it was being taken. */
  hinted: boolean;
  done: Promise<void>;
}

/** Below the connections that there are: lanes at work need some too. */
const mostTaking = 8;

export class Lanes {
  readonly #deps: LanesDependencies;
  readonly #serving = new Map<string, Serving>();
  #stopped = false;

  /** One event may be for hundreds of endpoints that rested. */
  readonly #taking = new Turnstile(mostTaking);

  constructor(deps: LanesDependencies) {
    this.#deps = deps;
  }

  /** There may be something to send. Cheap, and harmless when there is not. */
  kick(key: LaneKey): void {
    if (this.#stopped) return;
    const name = encodeLaneKey(key);
    const serving = this.#serving.get(name);
    if (serving !== undefined) {
      serving.again ||= serving.lane?.mark() !== true;
      return;
    }
    const started: Serving = { tenant: key.tenant, again: false, hinted: false, done: Promise.resolve() };
    this.#serving.set(name, started);
    started.done = this.#serve(key, started).finally(() => this.#serving.delete(name));
  }

  /** Whether this replica has the endpoint. */
  has(key: LaneKey): boolean {
    return this.#serving.get(encodeLaneKey(key))?.lane !== undefined;
  }

  /** Hands an endpoint's lane what it was owed a moment ago; a lane that is not there is kicked. */
  offer(key: LaneKey, offer: Offer): void {
    if (this.#serving.get(encodeLaneKey(key))?.lane?.offer(offer) !== true) this.kick(key);
  }

  /** Another replica found something for an endpoint that it does not have: no reason to try for it here. */
  mark(key: LaneKey): void {
    const serving = this.#serving.get(encodeLaneKey(key));
    // No reason to try again where it cannot be taken: two replicas would tell each other without end.
    if (serving !== undefined) serving.hinted = serving.lane?.mark() === undefined;
  }

  /** Ends the lanes of other tenants: what is in flight may finish, nothing more is sent. */
  keepTenants(isServed: (tenant: string) => boolean): void {
    for (const { tenant, lane } of this.#serving.values()) if (!isServed(tenant)) lane?.drain();
  }

  /** Lets what is in flight finish for `graceMs`, then cuts it short; whatever is unrecorded is sent again elsewhere. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    const serving = [...this.#serving.values()];
    for (const { lane } of serving) lane?.drain();
    const timer = setTimeout(() => {
      for (const { lane } of serving) lane?.abort();
    }, graceMs);
    await Promise.all(serving.map(({ done }) => done));
    clearTimeout(timer);
  }

  async #serve(key: LaneKey, serving: Serving): Promise<void> {
    do {
      serving.again = false;
      serving.hinted = false;
      await this.#work(key, serving).catch((thrown: unknown) => {
        this.#deps.log.error("delivery.lane_failed", { ...key, ...errorFields(thrown) });
      });
      delete serving.lane;
    } while (serving.again && !this.#stopped);
  }

  async #work(key: LaneKey, serving: Serving): Promise<void> {
    const { tenant, endpoint: id } = key;
    const post = this.#deps.post(tenant);
    if (post === undefined) return;
    const taken = await this.#taking.pass(async () => this.#take(tenant, id));
    if (taken === undefined) return this.#deps.onNotTaken(key);
    const { askedAtMs, rows, row, endpoint, claimed } = taken;
    const more = rows.length >= firstClaim || endpoint.settings.ordering !== "none";
    // What came while the endpoint was being taken is for this lane to find: it lingers, and nobody else claims meanwhile.
    const late = serving.again || serving.hinted;
    serving.lane = this.#lane(row, endpoint, post, { askedAtMs, claimed, more: more || late });
    serving.again = false;
    if (this.#stopped) serving.lane.drain();
    await serving.lane.run();
  }

  async #take(tenant: string, id: string) {
    // Those in line at the end are for other replicas, or for the next process.
    if (this.#stopped) return undefined;
    const askedAtMs = this.#deps.now();
    const rows = await run(this.#deps.pool, takeLane, tenant, id, this.#deps.leaseMs, firstClaim);
    const [row] = rows;
    if (row === undefined) return undefined;
    const endpoint = await this.#open(tenant, id, row);
    return { askedAtMs, rows, row, endpoint, claimed: await withEvents(this.#deps.pool, endpoint, rows) };
  }

  #lane(row: TakenRow, endpoint: Endpoint, first: Post, beginning: Beginning): Lane {
    const { post, destinations, troubleOf, mostBytes, lingerMs, ...shared } = this.#deps;
    const { tenant, settings } = endpoint;
    const destination = destinations.find((candidate) => candidate.kind === settings.kind);
    if (destination === undefined) throw new Error("no destination of this kind");
    const deps: LaneDependencies = {
      ...shared,
      destination,
      trouble: troubleOf(tenant),
      // A lane may live long: each request goes by the network as the tenant may use it then.
      post: async (url, request) => (post(tenant) ?? first)(url, request),
      reread: async () => this.#reread(endpoint),
      mostBytes: () => mostBytes / this.#serving.size,
      // Secrets of a callback are its parent's, which may be rotated without a word to this endpoint.
      lingerMs: row.parent === null ? lingerMs : 0,
    };
    return new Lane(row, endpoint, deps, beginning);
  }

  async #open(tenant: string, id: string, row: Parameters<typeof toEndpoint>[4]): Promise<Endpoint> {
    return toEndpoint(this.#deps.pool, this.#deps.sealer, tenant, id, row);
  }

  async #reread({ tenant, id }: Endpoint): Promise<Endpoint> {
    const [row] = await run(this.#deps.pool, readEndpoint, tenant, id);
    if (row === undefined) throw new Error("the endpoint is gone");
    return this.#open(tenant, id, row);
  }
}
