-- Backlogs are found by what is owed, from one endpoint with a debt to the next: callbacks make endpoints without number.

create index endpoint_named on handover.endpoint (tenant, id) where origin <> 'callback' and status <> 'removed';
create index endpoint_behind on handover.endpoint (tenant, id) where behind;

create or replace function handover.sys_backlogs(least_seconds float8, most integer)
returns table (tenant text, endpoint text, behind boolean, pending integer, oldest_seconds float8)
language sql stable as $$
  with recursive owed (tenant, endpoint) as (
    (select d.tenant, d.endpoint from handover.delivery d where d.state = 'pending' order by d.tenant, d.endpoint limit 1)
    union all
    select n.tenant, n.endpoint from owed o
    cross join lateral (
      select d.tenant, d.endpoint from handover.delivery d
      where d.state = 'pending' and (d.tenant, d.endpoint) > (o.tenant, o.endpoint) order by d.tenant, d.endpoint limit 1) n
  ), looked_at as (
    select o.tenant, o.endpoint from owed o union select e.tenant, e.id from handover.endpoint e where e.behind
  )
  select e.tenant, e.id, e.behind, p.pending, p.oldest_seconds
  from looked_at l
  join handover.endpoint e on e.tenant = l.tenant and e.id = l.endpoint
  cross join lateral (
    select count(*)::integer as pending, coalesce(extract(epoch from now() - min(due.created_at)), 0)::float8 as oldest_seconds
    from (select d.created_at from handover.delivery d
      where d.tenant = e.tenant and d.endpoint = e.id and d.state = 'pending' order by d.due_at, d.sequence limit 10000) due) p
  where e.status <> 'removed' and (e.behind or p.oldest_seconds >= least_seconds)
  order by p.oldest_seconds desc
  limit most
$$;
select handover.system_function('handover.sys_backlogs(double precision, integer)');
