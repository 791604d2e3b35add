/** The process: one command, one exit code. Without a command it serves. */
import { processIo } from "./cli/io.ts";
import { runCli } from "./cli/program.ts";

/** A command that has returned has nothing left to do; whatever still keeps the process alive then has hung. */
const LINGER_MS = 2_000;

process.exitCode = await runCli(process.argv.slice(2), processIo());
setTimeout(() => process.exit(), LINGER_MS).unref();
