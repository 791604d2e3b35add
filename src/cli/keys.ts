/** `handover keys list|rotate`: our own key pairs, in the database that all replicas share. */
import type { ApplyDeps } from "../app/apply-tenants.ts";
import type { LoadInput } from "../config/load.ts";
import { loadConfig } from "../config/load.ts";
import { ADAPTER_TENANT } from "../core/access/adapter-tenant.ts";
import type { Executor } from "../db/query.ts";
import { configurationError } from "../config/problem.ts";
import type { PublicWebhookKey } from "../delivery/webhook-keys/keys.ts";
import { publicWebhookKeys, rotateWebhookKeys } from "../delivery/webhook-keys/keys.ts";
import type { SigningAlgorithm } from "../trust/signing-keys.ts";
import { createSigningKeys } from "../trust/signing-keys.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { storedTenants, withTenantStore } from "./tenant-store.ts";

const actor = { kind: "system", id: "keys" } as const;

interface KeysCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  readonly json: boolean;
}

type Which = { readonly alg: SigningAlgorithm } | { readonly tenant: string; readonly overlapHours: number };

interface ListedKey {
  readonly kid: string;
  readonly use: "assertions" | "webhooks";
  readonly alg: string;
  readonly tenant?: string;
  readonly createdAt: string;
  readonly validUntil?: string;
  /** `whpk_...` of a webhook key. */
  readonly publicKey?: string;
}

const ofTenant = (tenant: string, key: PublicWebhookKey): ListedKey => ({
  use: "webhooks",
  alg: "EdDSA",
  tenant,
  ...key,
});

async function allKeys(deps: ApplyDeps): Promise<readonly ListedKey[]> {
  const own = await createSigningKeys({ db: deps.pool, sealer: deps.sealer, now: deps.now }).list();
  const keys: ListedKey[] = own.map((key) => ({ use: "assertions", ...key }));
  for (const { id } of await storedTenants(deps))
    keys.push(...(await publicWebhookKeys(deps.pool, id)).map((key) => ofTenant(id, key)));
  return keys;
}

function print(keys: readonly ListedKey[], io: Io): void {
  for (const { kid, use, alg, tenant, createdAt, validUntil, publicKey } of keys) {
    const whose = tenant === undefined ? use : `${use} of ${tenant}`;
    const until = validUntil === undefined ? "" : `, until ${validUntil}`;
    io.stdout(
      `  ${kid}  ${alg}  ${whose}, since ${createdAt}${until}${publicKey === undefined ? "" : `  ${publicKey}`}\n`,
    );
  }
}

/** Exit code 0, also where there is none yet. */
export async function listKeys({ flags, json }: KeysCommand, io: Io): Promise<number> {
  const keys = await withTenantStore(loadConfig({ flags }), allKeys);
  if (json) io.stdout(`${JSON.stringify({ keys }, undefined, 2)}\n`);
  else if (keys.length === 0) io.stdout("No key yet: the adapter makes its own at its first start.\n");
  else print(keys, io);
  return exitCodes.ok;
}

/** @throws AdapterError configuration_invalid for a tenant that nobody ever named */
async function rotateTenant(
  deps: ApplyDeps,
  { tenant, overlapHours }: { readonly tenant: string; readonly overlapHours: number },
): Promise<string> {
  if (!(await storedTenants(deps)).some(({ id }) => id === tenant))
    throw configurationError([{ setting: "--webhooks", source: "flag", message: `there is no tenant ${tenant}` }]);
  return deps.pool.transaction(tenant, async (tx) => {
    const [made] = await rotateWebhookKeys(tx, deps.sealer, tenant, overlapHours * 3_600_000);
    const reason = "rotate-webhook-keys";
    await deps.audit.record({ tenant, action: "endpoint.change", outcome: "success", actor, reason }, tx);
    return made?.kid ?? "";
  });
}

/** The adapter's own keys are no tenant's: they have an audit chain of their own. */
function noteRotation(deps: ApplyDeps, tx: Executor, alg: SigningAlgorithm, kid: string): Promise<void> {
  const reason = `${alg} ${kid}`;
  return deps.audit.record({ tenant: ADAPTER_TENANT, action: "keys.rotate", outcome: "success", actor, reason }, tx);
}

/** Makes the new pair; says which it is, and all there are now. */
export async function rotateKeys(
  { flags, json, which }: KeysCommand & { readonly which: Which },
  io: Io,
): Promise<number> {
  const { kid, keys } = await withTenantStore(loadConfig({ flags }), async (deps) => {
    const own = createSigningKeys({ db: deps.pool, sealer: deps.sealer, now: deps.now });
    const made =
      "alg" in which
        ? (await own.rotate(which.alg, (tx, kid) => noteRotation(deps, tx, which.alg, kid))).kid
        : await rotateTenant(deps, which);
    return { kid: made, keys: await allKeys(deps) };
  });
  if (json) io.stdout(`${JSON.stringify({ kid, keys }, undefined, 2)}\n`);
  else {
    io.stdout(`Made ${kid}. Replicas take it up within half a minute.\n`);
    print(keys, io);
  }
  return exitCodes.ok;
}
