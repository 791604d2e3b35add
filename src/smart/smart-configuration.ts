/** Discovery of an EHR's authorisation server (SMART App Launch 2.2, section 8), and the refusal of what is not safe. */
import { z } from "zod";
import { AdapterError } from "../core/errors.ts";

const document = z.looseObject({
  issuer: z.url().optional(),
  authorization_endpoint: z.string().min(1),
  token_endpoint: z.string().min(1),
  jwks_uri: z.string().optional(),
  code_challenge_methods_supported: z.array(z.string()).default([]),
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  id_token_signing_alg_values_supported: z.array(z.string()).optional(),
});

/** What a launch needs to know of the server; URLs absolute. Kept with the launch, so that both legs meet one server. */
export const smartServer = z.object({
  issuer: z.string(),
  authorizationEndpoint: z.url(),
  tokenEndpoint: z.url(),
  jwksUri: z.url().optional(),
  issParameter: z.boolean(),
  idTokenAlgs: z.array(z.string()),
});
export type SmartServer = z.infer<typeof smartServer>;

/** What SMART and OpenID Connect servers sign id_tokens with; never `none`, never a shared key. */
const asymmetric = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** An endpoint relative to the FHIR base (row 379), by https unless the tenant allows http. */
function endpoint(value: string, fhirBaseUrl: string, allowHttp: boolean): string {
  const url = URL.parse(value, `${fhirBaseUrl.replace(/\/$/u, "")}/`);
  const schemes = allowHttp ? ["https:", "http:"] : ["https:"];
  if (url === null || !schemes.includes(url.protocol) || url.username !== "" || url.hash !== "") {
    throw new AdapterError("ehr_refused", { detail: "smart-configuration names an endpoint that is not usable" });
  }
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
  };
}

/** Asks the EHR. Only ever called with a registered FHIR base. Redirects are failures: the egress fetch follows none. */
export async function discoverSmartServer(fetch: Fetch, fhirBaseUrl: string, allowHttp: boolean): Promise<SmartServer> {
  const url = `${fhirBaseUrl.replace(/\/$/u, "")}/.well-known/smart-configuration`;
  const response = await fetch(url, { headers: { accept: "application/json" }, redirect: "manual" });
  if (response.status !== 200)
    throw new AdapterError("ehr_failed", { detail: `smart-configuration answered ${response.status}` });
  const parsed = document.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    throw new AdapterError("ehr_failed", { detail: "smart-configuration lacks what a launch needs" });
  return toServer(parsed.data, fhirBaseUrl, allowHttp);
}
