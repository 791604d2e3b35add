/** Command-line flags for the settings that are no secret, from the same table as the environment variables. */
import type { Command } from "commander";
import type { LoadInput } from "../config/load.ts";
import { settingNames, settings } from "../config/settings.ts";

const dashed = (name: string): string => name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);

/** Adds `--port`, `--public-url` ... and `--config` to a command. */
export function addSettingFlags(command: Command): Command {
  command.option("--config <file>", "configuration file (HANDOVER_CONFIG)");
  // A secret on a command line shows in the process list.
  for (const name of settingNames.filter((each) => !settings[each].secret))
    command.option(`--${dashed(name)} <value>`, settings[name].variable);
  return command;
}

/** What of a command's options are settings, as `loadConfig` takes them. */
export function flagsOf(options: Readonly<Record<string, unknown>>): NonNullable<LoadInput["flags"]> {
  const names = ["config", ...settingNames] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = options[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
}
