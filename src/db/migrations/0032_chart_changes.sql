-- That the chart changed under a draft. The chart itself still goes when the draft is there; what stays until somebody signs
-- or discards it is a reduced copy to compare with, and what changed since.

-- When the chart of the present draft was last seen to have changed; null: not since it was written.
alter table handover.job add column context_updated_at timestamptz;

-- A chart that came while the draft was being written from an earlier one.
alter table handover.chart_snapshot drop constraint chart_snapshot_kind_check;
alter table handover.chart_snapshot add constraint chart_snapshot_kind_check check (kind in ('given', 'read', 'later'));

-- Of what a draft was written from: clinical elements without notes and long text, sealed.
create table handover.chart_basis (
  tenant text not null,
  job text not null,
  sealed bytea not null,
  primary key (tenant, job),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
select handover.wall('handover.chart_basis');

-- Old and new values of one `context.updated`, for `full` deliveries. The event itself names paths only.
create table handover.context_change (
  tenant text not null,
  job text not null,
  -- The event's place in the job's log.
  sequence integer not null,
  sealed bytea not null,
  primary key (tenant, job, sequence),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
select handover.wall('handover.context_change');
