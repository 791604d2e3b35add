/** Our client at a tenant's authorisation server, as discovery describes it now. */
import type { SmartDeps } from "./deps.ts";
import type { TokenClient } from "./token-exchange.ts";
import { redirectUriOf } from "./launch.ts";
import { discoverSmartServer } from "./smart-configuration.ts";
import { createTokenClient } from "./token-exchange.ts";

/** Undefined where the tenant has no SMART client any more. */
export async function discoverTokenClient(deps: SmartDeps, tenantId: string): Promise<TokenClient | undefined> {
  const tenant = deps.tenants().find(({ id }) => id === tenantId);
  const settings = tenant?.ehr.smart;
  if (tenant === undefined || settings === undefined) return undefined;
  const server = await discoverSmartServer(deps.fetchFor(tenant), tenant.ehr.fhirBaseUrl, tenant.network.allowHttp);
  return createTokenClient(deps, tenant, settings, server, redirectUriOf(deps));
}
