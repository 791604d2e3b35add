/**
 * An EHR tells by topic that something in a chart has changed under a draft: from its notification to the event in the job's
 * log and the sentence that the page marks. Whatever content it sends, what counts is what the EHR holds.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { z } from "zod";
import { eventually } from "../support/eventually.ts";
import { channelAtEhr, jobsOf, lookedAt, subscriptionsOf } from "../support/watched-ehr.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import { api, jobIn, jobWhen, openPage, stayOf } from "../support/whole-app-users.ts";

let app: WholeApp;
let job: string;
before(async () => {
  app = await startWholeApp({
    sandbox: { behaviour: { subscriptions: "backport" } },
    tenants: ({ ehr }) => [
      {
        ehr: {
          subscriptions: {
            pollSeconds: 3600,
            sweepSeconds: 3600,
            chartPollSeconds: 3600,
            heartbeatSeconds: 60,
            chartTopics: [`${ehr.fhirBaseUrl}/SubscriptionTopic/patient-chart-change`],
          },
        },
      },
    ],
  });
  const { patientId, encounterId } = stayOf(app);
  const json = { patient: `Patient/${patientId}`, encounter: `Encounter/${encounterId}` };
  job = jobIn(await api(app, "POST", "/v1/jobs", { json })).id;
  await jobWhen(app, job);
});
after(() => app?.stop());

const summary = z.object({
  sections: z.array(
    z.object({
      sentences: z.array(z.object({ id: z.string(), evidence: z.array(z.object({ reference: z.string() })) })),
    }),
  ),
});
const sources = z.object({ changes: z.array(z.object({ reference: z.string(), sentences: z.array(z.string()) })) });
const events = z.object({
  events: z.array(
    z.object({
      type: z.string(),
      data: z.looseObject({
        source: z.string().optional(),
        entity: z.object({ type: z.string(), id: z.string() }).optional(),
      }),
    }),
  ),
});

const toldOf = async (): Promise<readonly string[]> => {
  const answer = await api(app, "GET", `/v1/jobs/${job}/events`, { headers: { accept: "application/json" } });
  return events
    .parse(answer.json())
    .events.flatMap(({ type, data: { source, entity } }) =>
      type === "context.updated" ? [`${source} ${entity?.type}/${entity?.id}`] : [],
    );
};

/** A record of this type that the draft rests on, and the sentences that cite it. */
async function cited(type: string, pick: (record: Record<string, unknown>) => boolean) {
  const read = summary.parse((await api(app, "GET", `/v1/jobs/${job}/summary`)).json());
  const sentences = read.sections.flatMap((section) => section.sentences);
  for (const { evidence } of sentences)
    for (const { reference } of evidence) {
      const record = app.sandbox.ehr.store.read(type, reference.slice(type.length + 1));
      if (!reference.startsWith(`${type}/`) || record === undefined || !pick(record)) continue;
      const citing = sentences.filter((sentence) => sentence.evidence.some((one) => one.reference === reference));
      return { reference, record, sentences: citing.map(({ id }) => id) };
    }
  return assert.fail(`the draft cites no such ${type}`);
}

test("a value that is corrected in the EHR is in the job's log, and marks its sentences on the page", async () => {
  const { sandbox } = app;
  const proven = await eventually(
    async () => (await subscriptionsOf(app)).find(({ watch, phase }) => watch === "chart" && phase === "proven"),
    "the chart's topic",
    30_000,
  );
  const { reference, record, sentences } = await cited(
    "Observation",
    ({ valueQuantity }) => valueQuantity !== undefined,
  );
  sandbox.ehr.store.put({ ...record, status: "corrected", valueQuantity: { value: 613.5, unit: "mg/dL" } }, "PUT");
  await eventually(async () => (await toldOf()).includes(`subscription ${reference}`), "context.updated", 30_000);
  assert.equal((await lookedAt(app, reference)).via, "topic");
  assert.deepEqual(await toldOf(), [`subscription ${reference}`], "once, and of nothing else");

  const page = await openPage(
    app,
    { label: "", type: "smart", url: `${app.url}/smart/launch`, appContext: job },
    stayOf(app),
  );
  const marked = sources.parse((await page.call("GET", `/v1/jobs/${job}/summary/sources`)).json());
  assert.deepEqual(
    marked.changes.map((one) => one.reference),
    [reference],
  );
  assert.deepEqual(marked.changes[0]?.sentences.toSorted(), sentences.toSorted());

  // Another EHR sends the record along: a hint like any other. What it holds is looked at, not what it says.
  const other = await cited("Condition", () => true);
  const { store } = sandbox.ehr;
  const { authorization, endpoint } = channelAtEhr(app, proven.remote);
  sandbox.ehr.publisher?.silence(true);
  store.put({ ...other.record, clinicalStatus: { coding: [{ code: "resolved" }] } }, "PUT");
  const forged = { ...store.read("Condition", other.reference.slice("Condition/".length)), code: { text: "Forged" } };
  const parameter = [
    { name: "type", valueCode: "event-notification" },
    { name: "status", valueCode: "active" },
    { name: "notification-event", part: [{ name: "focus", valueReference: { reference: other.reference } }] },
  ];
  const entry = [
    { resource: { resourceType: "Parameters", parameter } },
    { fullUrl: `${sandbox.ehr.fhirBaseUrl}/${other.reference}`, resource: forged },
  ];
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: { authorization, "content-type": "application/fhir+json" },
    body: JSON.stringify({ resourceType: "Bundle", type: "history", entry }),
  });
  assert.ok(answer.ok, `${answer.status}`);
  await eventually(async () => (await toldOf()).includes(`subscription ${other.reference}`), "the second", 30_000);
  const full = await app.database.asOwner(
    "select count(*)::int as n from handover.event where data::text like '%Forged%'",
    [],
  );
  assert.equal(full[0]?.["n"], 0);
  assert.equal((await jobsOf(app, `Encounter/${stayOf(app).encounterId}`)).length, 1, "still the one job");
});
