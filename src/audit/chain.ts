/** The audit chain's arithmetic: each entry's keyed hash covers the entry and the hash before it. */
import { createHmac, hkdfSync } from "node:crypto";
import type { AuditEntry } from "./audit.ts";

/** An entry with its place in the tenant's log. */
export interface NumberedEntry {
  readonly entry: AuditEntry;
  /** From 1, without gaps. */
  readonly number: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
}

/** What stands before the first entry. */
export const CHAIN_START: Buffer = Buffer.alloc(32);

/** The chain's key: derived, so that who can write to the database cannot forge a chain. */
export function auditKey(masterKey: Uint8Array): Buffer {
  return Buffer.from(hkdfSync("sha256", masterKey, "", "handover audit chain", 32));
}

/**
 * What an entry is written down with, before it has a place: shows a change made between then and the chain.
 *
 * @param at RFC 3339, UTC, milliseconds
 */
export function pendingHash(key: Uint8Array, entry: AuditEntry, at: string): Buffer {
  return chainHash(key, CHAIN_START, { entry, number: 0, at });
}

/** HMAC-SHA-256 over the previous hash and the entry in a fixed form: members in a fixed order, absent ones as null. */
export function chainHash(key: Uint8Array, previous: Uint8Array, { entry, number, at }: NumberedEntry): Buffer {
  const { tenant, action, outcome, actor, job = null, patient = null, encounter = null, reason = null } = entry;
  const canonical = JSON.stringify([
    tenant,
    number,
    at,
    action,
    outcome,
    actor.kind,
    actor.id,
    actor.display ?? null,
    job,
    patient,
    encounter,
    reason,
  ]);
  return createHmac("sha256", key).update(previous).update(canonical).digest();
}

/** The place of an entry that was changed before it was chained. No entry has this hash, so the chain says "changed" here for good. */
export function alteredHash(key: Uint8Array, previous: Uint8Array, pending: Uint8Array): Buffer {
  return createHmac("sha256", key).update(previous).update("altered").update(pending).digest();
}
