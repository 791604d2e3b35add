/** `handover serve`: configuration, app, signals. */
import { describeConfig } from "../config/describe.ts";
import type { LoadInput, LoadedConfig } from "../config/load.ts";
import { loadConfig } from "../config/load.ts";
import { errorFields } from "../telemetry/error-fields.ts";
import { createLog } from "../telemetry/log.ts";
import type { Io } from "./io.ts";
import { exitCodes } from "./io.ts";

export interface ServeOptions {
  readonly flags: NonNullable<LoadInput["flags"]>;
  /** A child of the demo: takes inline secrets, and ends when its standard input does. */
  readonly demo: boolean;
}

/** Running jobs and streams are handed over within this time; a container's own limit is usually 30 s. */
const GRACE_MS = 10_000;
/** Beyond the grace something hangs: the process ends all the same. */
const HARD_LIMIT_MS = 15_000;

/** Runs until it is told to go. Resolves with the exit code. */
export async function serve(options: ServeOptions, io: Io): Promise<number> {
  const loaded = loadConfig(options);
  tellConfiguration(loaded, io);
  const ending = untilToldToGo(options.demo);
  guardAgainstCrashes(loaded);
  try {
    return await runApp(loaded, ending, io);
  } finally {
    // Listened to for the end of our parent; open, it would keep a process alive that has nothing left to do.
    process.stdin.destroy();
  }
}

async function runApp(loaded: LoadedConfig, ending: Promise<string>, io: Io): Promise<number> {
  const { createApp } = await import("../app.ts");
  const app = await createApp(loaded);
  const { host, roles, publicUrl } = loaded.config;
  io.stdout(`Handover is ready at ${publicUrl} (listens on ${host}:${app.port}; ${roles.join(", ")})\n`);
  const reason = await ending;
  io.stderr(`Handover is stopping (${reason}).\n`);
  setTimeout(() => process.exit(exitCodes.failed), HARD_LIMIT_MS).unref();
  await app.stop(GRACE_MS);
  return exitCodes.ok;
}

function tellConfiguration(loaded: LoadedConfig, io: Io): void {
  for (const warning of loaded.warnings) io.stderr(`Warning: ${warning}\n`);
  if (loaded.config.logLevel !== "debug" && loaded.config.logLevel !== "trace") return;
  for (const { setting, value, source } of describeConfig(loaded)) io.stderr(`${setting} = ${value} (${source})\n`);
}

/** npm passes a signal on that the terminal has already sent: the same Ctrl-C arrives twice. */
const ONE_KEYSTROKE_MS = 1_000;

/** Resolves at the first signal; a later one, meant, ends the process at once. */
function untilToldToGo(withParent: boolean): Promise<string> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (first !== undefined && performance.now() - first > ONE_KEYSTROKE_MS) process.exit(exitCodes.failed);
      first ??= performance.now();
      resolve(signal);
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
    if (!withParent) return;
    // Whoever started us holds the other end of this pipe: it closes even when that process is killed.
    process.stdin.once("end", () => resolve("started by a process that is gone")).resume();
  });
}

/** An error nobody caught: logged without its message, which may quote data, and the process ends. */
function guardAgainstCrashes({ config }: LoadedConfig): void {
  const log = createLog({ level: config.logLevel });
  process.on("uncaughtException", (error) => {
    log.error("process.crashed", errorFields(error));
    process.exit(exitCodes.software);
  });
}
