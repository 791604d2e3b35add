/** Which adapter a command speaks to, and as whom: any running one, from anywhere, with an API key of the tenant. */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { Options } from "../command.ts";
import { textOf } from "../command.ts";
import { RemoteFailure } from "./failure.ts";
import { exitCodes } from "../io.ts";

export interface Connection {
  /** Without trailing slash. */
  readonly url: string;
  readonly key: string;
}

const DEFAULT_KEY_VARIABLE = "HANDOVER_API_KEY";

/** Adds `--url`, `--key-env` and `--key-file`. The key itself is no option: command lines stand in process lists. */
export function addConnectionFlags(command: Command): Command {
  return command
    .option("--url <url>", "the adapter's address (default: PUBLIC_URL, else this machine's port 8080)")
    .option("--key-env <name>", `variable that holds the API key (default: ${DEFAULT_KEY_VARIABLE})`)
    .option("--key-file <file>", "file that holds the API key");
}

const invalid = (message: string, fix: string): RemoteFailure =>
  new RemoteFailure({ message, fix, exitCode: exitCodes.configuration });

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw invalid(`The key file ${file} cannot be read.`, "Name a file that this user may read.");
  }
}

function urlOf(options: Options, environment: NodeJS.ProcessEnv): string {
  const given = textOf(options, "url") ?? environment["PUBLIC_URL"];
  const text = given ?? `http://127.0.0.1:${environment["PORT"] ?? "8080"}`;
  if (!URL.canParse(text) || !/^https?:$/u.test(new URL(text).protocol))
    throw invalid("The adapter's address is not an http or https URL.", "Give it with --url or PUBLIC_URL.");
  return text.replace(/\/+$/u, "");
}

/** @throws RemoteFailure where the address is none, or there is no key */
export function connectionOf(options: Options, environment: NodeJS.ProcessEnv = process.env): Connection {
  const url = urlOf(options, environment);
  const file = textOf(options, "keyFile");
  const variable = textOf(options, "keyEnv") ?? DEFAULT_KEY_VARIABLE;
  const key = file === undefined ? (environment[variable] ?? "").trim() : readKeyFile(file);
  if (key !== "") return { url, key };
  throw invalid(
    file === undefined ? `There is no API key in ${variable}.` : `The key file ${file} is empty.`,
    "Set it to the key of an API client of the tenant (`apiClients` of its configuration); --key-env or --key-file name another place.",
  );
}
