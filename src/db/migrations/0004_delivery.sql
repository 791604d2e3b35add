-- Delivery: who is told, what each is owed, and every attempt made. Lanes work off the rows of one endpoint under a lease.

-- How far the log has been dealt out stands in handover.reader_cursor, reader 'delivery'.

create table handover.endpoint (
  tenant text not null,
  id text not null,
  kind text not null check (kind in ('webhook', 'fhir-rest-hook')),
  -- Where the row comes from: the configuration file, a FHIR Subscription, or the callback of a job.
  origin text not null check (origin in ('config', 'subscription', 'callback')),
  -- A callback signs and paces as the registered endpoint under whose URL it lies.
  parent text,
  -- 'pending' gets no events yet (handshake); 'disabled' gets them as held rows; 'removed' gets none.
  status text not null default 'active' check (status in ('pending', 'active', 'disabled', 'removed')),
  reason text,
  -- What is in force, and what the configuration file last said: only a change of the latter overrides the former.
  settings jsonb not null,
  applied jsonb,
  -- Signing secrets and headers.
  sealed bytea,
  -- Rises with every change of settings or secrets: a running lane then reads them anew.
  revision integer not null default 1,
  -- endpointSequence: gapless, raised by the fan-out under this row's lock.
  last_sequence bigint not null default 0,
  -- One replica at a time works an endpoint. Every write of a lane names its epoch; a newer one fences it off.
  lane_epoch bigint not null default 0,
  lane_until timestamptz not null default '-infinity',
  circuit text not null default 'closed' check (circuit in ('closed', 'open', 'half-open')),
  circuit_failures integer not null default 0,
  circuit_until timestamptz not null default '-infinity',
  -- Asked for by the receiver (429, 503).
  quiet_until timestamptz not null default '-infinity',
  -- Theoretical time of the next request (rate limit).
  pace_at timestamptz not null default '-infinity',
  last_success_at timestamptz,
  last_failure_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant, id)
);
select handover.wall('handover.endpoint');
select handover.system_columns('handover.endpoint', 'tenant, id, status, lane_until, circuit_until, quiet_until');

create table handover.delivery (
  tenant text not null,
  endpoint text not null,
  sequence bigint not null,
  event_id text not null,
  job text not null,
  job_sequence integer not null,
  type text not null,
  state text not null check (state in ('pending', 'delivered', 'dead', 'withheld', 'held')),
  -- Attempts that were made and recorded.
  attempts integer not null default 0,
  due_at timestamptz not null default now(),
  -- The lane that holds this row; a row of an older lane than the present one is free again.
  lane_epoch bigint not null default 0,
  code text,
  -- The sealed body of a `full` payload, kept from the first attempt to the last so that every attempt sends the same bytes.
  body bytea,
  created_at timestamptz not null default now(),
  done_at timestamptz,
  primary key (tenant, endpoint, sequence)
  -- No foreign key: the insert takes the endpoint's id from the endpoint's row.
);
-- The fan-out's safety net: no event is owed twice to one endpoint. An expression, because with the endpoint as a column a
-- planner without statistics takes this index for a walk through all that an endpoint was ever owed.
create unique index delivery_once on handover.delivery (tenant, (event_id || ' ' || endpoint));
create index delivery_due on handover.delivery (tenant, endpoint, due_at, sequence) where state = 'pending';
create index delivery_job on handover.delivery (tenant, endpoint, job, sequence) where state = 'pending';
create index delivery_kept on handover.delivery (tenant, endpoint, sequence) where state in ('dead', 'held');
select handover.wall('handover.delivery');
select handover.system_columns('handover.delivery', 'tenant, endpoint, state, due_at');

create table handover.attempt (
  tenant text not null,
  endpoint text not null,
  sequence bigint not null,
  number integer not null,
  -- delivered, retry, dead, withheld or held, and a fixed word that says why: http_503, timeout, blocked_address ...
  outcome text not null,
  code text not null,
  http_status integer,
  -- Size of the answer that was read; its text is not kept, it may name a patient.
  response_bytes integer not null default 0,
  duration_ms integer not null,
  started_at timestamptz not null,
  retry_at timestamptz,
  primary key (tenant, endpoint, sequence, number)
  -- No foreign key: the statement that inserts has just updated the delivery, and a check for each row costs more than the row.
);
select handover.wall('handover.attempt', 'select, insert');

-- Endpoints with something to send now, which no lane holds and which neither circuit nor receiver keeps quiet.
create function handover.sys_due_endpoints(most integer)
returns table (tenant text, endpoint text)
language sql stable as $$
  select e.tenant, e.id
  from handover.endpoint e
  where e.status = 'active' and e.lane_until <= now() and e.circuit_until <= now() and e.quiet_until <= now()
    -- One probe for each endpoint; as a join it could read the whole backlog.
    and (select true from handover.delivery d
      where d.tenant = e.tenant and d.endpoint = e.id and d.state = 'pending' and d.due_at <= now() limit 1)
  order by e.lane_until
  limit most
$$;
select handover.system_function('handover.sys_due_endpoints(integer)');

-- FHIR Subscriptions. What they are sent, and how often it failed, stands in the endpoint of the same id.
create table handover.subscription (
  tenant text not null,
  id text not null,
  -- The API client that made it, and the only one that sees it.
  client text not null,
  status text not null check (status in ('requested', 'active', 'error', 'off')),
  error text,
  topic text not null,
  -- As it was accepted; header values stand sealed in the endpoint's row.
  resource jsonb not null,
  version integer not null default 1,
  heartbeat_seconds integer,
  end_at timestamptz,
  -- When a handshake, a heartbeat or the end is due; null: nothing is.
  check_at timestamptz,
  lease_until timestamptz not null default '-infinity',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant, id),
  foreign key (tenant, id) references handover.endpoint (tenant, id)
);
create index subscription_client on handover.subscription (tenant, client, created_at);
select handover.wall('handover.subscription');
select handover.system_columns('handover.subscription', 'tenant, id, check_at, lease_until');

-- Subscriptions that want a handshake, a heartbeat or their end.
create function handover.sys_due_subscriptions(most integer)
returns table (tenant text, subscription text)
language sql stable as $$
  select s.tenant, s.id from handover.subscription s
  where s.check_at <= now() and s.lease_until <= now()
  order by s.check_at
  limit most
$$;
select handover.system_function('handover.sys_due_subscriptions(integer)');
create index subscription_check on handover.subscription (check_at) where check_at is not null;
