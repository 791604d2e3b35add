/** Our own sides fail their callers: seen by a hospital's feed, in the metrics and in the log. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { apiCaller } from "../support/api-call.ts";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

let app: WholeApp;
const call = apiCaller(() => app);
before(async () => {
  app = await startWholeApp({ tenants: () => [{ endpoints: [] }] });
});
after(() => app.stop());

test("a tenth and more of the API's answers fails: told once to the tenant, by a metric and in the log", async () => {
  await app.database.asOwner("alter table handover.job rename to job_away");
  for (let request = 0; request < 25; request += 1)
    assert.ok((await call("GET", "/v1/jobs/01900000-0000-7000-8000-00000000dead")).status >= 500);
  await app.database.asOwner("alter table handover.job_away rename to job");
  // Asked of the database: calls that succeed would make the share of failures small.
  await eventually(
    async () =>
      (await app.database.asOwner("select 1 from handover.event where type like 'receiver.%' and pos is not null"))
        .length > 0,
    "the event",
    30_000,
  );
  const { events } = (await call("GET", "/v1/events?types=receiver.*")).body;
  assert.equal(events.length, 1);
  assertCatalogued(events[0]);
  assert.deepEqual(
    [events[0].type, events[0].subject, events[0].data.receiver, events[0].data.failed],
    ["receiver.degraded", "receiver/api", "api", 25],
  );
  const metrics = await (await fetch(`${app.url}/metrics`)).text();
  assert.match(metrics, /^handover_api_degraded 1$/mu);
  assert.match(metrics, /^handover_hooks_degraded 0$/mu);
  assert.equal(app.logLines.filter((line) => line.includes('"receiver.degraded"')).length, 1);
});
