/**
 * Sealing at rest: AES-256-GCM under keys derived from the master key. The context (tenant, purpose, id, version) is both the
 * derivation's input and the additional data, so a ciphertext that is moved to another row or tenant does not open.
 */
import type { KeyObject } from "node:crypto";
import { createCipheriv, createDecipheriv, createHash, createSecretKey, hkdfSync, randomBytes } from "node:crypto";
import { AdapterError } from "../core/errors.ts";

/** What a sealed value belongs to. All four are needed again to open it. */
export interface SealContext {
  readonly tenant: string;
  /** Kind of content: `event`, `summary`, `endpoint-secret` ... */
  readonly purpose: string;
  /** The row: job, endpoint, session ... One key is derived for each row. */
  readonly id: string;
  /** What changes when the row's content is replaced: an event id, `1.4`, `prefetch`. */
  readonly version: string;
}

export interface Sealer {
  seal(plain: Uint8Array | string, context: SealContext): Buffer;
  /**
   * Throws when the context differs or a bit was changed.
   * @throws AdapterError configuration_invalid when another master key sealed the value
   */
  open(sealed: Uint8Array, context: SealContext): Buffer;
  /** Names the master key that new values are sealed with. */
  readonly keyId: string;
}

const formatVersion = 1;
const keyIdBytes = 4;
const ivBytes = 12;
const tagBytes = 16;
const headerBytes = 1 + keyIdBytes + ivBytes + tagBytes;

/** First bytes of the key's hash: tells which key sealed a value, without helping to find it. */
function keyIdOf(key: Uint8Array): string {
  return createHash("sha256")
    .update("handover key id")
    .update(key)
    .digest("hex")
    .slice(0, keyIdBytes * 2);
}

/** Length-prefixed, so that no two contexts have the same bytes. */
function contextBytes(context: SealContext): Buffer {
  const parts = [context.tenant, context.purpose, context.id, context.version];
  return Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join("|"));
}

/**
 * A key for each row: random 96-bit IVs are safe for about 2^32 values under one key, which a busy log would pass in a
 * year under the master key alone.
 */
function rowKey(master: Uint8Array, info: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", master, "handover sealer", info, 32)));
}

/** Keys derived last: a row that is sealed again and again (draft text, answers of receivers) needs its key each time. */
const KEYS_KEPT = 64;

function rowKeys(master: Uint8Array): (context: SealContext) => KeyObject {
  const kept = new Map<string, KeyObject>();
  return (context) => {
    const info = contextBytes({ ...context, version: "" });
    const name = info.toString();
    const known = kept.get(name);
    if (known !== undefined) return known;
    const key = rowKey(master, info);
    kept.set(name, key);
    const [oldest] = kept.keys();
    if (kept.size > KEYS_KEPT && oldest !== undefined) kept.delete(oldest);
    return key;
  };
}

/**
 * Seals with the first master key and opens with any of them, so that a key is rotated by putting the new one in front.
 * Each key must have 32 bytes.
 */
export function createSealer(masterKeys: readonly [Uint8Array, ...Uint8Array[]]): Sealer {
  for (const key of masterKeys) if (key.length !== 32) throw new Error("a master key must have 32 bytes");
  const current = masterKeys[0];
  const currentId = keyIdOf(current);
  const byId = new Map(masterKeys.map((key) => [keyIdOf(key), rowKeys(key)]));
  const currentKeyOf = rowKeys(current);

  return {
    keyId: currentId,
    seal(plain, context) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", currentKeyOf(context), iv);
      cipher.setAAD(contextBytes(context));
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([Buffer.of(formatVersion), Buffer.from(currentId, "hex"), iv, cipher.getAuthTag(), body]);
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
      if (bytes.length < headerBytes || bytes[0] !== formatVersion) throw new Error("not a sealed value");
      const keyId = bytes.toString("hex", 1, 1 + keyIdBytes);
      const keyOf = byId.get(keyId);
      if (keyOf === undefined) throw otherMasterKey(keyId, currentId);
      const iv = bytes.subarray(1 + keyIdBytes, 1 + keyIdBytes + ivBytes);
      const decipher = createDecipheriv("aes-256-gcm", keyOf(context), iv, { authTagLength: tagBytes });
      decipher.setAAD(contextBytes(context));
      decipher.setAuthTag(bytes.subarray(headerBytes - tagBytes, headerBytes));
      return Buffer.concat([decipher.update(bytes.subarray(headerBytes)), decipher.final()]);
    },
  };
}

/** Key ids are prefixes of hashes: they tell two keys apart and help nobody to find one. */
function otherMasterKey(usedId: string, givenId: string): AdapterError {
  return new AdapterError("configuration_invalid", {
    message:
      `HANDOVER_MASTER_KEY is not the key that this database was sealed with (sealed with key ${usedId}, given key ${givenId}). ` +
      "Start again with the key used before: without it, the drafts and secrets in this database cannot be opened. " +
      "To begin anew, use an empty database.",
  });
}

/** Seals a JSON value. */
export function sealJson(sealer: Sealer, value: unknown, context: SealContext): Buffer {
  return sealer.seal(JSON.stringify(value), context);
}

/** Opens what `sealJson` sealed; the caller knows the shape, because nobody else can have written it. */
export function openJson(sealer: Sealer, sealed: Uint8Array, context: SealContext): unknown {
  return JSON.parse(sealer.open(sealed, context).toString("utf8"));
}
