-- Which summaries rest on what turned out to be wrong: a model, a prompt, a record that was corrected later.

-- Records that a draft cites, as `Type/id` and `Type/id|version`. Ids only: nothing of what they say.
create table handover.summary_citation (
  tenant text not null,
  job text not null,
  version integer not null,
  sources text[] not null,
  primary key (tenant, job, version),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
create index summary_citation_sources on handover.summary_citation using gin (sources);
select handover.wall('handover.summary_citation', 'select, insert');

create table handover.recall (
  tenant text not null,
  id text not null,
  cause text not null check (cause in ('model', 'prompt', 'source')),
  -- The model's name, the prompt's version, or the record.
  subject text not null,
  actor_kind text not null,
  actor_id text not null,
  at timestamptz not null default now(),
  -- Why, in the words of whoever recalls.
  sealed bytea not null,
  primary key (tenant, id),
  -- Recalling the same again goes on where it was broken off.
  unique (tenant, cause, subject)
);
select handover.wall('handover.recall', 'select, insert');

create table handover.summary_recall (
  tenant text not null,
  recall text not null,
  job text not null,
  -- The newest version when it was recalled.
  version integer not null,
  at timestamptz not null default now(),
  primary key (tenant, recall, job),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
create index summary_recall_job on handover.summary_recall (tenant, job);
select handover.wall('handover.summary_recall', 'select, insert');
