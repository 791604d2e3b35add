/** Outbound clients of each tenant: one egress policy, one FHIR gateway credential, one model provider. */
import { readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import type { Secrets } from "../config/secrets.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { EgressRules } from "../core/egress/url.ts";
import { AdapterError } from "../core/errors.ts";
import { subscriptionScopes } from "../core/smart/default-scopes.ts";
import { createEgressClient } from "../egress/client.ts";
import type { EgressOptions } from "../egress/client.ts";
import { machineAddresses } from "../egress/machine-addresses.ts";
import { fetchOver } from "../egress/fetch.ts";
import type { PostWithTls } from "../egress/per-destination.ts";
import { postPerDestination } from "../egress/per-destination.ts";
import { postOver } from "../egress/post.ts";
import type { BackendServicesToken } from "../ehr/backend-services.ts";
import { createBackendServicesToken } from "../ehr/backend-services.ts";
import type { AccessToken, FhirGateway } from "../ehr/fhir-gateway.ts";
import type { ServerCapabilities } from "../ehr/capabilities.ts";
import { createServerCapabilities } from "../ehr/capabilities.ts";
import type { Fetch } from "../ehr/fetch.ts";
import { createFhirGateway } from "../ehr/fhir-gateway.ts";
import type { Introspect } from "../ehr/introspection.ts";
import { createEndpointDiscovery } from "../ehr/smart-configuration.ts";
import type { TenantDirectory } from "../tenants/directory.ts";
import type { SignClientAssertion } from "../trust/client-assertion.ts";
import { introspectionOf } from "./introspection.ts";

/** A model writes for longer than an EHR may take to answer; its provider keeps finer limits of its own. */
const MODEL_TIMEOUT_MS = 600_000;
const LONGEST_CALL_MS = MODEL_TIMEOUT_MS;

export interface TenantClients {
  readonly tenant: TenantConfig;
  /** The EHR, discovery documents, key sets. */
  readonly fetch: typeof fetch;
  readonly modelFetch: typeof fetch;
  readonly post: PostWithTls;
  /** The EHR with our own backend-services token; undefined where none is registered. */
  backendGateway(signal?: AbortSignal): FhirGateway | undefined;
  /** The same with a token that is good for Subscriptions and nothing else. */
  subscriptionGateway(signal?: AbortSignal): FhirGateway | undefined;
  /** What a token is good for, by the EHR's word; undefined where the tenant takes none. */
  readonly introspect: Introspect | undefined;
  /** The EHR with one user's token, which cannot be renewed here. */
  userGateway(accessToken: string, options?: GatewayOptions): FhirGateway;
  /** The EHR as `carry` shows it: for a trial that writes nothing. */
  trialGateway(carry: Fetch): FhirGateway;
  /** Reads the EHR for a trial, with our own token; undefined where none is registered. */
  readonly trialRead: Fetch | undefined;
}

export interface GatewayOptions {
  readonly signal?: AbortSignal | undefined;
  /** The scopes that the token came with, where they are known. */
  readonly granted?: string | undefined;
}

export interface TenantClientsDeps {
  readonly config: Config;
  readonly tenants: Pick<TenantDirectory, "all" | "onReplaced">;
  readonly signAssertion: SignClientAssertion;
  readonly secrets: Secrets;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface AllClients {
  /** Undefined for a tenant that is not served now. */
  of(tenant: string): TenantClients | undefined;
  close(): Promise<void>;
}

/**
 * Keeps the clients of every tenant that is served. Reads `network.caFile`. Those of a tenant whose settings changed are
 * made anew; the old ones take no new call, and are closed once the longest call that they may still carry has ended.
 */
export function createTenantClients(deps: TenantClientsDeps): AllClients {
  const made = new Map<string, Made>();
  const retired = new Set<Made>();
  const current = (tenant: string): Transport => made.get(tenant)?.transport ?? notServed();
  const retire = (entry: Made): void => {
    retired.add(entry);
    setTimeout(() => void (retired.delete(entry) && entry.close()), LONGEST_CALL_MS).unref();
  };
  const bring = (tenants: readonly TenantConfig[]): void => {
    const served = new Set(tenants);
    for (const [id, entry] of made) {
      if (served.has(entry.clients.tenant)) continue;
      made.delete(id);
      retire(entry);
    }
    for (const tenant of tenants)
      if (!made.has(tenant.id))
        made.set(
          tenant.id,
          createClients(tenant, deps, () => current(tenant.id)),
        );
  };
  bring(deps.tenants.all());
  const ended = deps.tenants.onReplaced(bring);
  return {
    of: (tenant) => made.get(tenant)?.clients,
    close: async () => {
      ended();
      await Promise.all([...made.values(), ...retired].map((entry) => entry.close()));
    },
  };
}

/** @throws AdapterError not_found for a tenant that is not served now */
export function requireClients(clients: AllClients, tenant: string): TenantClients {
  const found = clients.of(tenant);
  if (found === undefined) throw new AdapterError("not_found", { detail: "the tenant is not configured here" });
  return found;
}

function notServed(): never {
  throw new AdapterError("not_found", { detail: "the tenant is no longer served here" });
}

/** What a tenant's outbound calls may reach. */
export function egressRulesOf({ network }: TenantConfig, config: Config): EgressRules {
  return {
    allow: [...config.egress.allow, ...network.allow],
    allowHttp: network.allowHttp,
    own: { publicUrl: new URL(config.publicUrl), port: config.port, addresses: machineAddresses() },
  };
}

/** The whole policy of a tenant's outbound calls. Reads `network.caFile`. */
export function egressOptionsOf(tenant: TenantConfig, config: Config): EgressOptions {
  const { network } = tenant;
  const proxy = network.proxy ?? config.egress.proxy;
  return {
    ...egressRulesOf(tenant, config),
    ...(network.caFile === null ? {} : { ca: readFileSync(network.caFile, "utf8") }),
    ...(proxy === null ? {} : { proxy }),
  };
}

/** What really calls out, under the settings of one moment. */
interface Transport {
  readonly fetch: typeof fetch;
  readonly modelFetch: typeof fetch;
  readonly post: PostWithTls;
}

interface Made {
  readonly clients: TenantClients;
  readonly transport: Transport;
  close(): Promise<void>;
}

/**
 * @param current the transport in force at the moment of a call: whoever kept a gateway or a lane over a change of the
 *   settings calls by the new rules, and not at all once the tenant is no longer served
 */
function createClients(tenant: TenantConfig, deps: TenantClientsDeps, current: () => Transport): Made {
  const options = egressOptionsOf(tenant, deps.config);
  const client = createEgressClient({ ...options, timeoutMs: 30_000, maxBytes: 32 * 1024 * 1024 });
  const modelClient = createEgressClient({ ...options, timeoutMs: MODEL_TIMEOUT_MS });
  const tenantFetch: typeof fetch = async (input, init) => current().fetch(input, init);
  const backendToken = backendTokenOf(tenant, tenantFetch, deps);
  const subscriptionToken = backendTokenOf(tenant, tenantFetch, deps, subscriptionScopes);
  const capabilities = createServerCapabilities(tenant.ehr.fhirBaseUrl, tenantFetch, deps.now);
  const posts = postPerDestination(postOver(client), options);
  return {
    transport: { fetch: fetchOver(client), modelFetch: fetchOver(modelClient), post: posts.post },
    clients: {
      tenant,
      fetch: tenantFetch,
      modelFetch: async (input, init) => current().modelFetch(input, init),
      post: async (url, request) => current().post(url, request),
      introspect: introspectionOf(tenant, {
        fetch: tenantFetch,
        endpointsOf: createEndpointDiscovery(tenantFetch, deps.now),
        backendToken,
        signAssertion: deps.signAssertion,
        secrets: deps.secrets,
      }),
      ...gatewaysOf(tenant, tenantFetch, { backendToken, subscriptionToken }, capabilities),
    },
    close: async () => {
      await Promise.all([client.close(), modelClient.close(), posts.close()]);
    },
  };
}

/** Undefined where no backend services are registered. */
interface OwnTokens {
  readonly backendToken: BackendServicesToken | undefined;
  readonly subscriptionToken: BackendServicesToken | undefined;
}

function gatewaysOf(
  tenant: TenantConfig,
  tenantFetch: typeof fetch,
  { backendToken, subscriptionToken }: OwnTokens,
  capabilities: ServerCapabilities,
): Pick<TenantClients, "backendGateway" | "subscriptionGateway" | "userGateway" | "trialGateway" | "trialRead"> {
  const gateway = (
    accessToken: AccessToken,
    granted: () => string | undefined,
    signal: AbortSignal | undefined,
    fetch: Fetch = tenantFetch,
  ): FhirGateway =>
    createFhirGateway({
      baseUrl: tenant.ehr.fhirBaseUrl,
      fetch,
      accessToken,
      granted,
      offersTransaction: () => capabilities.offersTransaction(),
      ...(signal === undefined ? {} : { signal }),
    });
  const ownGateway = (token: BackendServicesToken | undefined) => (signal?: AbortSignal) =>
    token === undefined ? undefined : gateway(token.accessToken, token.granted, signal);
  return {
    backendGateway: ownGateway(backendToken),
    subscriptionGateway: ownGateway(subscriptionToken),
    userGateway: (accessToken, { signal, granted } = {}) =>
      gateway(
        () => Promise.resolve(accessToken),
        () => granted,
        signal,
      ),
    trialGateway: (carry) =>
      gateway(
        () => Promise.resolve("trial"),
        () => backendToken?.granted() ?? tenant.ehr.backendServices?.scopes,
        undefined,
        carry,
      ),
    trialRead:
      backendToken === undefined
        ? undefined
        : async (url, init = {}) => {
            const authorization = `Bearer ${await backendToken.accessToken()}`;
            return tenantFetch(url, { ...init, headers: { ...init.headers, authorization } });
          },
  };
}

function backendTokenOf(
  tenant: TenantConfig,
  tenantFetch: typeof fetch,
  deps: TenantClientsDeps,
  scopes?: string,
): BackendServicesToken | undefined {
  const { backendServices, fhirBaseUrl } = tenant.ehr;
  if (backendServices === undefined) return undefined;
  return createBackendServicesToken(
    { fhirBaseUrl, ...backendServices, ...(scopes === undefined ? {} : { scopes }) },
    {
      fetch: tenantFetch,
      endpointsOf: createEndpointDiscovery(tenantFetch, deps.now),
      signAssertion: deps.signAssertion,
      now: deps.now,
    },
  );
}
