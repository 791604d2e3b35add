-- Tenants in the database: what a file said of each, so that running replicas take a change over without a restart.

create table handover.tenant (
  tenant text primary key,
  -- Not served while 'removed': nothing of it is deleted, and naming it again brings it back.
  status text not null check (status in ('served', 'removed')),
  -- Whose word stands: the file of a start, or a file applied by command. A start takes back only what a start brought.
  origin text not null check (origin in ('start', 'apply')),
  -- The entry in force, as it was written. Sealed: headers are credentials, and an issuer that somebody with nothing but the
  -- database's rights put here would be trusted.
  sealed bytea not null,
  -- What the start's file last said; null: it does not name this tenant. Only a change of it is a change.
  said bytea,
  -- Rises over the whole table with every change; writers take turns, so that none is seen before an earlier one.
  revision bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index tenant_revision on handover.tenant (revision);
select handover.wall('handover.tenant');
select handover.system_columns('handover.tenant', 'tenant, status, revision');

-- Every tenant that was ever named, and how new its entry is.
create function handover.sys_tenants() returns table (tenant text, status text, revision bigint)
language sql stable as $$ select t.tenant, t.status, t.revision from handover.tenant t order by t.tenant $$;
select handover.system_function('handover.sys_tenants()');

-- What replicas ask every second.
create function handover.sys_tenant_revision() returns table (revision bigint)
language sql stable as $$ select coalesce(max(t.revision), 0) from handover.tenant t $$;
select handover.system_function('handover.sys_tenant_revision()');

-- What is due of a removed tenant waits. The functions are made anew with the same signature: replicas of the version before
-- go on calling them.

drop function handover.sys_due_endpoints(integer);
create function handover.sys_due_endpoints(most integer)
returns table (tenant text, endpoint text)
language sql stable as $$
  select e.tenant, e.id
  from handover.endpoint e
  where e.status = 'active' and e.lane_until <= now() and e.circuit_until <= now() and e.quiet_until <= now()
    and not exists (select from handover.tenant r where r.tenant = e.tenant and r.status = 'removed')
    -- One probe for each endpoint; as a join it could read the whole backlog.
    and (select true from handover.delivery d
      where d.tenant = e.tenant and d.endpoint = e.id and d.state = 'pending' and d.due_at <= now() limit 1)
  order by e.lane_until
  limit most
$$;
select handover.system_function('handover.sys_due_endpoints(integer)');

drop function handover.sys_due_subscriptions(integer);
create function handover.sys_due_subscriptions(most integer)
returns table (tenant text, subscription text)
language sql stable as $$
  select s.tenant, s.id from handover.subscription s
  where s.check_at <= now() and s.lease_until <= now()
    and not exists (select from handover.tenant r where r.tenant = s.tenant and r.status = 'removed')
  order by s.check_at
  limit most
$$;
select handover.system_function('handover.sys_due_subscriptions(integer)');

drop function handover.sys_due_writes(integer);
create function handover.sys_due_writes(most integer)
returns table (tenant text, job text, version integer, doc_status text)
language sql stable as $$
  select w.tenant, w.job, w.version, w.doc_status
  from handover.document_write w
  where w.state = 'pending' and w.due_at <= now() and (w.lease_until is null or w.lease_until < now())
    and not exists (select from handover.tenant r where r.tenant = w.tenant and r.status = 'removed')
    -- One at a time of each summary: what comes later must know whether the EHR has what came before.
    and not exists (
      select 1 from handover.document_write o
      where o.tenant = w.tenant and o.job = w.job and o.state = 'pending' and o.lease_until >= now())
  order by w.due_at
  limit most
$$;
select handover.system_function('handover.sys_due_writes(integer)');

drop function handover.sys_redispatch(interval, integer);
create function handover.sys_redispatch(older_than interval, most integer)
returns table (tenant text, job text, epoch bigint)
language sql as $$
  update handover.job j set epoch = j.epoch + 1, dispatched_at = clock_timestamp()
  from (
    select s.tenant, s.id from handover.job s
    where s.status = 'requested' and s.dispatched_at < clock_timestamp() - older_than
      and not exists (select from handover.tenant r where r.tenant = s.tenant and r.status = 'removed')
    order by s.dispatched_at limit most
    for update skip locked
  ) stale
  where j.tenant = stale.tenant and j.id = stale.id
  returning j.tenant, j.id, j.epoch
$$;
select handover.system_function('handover.sys_redispatch(interval, integer)');
