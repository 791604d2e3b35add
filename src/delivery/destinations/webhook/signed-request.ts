/** A webhook as it goes out: the body's bytes, and the headers that sign them at this moment. */
import type { Signer } from "../../../core/signature/forms.ts";
import { createSigner } from "../../../core/signature/forms.ts";
import type { Endpoint, WebhookSettings } from "../../endpoint.ts";
import { validSecrets } from "../../endpoint.ts";
import type { PreparedRequest } from "../../exchange.ts";

interface KeptSigner {
  readonly signer: Signer;
  /** One of its secrets or pairs ends then. */
  readonly untilMs: number;
}

/** Preparing keys costs more than signing with them. An endpoint that is read anew, after a rotation, is another object. */
const signers = new WeakMap<Endpoint, KeptSigner>();

function signerOf(endpoint: Endpoint, settings: WebhookSettings, nowMs: number): Signer | undefined {
  const kept = signers.get(endpoint);
  if (kept !== undefined && nowMs < kept.untilMs) return kept.signer;
  const secrets = validSecrets(endpoint.secrets, nowMs);
  if (secrets.length === 0) return undefined;
  const pairs = (endpoint.pairs ?? []).filter(({ validUntilMs = Number.POSITIVE_INFINITY }) => validUntilMs > nowMs);
  const signer = createSigner(settings.signature, { secrets, privateKeys: pairs.map(({ value }) => value) });
  const ends = [...endpoint.secrets.signing, ...pairs].map(
    ({ validUntilMs = Number.POSITIVE_INFINITY }) => validUntilMs,
  );
  signers.set(endpoint, { signer, untilMs: Math.min(...ends.filter((end) => end > nowMs)) });
  return signer;
}

/** Undefined where no secret is valid: nothing is sent unsigned. */
export function signedRequest(
  endpoint: Endpoint,
  settings: WebhookSettings,
  { id, body }: { readonly id: string; readonly body: Uint8Array },
  nowMs: number,
): PreparedRequest | undefined {
  const sign = signerOf(endpoint, settings, nowMs);
  if (sign === undefined) return undefined;
  const headers = {
    ...endpoint.secrets.headers,
    "content-type": "application/cloudevents+json",
    "user-agent": "Handover-Webhooks/1",
    ...sign({ id, timeMs: nowMs, body }),
  };
  return { url: settings.url, headers, body, timeoutMs: settings.timeoutMs, tls: endpoint.secrets.tls };
}
