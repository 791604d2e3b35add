/** The endpoint registry, put together: what the API and the command line do with a tenant's endpoints. */
import { run } from "../../db/query.ts";
import type { WrittenEndpoint } from "../../config/tenant-schema.ts";
import type { EndpointChange, Made, Making } from "./changes.ts";
import { change, create, pause, remove, resume } from "./changes.ts";
import type { RegistryCaller, RegistryDeps } from "./deps.ts";
import type {
  AttemptSearch,
  AttemptView,
  Backlog,
  DeliveryLife,
  DeliveryView,
  KeptSearch,
  OwedSearch,
  Page,
} from "./reading.ts";
import { attempts, delivery, kept, list, owed, read } from "./reading.ts";
import type { EndpointFigures, FigureWindow } from "./figures.ts";
import { figures } from "./figures.ts";
import type { Recovery, ReplayChoice } from "./replay.ts";
import { recover, replay, replayDelivery } from "./replay.ts";
import type { Rotated, Rotation } from "./secret.ts";
import { rotate } from "./secret.ts";
import { registeredUrls } from "./store.ts";
import type { Trial } from "./try-endpoint.ts";
import { test, verify } from "./try-endpoint.ts";
import type { PublicWebhookKey } from "../webhook-keys/keys.ts";
import type { EndpointView } from "./view.ts";
import { rotateKeys, webhookKeys } from "./webhook-keys.ts";

/** Every function answers for one tenant; what belongs to another is 404. */
export interface EndpointRegistry {
  create(caller: RegistryCaller, written: WrittenEndpoint, how: Making): Promise<Made>;
  /** @param revision the one that the change was made of; another is 412 */
  change(caller: RegistryCaller, id: string, revision: number, changes: EndpointChange): Promise<EndpointView>;
  pause(caller: RegistryCaller, id: string): Promise<EndpointView>;
  resume(caller: RegistryCaller, id: string): Promise<EndpointView>;
  remove(caller: RegistryCaller, id: string): Promise<void>;
  rotate(caller: RegistryCaller, id: string, rotation: Rotation): Promise<Rotated>;
  /** @param type of a sample; absent: `endpoint.test` */
  test(caller: RegistryCaller, id: string, type?: string): Promise<Trial>;
  verify(caller: RegistryCaller, id: string): Promise<Trial>;
  /** Public halves, current first. */
  webhookKeys(tenant: string): Promise<readonly PublicWebhookKey[]>;
  rotateKeys(caller: RegistryCaller, overlapMs: number): Promise<readonly PublicWebhookKey[]>;
  list(tenant: string, after: string | undefined, limit: number): Promise<Page<EndpointView>>;
  read(tenant: string, id: string): Promise<EndpointView & { readonly backlog: Backlog }>;
  figures(tenant: string, id: string, window: FigureWindow): Promise<EndpointFigures>;
  attempts(
    tenant: string,
    id: string,
    search: AttemptSearch,
    after: string | undefined,
    limit: number,
  ): Promise<Page<AttemptView>>;
  kept(tenant: string, search: KeptSearch, after: string | undefined, limit: number): Promise<Page<DeliveryView>>;
  owed(tenant: string, search: OwedSearch, after: string | undefined, limit: number): Promise<Page<DeliveryView>>;
  delivery(caller: RegistryCaller, name: string): Promise<DeliveryLife>;
  replay(caller: RegistryCaller, choice: ReplayChoice): Promise<number>;
  replayDelivery(caller: RegistryCaller, name: string): Promise<number>;
  recover(caller: RegistryCaller, id: string, recovery: Recovery): Promise<number>;
  /** URLs under which a job's callback may lie. */
  urls(tenant: string): Promise<readonly string[]>;
}

export function createEndpointRegistry(deps: RegistryDeps): EndpointRegistry {
  return {
    create: (...given) => create(deps, ...given),
    change: (...given) => change(deps, ...given),
    pause: (...given) => pause(deps, ...given),
    resume: (caller, id) => resume(deps, caller, id),
    remove: (caller, id) => remove(deps, caller, id),
    rotate: (...given) => rotate(deps, ...given),
    test: (...given) => test(deps, ...given),
    verify: (...given) => verify(deps, ...given),
    webhookKeys: (tenant) => webhookKeys(deps, tenant),
    rotateKeys: (...given) => rotateKeys(deps, ...given),
    list: (...given) => list(deps, ...given),
    read: (...given) => read(deps, ...given),
    figures: (...given) => figures(deps, ...given),
    attempts: (...given) => attempts(deps, ...given),
    kept: (...given) => kept(deps, ...given),
    owed: (...given) => owed(deps, ...given),
    delivery: (...given) => delivery(deps, ...given),
    replay: (...given) => replay(deps, ...given),
    replayDelivery: (...given) => replayDelivery(deps, ...given),
    recover: (...given) => recover(deps, ...given),
    urls: async (tenant) => (await run(deps.pool, registeredUrls, tenant)).map(({ url }) => url),
  };
}
