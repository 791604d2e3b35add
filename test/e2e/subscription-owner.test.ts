/**
 * What entitles a subscriber is taken away after it subscribed: its client loses the scope of the topic, or is removed. By
 * whatever channel, nothing is told from then on, and the Subscription says why.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { eventually } from "../support/eventually.ts";
import type { MailingApp } from "../support/mailing-app.ts";
import { startMailingApp } from "../support/mailing-app.ts";
import {
  askFor,
  bindingOf,
  fhirJson,
  readSubscription,
  subscribed,
  subscriptionOf,
  subscriptionWhen,
} from "../support/subscriber.ts";
import { applySettings } from "../support/watched-ehr.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { TenantOptions } from "../support/whole-app.ts";
import { api, jobIn, jobWhen, stayOf } from "../support/whole-app-users.ts";

const key = "board-api-key-0123456789";
const board = (...scopes: readonly string[]): TenantOptions => ({
  apiClients: [{ id: "board", key, scopes }],
  subscriptions: { emailDomains: ["hospital.example"] },
});
const whole = board("fhir");
/** May look at its Subscriptions, and no longer at Tasks. */
const less = board("system/Subscription.cruds", "system/DocumentReference.rs");
const gone: TenantOptions = { ...whole, apiClients: [] };

let bed: MailingApp;
let site: WebhookSite;
before(async () => {
  site = await webhookSite();
  bed = await startMailingApp(() => [whole]);
});
after(async () => {
  await bed?.stop();
  await site.close();
});

const topic = "job-completed";
const arrivedAt = (path: string, job: string): number =>
  site.received.filter((one) => one.path === path && one.body.includes(job)).length;
const mailsTo = (address: string): number => bed.mail.received.filter(({ to }) => to.includes(address)).length;

/** Completes a job, and waits until somebody who may be told of it has been told. */
async function told(stay: number): Promise<string> {
  const { patientId, encounterId } = stayOf(bed.app, stay);
  const json = { patient: `Patient/${patientId}`, encounter: `Encounter/${encounterId}` };
  const { id } = jobIn(await api(bed.app, "POST", "/v1/jobs", { json }));
  await jobWhen(bed.app, id);
  await eventually(() => arrivedAt("/witness", id) === 1, "the witness told", 20_000);
  return id;
}

/** How many events of it are still to go out. */
async function owed(ids: readonly string[]): Promise<number> {
  const [row] = await bed.app.database.asOwner(
    "select count(*)::int as n from handover.delivery where endpoint = any ($1) and state = 'pending'",
    [ids],
  );
  return Number(row?.["n"]);
}

test("who loses the scope, or is taken away, is told of nothing more: by rest-hook, by mail, by socket, or by asking", async () => {
  const { app } = bed;
  const hook = { type: "rest-hook", endpoint: `${site.url}/board` } as const;
  const letter = { type: "email", endpoint: "mailto:board@hospital.example" } as const;
  await subscribed(app, { topic, channel: { type: "rest-hook", endpoint: `${site.url}/witness` } });
  const byHook = await subscribed(app, { topic, key, channel: hook });
  const byMail = await subscribed(app, { topic, key, channel: { ...letter, payload: "text/plain" } });
  const bySocket = await subscribed(app, { topic, key, channel: { type: "websocket" } });
  const all = [byHook, byMail, bySocket];
  const { url, token } = await bindingOf(app, key);
  const socket = new WebSocket(url);
  await once(socket, "open");
  socket.send(`bind-with-token ${token}`);
  await once(socket, "message");

  const first = await told(0);
  await eventually(() => arrivedAt("/board", first) === 1, "the hook", 20_000);
  await eventually(() => mailsTo("board@hospital.example") === 2, "handshake and event by mail", 20_000);

  const closed = once(socket, "close");
  await applySettings(app, less);
  for (const id of all) {
    const { error } = await subscriptionWhen(app, id, "off", key);
    assert.equal(error, "scope_lost");
  }
  await closed;
  const second = await told(1);
  assert.equal(await owed(all), 0);
  assert.deepEqual([arrivedAt("/board", second), mailsTo("board@hospital.example")], [0, 2]);
  for (const id of all)
    assert.equal((await api(app, "GET", `/fhir/Subscription/${id}/$events`, { key })).status, 403, "nor by asking");

  const again = { ...subscriptionOf(app, { topic, channel: hook }), id: byHook };
  const put = () => api(app, "PUT", `/fhir/Subscription/${byHook}`, { headers: fhirJson, json: again, key });
  assert.equal((await put()).status, 403, "it cannot be switched on without the scope");
  await applySettings(app, whole);
  await eventually(async () => (await put()).status === 200, "the scope is back", 20_000);
  const back = await subscriptionWhen(app, byHook, "active", key);
  assert.equal(back.error, undefined);
  const third = await told(2);
  await eventually(() => arrivedAt("/board", third) === 1, "told again", 20_000);
  assert.equal(arrivedAt("/board", second), 0, "what happened meanwhile is not made up for");
  assert.equal((await readSubscription(app, byMail, key)).status, "off", "what it did not ask for stays off");

  await applySettings(app, gone);
  const stored = async () =>
    (await app.database.asOwner("select status, error from handover.subscription where id = $1", [byHook]))[0];
  await eventually(async () => (await stored())?.["status"] === "off", "off", 20_000);
  assert.equal((await stored())?.["error"], "owner_gone");
  assert.equal((await askFor(app, { topic, key, channel: hook })).status, 401);
  const fourth = await told(3);
  assert.deepEqual([await owed(all), arrivedAt("/board", fourth)], [0, 0]);
});
