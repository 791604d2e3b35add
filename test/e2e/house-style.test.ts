/** A hospital's own wording from its settings to the draft, its renderings and the model card (issue 6, point 8). */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { sectionIds } from "../../src/core/summary/sections.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import { api, jobIn, jobWhen, stayOf } from "../support/whole-app-users.ts";

const style = {
  version: "2026-12",
  titles: { medications: "Medicines to take home" },
  order: ["medications"],
  texts: { "medications.new": "Newly started: {regimens}{remarks}" },
};

let app: WholeApp;
let job: string;

before(async () => {
  app = await startWholeApp({ tenants: () => [{ generation: { style } }] });
  const { patientId, encounterId } = stayOf(app, 0);
  const json = { patient: `Patient/${patientId}`, encounter: `Encounter/${encounterId}` };
  job = jobIn(await api(app, "POST", "/v1/jobs", { json })).id;
  await jobWhen(app, job);
});
after(() => app?.stop());

const shape = z.looseObject({
  style: z.object({ version: z.string(), digest: z.string() }),
  sections: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      sentences: z.array(z.looseObject({ text: z.string(), verified: z.boolean(), evidence: z.array(z.unknown()) })),
    }),
  ),
});

test("a new draft is written in the style, names its version, and every sentence stands on its records", async () => {
  const { sections, style: written } = shape.parse((await api(app, "GET", `/v1/jobs/${job}/summary`)).json());
  assert.equal(written.version, "2026-12");
  assert.deepEqual(sections.map(({ id }) => id).toSorted(), sectionIds.toSorted(), "no section is gone");
  const [first] = sections;
  assert.equal(first?.title, "Medicines to take home");
  const started = first.sentences.filter(({ text }) => text.startsWith("Newly started: "));
  assert.ok(started.length > 0 && started.every(({ verified, evidence }) => verified && evidence.length > 0));
});

test("renderings have its titles and order, and the model card names it", async () => {
  const headers = { accept: "text/plain" };
  const { text } = await api(app, "GET", `/v1/jobs/${job}/summary`, { headers });
  const [own, reason] = [text.search(/medicines to take home/iu), text.search(/reason for hospitalization/iu)];
  assert.ok(own !== -1 && own < reason, text.slice(0, 400));
  assert.match(text, /not signed/iu);
  const card = z.looseObject({ style: z.string() }).parse((await api(app, "GET", "/v1/model-card")).json());
  assert.match(card.style, /^2026-12 \([0-9a-f]{12}\)$/u);
});
