/** What the log says the EHRs are owed: one event that nobody can read holds up no hospital's documents. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AdapterError } from "../../src/core/errors.ts";
import { oweDocuments } from "../../src/ehr/write-back/owe-documents.ts";
import { createEventLog } from "../../src/events/log.ts";
import { addEvent, testSealer } from "../support/delivery.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

test("an event that names no summary is told of and passed over; the next hospital's document is owed", async () => {
  const told: unknown[] = [];
  await addEvent(database, { tenant: "broken", job: "j1", data: { summary: { version: "first" } } });
  await addEvent(database, { tenant: "sound", job: "j2", data: { summary: { version: 1, docStatus: "final" } } });
  const opened = database.open();
  const log = createEventLog({ reader: opened.http, sealer: testSealer });
  await oweDocuments(
    opened,
    log,
    () => "signed",
    (error) => told.push(error),
  );
  const owed = await database.asOwner("select tenant, job, version, doc_status from handover.document_write");
  assert.deepEqual(owed, [{ tenant: "sound", job: "j2", version: 1, doc_status: "final" }]);
  assert.equal(told.length, 1);
  assert.ok(told[0] instanceof AdapterError);
  assert.match(told[0].detail ?? "", /job j1/u);
});
