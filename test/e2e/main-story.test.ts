/**
 * The whole job as a hospital meets it, over HTTP only: hook, card, launch, stream, edit, signature, document, webhook,
 * notification, poll (contract, sections 3 to 5). Verdicts come from what the EHR, the receivers and the page recorded.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { HookCall } from "../../sandbox/cds-client/client.ts";
import { subscribe } from "../../sandbox/receiver/subscribe.ts";
import { loadAssets } from "../../src/pages/assets.ts";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { eventually } from "../support/eventually.ts";
import { valueAt } from "../support/sandbox-ehr.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";
import type { Page, Stay, StreamedEvent } from "../support/whole-app-users.ts";
import {
  api,
  attending,
  attestation,
  discharge,
  jobIn,
  jobOf,
  jobWhen,
  linkOf,
  nurse,
  openChart,
  openPage,
  parseEnvelope,
  shown,
  sign,
  stayOf,
  streamOf,
} from "../support/whole-app-users.ts";

const EDIT = "The plan was gone through with the patient at the bedside.";

interface Story {
  readonly app: WholeApp;
  readonly stay: Stay;
  readonly subscription: string;
  readonly card: HookCall;
  readonly job: string;
  readonly page: Page;
}

let story: Story;
let app: WholeApp | undefined;

before(async () => {
  app = await startWholeApp();
  const stay = stayOf(app);
  const receiver = app.sandbox.subscriptionReceiver;
  const { id } = await subscribe({ fhirBaseUrl: `${app.url}/fhir`, token: apiKey, receiver });
  const card = await discharge(app, stay);
  const page = await openPage(app, linkOf(card), stay);
  story = { app, stay, subscription: id, card, job: jobOf(card), page };
});
after(() => app?.stop());

/** Everything that stands in the job's log, draft text included, as the JSON form of the stream tells it. */
async function wholeLog({ page, job }: Story) {
  const answer = await page.call("GET", `/v1/jobs/${job}/events`);
  assert.equal(answer.status, 200, answer.text);
  const events = answer.at("events");
  assert.ok(Array.isArray(events));
  return { events: events.map(parseEnvelope), last: answer.at("lastSequence"), closed: answer.at("closed") };
}

describe("from the hook to the page", () => {
  test("the hook answers with one card whose SMART link carries the job", () => {
    const [held] = story.card.cards;
    assert.equal(shown(story.card).length, 1);
    assert.equal(held?.card.links?.[0]?.type, "smart");
    assert.equal(held?.card.links?.[0]?.url, `${story.app.url}/smart/launch`);
    assert.ok(story.job.length > 0);
  });

  test("the launch opens the page on the card's job, for the card's patient, as the person at the screen", () => {
    const { page, stay, job } = story;
    assert.equal(page.context("patientReference"), `Patient/${stay.patientId}`);
    assert.equal(page.context("job"), job);
    assert.equal(page.context("user.maySign"), true);
  });

  test("the page's scripts come compressed as the browser can take them, and stay in its cache", async () => {
    const { path } = loadAssets();
    for (const [asked, sent] of [
      ["gzip, deflate, br", "br"],
      ["gzip, deflate", "gzip"],
      ["identity", null],
    ] as const) {
      const answer = await fetch(`${story.app.url}${path}/main.js`, { headers: { "accept-encoding": asked } });
      assert.deepEqual([answer.status, answer.headers.get("content-encoding")], [200, sent]);
      assert.match(answer.headers.get("cache-control") ?? "", /immutable/u);
      assert.match(await answer.text(), /showPage/u);
    }
  });

  test("the stream resumes behind any Last-Event-ID without loss or repeat, and answers 204 behind its end", async () => {
    const { page, job } = story;
    const first = await page.stream(job, { leaveAt: ({ type }) => type === "draft.section" });
    assert.equal(first.status, 200);
    assert.equal(first.headers.get("cache-control"), "no-store, no-transform");
    assert.equal(first.headers.get("x-accel-buffering"), "no");
    assert.equal(first.headers.get("content-encoding"), null);
    const leftAt = first.events.at(-1)?.id ?? "";
    const rest = await page.stream(job, { after: leftAt });
    const events: readonly StreamedEvent[] = [...first.events, ...rest.events];
    assert.deepEqual(
      events.map(({ id }) => id),
      events.map((_event, index) => `${job}:${index + 1}`),
      "gapless and in order over both connections",
    );
    for (const { id, type, envelope } of events) {
      assert.equal(type, envelope.type);
      assert.equal(id, `${envelope.data.job}:${envelope.data.jobSequence}`);
    }
    assert.ok(events.some(({ type }) => type === "draft.delta"));
    const over = await page.stream(job, { after: events.at(-1)?.id ?? "" });
    assert.deepEqual([over.status, over.text], [204, ""]);
  });

  test("opening the chart again shows the draft that waits for a signature", async () => {
    const { app, stay, job } = story;
    await jobWhen(app, job);
    const call = await openChart(app, stay);
    assert.deepEqual(shown(call), ["The discharge summary draft is ready: review and sign."]);
    assert.equal(jobOf(call), job);
  });
});

describe("editing and signing", () => {
  const summaryPath = (): string => `/v1/jobs/${story.job}/summary`;

  test("an edit needs If-Match (428), of the version that stands (412), and answers the new one (200)", async () => {
    const { page } = story;
    const read = await page.call("GET", summaryPath());
    const etag = read.headers.get("etag") ?? "";
    const json = { sections: [{ id: "instructions", text: EDIT }] };
    const edit = (headers: Record<string, string>) => page.call("PATCH", summaryPath(), { json, headers });
    assert.equal((await edit({})).status, 428);
    assert.equal((await edit({ "if-match": '"99.99"' })).status, 412);
    const edited = await edit({ "if-match": etag });
    assert.equal(edited.status, 200, edited.text);
    assert.notEqual(edited.headers.get("etag"), etag);
    assert.ok(edited.text.includes(EDIT));
    assert.equal((await edit({ "if-match": etag })).status, 412, "the version before the edit is gone");
  });

  test("a call of the page without its CSRF token changes nothing", async () => {
    const { page } = story;
    const json = { sections: [{ id: "instructions", text: "x" }] };
    const answer = await page.call("PATCH", summaryPath(), { json, headers: { "x-csrf-token": "" } });
    assert.equal(answer.status, 403);
  });

  test("a nurse cannot sign, and an API key is no person", async () => {
    const { app, page, card, stay, job } = story;
    const nursePage = await openPage(app, linkOf(card), stay, nurse);
    assert.equal(nursePage.context("user.maySign"), false);
    assert.equal((await sign(nursePage, job)).status, 403);
    const etag = (await page.call("GET", summaryPath())).headers.get("etag") ?? "";
    const byKey = await api(app, "POST", `${summaryPath()}/sign`, {
      json: { attestation },
      headers: { "if-match": etag },
    });
    assert.equal(byKey.status, 403);
    assert.equal((await page.call("GET", summaryPath())).at("docStatus"), "preliminary");
  });

  test("the attending signs; a long poll that waited tells the poller at once", async () => {
    const { app, page, job } = story;
    const seen = (await api(app, "GET", `/v1/jobs/${job}`)).headers.get("etag") ?? "";
    const notAsked = await api(app, "GET", `/v1/jobs/${job}?wait=20`);
    assert.equal(notAsked.status, 200, "a job that is over has nothing to wait for without a tag");
    const unchanged = await api(app, "GET", `/v1/jobs/${job}`, { headers: { "if-none-match": seen } });
    assert.deepEqual([unchanged.status, unchanged.text], [304, ""]);
    const waiting = api(app, "GET", `/v1/jobs/${job}?wait=20`, { headers: { "if-none-match": seen } });
    const signed = await sign(page, job);
    assert.equal(signed.status, 200, signed.text);
    assert.equal(signed.at("docStatus"), "final");
    assert.equal(signed.at("signedBy"), attending);
    const news = await waiting;
    assert.equal(news.status, 200);
    assert.notEqual(news.headers.get("etag"), seen);
    assert.equal((await sign(page, job)).status, 409, "a signed summary is not signed again");
  });
});

describe("who hears of it", () => {
  test("the EHR holds exactly one document: final, with identifier, hash and the edit in it", async () => {
    const { app, stay } = story;
    const { journal, store } = app.sandbox.ehr;
    const isWrite = ({ write, resourceType, status }: { write: boolean; resourceType?: string; status: number }) =>
      write && resourceType === "DocumentReference" && status === 201;
    const written = await journal.until("a DocumentReference", isWrite);
    const document = store.read("DocumentReference", written.id ?? "");
    assert.equal(valueAt(document, "status"), "current");
    assert.equal(valueAt(document, "docStatus"), "final");
    assert.equal(valueAt(document, "subject.reference"), `Patient/${stay.patientId}`);
    assert.equal(valueAt(document, "context.encounter.0.reference"), `Encounter/${stay.encounterId}`);
    assert.equal(valueAt(document, "authenticator.reference"), attending);
    assert.equal(written.ifNoneExist?.includes(String(valueAt(document, "identifier.0.value"))), true);
    const bytes = Buffer.from(String(valueAt(document, "content.0.attachment.data")), "base64");
    const sha1 = createHash("sha1").update(bytes).digest("base64");
    assert.equal(valueAt(document, "content.0.attachment.hash"), sha1);
    assert.ok(bytes.toString("utf8").replaceAll(/\s+/gu, " ").includes(EDIT));
    assert.equal(journal.writes({ resourceType: "DocumentReference" }).length, 1);
  });

  test("each event but draft text comes by verified webhook; with the draft's, the job's numbers have no gap", async () => {
    const { app } = story;
    const { receiver } = app.sandbox;
    await receiver.untilReceived("document.written");
    const log = await wholeLog(story);
    assert.deepEqual(
      log.events.map(({ data }) => data.jobSequence),
      log.events.map((_event, index) => index + 1),
    );
    assert.deepEqual([log.last, log.closed], [log.events.length, true]);
    const owed = log.events.filter(({ type }) => !type.startsWith("draft."));
    const all = await receiver.until("all webhooks", () =>
      receiver.inbox.length >= owed.length ? receiver.inbox : undefined,
    );
    assert.deepEqual(all.map(({ id }) => id).toSorted(), owed.map(({ id }) => id).toSorted());
    assert.ok(all.every(({ verified }) => verified));
    for (const { body } of all) assertCatalogued(JSON.parse(body));
    assert.deepEqual(receiver.missingSequences(), []);
    const signed = all.find(({ type }) => type === "summary.signed");
    const summary = valueAt(JSON.parse(signed?.body ?? "null"), "data.summary");
    assert.equal(valueAt(summary, "docStatus"), "final");
    const read = await api(app, "GET", `/v1/jobs/${story.job}/summary`);
    assert.equal(valueAt(summary, "sha256"), read.at("sha256"), "the hash that was signed");
  });

  test("the subscription was greeted, and its notification names what can be read", async () => {
    const { app, subscription } = story;
    const receiver = app.sandbox.subscriptionReceiver;
    await receiver.untilReceived("handshake");
    const { content } = await receiver.untilReceived("event-notification");
    assert.ok(content?.subscription?.endsWith(`Subscription/${subscription}`));
    assert.deepEqual(
      receiver.notifications.flatMap(({ violations }) => violations),
      [],
    );
    assert.deepEqual(receiver.missingEvents(), []);
    const focus = content?.events[0]?.focus ?? "";
    const headers = { authorization: `Bearer ${apiKey}`, accept: "application/fhir+json" };
    assert.equal((await fetch(focus, { headers })).status, 200, focus);
  });

  test("the feed tells each public event once, in order, from any cursor", async () => {
    const { app } = story;
    const events: ReturnType<typeof parseEnvelope>[] = [];
    let path = "/v1/events?limit=3";
    for (let more: unknown = true; more === true;) {
      const answer = await api(app, "GET", path);
      assert.equal(answer.status, 200, answer.text);
      const items = answer.at("events");
      assert.ok(Array.isArray(items) && items.length <= 3);
      events.push(...items.map(parseEnvelope));
      more = answer.at("more");
      path = `/v1/events?limit=3&after=${encodeURIComponent(String(answer.at("cursor")))}`;
    }
    const log = await wholeLog(story);
    assert.deepEqual(
      events.map(({ id }) => id),
      log.events.filter(({ type }) => !type.startsWith("draft.")).map(({ id }) => id),
    );
  });

  test("a system that started nothing finds the one job by encounter, patient and status", async () => {
    const { app, stay, job } = story;
    const ids = async (query: string): Promise<unknown[]> => {
      const items = (await api(app, "GET", `/v1/jobs?${query}`)).at("items");
      assert.ok(Array.isArray(items));
      return items.map((item) => valueAt(item, "id"));
    };
    assert.deepEqual(await ids(`encounter=Encounter/${stay.encounterId}`), [job]);
    assert.deepEqual(await ids(`patient=Patient/${stay.patientId}&status=completed`), [job]);
    assert.deepEqual(await ids("status=failed"), []);
    assert.equal(jobIn(await api(app, "GET", `/v1/jobs/${job}`)).status, "completed");
  });

  test("the stream by API key replays the whole story and then is over", async () => {
    const { app, job } = story;
    const log = await wholeLog(story);
    const whole = await streamOf(app, job);
    assert.deepEqual(
      whole.events.map(({ envelope }) => envelope.id),
      log.events.map(({ id }) => id),
    );
  });

  test("view, edit, refused and given signature, and the write stand in the audit log", async () => {
    const { app, job } = story;
    await eventually(async () => {
      const rows = await app.database.asOwner("select * from handover.audit where job = $1", [job]);
      const acts = new Set(rows.map((row) => `${String(row["action"])} ${String(row["outcome"])}`));
      for (const act of [
        "summary.read success",
        "summary.edit success",
        "summary.sign refused",
        "summary.sign success",
        "document.write success",
      ])
        assert.ok(acts.has(act), `${act} is missing among ${[...acts].join(", ")}`);
      return true;
    });
  });
});
