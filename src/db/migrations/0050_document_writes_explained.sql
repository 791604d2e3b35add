-- What became of a document that the EHR is owed: what the EHR said, whom it waits for, and how a lost try is found again.
alter table handover.document_write
  -- The signer whose token has ended: their next launch brings another. Null: nobody in particular.
  add column waits_for text,
  -- What the EHR answered to the last try that failed. Sealed: an OperationOutcome may speak of the patient.
  add column said bytea,
  -- The moment that the document bears (its signature); set when a try is about to send it.
  add column document_time timestamptz;
create index document_write_waiting on handover.document_write (tenant, waits_for)
  where state = 'pending' and waits_for is not null;
create index document_write_changed on handover.document_write (tenant, updated_at desc, job, version, doc_status);
