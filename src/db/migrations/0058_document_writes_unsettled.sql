-- What a try has left open in the EHR, so that the next one neither sends a document twice nor takes it for not there.
alter table handover.document_write
  -- The EHR said that it took the document and did not show it: from then on it is looked for, and not sent again.
  add column confirmed_at timestamptz,
  -- The last try that got no answer: the EHR may still be at work on it.
  add column unanswered_at timestamptz;
