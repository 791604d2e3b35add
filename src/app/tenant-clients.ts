/** Outbound clients of each tenant: one egress policy, one FHIR gateway credential, one model provider. */
import { readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { EgressRules } from "../core/egress/url.ts";
import { AdapterError } from "../core/errors.ts";
import { createEgressClient } from "../egress/client.ts";
import type { EgressOptions } from "../egress/client.ts";
import { fetchOver } from "../egress/fetch.ts";
import type { Post } from "../egress/post.ts";
import { postOver } from "../egress/post.ts";
import type { BackendServicesToken } from "../ehr/backend-services.ts";
import { createBackendServicesToken } from "../ehr/backend-services.ts";
import type { AccessToken, FhirGateway } from "../ehr/fhir-gateway.ts";
import { createFhirGateway } from "../ehr/fhir-gateway.ts";
import { createTokenEndpointDiscovery } from "../ehr/smart-configuration.ts";
import type { SignClientAssertion } from "../trust/client-assertion.ts";

/** A model writes for longer than an EHR may take to answer; its provider keeps finer limits of its own. */
const MODEL_TIMEOUT_MS = 600_000;

export interface TenantClients {
  readonly tenant: TenantConfig;
  /** The EHR, discovery documents, key sets. */
  readonly fetch: typeof fetch;
  readonly modelFetch: typeof fetch;
  readonly post: Post;
  /** The EHR with our own backend-services token; undefined where none is registered. */
  backendGateway(signal?: AbortSignal): FhirGateway | undefined;
  /** The EHR with one user's token, which cannot be renewed here. */
  userGateway(accessToken: string, options?: GatewayOptions): FhirGateway;
}

export interface GatewayOptions {
  readonly signal?: AbortSignal | undefined;
  /** The scopes that the token came with, where they are known. */
  readonly granted?: string | undefined;
}

export interface TenantClientsDeps {
  readonly config: Config;
  readonly signAssertion: SignClientAssertion;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface AllClients {
  of(tenant: string): TenantClients | undefined;
  close(): Promise<void>;
}

/** Makes the clients of every configured tenant. Reads `network.caFile`. */
export function createTenantClients(deps: TenantClientsDeps): AllClients {
  const made = deps.config.tenants.map((tenant) => createClients(tenant, deps));
  const byId = new Map(made.map((entry) => [entry.clients.tenant.id, entry.clients]));
  return {
    of: (tenant) => byId.get(tenant),
    close: async () => {
      await Promise.all(made.map((entry) => entry.close()));
    },
  };
}

/** @throws AdapterError not_found for a tenant that this configuration does not hold */
export function requireClients(clients: AllClients, tenant: string): TenantClients {
  const found = clients.of(tenant);
  if (found === undefined) throw new AdapterError("not_found", { detail: "the tenant is not configured here" });
  return found;
}

/** What a tenant's outbound calls may reach. */
export function egressRulesOf({ network }: TenantConfig, config: Config): EgressRules {
  return {
    allow: [...config.egress.allow, ...network.allow],
    allowHttp: network.allowHttp,
    refuseOrigins: [new URL(config.publicUrl).origin],
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

function createClients(
  tenant: TenantConfig,
  deps: TenantClientsDeps,
): { clients: TenantClients; close(): Promise<void> } {
  const options = egressOptionsOf(tenant, deps.config);
  const client = createEgressClient({ ...options, timeoutMs: 30_000, maxBytes: 32 * 1024 * 1024 });
  const modelClient = createEgressClient({ ...options, timeoutMs: MODEL_TIMEOUT_MS });
  const tenantFetch = fetchOver(client);
  const backendToken = backendTokenOf(tenant, tenantFetch, deps);
  const gateway = (
    accessToken: AccessToken,
    granted: () => string | undefined,
    signal: AbortSignal | undefined,
  ): FhirGateway =>
    createFhirGateway({
      baseUrl: tenant.ehr.fhirBaseUrl,
      fetch: tenantFetch,
      accessToken,
      granted,
      ...(signal === undefined ? {} : { signal }),
    });
  return {
    clients: {
      tenant,
      fetch: tenantFetch,
      modelFetch: fetchOver(modelClient),
      post: postOver(client),
      backendGateway: (signal) =>
        backendToken === undefined ? undefined : gateway(backendToken.accessToken, backendToken.granted, signal),
      userGateway: (accessToken, { signal, granted } = {}) =>
        gateway(
          () => Promise.resolve(accessToken),
          () => granted,
          signal,
        ),
    },
    close: async () => {
      await Promise.all([client.close(), modelClient.close()]);
    },
  };
}

function backendTokenOf(
  tenant: TenantConfig,
  tenantFetch: typeof fetch,
  deps: TenantClientsDeps,
): BackendServicesToken | undefined {
  const { backendServices, fhirBaseUrl } = tenant.ehr;
  if (backendServices === undefined) return undefined;
  return createBackendServicesToken(
    { fhirBaseUrl, ...backendServices },
    {
      fetch: tenantFetch,
      tokenEndpointOf: createTokenEndpointDiscovery(tenantFetch, deps.now),
      signAssertion: deps.signAssertion,
      now: deps.now,
    },
  );
}
