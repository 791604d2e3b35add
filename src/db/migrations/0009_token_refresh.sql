-- Refreshing a session's token at the EHR: one replica at a time, and no transaction open while the EHR answers.

alter table handover.smart_session
  -- Who is asking the EHR for a new token now: a random id of one attempt, and until when nobody else may. By the database's
  -- clock, so that replicas whose clocks differ agree on it.
  add column refresh_claim text,
  add column refresh_until timestamptz,
  -- When the EHR said that its sign-in behind this session is over. The session stands; its tokens are forgotten.
  add column sign_in_ended_at timestamptz;
