/** Why a message of one of the three older forms verifies or does not: the same checks as for `standard`, as far as they exist. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { PastedRequest, SignatureCheck } from "./explain.ts";
import { fail, pass } from "./explain.ts";
import type { SignatureForm } from "./forms.ts";
import { mishapOf } from "./mishaps.ts";

type BodyForm = Exclude<SignatureForm, "standard">;

export interface BodyFormJudge {
  /** The secrets as they were given out: their text is the key. */
  readonly secrets: readonly string[];
  readonly nowSeconds: number;
  /** Default 300. */
  readonly toleranceSeconds?: number;
}

const names = { timestamp: "x-webhook-timestamp", signature: "x-webhook-signature" } as const;

interface Message {
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Uint8Array;
}

function messageOf({ headers, body }: PastedRequest): Message | readonly string[] {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
  const [timestamp, signature] = [given.get(names.timestamp), given.get(names.signature)];
  if (timestamp && signature) return { timestamp, signature, body };
  return Object.values(names).filter((name) => !given.get(name));
}

const signsTime = (form: BodyForm): boolean => form === "sha256-timestamp-body";

/** Digits tell seconds from milliseconds until the year 2286. */
function timestampCheck(form: BodyForm, { timestamp }: Message, judge: BodyFormJudge): SignatureCheck {
  const [unit, digits] = signsTime(form) ? (["seconds", 10] as const) : (["milliseconds", 13] as const);
  if (!new RegExp(`^\\d{${digits}}$`, "u").test(timestamp))
    return fail("timestamp", `${names.timestamp} is not a number of ${unit}, as form ${form} has it`);
  const seconds = unit === "seconds" ? Number(timestamp) : Number(timestamp) / 1000;
  const ageSeconds = Math.round(judge.nowSeconds - seconds);
  const when = ageSeconds < 0 ? `${-ageSeconds} s ahead of this clock` : `${ageSeconds} s ago`;
  const weight = signsTime(form) ? "" : "; the signature does not cover it, so it proves nothing";
  const { toleranceSeconds = 300 } = judge;
  if (Math.abs(ageSeconds) <= toleranceSeconds) return pass("timestamp", `sent ${when}${weight}`);
  const cause =
    ageSeconds < 0 ? "one of the two clocks is wrong" : "a replay, a slow queue in between, or a wrong clock";
  return fail("timestamp", `sent ${when}, more than ${toleranceSeconds} s away: ${cause}${weight}`);
}

/** How the signature's text must look, and what form it looks like instead. */
function schemeCheck(form: BodyForm, { signature }: Message): SignatureCheck {
  const prefixed = /^sha256=[0-9a-f]{64}$/iu.test(signature);
  const bare = /^[0-9a-f]{64}$/iu.test(signature);
  const right = form === "hex-body" ? bare : prefixed;
  if (right)
    return pass("scheme", form === "hex-body" ? "64 hexadecimal digits" : "`sha256=` and 64 hexadecimal digits");
  if (bare) return fail("scheme", "the bare digits without `sha256=`: that is form hex-body");
  if (prefixed)
    return fail("scheme", "`sha256=` stands before the digits: that is form sha256-body or sha256-timestamp-body");
  return fail("scheme", `${names.signature} is no hexadecimal SHA-256: cut off, or of another sender`);
}

function isSignedBy(form: BodyForm, { timestamp, signature }: Message, body: Uint8Array, secret: string): boolean {
  const digest = Buffer.from(/[0-9a-f]{64}$/iu.exec(signature)?.[0] ?? "", "hex");
  const mac = createHmac("sha256", secret);
  if (signsTime(form)) mac.update(`${timestamp}.`);
  const wanted = mac.update(body).digest();
  return digest.length === wanted.length && timingSafeEqual(digest, wanted);
}

const forms = ["sha256-body", "sha256-timestamp-body"] as const;

function signatureCheck(form: BodyForm, message: Message, { secrets }: BodyFormJudge): SignatureCheck {
  const by = (secret: string, body = message.body, as: BodyForm = form): boolean =>
    isSignedBy(as, message, body, secret);
  const place = secrets.findIndex((secret) => by(secret));
  if (place !== -1) return pass("signature", `made by secret ${place + 1} of ${secrets.length}`);
  const other = forms.find((each) => each !== form && secrets.some((secret) => by(secret, message.body, each)));
  if (other !== undefined)
    return fail(
      "signature",
      `right for ${signsTime(other) ? "the timestamp and the body" : "the body alone"}: the endpoint signs another form`,
    );
  const mishap = mishapOf(message.body, (body) => secrets.some((secret) => by(secret, body)));
  if (mishap !== undefined) return fail("signature", `right for another form of this body: ${mishap}`);
  return fail("signature", "none of the secrets made it: another secret, or the body is not what was sent");
}

/**
 * Judges a message of an older form in every respect.
 * @returns the checks in the order in which a receiver makes them; all of them `ok` where a receiver accepts
 */
export function explainBodyForm(
  form: BodyForm,
  request: PastedRequest,
  judge: BodyFormJudge,
): readonly SignatureCheck[] {
  const message = messageOf(request);
  if (!("body" in message)) return [fail("headers", `missing: ${message.join(", ")}`)];
  return [
    pass("headers", "both are there"),
    timestampCheck(form, message, judge),
    schemeCheck(form, message),
    signatureCheck(form, message, judge),
  ];
}

/** The form that a message's headers speak of; undefined where they hold no signature of ours. */
export function guessForm(headers: PastedRequest["headers"]): SignatureForm | undefined {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
  if (given.has("webhook-signature")) return "standard";
  const signature = given.get(names.signature);
  if (signature === undefined) return undefined;
  if (!signature.startsWith("sha256=")) return "hex-body";
  return /^\d{13}$/u.test(given.get(names.timestamp) ?? "") ? "sha256-body" : "sha256-timestamp-body";
}
