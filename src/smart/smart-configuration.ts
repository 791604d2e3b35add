/** Discovery of an EHR's authorisation server (SMART App Launch 2.2, section 8), and the refusal of what is not safe. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";
import type { OfferedAuthentication } from "../core/smart/client-authentication.ts";

const document = z.looseObject({
  issuer: z.url().optional(),
  authorization_endpoint: z.string().min(1),
  token_endpoint: z.string().min(1),
  jwks_uri: z.string().optional(),
  code_challenge_methods_supported: z.array(z.string()).default([]),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  id_token_signing_alg_values_supported: z.array(z.string()).optional(),
  revocation_endpoint: z.string().optional(),
  token_endpoint_auth_methods_supported: z.array(z.string()).optional(),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()).optional(),
  capabilities: z.array(z.string()).default([]),
});

/** What a launch needs to know of the server; URLs absolute. Kept with the launch, so that both legs meet one server. */
export const smartServer = z.object({
  issuer: z.string(),
  authorizationEndpoint: z.url(),
  tokenEndpoint: z.url(),
  jwksUri: z.url().optional(),
  issParameter: z.boolean(),
  idTokenAlgs: z.array(z.string()),
  revocationEndpoint: z.url().optional(),
  authMethods: z.array(z.string()).optional(),
  assertionAlgs: z.array(z.string()).optional(),
  // A launch that another release of ours began has none.
  capabilities: z.array(z.string()).default([]),
});
export type SmartServer = z.infer<typeof smartServer>;

/** What SMART and OpenID Connect servers sign id_tokens with; never `none`, never a shared key. */
const asymmetric = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An address relative to the FHIR base (row 379), by https unless the tenant allows http; null for anything else. */
function usableUrl(value: string, fhirBaseUrl: string, allowHttp: boolean): URL | null {
  const url = URL.parse(value, `${fhirBaseUrl.replace(/\/$/u, "")}/`);
  const schemes = allowHttp ? ["https:", "http:"] : ["https:"];
  return url === null || !schemes.includes(url.protocol) || url.username !== "" || url.hash !== "" ? null : url;
}

function endpoint(value: string, fhirBaseUrl: string, allowHttp: boolean): string {
  const url = usableUrl(value, fhirBaseUrl, allowHttp);
  if (url === null)
    throw new AdapterError("ehr_refused", { detail: "smart-configuration names an endpoint that is not usable" });
  return url.href;
}

function toServer(parsed: z.infer<typeof document>, fhirBaseUrl: string, allowHttp: boolean): SmartServer {
  // SMART 2.2: servers SHALL support S256 and SHALL NOT support plain; one that does not say so is not asked.
  if (!parsed.code_challenge_methods_supported.includes("S256")) {
    throw new AdapterError("ehr_refused", { detail: "the EHR does not offer PKCE with S256" });
  }
  const offered = parsed.id_token_signing_alg_values_supported ?? asymmetric;
  return {
    issuer: parsed.issuer ?? fhirBaseUrl,
    authorizationEndpoint: endpoint(parsed.authorization_endpoint, fhirBaseUrl, allowHttp),
    tokenEndpoint: endpoint(parsed.token_endpoint, fhirBaseUrl, allowHttp),
    ...(parsed.jwks_uri === undefined ? {} : { jwksUri: endpoint(parsed.jwks_uri, fhirBaseUrl, allowHttp) }),
    issParameter: parsed.authorization_response_iss_parameter_supported ?? false,
    idTokenAlgs: offered.filter((alg) => asymmetric.includes(alg)),
    ...optional(parsed, fhirBaseUrl, allowHttp),
    capabilities: parsed.capabilities,
  };
}

/** What a server may leave out. A revocation endpoint that is not usable counts as none: nothing depends on it. */
function optional(parsed: z.infer<typeof document>, fhirBaseUrl: string, allowHttp: boolean): Partial<SmartServer> {
  const {
    revocation_endpoint: revocation,
    token_endpoint_auth_methods_supported: authMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgs,
  } = parsed;
  const revocationEndpoint = revocation === undefined ? null : usableUrl(revocation, fhirBaseUrl, allowHttp);
  return {
    ...(revocationEndpoint === null ? {} : { revocationEndpoint: revocationEndpoint.href }),
    ...(authMethods === undefined ? {} : { authMethods }),
    ...(assertionAlgs === undefined ? {} : { assertionAlgs }),
  };
}

/** What the server says of client authentication. */
export function offeredBy({ authMethods, assertionAlgs, capabilities }: SmartServer): OfferedAuthentication {
  return { methods: authMethods, algs: assertionAlgs, capabilities };
}

/** A person waits before a blank frame for this. */
const discoveryMs = 10_000;

/**
 * Asks the EHR. Only ever called with a registered FHIR base. Redirects are failures: the egress fetch follows none.
 *
 * @throws AdapterError ehr_failed, ehr_refused, ehr_timeout
 */
export async function discoverSmartServer(fetch: Fetch, fhirBaseUrl: string, allowHttp: boolean): Promise<SmartServer> {
  const url = `${fhirBaseUrl.replace(/\/$/u, "")}/.well-known/smart-configuration`;
  const signal = AbortSignal.timeout(discoveryMs);
  const response = await fetch(url, { headers: { accept: "application/json" }, redirect: "manual", signal }).catch(
    (error: unknown) => {
      throw error instanceof Error && error.name === "TimeoutError" ? new AdapterError("ehr_timeout") : error;
    },
  );
  if (response.status !== 200)
    throw new AdapterError("ehr_failed", { detail: `smart-configuration answered ${response.status}` });
  const parsed = document.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new AdapterError("ehr_failed", { detail: "smart-configuration lacks what a launch needs" });
  return toServer(parsed.data, fhirBaseUrl, allowHttp);
}
