-- Trust, hooks and audit: what is remembered of callers, links, cards and deeds.

-- Used tokens, by hash; kept no longer than the token is accepted (CDS Hooks 2.0: jti protects against replay).
create table handover.seen_jti (
  tenant text not null,
  digest bytea not null,
  until timestamptz not null,
  primary key (tenant, digest)
);
create index seen_jti_until on handover.seen_jti (until);
select handover.wall('handover.seen_jti', 'select, insert');
select handover.system_columns('handover.seen_jti', 'tenant, until', null, true);

-- Our own key pairs, shared by all replicas; the private half is sealed. Rows stand under the adapter's own name.
create table handover.signing_key (
  tenant text not null,
  kid text not null,
  alg text not null check (alg in ('ES384', 'RS384')),
  public_jwk jsonb not null,
  sealed_private bytea not null,
  created_at timestamptz not null default now(),
  retire_at timestamptz,
  primary key (tenant, kid)
);
select handover.wall('handover.signing_key');

-- One-time links of cards, and the reading session that redeeming one opens. Tokens are stored hashed.
create table handover.ticket (
  tenant text not null,
  digest bytea not null,
  purpose text not null check (purpose in ('open', 'start', 'retry')),
  patient text not null,
  encounter text not null,
  job text,
  user_id text not null,
  sealed_snapshot bytea,
  until timestamptz not null,
  redeemed_at timestamptz,
  launch text,
  session_digest bytea,
  session_until timestamptz,
  primary key (tenant, digest)
);
create unique index ticket_session on handover.ticket (tenant, session_digest) where session_digest is not null;
create index ticket_until on handover.ticket (coalesce(session_until, until));
select handover.wall('handover.ticket', 'select, insert, update');
select handover.system_columns('handover.ticket', 'tenant, until, session_until', null, true);

-- A hookInstance belongs to one patient and encounter for good; the digest tells a repeat from a reuse.
create table handover.hook_call (
  tenant text not null,
  hook_instance uuid not null,
  digest text not null,
  called_at timestamptz not null default now(),
  primary key (tenant, hook_instance)
);
create index hook_call_called_at on handover.hook_call (called_at);
-- `update` is for the conflict clause, which reads the stored digest back.
select handover.wall('handover.hook_call', 'select, insert, update');
select handover.system_columns('handover.hook_call', 'tenant, called_at', null, true);

-- What a card was about and who was shown it, so that feedback, which names only the card, can be understood.
create table handover.card (
  tenant text not null,
  uuid uuid not null,
  job text,
  encounter text not null,
  user_id text not null,
  state text not null,
  shown_at timestamptz not null default now(),
  primary key (tenant, uuid)
);
create index card_shown_at on handover.card (shown_at);
select handover.wall('handover.card', 'select, insert');
select handover.system_columns('handover.card', 'tenant, shown_at', null, true);

create table handover.feedback (
  tenant text not null,
  card uuid not null,
  digest bytea not null,
  job text,
  encounter text not null,
  user_id text not null,
  outcome text not null check (outcome in ('accepted', 'overridden')),
  reason_code text,
  reason_system text,
  sealed_comment bytea,
  outcome_at timestamptz not null,
  received_at timestamptz not null default now(),
  primary key (tenant, card, digest)
);
create index feedback_override on handover.feedback (tenant, encounter, user_id) where outcome = 'overridden';
select handover.wall('handover.feedback', 'select, insert');

-- Removes what nobody can use any more. Returns how many rows went.
create function handover.sys_forget_trust() returns table (removed bigint)
language sql as $$
  with jti as (delete from handover.seen_jti where until < now() returning 1),
    tickets as (delete from handover.ticket where greatest(until, session_until) < now() - interval '1 hour' returning 1),
    calls as (delete from handover.hook_call where called_at < now() - interval '7 days' returning 1),
    cards as (delete from handover.card where shown_at < now() - interval '90 days' returning 1)
  select (select count(*) from jti) + (select count(*) from tickets) + (select count(*) from calls) + (select count(*) from cards)
$$;
select handover.system_function('handover.sys_forget_trust()');

-- The audit log: insert only, numbered without gaps per tenant, each row chained to the one before by a keyed hash.
create table handover.audit (
  tenant text not null,
  number bigint not null,
  at timestamptz not null,
  action text not null,
  outcome text not null check (outcome in ('success', 'refused', 'failed')),
  actor_kind text not null,
  actor_id text not null,
  actor_display text,
  job text,
  patient text,
  encounter text,
  reason text,
  hash bytea not null,
  primary key (tenant, number)
);
create index audit_job on handover.audit (tenant, job) where job is not null;
select handover.wall('handover.audit', 'select, insert');

-- The chain's end: whoever appends holds this row, so numbers have no gaps.
create table handover.audit_head (
  tenant text not null primary key,
  number bigint not null,
  hash bytea not null
);
select handover.wall('handover.audit_head', 'select, insert, update');
