/**
 * Key pairs of `v1a` (Standard Webhooks): one for each tenant, so that a receiver of one hospital believes nothing that another
 * hospital's key has signed. Receivers hold public keys only: whoever reads their configuration can forge nothing.
 */
import { generateKeyPairSync } from "node:crypto";
import type { PublicSigningJwk } from "../../core/signature/keys.ts";
import { formatPrivateKey, formatPublicKey, parsePublicKey, publicSigningJwk } from "../../core/signature/keys.ts";
import type { Executor } from "../../db/query.ts";
import { run } from "../../db/query.ts";
import type { Sealer } from "../../db/sealer.ts";
import { addWebhookKey, forgetWebhookKeys, readWebhookKeys, retireWebhookKeys, touchAsymmetric } from "./store.ts";
import type { WebhookKeyRow } from "./store.ts";

/** A pair that signs now. */
export interface SigningPair {
  /** `whsk_...` */
  readonly value: string;
  /** Milliseconds since 1970; absent for the current one. */
  readonly validUntilMs?: number;
}

/** What of a pair anybody may see. */
export interface PublicWebhookKey {
  readonly kid: string;
  /** `whpk_...` */
  readonly publicKey: string;
  readonly createdAt: string;
  /** RFC 3339; absent for the current one. */
  readonly validUntil?: string;
}

const sealContext = (tenant: string, kid: string) => ({ tenant, purpose: "webhook-key", id: kid, version: "1" });

/** Makes the tenant's first pair where it has none. */
export async function ensureWebhookKey(executor: Executor, sealer: Sealer, tenant: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { kid } = publicSigningJwk(privateKey);
  const sealed = sealer.seal(formatPrivateKey(privateKey), sealContext(tenant, kid));
  await run(executor, addWebhookKey, tenant, kid, formatPublicKey(privateKey), sealed);
}

/** The pairs that sign now, current first; the first pair is made when it is needed first. */
export async function signingPairs(
  executor: Executor,
  sealer: Sealer,
  tenant: string,
): Promise<readonly SigningPair[]> {
  let rows = await run(executor, readWebhookKeys, tenant);
  if (!rows.some(({ retire_at: retireAt }) => retireAt === null)) {
    await ensureWebhookKey(executor, sealer, tenant);
    rows = await run(executor, readWebhookKeys, tenant);
  }
  return rows.map(({ kid, sealed_private: sealed, retire_at: retireAt }) => {
    const value = sealer.open(sealed, sealContext(tenant, kid)).toString("utf8");
    return retireAt === null ? { value } : { value, validUntilMs: retireAt.getTime() };
  });
}

function toPublic(row: WebhookKeyRow): PublicWebhookKey {
  return {
    kid: row.kid,
    publicKey: row.public_key,
    createdAt: row.created_at.toISOString(),
    ...(row.retire_at === null ? {} : { validUntil: row.retire_at.toISOString() }),
  };
}

/** The public halves of what signs now, current first. Empty where nothing was ever signed so. */
export async function publicWebhookKeys(executor: Executor, tenant: string): Promise<readonly PublicWebhookKey[]> {
  return (await run(executor, readWebhookKeys, tenant)).map(toPublic);
}

/** The same as a JWK Set. */
export async function webhookKeySet(
  executor: Executor,
  tenant: string,
): Promise<{ readonly keys: readonly PublicSigningJwk[] }> {
  const rows = await run(executor, readWebhookKeys, tenant);
  return { keys: rows.flatMap((row) => jwkOf(row.public_key)) };
}

function jwkOf(text: string): readonly PublicSigningJwk[] {
  const key = parsePublicKey(text);
  return key === undefined ? [] : [publicSigningJwk(key)];
}

/**
 * Makes a new pair inside the caller's transaction. Both sign, and both are published, until the overlap is over: a receiver
 * that has not fetched the set anew meanwhile still finds a signature of the key that it knows.
 */
export async function rotateWebhookKeys(
  tx: Executor,
  sealer: Sealer,
  tenant: string,
  overlapMs: number,
): Promise<readonly PublicWebhookKey[]> {
  await run(tx, forgetWebhookKeys, tenant);
  await run(tx, retireWebhookKeys, tenant, overlapMs);
  await ensureWebhookKey(tx, sealer, tenant);
  await run(tx, touchAsymmetric, tenant);
  return publicWebhookKeys(tx, tenant);
}
