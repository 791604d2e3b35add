-- Audit entries as they are written down: inside the change that they tell of, under a keyed hash of their own. The chain
-- takes them from here in batches. If each change held the chain's end until its commit, all changes of a tenant would take turns.
create table handover.audit_pending (
  tenant text not null,
  n bigint not null generated always as identity,
  at timestamptz not null,
  action text not null,
  outcome text not null check (outcome in ('success', 'refused', 'failed')),
  actor_kind text not null,
  actor_id text not null,
  actor_display text,
  job text,
  patient text,
  encounter text,
  reason text,
  hash bytea not null,
  primary key (tenant, n)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000);
select handover.wall('handover.audit_pending', 'select, insert, delete');
select handover.system_columns('handover.audit_pending', 'tenant, n');

-- Tenants with entries that the chain does not hold yet.
create function handover.sys_audit_pending(most integer) returns table (tenant text)
language sql stable as $$
  select distinct p.tenant from handover.audit_pending p limit most
$$;
select handover.system_function('handover.sys_audit_pending(integer)');
