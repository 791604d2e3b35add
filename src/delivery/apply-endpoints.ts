/**
 * Brings endpoint rows in line with tenants' settings, inside the caller's transaction. Idempotent; what is not named is left
 * alone, and so is what was changed elsewhere since: only a change in the settings themselves is a change.
 */
import { isDeepStrictEqual } from "node:util";
import { AdapterError } from "../core/errors.ts";
import type { EndpointConfig, TenantConfig, WrittenEndpoint } from "../config/tenant-schema.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import type { EndpointSecrets, WebhookSettings } from "./endpoint.ts";
import { endpointSecrets, endpointSettings, sealContext } from "./endpoint.ts";
import { accessOf, problemOf, toSettings } from "./endpoint-settings.ts";
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
  /** Authorisation and TLS that it names, secrets and files read. Throws where they cannot be read here. */
  readonly accessOf: (endpoint: EndpointConfig) => Pick<WrittenEndpoint, "authorization" | "tls">;
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

/** An endpoint of the file with everything that it names read. */
interface ReadEndpoint {
  readonly written: WrittenEndpoint;
  readonly secret: string;
}

/** The checks a start fails on, so that a wrong endpoint is found before its first event. */
function read(tenant: string, config: EndpointConfig, deps: ApplyDependencies): ReadEndpoint {
  const secret = deps.secretOf(config);
  if (secret === undefined) throw invalid(tenant, config.id, "a secret is needed: name it by secretEnv or secretFile");
  const written = { ...config, ...accessOfFile(tenant, config, deps) };
  const problem = problemOf(written, secret, (url) => deps.refuseUrl(tenant, url));
  if (problem !== undefined) throw invalid(tenant, config.id, problem.message);
  return { written, secret };
}

function accessOfFile(tenant: string, config: EndpointConfig, deps: ApplyDependencies) {
  try {
    return deps.accessOf(config);
  } catch {
    throw invalid(tenant, config.id, "what its authorization or tls names cannot be read");
  }
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

/** Headers, authorisation and TLS as the file has them, unless the API changed them since and the file did not. */
function filedAccess(before: EndpointSecrets, written: WrittenEndpoint): EndpointSecrets {
  const { headers, authorization, tls } = written;
  const filed = { headers, authorization, tls };
  const last = before.filed ?? { headers: before.headers, authorization: null, tls: null };
  if (isDeepStrictEqual(JSON.parse(JSON.stringify(last)), JSON.parse(JSON.stringify(filed))))
    return { ...before, filed };
  const { authorization: _authorization, tls: _tls, ...kept } = before;
  return { ...kept, ...accessOf(written), filed };
}

/** Whether two sealed halves say the same; members that are there and undefined are not there. */
function sameSecrets(before: EndpointSecrets, after: EndpointSecrets): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(before)), JSON.parse(JSON.stringify(after)));
}

/** Member by member: what the file says anew counts; where it says what it said before, what was changed since stays. */
function inForce(row: AppliedRow, applied: Applied): unknown {
  const filed = JSON.parse(JSON.stringify(applied));
  const before: unknown = Object(appliedBefore(row));
  const kept = Object.entries(Object(row.settings)).filter(([name]) =>
    isDeepStrictEqual(Reflect.get(Object(before), name), filed[name]),
  );
  return { ...filed, ...Object.fromEntries(kept) };
}

async function change(
  tx: Executor,
  tenant: string,
  { written, secret }: ReadEndpoint,
  row: AppliedRow,
  deps: ApplyDependencies,
): Promise<EndpointOutcome["outcome"]> {
  const { id } = written;
  const applied: Applied = toSettings(written);
  const before = opened(row, tenant, deps.sealer);
  const after = filedAccess(rotate(before, secret, deps.now()), written);
  const pruned = row.status === "removed" && row.reason === PRUNED;
  const sameSettings = isDeepStrictEqual(appliedBefore(row), JSON.parse(JSON.stringify(applied)));
  if (sameSettings && sameSecrets(before, after) && !pruned) return "unchanged";
  const settings = inForce(row, applied);
  const sealed = sealJson(deps.sealer, after, sealContext(tenant, id));
  await run(tx, updateEndpoint, tenant, id, JSON.stringify(settings), JSON.stringify(applied), sealed);
  const moved = Reflect.get(Object(row.applied), "url") !== written.url;
  if (pruned || (row.status === "disabled" && moved)) {
    await run(tx, reviveEndpoint, tenant, id);
    await run(tx, releaseHeld, tenant, id);
    if (row.status === "disabled") await deps.tell(tx, tenant, id, [recovered(id)]);
  }
  return pruned ? "restored" : "changed";
}

async function applyOne(
  tx: Executor,
  tenant: string,
  config: EndpointConfig,
  deps: ApplyDependencies,
): Promise<EndpointOutcome["outcome"]> {
  const found = read(tenant, config, deps);
  const { written, secret } = found;
  // Known before the first event, so that a receiver can be given the public key.
  if (written.asymmetric) await ensureWebhookKey(tx, deps.sealer, tenant);
  const [row] = await run(tx, lockEndpoint, tenant, written.id);
  if (row !== undefined) return change(tx, tenant, found, row, deps);
  const settings = JSON.stringify(toSettings(written));
  const { headers, authorization, tls } = written;
  const filed = { headers, authorization, tls };
  const secrets: EndpointSecrets = {
    configured: secret,
    signing: [{ value: secret }],
    ...accessOf(written),
    filed,
  };
  const sealed = sealJson(deps.sealer, secrets, sealContext(tenant, written.id));
  // Two replicas that start at once both come here; the second finds the first's row, which says the same.
  await run(tx, insertEndpoint, tenant, written.id, "webhook", "config", "active", settings, settings, sealed);
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
