-- What a draft is looked at with again after every edit: the chart it was written from and the sentences that could be added.
-- Sealed, and gone when the draft is signed or discarded.
create table handover.review_basis (
  tenant text not null,
  job text not null,
  sealed bytea not null,
  primary key (tenant, job),
  foreign key (tenant, job) references handover.job (tenant, id) on delete cascade
);
select handover.wall('handover.review_basis');
