/**
 * Brings endpoint rows in line with tenants' settings, inside the caller's transaction. Idempotent; what is not named is left
 * alone, and so is what was changed elsewhere since: only a change in the settings themselves is a change.
 */
import { isDeepStrictEqual } from "node:util";
import { AdapterError } from "../core/errors.ts";
import type { EndpointConfig, TenantConfig } from "../config/tenant-schema.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import type { EndpointSecrets, WebhookSettings } from "./endpoint.ts";
import { endpointSecrets, endpointSettings, sealContext } from "./endpoint.ts";
import { problemOf, toSettings } from "./endpoint-settings.ts";
import { ensureWebhookKey } from "./webhook-keys/keys.ts";
import type { TellOfEndpoint } from "./operational.ts";
import { recovered } from "./operational.ts";
import type { AppliedRow } from "./apply-store.ts";
import {
  insertEndpoint,
  lockEndpoint,
  releaseHeld,
  removeUnnamed,
  reviveEndpoint,
  updateEndpoint,
} from "./apply-store.ts";

export interface ApplyDependencies {
  readonly sealer: Sealer;
  readonly tell: TellOfEndpoint;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The secret that a configuration object names; undefined where it names none. */
  readonly secretOf: (endpoint: EndpointConfig) => string | undefined;
  /** Whether the tenant may send there at all; a fixed word says why not. */
  readonly refuseUrl: (tenant: string, url: string) => string | undefined;
}

export interface EndpointOutcome {
  readonly tenant: string;
  readonly endpoint: string;
  readonly outcome: "created" | "changed" | "unchanged" | "removed" | "restored";
}

/** Why a row is 'removed': naming the endpoint again then brings it back, which it must not where the API removed it. */
const PRUNED = "pruned";

/** After a rotation in the file the old secret goes on signing beside the new one: 24 h, as the field does. */
const overlapMs = 24 * 60 * 60 * 1000;

function invalid(tenant: string, id: string, what: string): AdapterError {
  return new AdapterError("configuration_invalid", { message: `tenant ${tenant}, endpoint ${id}: ${what}` });
}

/** The checks a start fails on, so that a wrong endpoint is found before its first event. */
function check(tenant: string, config: EndpointConfig, deps: ApplyDependencies): string {
  const secret = deps.secretOf(config);
  if (secret === undefined) throw invalid(tenant, config.id, "a secret is needed: name it by secretEnv or secretFile");
  const problem = problemOf(config, secret, deps.refuseUrl(tenant, config.url));
  if (problem !== undefined) throw invalid(tenant, config.id, problem.message);
  return secret;
}

/** The configured secret becomes the current one when the file changed; the one before it stays valid for the overlap. */
function rotate(before: EndpointSecrets, configured: string, nowMs: number): EndpointSecrets {
  if (before.configured === configured) return before;
  const kept = before.signing
    .filter((secret) => secret.value !== configured && (secret.validUntilMs ?? Number.POSITIVE_INFINITY) > nowMs)
    .map((secret) => ({
      value: secret.value,
      validUntilMs: Math.min(secret.validUntilMs ?? Number.POSITIVE_INFINITY, nowMs + overlapMs),
    }));
  return { ...before, configured, signing: [{ value: configured }, ...kept] };
}

function opened(row: AppliedRow, tenant: string, sealer: Sealer): EndpointSecrets {
  if (row.sealed === null) return { signing: [], headers: {} };
  return endpointSecrets.parse(openJson(sealer, row.sealed, sealContext(tenant, row.id)));
}

/** What is compared between one apply and the next; headers may hold credentials and are compared inside the seal. */
type Applied = WebhookSettings;

/** Read with the defaults of settings that are newer than the row: a new version of ours is no change of the file. */
function appliedBefore({ applied }: AppliedRow): unknown {
  const parsed = endpointSettings.safeParse(applied);
  return parsed.success ? JSON.parse(JSON.stringify(parsed.data)) : applied;
}

async function change(
  tx: Executor,
  tenant: string,
  config: EndpointConfig,
  row: AppliedRow,
  secret: string,
  deps: ApplyDependencies,
): Promise<EndpointOutcome["outcome"]> {
  const applied: Applied = toSettings(config);
  const before = opened(row, tenant, deps.sealer);
  const after = { ...rotate(before, secret, deps.now()), headers: config.headers };
  const pruned = row.status === "removed" && row.reason === PRUNED;
  const sameSettings = isDeepStrictEqual(appliedBefore(row), JSON.parse(JSON.stringify(applied)));
  if (sameSettings && isDeepStrictEqual(before, after) && !pruned) return "unchanged";
  const settings = sameSettings ? row.settings : applied;
  const sealed = sealJson(deps.sealer, after, sealContext(tenant, config.id));
  await run(tx, updateEndpoint, tenant, config.id, JSON.stringify(settings), JSON.stringify(applied), sealed);
  const moved = Reflect.get(Object(row.applied), "url") !== config.url;
  if (pruned || (row.status === "disabled" && moved)) {
    await run(tx, reviveEndpoint, tenant, config.id);
    await run(tx, releaseHeld, tenant, config.id);
    if (row.status === "disabled") await deps.tell(tx, tenant, config.id, [recovered(config.id)]);
  }
  return pruned ? "restored" : "changed";
}

async function applyOne(
  tx: Executor,
  tenant: string,
  config: EndpointConfig,
  deps: ApplyDependencies,
): Promise<EndpointOutcome["outcome"]> {
  const secret = check(tenant, config, deps);
  // Known before the first event, so that a receiver can be given the public key.
  if (config.asymmetric) await ensureWebhookKey(tx, deps.sealer, tenant);
  const [row] = await run(tx, lockEndpoint, tenant, config.id);
  if (row !== undefined) return change(tx, tenant, config, row, secret, deps);
  const settings = JSON.stringify(toSettings(config));
  const secrets: EndpointSecrets = { configured: secret, signing: [{ value: secret }], headers: config.headers };
  const sealed = sealJson(deps.sealer, secrets, sealContext(tenant, config.id));
  // Two replicas that start at once both come here; the second finds the first's row, which says the same.
  await run(tx, insertEndpoint, tenant, config.id, "webhook", "config", "active", settings, settings, sealed);
  return "created";
}

/**
 * Applies the endpoints of these tenants.
 * @throws AdapterError `configuration_invalid` naming tenant and endpoint, never a secret
 */
export async function applyEndpoints(
  tx: Executor,
  tenants: readonly TenantConfig[],
  deps: ApplyDependencies,
): Promise<readonly EndpointOutcome[]> {
  const outcomes: EndpointOutcome[] = [];
  for (const { id: tenant, endpoints } of tenants) {
    for (const endpoint of endpoints)
      outcomes.push({ tenant, endpoint: endpoint.id, outcome: await applyOne(tx, tenant, endpoint, deps) });
  }
  return outcomes;
}

/** Removes the endpoints that came from settings which no longer name them. What they are still owed is kept, and waits. */
export async function pruneEndpoints(tx: Executor, tenant: TenantConfig): Promise<readonly EndpointOutcome[]> {
  const kept = tenant.endpoints.map(({ id }) => id);
  const removed = await run(tx, removeUnnamed, tenant.id, kept, PRUNED);
  return removed.map(({ id }) => ({ tenant: tenant.id, endpoint: id, outcome: "removed" }));
}
