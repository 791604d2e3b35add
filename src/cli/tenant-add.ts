/** `handover tenant add`: asks the EHR what it says of itself, writes the whole entry, and examines what comes of it. */
import { stringify } from "yaml";
import { applyTenants } from "../app/apply-tenants.ts";
import type { Config } from "../config/config.ts";
import type { LoadInput } from "../config/load.ts";
import { loadConfig } from "../config/load.ts";
import { configurationError, problemsOf } from "../config/problem.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import { tenantSchema } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import { reportText } from "./apply.ts";
import { checkTenant, offeredServices } from "./doctor/tenant.ts";
import { discover } from "./doctor/tenant/discovery.ts";
import type { ExaminationInput } from "./doctor/tenant/examination.ts";
import { openExamination } from "./doctor/tenant/examination.ts";
import { capabilityOf, readMetadata } from "./doctor/tenant/metadata.ts";
import { registrationOf, registrationText } from "./doctor/tenant/registration.ts";
import { checksText } from "./doctor/text.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";
import type { Discovered, Given } from "./tenant-add/entry.ts";
import { proposeEntry } from "./tenant-add/entry.ts";
import type { VendorName } from "./tenant-add/vendors.ts";
import { vendorOf } from "./tenant-add/vendors.ts";
import { withTenantStore } from "./tenant-store.ts";

export interface AddCommand {
  readonly flags: NonNullable<LoadInput["flags"]>;
  readonly given: Given;
  /** Undefined: by what the server says of itself. */
  readonly vendor?: VendorName;
  /** Applies the entry; without, it is printed for a file. */
  readonly store: boolean;
  readonly json: boolean;
}

/**
 * The entry goes to standard output, everything said of it to standard error. Exit code 0 when every check holds, else 1:
 * printed or stored is the entry all the same, because an EHR grants nothing before its side has been set up too.
 * @throws AdapterError configuration_invalid for answers that make no entry
 */
export async function addTenant(command: AddCommand, io: Io): Promise<number> {
  const loaded = loadConfig({ flags: command.flags });
  const { given, store, json } = command;
  const asked = await askEhr(toConfig(proposeEntry(given, command.vendor ?? "generic", {}).entry), loaded.config);
  const vendor = command.vendor ?? asked.vendor;
  const { entry, notes } = proposeEntry(given, vendor, asked.discovered);
  const tenant = toConfig(entry);
  const stored = store
    ? await withTenantStore(loaded, (deps) =>
        applyTenants({ kind: "apply", named: [{ id: given.id, written: entry }], prune: false }, deps, {
          source: "command line",
        }),
      )
    : undefined;
  const checks = await checkTenant(tenant, loaded.config);
  const whole = toConfig(proposeEntry(withAllClients(given), vendor, asked.discovered).entry);
  const registration = registrationOf(whole, loaded.config.publicUrl, await offeredServices());
  if (json) io.stdout(`${JSON.stringify({ vendor, entry, notes, checks, registration, stored }, undefined, 2)}\n`);
  else {
    io.stdout(stored === undefined ? stringify({ tenants: [entry] }) : reportText(stored, false));
    const lines = notes.map((note) => `  - ${note}\n`).join("");
    io.stderr(`\nTaken for: ${vendor}${asked.software === undefined ? "" : ` (${asked.software})`}\n${lines}`);
    io.stderr(`\n${checksText(checks)}\nTo enter into the EHR's forms:\n\n${registrationText(registration)}`);
    io.stderr(`\nWhen the EHR's side is set up: handover tenant test ${given.id}\n`);
  }
  return checks.every(({ ok }) => ok) ? exitCodes.ok : exitCodes.failed;
}

/** The sheet is wanted before the EHR has given any client id: it is what the ids are given for. */
function withAllClients(given: Given): Given {
  const unknown = "(the EHR gives it)";
  const { smartClientId = unknown, backendClientId = unknown } = given;
  return { ...given, smartClientId, backendClientId };
}

/** The settings of an entry, defaults filled in. */
function toConfig(entry: unknown): TenantConfig {
  const parsed = tenantSchema.safeParse(entry);
  if (parsed.success) return parsed.data;
  throw configurationError(problemsOf(parsed.error, "command line"));
}

function open(input: ExaminationInput): ReturnType<typeof openExamination> {
  try {
    return openExamination(input);
  } catch {
    throw new AdapterError("configuration_invalid", { message: "The file of --ca-file cannot be read, or is no PEM." });
  }
}

interface Asked {
  readonly vendor: VendorName;
  readonly software?: string;
  readonly discovered: Discovered;
}

/** What cannot be asked is left out here; the examination says why. */
async function askEhr(tenant: TenantConfig, config: Config): Promise<Asked> {
  const noKeys = (): Promise<never> => Promise.reject(new Error("discovery needs no key"));
  const watch = async () => ({ subscriptions: [], poll: undefined });
  const examination = open({ tenant, config, ownKeys: noKeys, endpoints: async () => [], watch });
  try {
    const [{ document }, { statement }] = await Promise.all([discover(examination), readMetadata(examination)]);
    const software = statement?.software?.name;
    const documents = statement === undefined ? undefined : capabilityOf(statement, "DocumentReference");
    const algorithms = document?.token_endpoint_auth_signing_alg_values_supported;
    return {
      vendor: vendorOf(software),
      ...(software === undefined ? {} : { software }),
      discovered: {
        ...(document?.capabilities === undefined ? {} : { capabilities: document.capabilities }),
        ...(algorithms === undefined ? {} : { algorithms }),
        ...(documents === undefined ? {} : { conditionalCreate: documents.conditionalCreate === true }),
      },
    };
  } finally {
    await examination.close();
  }
}
