-- Documents that the EHR is owed: one row for each version and status, worked off under a lease with a fence.
create table handover.document_write (
  tenant text not null,
  job text not null,
  version integer not null,
  doc_status text not null,
  state text not null default 'pending' check (state in ('pending', 'written', 'rejected')),
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  lease_until timestamptz,
  fence integer not null default 0,
  reference text,
  error text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant, job, version, doc_status)
);
create index document_write_due on handover.document_write (due_at) where state = 'pending';
select handover.wall('handover.document_write', 'select, insert, update');
select handover.system_columns('handover.document_write', 'tenant, job, version, doc_status, state, due_at, lease_until');

-- Writes that are due and held by nobody.
create function handover.sys_due_writes(most integer)
returns table (tenant text, job text, version integer, doc_status text)
language sql stable as $$
  select w.tenant, w.job, w.version, w.doc_status
  from handover.document_write w
  where w.state = 'pending' and w.due_at <= now() and (w.lease_until is null or w.lease_until < now())
    -- One at a time of each summary: what comes later must know whether the EHR has what came before.
    and not exists (
      select 1 from handover.document_write o
      where o.tenant = w.tenant and o.job = w.job and o.state = 'pending' and o.lease_until >= now())
  order by w.due_at
  limit most
$$;
select handover.system_function('handover.sys_due_writes(integer)');
