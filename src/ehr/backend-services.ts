/** SMART Backend Services: our access tokens for the EHR, one request in flight per tenant. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import { assertionAlgorithm } from "../core/smart/client-authentication.ts";
import { requestedScopes } from "../core/smart/default-scopes.ts";
import { callEhr } from "./call.ts";
import type { AccessToken } from "./fhir-gateway.ts";
import type { Fetch } from "./fetch.ts";
import type { EndpointsOf, SmartEndpoints } from "./smart-configuration.ts";

export interface BackendServicesSettings {
  readonly fhirBaseUrl: string;
  readonly clientId: string;
  readonly scopes: string;
  readonly alg: "ES384" | "RS384";
}

export interface BackendServicesDeps {
  readonly fetch: Fetch;
  readonly endpointsOf: EndpointsOf;
  /** Signs the client assertion (SMART 2.2 backend-services: iss = sub = client id, aud = token endpoint, exp <= 5 min). */
  readonly signAssertion: (input: {
    clientId: string;
    tokenEndpoint: string;
    alg: "ES384" | "RS384";
  }) => Promise<string>;
  /** Milliseconds. */
  readonly now: () => number;
}

/** What counts as a token (RFC 6749, section 5.1). */
export const tokenAnswer = z.looseObject({
  access_token: z.string().min(1).max(16_384),
  token_type: z.string().regex(/^bearer$/iu),
  expires_in: z.number().positive().max(86_400).optional(),
  /** What was granted; absent where it is what was asked for. */
  scope: z.string().max(16_384).optional(),
});

/** The request for a token, with our assertion in it (SMART 2.2 backend-services, "Obtain access token"). */
export function tokenRequest(scope: string, assertion: string) {
  return {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "client_credentials",
      scope,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    }).toString(),
  };
}

/**
 * The tenant's settings in what this server understands: the other algorithm where it takes that alone (both keys are in our
 * set), and the default scopes in version 1 where it knows no other.
 */
export function backendRequest(
  { alg, scopes }: Pick<BackendServicesSettings, "alg" | "scopes">,
  { assertionAlgs, capabilities }: Pick<SmartEndpoints, "assertionAlgs" | "capabilities">,
): Pick<BackendServicesSettings, "alg" | "scopes"> {
  const taken = assertionAlgs?.includes(alg) === false ? assertionAlgorithm(assertionAlgs) : alg;
  return { alg: taken ?? alg, scopes: requestedScopes(scopes, capabilities) };
}

/** A token is taken out of use this long before it ends, so that it does not end on its way. */
const SKEW_MS = 15_000;
const DEFAULT_LIFETIME_SECONDS = 300;

export interface BackendServicesToken {
  /** Throws AdapterError ehr_failed / ehr_timeout; ehr_token_refused where the server does not know us (yet). */
  readonly accessToken: AccessToken;
  /** The scopes of the newest token; undefined before the first, and where the server named none. */
  readonly granted: () => string | undefined;
}

/** Access tokens of one tenant. */
export function createBackendServicesToken(
  settings: BackendServicesSettings,
  deps: BackendServicesDeps,
): BackendServicesToken {
  let held: { readonly token: string; readonly until: number } | undefined;
  let granted: string | undefined;
  let flight: Promise<string> | undefined;

  async function request(): Promise<string> {
    const server = await deps.endpointsOf(settings.fhirBaseUrl);
    const { tokenEndpoint } = server;
    const { alg, scopes } = backendRequest(settings, server);
    const assertion = await deps.signAssertion({ clientId: settings.clientId, tokenEndpoint, alg });
    const answer = await askForToken(deps.fetch, tokenEndpoint, scopes, assertion);
    const lifetimeMs = (answer.expires_in ?? DEFAULT_LIFETIME_SECONDS) * 1000;
    granted = answer.scope;
    held = { token: answer.access_token, until: deps.now() + lifetimeMs - Math.min(SKEW_MS, lifetimeMs / 2) };
    return answer.access_token;
  }

  return {
    granted: () => granted,
    accessToken: (refused) => {
      // Of many calls that were refused together, the first brings the new token for all.
      if (held !== undefined && held.token === refused) held = undefined;
      if (held !== undefined && held.until > deps.now()) return Promise.resolve(held.token);
      flight ??= request().finally(() => {
        flight = undefined;
      });
      return flight;
    },
  };
}

async function askForToken(fetch: Fetch, tokenEndpoint: string, scope: string, assertion: string) {
  const response = await callEhr(fetch, tokenEndpoint, tokenRequest(scope, assertion));
  if (!response.ok) {
    const refused = response.status >= 400 && response.status < 500 && response.status !== 429;
    // Nothing was asked of the EHR itself, so it has refused nothing: whoever has time tries again.
    throw new AdapterError(refused ? "ehr_token_refused" : "ehr_failed", {
      detail: `the token endpoint answered ${response.status}`,
    });
  }
  const parsed = tokenAnswer.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new AdapterError("ehr_failed", { detail: "the token endpoint's answer lacks a usable token" });
  return parsed.data;
}
