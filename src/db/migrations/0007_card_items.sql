-- Cards of more than one service: whose a card is, what it is made of, and cards that are about no stay.
-- The default is for replicas of the version before, which know one service only.
alter table handover.card
  add column service text not null default 'discharge-summary',
  -- Digests of what the card showed, so that a service can tell what this user has put aside.
  add column items text[] not null default '{}',
  alter column encounter drop not null;
alter table handover.feedback
  add column service text not null default 'discharge-summary',
  add column items text[] not null default '{}',
  alter column encounter drop not null;
