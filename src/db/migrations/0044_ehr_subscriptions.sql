-- What an EHR tells by itself: that a stay has ended, that a chart changed under a draft. Ids, counts and times only: a
-- notification's content is never kept, for it is never believed.

-- Subscriptions of ours at the EHRs.
create table handover.ehr_subscription (
  tenant text not null,
  -- Opaque; the path of its endpoint here.
  id text not null,
  watch text not null check (watch in ('discharge', 'chart')),
  manner text not null check (manner in ('topic', 'criteria')),
  -- Canonical of the topic, or the search.
  criteria text not null,
  -- Digest of whatever else the request says, so that a change of the settings is noticed.
  terms text not null,
  -- What the EHR shows: its digest to compare with, and sealed, to be written again when the Subscription is renewed.
  secret_sha256 bytea not null,
  sealed bytea not null,
  phase text not null default 'wanted'
    check (phase in ('wanted', 'requested', 'proven', 'silent', 'refused', 'unproven', 'ended')),
  -- Rises with every change of the phase.
  revision integer not null default 1,
  -- Its id at the EHR.
  remote text,
  -- By what it proved itself: handshake, status, notification.
  proof text,
  proven_at timestamptz,
  asked_at timestamptz,
  heard_at timestamptz,
  checked_at timestamptz,
  -- The EHR keeps the heartbeat that it was asked for.
  beats boolean not null default false,
  -- Events by number up to here are accounted for; null: none has been counted.
  position bigint,
  -- The highest count that the EHR has told.
  counted bigint not null default 0,
  end_at timestamptz,
  -- Code of what it last met.
  error text,
  failures integer not null default 0,
  check_at timestamptz not null default now(),
  lease_until timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  primary key (tenant, id)
);
create unique index ehr_subscription_wanted on handover.ehr_subscription (tenant, watch, manner, criteria) where phase <> 'ended';
create index ehr_subscription_check on handover.ehr_subscription (check_at);
select handover.wall('handover.ehr_subscription');
select handover.system_columns('handover.ehr_subscription', 'tenant, id, check_at, lease_until');

create function handover.sys_due_ehr_subscriptions(most integer) returns table (tenant text, subscription text)
language sql stable as $$
  select s.tenant, s.id from handover.ehr_subscription s
  where s.check_at <= now() and s.lease_until <= now()
    and not exists (select from handover.tenant r where r.tenant = s.tenant and r.status = 'removed')
  order by s.check_at
  limit most
$$;
select handover.system_function('handover.sys_due_ehr_subscriptions(integer)');

-- Records that are to be read from the EHR, and what came of it.
create table handover.ehr_notice (
  tenant text not null,
  reference text not null,
  -- The version that was last looked at.
  version text,
  -- How it was last told of.
  via text not null check (via in ('topic', 'criteria', 'polling')),
  -- Rises each time it is told of: a look settles only what it has seen.
  noticed integer not null default 1,
  -- When it is to be looked at; null: it has been.
  due_at timestamptz default now(),
  attempts integer not null default 0,
  lease_until timestamptz not null default '-infinity',
  outcome text,
  -- Of an ended stay: how it ended.
  kind text,
  job text,
  first_at timestamptz not null default now(),
  looked_at timestamptz,
  primary key (tenant, reference)
);
create index ehr_notice_due on handover.ehr_notice (due_at) where due_at is not null;
create index ehr_notice_looked on handover.ehr_notice (looked_at) where due_at is null;
select handover.wall('handover.ehr_notice');
select handover.system_columns('handover.ehr_notice', 'tenant, reference, due_at, lease_until, looked_at', null, true);

create function handover.sys_due_ehr_notices(most integer) returns table (tenant text, reference text)
language sql stable as $$
  select n.tenant, n.reference from handover.ehr_notice n
  where n.due_at <= now() and n.lease_until <= now()
    and not exists (select from handover.tenant r where r.tenant = n.tenant and r.status = 'removed')
  order by n.due_at
  limit most
$$;
select handover.system_function('handover.sys_due_ehr_notices(integer)');

-- Longer than a discharge is corrected after it: what comes back later finds the job all the same.
create function handover.sys_forget_ehr_notices() returns table (removed bigint)
language sql as $$
  with gone as (delete from handover.ehr_notice where due_at is null and looked_at < now() - interval '90 days' returning 1)
  select count(*) from gone
$$;
select handover.system_function('handover.sys_forget_ehr_notices()');

-- What an EHR is asked for again and again: ended stays (`discharge`), and the chart of each draft (the job's id).
create table handover.ehr_poll (
  tenant text not null,
  subject text not null,
  -- Read up to here, by the EHR's own `meta.lastUpdated`.
  cursor timestamptz not null default now(),
  due_at timestamptz not null default now(),
  lease_until timestamptz not null default '-infinity',
  polled_at timestamptz,
  error text,
  failures integer not null default 0,
  primary key (tenant, subject)
);
create index ehr_poll_due on handover.ehr_poll (due_at);
select handover.wall('handover.ehr_poll');
select handover.system_columns('handover.ehr_poll', 'tenant, subject, due_at, lease_until');

create function handover.sys_due_ehr_polls(most integer) returns table (tenant text, subject text)
language sql stable as $$
  select p.tenant, p.subject from handover.ehr_poll p
  where p.due_at <= now() and p.lease_until <= now()
    and not exists (select from handover.tenant r where r.tenant = p.tenant and r.status = 'removed')
  order by p.due_at
  limit most
$$;
select handover.system_function('handover.sys_due_ehr_polls(integer)');
