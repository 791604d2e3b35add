/** The four ways a webhook may be signed (contract, section 4), as the headers they put on a request. */
import { createHmac, createSecretKey } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { parsePrivateKey, parseSigningSecret } from "./keys.ts";
import { signStandard } from "./standard.ts";

export const signatureForms = ["standard", "sha256-body", "hex-body", "sha256-timestamp-body"] as const;
export type SignatureForm = (typeof signatureForms)[number];

/** One attempt at a message. */
export interface Attempt {
  /** The event's id; the same on every attempt. */
  readonly id: string;
  /** When this attempt is made, milliseconds since 1970. */
  readonly timeMs: number;
  readonly body: Uint8Array;
}

export interface SignerKeys {
  /** Valid shared secrets as configured, current first. */
  readonly secrets: readonly string[];
  /** Valid ed25519 private keys (`whsk_...`), current first; form `standard` only. */
  readonly privateKeys?: readonly string[];
}

/** The headers that sign one attempt. */
export type Signer = (attempt: Attempt) => Readonly<Record<string, string>>;

function hex(key: KeyObject, ...parts: readonly (string | Uint8Array)[]): string {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest("hex");
}

/**
 * Why a secret cannot serve a form, or undefined when it can. `standard` carries binary keys in base64; the other forms,
 * made for receivers already written, take the text as it is.
 */
export function secretProblem(form: SignatureForm, secret: string): string | undefined {
  if (form !== "standard") return secret.length < 16 ? "a secret needs at least 16 characters" : undefined;
  const usable = parseSigningSecret(secret) !== undefined;
  return usable ? undefined : "a Standard Webhooks secret is `whsec_` and the base64 of at least 16 bytes";
}

/** Why an ed25519 key cannot serve a form, or undefined when it can. */
export function privateKeyProblem(form: SignatureForm, key: string): string | undefined {
  if (form !== "standard") return "only form standard is signed with ed25519";
  const usable = parsePrivateKey(key) !== undefined;
  return usable ? undefined : "a signing key is `whsk_` and the base64 of an ed25519 seed and its public key";
}

function standardSigner(keys: readonly KeyObject[]): Signer {
  return ({ id, timeMs, body }) => {
    const seconds = Math.floor(timeMs / 1000);
    return {
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": signStandard(id, seconds, body, keys),
    };
  };
}

const bodySigners: Record<Exclude<SignatureForm, "standard">, (key: KeyObject) => Signer> = {
  "sha256-body":
    (key) =>
    ({ timeMs, body }) => ({
      "x-webhook-timestamp": String(timeMs),
      "x-webhook-signature": `sha256=${hex(key, body)}`,
    }),
  "hex-body":
    (key) =>
    ({ timeMs, body }) => ({ "x-webhook-timestamp": String(timeMs), "x-webhook-signature": hex(key, body) }),
  "sha256-timestamp-body":
    (key) =>
    ({ timeMs, body }) => {
      const seconds = String(Math.floor(timeMs / 1000));
      return {
        "x-webhook-timestamp": seconds,
        "x-webhook-signature": `sha256=${hex(key, `${seconds}.`, body)}`,
      };
    },
};

/**
 * Prepares keys once for any number of attempts: an HMAC over 2 KB with a kept key object takes a fifth of the time that it
 * takes with the key's bare bytes.
 * Throws when no key is usable: an unsigned webhook is never sent. In form `standard` shared secrets come before ed25519
 * keys: receivers that know `v1` only find theirs first.
 */
export function createSigner(form: SignatureForm, { secrets, privateKeys = [] }: SignerKeys): Signer {
  if (form === "standard") {
    const keys = [...secrets.map(parseSigningSecret), ...privateKeys.map(parsePrivateKey)].filter(
      (key) => key !== undefined,
    );
    if (keys.length === 0) throw new Error("nothing is sent without a usable key");
    return standardSigner(keys);
  }
  // These hold one signature, so only the current secret signs; the timestamp of the first two is not signed.
  const [current] = secrets;
  if (current === undefined) throw new Error("nothing is sent without a secret");
  return bodySigners[form](createSecretKey(current, "utf8"));
}

/** The headers of a single attempt, where the keys are not worth keeping. */
export function signatureHeaders(form: SignatureForm, input: Attempt & SignerKeys): Readonly<Record<string, string>> {
  return createSigner(form, input)(input);
}
