/**
 * A hospital whose EHR keeps its notes as files (Binary), as the large ones do: what they say stands in the draft with the document as
 * evidence, and a note that is rewritten after the draft is named to the signer, though its document is the same (issue 6, points 1, 8).
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import type { Page } from "../support/whole-app-users.ts";
import { api, jobIn, jobWhen, openPage, stayOf } from "../support/whole-app-users.ts";

const summary = z.object({
  sections: z.array(
    z.object({
      id: z.string(),
      notRead: z.string().optional(),
      sentences: z.array(
        z.object({
          text: z.string(),
          verified: z.boolean(),
          evidence: z.array(z.object({ reference: z.string(), version: z.string().optional() })),
        }),
      ),
    }),
  ),
});
const sources = z.object({
  outcome: z.string(),
  unread: z.array(z.string()),
  changes: z.array(z.object({ kind: z.string(), reference: z.string(), text: z.string() })),
});

const operative = "DocumentReference/chen-note-operative";

let app: WholeApp;
let page: Page;
let job: string;

before(async () => {
  app = await startWholeApp();
  const stay = stayOf(app, 2);
  assert.equal(stay.patientId, "chen");
  const ask = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
  job = jobIn(await api(app, "POST", "/v1/jobs", { json: ask })).id;
  await jobWhen(app, job);
  const link = { type: "smart", label: "Open", url: `${app.url}/smart/launch`, appContext: job } as const;
  page = await openPage(app, link, stay);
});
after(() => app?.stop());

const look = async (): Promise<z.infer<typeof sources>> => {
  const answer = await page.call("GET", `/v1/jobs/${job}/summary/sources`);
  assert.equal(answer.status, 200, answer.text);
  return sources.parse(answer.json());
};

describe("notes that are files", () => {
  test("are told in the draft by their own words, each verified against its document and the version read", async () => {
    const { sections } = summary.parse((await page.call("GET", `/v1/jobs/${job}/summary`)).json());
    const sentences = sections.flatMap((section) => section.sentences);
    const told = sentences.find(({ text }) => text.includes("Blood loss 350 mL"));
    assert.ok(told?.verified);
    assert.deepEqual(told.evidence, [{ reference: operative, version: "1" }]);
    assert.deepEqual(
      sections.flatMap(({ notRead }) => notRead ?? []),
      [],
    );
    const reads = app.sandbox.ehr.journal.entries().filter(({ resourceType }) => resourceType === "Binary");
    assert.deepEqual(
      new Set(reads.map(({ status, clientId }) => `${status} ${clientId ?? ""}`)),
      new Set(["200 handover-backend"]),
    );
  });

  test("are looked at again before the signature, by the signer's own token", async () => {
    assert.deepEqual(await look(), { outcome: "checked", unread: [], changes: [] });
    const { store, journal } = app.sandbox.ehr;
    assert.ok(
      journal.entries().some(({ resourceType, fhirUser }) => resourceType === "Binary" && fhirUser !== undefined),
    );

    const file = "chen-file-operative-html";
    const rewritten = Buffer.from("<div>OPERATIVE NOTE</div><div>Addendum: blood loss 900 mL.</div>").toString(
      "base64",
    );
    store.put({ ...store.read("Binary", file), resourceType: "Binary", id: file, data: rewritten }, "PUT");
    const { outcome, changes } = await look();
    assert.equal(outcome, "checked");
    assert.deepEqual(
      changes.map(({ kind, reference }) => [kind, reference]),
      [["changed", operative]],
    );
    assert.match(changes[0]?.text ?? "", /^Surgical operation note/u);
  });
});
