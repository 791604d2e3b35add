/** `handover doctor`: looks everything over that must hold before the adapter can work, and changes nothing. */
import type { Config } from "../config/config.ts";
import type { LoadInput } from "../config/load.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import type { Check } from "./doctor/check.ts";
import { checkConfiguration } from "./doctor/configuration.ts";
import { checkDatabase } from "./doctor/database.ts";
import { checkEgress } from "./doctor/egress.ts";
import { checkTenant, offeredServices } from "./doctor/tenant.ts";
import { registrationOf, registrationText } from "./doctor/tenant/registration.ts";
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
 * @throws AdapterError configuration_invalid for a tenant that the configuration does not hold
 */
export async function doctor(command: DoctorCommand, io: Io): Promise<number> {
  const { flags, json, tenant: id, registration = false } = command;
  const { checks: first, config } = checkConfiguration(flags);
  if (registration && config !== undefined) return printRegistration(requireTenant(config, id), config, json, io);
  const rest = config === undefined ? [] : await checkRest(config, id);
  const checks = [...first, ...rest];
  const ok = checks.every((check) => check.ok);
  if (json) io.stdout(`${JSON.stringify({ ok, checks }, undefined, 2)}\n`);
  else io.stdout(`${checks.map(line).join("")}${lastLine(checks)}`);
  return ok ? exitCodes.ok : exitCodes.failed;
}

async function checkRest(config: Config, id: string | undefined): Promise<readonly Check[]> {
  if (id !== undefined) return checkTenant(requireTenant(config, id), config);
  return (await Promise.all([checkDatabase(config), checkEgress(config)])).flat();
}

function requireTenant({ tenants }: Config, id: string | undefined): TenantConfig {
  const found = tenants.find((tenant) => tenant.id === id);
  if (found !== undefined) return found;
  const known = tenants.length === 0 ? "none is configured" : tenants.map((tenant) => tenant.id).join(", ");
  const asked = id === undefined ? "Name a tenant with --tenant" : `There is no tenant ${id}`;
  throw new AdapterError("configuration_invalid", { message: `${asked}; the configuration holds: ${known}.` });
}

async function printRegistration(tenant: TenantConfig, { publicUrl }: Config, json: boolean, io: Io): Promise<number> {
  const registration = registrationOf(tenant, publicUrl, await offeredServices());
  if (json) io.stdout(`${JSON.stringify({ tenant: tenant.id, registration }, undefined, 2)}\n`);
  else io.stdout(registrationText(registration));
  return exitCodes.ok;
}

const MARGIN = "".padEnd(25);

function line({ name, ok, found, fix }: Check): string {
  const mark = ok ? (fix === undefined ? "ok    " : "note  ") : "FAILED";
  const head = `  ${mark}  ${name.padEnd(14)} ${found.replaceAll("\n", `\n${MARGIN}`)}\n`;
  return fix === undefined ? head : `${head}${MARGIN}${ok ? "Do" : "Fix"}: ${fix}\n`;
}

function lastLine(checks: readonly Check[]): string {
  const failed = checks.filter((check) => !check.ok).length;
  const notes = checks.filter((check) => check.ok && check.fix !== undefined).length;
  const beside = notes === 0 ? "" : `; ${notes} ${notes === 1 ? "note" : "notes"}`;
  return failed === 0
    ? `\nAll ${checks.length} checks hold${beside}.\n`
    : `\n${failed} of ${checks.length} checks failed${beside}.\n`;
}
