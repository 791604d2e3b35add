/** The code for tokens, and the proof of who the user is (OAuth 2.1 with PKCE; OpenID Connect Core 3.1.3.7). */
import * as oauth from "oauth4webapi";
import { z } from "zod";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { SmartDeps } from "./deps.ts";
import type { SmartServer } from "./smart-configuration.ts";
import { AdapterError } from "../core/errors.ts";
import type { SmartSettings } from "./client-auth.ts";
import { clientAuth } from "./client-auth.ts";

/** Token responses larger than this in one member are refused: they end up in a row and in headers. */
const tokenForm = z.string().min(1).max(16_384);
const reference = z.string().regex(/^[A-Za-z0-9.-]{1,64}$/u);

/** Entries of `fhirContext` are objects since 2.0; what is none, or names its resource otherwise, is passed over. */
const contextEntry = z.looseObject({ reference: z.string(), role: z.string().default("launch") });

/** Members of the token response that SMART adds (2.2, "Launch context arrives with your access token"). */
const tokenResponse = z.looseObject({
  access_token: tokenForm,
  refresh_token: tokenForm.optional(),
  expires_in: z.number().int().min(1).max(31_536_000).optional(),
  scope: z.string().max(8_192).optional(),
  patient: reference.optional(),
  encounter: reference.optional(),
  fhirContext: z.array(z.unknown()).max(100).optional(),
  appContext: z.string().max(2_000).optional(),
  need_patient_banner: z.boolean().default(true),
  // A look is no reason to refuse a launch: an address that is none counts as not given.
  smart_style_url: z.url().max(2_000).optional().catch(undefined),
});

export type TokenResponse = z.output<typeof tokenResponse>;

export interface Tokens {
  readonly response: TokenResponse;
  /** The id_token's `fhirUser`, its signature checked; undefined without id_token or claim. */
  readonly fhirUser?: unknown;
}

/** One tenant's client at one server. */
export interface TokenClient {
  /** Exchanges the code of a callback. Throws 400 for what the browser brought, 401 for a bad id_token, 502 and 504 for the EHR. */
  exchange(
    callback: URLSearchParams,
    expected: { readonly state: string; readonly nonce: string; readonly verifier: string },
  ): Promise<Tokens>;
  /** Undefined where the EHR says that this refresh token is good for nothing any more (`invalid_grant`). */
  refresh(refreshToken: string, timeoutMs: number): Promise<TokenResponse | undefined>;
  /** Ends a token at the EHR (RFC 7009). False where the EHR offers no such endpoint. */
  revoke(token: string, kind: "access_token" | "refresh_token", timeoutMs: number): Promise<boolean>;
}

/**
 * oauth4webapi's errors in the words of the table. They are never passed on as `cause`: theirs hold the response, tokens
 * included.
 */
function toError(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  if (error instanceof oauth.ResponseBodyError) {
    const detail = `the token endpoint answered ${safeCode(error.error)}`;
    // Only the code is of the browser's making; a client that is refused is the operator's business.
    return error.error === "invalid_grant"
      ? new AdapterError("parameter_invalid", { at: "code", detail })
      : new AdapterError("ehr_refused", { detail });
  }
  if (error instanceof Error && error.name === "TimeoutError") return new AdapterError("ehr_timeout");
  if (concernsIdToken(error)) return new AdapterError("unauthenticated", { detail: "smart.id-token" });
  return new AdapterError("ehr_failed", { detail: "the token response is not usable" });
}

/** The library names the JWT's header or claims as the cause when the id_token is what it refuses. */
function concernsIdToken(error: unknown): boolean {
  const known = error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError;
  const cause: unknown = known ? error.cause : undefined;
  return typeof cause === "object" && cause !== null && ("header" in cause || "claims" in cause || "alg" in cause);
}

/** Error codes come from outside: only what looks like one reaches the log. */
const safeCode = (code: string): string => (/^[a-z_]{1,40}$/u.test(code) ? code : "an unknown error");

/**
 * The launch's encounter where the EHR tells it in `fhirContext` only. No role means "launch" (SMART 2.2, 191); an entry of
 * another role, or one of several encounters, is not what the EHR has open.
 */
function encounterInContext({ fhirContext = [] }: TokenResponse): string | undefined {
  const encounters = fhirContext.flatMap((entry) => {
    const { data } = contextEntry.safeParse(entry);
    const id = /^Encounter\/(?<id>[A-Za-z0-9.-]{1,64})$/u.exec(data?.reference ?? "")?.groups?.["id"];
    return id === undefined || data?.role !== "launch" ? [] : [id];
  });
  return encounters.length === 1 ? encounters[0] : undefined;
}

function parseTokens(answer: oauth.TokenEndpointResponse): TokenResponse {
  const parsed = tokenResponse.safeParse(answer);
  if (parsed.success) {
    const encounter = parsed.data.encounter ?? encounterInContext(parsed.data);
    return encounter === undefined ? parsed.data : { ...parsed.data, encounter };
  }
  throw new AdapterError("ehr_failed", {
    detail: `token response: ${parsed.error.issues[0]?.path.join(".") ?? ""} is not usable`,
  });
}

/** What every request to one server needs. */
interface Connection {
  readonly server: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly authenticate: oauth.ClientAuth;
  readonly options: ReturnType<typeof optionsOf>;
}

function optionsOf(deps: SmartDeps, tenant: TenantConfig) {
  const fetch = deps.fetchFor(tenant);
  return {
    [oauth.customFetch]: (url: string, init: oauth.CustomFetchOptions<string, URLSearchParams | undefined>) =>
      fetch(url, toInit(init)),
    [oauth.allowInsecureRequests]: tenant.network.allowHttp,
  };
}

function connect(deps: SmartDeps, tenant: TenantConfig, settings: SmartSettings, server: SmartServer): Connection {
  return {
    server: {
      issuer: server.issuer,
      token_endpoint: server.tokenEndpoint,
      ...(server.jwksUri === undefined ? {} : { jwks_uri: server.jwksUri }),
      ...(server.revocationEndpoint === undefined ? {} : { revocation_endpoint: server.revocationEndpoint }),
      authorization_response_iss_parameter_supported: server.issParameter,
      id_token_signing_alg_values_supported: server.idTokenAlgs,
    },
    client: { client_id: settings.clientId, [oauth.clockTolerance]: 30 },
    authenticate: clientAuth(deps, tenant, settings, server),
    options: optionsOf(deps, tenant),
  };
}

/** Claims and signature both: TLS proves the server, not what a proxy in between made of its answer. */
async function validate(
  { server, client, options }: Connection,
  response: Response,
  nonce: string,
): Promise<oauth.TokenEndpointResponse> {
  const answer = await oauth.processAuthorizationCodeResponse(server, client, response, { expectedNonce: nonce });
  await oauth.validateApplicationLevelSignature(server, response, options).catch((error: unknown) => {
    // A signature that does not verify and a key that does not exist say the same: this is not who it claims to be.
    throw error instanceof oauth.OperationProcessingError
      ? new AdapterError("unauthenticated", { detail: "smart.id-token" })
      : error;
  });
  return answer;
}

async function exchange(
  connection: Connection,
  redirectUri: string,
  callback: URLSearchParams,
  { state, nonce, verifier }: { readonly state: string; readonly nonce: string; readonly verifier: string },
): Promise<Tokens> {
  const { server, client, authenticate, options } = connection;
  const parameters = readCallback(server, client, callback, state);
  try {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      authenticate,
      parameters,
      redirectUri,
      verifier,
      options,
    );
    const answer = await validate(connection, response, nonce);
    return { response: parseTokens(answer), fhirUser: oauth.getValidatedIdTokenClaims(answer)?.["fhirUser"] };
  } catch (error) {
    throw toError(error);
  }
}

async function refresh(
  { server, client, authenticate, options }: Connection,
  refreshToken: string,
  timeoutMs: number,
): Promise<TokenResponse | undefined> {
  const bounded = { ...options, signal: AbortSignal.timeout(timeoutMs) };
  try {
    const response = await oauth.refreshTokenGrantRequest(server, client, authenticate, refreshToken, bounded);
    return parseTokens(await oauth.processRefreshTokenResponse(server, client, response));
  } catch (error) {
    if (error instanceof oauth.ResponseBodyError && error.error === "invalid_grant") return undefined;
    throw toError(error);
  }
}

async function revoke(
  { server, client, authenticate, options }: Connection,
  token: string,
  kind: "access_token" | "refresh_token",
  timeoutMs: number,
): Promise<boolean> {
  if (server.revocation_endpoint === undefined) return false;
  const signal = AbortSignal.timeout(timeoutMs);
  const bounded = { ...options, additionalParameters: { token_type_hint: kind }, signal };
  try {
    await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, authenticate, token, bounded));
    return true;
  } catch (error) {
    throw toError(error);
  }
}

/** @throws AdapterError ehr_refused where the server takes nothing that we could authenticate with */
export function createTokenClient(
  deps: SmartDeps,
  tenant: TenantConfig,
  settings: SmartSettings,
  server: SmartServer,
  redirectUri: string,
): TokenClient {
  const connection = connect(deps, tenant, settings, server);
  return {
    exchange: (callback, expected) => exchange(connection, redirectUri, callback, expected),
    refresh: (refreshToken, timeoutMs) => refresh(connection, refreshToken, timeoutMs),
    revoke: (token, kind, timeoutMs) => revoke(connection, token, kind, timeoutMs),
  };
}

/** The library's options as fetch takes them: an absent body or signal is left out. */
function toInit({ body, signal, ...rest }: oauth.CustomFetchOptions<string, URLSearchParams | undefined>): RequestInit {
  return { ...rest, ...(body === undefined ? {} : { body }), ...(signal === undefined ? {} : { signal }) };
}

/** Checks `state`, `iss` (RFC 9207) and `error` before the code goes anywhere. */
function readCallback(
  server: oauth.AuthorizationServer,
  client: oauth.Client,
  callback: URLSearchParams,
  state: string,
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(server, client, callback, state);
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) {
      const detail = `the authorisation endpoint answered ${safeCode(error.error)}`;
      throw new AdapterError("parameter_invalid", {
        at: "error",
        message: "The EHR did not authorise this launch.",
        detail,
      });
    }
    // Another server's `iss` is a mix-up: the code is not sent anywhere.
    throw new AdapterError("parameter_invalid", { at: "iss", detail: "smart.mix-up" });
  }
}
