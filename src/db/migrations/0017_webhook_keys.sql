-- ed25519 key pairs that sign webhooks (v1a): one current pair for each tenant, and the ones before it while they overlap.
create table handover.webhook_key (
  tenant text not null,
  -- RFC 7638 thumbprint of the public key.
  kid text not null,
  -- `whpk_...`; what receivers are given.
  public_key text not null,
  sealed_private bytea not null,
  created_at timestamptz not null default now(),
  -- From then on it neither signs nor is published; null: the current one.
  retire_at timestamptz,
  primary key (tenant, kid)
);
-- Replicas that make a tenant's first pair at once end with one.
create unique index webhook_key_current on handover.webhook_key (tenant) where retire_at is null;
select handover.wall('handover.webhook_key', 'select, insert, update');

-- Idempotency-Key of the request that made an endpoint; the digest of what it said stands with its secrets.
alter table handover.endpoint add column made_key text;
create unique index endpoint_made_key on handover.endpoint (tenant, made_key) where made_key is not null and status <> 'removed';
