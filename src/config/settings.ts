/**
 * The process's own settings, as the environment and the command line name them (contract, section 1). One table: the
 * loader reads it, `describeConfig` prints it, and an unknown HANDOVER_* variable is one that is not in it.
 */
import { z } from "zod";

const roles = z
  .string()
  .transform((value) => value.split(",").map((role) => role.trim()))
  .pipe(z.array(z.enum(["api", "worker"])).nonempty("name at least one of api, worker"));

const httpUrl = z.url({ protocol: /^https?$/u, error: "an http or https URL" });

/** Links in answers are built by appending paths, so the base carries no trailing slash, query or fragment. */
const baseUrl = httpUrl
  .refine((value) => !/[?#]/u.test(value), "no query and no fragment")
  .transform((value) => value.replace(/\/+$/u, ""));

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/u, error: "a postgres:// URL" });

const port = z.coerce.number("a port number").int().min(0).max(65_535);

const logLevel = z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]);

/** 32 bytes as 64 hexadecimal digits, or as base64 or base64url. */
const masterKey = z.string().transform((value, context): Uint8Array => {
  const bytes = /^[0-9a-f]{64}$/iu.test(value) ? Buffer.from(value, "hex") : Buffer.from(value, "base64");
  if (bytes.length !== 32)
    context.addIssue({ code: "custom", message: "32 bytes are needed, as 64 hexadecimal digits or as base64" });
  return new Uint8Array(bytes);
});

/** Admin keys are compared, not derived from: length is what makes them hard to guess. */
const adminKey = z.string().min(16, "at least 16 characters");

interface Setting {
  readonly variable: string;
  readonly schema: z.ZodType;
  /** True where the value must never be printed; such a setting may also be given as `<variable>_FILE`. */
  readonly secret: boolean;
}

const open = (variable: string, schema: z.ZodType): Setting => ({ variable, schema, secret: false });
const sealed = (variable: string, schema: z.ZodType): Setting => ({ variable, schema, secret: true });

/** By the name they have in `Config`; flags use the same names. */
export const settings = {
  databaseUrl: sealed("DATABASE_URL", postgresUrl),
  databaseMigrationUrl: sealed("DATABASE_MIGRATION_URL", postgresUrl),
  dataDir: open("HANDOVER_DATA_DIR", z.string().min(1)),
  publicUrl: open("PUBLIC_URL", baseUrl),
  host: open("HOST", z.string().min(1)),
  port: open("PORT", port),
  roles: open("HANDOVER_ROLES", roles),
  masterKey: sealed("HANDOVER_MASTER_KEY", masterKey),
  adminKey: sealed("HANDOVER_ADMIN_KEY", adminKey),
  logLevel: open("LOG_LEVEL", logLevel),
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;
export const settingNames = Object.keys(settings) as SettingName[];

/** Where the configuration file is; not a setting of `Config` itself. */
export const configFileVariable = "HANDOVER_CONFIG";

/** Begins names of variables that hold tenants' secrets; any such name may stand in the environment. */
export const secretPrefix = "HANDOVER_SECRET_";

/** Every variable of ours that may stand in the environment. */
export const knownVariables: ReadonlySet<string> = new Set([
  configFileVariable,
  ...settingNames.flatMap((name) => {
    const { variable, secret } = settings[name];
    return secret ? [variable, `${variable}_FILE`] : [variable];
  }),
]);
