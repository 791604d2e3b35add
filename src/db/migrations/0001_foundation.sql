-- Roles, rights and the tenant wall. Every later migration builds its tables with the functions made here.
-- The migrating role owns the schema; `handover_app` is what the adapter runs as; `handover_system` owns the
-- few functions that cross tenants and can log in nowhere.

grant usage on schema handover to handover_app, handover_system;

-- Puts a table behind the wall: row-level security that binds the owner too, one policy on app.tenant, rights for the app.
-- `privileges` lists what the app may do ('select, insert' for an append-only table).
create function handover.wall(target regclass, privileges text default 'select, insert, update, delete') returns void
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format(
    'create policy tenant_wall on %s using (tenant = current_setting(''app.tenant'', true)) with check (tenant = current_setting(''app.tenant'', true))',
    target);
  execute format('grant %s on %s to handover_app', privileges, target);
end $$;

-- Lets the system path read `columns` of a walled table across tenants: ids, tenant, positions, states and times only.
-- `updates` names the columns that it may also set; `deletes` allows it to delete whole rows (retention).
create function handover.system_columns(target regclass, columns text, updates text default null, deletes boolean default false) returns void
language plpgsql as $$
begin
  execute format('create policy system_path on %s to handover_system using (true) with check (true)', target);
  execute format('grant select (%s) on %s to handover_system', columns, target);
  if updates is not null then
    execute format('grant update (%s) on %s to handover_system', updates, target);
  end if;
  if deletes then
    execute format('grant delete on %s to handover_system', target);
  end if;
end $$;

-- Gives a SECURITY DEFINER function to the system path: it runs with that role's narrow rights, and only the app may call it.
create function handover.system_function(target regprocedure) returns void
language plpgsql as $$
begin
  execute format('alter function %s security definer', target);
  execute format('alter function %s set search_path = pg_catalog, pg_temp', target);
  execute format('revoke all on function %s from public', target);
  execute format('grant execute on function %s to handover_app', target);
  -- A new owner must be able to create in the schema at that moment, and not a moment longer.
  execute 'grant create on schema handover to handover_system';
  execute format('alter function %s owner to handover_system', target);
  execute 'revoke create on schema handover from handover_system';
end $$;

revoke all on function handover.wall(regclass, text), handover.system_columns(regclass, text, text, boolean), handover.system_function(regprocedure) from public;
