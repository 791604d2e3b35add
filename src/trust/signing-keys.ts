/**
 * Our own key pairs, one per algorithm, made once and shared by all replicas (SMART 2.2 "Registering a client": the client
 * SHALL support RS384 and ES384; its JWKS URL is /.well-known/jwks.json). The private half is sealed at rest.
 */
import type { CryptoKey, JWK } from "jose";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from "jose";
import { ADAPTER_TENANT } from "../core/access/adapter-tenant.ts";
import type { Pool } from "../db/database.ts";
import type { Executor } from "../db/query.ts";
import { run } from "../db/query.ts";
import type { Sealer } from "../db/sealer.ts";
import { openJson, sealJson } from "../db/sealer.ts";
import type { SigningKeyRow } from "./store.ts";
import { addSigningKeyQuery, lockSigningKeysQuery, retireSigningKeysQuery, signingKeysQuery } from "./store.ts";

export type SigningAlgorithm = "ES384" | "RS384";
const algorithms: readonly SigningAlgorithm[] = ["ES384", "RS384"];

/** How long an EHR may keep our key set; a new key signs only after every cache has seen it. */
export const KEY_SET_MAX_AGE_SECONDS = 300;
/** An assertion signed with the old key just before the switch must still verify. */
const ASSERTION_LIFETIME_SECONDS = 300;
const REREAD_MS = 30_000;

export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly key: CryptoKey;
}

export interface ListedSigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly createdAt: string;
  readonly validUntil?: string;
}

export interface SigningKeys {
  /**
   * Makes what is missing. Called once at the start; safe on many replicas at once.
   * @throws AdapterError configuration_invalid when the keys were sealed with another master key
   */
  ensure(): Promise<void>;
  /** The key set to publish: public members only. */
  publicKeys(): Promise<{ readonly keys: readonly JWK[] }>;
  /** What is published, newest first; times RFC 3339. `validUntil`: it leaves the set then. */
  list(): Promise<readonly ListedSigningKey[]>;
  /** The key to sign with now. */
  current(alg: SigningAlgorithm): Promise<SigningKey>;
  /** Publishes a new pair; it signs once caches have run out, and the old one leaves the set when its last assertion has. */
  rotate(
    alg: SigningAlgorithm,
    /** Told inside the transaction: what it writes stands or falls with the new key. */
    note?: (tx: Executor, kid: string) => Promise<void>,
  ): Promise<{ readonly kid: string }>;
}

/**
 * The kind that is used by default (ES384) first, of a kind the newest. The order says nothing (RFC 7517, 5), but some servers
 * try one key after the other whatever the `kid`, and give up at the first of another kind.
 */
function inUsualOrder(rows: readonly SigningKeyRow[]): readonly SigningKeyRow[] {
  const place = ({ alg }: SigningKeyRow): number => (alg === "ES384" ? 0 : 1);
  return rows.toSorted((a, b) => place(a) - place(b));
}

/**
 * The row to sign with: the newest that has been published for a whole cache lifetime; where none has (first start), the
 * oldest, because nobody can hold an older set.
 */
export function selectSigningKey(
  rows: readonly SigningKeyRow[],
  alg: SigningAlgorithm,
  nowMs: number,
): SigningKeyRow | undefined {
  const own = rows.filter((row) => row.alg === alg).toSorted((a, b) => b.created_at.getTime() - a.created_at.getTime());
  return own.find((row) => row.created_at.getTime() + KEY_SET_MAX_AGE_SECONDS * 1000 <= nowMs) ?? own.at(-1);
}

const sealContext = (kid: string) => ({ tenant: ADAPTER_TENANT, purpose: "signing-key", id: kid, version: "1" });

interface MadeKey {
  readonly alg: SigningAlgorithm;
  readonly kid: string;
  readonly publicJwk: string;
  readonly sealed: Buffer;
}

/** An RSA pair takes seconds on a busy machine: made before the lock on all keys is taken, or other replicas time out at it. */
async function makeKey(alg: SigningAlgorithm, sealer: Sealer): Promise<MadeKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, {
    extractable: true,
    ...(alg === "RS384" ? { modulusLength: 3072 } : {}),
  });
  const bare = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(bare);
  // `alg`, `use` and `key_ops` beside the bare members: some EHRs pick keys by them (SMART 2.2 leaves them optional).
  const publicJwk = JSON.stringify({ ...bare, kid, alg, use: "sig", key_ops: ["verify"] });
  return { alg, kid, publicJwk, sealed: sealJson(sealer, await exportJWK(privateKey), sealContext(kid)) };
}

export interface SigningKeysDeps {
  readonly db: Pool;
  readonly sealer: Sealer;
  readonly now: () => number;
}

export function createSigningKeys({ db, sealer, now }: SigningKeysDeps): SigningKeys {
  let held: { readonly rows: readonly SigningKeyRow[]; readonly until: number } | undefined;
  const imported = new Map<string, SigningKey>();

  async function rows(): Promise<readonly SigningKeyRow[]> {
    if (held !== undefined && held.until > now()) return held.rows;
    try {
      held = { rows: await run(db, signingKeysQuery, ADAPTER_TENANT), until: now() + REREAD_MS };
    } catch (error) {
      // The set we know stays true while the database is away.
      if (held === undefined) throw error;
    }
    return held.rows;
  }

  const add = (tx: Executor, { kid, alg, publicJwk, sealed }: MadeKey) =>
    run(tx, addSigningKeyQuery, ADAPTER_TENANT, kid, alg, publicJwk, sealed);

  /** The algorithms that have no key yet. */
  async function missing(on: Executor): Promise<readonly SigningAlgorithm[]> {
    const known = await run(on, signingKeysQuery, ADAPTER_TENANT);
    // Every database holds these keys from its first start on: the place to notice a wrong master key, before any use.
    for (const row of known) openJson(sealer, row.sealed_private, sealContext(row.kid));
    return algorithms.filter((alg) => !known.some((row) => row.alg === alg));
  }

  return {
    async ensure() {
      const made = await Promise.all((await missing(db)).map((alg) => makeKey(alg, sealer)));
      if (made.length > 0)
        await db.transaction(ADAPTER_TENANT, async (tx) => {
          await run(tx, lockSigningKeysQuery, ADAPTER_TENANT);
          // Another replica may have been first: what it made stands, and ours is forgotten.
          const still = await missing(tx);
          for (const key of made) if (still.includes(key.alg)) await add(tx, key);
        });
      held = undefined;
      // Known from the start on, so that an EHR can check our tokens also while the database is away.
      await rows();
    },
    publicKeys: async () => ({ keys: inUsualOrder(await rows()).map(({ public_jwk: jwk }): JWK => jwk) }),
    list: async () =>
      (await rows()).map(({ kid, alg, created_at: createdAt, retire_at: retireAt }) => ({
        kid,
        alg,
        createdAt: createdAt.toISOString(),
        ...(retireAt === null ? {} : { validUntil: retireAt.toISOString() }),
      })),
    current: async (alg) => {
      const row = selectSigningKey(await rows(), alg, now());
      if (row === undefined) throw new Error(`no ${alg} signing key: ensure() has not run`);
      const known = imported.get(row.kid) ?? { kid: row.kid, alg, key: await importPrivate(row, sealer) };
      imported.set(row.kid, known);
      return known;
    },
    rotate: async (alg, note) => {
      const made = await makeKey(alg, sealer);
      const { kid } = made;
      return db.transaction(ADAPTER_TENANT, async (tx) => {
        await run(tx, lockSigningKeysQuery, ADAPTER_TENANT);
        await add(tx, made);
        await run(
          tx,
          retireSigningKeysQuery,
          ADAPTER_TENANT,
          alg,
          kid,
          2 * KEY_SET_MAX_AGE_SECONDS + ASSERTION_LIFETIME_SECONDS,
        );
        await note?.(tx, kid);
        held = undefined;
        return { kid };
      });
    },
  };
}

async function importPrivate(row: SigningKeyRow, sealer: Sealer): Promise<CryptoKey> {
  const jwk = openJson(sealer, row.sealed_private, sealContext(row.kid)) as JWK;
  const key = await importJWK(jwk, row.alg);
  if (key instanceof Uint8Array) throw new Error(`signing key ${row.kid} is not a key pair`);
  return key;
}
