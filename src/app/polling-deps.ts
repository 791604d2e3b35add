/** What the job API needs, wired. */
import type { EndpointRegistry } from "../delivery/registry/registry.ts";
import { patientOfStay } from "../ehr/patient-of-stay.ts";
import { createFeedback } from "../jobs/feedback/feedback.ts";
import type { PollingDeps } from "../polling/deps.ts";
import type { Streaming } from "../streaming/streaming.ts";
import { cursorKey } from "./cursor-key.ts";
import { focusContextOf } from "./focus-resources.ts";
import type { Foundation } from "./foundation.ts";
import { jobPlanning } from "./job-planning.ts";
import type { Renderings } from "./renderings.ts";
import type { SmartParts } from "./smart-parts.ts";
import { sourceChecks } from "./source-checks.ts";
import { requireClients } from "./tenant-clients.ts";

/** A caller waits for it. */
const READ_MS = 5_000;

export function pollingDeps(
  foundation: Foundation,
  renderings: Renderings,
  streaming: Streaming,
  registry: EndpointRegistry,
  smart: Pick<SmartParts, "sessions">,
): PollingDeps {
  const { clients, config, database, sealer, metrics, eventLog, wakeUp, audit, jobs, batches } = foundation;
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
    focusContext: focusContextOf(foundation),
    patientOf: (id, encounter) => {
      const own = requireClients(clients, id);
      const gateway = own.backendGateway(AbortSignal.timeout(READ_MS));
      return patientOfStay(gateway, encounter, own.tenant.ehr.fhirBaseUrl);
    },
    render: (tenant, summary, type) => renderings.render(tenant, summary, type),
    served: (job, summary) => renderings.served(job, summary),
    feedback: createFeedback({ db: database.http, sealer, onGiven: (given) => metrics.feedback(given) }),
    checkSources: sourceChecks(foundation, smart.sessions),
    openStream: (request) => streaming.open(request),
  };
}
