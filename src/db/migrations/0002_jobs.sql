-- Jobs, their log, their summaries, and the workers that write them. The tenant leads every index of a walled table, except
-- where the system path must find rows of all tenants (sequencer, reaper): those indexes hold positions and states only.

create table handover.job (
  tenant text not null,
  id text not null,
  status text not null check (status in ('requested', 'waiting', 'in-progress', 'completed', 'failed', 'cancelled')),
  -- Work is owed, or a draft waits for its signature: another request for the same encounter joins this job.
  open boolean not null,
  -- Rises with every visible change.
  version integer not null default 1,
  -- Claims so far.
  attempt integer not null default 0,
  -- Failed steps and lost workers: the limits of retrying. A deploy raises neither.
  failures integer not null default 0,
  losses integer not null default 0,
  -- The fence: who holds the job writes with this number, and writes nothing once it has moved on.
  epoch bigint not null default 0,
  worker text,
  dispatched_at timestamptz,
  step text not null default 'reading',
  progress real not null default 0,
  -- Last sequence of the log.
  seq integer not null default 0,
  -- URI of the tenant at this adapter, as it was when the job was made.
  source text not null,
  patient text not null,
  encounter text not null,
  document_type text not null,
  trigger text not null,
  actor_kind text not null,
  actor_id text not null,
  callback_url text,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  primary key (tenant, id)
) with (fillfactor = 70);
create unique index job_open on handover.job (tenant, encounter, document_type) where open;
create index job_encounter on handover.job (tenant, encounter, created_at);
create index job_patient on handover.job (tenant, patient, created_at);
create index job_changed on handover.job (tenant, updated_at, id);
create index job_held on handover.job (worker) where status = 'in-progress';
create index job_undispatched on handover.job (dispatched_at) where status = 'requested';
select handover.wall('handover.job');
select handover.system_columns('handover.job',
  'tenant, id, status, version, epoch, worker, dispatched_at, losses',
  'status, version, updated_at, epoch, worker, dispatched_at, losses');

-- What has asked for a job: hookInstance or Idempotency-Key, with the digest of what was asked.
create table handover.job_key (
  tenant text not null,
  kind text not null check (kind in ('hook', 'idempotency')),
  key text not null,
  digest text not null,
  job text not null,
  created_at timestamptz not null default now(),
  primary key (tenant, kind, key),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
create index job_key_job on handover.job_key (tenant, job);
select handover.wall('handover.job_key');

create table handover.event (
  tenant text not null,
  job text not null,
  seq integer not null,
  id text not null,
  type text not null,
  source text not null,
  at timestamptz not null default clock_timestamp(),
  -- draft.*: the section it belongs to.
  section text,
  -- Public data; null for draft.*, whose data is sealed.
  data jsonb,
  sealed bytea,
  draft boolean not null,
  -- Order of insertion; what the sequencer reads by. Not a position: a lower number may be committed later.
  n bigint not null generated always as identity,
  -- Global position, set by the sequencer after commit; never for draft.*.
  pos bigint,
  primary key (tenant, job, seq),
  -- No foreign key: an append holds the job's row already, and this is the hottest insert.
  check (draft = (data is null) and draft = (sealed is not null))
);
create index event_feed on handover.event (tenant, pos) where pos is not null;
create index event_unsequenced on handover.event (n) where pos is null and not draft;
create unique index event_position on handover.event (pos) where pos is not null;
select handover.wall('handover.event', 'select, insert, delete');
select handover.system_columns('handover.event', 'tenant, job, seq, type, at, draft, n, pos', 'pos');

-- The last global position given out. One row.
create table handover.sequencer (
  only_row boolean primary key default true check (only_row),
  position bigint not null default 0
);
insert into handover.sequencer default values;
grant select, update on handover.sequencer to handover_system;

-- Gives positions to committed events that have none, in the order of their insertion. The row lock on `sequencer` makes a
-- second sequencer wait, so positions become visible in order even while leadership changes hands.
create function handover.sys_sequence_events(most integer) returns table (first_position bigint, last_position bigint)
language plpgsql as $$
declare
  base bigint;
  given bigint;
begin
  if not exists (select 1 from handover.event u where u.pos is null and not u.draft) then
    return;
  end if;
  select s.position into base from handover.sequencer s for update;
  with due as (
    select e.n, e.tenant, e.job, e.seq, row_number() over (order by e.n) as place
    from (select u.n, u.tenant, u.job, u.seq from handover.event u where u.pos is null and not u.draft order by u.n limit most) e
  ), placed as (
    update handover.event e set pos = base + due.place
    from due where e.tenant = due.tenant and e.job = due.job and e.seq = due.seq
    returning 1
  )
  select count(*) into given from placed;
  if given > 0 then
    update handover.sequencer set position = base + given;
    return query select base + 1, base + given;
  end if;
end $$;
select handover.system_function('handover.sys_sequence_events(integer)');

-- How long the oldest committed event has been waiting for its position, in seconds; no row when none waits.
create function handover.sys_sequencer_lag() returns table (seconds double precision)
language sql stable as $$
  select extract(epoch from clock_timestamp() - e.at)::double precision
  from handover.event e where e.pos is null and not e.draft order by e.n limit 1
$$;
select handover.system_function('handover.sys_sequencer_lag()');

-- Sequenced events of all tenants after a position: where they are and what kind they are, not what they say.
create function handover.sys_events_after(after_position bigint, most integer)
returns table (pos bigint, tenant text, job text, seq integer, type text)
language sql stable as $$
  select e.pos, e.tenant, e.job, e.seq, e.type from handover.event e
  where e.pos > after_position order by e.pos limit most
$$;
select handover.system_function('handover.sys_events_after(bigint, integer)');

-- Where each reader of the whole log stands. Not tenant data.
create table handover.reader_cursor (
  reader text primary key,
  position bigint not null default 0,
  updated_at timestamptz not null default now()
);
grant select, insert, update on handover.reader_cursor to handover_app;

create table handover.summary (
  tenant text not null,
  job text not null,
  version integer not null,
  revision integer not null default 1,
  doc_status text not null check (doc_status in ('preliminary', 'final', 'amended', 'entered-in-error', 'discarded')),
  engine text not null,
  model text,
  sha256 text not null,
  edited boolean not null default false,
  -- Sections, attestation and reasons.
  sealed bytea not null,
  created_at timestamptz not null default now(),
  signed_by text,
  signed_by_display text,
  signed_at timestamptz,
  primary key (tenant, job, version),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
select handover.wall('handover.summary');

-- Sections that an attempt finished; they survive it, and go when the summary holds them.
create table handover.summary_section (
  tenant text not null,
  job text not null,
  section text not null,
  attempt integer not null,
  sealed bytea not null,
  primary key (tenant, job, section),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
select handover.wall('handover.summary_section');

-- What a job is written from: what came with the request (`given`) and what the worker read (`read`). Gone when the job ends.
create table handover.chart_snapshot (
  tenant text not null,
  job text not null,
  kind text not null check (kind in ('given', 'read')),
  sealed bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant, job, kind),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
select handover.wall('handover.chart_snapshot');

-- Worker processes. Each holds a session lock on `lock_no` and renews one lease. Not tenant data.
create table handover.worker (
  id text primary key,
  lock_no integer not null generated always as identity,
  lease_until timestamptz not null,
  dead boolean not null default false,
  started_at timestamptz not null default now()
);
grant select, insert, update, delete on handover.worker to handover_app;
grant select, update, delete on handover.worker to handover_system;

-- Marks workers as dead whose lease ran out or whose session lock is free, and takes their jobs from them. After a restart
-- of the server all locks are free although the workers live: for `grace` only leases count.
create function handover.sys_reap(grace interval)
returns table (tenant text, job text, epoch bigint)
language plpgsql as $$
declare
  locks_count boolean := now() - pg_postmaster_start_time() > grace;
begin
  update handover.worker w set dead = true
  from (
    select c.id from handover.worker c
    where not c.dead and (
      c.lease_until < clock_timestamp()
      or (locks_count and not exists (
        select 1 from pg_locks l
        where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = 1751215703 and l.objid = c.lock_no::oid
          and l.database = (select d.oid from pg_database d where d.datname = current_database()))))
    for update skip locked
  ) gone
  where w.id = gone.id;
  -- Not only those found dead just now: a reaped worker may have claimed once more before it knew.
  return query
    update handover.job j set status = 'requested', version = j.version + 1, updated_at = clock_timestamp(),
      epoch = j.epoch + 1, worker = null, losses = j.losses + 1, dispatched_at = clock_timestamp()
    from (
      select h.tenant, h.id from handover.job h
      where h.status = 'in-progress'
        and not exists (select 1 from handover.worker w where w.id = h.worker and not w.dead)
      for update of h skip locked
    ) lost
    where j.tenant = lost.tenant and j.id = lost.id
    returning j.tenant, j.id, j.epoch;
  delete from handover.worker w
  where w.dead and w.lease_until < clock_timestamp() - interval '1 hour'
    and not exists (select 1 from handover.job h where h.status = 'in-progress' and h.worker = w.id);
end $$;
select handover.system_function('handover.sys_reap(interval)');

-- Jobs that were handed to the queue long ago and that nobody took: dispatched anew, whatever became of the message.
create function handover.sys_redispatch(older_than interval, most integer)
returns table (tenant text, job text, epoch bigint)
language sql as $$
  update handover.job j set epoch = j.epoch + 1, dispatched_at = clock_timestamp()
  from (
    select s.tenant, s.id from handover.job s
    where s.status = 'requested' and s.dispatched_at < clock_timestamp() - older_than
    order by s.dispatched_at limit most
    for update skip locked
  ) stale
  where j.tenant = stale.tenant and j.id = stale.id
  returning j.tenant, j.id, j.epoch
$$;
select handover.system_function('handover.sys_redispatch(interval, integer)');

-- What a worker holds as far as the database knows: it stops whatever it runs besides.
create function handover.sys_held(holder text) returns table (tenant text, job text, epoch bigint)
language sql stable as $$
  select j.tenant, j.id, j.epoch from handover.job j where j.status = 'in-progress' and j.worker = holder
$$;
select handover.system_function('handover.sys_held(text)');
