/** Composes trust from explicit parts: one value that app.ts hands on. */
import { derived } from "../config/derived.ts";
import type { ClientCertificateSettings, TenantConfig } from "../config/tenant-schema.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Pool } from "../db/database.ts";
import { runSystem } from "../db/system.ts";
import type { Sealer } from "../db/sealer.ts";
import { createAccessTokens } from "./access-token.ts";
import type { ApiClients, AuthenticateApi } from "./api-clients.ts";
import { createApiAuthenticator, createApiClients } from "./api-clients.ts";
import { bearerToken } from "./bearer.ts";
import type { CertificateCarrier, ClientCertificate } from "./certificates/client-certificate.ts";
import { createClientCertificates } from "./certificates/client-certificate.ts";
import type { SignClientAssertion } from "./client-assertion.ts";
import { createClientAssertionSigner } from "./client-assertion.ts";
import type { EhrTokens, EhrTokensDeps } from "./ehr-tokens.ts";
import { createEhrTokens } from "./ehr-tokens.ts";
import type { JwksCacheDeps } from "./jwks-cache.ts";
import { createJwksCache } from "./jwks-cache.ts";
import type { TrustedIssuer } from "./jwt.ts";
import type { OauthTokenDeps } from "./oauth-token.ts";
import { refuse } from "./refusal.ts";
import { createReplayGuard } from "./replay-guard.ts";
import type { SigningKeys } from "./signing-keys.ts";
import { createSigningKeys } from "./signing-keys.ts";
import { forgetTrustQuery } from "./store.ts";
import type { Tickets } from "./tickets.ts";
import { createTickets } from "./tickets.ts";
import type { VerifyDeps } from "./verify-jwt.ts";
import { verifyJwt } from "./verify-jwt.ts";

/** A hook's issuer as the registry knows it. */
export type FindIssuer = (
  iss: string,
  tenant: string | null,
) => { readonly tenant: TenantConfig; readonly issuer: TenantConfig["ehr"]["cdsHooks"]["issuers"][number] } | undefined;

export interface TrustDeps {
  /** How a TLS proxy hands callers' certificates on; undefined where none does. */
  readonly clientCertificates: ClientCertificateSettings | undefined;
  readonly readFile: (path: string) => string;
  readonly publicUrl: string;
  readonly masterKey: Uint8Array;
  readonly db: Pool;
  readonly sealer: Sealer;
  /** Those that are served now. */
  readonly tenants: () => readonly TenantConfig[];
  readonly findIssuer: FindIssuer;
  readonly secrets: Secrets;
  /** The egress-checked fetch of a tenant's network. */
  readonly fetchOf: JwksCacheDeps["fetchOf"];
  /** What a tenant's EHR says of a token. */
  readonly introspect: EhrTokensDeps["introspect"];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
  /** `database` or `jwks` was away while it was needed. */
  readonly onUnavailable: (dependency: "database" | "jwks") => void;
}

export interface Trust {
  readonly keys: SigningKeys;
  readonly clients: ApiClients;
  readonly tickets: Tickets;
  /** API clients: key or access token as Bearer; or the token of a hospital's EHR. */
  readonly authenticateApi: AuthenticateApi;
  readonly ehrTokens: EhrTokens;
  readonly signClientAssertion: SignClientAssertion;
  /** A CDS client's JWT for the endpoint it calls. */
  readonly verifyCaller: (
    authorization: string,
    endpoint: string,
    onIssuer: (tenant: string, issuer: string) => void,
  ) => Promise<{ readonly tenant: TenantConfig; readonly iss: string }>;
  /** The client certificate that a call came with. */
  readonly certificateOf: (carrier: CertificateCarrier) => ClientCertificate;
  /** What the token endpoint's routes need. */
  readonly oauth: OauthTokenDeps;
  /** Makes our key pairs where there are none, and fetches the issuers' key sets in advance. */
  start(): Promise<void>;
  /** Fetches key sets in advance after the tenants have changed. */
  warm(): void;
  /** Removes used tokens, tickets and cards that have run out; returns how many rows went. To be called every few minutes. */
  forget(): Promise<number>;
}

function toTrustedIssuer({ tenant, issuer }: NonNullable<ReturnType<FindIssuer>>): TrustedIssuer {
  const { iss, jku, jwks, algs, maxLifetimeSeconds } = issuer;
  return {
    tenant: tenant.id,
    iss,
    algorithms: algs,
    maxLifetimeSeconds,
    ...(jku === undefined ? {} : { jku }),
    ...(jwks === undefined ? {} : { jwks }),
  };
}

export function createTrust(deps: TrustDeps): Trust {
  const { publicUrl, masterKey, db, sealer, tenants, now, randomBytes } = deps;
  const newId = (): string => randomBytes(18).toString("base64url");
  const keys = createSigningKeys({ db, sealer, now });
  const clients = createApiClients(tenants, deps.secrets);
  const tokens = createAccessTokens({ masterKey, publicUrl, now, newId });
  const cache = createJwksCache({ fetchOf: deps.fetchOf, now, onUnavailable: () => deps.onUnavailable("jwks") });
  const useOnce = createReplayGuard({ db, now, onUnavailable: () => deps.onUnavailable("database") });
  const verify: VerifyDeps = { findKeys: (issuer, kid) => cache.find(issuer, kid), useOnce, now };
  const ehrTokens = createEhrTokens({
    tenantOf: (id) => tenants().find((tenant) => tenant.id === id),
    introspect: deps.introspect,
    now,
    hashKey: randomBytes(32),
  });
  const listed = derived(tenants, (served) =>
    served.flatMap((tenant) => tenant.ehr.cdsHooks.issuers.map((issuer) => toTrustedIssuer({ tenant, issuer }))),
  );

  return {
    keys,
    clients,
    tickets: createTickets({ db, sealer, now, randomBytes }),
    authenticateApi: createApiAuthenticator(clients, tokens, ehrTokens),
    ehrTokens,
    signClientAssertion: createClientAssertionSigner({ keys, publicUrl, now, newId }),
    verifyCaller: async (authorization, endpoint, onIssuer) => {
      const token = bearerToken(authorization) ?? refuse("credential.missing");
      const lookup = (iss: string, claimed: string | null): TrustedIssuer | undefined => {
        const found = deps.findIssuer(iss, claimed);
        if (found === undefined) return undefined;
        onIssuer(found.tenant.id, iss);
        return toTrustedIssuer(found);
      };
      const verified = await verifyJwt(token, endpoint, lookup, verify);
      const tenant = tenants().find(({ id }) => id === verified.tenant) ?? refuse("jwt.issuer");
      return { tenant, iss: verified.iss };
    },
    certificateOf: createClientCertificates({
      settings: deps.clientCertificates,
      tenants,
      readFile: deps.readFile,
      now,
    }),
    oauth: { clients, tokens, publicUrl, ...verify },
    start: async () => {
      await keys.ensure();
      // Not awaited: an EHR that is down must not hold up the start.
      void cache.warm(listed());
    },
    warm: () => void cache.warm(listed()),
    forget: async () => {
      const [row] = await runSystem(db, forgetTrustQuery);
      return Number(row?.removed ?? 0);
    },
  };
}
