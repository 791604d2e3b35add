/** What redeeming a ticket does besides opening a session: starts or repeats the work, where that is its purpose. */
import type { TenantConfig } from "../config/tenant-schema.ts";
import { AdapterError } from "../core/errors.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { Ticket } from "./tickets.ts";

export interface OpenTicketDeps {
  readonly jobs: Pick<Jobs, "create">;
  readonly tenant: (id: string) => TenantConfig | undefined;
}

/** Returns the id of the job that the session shall read. */
export function createTicketOpener({ jobs, tenant }: OpenTicketDeps): (ticket: Ticket) => Promise<string> {
  return async (ticket) => {
    if (ticket.purpose === "open") return ticket.job ?? missing();
    const { patient, encounter, snapshot = [] } = ticket;
    const settings = tenant(ticket.tenant) ?? missing();
    if (!settings.generation.enabled)
      throw new AdapterError("state_conflict", { message: "New summaries are switched off for this hospital." });
    if (snapshot.length === 0 && settings.ehr.backendServices === undefined)
      throw new AdapterError("prefetch_unavailable");
    const { job } = await jobs.create({
      tenant: ticket.tenant,
      patient,
      encounter,
      documentType: "discharge-summary",
      trigger: ticket.purpose === "retry" ? "retry" : "page",
      actor: { kind: "ticket", id: ticket.userId },
      waitForLaunch: false,
      ...(snapshot.length === 0 ? {} : { snapshot: { kind: "prefetch", resources: snapshot } }),
    });
    return job.id;
  };
}

function missing(): never {
  throw new AdapterError("not_found");
}
