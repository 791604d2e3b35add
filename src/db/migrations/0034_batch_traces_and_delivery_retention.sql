-- W3C trace context of the request that asked for a batch: its jobs and its own events carry it on.
alter table handover.batch add column trace_parent text;

-- Deliveries that are done go after a time. Found by when they were made: rows lie in that order, so a few block ranges tell where
-- the old ones are, and inserts cost nothing more.
create index delivery_made on handover.delivery using brin (created_at);
grant select (sequence, created_at, done_at), delete on handover.delivery to handover_system;

-- Deletes at most so many deliveries that were delivered or withheld, and made and done more than `days` ago. What is pending, held
-- or dead stays: somebody may still want it.
create function handover.sys_forget_deliveries(days integer, most integer) returns integer
language plpgsql as $$
declare
  forgotten integer;
begin
  delete from handover.delivery d using (
    select o.tenant, o.endpoint, o.sequence from handover.delivery o
    where o.created_at < now() - make_interval(days => days) and o.done_at < now() - make_interval(days => days)
      and o.state in ('delivered', 'withheld')
    limit most) old
  where d.tenant = old.tenant and d.endpoint = old.endpoint and d.sequence = old.sequence;
  get diagnostics forgotten = row_count;
  return forgotten;
end $$;
select handover.system_function('handover.sys_forget_deliveries(integer, integer)');
