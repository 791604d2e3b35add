/** `handover demo`: the whole job on one machine, once with verdicts, or standing for somebody to walk through. */
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { loadConfig } from "../config/load.ts";
import type { Config } from "../config/config.ts";
import { readDemoSettings } from "./demo/settings.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";

/** Resolves with the exit code: 0 when every witness saw its part, or when a standing demo was ended. */
export async function demo(options: Readonly<Record<string, unknown>>, io: Io): Promise<number> {
  const settings = await readDemoSettings(options);
  if (typeof settings === "string") {
    io.stderr(`${settings}\n`);
    return exitCodes.usage;
  }
  const config = demoConfig();
  // Half of a start is reading the sources. In our own folder: a shared temporary one could be prepared by somebody else.
  enableCompileCache(join(config.dataDir, "compile-cache"));
  const { runOnce } = await import("./demo/run-once.ts");
  const { stayUp } = await import("./demo/stay-up.ts");
  return settings.once ? runOnce(settings, config, io) : stayUp(settings, config, io);
}

/** The settings that the demo heeds: where the database is and how much to log. The rest it makes up for each run. */
const heeded = [
  "DATABASE_URL",
  "DATABASE_MIGRATION_URL",
  "HANDOVER_DATA_DIR",
  "PORT",
  "LOG_LEVEL",
  // Where the default data folder lies.
  "HOME",
  "XDG_STATE_HOME",
  "LOCALAPPDATA",
];

function demoConfig(): Config {
  const environment = Object.fromEntries(heeded.map((name) => [name, process.env[name]]));
  return loadConfig({ environment: { ...environment, LOG_LEVEL: process.env["LOG_LEVEL"] ?? "warn" }, demo: true })
    .config;
}
