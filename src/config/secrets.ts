/**
 * Secrets are named, not written (contract, section 2): `<name>Env` is the name of an environment variable, `<name>File`
 * a file; the bare `<name>` is the secret itself and is taken in the demo only.
 */

export const secretNames = [
  "secret",
  "key",
  "clientSecret",
  "apiKey",
  "token",
  "password",
  "accessKeyId",
  "secretAccessKey",
  "sessionToken",
  "clientKey",
] as const;
export type SecretName = (typeof secretNames)[number];

export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Text and permission bits of a file; throws where it cannot be read. */
  readonly readFile: (path: string) => { readonly text: string; readonly mode: number };
  readonly demo: boolean;
}

/** What came of looking a secret up. `problem` says which of the names failed, never the value. */
export type SecretResult =
  | { readonly kind: "found"; readonly value: string; readonly warning?: string }
  | { readonly kind: "unnamed" }
  | { readonly kind: "problem"; readonly message: string };

function member(holder: object, name: string): string | undefined {
  const value: unknown = Object.hasOwn(holder, name) ? Reflect.get(holder, name) : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Looks up one secret of a configuration object, for example `("secret", endpoint)`. */
export function lookUpSecret(name: SecretName, holder: object, sources: SecretSources): SecretResult {
  const variable = member(holder, `${name}Env`);
  const file = member(holder, `${name}File`);
  const inline = member(holder, name);
  if ([variable, file, inline].filter((value) => value !== undefined).length > 1) {
    return { kind: "problem", message: `give only one of ${name}Env, ${name}File` };
  }
  if (variable !== undefined) return fromVariable(variable, sources);
  if (file !== undefined) return fromFile(file, sources);
  if (inline === undefined) return { kind: "unnamed" };
  if (!sources.demo)
    return { kind: "problem", message: `a secret in the file is for the demo only: use ${name}Env or ${name}File` };
  return { kind: "found", value: inline };
}

function fromVariable(variable: string, sources: SecretSources): SecretResult {
  const value = sources.environment[variable];
  if (value === undefined || value === "")
    return { kind: "problem", message: `the environment variable ${variable} is not set` };
  return { kind: "found", value };
}

/** Reads a secret from a file; one trailing line end is not part of it. */
export function fromFile(path: string, sources: Pick<SecretSources, "readFile">): SecretResult {
  try {
    const { text, mode } = sources.readFile(path);
    const value = text.replace(/\r?\n$/u, "");
    if (value === "") return { kind: "problem", message: `the file ${path} is empty` };
    if ((mode & 0o077) === 0) return { kind: "found", value };
    return {
      kind: "found",
      value,
      warning: `the file ${path} can be read by others (mode ${(mode & 0o777).toString(8)}): make it 0600`,
    };
  } catch {
    return { kind: "problem", message: `the file ${path} cannot be read` };
  }
}

/** Secrets of a checked configuration. */
export interface Secrets {
  /** The secret of a configuration object, or undefined where none is named. Every named one was found at the start. */
  get(name: SecretName, holder: object): string | undefined;
}

/** Looks secrets up anew at each call, so that a file replaced by a rotation is seen without a restart. */
export function createSecrets(sources: SecretSources): Secrets {
  return {
    get(name, holder) {
      const result = lookUpSecret(name, holder, sources);
      return result.kind === "found" ? result.value : undefined;
    },
  };
}
