/** What Postgres and its driver throw, sorted into the few kinds that callers treat differently. */
import { AdapterError } from "../core/errors.ts";

/** SQLSTATE of a server error; undefined for anything else. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" && /^[0-9A-Z]{5}$/u.test(error.code) ? error.code : undefined;
}

/** Serialization failure and deadlock: the same transaction may succeed when tried again. */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40001" || state === "40P01";
}

const socketCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
]);

/** The driver gives these no code. */
const driverTexts =
  /connection terminated|connection ended|query read timeout|timeout exceeded when trying to connect|timeout expired|client was closed|not queryable|cannot use a pool after/iu;

/**
 * True when the database cannot be used right now: not reachable, shutting down, starting (57P0x), out of connections or
 * memory or disk (53xxx), or it cancelled the statement because a limit of ours ran out (57014, 55P03, 25P03).
 */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) {
    return /^(?:08|53|57P0)/u.test(state) || state === "57014" || state === "55P03" || state === "25P03";
  }
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string" && socketCodes.has(error.code)) return true;
  return driverTexts.test(error.message);
}

/** Turns "the database is away" into the error callers know; leaves everything else as it is. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof AdapterError || !isUnavailable(error)) return error;
  return new AdapterError("database_unavailable", { cause: error, retryAfterSeconds: 2 });
}
