-- Logs of what is no job: `batch/<id>`, `endpoint/<id>`. Their events stand in the same table, under the stream's name in the
-- place of a job's id, so that every reader of the log reads them too.
create table handover.stream (
  tenant text not null,
  id text not null check (id like '%/%'),
  -- Last sequence of this log.
  seq integer not null default 0,
  source text not null,
  created_at timestamptz not null default now(),
  primary key (tenant, id)
);
select handover.wall('handover.stream');

-- Many encounters asked for at once.
create table handover.batch (
  tenant text not null,
  id text not null,
  total integer not null,
  done integer not null default 0,
  failed integer not null default 0,
  -- Idempotency-Key of the request, and the digest of what it said.
  key text,
  digest text,
  actor_kind text not null,
  actor_id text not null,
  created_at timestamptz not null default now(),
  completed_at timestamptz,
  primary key (tenant, id)
);
create unique index batch_key on handover.batch (tenant, key) where key is not null;
select handover.wall('handover.batch');

create table handover.batch_item (
  tenant text not null,
  batch text not null,
  place integer not null,
  state text not null default 'waiting' check (state in ('waiting', 'started', 'done', 'failed')),
  -- How the request named patient and encounter: sealed, for it may be by record number. Gone once the job is there.
  sealed bytea,
  job text,
  code text,
  -- Not to be tried before; a step that failed for a while is taken up again.
  due_at timestamptz not null default now(),
  primary key (tenant, batch, place),
  foreign key (tenant, batch) references handover.batch (tenant, id) on delete cascade
);
create index batch_item_job on handover.batch_item (tenant, job) where state = 'started';
create index batch_item_due on handover.batch_item (due_at) where state = 'waiting';
select handover.wall('handover.batch_item');
select handover.system_columns('handover.batch_item', 'tenant, batch, place, state, due_at');

-- Batches with encounters whose job is still to be asked for.
create function handover.sys_due_batches(most integer) returns table (tenant text, batch text)
language sql stable as $$
  select distinct i.tenant, i.batch from handover.batch_item i
  where i.state = 'waiting' and i.due_at <= now()
    and not exists (select from handover.tenant r where r.tenant = i.tenant and r.status = 'removed')
  limit most
$$;
select handover.system_function('handover.sys_due_batches(integer)');
