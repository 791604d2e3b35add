-- Channels of FHIR Subscriptions besides rest-hook, and what binds a websocket to them.

alter table handover.endpoint drop constraint endpoint_kind_check;
alter table handover.endpoint add constraint endpoint_kind_check
  check (kind in ('webhook', 'fhir-rest-hook', 'fhir-websocket', 'fhir-email'));

-- Binding tokens: good once and not for long, for the Subscriptions of one client. Only their digests are kept.
create table handover.binding_token (
  tenant text not null,
  digest bytea not null,
  client text not null,
  subscriptions text[] not null,
  expires_at timestamptz not null,
  primary key (tenant, digest)
);
create index binding_token_expires on handover.binding_token (tenant, expires_at);
select handover.wall('handover.binding_token');
