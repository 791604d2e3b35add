-- The W3C trace context that a job was asked for in: ids that the caller made, nothing of what the job is about. Its events carry it on.
alter table handover.job add column trace_parent text check (trace_parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$');
alter table handover.event add column trace_parent text;
