-- What is due at EHRs goes in turns: an EHR that owes a thousand looks, or hangs, must not stand before everybody else's first.

drop function handover.sys_due_ehr_subscriptions(integer);
create function handover.sys_due_ehr_subscriptions(most integer) returns table (tenant text, subscription text)
language sql stable as $$
  select due.tenant, due.id from (
    select s.tenant, s.id, s.check_at, row_number() over (partition by s.tenant order by s.check_at) as turn
    from handover.ehr_subscription s
    where s.check_at <= now() and s.lease_until <= now()
      and not exists (select from handover.tenant r where r.tenant = s.tenant and r.status = 'removed')
  ) due
  order by due.turn, due.check_at
  limit most
$$;
select handover.system_function('handover.sys_due_ehr_subscriptions(integer)');

drop function handover.sys_due_ehr_notices(integer);
create function handover.sys_due_ehr_notices(most integer) returns table (tenant text, reference text)
language sql stable as $$
  select due.tenant, due.reference from (
    select n.tenant, n.reference, n.due_at, row_number() over (partition by n.tenant order by n.due_at) as turn
    from handover.ehr_notice n
    where n.due_at <= now() and n.lease_until <= now()
      and not exists (select from handover.tenant r where r.tenant = n.tenant and r.status = 'removed')
  ) due
  order by due.turn, due.due_at
  limit most
$$;
select handover.system_function('handover.sys_due_ehr_notices(integer)');

drop function handover.sys_due_ehr_polls(integer);
create function handover.sys_due_ehr_polls(most integer) returns table (tenant text, subject text)
language sql stable as $$
  select due.tenant, due.subject from (
    select p.tenant, p.subject, p.due_at, row_number() over (partition by p.tenant order by p.due_at) as turn
    from handover.ehr_poll p
    where p.due_at <= now() and p.lease_until <= now()
      and not exists (select from handover.tenant r where r.tenant = p.tenant and r.status = 'removed')
  ) due
  order by due.turn, due.due_at
  limit most
$$;
select handover.system_function('handover.sys_due_ehr_polls(integer)');
