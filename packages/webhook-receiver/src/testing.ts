/** For a receiver's own tests: requests signed as the sender signs them. */
import { createHmac, createPrivateKey, randomUUID, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { standardSecret, textSecret } from "./keys.ts";
import type { RawBody } from "./raw-body.ts";
import { rawBytes } from "./raw-body.ts";
import type { SignatureForm } from "./verifier.ts";

export interface TestHeaderOptions {
  /** Default: the body's own `id` where it has one, else a new one. */
  readonly id?: string;
  /** When it is signed, milliseconds since 1970. Default now; give another to try the replay window. */
  readonly timeMs?: number;
  readonly form?: SignatureForm;
}

/** An ed25519 key as `whsk_` and the base64 of its seed, with or without the public key after it. */
function privateKey(text: string): KeyObject {
  const seed = Buffer.from(text.slice("whsk_".length), "base64").subarray(0, 32);
  if (seed.length !== 32) throw new TypeError("a private key is `whsk_` and the base64 of at least 32 bytes");
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  return createPrivateKey({ key: Buffer.concat([head, seed]), format: "der", type: "pkcs8" });
}

function entry(key: string, head: string, body: Uint8Array): string {
  if (!key.startsWith("whsk_"))
    return `v1,${createHmac("sha256", standardSecret(key)).update(head).update(body).digest("base64")}`;
  return `v1a,${sign(null, Buffer.concat([Buffer.from(head), body]), privateKey(key)).toString("base64")}`;
}

function idIn(body: Uint8Array): string | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    const id: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "id") : undefined;
    return typeof id === "string" ? id : undefined;
  } catch {
    // A test may well want headers for a body that is no JSON.
    return undefined;
  }
}

function bodyFormHeaders(form: SignatureForm, key: string, body: Uint8Array, timeMs: number): Record<string, string> {
  const withTime = form === "sha256-timestamp-body";
  const timestamp = String(withTime ? Math.floor(timeMs / 1000) : timeMs);
  const mac = createHmac("sha256", textSecret(key)).update(withTime ? `${timestamp}.` : "");
  const digest = mac.update(body).digest("hex");
  return {
    "x-webhook-timestamp": timestamp,
    "x-webhook-signature": form === "hex-body" ? digest : `sha256=${digest}`,
  };
}

/**
 * Headers of a request that a receiver with one of these keys accepts.
 * @param keys `whsec_...` (v1), `whsk_...` (v1a), or several in the order of the header; a body form uses the first
 */
export function signTestHeaders(
  keys: string | readonly string[],
  body: RawBody,
  { id, timeMs = Date.now(), form = "standard" }: TestHeaderOptions = {},
): Record<string, string> {
  const bytes = rawBytes(body);
  const list = typeof keys === "string" ? [keys] : keys;
  const [first] = list;
  if (first === undefined) throw new TypeError("a key is needed to sign");
  if (form !== "standard") return bodyFormHeaders(form, first, bytes, timeMs);
  const signedId = id ?? idIn(bytes) ?? `evt_${randomUUID().replaceAll("-", "")}`;
  const seconds = Math.floor(timeMs / 1000);
  return {
    "webhook-id": signedId,
    "webhook-timestamp": String(seconds),
    "webhook-signature": list.map((key) => entry(key, `${signedId}.${seconds}.`, bytes)).join(" "),
  };
}
