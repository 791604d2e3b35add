/** An EHR whose search lags behind what it took: no document comes twice, and none turns up after it was taken back. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { DocumentReference } from "fhir/r4.js";
import { z } from "zod";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import type { Page, Stay } from "../support/whole-app-users.ts";
import { api, jobIn, jobWhen, openPage, sign, stayOf } from "../support/whole-app-users.ts";

const PATIENCE_MS = 60_000;
const path = "/fhir/DocumentReference";
const nothing = { resourceType: "Bundle", type: "searchset", total: 0 };
const writes = z.looseObject({
  items: z.array(
    z.looseObject({
      state: z.string(),
      docStatus: z.string(),
      problem: z.looseObject({ code: z.string() }).optional(),
    }),
  ),
});

let app: WholeApp;
before(async () => {
  const writeProfile = { conditionalCreate: false, provenance: "never", transaction: "never" };
  app = await startWholeApp({ tenants: () => [{ scopes: "system/*.rs system/DocumentReference.cu", writeProfile }] });
});
after(() => app?.stop());

async function signedJob(stay: Stay): Promise<{ readonly job: string; readonly page: Page }> {
  const json = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
  const { id: job } = jobIn(await api(app, "POST", "/v1/jobs", { json }));
  await jobWhen(app, job);
  const page = await openPage(app, { label: "", type: "smart", url: `${app.url}/smart/launch`, appContext: job }, stay);
  assert.equal((await sign(page, job)).status, 200);
  return { job, page };
}

const documents = (job: string): readonly DocumentReference[] =>
  ([...app.sandbox.ehr.store.list("DocumentReference")] as unknown as readonly DocumentReference[]).filter(
    ({ identifier }) => identifier?.[0]?.value?.startsWith(`${job}.`) === true,
  );

async function writeThat(job: string, fits: (item: z.infer<typeof writes>["items"][number]) => boolean) {
  const read = async () => writes.parse((await api(app, "GET", `/v1/jobs/${job}/documents`)).json()).items.find(fits);
  return eventually(read, "such a write", PATIENCE_MS);
}

describe("an EHR without conditional create, whose search lags", () => {
  test("confirms without a Location and does not show the document: it is looked for until it is there, and sent once", async () => {
    const { faults } = app.sandbox.ehr;
    const unnamed = faults.add({ method: "POST", path, omitLocation: true });
    const lagging = faults.add({ method: "GET", path, status: 200, body: nothing });
    const { job } = await signedJob(stayOf(app, 0));
    const { state } = await writeThat(job, ({ problem }) => problem?.code === "document_unseen");
    assert.equal(state, "retrying");
    const asked = lagging.struck();
    await eventually(() => lagging.struck() > asked, "another look", PATIENCE_MS);
    assert.equal(unnamed.struck(), 1, "not sent again");
    lagging.remove();
    await writeThat(job, (write) => write.state === "written");
    unnamed.remove();
    assert.equal(documents(job).length, 1);
  });

  test("loses an answer, and the summary is taken back before the search shows the document: it is marked once it appears", async () => {
    const { faults } = app.sandbox.ehr;
    const lost = faults.add({ method: "POST", path, dropAfterWrite: true, times: 1 });
    const lagging = faults.add({ method: "GET", path, status: 200, body: nothing });
    const { job, page } = await signedJob(stayOf(app, 1));
    await eventually(() => lost.struck() === 1, "the lost answer", PATIENCE_MS);
    const etag = (await page.call("GET", `/v1/jobs/${job}/summary`)).headers.get("etag") ?? "";
    const taken = await page.call("POST", `/v1/jobs/${job}/summary/retract`, {
      json: { reason: "Written for the wrong stay" },
      headers: { "if-match": etag },
    });
    assert.equal(taken.status, 200, taken.text);
    await writeThat(job, (write) => write.docStatus === "entered-in-error" && write.problem?.code === "ehr_failed");
    lagging.remove();
    await eventually(() => documents(job)[0]?.status === "entered-in-error", "the mark", PATIENCE_MS);
    assert.equal(documents(job).length, 1);
  });
});
