/** POST /oauth/token: client_credentials with private_key_jwt (RFC 6749, 4.4; RFC 7523; SMART 2.2 Backend Services). */
import { AdapterError } from "../core/errors.ts";
import { signingAlgorithms } from "../core/smart/own-configuration.ts";
import { allowedOf } from "../core/smart/api-scopes.ts";
import type { AccessTokens } from "./access-token.ts";
import { ACCESS_TOKEN_SECONDS } from "./access-token.ts";
import type { ApiClients } from "./api-clients.ts";
import type { TrustedIssuer } from "./jwt.ts";
import { refuse } from "./refusal.ts";
import type { VerifyDeps } from "./verify-jwt.ts";
import { verifyJwt } from "./verify-jwt.ts";

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** SMART 2.2: an assertion lives five minutes at most. */
const ASSERTION_LIFETIME_SECONDS = 300;

export interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "Bearer";
  readonly expires_in: number;
  readonly scope: string;
}

export interface OauthTokenDeps extends VerifyDeps {
  readonly clients: ApiClients;
  readonly tokens: AccessTokens;
  readonly publicUrl: string;
}

export interface TokenRequest {
  /** The form's fields. */
  readonly fields: ReadonlyMap<string, string>;
  readonly remoteAddress: string | undefined;
  /** Told once the claimed client is known to be one of a tenant's, before its proof is checked. */
  readonly onClient?: (tenant: string, client: string) => void;
}

/** Returns the token endpoint. It throws AdapterError with an OAuth meaning. */
export function createTokenEndpoint(deps: OauthTokenDeps): (request: TokenRequest) => Promise<TokenAnswer> {
  return async ({ fields, remoteAddress, onClient }) => {
    if (fields.get("grant_type") === undefined) throw new AdapterError("parameter_missing", { at: "grant_type" });
    if (fields.get("grant_type") !== "client_credentials")
      throw new AdapterError("grant_type_unsupported", { at: "grant_type" });
    if (fields.get("client_assertion_type") !== ASSERTION_TYPE) refuse("credential.missing");
    const { tenant, iss } = await verifyJwt(
      fields.get("client_assertion") ?? "",
      `${deps.publicUrl}/oauth/token`,
      (iss) => assertionIssuer(deps.clients, iss, onClient),
      deps,
    );
    const known = deps.clients.byId(iss) ?? refuse("credential.unknown");
    if (fields.has("client_id") && fields.get("client_id") !== iss) refuse("jwt.subject");
    if (!known.allows(remoteAddress)) refuse("network.not-allowed");
    const scopes = grantedScopes(fields.get("scope"), known.client.scopes);
    const token = await deps.tokens.issue({ tenant, client: iss, scopes });
    return { access_token: token, token_type: "Bearer", expires_in: ACCESS_TOKEN_SECONDS, scope: scopes.join(" ") };
  };
}

function assertionIssuer(
  clients: ApiClients,
  id: string,
  onClient: TokenRequest["onClient"],
): TrustedIssuer | undefined {
  const known = clients.byId(id);
  if (known?.client.jwks === undefined) return undefined;
  onClient?.(known.tenant, id);
  return {
    tenant: known.tenant,
    iss: id,
    algorithms: signingAlgorithms,
    maxLifetimeSeconds: ASSERTION_LIFETIME_SECONDS,
    jwks: known.client.jwks,
    subjectIsIssuer: true,
  };
}

/** RFC 6749, 3.3: the server may grant less than what is asked; nothing at all is an error. Absent: all that is registered. */
function grantedScopes(asked: string | undefined, registered: readonly string[]): readonly string[] {
  if (asked === undefined || asked.trim() === "") return registered;
  const own = new Set(registered);
  const granted = [...new Set(asked.split(" ").flatMap((scope) => allowedOf(scope, own)))];
  if (granted.length === 0) throw new AdapterError("scope_not_granted", { at: "scope" });
  return granted;
}
