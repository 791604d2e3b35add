/** A FHIR client with no other word than FHIR: it asks the whole program for a summary, waits as the pattern says, and reads the document. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { r4Problems } from "../support/fhir-validators.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import { api, stayOf } from "../support/whole-app-users.ts";

let app: WholeApp;
before(async () => {
  app = await startWholeApp();
});
after(() => app?.stop());

test("asked by the stay alone, the patient is read from the EHR, the draft is written, and the document is valid R4", async () => {
  const { patientId, encounterId } = stayOf(app);
  const headers = { prefer: "respond-async" };
  const asked = await api(app, "POST", `/fhir/Encounter/${encounterId}/$discharge-summary`, { headers });
  assert.equal(asked.status, 202, asked.text);
  const status = new URL(asked.headers.get("content-location") ?? "").pathname;
  const answer = await eventually(async () => {
    const polled = await api(app, "GET", status);
    return polled.status === 200 ? polled : undefined;
  }, "the document");
  const response = answer.json() as { entry: { resource: { type: string } }[] };
  assert.deepEqual(r4Problems(response), []);
  assert.equal(response.entry[0]?.resource.type, "document");

  const found = await api(app, "GET", `/fhir/DocumentReference?patient=${patientId}`);
  const { entry } = found.json() as {
    entry: {
      resource: { docStatus: string; content: { attachment: { url: string; hash: string; size: number } }[] };
    }[];
  };
  assert.equal(entry[0]?.resource.docStatus, "preliminary");
  const attachments = entry[0]?.resource.content.map(({ attachment }) => attachment) ?? [];
  assert.equal(attachments.length, 2);
  for (const { url, hash, size } of attachments) {
    const { text } = await api(app, "GET", new URL(url).pathname);
    assert.deepEqual([createHash("sha1").update(text).digest("base64"), Buffer.byteLength(text)], [hash, size], url);
  }
  const bundle = await api(app, "GET", new URL(entry[0]?.resource.content[0]?.attachment.url ?? "").pathname);
  assert.match(bundle.text, /AI draft, not signed/u);
  // A draft that is there is answered at once, without the pattern.
  assert.equal((await api(app, "POST", `/fhir/Encounter/${encounterId}/$discharge-summary`)).status, 200);
});
