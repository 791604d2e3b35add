-- What the metrics and the alerts of deliveries look at, across tenants: ids, states, counts and ages.

grant select (origin, circuit) on handover.endpoint to handover_system;
grant select (sequence, created_at) on handover.delivery to handover_system;

-- How each endpoint stands. Counts end at 10,000 ("at least"), so that one endless backlog costs no more than that to look at.
create function handover.sys_delivery_figures(most integer)
returns table (tenant text, endpoint text, circuit_open boolean, pending integer, oldest_seconds float8, dead integer)
language sql stable as $$
  select e.tenant, e.id, e.circuit <> 'closed', p.pending, p.oldest_seconds, k.dead
  from (select o.tenant, o.id, o.circuit from handover.endpoint o
    where o.origin <> 'callback' and o.status <> 'removed' order by o.tenant, o.id limit most) e
  cross join lateral (
    select count(*)::integer as pending, coalesce(extract(epoch from now() - min(due.created_at)), 0)::float8 as oldest_seconds
    from (select d.created_at from handover.delivery d
      where d.tenant = e.tenant and d.endpoint = e.id and d.state = 'pending' order by d.due_at, d.sequence limit 10000) due) p
  cross join lateral (
    select count(*)::integer as dead
    from (select from handover.delivery d
      where d.tenant = e.tenant and d.endpoint = e.id and d.state in ('dead', 'held') and d.state = 'dead' limit 10000) kept) k
$$;
select handover.system_function('handover.sys_delivery_figures(integer)');
