/** Why a credential was refused. The words go to the audit log and a metric, never into the answer (design, section 4). */
import type { EhrTokenRefusal } from "../core/access/ehr-token.ts";
import { AdapterError } from "../core/errors.ts";

export type RefusalReason =
  | EhrTokenRefusal
  | "credential.tenant"
  | "credential.missing"
  | "credential.unknown"
  | "jwt.size"
  | "jwt.format"
  | "jwt.algorithm"
  | "jwt.type"
  | "jwt.critical"
  | "jwt.kid"
  | "jwt.issuer"
  | "jwt.jku"
  | "jwt.key"
  | "jwt.signature"
  | "jwt.subject"
  | "jwt.audience"
  | "jwt.expired"
  | "jwt.not-yet-valid"
  | "jwt.lifetime"
  | "jwt.jti"
  | "jwt.replay"
  | "jwks.unavailable"
  | "certificate.missing"
  /** The header came from an address that is no proxy of ours. */
  | "certificate.source"
  | "certificate.format"
  | "certificate.not-yet-valid"
  | "certificate.expired"
  | "certificate.unknown"
  /** It bears the right name, and no CA of the list issued it. */
  | "certificate.issuer"
  | "certificate.purpose"
  | "certificate.authority-unreadable"
  | "network.not-allowed"
  | "ticket.unknown"
  | "ticket.expired"
  | "ticket.used";

/** Throws 401 with the reason as private detail. */
export function refuse(reason: RefusalReason, cause?: unknown): never {
  throw new AdapterError("unauthenticated", { detail: reason, ...(cause === undefined ? {} : { cause }) });
}

/** The reason of a refusal, or undefined for any other error. */
export function refusalReason(thrown: unknown): string | undefined {
  return thrown instanceof AdapterError && thrown.code === "unauthenticated"
    ? (thrown.detail ?? "credential.missing")
    : undefined;
}
