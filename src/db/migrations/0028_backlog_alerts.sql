-- Whether somebody was told that an endpoint has fallen behind: told once, by whichever replica sees it first.
alter table handover.endpoint add column behind boolean not null default false;
grant select (behind) on handover.endpoint to handover_system;

-- Endpoints whose oldest delivery waits longer than `least_seconds`, and those that did when somebody last looked.
create function handover.sys_backlogs(least_seconds float8, most integer)
returns table (tenant text, endpoint text, behind boolean, pending integer, oldest_seconds float8)
language sql stable as $$
  select e.tenant, e.id, e.behind, p.pending, p.oldest_seconds
  from handover.endpoint e
  cross join lateral (
    select count(*)::integer as pending, coalesce(extract(epoch from now() - min(due.created_at)), 0)::float8 as oldest_seconds
    from (select d.created_at from handover.delivery d
      where d.tenant = e.tenant and d.endpoint = e.id and d.state = 'pending' order by d.due_at, d.sequence limit 10000) due) p
  where e.status <> 'removed' and (e.behind or p.oldest_seconds >= least_seconds)
  order by p.oldest_seconds desc
  limit most
$$;
select handover.system_function('handover.sys_backlogs(double precision, integer)');
