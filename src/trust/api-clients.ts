/** API clients of the tenants: a plain key as Bearer, or our short-lived access token from /oauth/token. */
import { createHmac, randomBytes } from "node:crypto";
import { derived } from "../config/derived.ts";
import type { ApiClientConfig, TenantConfig } from "../config/tenant-schema.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Principal } from "../core/access/principal.ts";
import { allowedOf } from "../core/smart/api-scopes.ts";
import type { AccessTokens } from "./access-token.ts";
import { bearerToken } from "./bearer.ts";
import type { EhrTokens } from "./ehr-tokens.ts";
import { createNetworkFilter } from "./network.ts";
import { refuse } from "./refusal.ts";

export interface KnownClient {
  readonly tenant: string;
  readonly client: ApiClientConfig;
  readonly allows: (address: string | undefined) => boolean;
}

export interface ApiClients {
  byId(id: string): KnownClient | undefined;
  byKey(key: string): KnownClient | undefined;
}

/**
 * Indexes clients by a keyed hash of their API key, with a key that lives as long as the process: the look-up's time tells
 * nothing about any stored key (ASVS 11.2.4), and no key stays in memory in the clear here.
 */
export function createApiClients(tenants: () => readonly TenantConfig[], secrets: Secrets): ApiClients {
  const index = derived(tenants, (served) => indexClients(served, secrets));
  return { byId: (id) => index().byId(id), byKey: (key) => index().byKey(key) };
}

function indexClients(tenants: readonly TenantConfig[], secrets: Secrets): ApiClients {
  const hashKey = randomBytes(32);
  const hash = (key: string): string => createHmac("sha256", hashKey).update(key).digest("base64");
  const byId = new Map<string, KnownClient>();
  const byKey = new Map<string, KnownClient>();
  for (const tenant of tenants) {
    for (const client of tenant.apiClients) {
      const known: KnownClient = { tenant: tenant.id, client, allows: createNetworkFilter(client.allow) };
      byId.set(client.id, known);
      const key = secrets.get("key", client);
      if (key !== undefined) byKey.set(hash(key), known);
    }
  }
  return { byId: (id) => byId.get(id), byKey: (key) => byKey.get(hash(key)) };
}

/** What of a request tells who calls. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** The socket's address. */
  readonly remoteAddress: string | undefined;
  /** Hospital that the caller names, where tokens of its EHR are taken: such a token itself says nothing to us. */
  readonly tenant?: string | undefined;
}

export type AuthenticateApi = (credentials: Credentials) => Promise<Principal>;

/**
 * Our own clients first: a key of ours must not travel to an EHR because a header was set by mistake.
 *
 * @returns a function that throws AdapterError `unauthenticated` where the caller is nobody we know
 */
export function createApiAuthenticator(
  clients: ApiClients,
  tokens: AccessTokens,
  ehrTokens: Pick<EhrTokens, "authenticate">,
): AuthenticateApi {
  return async ({ authorization, remoteAddress, tenant }) => {
    const token = bearerToken(authorization) ?? refuse("credential.missing");
    const own = await identify(token, clients, tokens);
    if (own === undefined && tenant !== undefined && !tokens.claimsToBeOurs(token))
      return ehrTokens.authenticate(tenant, token);
    const { known, scopes } = own ?? refuse("credential.unknown");
    if (tenant !== undefined && tenant !== known.tenant) refuse("credential.tenant");
    if (!known.allows(remoteAddress)) refuse("network.not-allowed");
    return { tenant: known.tenant, actor: { kind: "api-client", id: known.client.id }, scopes: new Set(scopes) };
  };
}

async function identify(
  token: string,
  clients: ApiClients,
  tokens: AccessTokens,
): Promise<{ known: KnownClient; scopes: readonly string[] } | undefined> {
  const holder = clients.byKey(token);
  if (holder !== undefined) return { known: holder, scopes: holder.client.scopes };
  // Only what looks like a JWS is worth a signature check.
  const grant = token.split(".").length === 3 ? await tokens.verify(token) : undefined;
  const known = grant === undefined ? undefined : clients.byId(grant.client);
  if (grant === undefined || known === undefined || known.tenant !== grant.tenant) return undefined;
  // A client that lost a scope since the token was issued has lost it at once.
  const own = new Set<string>(known.client.scopes);
  return { known, scopes: grant.scopes.flatMap((scope) => allowedOf(scope, own)) };
}
