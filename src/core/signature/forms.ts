/** The four ways a webhook may be signed (contract, section 4), as the headers they put on a request. */
import { createHmac } from "node:crypto";
import { parseSigningSecret, signStandard } from "./standard.ts";

export const signatureForms = ["standard", "sha256-body", "hex-body", "sha256-timestamp-body"] as const;
export type SignatureForm = (typeof signatureForms)[number];

export interface ToSign {
  /** The event's id; the same on every attempt. */
  readonly id: string;
  /** When this attempt is made, milliseconds since 1970. */
  readonly timeMs: number;
  readonly body: Uint8Array;
  /** Valid secrets as configured, current first; never empty. */
  readonly secrets: readonly string[];
}

function hex(secret: string, ...parts: readonly (string | Uint8Array)[]): string {
  const mac = createHmac("sha256", secret);
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

const forms: Record<SignatureForm, (input: ToSign, current: string) => Record<string, string>> = {
  standard: ({ id, timeMs, body, secrets }) => {
    const seconds = Math.floor(timeMs / 1000);
    const keys = secrets.flatMap((secret) => parseSigningSecret(secret) ?? []);
    return {
      "webhook-id": id,
      "webhook-timestamp": String(seconds),
      "webhook-signature": signStandard(id, seconds, body, keys),
    };
  },
  // The three below hold one signature, so only the current secret signs; the timestamp of the first two is not signed.
  "sha256-body": ({ timeMs, body }, current) => ({
    "x-webhook-timestamp": String(timeMs),
    "x-webhook-signature": `sha256=${hex(current, body)}`,
  }),
  "hex-body": ({ timeMs, body }, current) => ({
    "x-webhook-timestamp": String(timeMs),
    "x-webhook-signature": hex(current, body),
  }),
  "sha256-timestamp-body": ({ timeMs, body }, current) => {
    const seconds = String(Math.floor(timeMs / 1000));
    return {
      "x-webhook-timestamp": seconds,
      "x-webhook-signature": `sha256=${hex(current, `${seconds}.`, body)}`,
    };
  },
};

/** The headers that sign one attempt. Throws when there is no secret: an unsigned webhook is never sent. */
export function signatureHeaders(form: SignatureForm, input: ToSign): Readonly<Record<string, string>> {
  const [current] = input.secrets;
  if (current === undefined) throw new Error("nothing is sent without a secret");
  return forms[form](input, current);
}
