import { generateKeyPair, randomBytes, randomUUID } from "node:crypto";
import { promisify } from "node:util";
import { errors, interactionPolicy, Provider } from "oidc-provider";
import type { Configuration, JWKS, KoaContextWithOIDC, ResourceServer } from "oidc-provider";
import { createAdapter } from "./adapter.ts";
import { authorizeChecks, grantForLaunch, scopesOf, showPicker } from "./authorize.ts";
import type { AuthorizePolicy } from "./authorize.ts";
import type { AuthBehaviour } from "./behaviour.ts";
import { checkClientAssertion } from "./client-assertion.ts";
import { toClientMetadata } from "./clients.ts";
import type { SandboxClient } from "./clients.ts";
import { launchParameters } from "./launch.ts";
import { grantScopes, identityAndLaunchScopes, parseScope } from "./scopes.ts";
import { authEndpoints } from "./smart-configuration.ts";
import { completeTokenResponse } from "./token-response.ts";

/** How long things live. */
export interface TokenLifetimes {
  /** Access token of a launch. */
  readonly launchSeconds: number;
  /** Access token of Backend Services; SMART recommends five minutes. */
  readonly backendSeconds: number;
  readonly refreshSeconds: number;
}

/** What the provider is built from. */
export interface ProviderOptions extends AuthorizePolicy {
  readonly issuer: string;
  readonly clients: readonly SandboxClient[];
  readonly lifetimes: TokenLifetimes;
  readonly nowMs: () => number;
  /** Display name of a user. */
  nameOf(fhirUser: string): string | undefined;
}

/** Sets oidc-provider up as a SMART authorisation server. */
export async function createProvider(options: ProviderOptions): Promise<Provider> {
  const provider = new Provider(options.issuer, {
    ...(await configuration(options)),
    jwks: await signingKeys(options.behaviour),
  });
  const { style } = authEndpoints(options.issuer);
  // The mount sets host and protocol to the public ones, in the headers a proxy would use.
  provider.proxy = true;
  provider.use(async (ctx, next) => {
    await next();
    if (isOidc(ctx)) {
      showPicker(ctx);
      completeTokenResponse(ctx, options.grants, style);
    }
    // Nothing is kept in the browser: the launch says who is there, every time.
    ctx.response.remove("Set-Cookie");
  });
  return provider;
}

function isOidc(ctx: object): ctx is KoaContextWithOIDC {
  return "oidc" in ctx;
}

async function signingKeys({ idTokenAlg: alg }: AuthBehaviour): Promise<JWKS> {
  const { privateKey } =
    alg === "RS256"
      ? await promisify(generateKeyPair)("rsa", { modulusLength: 2048 })
      : await promisify(generateKeyPair)("ec", { namedCurve: alg === "ES256" ? "P-256" : "P-384" });
  const kty = alg === "RS256" ? "RSA" : "EC";
  return { keys: [{ ...privateKey.export({ format: "jwk" }), kty, kid: randomUUID(), alg, use: "sig" }] };
}

async function configuration(options: ProviderOptions): Promise<Configuration> {
  const endpoints = authEndpoints(options.issuer);
  const pathOf = (url: string): string => url.slice(options.issuer.length);
  const { behaviour } = options;
  return {
    adapter: createAdapter(options.nowMs),
    clients: options.clients.map((client) => toClientMetadata(client, behaviour.idTokenAlg)),
    clientAuthMethods: [...behaviour.authMethods, "none"],
    // The library's default knows neither of SMART's two.
    enabledJWA: {
      clientAuthSigningAlgValues: [...behaviour.assertionAlgs],
      idTokenSigningAlgValues: [behaviour.idTokenAlg],
    },
    ...(behaviour.rotateRefreshTokens && { rotateRefreshToken: true }),
    scopes: identityAndLaunchScopes,
    claims: { openid: ["sub"], fhirUser: ["fhirUser"], profile: ["name"] },
    // Otherwise fhirUser would be in userinfo only.
    conformIdTokenClaims: false,
    responseTypes: ["code"],
    pkce: { required: () => true },
    routes: {
      authorization: pathOf(endpoints.authorize),
      token: pathOf(endpoints.token),
      introspection: pathOf(endpoints.introspect),
      revocation: pathOf(endpoints.revoke),
      jwks: pathOf(endpoints.jwks),
    },
    ttl: lifetimesOf(options.lifetimes),
    cookies: { keys: [randomBytes(32).toString("base64url")] },
    expiresWithSession: () => false,
    interactions: { policy: neverAsk() },
    extraParams: authorizeChecks(options),
    loadExistingGrant: (ctx) => grantForLaunch(ctx, options),
    findAccount: (_ctx, sub) => account(sub, options),
    issueRefreshToken: (_ctx, client, source) =>
      client.grantTypeAllowed("refresh_token") &&
      (source.scopes.has("offline_access") || source.scopes.has("online_access")),
    assertJwtClientAuthClaimsAndHeader: (ctx, claims, header, client) => {
      checkClientAssertion(claims, header, client.clientId, {
        audiences: [calledEndpoint(ctx, endpoints), endpoints.token],
        maxLifetimeSeconds: 300,
        nowSeconds: Math.floor(options.nowMs() / 1000),
        jwksUri: client.jwksUri,
      });
    },
    extraTokenClaims: (_ctx, token) => {
      const record = "grantId" in token ? options.grants.of(token.grantId) : undefined;
      if (!record) return undefined;
      return { ...launchParameters(record.context, endpoints.style), fhirUser: record.context.fhirUser };
    },
    clientBasedCORS: () => true,
    // The library refuses to fetch from special-use addresses; a sandbox's clients live on them.
    fetch: (url, init = {}) =>
      fetch(url, { method: init.method ?? "GET", headers: init.headers ?? {}, signal: init.signal ?? null }),
    renderError: (ctx, out) => {
      ctx.type = "text/plain";
      ctx.body = `${out.error}: ${out.error_description ?? ""}\n`;
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: (_ctx, client) => client.clientAuthMethod !== "none" },
      revocation: {
        enabled: behaviour.revocation,
        allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => options.fhirBaseUrl,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, resource, client) => resourceServer(ctx, resource, client.clientId, options),
      },
    },
  };
}

function lifetimesOf({ launchSeconds, backendSeconds, refreshSeconds }: TokenLifetimes): Configuration["ttl"] {
  return {
    AccessToken: launchSeconds,
    ClientCredentials: backendSeconds,
    AuthorizationCode: 60,
    RefreshToken: refreshSeconds,
    Grant: refreshSeconds,
    IdToken: launchSeconds,
    Session: 60,
  };
}

function calledEndpoint(ctx: KoaContextWithOIDC, endpoints: ReturnType<typeof authEndpoints>): string {
  if (ctx.oidc.route === "introspection") return endpoints.introspect;
  return ctx.oidc.route === "revocation" ? endpoints.revoke : endpoints.token;
}

/** Prompts that may be asked for and never hold anybody up: offline_access wants `prompt=consent` to be a known one. */
function neverAsk(): interactionPolicy.Prompt[] {
  return ["login", "consent"].map((name) => {
    const prompt = new interactionPolicy.Prompt({ name, requestable: true });
    prompt.checks.splice(0);
    return prompt;
  });
}

function account(fhirUser: string, options: ProviderOptions) {
  const name = options.nameOf(fhirUser);
  return {
    accountId: fhirUser,
    claims: () => ({ sub: fhirUser, fhirUser: `${options.fhirBaseUrl}/${fhirUser}`, ...(name && { name }) }),
  };
}

/**
 * The FHIR server as OAuth sees it, with the scopes this request can end with. The library drops every scope that no
 * resource server names, and does not hold resource scopes against a client's registration: both is done here.
 */
function resourceServer(
  ctx: KoaContextWithOIDC,
  resource: string,
  clientId: string,
  options: ProviderOptions,
): ResourceServer {
  if (resource !== options.fhirBaseUrl) throw new errors.InvalidTarget("unknown resource");
  const backend = ctx.oidc.params?.["grant_type"] === "client_credentials";
  const { AuthorizationCode, RefreshToken } = ctx.oidc.entities;
  const asked = (AuthorizationCode ?? RefreshToken)?.scope?.split(" ") ?? scopesOf(ctx);
  const scopes = grantScopes(asked, options.registered(clientId), options.behaviour.scopeVersions).filter((text) => {
    const level = parseScope(text)?.level;
    return level !== undefined && (level === "system") === backend;
  });
  if (backend) narrowBackendRequest(ctx, scopes);
  return { scope: scopes.join(" "), audience: options.fhirBaseUrl, accessTokenFormat: "opaque" };
}

function narrowBackendRequest(ctx: KoaContextWithOIDC, scopes: readonly string[]): void {
  if (scopes.length === 0) throw new errors.InvalidScope("no system scope can be granted", scopesOf(ctx).join(" "));
  if (ctx.oidc.params) ctx.oidc.params["scope"] = scopes.join(" ");
}
