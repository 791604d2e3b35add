/** `.well-known/smart-configuration` of our own FHIR side (SMART 2.2, "Conformance"): how systems come by a token. */
import type { FhirNeed } from "./api-scopes.ts";

const allRights = ["c", "r", "u", "d", "s"] as const;

/** As the token endpoint takes them. */
export const signingAlgorithms = ["ES384", "RS384", "ES256", "RS256", "PS256", "EdDSA"] as const;

/**
 * @param publicUrl without a trailing slash
 * @param needs what the routes ask for: the scopes are no more than they can be used for
 */
export function ownSmartConfiguration(publicUrl: string, needs: readonly FhirNeed[]) {
  const byType = Map.groupBy(needs, ({ type }) => type);
  const scopes = [...byType].map(([type, own]) => {
    const rights = allRights.filter((right) => own.some((need) => need.right === right));
    return `system/${type}.${rights.join("")}`;
  });
  return {
    issuer: publicUrl,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    token_endpoint: `${publicUrl}/oauth/token`,
    token_endpoint_auth_methods_supported: ["private_key_jwt"],
    token_endpoint_auth_signing_alg_values_supported: signingAlgorithms,
    grant_types_supported: ["client_credentials"],
    scopes_supported: ["fhir", "jobs:write", ...scopes],
    // Asked for of every server, also where no code is given out.
    code_challenge_methods_supported: ["S256"],
    capabilities: ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
  };
}
