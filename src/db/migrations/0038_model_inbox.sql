-- Webhooks from providers of models: which came, so that none counts twice. Ids only.

create table handover.model_inbox (
  tenant text not null,
  provider text not null,
  webhook_id text not null,
  -- The provider's own id of the work that has ended.
  work text not null,
  type text not null,
  received_at timestamptz not null default now(),
  primary key (tenant, provider, webhook_id)
);
create index model_inbox_received on handover.model_inbox (received_at);
select handover.wall('handover.model_inbox', 'select, insert');
select handover.system_columns('handover.model_inbox', 'tenant, received_at', null, true);

-- Providers repeat for three days at most.
create function handover.sys_forget_model_inbox() returns table (removed bigint)
language sql as $$
  with gone as (delete from handover.model_inbox where received_at < now() - interval '7 days' returning 1)
  select count(*) from gone
$$;
select handover.system_function('handover.sys_forget_model_inbox()');
