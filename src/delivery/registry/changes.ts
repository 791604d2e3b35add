/** Making, changing, pausing and removing endpoints; each in one transaction, under the row's lock, with its audit entry. */
import { AdapterError } from "../../core/errors.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import { sealJson } from "../../db/sealer.ts";
import { holdPending } from "../lane-store.ts";
import { recovered } from "../operational.ts";
import { releaseHeld } from "../apply-store.ts";
import type { EndpointSecrets } from "../endpoint.ts";
import { sealContext } from "../endpoint.ts";
import type { WrittenEndpoint } from "../../config/tenant-schema.ts";
import { accessOf, fromSettings, problemOf, toSettings } from "../endpoint-settings.ts";
import { ensureWebhookKey } from "../webhook-keys/keys.ts";
import type { RegistryCaller, RegistryDeps } from "./deps.ts";
import { noteChange } from "./deps.ts";
import { held } from "./held.ts";
import { newSecret } from "./secret.ts";
import type { EndpointRow } from "./store.ts";
import {
  bringForward,
  changeEndpoint,
  countWebhooks,
  createEndpoint,
  forgetStanding,
  moveEndpoint,
  readMade,
} from "./store.ts";
import type { EndpointView } from "./view.ts";
import { openSecrets, toView, webhookSettingsOf } from "./view.ts";

/** What of an endpoint may be changed; what is absent stays. */
export type EndpointChange = Partial<Omit<WrittenEndpoint, "id">>;

export interface Made {
  readonly endpoint: EndpointView;
  /** Shown this once, and to a repeat of the same request. */
  readonly secret: string;
  /** An earlier request with this Idempotency-Key made it. */
  readonly repeated: boolean;
}

function idTaken(): never {
  throw new AdapterError("state_conflict", { at: "id", message: "There is an endpoint with this id." });
}

function check(deps: RegistryDeps, tenant: string, written: WrittenEndpoint, secret: string): void {
  const problem = problemOf(written, secret, (url) => deps.refuseUrl(tenant, url));
  if (problem !== undefined) throw new AdapterError("parameter_invalid", problem);
}

export interface Making {
  /** The receiver's own; one is made where it has none. */
  readonly secret?: string | undefined;
  readonly verify: boolean;
  /** Idempotency-Key of the caller, with a digest of what the request says. */
  readonly key?: { readonly value: string; readonly digest: string } | undefined;
}

/** The answer to a request that is repeated: the endpoint as it is, and its secret, which the first answer may have lost. */
async function madeBefore(
  deps: RegistryDeps,
  tx: Executor,
  tenant: string,
  key: Making["key"],
): Promise<Made | undefined> {
  if (key === undefined) return undefined;
  const [row] = await run(tx, readMade, tenant, key.value);
  if (row === undefined) return undefined;
  const secrets = openSecrets(deps.sealer, tenant, row);
  if (secrets.made !== key.digest) throw new AdapterError("idempotency_key_reused");
  return { endpoint: view(deps, tenant, row), secret: secrets.signing[0]?.value ?? "", repeated: true };
}

/** @throws AdapterError state_conflict where the id is taken, idempotency_key_reused where the key stands for another request */
export async function create(
  deps: RegistryDeps,
  caller: RegistryCaller,
  written: WrittenEndpoint,
  { secret: given, verify, key }: Making,
): Promise<Made> {
  const { tenant } = caller;
  const secret = given ?? newSecret(written.signature, deps.randomBytes);
  check(deps, tenant, written, secret);
  const secrets: EndpointSecrets = {
    signing: [{ value: secret }],
    ...accessOf(written),
    ...(key === undefined ? {} : { made: key.digest }),
  };
  const sealed = sealJson(deps.sealer, secrets, sealContext(tenant, written.id));
  return deps.pool.transaction(tenant, async (tx) => {
    const before = await madeBefore(deps, tx, tenant, key);
    if (before !== undefined) return before;
    const [{ count } = { count: 0 }] = await run(tx, countWebhooks, tenant);
    if (count >= deps.most)
      throw new AdapterError("state_conflict", {
        message: `This tenant has ${deps.most} endpoints, the most there may be.`,
      });
    const settings = JSON.stringify(toSettings(written));
    const status = verify ? "unverified" : "active";
    const made = await run(tx, createEndpoint, tenant, written.id, status, settings, sealed, key?.value ?? null);
    if (made.length === 0) return (await madeBefore(deps, tx, tenant, key)) ?? idTaken();
    if (written.asymmetric) await ensureWebhookKey(tx, deps.sealer, tenant);
    await noteChange(deps, tx, caller, `create ${written.id}`);
    return { endpoint: view(deps, tenant, await held(tx, tenant, written.id)), secret, repeated: false };
  });
}

const view = ({ sealer, now }: RegistryDeps, tenant: string, row: EndpointRow | undefined): EndpointView => {
  if (row === undefined) throw new AdapterError("not_found");
  return toView(sealer, tenant, now(), row);
};

/**
 * Changes settings. What is queued goes by the new ones from the next attempt on; a new address brings a disabled endpoint
 * back, with what was held meanwhile.
 */
export async function change(
  deps: RegistryDeps,
  caller: RegistryCaller,
  id: string,
  revision: number,
  changes: EndpointChange,
): Promise<EndpointView> {
  const { tenant } = caller;
  const changed = await deps.pool.transaction(tenant, async (tx) => {
    const row = await held(tx, tenant, id, revision);
    const before = webhookSettingsOf(row);
    const secrets = openSecrets(deps.sealer, tenant, row);
    const { headers, authorization = null, tls = null } = secrets;
    const written = { ...fromSettings(id, before), headers, authorization, tls, ...changes };
    check(deps, tenant, written, secrets.signing[0]?.value ?? "");
    const { authorization: _authorization, tls: _tls, ...kept } = secrets;
    const sealed = sealJson(deps.sealer, { ...kept, ...accessOf(written) }, sealContext(tenant, id));
    const [changedRow] = await run(tx, changeEndpoint, tenant, id, JSON.stringify(toSettings(written)), sealed);
    const moved = written.url !== before.url;
    const after = moved ? await beginAnew(deps, tx, tenant, id) : changedRow;
    if (written.asymmetric) await ensureWebhookKey(tx, deps.sealer, tenant);
    await noteChange(deps, tx, caller, `change ${id}`);
    const revived = row.status === "disabled" && moved;
    return view(deps, tenant, revived ? await open(deps, tx, tenant, row) : after);
  });
  deps.wake();
  return changed;
}

/** At a new address nothing waits for what happened at the old one. */
async function beginAnew(
  deps: RegistryDeps,
  tx: Executor,
  tenant: string,
  id: string,
): Promise<EndpointRow | undefined> {
  const forwarded = await run(tx, bringForward, tenant, id);
  if (forwarded.length > 0) await deps.kick(tx, tenant, id);
  const [row] = await run(tx, forgetStanding, tenant, id);
  return row;
}

/** Takes events again, and what was held for the endpoint's own state with them, on schedules that begin anew. */
async function open(
  deps: RegistryDeps,
  tx: Executor,
  tenant: string,
  { id, status }: EndpointRow,
): Promise<EndpointRow | undefined> {
  const [row] = await run(tx, moveEndpoint, tenant, id, "active", null);
  const released = await run(tx, releaseHeld, tenant, id);
  for (const endpoint of new Set(released.map((one) => one.endpoint))) await deps.kick(tx, tenant, endpoint);
  if (status === "disabled") await deps.tell(tx, tenant, id, [recovered(id)]);
  return row;
}

/** Holds what is owed and what comes; an attempt that is under way ends as it ends. Again: no change. */
export function pause(deps: RegistryDeps, caller: RegistryCaller, id: string): Promise<EndpointView> {
  const { tenant } = caller;
  return deps.pool.transaction(tenant, async (tx) => {
    const row = await held(tx, tenant, id);
    if (row.status === "paused") return view(deps, tenant, row);
    if (row.status !== "active")
      throw new AdapterError("state_conflict", { message: `It is ${row.status}, and gets nothing as it is.` });
    const [after] = await run(tx, moveEndpoint, tenant, id, "paused", null);
    await run(tx, holdPending, tenant, id, "endpoint_paused", null);
    await noteChange(deps, tx, caller, `pause ${id}`);
    return view(deps, tenant, after);
  });
}

/** Ends a pause, a disablement or the wait for verification. */
export async function resume(
  deps: RegistryDeps,
  caller: RegistryCaller,
  id: string,
  deed = "resume",
): Promise<EndpointView> {
  const { tenant } = caller;
  const resumed = await deps.pool.transaction(tenant, async (tx) => {
    const row = await held(tx, tenant, id);
    if (row.status === "active") return view(deps, tenant, row);
    webhookSettingsOf(row);
    if (row.status === "unverified" && deed === "resume")
      throw new AdapterError("state_conflict", { message: "It has not answered its challenge yet: verify it." });
    const after = await open(deps, tx, tenant, row);
    await noteChange(deps, tx, caller, `${deed} ${id}`);
    return view(deps, tenant, after);
  });
  deps.wake();
  return resumed;
}

/** What it is still owed is kept and stays replayable should its id be taken again; nothing more is sent. */
export async function remove(deps: RegistryDeps, caller: RegistryCaller, id: string, revision?: number): Promise<void> {
  const { tenant } = caller;
  await deps.pool.transaction(tenant, async (tx) => {
    webhookSettingsOf(await held(tx, tenant, id, revision));
    await run(tx, moveEndpoint, tenant, id, "removed", "by_api");
    await run(tx, holdPending, tenant, id, "endpoint_removed", null);
    await noteChange(deps, tx, caller, `remove ${id}`);
  });
}
