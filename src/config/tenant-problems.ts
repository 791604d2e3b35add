/** Rules over the whole file that one field's schema cannot see. */
import type { FileConfig, TenantConfig } from "./tenant-schema.ts";
import type { Problem } from "./problem.ts";
import { lookUpSecret } from "./secrets.ts";
import type { SecretName, SecretSources } from "./secrets.ts";

interface Holder {
  readonly path: string;
  readonly name: SecretName;
  readonly holder: object;
  /** True where the object is of no use without this secret. */
  readonly required: boolean;
}

/** Every place of a tenant that may name a secret. */
function* secretHolders(tenant: TenantConfig, at: string): Generator<Holder> {
  const { smart } = tenant.ehr;
  if (smart !== undefined)
    yield {
      path: `${at}.ehr.smart`,
      name: "clientSecret",
      holder: smart,
      required: smart.clientAuth === "client_secret",
    };
  for (const [index, client] of tenant.apiClients.entries()) {
    yield { path: `${at}.apiClients[${index}]`, name: "key", holder: client, required: client.jwks === undefined };
  }
  for (const [index, endpoint] of tenant.endpoints.entries()) {
    // Without a secret of its own an endpoint is given a generated one, so none is required here.
    yield { path: `${at}.endpoints[${index}]`, name: "secret", holder: endpoint, required: false };
  }
  const { model } = tenant.generation;
  if (model !== undefined) yield { path: `${at}.generation.model`, name: "apiKey", holder: model, required: false };
}

/** Names of environment variables that the file refers to; they are known variables, whatever they are called. */
export function referredVariables(file: FileConfig): ReadonlySet<string> {
  const names = new Set<string>();
  for (const tenant of file.tenants) {
    for (const { name, holder } of secretHolders(tenant, "")) {
      const variable: unknown = Reflect.get(holder, `${name}Env`);
      if (typeof variable === "string") names.add(variable);
    }
  }
  return names;
}

/** Secrets that cannot be had, API keys used twice, and callers that two tenants claim. */
export function tenantProblems(
  file: FileConfig,
  source: string,
  sources: SecretSources,
): { problems: Problem[]; warnings: string[] } {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  const keys = new Map<string, string>();
  for (const [index, tenant] of file.tenants.entries()) {
    for (const { path, name, holder, required } of secretHolders(tenant, `tenants[${index}]`)) {
      const result = lookUpSecret(name, holder, sources);
      if (result.kind === "problem") problems.push({ setting: `${path}.${name}`, source, message: result.message });
      if (result.kind === "unnamed" && required)
        problems.push({ setting: `${path}.${name}Env`, source, message: "is required" });
      if (result.kind !== "found") continue;
      if (result.warning !== undefined) warnings.push(`${path}.${name}: ${result.warning}`);
      if (name === "key") problems.push(...sharedKey(keys, result.value, path, source));
    }
  }
  return { problems: [...problems, ...ambiguousCallers(file, source)], warnings };
}

/** A Bearer key alone must tell the client, so no two clients may share one; short keys can be guessed. */
function sharedKey(keys: Map<string, string>, value: string, path: string, source: string): Problem[] {
  const owner = keys.get(value);
  keys.set(value, owner ?? path);
  if (owner !== undefined) return [{ setting: `${path}.key`, source, message: `is the same key as that of ${owner}` }];
  return value.length < 16 ? [{ setting: `${path}.key`, source, message: "at least 16 characters" }] : [];
}

/** (iss, tenant) must name one tenant of ours; so must a FHIR base where callers come without a JWT. */
function ambiguousCallers(file: FileConfig, source: string): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  const claim = (key: string, setting: string, message: string): void => {
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, setting);
    else problems.push({ setting, source, message: `${message} as ${owner}` });
  };
  for (const [t, tenant] of file.tenants.entries()) {
    for (const [i, { iss, tenant: name }] of tenant.ehr.cdsHooks.issuers.entries()) {
      claim(
        JSON.stringify(["iss", iss, name]),
        `tenants[${t}].ehr.cdsHooks.issuers[${i}]`,
        "has the same iss and tenant",
      );
    }
    if (tenant.ehr.smart !== undefined) {
      // A SMART launch names its EHR by `iss` alone.
      claim(
        JSON.stringify(["smart", tenant.ehr.fhirBaseUrl.replace(/\/+$/u, "")]),
        `tenants[${t}].ehr.smart`,
        "is launched from the same FHIR base",
      );
    }
    for (const [i, client] of tenant.apiClients.entries()) {
      claim(JSON.stringify(["client", client.id]), `tenants[${t}].apiClients[${i}].id`, "is the same client id");
    }
  }
  return problems;
}
