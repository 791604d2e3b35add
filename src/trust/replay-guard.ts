/**
 * A token is good once, on whichever replica it turns up. The database decides; while it is away this replica's own memory
 * stands in (design, section 4), so that a verified hook still gets its answer.
 */
import { createHash } from "node:crypto";
import type { Pool } from "../db/database.ts";
import { run } from "../db/query.ts";
import { useTokenQuery } from "./store.ts";
import type { UseOnce } from "./verify-jwt.ts";

/** Used tokens in memory. The oldest go first when it is full: they are the nearest to their end. */
export interface TokenMemory {
  /** False where the id is already there and has not run out. */
  add(id: string, untilSeconds: number, nowSeconds: number): boolean;
  readonly size: number;
}

const MAX_TOKENS = 100_000;

export function createTokenMemory(maxTokens = MAX_TOKENS): TokenMemory {
  const until = new Map<string, number>();
  return {
    get size() {
      return until.size;
    },
    add(id, untilSeconds, nowSeconds) {
      const known = until.get(id);
      if (known !== undefined && known > nowSeconds) return false;
      until.delete(id);
      until.set(id, untilSeconds);
      // A Map keeps the order of insertion, and lifetimes are short and alike: the first is the oldest.
      for (const [oldest, end] of until) {
        if (until.size <= maxTokens && end > nowSeconds) break;
        until.delete(oldest);
      }
      return true;
    },
  };
}

export interface ReplayGuardDeps {
  readonly db: Pool;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told when memory had to stand in. */
  readonly onUnavailable: () => void;
  /** How long the database may take; a hook has 500 ms in all. */
  readonly waitMs?: number;
  readonly memory?: TokenMemory;
}

export function createReplayGuard({
  db,
  now,
  onUnavailable,
  waitMs = 150,
  memory = createTokenMemory(),
}: ReplayGuardDeps): UseOnce {
  return async ({ tenant, iss, jti, untilSeconds }) => {
    const digest = createHash("sha256")
      .update(JSON.stringify([iss, jti]))
      .digest();
    if (!memory.add(`${tenant}:${digest.toString("base64")}`, untilSeconds, now() / 1000)) return false;
    const rows = await within(run(db, useTokenQuery, tenant, digest, untilSeconds), waitMs);
    if (rows !== undefined) return rows.length === 1;
    onUnavailable();
    return true;
  };
}

/** The result, or undefined where it failed or took too long. */
async function within<T>(work: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limitMs);
  });
  return Promise.race([work.catch(() => undefined), limit]).finally(() => clearTimeout(timer));
}
