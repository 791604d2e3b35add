-- What a person who works with the page says has gone wrong, or nearly. The words are sealed.
create table handover.safety_report (
  tenant text not null,
  id text not null,
  -- Null: of no summary in particular. No foreign key: a report outlives its job.
  job text,
  version integer,
  category text not null check (category in ('wrong-patient', 'wrong-content', 'missing-content', 'delay', 'privacy', 'other')),
  actor_kind text not null,
  actor_id text not null,
  at timestamptz not null default now(),
  sealed bytea not null,
  primary key (tenant, id)
);
create index safety_report_at on handover.safety_report (tenant, at);
select handover.wall('handover.safety_report', 'select, insert');
