import type { AuthBehaviour } from "./behaviour.ts";
import { identityAndLaunchScopes } from "./scopes.ts";

/** Absolute URLs of one sandbox EHR. */
export interface EhrUrls {
  /** FHIR base without a trailing slash; what `aud` and `iss` of a launch must be. */
  readonly fhirBaseUrl: string;
  /** Issuer of the authorisation server, without a trailing slash. */
  readonly issuer: string;
}

/** Endpoints of the authorisation server. */
export function authEndpoints(issuer: string): {
  authorize: string;
  token: string;
  introspect: string;
  revoke: string;
  jwks: string;
  style: string;
} {
  return {
    authorize: `${issuer}/authorize`,
    token: `${issuer}/token`,
    introspect: `${issuer}/introspect`,
    revoke: `${issuer}/revoke`,
    jwks: `${issuer}/jwks`,
    style: `${issuer}/smart-style-2.json`,
  };
}

/** The document at `[fhir]/.well-known/smart-configuration` (SMART App Launch 2.2, section 8). */
export function smartConfiguration({ issuer }: EhrUrls, behaviour: AuthBehaviour): Record<string, unknown> {
  const endpoints = authEndpoints(issuer);
  return {
    issuer,
    jwks_uri: endpoints.jwks,
    authorization_endpoint: endpoints.authorize,
    token_endpoint: endpoints.token,
    introspection_endpoint: endpoints.introspect,
    ...(behaviour.revocation && { revocation_endpoint: endpoints.revoke }),
    token_endpoint_auth_methods_supported: behaviour.authMethods,
    token_endpoint_auth_signing_alg_values_supported: behaviour.assertionAlgs,
    grant_types_supported: ["authorization_code", "client_credentials", "refresh_token"],
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    scopes_supported: [...identityAndLaunchScopes, ...everything(behaviour)],
    capabilities: [
      ...(behaviour.authorizePost ? ["authorize-post"] : []),
      "launch-ehr",
      "launch-standalone",
      "client-public",
      ...(behaviour.authMethods.includes("client_secret_basic") ? ["client-confidential-symmetric"] : []),
      ...(behaviour.authMethods.includes("private_key_jwt") ? ["client-confidential-asymmetric"] : []),
      "sso-openid-connect",
      "context-banner",
      "context-style",
      "context-ehr-patient",
      "context-ehr-encounter",
      "context-standalone-patient",
      "context-standalone-encounter",
      "permission-offline",
      "permission-online",
      "permission-patient",
      "permission-user",
      ...behaviour.scopeVersions.map((version) => `permission-v${version}`),
    ],
  };
}

function everything({ scopeVersions }: AuthBehaviour): string[] {
  const rights = scopeVersions.includes(2) ? "cruds" : "*";
  return ["patient", "user", "system"].map((level) => `${level}/*.${rights}`);
}

/** What `smart_style_url` shows: the look of the sandbox's own pages. Content-addressed by its name, so a change needs a new one. */
export const smartStyle = {
  color_background: "#f3f6f8",
  color_error: "#a4161a",
  color_highlight: "#0b5f86",
  color_modal_backdrop: "",
  color_success: "#1d6b3a",
  color_text: "#17222b",
  dim_border_radius: "6px",
  dim_font_size: "15px",
  dim_spacing_size: "18px",
  font_family_body: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  font_family_heading: "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
};
