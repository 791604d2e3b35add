/** What redeeming a card's ticket opens: the job it names, or the one it starts. */
import type { CreateJob } from "../jobs/jobs.ts";
import type { PageDeps, RedeemedTicket } from "./deps.ts";
import { AdapterError } from "../core/errors.ts";

/** Returns the job's id. `start` and `retry` join an open job of the stay, so that two tickets start one. */
export async function openTicket(deps: PageDeps, ticket: RedeemedTicket): Promise<string> {
  if (ticket.purpose === "open") {
    if (ticket.job === undefined) throw new AdapterError("not_found");
    return ticket.job;
  }
  const snapshot: CreateJob["snapshot"] =
    ticket.snapshot === undefined ? undefined : { kind: "prefetch", ...ticket.snapshot };
  const { job } = await deps.jobs.create({
    tenant: ticket.tenant,
    patient: ticket.patient,
    encounter: ticket.encounter,
    documentType: "discharge-summary",
    trigger: ticket.purpose === "retry" ? "retry" : "page",
    actor: { kind: "ticket", id: ticket.userId },
    waitForLaunch: snapshot === undefined && !deps.hasSystemAccess(ticket.tenant),
    ...(snapshot === undefined ? {} : { snapshot }),
  });
  return job.id;
}
