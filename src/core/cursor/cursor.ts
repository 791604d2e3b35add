/**
 * Cursors handed to callers: opaque, bound to one tenant and one purpose, and authenticated, so that a forged, altered or
 * borrowed one is a 400 and never reaches a statement.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { AdapterError } from "../errors.ts";

/** What a cursor belongs to; it opens for exactly the same. */
export interface CursorContext {
  readonly kind: "jobs" | "feed" | "endpoints" | "attempts" | "dead-letters" | "deliveries";
  readonly tenant: string;
  /** What else must not change between pages: the search's filters. */
  readonly scope?: string;
}

export interface Cursors {
  seal(context: CursorContext, value: string): string;
  /** The value sealed; throws parameter_invalid. `at` names the parameter for the caller. */
  open(context: CursorContext, cursor: string, at: string): string;
}

const form = /^(?<value>[A-Za-z0-9_-]{0,1024})\.(?<mac>[A-Za-z0-9_-]{22})$/u;

/** `key` is at least 32 secret bytes that serve no other purpose. */
export function createCursors(key: Uint8Array): Cursors {
  const macOf = ({ kind, tenant, scope = "" }: CursorContext, value: string): Buffer =>
    createHmac("sha256", key)
      .update(JSON.stringify([kind, tenant, scope, value]))
      .digest()
      .subarray(0, 16);

  return {
    seal: (context, value) =>
      `${Buffer.from(value).toString("base64url")}.${macOf(context, value).toString("base64url")}`,
    open(context, cursor, at) {
      const parts = form.exec(cursor)?.groups;
      const value = Buffer.from(parts?.["value"] ?? "", "base64url").toString();
      const given = Buffer.from(parts?.["mac"] ?? "", "base64url");
      const expected = macOf(context, value);
      if (given.length === expected.length && timingSafeEqual(given, expected)) return value;
      throw new AdapterError("parameter_invalid", { at, message: "This cursor was not issued for this request." });
    },
  };
}
