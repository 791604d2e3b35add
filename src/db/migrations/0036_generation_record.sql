-- How the model's part of a summary came about: versions, hashes, counts. Nothing of the chart, so it is not sealed.

alter table handover.summary add column generation jsonb;
create index summary_by_prompt on handover.summary (tenant, (generation ->> 'promptVersion')) where generation is not null;
