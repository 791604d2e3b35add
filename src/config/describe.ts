/** What is in force and where it came from, for the start's log line and `handover doctor`; secrets are masked. */
import type { LoadedConfig } from "./load.ts";
import { settingNames, settings } from "./settings.ts";
import { secretNames } from "./secrets.ts";

export interface SettingSummary {
  readonly setting: string;
  /** The value as text; `(set)` or `(not set)` where it is a secret. */
  readonly value: string;
  readonly source: string;
}

const inlineSecrets: ReadonlySet<string> = new Set(secretNames);

/**
 * For `JSON.stringify`: secrets that stand in settings are masked. Headers often carry credentials of their own, so their values are masked too.
 */
export function redact(key: string, value: unknown): unknown {
  if (inlineSecrets.has(key) && typeof value === "string") return "(set)";
  if (key === "headers" && typeof value === "object" && value !== null)
    return Object.fromEntries(Object.keys(value).map((name) => [name, "(set)"]));
  return value;
}

/** One line for each setting, the tenants' included, in a stable order. */
export function describeConfig({ config, sources }: LoadedConfig): readonly SettingSummary[] {
  const own = settingNames.map((name): SettingSummary => {
    const value = config[name];
    const shown = settings[name].secret ? (value === undefined ? "(not set)" : "(set)") : String(value);
    return { setting: settings[name].variable, value: shown, source: sources.get(name) ?? "default" };
  });
  const file = (
    ["egress", "inboundAllow", "retention", "models", "clientCertificates", "mail", "tenants"] as const
  ).map((name): SettingSummary => ({
    setting: name,
    value: JSON.stringify(config[name] ?? null, redact),
    source: sources.get(name) ?? "default",
  }));
  return [...own, ...file];
}
