/**
 * Records that the EHR labels as specially protected, in a chart whose other records point at them and name them: they are in
 * the draft and in the hospital's own document, and by no other way do they leave.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Bundle, FhirResource } from "fhir/r4.js";
import { delgadoChart } from "../../sandbox/charts/delgado/chart.ts";
import { selectStay } from "../../sandbox/charts/select.ts";
import { subscribe } from "../../sandbox/receiver/subscribe.ts";
import type { Canaries, Place } from "../support/leaks.ts";
import { leaksIn } from "../support/leaks.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, hisEndpoint, startWholeApp } from "../support/whole-app.ts";
import {
  api,
  discharge,
  jobOf,
  jobWhen,
  linkOf,
  openChart,
  openPage,
  sign,
  stayOf,
} from "../support/whole-app-users.ts";

/** Words that nothing else in the world brings forth, one for each labelled record. */
const labelled = {
  diagnosis: "Vermilion fever",
  result: "Vermilion antibody",
  medicine: "Quorvimab",
  procedure: "Vermilion lavage",
  note: "marzipan observatory",
  family: "Vermilion ancestor",
} satisfies Canaries;

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const subject = { reference: "Patient/delgado" };
const encounter = { reference: "Encounter/delgado-stay" };
const during = "2026-03-16T09:00:00-05:00";
const meta = (code: string) => ({ security: [{ system: actCode, code }] });
const finding = { reference: "Condition/labelled-diagnosis", display: labelled.diagnosis };

/** What is labelled. */
const secrets: readonly FhirResource[] = [
  {
    resourceType: "Condition",
    id: "labelled-diagnosis",
    meta: meta("HIV"),
    clinicalStatus: {
      coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-clinical", code: "active" }],
    },
    category: [
      { coding: [{ system: "http://terminology.hl7.org/CodeSystem/condition-category", code: "encounter-diagnosis" }] },
    ],
    code: { text: labelled.diagnosis },
    subject,
    encounter,
    recordedDate: during,
  },
  {
    resourceType: "Observation",
    id: "labelled-result",
    meta: meta("HIV"),
    status: "final",
    category: [
      { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] },
    ],
    code: { text: labelled.result },
    subject,
    encounter,
    effectiveDateTime: during,
    valueQuantity: { value: 71.5, unit: "kU/L" },
  },
  {
    resourceType: "MedicationRequest",
    id: "labelled-medicine",
    meta: meta("SUD"),
    status: "active",
    intent: "order",
    category: [
      { coding: [{ system: "http://terminology.hl7.org/CodeSystem/medicationrequest-category", code: "discharge" }] },
    ],
    medicationCodeableConcept: { text: `${labelled.medicine} 8 mg tablet` },
    subject,
    encounter,
    authoredOn: "2026-03-18T09:00:00-05:00",
    dosageInstruction: [{ text: "1 tablet by mouth daily" }],
  },
  {
    resourceType: "Procedure",
    id: "labelled-procedure",
    meta: meta("PSY"),
    status: "completed",
    code: { text: labelled.procedure },
    subject,
    encounter,
    performedDateTime: during,
  },
  {
    resourceType: "DocumentReference",
    id: "labelled-note",
    meta: meta("PSYTHPN"),
    status: "current",
    docStatus: "final",
    type: { text: "Consultation note" },
    subject,
    date: during,
    content: [
      {
        attachment: {
          contentType: "text/plain",
          data: Buffer.from(`Assessment: The patient spoke of the ${labelled.note}.`).toString("base64"),
        },
      },
    ],
    context: { encounter: [encounter] },
  },
  {
    resourceType: "FamilyMemberHistory",
    id: "labelled-family",
    meta: meta("GDIS"),
    status: "completed",
    patient: subject,
    relationship: { text: "Mother" },
    condition: [{ code: { text: labelled.family } }],
  },
];

/** What is not labelled, and names what is. */
const pointing: readonly FhirResource[] = [
  {
    resourceType: "MedicationRequest",
    id: "pointing-medicine",
    status: "active",
    intent: "order",
    category: [
      { coding: [{ system: "http://terminology.hl7.org/CodeSystem/medicationrequest-category", code: "discharge" }] },
    ],
    medicationCodeableConcept: { text: "Folic acid 5 mg tablet" },
    subject,
    encounter,
    authoredOn: "2026-03-18T09:00:00-05:00",
    reasonReference: [finding],
    dosageInstruction: [{ text: "1 tablet by mouth daily" }],
  },
  {
    resourceType: "Procedure",
    id: "pointing-procedure",
    status: "completed",
    code: { text: "Lumbar puncture" },
    subject,
    encounter,
    performedDateTime: during,
    reasonReference: [finding],
    complicationDetail: [finding],
  },
  {
    resourceType: "DiagnosticReport",
    id: "pointing-report",
    status: "final",
    code: { text: "Serology panel" },
    subject,
    encounter,
    effectiveDateTime: during,
    issued: during,
    result: [{ reference: "Observation/labelled-result", display: labelled.result }],
  },
  {
    resourceType: "ServiceRequest",
    id: "pointing-referral",
    status: "active",
    intent: "order",
    category: [{ text: "Referral" }],
    code: { text: "Outpatient infectious disease visit" },
    subject,
    encounter,
    authoredOn: "2026-03-18T09:00:00-05:00",
    reasonReference: [finding],
    supportingInfo: [finding],
  },
  {
    resourceType: "Appointment",
    id: "pointing-appointment",
    status: "booked",
    description: "Infectious disease clinic",
    start: "2026-04-02T10:00:00-05:00",
    end: "2026-04-02T10:30:00-05:00",
    reasonReference: [finding],
    participant: [{ actor: subject, status: "accepted" }],
  },
];

function chart(): Bundle<FhirResource> {
  const bundle: Bundle<FhirResource> = structuredClone(delgadoChart());
  for (const { resource } of bundle.entry ?? [])
    if (resource?.resourceType === "Encounter" && resource.id === "delgado-stay")
      resource.diagnosis = [...(resource.diagnosis ?? []), { condition: finding, rank: 9 }];
  const added = [...secrets, ...pointing].map((resource) => ({ fullUrl: `urn:x:${resource.id}`, resource }));
  return { ...bundle, entry: [...(bundle.entry ?? []), ...added] };
}

let app: WholeApp;
let job = "";
const cards: Place[] = [];

before(async () => {
  app = await startWholeApp({
    sandbox: { charts: [selectStay(chart())] },
    tenants: (sandbox) => [
      {
        engine: "model",
        endpoints: [
          hisEndpoint(sandbox, { payload: "full", events: ["task.*", "summary.*", "document.*", "context.*"] }),
        ],
      },
    ],
  });
  const receiver = app.sandbox.subscriptionReceiver;
  await subscribe({ fhirBaseUrl: `${app.url}/fhir`, token: apiKey, receiver });
  const stay = stayOf(app);
  const card = await discharge(app, stay);
  job = jobOf(card);
  await jobWhen(app, job);
  const page = await openPage(app, linkOf(card), stay);
  await page.stream(job);
  const seen = await openChart(app, stay);
  assert.equal((await sign(page, job)).status, 200);
  await app.sandbox.receiver.untilReceived("document.written");
  await receiver.untilReceived("event-notification");
  for (const call of [card, seen, await openChart(app, stay)])
    cards.push({ name: "a card", text: JSON.stringify(call.cards) });
});
after(() => app?.stop());

const missing = (text: string): readonly string[] =>
  Object.entries(labelled).flatMap(([name, words]) => (text.includes(words) ? [] : [name]));

describe("labelled records", () => {
  test("are in the draft, each sentence with its label, and in the hospital's own document", async () => {
    const summary = await api(app, "GET", `/v1/jobs/${job}/summary`);
    assert.deepEqual(missing(summary.text), []);
    const document = await api(app, "GET", `/v1/jobs/${job}/summary`, { headers: { accept: "text/plain" } });
    assert.deepEqual(missing(document.text), []);
  });

  test("are not told to the model, neither by themselves nor by what points at them", () => {
    const asked = app.sandbox.model.requests.map(({ index, body }) => ({ name: `model request ${index}`, text: body }));
    assert.ok(
      asked.some(({ text }) => text.includes("Lumbar puncture")),
      "what points at them is told without them",
    );
    assert.deepEqual(leaksIn(asked, labelled), []);
  });

  test("are in no webhook, those with the whole text included", () => {
    const { inbox } = app.sandbox.receiver;
    const whole = inbox.filter(({ body }) => body.includes("Lumbar puncture"));
    assert.ok(whole.length > 0, "the whole text was sent");
    assert.deepEqual(
      leaksIn(
        inbox.map(({ type, body }) => ({ name: `webhook ${type ?? ""}`, text: body })),
        labelled,
      ),
      [],
    );
  });

  test("are in no notification, card, feed, log line or metric", async () => {
    const notifications = app.sandbox.subscriptionReceiver.notifications.map(({ body }) => ({
      name: "notification",
      text: body,
    }));
    const feed = await api(app, "GET", "/v1/events?limit=100");
    const metrics = await api(app, "GET", "/metrics");
    const log = app.logLines.map((text, index) => ({ name: `log line ${index}`, text }));
    assert.ok(notifications.length > 0 && feed.text.includes(job) && log.length > 20);
    const places = [
      ...notifications,
      ...cards,
      ...log,
      { name: "the feed", text: feed.text },
      { name: "/metrics", text: metrics.text },
    ];
    assert.deepEqual(leaksIn(places, labelled), []);
  });
});
