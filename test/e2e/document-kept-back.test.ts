/** A document that breaks a rule of FHIR never leaves: it is kept back, told with rule and place, and the summary stands (FHIR R4 validation). */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import { api, jobIn, jobWhen, openPage, sign, stayOf } from "../support/whole-app-users.ts";

const PATIENCE_MS = 40_000;
const rejected = z.looseObject({
  type: z.literal("document.rejected"),
  data: z.looseObject({
    code: z.string(),
    issues: z.array(z.object({ rule: z.string(), expression: z.string() })),
  }),
});
const log = z.looseObject({ events: z.array(z.looseObject({ type: z.string() })) });

describe("a hospital whose code for the document's type names no system that FHIR could carry", () => {
  let app: WholeApp;
  let job: string;
  before(async () => {
    app = await startWholeApp({ tenants: () => [{ writeProfile: { type: "our own codes|DS" } }] });
    const stay = stayOf(app, 0);
    const [patient, encounter] = [`Patient/${stay.patientId}`, `Encounter/${stay.encounterId}`];
    job = jobIn(await api(app, "POST", "/v1/jobs", { json: { patient, encounter } })).id;
    await jobWhen(app, job);
    const page = await openPage(
      app,
      { label: "", type: "smart", url: `${app.url}/smart/launch`, appContext: job },
      stay,
    );
    assert.equal((await sign(page, job)).status, 200);
  });
  after(() => app?.stop());

  const toldOf = () =>
    eventually(
      async () => {
        const answer = await api(app, "GET", `/v1/jobs/${job}/events?limit=1000`, {
          headers: { accept: "application/json" },
        });
        const found = log.parse(answer.json()).events.find(({ type }) => type === "document.rejected");
        return found === undefined ? undefined : rejected.parse(found);
      },
      "the event that tells of it",
      PATIENCE_MS,
    );

  test("is told which rule was broken where; nothing was sent", async () => {
    const { data } = await toldOf();
    assert.equal(data.code, "resource_invalid");
    assert.deepEqual(data.issues, [{ rule: "type", expression: "DocumentReference.type.coding[0].system" }]);
    const sent = app.sandbox.ehr.journal.entries().filter(({ write }) => write);
    assert.deepEqual(sent, []);
  });

  test("sees it in the log and in a metric to alert on, without a word of the patient", async () => {
    await toldOf();
    const line = app.logLines.find((each) => each.includes('"resource.invalid"')) ?? "";
    assert.match(line, /"kind":"DocumentReference".*type at DocumentReference\.type\.coding\[0\]\.system/u);
    assert.doesNotMatch(line, /our own codes/u);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    assert.match(metrics, /handover_invalid_resources_total\{type="DocumentReference"\} [1-9]/u);
  });

  test("keeps the signed summary, in every other form", async () => {
    await toldOf();
    for (const accept of ["text/plain", "application/fhir+json", "application/pdf"]) {
      const answer = await api(app, "GET", `/v1/jobs/${job}/summary`, { headers: { accept } });
      assert.equal(answer.status, 200, accept);
    }
  });
});
