-- One-time tickets: a tab that keeps its session itself opens the plain-text document in another tab by one of these.
create table handover.document_ticket (
  tenant text not null,
  -- SHA-256 of the ticket in the address.
  ticket_hash bytea not null,
  -- The session that asked; the document is not shown once it is over.
  launch text not null,
  job text not null,
  -- Who asked, for the audit log.
  actor jsonb not null,
  expires_at timestamptz not null,
  primary key (tenant, ticket_hash)
);
select handover.wall('handover.document_ticket', 'select, insert, delete');
create index document_ticket_expires on handover.document_ticket (tenant, expires_at);
