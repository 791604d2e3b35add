/** Where a relay brings events: each target with a name, a place of its own in the feed, and its secrets. */
import type { Options } from "../command.ts";
import { usageError } from "../remote/failure.ts";

export interface RelayTarget {
  readonly name: string;
  readonly url: string;
  /** The feed's consumer that keeps its place: a target that is down holds up no other. */
  readonly consumer: string;
}

/** Texts of an option that may be repeated. */
export const listOf = (options: Options, name: string): readonly string[] => {
  const given = options[name];
  return Array.isArray(given) ? given.map(String) : [];
};

function parseTarget(text: string, consumer: string): RelayTarget {
  const [, name, url] = /^([A-Za-z0-9_-]{1,30})=(.+)$/u.exec(text) ?? [];
  if (name !== undefined && url !== undefined) return { name, url, consumer: `${consumer}.${name}` };
  return { name: "default", url: text, consumer };
}

/** @throws RemoteFailure (usage) where several have no names, or share one */
export function targetsOf(given: readonly string[], consumer: string): readonly RelayTarget[] {
  if (!/^[A-Za-z0-9._-]{1,32}$/u.test(consumer))
    throw usageError("--consumer takes 1 to 32 letters, digits, dots, hyphens and underscores.");
  const targets = given.map((text) => parseTarget(text, consumer));
  if (targets.length === 0) throw usageError("Say where to: --forward-to URL.");
  if (
    new Set(targets.map(({ name }) => name)).size !== targets.length ||
    (targets.length > 1 && targets.some(({ name }) => name === "default"))
  )
    throw usageError("Several targets need names of their own: --forward-to his=URL --forward-to lab=URL.");
  return targets;
}

/**
 * The secrets of a target out of the variables that were named, current first.
 * @param variables `VARIABLE` for every target, or `target=VARIABLE` for one
 */
export function secretsOf(
  variables: readonly string[],
  target: string,
  environment: NodeJS.ProcessEnv = process.env,
): readonly string[] {
  const own = variables.flatMap((text) => {
    const [, name, variable = ""] = /^(?:([A-Za-z0-9_-]{1,30})=)?(\w+)$/u.exec(text) ?? [];
    return name === undefined || name === target ? [variable] : [];
  });
  return own.map((variable) => {
    const value = environment[variable]?.trim();
    if (value === undefined || value === "") throw usageError(`There is no secret in ${variable}.`);
    return value;
  });
}
