/** The look at a draft's sources, wired: with the rights of whoever asks. */
import type { Principal } from "../core/access/principal.ts";
import { languageOf } from "../core/language/language.ts";
import type { FhirGateway } from "../ehr/fhir-gateway.ts";
import { checkSources } from "../ehr/source-check.ts";
import type { PollingDeps } from "../polling/deps.ts";
import type { SmartSessions } from "../smart/sessions.ts";
import type { Foundation } from "./foundation.ts";
import { requireClients } from "./tenant-clients.ts";

export function sourceChecks(foundation: Foundation, sessions: SmartSessions): PollingDeps["checkSources"] {
  const { clients, jobs, onError } = foundation;
  return async (principal, job, summary) => {
    const { tenant } = requireClients(clients, job.tenant);
    return checkSources({
      sections: summary.sections,
      sources: await jobs.sources(job.tenant, job.id),
      patient: job.patient,
      encounter: job.encounter,
      since: job.createdAt,
      timeZone: tenant.timeZone,
      language: languageOf(tenant.language),
      now: new Date().toISOString(),
      gateway: (signal) => gatewayOf(foundation, sessions, principal, signal),
      onChanged: (resources) =>
        jobs.chartArrived({
          tenant: job.tenant,
          job: job.id,
          resources,
          whole: false,
          source: principal.session === undefined ? "api" : "page",
          actor: principal.actor,
        }),
      onError: onError("sources.unread"),
    });
  };
}

/**
 * A person reads with their own token, and an API client as the system. A ticket was made for one document, and an app with
 * the EHR's token can read the EHR itself.
 */
async function gatewayOf(
  { clients }: Foundation,
  sessions: SmartSessions,
  { tenant, session }: Principal,
  signal: AbortSignal,
): Promise<FhirGateway | undefined> {
  const own = requireClients(clients, tenant);
  if (session === undefined) return own.backendGateway(signal);
  if (session.kind !== "smart") return undefined;
  const token = await sessions.accessToken(tenant, session.launch);
  if (token === undefined) return own.backendGateway(signal);
  const granted = (await sessions.access(tenant, session.launch))?.granted;
  return own.userGateway(token, { signal, granted });
}
