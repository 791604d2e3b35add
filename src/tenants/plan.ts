/**
 * What a file of tenants changes. Pure: what is stored and what a file says go in, what has to be written comes out.
 *
 * Two sources speak, and neither undoes the other by repeating itself. A start's file counts only where it says something
 * else than at the start before; a file that is applied is a command, and counts where it differs from what is in force.
 */
import { isDeepStrictEqual } from "node:util";
import type { WrittenTenant } from "../config/file.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { tenantSchema } from "../config/tenant-schema.ts";
import { changedPaths } from "./changed-paths.ts";
import type { TenantOrigin, TenantStatus } from "./store.ts";

export interface StoredTenant extends WrittenTenant {
  readonly status: TenantStatus;
  readonly origin: TenantOrigin;
  /** What the start's file last said; undefined where it does not name this tenant. */
  readonly said: unknown;
  readonly revision: bigint;
}

export type TenantOutcome = "created" | "changed" | "unchanged" | "removed" | "restored" | "left-removed";

export interface TenantChange extends WrittenTenant {
  readonly outcome: TenantOutcome;
  /** Dotted paths of what differs from what was in force; never a value. */
  readonly changed: readonly string[];
  /** The row as it will be; undefined where it is right already. */
  readonly row?: Omit<StoredTenant, "revision" | "id">;
}

/** The settings of an entry, defaults filled in; undefined where this version can make no sense of it. */
export function readEntry(written: unknown): TenantConfig | undefined {
  const parsed = tenantSchema.safeParse(written);
  return parsed.success ? parsed.data : undefined;
}

/** Compared by meaning: a default written out is no change, and neither is one that a new version adds. */
function same(one: unknown, other: unknown): boolean {
  if (isDeepStrictEqual(one, other)) return true;
  const [left, right] = [readEntry(one), readEntry(other)];
  return left !== undefined && isDeepStrictEqual(left, right);
}

function pathsBetween(before: unknown, after: unknown): readonly string[] {
  return changedPaths(readEntry(before) ?? before, readEntry(after) ?? after);
}

/** What the file of a start changes. It speaks of the tenants that it names now, and of those it named at the start before. */
export function planStart(stored: readonly StoredTenant[], named: readonly WrittenTenant[]): readonly TenantChange[] {
  const known = new Map(stored.map((tenant) => [tenant.id, tenant]));
  const names = new Set(named.map(({ id }) => id));
  const dropped = stored.filter(({ id, said }) => said !== undefined && !names.has(id));
  return [...named.map((entry) => nameByStart(entry, known.get(entry.id))), ...dropped.map(dropByStart)];
}

function nameByStart(entry: WrittenTenant, stored: StoredTenant | undefined): TenantChange {
  const { id, written } = entry;
  const row = { status: "served", origin: "start", written, said: written } as const;
  if (stored === undefined) return { id, written, outcome: "created", changed: [], row };
  if (stored.said !== undefined && same(stored.said, written)) {
    // Removed by a command since, and the file has not been changed: the command stands.
    const outcome = stored.status === "served" ? "unchanged" : "left-removed";
    return { id, written: stored.written, outcome, changed: [] };
  }
  if (stored.status === "served" && same(stored.written, written))
    return { id, written: stored.written, outcome: "unchanged", changed: [], row: { ...stored, said: written } };
  return { id, written, outcome: outcomeOf(stored), changed: pathsBetween(stored.written, written), row };
}

/** The file named it, and does not any more. What a command has taken over since stays. */
function dropByStart(stored: StoredTenant): TenantChange {
  const { id, written } = stored;
  const kept = stored.origin === "apply" || stored.status === "removed";
  const row = { ...stored, status: kept ? stored.status : "removed", said: undefined } as const;
  return { id, written, outcome: kept ? "unchanged" : "removed", changed: [], row };
}

/** What an applied file changes; with `prune`, what it does not name is removed. */
export function planApply(
  stored: readonly StoredTenant[],
  named: readonly WrittenTenant[],
  prune: boolean,
): readonly TenantChange[] {
  const known = new Map(stored.map((tenant) => [tenant.id, tenant]));
  const names = new Set(named.map(({ id }) => id));
  const absent = prune ? stored.filter(({ id, status }) => status === "served" && !names.has(id)) : [];
  return [...named.map((entry) => nameByApply(entry, known.get(entry.id))), ...absent.map(removeTenant)];
}

function nameByApply({ id, written }: WrittenTenant, stored: StoredTenant | undefined): TenantChange {
  const row = { status: "served", origin: "apply", written, said: stored?.said } as const;
  if (stored === undefined) return { id, written, outcome: "created", changed: [], row };
  if (stored.status === "removed" || !same(stored.written, written))
    return { id, written, outcome: outcomeOf(stored), changed: pathsBetween(stored.written, written), row };
  const unchanged = { id, written: stored.written, outcome: "unchanged", changed: [] } as const;
  // Named by a command: from now on a start that does not name it leaves it alone.
  return stored.origin === "apply" ? unchanged : { ...unchanged, row: { ...stored, origin: "apply" } };
}

/** Takes a tenant out of service. What the start's file last said is kept, so that its repetition does not bring it back. */
export function removeTenant(stored: StoredTenant): TenantChange {
  const { id, written } = stored;
  return { id, written, outcome: "removed", changed: [], row: { ...stored, status: "removed", origin: "apply" } };
}

function outcomeOf({ status }: StoredTenant): "changed" | "restored" {
  return status === "served" ? "changed" : "restored";
}
