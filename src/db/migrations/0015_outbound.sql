-- What deliveries are sent by: slowing down, failing for too long, overtaking within a job.

-- How the endpoint has stood lately: { throttle: { share, atMs }, failing: { sinceMs, lastMs, warned } }. Written by its lane
-- together with results; read back by the next lane only, so that it needs no columns of its own.
alter table handover.endpoint add column standing jsonb not null default '{}';

-- Set where this delivery went out before an earlier one of its job: the number of the earliest it did not wait for any longer.
alter table handover.delivery add column overtook bigint;
