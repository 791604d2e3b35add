/**
 * Webhooks as the adapter signs them, with the verdict that every verifier has to reach: what is handed to other people's
 * libraries. `node vectors.ts FILE` writes them as JSON.
 */
import { writeFileSync } from "node:fs";
import { createSigner } from "../../src/core/signature/forms.ts";
import { formatPrivateKey, formatSigningSecret, privateKeyFromSeed } from "../../src/core/signature/keys.ts";

export interface Vector {
  readonly name: string;
  /** What the verifying side holds. */
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  /** UTF-8 text. */
  readonly body: string;
  readonly accept: boolean;
}

const secretOf = (bytes: number, fill: number): string => formatSigningSecret(Buffer.alloc(bytes, fill));
const current = secretOf(24, 1);
const old = secretOf(32, 2);
const stranger = secretOf(24, 3);
/** Its base64 has `+`, `/` and padding. */
const long = formatSigningSecret(Buffer.from(Array.from({ length: 64 }, (_, index) => 255 - index * 3)));
const privateKey = formatPrivateKey(privateKeyFromSeed(Buffer.alloc(32, 4)));

const thin = JSON.stringify({
  specversion: "1.0",
  id: "evt_1",
  type: "summary.signed",
  source: "https://adapter.example/tenants/general",
  time: "2026-03-01T12:00:00Z",
  data: { tenant: "general", job: "j1", jobSequence: 7, endpointSequence: 41 },
});
const utf8 = JSON.stringify({ id: "evt_1", note: "Ärztlicher Bericht ✓ \u{1F3E5} 退院 \u2028 e\u0301" });
const large = JSON.stringify({ id: "evt_1", text: "Verlauf: ".repeat(2_300) });

interface Sent {
  readonly holds: string;
  readonly secrets: readonly string[];
  readonly body?: string;
  readonly privateKeys?: readonly string[];
  /** When it was signed, seconds from now. */
  readonly ageSeconds?: number;
  /** What arrives in place of what was signed. */
  readonly arrives?: { readonly body?: string; readonly id?: string };
}

const accepted: Record<string, Sent> = {
  "one secret": { holds: current, secrets: [current] },
  "a body of many scripts, as UTF-8": { holds: current, secrets: [current], body: utf8 },
  "a body of 20 KB": { holds: current, secrets: [current], body: large },
  "a secret of 64 bytes": { holds: long, secrets: [long] },
  "a rotation, held: the new secret": { holds: current, secrets: [current, old] },
  "a rotation, held: the old secret": { holds: old, secrets: [current, old], body: utf8 },
  "three secrets, held: the last": { holds: long, secrets: [current, old, long] },
  "v1 beside v1a": { holds: current, secrets: [current], privateKeys: [privateKey] },
  "a rotation beside v1a, held: the old secret": { holds: old, secrets: [current, old], privateKeys: [privateKey] },
  "signed nearly five minutes ago": { holds: current, secrets: [current], ageSeconds: 200 },
};

const refused: Record<string, Sent> = {
  "another secret": { holds: stranger, secrets: [current, old] },
  "a changed body": { holds: current, secrets: [current], arrives: { body: thin.replace("j1", "j2") } },
  "a changed id": { holds: current, secrets: [current], arrives: { id: "evt_2" } },
  "only v1a, by a holder of secrets": { holds: current, secrets: [], privateKeys: [privateKey] },
  "signed more than five minutes ago": { holds: current, secrets: [current], ageSeconds: 400 },
  "signed more than five minutes ahead": { holds: current, secrets: [current], ageSeconds: -400 },
};

function vector(name: string, sent: Sent, accept: boolean, nowMs: number): Vector {
  const { holds: secret, secrets, privateKeys = [], ageSeconds = 0, arrives = {} } = sent;
  const body = sent.body ?? thin;
  const sign = createSigner("standard", { secrets, privateKeys });
  const signed = sign({ id: "evt_1", timeMs: nowMs - ageSeconds * 1000, body: Buffer.from(body) });
  const headers = arrives.id === undefined ? signed : { ...signed, "webhook-id": arrives.id };
  return { name, secret, headers, body: arrives.body ?? body, accept };
}

/** Verifiers look at the clock, so vectors are good for a minute or two after `nowMs`. */
export function signedVectors(nowMs: number): readonly Vector[] {
  return [
    ...Object.entries(accepted).map(([name, sent]) => vector(name, sent, true, nowMs)),
    ...Object.entries(refused).map(([name, sent]) => vector(name, sent, false, nowMs)),
  ];
}

const [file] = process.argv.slice(2);
if (import.meta.main && file !== undefined) writeFileSync(file, JSON.stringify(signedVectors(Date.now())));
