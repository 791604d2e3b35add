-- What a reader of the log does first is one statement: its lock, its place, what comes after, and the step to it. Every event
-- waits for it. No row: somebody else reads. One row without a position: nothing is new. Lock and step last until the
-- transaction ends.
--
-- With `number_most` a reader gives positions itself where no more than so many events wait for one: then they need no
-- transaction of their own before this one. The lock on the sequencer's row keeps the order, whoever numbers.

grant select, insert, update on handover.reader_cursor to handover_system;

create function handover.sys_next_events(reader_name text, most integer, number_most integer)
returns table (pos bigint, tenant text, job text, seq integer, type text, numbered boolean)
language plpgsql as $$
declare
  waiting bigint;
  gave boolean := false;
begin
  if not pg_try_advisory_xact_lock(1751215717, hashtext(reader_name)) then
    return;
  end if;
  if number_most > 0 then
    select count(*) into waiting
    from (select 1 from handover.event u where u.pos is null and not u.draft limit number_most + 1) w;
    if waiting between 1 and number_most then
      select count(*) > 0 into gave from handover.sys_sequence_events(number_most);
    end if;
  end if;
  return query
    with next as (
      select e.pos, e.tenant, e.job, e.seq, e.type from handover.event e
      where e.pos > coalesce((select c.position from handover.reader_cursor c where c.reader = reader_name), 0)
      order by e.pos limit most
    ), moved as (
      insert into handover.reader_cursor as c (reader, position)
      select reader_name, max(n.pos) from next n having count(*) > 0
      on conflict (reader) do update set position = greatest(c.position, excluded.position), updated_at = now()
    )
    select n.pos, n.tenant, n.job, n.seq, n.type, gave from next n order by n.pos;
  if not found then
    return query select null::bigint, null::text, null::text, null::integer, null::text, gave;
  end if;
end $$;
select handover.system_function('handover.sys_next_events(text, integer, integer)');
