/** What the job API needs, wired. */
import type { EndpointRegistry } from "../delivery/registry/registry.ts";
import type { PollingDeps } from "../polling/deps.ts";
import type { Streaming } from "../streaming/streaming.ts";
import { cursorKey } from "./cursor-key.ts";
import type { Foundation } from "./foundation.ts";
import { jobPlanning } from "./job-planning.ts";
import type { Renderings } from "./renderings.ts";
import type { SmartParts } from "./smart-parts.ts";
import { sourceChecks } from "./source-checks.ts";

export function pollingDeps(
  foundation: Foundation,
  renderings: Renderings,
  streaming: Streaming,
  registry: EndpointRegistry,
  smart: Pick<SmartParts, "sessions">,
): PollingDeps {
  const { config, database, eventLog, wakeUp, audit, jobs, batches } = foundation;
  return {
    jobs,
    log: eventLog,
    wakeUp,
    audit,
    db: database.http,
    publicUrl: config.publicUrl,
    cursorKey: cursorKey(config.masterKey),
    ...jobPlanning(foundation, registry),
    batches,
    render: (tenant, summary, type) => renderings.render(tenant, summary, type),
    checkSources: sourceChecks(foundation, smart.sessions),
    openStream: (request) => streaming.open(request),
  };
}
