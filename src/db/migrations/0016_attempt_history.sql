-- The history of attempts: kept for days, then dropped a day at a time. Deleting row by row would cost as much as writing did.

alter table handover.attempt rename to attempt_earlier;
alter table handover.attempt_earlier rename constraint attempt_pkey to attempt_earlier_pkey;
-- The head of the receiver's answer, sealed: it may name a patient. Only where there was one.
alter table handover.attempt_earlier add column answer bytea;
-- From the event to the end of the attempt that delivered it; not of what was replayed.
alter table handover.attempt_earlier add column lag_ms integer;

create table handover.attempt (like handover.attempt_earlier including defaults, primary key (tenant, endpoint, sequence, number, started_at))
partition by range (started_at);
select handover.wall('handover.attempt', 'select, insert');
-- Figures of an endpoint: its attempts of the last hours.
create index attempt_at on handover.attempt (tenant, endpoint, started_at);

-- A partition is reached through the parent, whose policy then counts. By itself it is nobody's: no rights, and no policy that
-- would show a row if somebody gave some.
create function handover.close_attempt_partition(target regclass) returns void
language plpgsql as $$
begin
  execute format('revoke all on %s from public, handover_app, handover_system', target);
  execute format('alter table %s enable row level security', target);
end $$;
revoke all on function handover.close_attempt_partition(regclass) from public;

-- What there is already becomes the first partition as it stands: nothing is copied.
drop policy tenant_wall on handover.attempt_earlier;
alter table handover.attempt_earlier no force row level security;
alter table handover.attempt_earlier drop constraint attempt_earlier_pkey;
do $$
declare
  beginning timestamptz;
  ending timestamptz;
begin
  select coalesce(min(started_at), now()), greatest(max(started_at), now()) into beginning, ending from handover.attempt_earlier;
  execute format('alter table handover.attempt attach partition handover.attempt_earlier for values from (%L) to (%L)',
    date_trunc('day', beginning, 'UTC'), date_trunc('day', ending, 'UTC') + interval '1 day');
end $$;
select handover.close_attempt_partition('handover.attempt_earlier');

-- The net below: whatever no day takes, because nobody made partitions for a week, or by a clock that is off.
create table handover.attempt_default partition of handover.attempt default;
select handover.close_attempt_partition('handover.attempt_default');

-- Makes the partitions of today and the days to come, and drops those that lie wholly before the last `keep_days` days: seven at the
-- least, whatever is asked. It alone runs with the owner's rights, for only an owner may make and drop tables; it takes two
-- numbers and touches this one table. A lock that is not to be had in two seconds is left for the next time.
create function handover.roll_attempts(keep_days integer, ahead_days integer) returns table (made integer, dropped integer, swept bigint)
language plpgsql security definer set search_path = pg_catalog, pg_temp set timezone = 'UTC' set lock_timeout = '2s' as $$
declare
  today constant timestamptz := date_trunc('day', now());
  oldest constant timestamptz := today - greatest(keep_days, 7) * interval '1 day';
  name text;
  child record;
begin
  made := 0;
  dropped := 0;
  -- Replicas take turns.
  if not pg_try_advisory_xact_lock(1751215716, 1635021939) then return; end if;
  for offset_days in 0 .. least(greatest(ahead_days, 1), 31) loop
    name := 'attempt_' || to_char(today + offset_days * interval '1 day', 'YYYY_MM_DD');
    continue when to_regclass('handover.' || name) is not null;
    begin
      -- Made apart and attached: that keeps no writer waiting, as `partition of` would.
      execute format('create table handover.%I (like handover.attempt including defaults)', name);
      perform handover.close_attempt_partition(('handover.' || name)::regclass);
      execute format('alter table handover.attempt attach partition handover.%I for values from (%L) to (%L)', name,
        today + offset_days * interval '1 day', today + (offset_days + 1) * interval '1 day');
      made := made + 1;
    exception when invalid_object_definition or check_violation then
      -- That day belongs to an earlier partition, or the net holds rows of it: they stay there, and are swept in time.
      null;
    end;
  end loop;
  for child in
    select c.oid::regclass as relation,
      substring(pg_get_expr(c.relpartbound, c.oid) from 'TO \(''([^'']+)''\)')::timestamptz as until
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'handover.attempt'::regclass
  loop
    continue when child.until is null or child.until > oldest;
    execute format('drop table %s', child.relation);
    dropped := dropped + 1;
  end loop;
  delete from handover.attempt_default where started_at < oldest;
  get diagnostics swept = row_count;
  return next;
end $$;
revoke all on function handover.roll_attempts(integer, integer) from public;
grant execute on function handover.roll_attempts(integer, integer) to handover_app;
select handover.roll_attempts(14, 7);
