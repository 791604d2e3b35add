import type { ClientMetadata } from "oidc-provider";

/** A client as the EHR's administrator registers it. */
export interface SandboxClient {
  readonly clientId: string;
  /** Exact redirect URIs; a client without any cannot launch. */
  readonly redirectUris?: readonly string[];
  readonly auth: "private_key_jwt" | "client_secret" | "public";
  /** Where its keys are published (preferred), or the keys themselves. */
  readonly jwksUri?: string;
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  readonly clientSecret?: string;
  /** What it may be granted: resource scopes and `openid`, `fhirUser`, `launch`, `offline_access`, ... */
  readonly scopes: string | readonly string[];
}

/** The scope names of a registration. */
export function registeredScopes(client: SandboxClient): string[] {
  return typeof client.scopes === "string" ? client.scopes.split(/\s+/u).filter(Boolean) : [...client.scopes];
}

/** Which grants follow from what was registered: redirect URIs mean launches, `system/` scopes mean Backend Services. */
function grantTypes(client: SandboxClient): string[] {
  const scopes = registeredScopes(client);
  return [
    ...(client.redirectUris?.length ? ["authorization_code"] : []),
    ...(client.redirectUris?.length && scopes.some((scope) => /^(offline|online)_access$/u.test(scope))
      ? ["refresh_token"]
      : []),
    ...(scopes.some((scope) => scope.startsWith("system/")) ? ["client_credentials"] : []),
  ];
}

const authMethods = {
  private_key_jwt: "private_key_jwt",
  client_secret: "client_secret_basic",
  public: "none",
} as const;

/** A registration in the library's terms. */
export function toClientMetadata(client: SandboxClient, idTokenAlg: "RS256" | "ES256" | "ES384"): ClientMetadata {
  const redirects = [...(client.redirectUris ?? [])];
  return {
    client_id: client.clientId,
    redirect_uris: redirects,
    response_types: redirects.length > 0 ? ["code"] : [],
    grant_types: grantTypes(client),
    token_endpoint_auth_method: authMethods[client.auth],
    id_token_signed_response_alg: idTokenAlg,
    ...(client.clientSecret !== undefined && { client_secret: client.clientSecret }),
    ...(client.jwksUri !== undefined && { jwks_uri: client.jwksUri }),
    ...(client.jwks && { jwks: { keys: client.jwks.keys.map((key) => ({ ...key })) } }),
  };
}
