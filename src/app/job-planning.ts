/** What decides how a tenant's jobs are made, wired. */
import { AdapterError } from "../core/errors.ts";
import type { EndpointRegistry } from "../delivery/registry/registry.ts";
import { findByIdentifier } from "../ehr/find-by-identifier.ts";
import type { PollingDeps } from "../polling/deps.ts";
import type { Foundation } from "./foundation.ts";
import { requireClients } from "./tenant-clients.ts";

const FIND_MS = 5_000;

export function jobPlanning(
  { clients }: Foundation,
  registry: Pick<EndpointRegistry, "urls">,
): Pick<PollingDeps, "tenant" | "findByIdentifier"> {
  return {
    tenant: async (id) => {
      const { ehr, generation } = requireClients(clients, id).tenant;
      return {
        hasSystemAccess: ehr.backendServices !== undefined,
        hasSmart: ehr.smart !== undefined,
        enabled: generation.enabled,
        endpointUrls: await registry.urls(id),
      };
    },
    findByIdentifier: async (tenant, type, identifier) => {
      const gateway = requireClients(clients, tenant).backendGateway(AbortSignal.timeout(FIND_MS));
      if (gateway === undefined)
        throw new AdapterError("parameter_invalid", {
          at: `${type.toLowerCase()}.identifier`,
          message:
            "Identifiers are looked up by Backend Services, which this tenant has not registered: give a reference.",
        });
      return findByIdentifier(gateway, type, identifier);
    },
  };
}
