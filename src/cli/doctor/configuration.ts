/** Are the settings right, and is the master key there? */
import type { LoadInput, LoadedConfig } from "../../config/load.ts";
import { loadConfig } from "../../config/load.ts";
import { settings } from "../../config/settings.ts";
import { AdapterError } from "../../core/errors.ts";
import type { Check } from "./check.ts";
import { broken, held } from "./check.ts";

type Flags = NonNullable<LoadInput["flags"]>;

export interface ConfigurationFinding {
  readonly checks: readonly Check[];
  /** What to go on with; undefined where no sense can be made of the settings. */
  readonly loaded?: LoadedConfig;
}

export function checkConfiguration(flags: Flags): ConfigurationFinding {
  const loaded = tryLoad(flags, false);
  if (!(loaded instanceof AdapterError)) return { checks: goodChecks(loaded), loaded };
  const fix = "Set what is named above; `handover serve --help` lists the settings.";
  const check = broken("configuration", loaded.message, fix);
  // Without a master key alone the rest can still be looked at.
  const rest = tryLoad(flags, true);
  return rest instanceof AdapterError ? { checks: [check] } : { checks: [check], loaded: rest };
}

function tryLoad(flags: Flags, demo: boolean): LoadedConfig | AdapterError {
  try {
    return loadConfig({ flags, demo });
  } catch (error) {
    if (error instanceof AdapterError) return error;
    throw error;
  }
}

function goodChecks({ config, sources, warnings }: LoadedConfig): readonly Check[] {
  const count = config.tenants.length;
  const tenants = count === 0 ? "no tenant in a file" : `${count} ${count === 1 ? "tenant" : "tenants"} in the file`;
  return [
    held("configuration", `${tenants}; roles ${config.roles.join(", ")}; links begin with ${config.publicUrl}`),
    held("master key", `32 bytes, from ${sources.get("masterKey") ?? settings.masterKey.variable}`),
    ...warnings.map((warning) => held("warning", warning)),
  ];
}
