-- The books of model calls: who asked which model for what, what it cost, and what must not be asked.

-- One row a call. Counts, names and hashes: nothing of what was said.
create table handover.model_call (
  tenant text not null,
  id text not null,
  -- Null for calls that no job made.
  job text,
  part text not null,
  provider text not null,
  model text not null,
  prompt_hash text not null,
  request_hash text not null,
  mode text not null check (mode in ('shown', 'shadow')),
  state text not null default 'running' check (state in ('running', 'ended')),
  -- While it runs: what it may use at most, so that two calls at once cannot both take the last of a budget.
  input_tokens integer not null,
  output_tokens integer not null,
  -- False where the provider did not count and the figures are estimates.
  counted boolean not null default false,
  cost double precision not null default 0,
  cached boolean not null default false,
  outcome text,
  stood integer not null default 0,
  dropped integer not null default 0,
  drops jsonb not null default '{}',
  duration_ms integer,
  -- A provider's own id of a call that goes on without us.
  handle text,
  started_at timestamptz not null default clock_timestamp(),
  -- Past this a running call is held to be lost: its worker died.
  lease_until timestamptz not null,
  primary key (tenant, id)
);
create index model_call_started on handover.model_call (tenant, started_at);
create index model_call_running on handover.model_call (tenant, lease_until) where state = 'running';
create index model_call_handle on handover.model_call (tenant, request_hash) where handle is not null;
select handover.wall('handover.model_call');
select handover.system_columns('handover.model_call', 'tenant, id, started_at', null, true);

-- Whole answers, so that the same request is not paid for twice. Gone with the job that asked, or after a while.
create table handover.model_answer (
  tenant text not null,
  request_hash text not null,
  job text,
  sealed bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (tenant, request_hash),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
create index model_answer_expired on handover.model_answer (expires_at);
select handover.wall('handover.model_answer');
select handover.system_columns('handover.model_answer', 'tenant, expires_at', null, true);

-- Models that must not be asked. `*` is every model of the tenant.
create table handover.model_stop (
  tenant text not null,
  model text not null,
  reason text not null,
  stopped_by text not null,
  stopped_at timestamptz not null default now(),
  primary key (tenant, model)
);
select handover.wall('handover.model_stop');

-- Answers past their time, and calls that no report looks back to.
create function handover.sys_forget_models(keep_days integer) returns table (removed bigint)
language sql as $$
  with answers as (delete from handover.model_answer where expires_at < now() returning 1),
    calls as (delete from handover.model_call where started_at < now() - make_interval(days => keep_days) returning 1)
  select (select count(*) from answers) + (select count(*) from calls)
$$;
select handover.system_function('handover.sys_forget_models(integer)');
