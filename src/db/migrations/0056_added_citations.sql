-- A sentence that a person takes over from the second look cites a record that the draft did not: a recall finds it too.
grant update on handover.summary_citation to handover_app;
