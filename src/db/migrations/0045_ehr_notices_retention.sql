-- Changes in charts are told of by the thousand, and each is done with once it was looked at. Ended stays are remembered longer
-- than a discharge is corrected after it: what comes back later finds the job all the same.
drop function handover.sys_forget_ehr_notices();
create function handover.sys_forget_ehr_notices() returns table (removed bigint)
language sql as $$
  with gone as (
    delete from handover.ehr_notice
    where due_at is null and looked_at < now() - case when reference like 'Encounter/%' then interval '90 days' else interval '1 day' end
    returning 1
  )
  select count(*) from gone
$$;
select handover.system_function('handover.sys_forget_ehr_notices()');
