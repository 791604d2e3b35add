/** Why a message of form `standard` verifies or does not: every check for itself, with what usually causes its failure. */
import type { KeyObject } from "node:crypto";
import { mishapOf, parsedJson } from "./mishaps.ts";
import type { SignedMessage } from "./standard.ts";
import { verifyStandard } from "./standard.ts";

export type CheckName = "headers" | "timestamp" | "scheme" | "signature" | "id";

export interface SignatureCheck {
  readonly check: CheckName;
  readonly ok: boolean;
  /** One sentence for a person; quotes neither body nor secret. */
  readonly detail: string;
}

export interface PastedRequest {
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Judge {
  /** Shared secrets and ed25519 public keys. */
  readonly keys: readonly KeyObject[];
  readonly nowSeconds: number;
  /** Default 300. */
  readonly toleranceSeconds?: number;
}

const names = { id: "webhook-id", timestamp: "webhook-timestamp", signature: "webhook-signature" } as const;

export const pass = (check: CheckName, detail: string): SignatureCheck => ({ check, ok: true, detail });
export const fail = (check: CheckName, detail: string): SignatureCheck => ({ check, ok: false, detail });

function messageOf({ headers, body }: PastedRequest): SignedMessage | readonly string[] {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
  const [id, timestamp, signature] = [given.get(names.id), given.get(names.timestamp), given.get(names.signature)];
  if (id && timestamp && signature) return { id, timestamp, signature, body };
  return Object.values(names).filter((name) => !given.get(name));
}

function timestampCheck({ timestamp }: SignedMessage, { nowSeconds, toleranceSeconds = 300 }: Judge): SignatureCheck {
  if (!/^\d{1,12}$/u.test(timestamp)) {
    const inMilliseconds = /^\d{13}$/u.test(timestamp) ? ": it looks like milliseconds" : "";
    return fail("timestamp", `webhook-timestamp is not a number of seconds${inMilliseconds}`);
  }
  const ageSeconds = Math.round(nowSeconds - Number(timestamp));
  const when = ageSeconds < 0 ? `${-ageSeconds} s ahead of this clock` : `${ageSeconds} s ago`;
  if (Math.abs(nowSeconds - Number(timestamp)) <= toleranceSeconds) return pass("timestamp", `signed ${when}`);
  const cause =
    ageSeconds < 0 ? "one of the two clocks is wrong" : "a replay, a slow queue in between, or a wrong clock";
  return fail("timestamp", `signed ${when}, more than ${toleranceSeconds} s away: ${cause}`);
}

function schemeCheck({ signature }: SignedMessage, { keys }: Judge): SignatureCheck {
  const given = new Set(signature.split(" ").map((entry) => entry.split(",")[0]));
  const held = new Set(keys.map((key) => (key.type === "secret" ? "v1" : "v1a")));
  const common = [...held].filter((scheme) => given.has(scheme));
  if (common.length > 0) return pass("scheme", `an entry of ${common.join(" and ")} is there, and a key for it`);
  const wanted = [...held].map((scheme) => (scheme === "v1" ? "v1 (shared secret)" : "v1a (ed25519 key)"));
  return fail("scheme", `no entry of ${wanted.join(" or ") || "any scheme"}, which is what there are keys for`);
}

/** Whether a key made the signature, whatever the clock says. */
function signedBy(message: SignedMessage, key: KeyObject): boolean {
  return verifyStandard(message, [key], Number(message.timestamp)) === "valid";
}

function signatureCheck(message: SignedMessage, { keys }: Judge): SignatureCheck {
  const place = keys.findIndex((key) => signedBy(message, key));
  if (place !== -1) return pass("signature", `made by key ${place + 1} of ${keys.length}`);
  const mishap = mishapOf(message.body, (body) => keys.some((key) => signedBy({ ...message, body }, key)));
  if (mishap !== undefined) return fail("signature", `right for another form of this body: ${mishap}`);
  return fail("signature", "none of the keys made it: another secret, or id, timestamp or body are not what was sent");
}

function idCheck({ id, body }: SignedMessage): SignatureCheck {
  const event = parsedJson(Buffer.from(body).toString("utf8"));
  return typeof event === "object" && event !== null && Reflect.get(event, "id") === id
    ? pass("id", "webhook-id is the id of the body")
    : fail("id", "webhook-id is not the id of the body: headers of one message, body of another");
}

/**
 * Judges a message in every respect, so that one look tells whether the secret, the clock or the bytes are wrong.
 * @returns the checks in the order in which a receiver makes them; all of them `ok` where a receiver accepts
 */
export function explainStandard(request: PastedRequest, judge: Judge): readonly SignatureCheck[] {
  const message = messageOf(request);
  if (!("id" in message)) return [fail("headers", `missing: ${message.join(", ")}`)];
  return [
    pass("headers", "all three are there"),
    timestampCheck(message, judge),
    schemeCheck(message, judge),
    signatureCheck(message, judge),
    idCheck(message),
  ];
}
