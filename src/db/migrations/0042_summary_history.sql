-- The life of each summary, act by act, and what its draft was written from.

create table handover.summary_act (
  tenant text not null,
  job text not null,
  -- From 1, without gaps: the job's row is locked when one is added.
  number integer not null check (number > 0),
  act text not null check (act in ('draft', 'edit', 'sign', 'amend', 'retract', 'discard')),
  version integer not null,
  revision integer not null,
  doc_status text not null,
  actor_kind text not null,
  actor_id text not null,
  actor_display text,
  at timestamptz not null,
  -- Of the text after the act.
  sha256 text not null,
  -- Hash of the act before, and of this one over it.
  previous text not null,
  chain text not null,
  -- Changes section by section, attestation, reason, what was said of the sources.
  sealed bytea not null,
  primary key (tenant, job, number),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
-- Nothing of it is ever changed; it goes with its job.
select handover.wall('handover.summary_act', 'select, insert');

-- References, versions and digests of the records that a draft cites, to tell later whether they still stand.
create table handover.summary_sources (
  tenant text not null,
  job text not null,
  version integer not null,
  sealed bytea not null,
  primary key (tenant, job, version),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
select handover.wall('handover.summary_sources', 'select, insert');
