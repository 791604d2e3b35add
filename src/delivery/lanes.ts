/** The lanes of this replica: starts one where a kick asks for it, at most one for each endpoint. */
import type { Pool } from "../db/database.ts";
import type { TroubleSettings } from "../core/delivery/troubled.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import type { Log } from "../telemetry/log.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import type { Destination } from "./destinations/destination.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Post } from "./exchange.ts";
import type { LaneDependencies } from "./lane.ts";
import { Lane } from "./lane.ts";
import type { LaneKey } from "./lane-key.ts";
import { encodeLaneKey } from "./lane-key.ts";
import type { TakenRow } from "./lane-store.ts";
import { readEndpoint, takeLane } from "./lane-store.ts";
import { toEndpoint } from "./read-endpoint.ts";
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
  readonly tell: TellOfEndpoint;
  /** When an endpoint of a tenant counts as failing often. */
  readonly troubleOf: (tenant: string) => TroubleSettings;
  readonly measure?: LaneDependencies["measure"] & {};
}

interface Serving {
  readonly tenant: string;
  lane?: Lane;
  again: boolean;
  done: Promise<void>;
}

export class Lanes {
  readonly #deps: LanesDependencies;
  readonly #serving = new Map<string, Serving>();
  #stopped = false;

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
    const started: Serving = { tenant: key.tenant, again: false, done: Promise.resolve() };
    this.#serving.set(name, started);
    started.done = this.#serve(key, started).finally(() => this.#serving.delete(name));
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
      await this.#work(key, serving).catch((thrown: unknown) => {
        this.#deps.log.error("delivery.lane_failed", { ...key, ...errorFields(thrown) });
      });
      delete serving.lane;
    } while (serving.again && !this.#stopped);
  }

  async #work({ tenant, endpoint: id }: LaneKey, serving: Serving): Promise<void> {
    const post = this.#deps.post(tenant);
    if (post === undefined) return;
    const [row] = await run(this.#deps.pool, takeLane, tenant, id, this.#deps.leaseMs);
    if (row === undefined) return;
    const endpoint = await this.#open(tenant, id, row);
    const destination = this.#deps.destinations.find((candidate) => candidate.kind === endpoint.settings.kind);
    if (destination === undefined) throw new Error("no destination of this kind");
    serving.lane = this.#lane(row, endpoint, destination, post);
    if (this.#stopped) serving.lane.drain();
    await serving.lane.run();
  }

  #lane(row: TakenRow, endpoint: Endpoint, destination: Destination, post: Post): Lane {
    const { post: _tenants, destinations: _all, troubleOf, ...shared } = this.#deps;
    const reread = async (): Promise<Endpoint> => this.#reread(endpoint);
    return new Lane(row, endpoint, { ...shared, trouble: troubleOf(endpoint.tenant), destination, post, reread });
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
