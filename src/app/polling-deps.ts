/** What the job API needs, wired. */
import { hkdfSync } from "node:crypto";
import { AdapterError } from "../core/errors.ts";
import type { EndpointRegistry } from "../delivery/registry/registry.ts";
import { findByIdentifier } from "../ehr/find-by-identifier.ts";
import type { PollingDeps } from "../polling/deps.ts";
import type { Streaming } from "../streaming/streaming.ts";
import type { Foundation } from "./foundation.ts";
import type { Renderings } from "./renderings.ts";
import { requireClients } from "./tenant-clients.ts";

const FIND_MS = 5_000;

export function pollingDeps(
  foundation: Foundation,
  renderings: Renderings,
  streaming: Streaming,
  registry: EndpointRegistry,
): PollingDeps {
  const { config, database, eventLog, wakeUp, audit, jobs, clients } = foundation;
  return {
    jobs,
    log: eventLog,
    wakeUp,
    audit,
    db: database.http,
    publicUrl: config.publicUrl,
    cursorKey: new Uint8Array(hkdfSync("sha256", config.masterKey, "", "handover cursor", 32)),
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
    render: (tenant, summary, type) => renderings.render(tenant, summary, type),
    openStream: (request) => streaming.open(request),
  };
}
