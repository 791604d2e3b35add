/** Rules over several tenants, or over tenants and their surroundings, that one field's schema cannot see. */
import { secretsOfAuthorization } from "./endpoint-access.ts";
import type { EndpointConfig, TenantConfig } from "./tenant-schema.ts";
import type { Problem } from "./problem.ts";
import { lookUpSecret } from "./secrets.ts";
import type { SecretName, SecretSources } from "./secrets.ts";

/** A tenant, and how messages name its place: `tenants[0]` of a file, `tenant general` of the database. */
export interface PlacedTenant {
  readonly at: string;
  readonly tenant: TenantConfig;
}

export interface TenantSurroundings {
  /** For messages: `file handover.yaml`. */
  readonly source: string;
  readonly secrets: SecretSources;
  /** PUBLIC_URL. */
  readonly publicUrl: string;
  /** Served besides, and right already: nothing may be claimed twice. */
  readonly others?: readonly PlacedTenant[];
}

export interface TenantFindings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

interface Holder {
  readonly path: string;
  readonly name: SecretName;
  readonly holder: object;
  /** True where the object is of no use without this secret. */
  readonly required: boolean;
}

/** Secrets of what authorises our requests, and the key of a certificate that we show. */
function* accessHolders({ authorization, tls }: EndpointConfig, at: string): Generator<Holder> {
  if (authorization !== null)
    for (const secret of secretsOfAuthorization(authorization))
      yield { path: `${at}.authorization`, holder: authorization, ...secret };
  if (tls !== null)
    yield { path: `${at}.tls`, name: "clientKey", holder: tls, required: tls.clientCertFile !== undefined };
}

/** Every place of a tenant that may name a secret. */
function* secretHolders(tenant: TenantConfig, at: string): Generator<Holder> {
  const { smart, introspection } = tenant.ehr;
  if (smart !== undefined)
    yield {
      path: `${at}.ehr.smart`,
      name: "clientSecret",
      holder: smart,
      required: smart.clientAuth === "client_secret",
    };
  if (introspection !== undefined)
    yield {
      path: `${at}.ehr.introspection`,
      name: "clientSecret",
      holder: introspection,
      required: introspection.clientAuth === "client_secret",
    };
  for (const [index, client] of tenant.apiClients.entries()) {
    yield { path: `${at}.apiClients[${index}]`, name: "key", holder: client, required: client.jwks === undefined };
  }
  for (const [index, endpoint] of tenant.endpoints.entries()) {
    // Without a secret of its own an endpoint is given a generated one, so none is required here.
    yield { path: `${at}.endpoints[${index}]`, name: "secret", holder: endpoint, required: false };
    yield* accessHolders(endpoint, `${at}.endpoints[${index}]`);
  }
  yield* modelHolders(tenant, `${at}.generation`);
}

const modelSecrets = ["apiKey", "accessKeyId", "secretAccessKey", "sessionToken"] as const;

function* modelHolders({ generation }: TenantConfig, at: string): Generator<Holder> {
  const { model, fallbacks } = generation;
  const models = [
    ...(model === undefined ? [] : [{ path: `${at}.model`, holder: model }]),
    ...fallbacks.map((holder, index) => ({ path: `${at}.fallbacks[${index}]`, holder })),
  ];
  for (const { path, holder } of models) for (const name of modelSecrets) yield { path, name, holder, required: false };
  for (const [index, holder] of generation.inbound.entries())
    yield { path: `${at}.inbound[${index}]`, name: "secret", holder, required: true };
}

/** Places of a file's tenants. */
export function placedInFile(tenants: readonly TenantConfig[]): readonly PlacedTenant[] {
  return tenants.map((tenant, index) => ({ at: `tenants[${index}]`, tenant }));
}

/** Names of environment variables that tenants refer to; they are known variables, whatever they are called. */
export function referredVariables(tenants: readonly TenantConfig[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const tenant of tenants) {
    for (const { name, holder } of secretHolders(tenant, "")) {
      const variable: unknown = Reflect.get(holder, `${name}Env`);
      if (typeof variable === "string") names.add(variable);
    }
  }
  return names;
}

/** Secrets that cannot be had, API keys used twice, callers that two tenants claim, and plain http in production. */
export function tenantProblems(placed: readonly PlacedTenant[], around: TenantSurroundings): TenantFindings {
  const keys = new Map<string, string>();
  const others = around.others ?? [];
  for (const other of others) secretFindings(other, around, keys);
  const found = placed.map((each) => secretFindings(each, around, keys));
  const problems = [
    ...found.flatMap((each) => each.problems),
    ...ambiguousCallers(placed, others, around.source),
    ...productionProblems(placed, around),
  ];
  return { problems, warnings: found.flatMap((each) => each.warnings) };
}

/** @param keys who has which API key; the tenant's own are added */
function secretFindings(
  { at, tenant }: PlacedTenant,
  { source, secrets }: TenantSurroundings,
  keys: Map<string, string>,
): TenantFindings {
  const problems: Problem[] = [];
  const warnings: string[] = [];
  for (const { path, name, holder, required } of secretHolders(tenant, at)) {
    const result = lookUpSecret(name, holder, secrets);
    if (result.kind === "problem") problems.push({ setting: `${path}.${name}`, source, message: result.message });
    if (result.kind === "unnamed" && required)
      problems.push({ setting: `${path}.${name}Env`, source, message: "is required" });
    if (result.kind !== "found") continue;
    if (result.warning !== undefined) warnings.push(`${path}.${name}: ${result.warning}`);
    if (name === "key") problems.push(...sharedKey(keys, result.value, path, source));
  }
  return { problems, warnings };
}

/** A Bearer key alone must tell the client, so no two clients may share one; short keys can be guessed. */
function sharedKey(keys: Map<string, string>, value: string, path: string, source: string): Problem[] {
  const owner = keys.get(value);
  keys.set(value, owner ?? path);
  if (owner !== undefined) return [{ setting: `${path}.key`, source, message: `is the same key as that of ${owner}` }];
  return value.length < 16 ? [{ setting: `${path}.key`, source, message: "at least 16 characters" }] : [];
}

/** What a caller may name us by: each of these must lead to one tenant. */
function* claimsOf({ at, tenant }: PlacedTenant): Generator<{ key: string; setting: string; message: string }> {
  for (const [i, { iss, tenant: name }] of tenant.ehr.cdsHooks.issuers.entries()) {
    const message = "has the same iss and tenant";
    yield { key: JSON.stringify(["iss", iss, name]), setting: `${at}.ehr.cdsHooks.issuers[${i}]`, message };
  }
  if (tenant.ehr.smart !== undefined) {
    // A SMART launch names its EHR by `iss` alone.
    const base = new URL(tenant.ehr.fhirBaseUrl).href.replace(/\/+$/u, "");
    yield {
      key: JSON.stringify(["smart", base]),
      setting: `${at}.ehr.smart`,
      message: "is launched from the same FHIR base",
    };
  }
  for (const [i, client] of tenant.apiClients.entries()) {
    yield {
      key: JSON.stringify(["client", client.id]),
      setting: `${at}.apiClients[${i}].id`,
      message: "is the same client id",
    };
  }
}

function ambiguousCallers(placed: readonly PlacedTenant[], others: readonly PlacedTenant[], source: string): Problem[] {
  const problems: Problem[] = [];
  const owners = new Map<string, string>();
  for (const other of others) for (const { key, setting } of claimsOf(other)) owners.set(key, setting);
  for (const { key, setting, message } of placed.flatMap((each) => [...claimsOf(each)])) {
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, setting);
    else problems.push({ setting, source, message: `${message} as ${owner}` });
  }
  return problems;
}

/** A hospital in production is reached, and reaches us, over TLS only. */
function productionProblems(placed: readonly PlacedTenant[], { publicUrl, source }: TenantSurroundings): Problem[] {
  const inProduction = placed.filter(({ tenant }) => tenant.environment === "production");
  const problems: Problem[] = inProduction
    .filter(({ tenant }) => !tenant.ehr.fhirBaseUrl.startsWith("https://"))
    .map(({ at }) => ({ setting: `${at}.ehr.fhirBaseUrl`, source, message: "must be https in production" }));
  if (inProduction.length > 0 && !publicUrl.startsWith("https://"))
    problems.push({
      setting: "PUBLIC_URL",
      source: "environment",
      message: "must be https while a tenant is in production",
    });
  return problems;
}
