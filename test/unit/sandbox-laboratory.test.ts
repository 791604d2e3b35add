/** The sandbox's laboratory: what it finishes, for whom, and when there is nothing left. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { finishNextReport } from "../../sandbox/cds-client/laboratory.ts";
import { createResourceStore } from "../../sandbox/fhir/store.ts";

const now = new Date("2026-03-23T15:00:00Z");

it("finishes this patient's open reports one by one, as new versions, and no others", () => {
  const store = createResourceStore(() => now);
  const put = (id: string, status: string, patient: string) =>
    store.put(
      {
        resourceType: "DiagnosticReport",
        id,
        status,
        subject: { reference: `Patient/${patient}` },
        code: { text: id },
      },
      "PUT",
    );
  put("chest film", "final", "rosa");
  put("cytology", "preliminary", "harold");
  put("light chains", "registered", "rosa");
  put("culture", "partial", "rosa");
  assert.equal(finishNextReport(store, "rosa", now), "light chains");
  assert.equal(finishNextReport(store, "rosa", now), "culture");
  assert.equal(finishNextReport(store, "rosa", now), undefined);
  const finished = store.read("DiagnosticReport", "light chains");
  assert.equal(finished?.["status"], "final");
  assert.equal(finished?.["issued"], now.toISOString());
  assert.equal(finished?.meta.versionId, "2");
  assert.equal(store.read("DiagnosticReport", "cytology")?.["status"], "preliminary");
  assert.equal(store.read("DiagnosticReport", "chest film")?.meta.versionId, "1");
});
