/** The tenants that a start with these settings would serve: those of the database, and what the file would change. Nothing is written. */
import { problemsHere } from "../../app/stored-tenant-check.ts";
import type { LoadedConfig } from "../../config/load.ts";
import type { TenantConfig } from "../../config/tenant-schema.ts";
import { AdapterError, toAdapterError } from "../../core/errors.ts";
import { openDatabase } from "../../db/connect.ts";
import { sqlState } from "../../db/pg-errors.ts";
import { createSealer } from "../../db/sealer.ts";
import type { StoredTenant, TenantChange } from "../../tenants/plan.ts";
import { planStart, readEntry } from "../../tenants/plan.ts";
import { readStoredTenants } from "../../tenants/stored-tenants.ts";
import type { Check } from "./check.ts";
import { broken, held, noted } from "./check.ts";
import { findPlace } from "./database.ts";

export interface TenantsFinding {
  readonly tenants: readonly TenantConfig[];
  readonly checks: readonly Check[];
}

const NAME = "tenants";

export async function findTenants(loaded: LoadedConfig): Promise<TenantsFinding> {
  const { config, written } = loaded;
  const stored = await readStored(loaded);
  if ("fix" in stored) return { tenants: config.tenants, checks: [stored] };
  const changes = written === undefined ? [] : planStart(stored, written);
  const found = served(stored, changes);
  const tenants = found.flatMap(({ tenant }) => tenant ?? []);
  const faults = found.flatMap(({ id, tenant }) => faultsOf(id, tenant, loaded));
  return { tenants, checks: [countOf(tenants, stored), ...faults, ...leftRemoved(changes)] };
}

async function readStored({ config }: LoadedConfig): Promise<readonly StoredTenant[] | (Check & { fix: string })> {
  const note = (found: string, fix: string) => ({ ...noted(NAME, `${found}: the file's tenants only`, fix), fix });
  try {
    const place = await findPlace(config);
    const database = openDatabase(place.appUrl);
    try {
      return await readStoredTenants(database.http, createSealer([config.masterKey]));
    } finally {
      await database.close();
      await place.stop();
    }
  } catch (error) {
    // Undefined function or schema: nothing has been migrated yet, and nothing stored.
    if (/^(?:42883|3F000|42501|28)/u.test(sqlState(error) ?? "")) return [];
    if (error instanceof AdapterError && error.code === "configuration_invalid")
      return note(
        "those of the database were sealed with another master key",
        "Set HANDOVER_MASTER_KEY to the key used before.",
      );
    if (toAdapterError(error).code === "database_unavailable")
      return note("the database could not be asked", "Run this again when it is there: applied tenants stand in it.");
    throw error;
  }
}

interface Found {
  readonly id: string;
  /** Undefined where this version cannot read the settings. */
  readonly tenant: TenantConfig | undefined;
}

function served(stored: readonly StoredTenant[], changes: readonly TenantChange[]): readonly Found[] {
  const rows = new Map<string, Pick<StoredTenant, "status" | "written">>(stored.map((each) => [each.id, each]));
  for (const { id, row } of changes) if (row !== undefined) rows.set(id, row);
  return [...rows]
    .filter(([, { status }]) => status === "served")
    .map(([id, { written }]) => ({ id, tenant: readEntry(written) }));
}

function countOf(tenants: readonly TenantConfig[], stored: readonly StoredTenant[]): Check {
  const ids = tenants.map(({ id }) => id).join(", ");
  const removed = stored.filter(({ status }) => status === "removed").length;
  const gone = removed === 0 ? "" : `; ${removed} removed`;
  return held(NAME, `${tenants.length === 0 ? "none is served" : `served: ${ids}`}${gone}`);
}

function faultsOf(id: string, tenant: TenantConfig | undefined, loaded: LoadedConfig): readonly Check[] {
  if (tenant === undefined) {
    const fix = "Apply its settings again; where a newer version stored them, run that one.";
    return [broken(`tenant ${id}`, "its stored settings do not open, or this version cannot read them", fix)];
  }
  const problems = problemsHere(tenant, loaded);
  if (problems.length === 0) return [];
  const found = problems.map(({ setting, message }) => `${setting}: ${message}`).join("\n");
  const fix =
    "Give this machine what is named, or apply settings without it; until then its last good settings are used.";
  return [broken(`tenant ${id}`, found, fix)];
}

function leftRemoved(changes: readonly TenantChange[]): readonly Check[] {
  return changes
    .filter(({ outcome }) => outcome === "left-removed")
    .map(({ id }) => {
      const fix = "Take it out of the file, or apply it again.";
      return noted(`tenant ${id}`, "the file names it, and a command has removed it since: it is not served", fix);
    });
}
