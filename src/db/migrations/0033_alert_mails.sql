-- Mails about endpoints, owed in the transaction of what happened. Addresses are of whoever runs an endpoint, never a patient's;
-- what happened stands in the log, and is named here by its place there.
create table handover.alert_mail (
  tenant text not null,
  -- Of the mail, in its Message-ID: a mail that is sent twice because an answer was lost can be known as one.
  id text not null,
  recipient text not null,
  -- gathering: what else happens until it is due goes along; sending: its content stands, and it is tried until it is taken.
  state text not null default 'gathering' check (state in ('gathering', 'sending', 'sent', 'failed')),
  -- The first events: [{ "log": "endpoint/his", "sequence": 3 }].
  events jsonb not null,
  -- All of them.
  total integer not null,
  attempts integer not null default 0,
  -- Not before; while somebody is at it: not by anybody else before.
  due_at timestamptz not null,
  started_at timestamptz,
  -- What the last attempt came to.
  code text,
  primary key (tenant, id)
);
create unique index alert_mail_gathering on handover.alert_mail (tenant, recipient) where state = 'gathering';
create index alert_mail_due on handover.alert_mail (due_at) where state in ('gathering', 'sending');
select handover.wall('handover.alert_mail');
select handover.system_columns('handover.alert_mail', 'tenant, id, state, due_at');

create function handover.sys_due_mails(most integer) returns table (tenant text, id text)
language sql stable as $$
  select m.tenant, m.id from handover.alert_mail m
  where m.state in ('gathering', 'sending') and m.due_at <= clock_timestamp() order by m.due_at limit most
$$;
select handover.system_function('handover.sys_due_mails(integer)');
