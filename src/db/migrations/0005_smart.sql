-- SMART launches under way, browser sessions, and the places of the feed's named consumers. All behind the tenant's wall.
-- Secrets are kept as SHA-256 hashes, tokens and verifiers sealed by the application.

create table handover.smart_launch (
  tenant text not null,
  -- SHA-256 of `state`; the state itself is known to the browser and the EHR only.
  state_hash bytea not null,
  -- SHA-256 of the secret in the cookie of the browser that began the launch.
  browser_hash bytea not null,
  -- Sealed: PKCE verifier, nonce, issuer, endpoints.
  sealed bytea not null,
  expires_at timestamptz not null,
  primary key (tenant, state_hash)
);
select handover.wall('handover.smart_launch');
create index smart_launch_expires on handover.smart_launch (tenant, expires_at);

create table handover.smart_session (
  tenant text not null,
  -- The launch's id, as in /app/{launch}/. Not a credential.
  id text not null,
  -- SHA-256 of the secret in the session's cookie.
  secret_hash bytea not null,
  -- FHIR reference of the person, or `unknown` where the EHR did not say who launched.
  actor text not null,
  actor_display text,
  patient text not null,
  encounter text,
  -- The job named by the launch's appContext: what the page opens with, not what it may reach.
  job text,
  may_sign boolean not null,
  need_patient_banner boolean not null,
  style_url text,
  -- Sealed: access token, refresh token, granted scope. Forgotten when the session ends.
  sealed_tokens bytea,
  -- Rises with every refresh; part of the seal's context.
  token_version integer not null default 0,
  token_expires_at timestamptz,
  created_at timestamptz not null default now(),
  active_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant, id)
);
select handover.wall('handover.smart_session');
create index smart_session_expires on handover.smart_session (tenant, expires_at);

create table handover.feed_consumer (
  tenant text not null,
  name text not null,
  position bigint not null,
  updated_at timestamptz not null default now(),
  primary key (tenant, name)
);
select handover.wall('handover.feed_consumer', 'select, insert, update');
