/** One-time tickets of the plain-text document, in the database. */
import type { Actor } from "../jobs/jobs.ts";
import { GATE, tenantQuery } from "../db/query.ts";

export const addDocumentTicketQuery = tenantQuery<
  unknown,
  readonly [ticketHash: Buffer, launch: string, job: string, actor: Actor, expiresAt: Date]
>(
  "document-ticket-add",
  `insert into handover.document_ticket (tenant, ticket_hash, launch, job, actor, expires_at)
   select $1, $2::bytea, $3, $4, $5::jsonb, $6::timestamptz where ${GATE}`,
);

export interface DocumentTicketRow {
  readonly job: string;
  readonly actor: Actor;
}

/** Gone before anything is shown: of two uses at once one finds it. */
export const takeDocumentTicketQuery = tenantQuery<
  DocumentTicketRow,
  readonly [ticketHash: Buffer, launch: string, now: Date]
>(
  "document-ticket-take",
  `delete from handover.document_ticket
   where tenant = $1 and ticket_hash = $2 and launch = $3 and expires_at > $4 and ${GATE}
   returning job, actor`,
);

export const purgeDocumentTicketsQuery = tenantQuery<unknown, readonly [now: Date]>(
  "document-ticket-purge",
  `delete from handover.document_ticket where tenant = $1 and expires_at < $2 and ${GATE}`,
);
