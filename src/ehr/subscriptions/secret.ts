/** What an EHR shows at the endpoint of its Subscription: unguessable, one for each, kept as a digest and sealed. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { SealContext, Sealer } from "../../db/sealer.ts";

export interface NewSecret {
  readonly sha256: Buffer;
  readonly sealed: Buffer;
}

const context = (tenant: string, id: string): SealContext => ({
  tenant,
  purpose: "ehr-subscription",
  id,
  version: "1",
});

const digest = (secret: string): Buffer => createHash("sha256").update(secret).digest();

/** @param random 32 bytes */
export function sealSecret(sealer: Sealer, tenant: string, id: string, random: Buffer): NewSecret {
  const secret = random.toString("base64url");
  return { sha256: digest(secret), sealed: sealer.seal(Buffer.from(secret), context(tenant, id)) };
}

export function openSecret(sealer: Sealer, tenant: string, id: string, sealed: Buffer): string {
  return sealer.open(sealed, context(tenant, id)).toString("utf8");
}

/** Compares digests, in constant time: neither length nor content of what is kept can be felt out. */
export function shows(authorization: string | undefined, sha256: Buffer): boolean {
  const [, shown] = /^Bearer +(\S{1,200})$/iu.exec(authorization ?? "") ?? [];
  return timingSafeEqual(digest(shown ?? ""), sha256) && shown !== undefined;
}
