/**
 * Reads the settings: defaults < file < environment < flags. Anything unknown or wrong stops the start; every problem is
 * listed at once, by setting and source, and no value that may be a secret is ever repeated.
 */
import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { defaultDataDir } from "../db/data-dir.ts";
import type { Config, Role } from "./config.ts";
import type { FileConfig } from "./tenant-schema.ts";
import { checkFile, emptyFile, parseFile } from "./file.ts";
import type { CheckedFile, FileResult } from "./file.ts";
import type { Problem } from "./problem.ts";
import { configurationError, problemsOf } from "./problem.ts";
import type { Secrets, SecretSources } from "./secrets.ts";
import { createSecrets, fromFile, lookUpSecret } from "./secrets.ts";
import type { SettingName } from "./settings.ts";
import { configFileVariable, knownVariables, secretPrefix, settingNames, settings } from "./settings.ts";
import { placedInFile, referredVariables, tenantProblems } from "./tenant-problems.ts";

/** Where the settings come from. Absent parts are taken from the process. */
export interface LoadInput {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** By the setting's name in `Config`, as the command line gave them; `config` is the file's path. */
  readonly flags?: Readonly<Partial<Record<SettingName | "config", string>>>;
  /** Instead of a file: its content, already parsed (demo and tests). */
  readonly file?: unknown;
  /** Inline secrets are taken, and a missing master key is made up for this run. */
  readonly demo?: boolean;
  readonly readFile?: SecretSources["readFile"];
}

export interface LoadedConfig {
  readonly config: Config;
  readonly secrets: Secrets;
  /** For tenants that are stored: where their secrets are looked for on this machine. */
  readonly secretSources: SecretSources;
  /** The file's tenants as written; undefined where it names none and so says nothing about any. */
  readonly written: CheckedFile["written"];
  /** By setting: `default`, `environment`, `file ...`, `flag --...`. */
  readonly sources: ReadonlyMap<string, string>;
  /** For the operator; no secret in them. */
  readonly warnings: readonly string[];
}

/** What has been found so far; the steps below add to it. */
interface Findings {
  readonly values: Map<SettingName, unknown>;
  readonly sources: Map<string, string>;
  readonly problems: Problem[];
  readonly warnings: string[];
}

/**
 * Loads, checks and freezes the configuration.
 * @throws AdapterError `configuration_invalid` whose message lists every problem.
 */
export function loadConfig(input: LoadInput = {}): LoadedConfig {
  const environment = input.environment ?? process.env;
  const demo = input.demo ?? false;
  const readFile = input.readFile ?? readSecretFile;
  const sources: SecretSources = { environment, readFile, demo };
  const found: Findings = { values: new Map(), sources: new Map(), problems: [], warnings: [] };
  for (const name of settingNames) readSetting(name, input.flags?.[name], sources, found);
  const path = input.flags?.config ?? environment[configFileVariable];
  const fileSource = input.file !== undefined ? "file (given)" : `file ${path ?? "(none)"}`;
  const result = readTenants(input.file, path, fileSource, readFile);
  const file = "file" in result ? result.file : emptyFile;
  found.problems.push(...result.problems);
  found.problems.push(
    ...unknownVariables(environment, new Set([...referredVariables(file.tenants), ...mailVariables(file)])),
  );
  const config = complete(found, file, demo, environment);
  if ("file" in result) addTenantFindings(config, fileSource, sources, found);
  addMailFindings(config, fileSource, sources, found);
  if (found.problems.length > 0) throw configurationError(found.problems);
  for (const part of ["egress", "inboundAllow", "retention", "models", "clientCertificates", "mail", "tenants"])
    found.sources.set(part, path === undefined && input.file === undefined ? "default" : fileSource);
  return {
    config,
    secrets: createSecrets(sources),
    secretSources: sources,
    written: "file" in result ? result.written : undefined,
    sources: found.sources,
    warnings: found.warnings,
  };
}

function readSecretFile(path: string): { text: string; mode: number } {
  return { text: readFileSync(path, "utf8"), mode: statSync(path).mode };
}

/** A flag wins over the environment; `X` and `X_FILE` together are a contradiction. */
function readSetting(name: SettingName, flag: string | undefined, sources: SecretSources, found: Findings): void {
  const { variable, secret, schema } = settings[name];
  const given =
    flag === undefined ? fromEnvironment(variable, secret, sources, found) : { value: flag, source: `flag --${name}` };
  if (given === undefined) return;
  if (flag !== undefined && secret)
    found.warnings.push(`--${name} shows a secret in the process list: use ${variable}_FILE`);
  const parsed = schema.safeParse(given.value);
  if (!parsed.success) found.problems.push(...problemsOf(parsed.error, given.source, [variable]));
  else found.values.set(name, parsed.data);
  found.sources.set(name, given.source);
}

function fromEnvironment(
  variable: string,
  secret: boolean,
  sources: SecretSources,
  found: Findings,
): { value: string; source: string } | undefined {
  const value = sources.environment[variable];
  const path = secret ? sources.environment[`${variable}_FILE`] : undefined;
  if (path === undefined) return value === undefined ? undefined : { value, source: "environment" };
  if (value !== undefined) {
    found.problems.push({
      setting: variable,
      source: "environment",
      message: `give only one of ${variable}, ${variable}_FILE`,
    });
    return undefined;
  }
  const result = fromFile(path, sources);
  if (result.kind === "problem")
    found.problems.push({ setting: `${variable}_FILE`, source: "environment", message: result.message });
  if (result.kind !== "found") return undefined;
  if (result.warning !== undefined) found.warnings.push(`${variable}_FILE: ${result.warning}`);
  return { value: result.value, source: `${variable}_FILE` };
}

function readTenants(
  given: unknown,
  path: string | undefined,
  source: string,
  readFile: SecretSources["readFile"],
): FileResult {
  if (given !== undefined) return checkFile(given, source);
  if (path === undefined) return { file: emptyFile, written: undefined, parts: [], problems: [] };
  try {
    return parseFile(readFile(path).text, path);
  } catch {
    return {
      problems: [{ setting: configFileVariable, source: "environment", message: `the file ${path} cannot be read` }],
    };
  }
}

function addTenantFindings(
  { tenants, publicUrl }: Config,
  source: string,
  secrets: SecretSources,
  found: Findings,
): void {
  const { problems, warnings } = tenantProblems(placedInFile(tenants), { source, secrets, publicUrl });
  found.problems.push(...problems);
  found.warnings.push(...warnings);
}

const mailVariables = ({ mail }: Pick<Config, "mail">): readonly string[] =>
  mail?.passwordEnv === undefined ? [] : [mail.passwordEnv];

/** Credentials come in pairs: half of one is a mistake that would show at the first alert, in the middle of the night. */
function addMailFindings({ mail }: Config, source: string, secrets: SecretSources, found: Findings): void {
  if (mail === undefined) return;
  const password = lookUpSecret("password", mail, secrets);
  if (password.kind === "problem") found.problems.push({ setting: "mail", source, message: password.message });
  if ((mail.user === undefined) !== (password.kind === "unnamed"))
    found.problems.push({ setting: "mail", source, message: "user and passwordEnv (or passwordFile) go together" });
}

/** A misspelt setting is worse than none: it looks as if it were in force. */
function unknownVariables(environment: LoadInput["environment"] & object, referred: ReadonlySet<string>): Problem[] {
  return (
    Object.keys(environment)
      .filter((name) => name.startsWith("HANDOVER_") && !knownVariables.has(name) && !referred.has(name))
      // Named by tenants that are stored, which are not known yet.
      .filter((name) => !name.startsWith(secretPrefix))
      .map((name) => ({ setting: name, source: "environment", message: "is not a setting" }))
  );
}

function complete(
  found: Findings,
  file: FileConfig,
  demo: boolean,
  environment: LoadInput["environment"] & object,
): Config {
  const value = <T>(name: SettingName, fallback: () => T): T => {
    if (found.values.has(name)) return found.values.get(name) as T;
    if (!found.sources.has(name)) found.sources.set(name, "default");
    return fallback();
  };
  const optional = <K extends SettingName>(name: K): { [P in K]?: string } =>
    found.values.has(name) ? ({ [name]: found.values.get(name) } as { [P in K]?: string }) : {};
  const host = value("host", () => "127.0.0.1");
  const port = value("port", () => 8080);
  const config: Config = {
    ...file,
    ...optional("databaseUrl"),
    ...optional("databaseMigrationUrl"),
    ...optional("adminKey"),
    dataDir: value("dataDir", () => defaultDataDir(environment)),
    publicUrl: value("publicUrl", () => `http://${host === "0.0.0.0" || host === "::" ? "localhost" : host}:${port}`),
    host,
    port,
    roles: value("roles", (): readonly Role[] => ["api", "worker"]),
    masterKey: value("masterKey", () => missingMasterKey(found, demo)),
    logLevel: value("logLevel", () => "info" as const),
    demo,
  };
  return deepFreeze(config);
}

function missingMasterKey(found: Findings, demo: boolean): Uint8Array {
  if (demo) return new Uint8Array(randomBytes(32));
  // Already reported when it was given but wrong.
  const reported = found.problems.some(({ setting }) => setting.startsWith(settings.masterKey.variable));
  const message = "is required: 32 random bytes, for example from `openssl rand -base64 32`";
  if (!reported) found.problems.push({ setting: settings.masterKey.variable, source: "default", message });
  return new Uint8Array(32);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
