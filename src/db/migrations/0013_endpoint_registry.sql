-- Endpoints made and changed by the API; deliveries that are replayed.

alter table handover.endpoint drop constraint endpoint_origin_check;
alter table handover.endpoint add constraint endpoint_origin_check check (origin in ('config', 'api', 'subscription', 'callback'));
-- 'paused' by a person, 'unverified' until it has answered its challenge: both get events as held rows, as 'disabled' does.
alter table handover.endpoint drop constraint endpoint_status_check;
alter table handover.endpoint add constraint endpoint_status_check
  check (status in ('pending', 'unverified', 'active', 'paused', 'disabled', 'removed'));

-- Attempts made before the present schedule began: a replay starts a new one, and numbers go on.
alter table handover.delivery add column schedule_from integer not null default 0;

-- What is kept, newest first.
create index delivery_kept_at on handover.delivery (tenant, done_at, endpoint, sequence) where state in ('dead', 'held');
