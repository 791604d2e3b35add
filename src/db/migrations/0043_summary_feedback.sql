-- What clinicians say of what was written for them: to learn from, by section, engine and prompt version.

create table handover.summary_feedback (
  tenant text not null,
  job text not null,
  version integer not null,
  -- Who says it: kind and id. One verdict a person and place; a later one takes its place.
  actor text not null,
  -- Empty: the summary as a whole.
  section text not null default '',
  -- Empty: the section as a whole.
  sentence text not null default '',
  verdict text not null check (verdict in ('helpful', 'wrong', 'missing')),
  -- As the version was written.
  engine text not null,
  model text,
  prompt_version text,
  at timestamptz not null default now(),
  -- The reason in the clinician's words, and the sentence that it speaks of; null where nothing was said.
  sealed bytea,
  primary key (tenant, job, version, actor, section, sentence),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
create index summary_feedback_at on handover.summary_feedback (tenant, at);
select handover.wall('handover.summary_feedback');

-- PDQI-9: nine questions, 1 (not at all) to 5 (extremely), in the instrument's order.
create table handover.summary_rating (
  tenant text not null,
  job text not null,
  version integer not null,
  actor text not null,
  scores smallint[] not null check (cardinality(scores) = 9 and 1 <= all (scores) and 5 >= all (scores)),
  engine text not null,
  model text,
  prompt_version text,
  at timestamptz not null default now(),
  primary key (tenant, job, version, actor),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
create index summary_rating_at on handover.summary_rating (tenant, at);
select handover.wall('handover.summary_rating');
