/** Webhooks from providers of models, against the running adapter: what is believed, what is not, and what they hasten. */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { BackgroundModel } from "../../sandbox/model/background.ts";
import { createBackgroundModel } from "../../sandbox/model/background.ts";
import { api, jobWhen, stayOf } from "../support/whole-app-users.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

const secrets = [randomBytes(32), randomBytes(32)].map((bytes) => `whsec_${bytes.toString("base64")}`);
const [current = "", old = ""] = secrets;

let app: WholeApp;
let model: BackgroundModel;
before(async () => {
  model = await createBackgroundModel();
  app = await startWholeApp({
    tenants: () => [
      {
        engine: "model",
        model: { provider: "openai-background", baseUrl: model.baseUrl, totalTimeoutSeconds: 600 },
        generation: { parts: ["course"], inbound: secrets.map((secret) => ({ provider: "openai", secret })) },
      },
    ],
  });
});
after(async () => {
  await app?.stop();
  await model.close();
});

interface Sent {
  readonly id?: string | undefined;
  readonly secret?: string;
  readonly ageSeconds?: number;
  /** Changes the body behind the signature. */
  readonly tampered?: boolean;
  readonly signatures?: number;
  readonly to?: string;
}

let sent = 0;
async function deliver(work: string, init: Sent = {}): Promise<number> {
  const { id = `wh_${(sent += 1)}`, secret = current, ageSeconds = 0, tampered = false, signatures = 1 } = init;
  const body = JSON.stringify({ object: "event", id: "evt_1", type: "response.completed", data: { id: work } });
  const timestamp = String(Math.floor(Date.now() / 1000) - ageSeconds);
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  const none = `v1,${randomBytes(32).toString("base64")}`;
  const response = await fetch(`${app.url}/inbound/${init.to ?? "openai/general"}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...("id" in init && init.id === undefined ? {} : { "webhook-id": id }),
      "webhook-timestamp": timestamp,
      "webhook-signature": [...Array.from({ length: signatures - 1 }, () => none), `v1,${mac}`].join(" "),
    },
    body: tampered ? ` ${body}` : body,
  });
  return response.status;
}

const stored = () => app.database.asOwner("select webhook_id, work from handover.model_inbox order by webhook_id");

describe("a provider's webhook", () => {
  it("is taken with either secret while one is changed, and among several signatures", async () => {
    assert.equal(await deliver("resp_a"), 204);
    assert.equal(await deliver("resp_b", { secret: old }), 204);
    assert.equal(await deliver("resp_c", { signatures: 5 }), 204);
    assert.equal((await stored()).length, 3);
  });

  it("is believed only with its id, its secret, its bytes and its time", async () => {
    const before = (await stored()).length;
    assert.equal(await deliver("resp_x", { id: undefined }), 400);
    assert.equal(await deliver("resp_x", { secret: `whsec_${randomBytes(32).toString("base64")}` }), 401);
    assert.equal(await deliver("resp_x", { tampered: true }), 401);
    assert.equal(await deliver("resp_x", { ageSeconds: 301 }), 401);
    assert.equal(await deliver("resp_x", { ageSeconds: -330 }), 401);
    assert.equal(await deliver("resp_x", { signatures: 200 }), 400);
    for (const to of ["openai/nobody", "anthropic/general", "other/general"])
      assert.equal(await deliver("resp_x", { to }), 404, to);
    assert.equal((await stored()).length, before);
  });

  it("counts once, however often and however many at once it comes", async () => {
    const before = (await stored()).length;
    const statuses = await Promise.all([1, 2, 3, 4].map(() => deliver("resp_d", { id: "wh_same" })));
    assert.deepEqual(statuses, [204, 204, 204, 204]);
    assert.equal((await stored()).length, before + 1);
  });

  it("hastens the draft that waits for the work; the result is fetched, and its words are not the webhook's", async () => {
    model.doneAfter(undefined);
    const stay = stayOf(app, 0);
    const json = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
    const job = String((await api(app, "POST", "/v1/jobs", { json })).at("id"));
    // Pauses grow with each look: after the sixth it would be nearly eight seconds until the next.
    await model.until("six looks", () => (model.works[0]?.looks ?? 0) >= 6 || undefined, 60_000);
    const looks = model.works[0]?.looks ?? 0;
    model.finish();
    const toldAt = performance.now();
    assert.equal(await deliver(model.works[0]?.id ?? ""), 204);
    await model.until("another look", () => (model.works[0]?.looks ?? 0) > looks || undefined);
    assert.ok(performance.now() - toldAt < 5_000, "sooner than the pause would have ended");
    assert.equal((await jobWhen(app, job)).status, "completed");
    const summary = await api(app, "GET", `/v1/jobs/${job}/summary`);
    assert.equal(summary.at("engine"), "model");
  });
});
