/** What authorises deliveries, wired: tokens are asked for through the tenant's own egress wall, assertions signed by our key. */
import { AdapterError } from "../core/errors.ts";
import type { Authorize } from "../delivery/authorization/authorize.ts";
import { createAuthorize } from "../delivery/authorization/authorize.ts";
import { createTokens } from "../delivery/authorization/tokens.ts";
import { createEndpointDiscovery } from "../ehr/smart-configuration.ts";
import type { Foundation } from "./foundation.ts";

/** One for each role: tokens are kept by it. */
export function endpointAuthorize({ clients, trust, log }: Pick<Foundation, "clients" | "trust" | "log">): Authorize {
  const now = (): number => Date.now();
  return createAuthorize(
    createTokens({
      fetch: (tenant) => clients.of(tenant)?.fetch,
      signAssertion: trust.signClientAssertion,
      smartTokenEndpoint: async (tenant, fhirBaseUrl) => {
        const served = clients.of(tenant);
        if (served === undefined) throw new AdapterError("not_found");
        const base = fhirBaseUrl ?? served.tenant.ehr.fhirBaseUrl;
        return (await createEndpointDiscovery(served.fetch, now)(base)).tokenEndpoint;
      },
      now,
    }),
    (tenant, code) => log.warn("delivery.authorization_failed", { tenant, code }),
  );
}
