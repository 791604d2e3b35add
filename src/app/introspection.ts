/** Introspection at one tenant's EHR: where to ask, and what proves that we may. */
import type { Secrets } from "../config/secrets.ts";
import type { TenantConfig } from "../config/tenant-schema.ts";
import type { IntrospectedToken } from "../core/access/ehr-token.ts";
import { AdapterError } from "../core/errors.ts";
import type { BackendServicesToken } from "../ehr/backend-services.ts";
import type { Fetch } from "../ehr/fetch.ts";
import type { IntrospectionProof, Introspect } from "../ehr/introspection.ts";
import { assertionProof, basicProof, createIntrospection } from "../ehr/introspection.ts";
import type { EndpointsOf } from "../ehr/smart-configuration.ts";
import type { SignClientAssertion } from "../trust/client-assertion.ts";

export interface IntrospectionParts {
  readonly fetch: Fetch;
  readonly endpointsOf: EndpointsOf;
  readonly backendToken: BackendServicesToken | undefined;
  readonly signAssertion: SignClientAssertion;
  readonly secrets: Secrets;
}

/** Undefined where the tenant takes no tokens of its EHR. */
export function introspectionOf({ ehr }: TenantConfig, parts: IntrospectionParts): Introspect | undefined {
  const { introspection: settings, fhirBaseUrl } = ehr;
  if (settings === undefined) return undefined;
  const { clientId = "", clientAuth, alg } = settings;
  const prove: Readonly<Record<typeof clientAuth, (refused?: IntrospectionProof) => Promise<IntrospectionProof>>> = {
    bearer: async (refused) => {
      const token = await parts.backendToken?.accessToken(refused?.authorization?.slice("Bearer ".length));
      return { authorization: `Bearer ${token ?? ""}` };
    },
    private_key_jwt: async () => {
      // SMART 2.2 (329) names the token endpoint as the one audience of our assertions.
      const { tokenEndpoint } = await parts.endpointsOf(fhirBaseUrl);
      return assertionProof(clientId, await parts.signAssertion({ clientId, tokenEndpoint, alg }));
    },
    client_secret: async () => {
      const secret = parts.secrets.get("clientSecret", settings);
      if (secret === undefined) throw new AdapterError("configuration_invalid", { detail: "no introspection secret" });
      return basicProof(clientId, secret);
    },
  };
  return createIntrospection({
    fetch: parts.fetch,
    endpoint: async () => settings.endpoint ?? (await parts.endpointsOf(fhirBaseUrl)).introspectionEndpoint,
    authenticate: prove[clientAuth],
  });
}

/** @throws AdapterError introspection_unavailable also where the tenant's settings have just ceased to take tokens */
export async function introspectAt(
  { introspect }: { readonly introspect: Introspect | undefined },
  token: string,
): Promise<IntrospectedToken> {
  if (introspect === undefined) throw new AdapterError("introspection_unavailable", { detail: "no longer set up" });
  return introspect(token);
}
