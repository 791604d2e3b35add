/** `handover tenant list|show|remove`: the tenants of the database. */
import { stringify } from "yaml";
import { applyTenants } from "../app/apply-tenants.ts";
import { problemsHere } from "../app/stored-tenant-check.ts";
import { redact } from "../config/describe.ts";
import type { LoadInput } from "../config/load.ts";
import { loadConfig } from "../config/load.ts";
import { AdapterError } from "../core/errors.ts";
import type { StoredTenant } from "../tenants/plan.ts";
import { readEntry } from "../tenants/plan.ts";
import { reportText } from "./apply.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import { storedTenants, withTenantStore } from "./tenant-store.ts";

export interface TenantsCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  readonly json: boolean;
}

export type OneTenantCommand = TenantsCommand & { readonly id: string };

const origins = { start: "the file of a start", apply: "a command (apply)" } as const;

/** Exit code 0, also where there is none. */
export async function listTenants({ flags, json }: TenantsCommand, io: Io): Promise<number> {
  const stored = await withTenantStore(loadConfig({ flags }), storedTenants);
  const tenants = stored.map(({ id, status, origin, written }) => {
    const settings = readEntry(written);
    const { name, environment } = settings ?? {};
    return { id, name, status, origin, environment, fhirBaseUrl: settings?.ehr.fhirBaseUrl };
  });
  if (json) io.stdout(`${JSON.stringify({ tenants }, undefined, 2)}\n`);
  else if (tenants.length === 0) io.stdout("No tenant. `handover tenant add --help` tells how to add one.\n");
  else
    for (const { id, name, status, origin, environment = "?", fhirBaseUrl = "(unreadable here)" } of tenants)
      io.stdout(
        `  ${id.padEnd(20)} ${status.padEnd(8)} ${environment.padEnd(10)} ${fhirBaseUrl}  (${name ?? "?"}; ${origins[origin]})\n`,
      );
  return exitCodes.ok;
}

/**
 * Exit code 0 where it is served and can be, else 1.
 * @throws AdapterError configuration_invalid for a tenant that nobody ever named
 */
export async function showTenant({ flags, json, id }: OneTenantCommand, io: Io): Promise<number> {
  const loaded = loadConfig({ flags });
  const { status, origin, written } = requireOne(await withTenantStore(loaded, storedTenants), id);
  const settings = readEntry(written);
  const problems = settings === undefined ? [] : problemsHere(settings, loaded);
  const found = problems.map(({ setting, message }) => `${setting}: ${message}`);
  if (settings === undefined) found.push("its settings do not open, or this version cannot read them");
  const masked: unknown = JSON.parse(JSON.stringify(settings ?? written ?? null, redact));
  if (json) io.stdout(`${JSON.stringify({ id, status, origin, problems: found, settings: masked }, undefined, 2)}\n`);
  else {
    io.stdout(`# ${id}: ${status}; settings from ${origins[origin]}\n`);
    for (const problem of found) io.stdout(`# cannot be used here: ${problem}\n`);
    io.stdout(stringify(masked));
  }
  return status === "served" && found.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/** Exit code 0; removing what is removed already changes nothing. */
export async function removeTenant({ flags, json, id }: OneTenantCommand, io: Io): Promise<number> {
  const report = await withTenantStore(loadConfig({ flags }), async (deps) => {
    requireOne(await storedTenants(deps), id);
    return applyTenants({ kind: "remove", id }, deps, { source: "command line" });
  });
  io.stdout(json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report, false));
  return exitCodes.ok;
}

function requireOne(stored: readonly StoredTenant[], id: string): StoredTenant {
  const found = stored.find((tenant) => tenant.id === id);
  if (found !== undefined) return found;
  const known = stored.length === 0 ? "none" : stored.map((tenant) => tenant.id).join(", ");
  throw new AdapterError("configuration_invalid", {
    message: `There is no tenant ${id}; the database holds: ${known}.`,
  });
}
