/** `handover doctor`: looks everything over that must hold before the adapter can work, and changes nothing. */
import type { Config } from "../config/config.ts";
import type { LoadedConfig, LoadInput } from "../config/load.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import type { Check } from "./doctor/check.ts";
import { checkConfiguration } from "./doctor/configuration.ts";
import { checkDatabase } from "./doctor/database.ts";
import { checkEgress } from "./doctor/egress.ts";
import { checkMail } from "./doctor/mail.ts";
import { checkTenant, offeredServices } from "./doctor/tenant.ts";
import type { TenantsFinding } from "./doctor/tenants.ts";
import { findTenants } from "./doctor/tenants.ts";
import { registrationOf, registrationText } from "./doctor/tenant/registration.ts";
import { checksText } from "./doctor/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";

export interface DoctorCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  readonly json: boolean;
  /** Looks at this hospital's set-up in place of the adapter's own. */
  readonly tenant?: string;
  /** With a tenant: prints what to enter into the EHR's forms in place of checking. */
  readonly registration?: boolean;
}

/**
 * Exit code 0 when every check holds, else 1.
 * @throws AdapterError configuration_invalid for a tenant that neither file nor database holds
 */
export async function doctor(command: DoctorCommand, io: Io): Promise<number> {
  const { flags, json, tenant: id, registration = false } = command;
  const { checks: first, loaded } = checkConfiguration(flags);
  const found = loaded === undefined ? undefined : await findTenants(loaded);
  if (registration && loaded !== undefined && found !== undefined)
    return printRegistration(requireTenant(found.tenants, id), loaded.config, json, io);
  const rest = loaded === undefined || found === undefined ? [] : await checkRest(loaded, found, id);
  const checks = [...first, ...rest];
  const ok = checks.every((check) => check.ok);
  if (json) io.stdout(`${JSON.stringify({ ok, checks }, undefined, 2)}\n`);
  else io.stdout(checksText(checks));
  return ok ? exitCodes.ok : exitCodes.failed;
}

async function checkRest(
  loaded: LoadedConfig,
  { tenants, checks }: TenantsFinding,
  id: string | undefined,
): Promise<readonly Check[]> {
  const { config } = loaded;
  if (id === undefined)
    return [
      ...checks,
      ...(await Promise.all([checkDatabase(config), checkEgress(config, tenants), checkMail(loaded)])).flat(),
    ];
  const about = checks.filter(({ name, fix }) => name === `tenant ${id}` || (name === "tenants" && fix !== undefined));
  return [...about, ...(await checkTenant(requireTenant(tenants, id), config))];
}

function requireTenant(tenants: readonly TenantConfig[], id: string | undefined): TenantConfig {
  const found = tenants.find((tenant) => tenant.id === id);
  if (found !== undefined) return found;
  const known = tenants.length === 0 ? "none is served" : tenants.map((tenant) => tenant.id).join(", ");
  const asked = id === undefined ? "Name a tenant with --tenant" : `There is no tenant ${id}`;
  throw new AdapterError("configuration_invalid", { message: `${asked}; file and database hold: ${known}.` });
}

async function printRegistration(tenant: TenantConfig, { publicUrl }: Config, json: boolean, io: Io): Promise<number> {
  const registration = registrationOf(tenant, publicUrl, await offeredServices());
  if (json) io.stdout(`${JSON.stringify({ tenant: tenant.id, registration }, undefined, 2)}\n`);
  else io.stdout(registrationText(registration));
  return exitCodes.ok;
}
