/** An endpoint's settings as options name them, in the shape that the API takes. What was not given is not there. */
import { readFileSync } from "node:fs";
import type { Options } from "../command.ts";
import { textOf } from "../command.ts";
import { usageError } from "../remote/failure.ts";

const dashed = (name: string): string => name.replaceAll(/[A-Z]/gu, (letter) => `-${letter.toLowerCase()}`);

export function numberOf(options: Options, name: string): number | undefined {
  const text = textOf(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw usageError(`--${dashed(name)} is not a number.`);
  return value;
}

/**
 * A whole number within bounds: with none at work, or none in a page, nothing would be done and all of it called done.
 * @param otherwise where the option was not given
 */
export function wholeOf(
  options: Options,
  name: string,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  const value = numberOf(options, name) ?? otherwise;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw usageError(`--${dashed(name)} takes a whole number from ${least} to ${most}.`);
}

function settingsFile(file: string): object {
  let text: string;
  try {
    text = readFileSync(file === "-" ? 0 : file, "utf8");
  } catch {
    throw usageError(`The file ${file} cannot be read.`);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, as for what is JSON and no object.
  }
  throw usageError(`The file ${file} holds no JSON object.`);
}

/** A secret out of the variable that an option names; undefined where the option was not given. */
export function secretOf(options: Options, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const variable = textOf(options, "secretEnv");
  if (variable === undefined) return undefined;
  const value = environment[variable]?.trim();
  if (value === undefined || value === "") throw usageError(`There is no secret in ${variable}.`);
  return value;
}

/** Headers of `--header-env Name=VARIABLE`; undefined where none was given. */
export function headersOf(
  options: Options,
  environment: NodeJS.ProcessEnv = process.env,
): Readonly<Record<string, string>> | undefined {
  const given = options["headerEnv"];
  if (!Array.isArray(given) || given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((each) => {
      const [, name, variable] = /^([^=\s]+)=([A-Za-z_]\w*)$/u.exec(String(each)) ?? [];
      if (name === undefined || variable === undefined) throw usageError("--header-env takes Name=VARIABLE.");
      const value = environment[variable];
      if (value === undefined) throw usageError(`There is no value in ${variable}.`);
      return [name, value];
    }),
  );
}

/** A value as it is meant: numbers, true and false are none but in quotes. */
function valueOf(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text.replaceAll(/^"(.*)"$/gu, "$1");
}

/** The filter of `--filter data.status=completed,failed`; undefined where none was given. */
export function filterOf(
  options: Options,
): Readonly<Record<string, readonly (string | number | boolean)[]>> | undefined {
  const given = options["filter"];
  if (!Array.isArray(given) || given.length === 0) return undefined;
  return Object.fromEntries(
    given.map((each) => {
      const [, path, values] = /^(data\.[\w.]+)=(.+)$/u.exec(String(each)) ?? [];
      if (path === undefined || values === undefined) throw usageError("--filter takes data.PATH=VALUE,VALUE.");
      return [path, values.split(",").map(valueOf)];
    }),
  );
}

/** @throws RemoteFailure (usage) for an option that cannot be read; whether a value is allowed, the adapter says */
export function settingsOf(options: Options, environment: NodeJS.ProcessEnv = process.env): object {
  const file = textOf(options, "settings");
  const retry = textOf(options, "retry");
  const named = {
    events: textOf(options, "events")?.split(","),
    filter: filterOf(options),
    payload: textOf(options, "payload"),
    signature: textOf(options, "signature"),
    ordering: textOf(options, "ordering"),
    concurrency: numberOf(options, "concurrency"),
    ratePerSecond: numberOf(options, "rate"),
    timeoutSeconds: numberOf(options, "timeout"),
    retry: retry === undefined ? undefined : { preset: retry },
    contact: textOf(options, "contact"),
    headers: headersOf(options, environment),
  };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return { ...(file === undefined ? {} : settingsFile(file)), ...Object.fromEntries(given) };
}
