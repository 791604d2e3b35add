/** Webhooks signed by ed25519 (`v1a`) and the keys that verify them: the whole adapter, and the package that receivers use. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { createReceiver } from "../../packages/webhook-receiver/src/index.ts";
import type { Ed25519Jwk } from "../../packages/webhook-receiver/src/index.ts";
import { apiCaller } from "../support/api-call.ts";
import { addEvents } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { Received, WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp, webhookSecret } from "../support/whole-app.ts";

const otherKey = "whole-app-other-tenant-key-01234";
let app: WholeApp;
let site: WebhookSite;

const call = apiCaller(() => app);

const keySet = async (tenant = "general"): Promise<readonly Ed25519Jwk[]> =>
  ((await (await fetch(`${app.url}/.well-known/webhook-keys/${tenant}.json`)).json()) as { keys: Ed25519Jwk[] }).keys;

/** What a receiver that holds only these public keys says. */
function verdict(keys: readonly Ed25519Jwk[], { headers, body }: Received): string {
  try {
    createReceiver({ publicKeys: [...keys] }).verify(headers, body);
    return "valid";
  } catch (error) {
    return String(Reflect.get(Object(error), "code"));
  }
}

let jobs = 0;
/** Sends an event to every endpoint, and returns it as it came to this path. */
async function sent(path: string, tenant = "general"): Promise<Received> {
  const job = `01900000-0000-7000-8000-${String((jobs += 1)).padStart(12, "0")}`;
  const [id = ""] = await addEvents(app.database, { tenant, job, type: "summary.signed" }, 1);
  let found: Received | undefined;
  await eventually(
    () => (found = site.received.find((one) => one.path === path && one.headers["webhook-id"] === id)) !== undefined,
    `${id} at ${path}`,
    20_000,
  );
  assert.ok(found);
  return found;
}

const written = (id: string, more: object = {}) => ({ id, url: `${site.url}/${id}`, events: ["summary.*"], ...more });

before(async () => {
  site = await webhookSite();
  app = await startWholeApp({
    environment: { FILE_SECRET: webhookSecret },
    tenants: () => [
      { endpoints: [] },
      {
        id: "other",
        apiKey: otherKey,
        issuers: [],
        smart: false,
        endpoints: [{ ...written("filed", { asymmetric: true }), secretEnv: "FILE_SECRET" }],
      },
    ],
  });
});
after(async () => {
  await app.stop();
  await site.close();
});

describe("an endpoint with `asymmetric`", () => {
  test("is sent both signatures: the shared secret's, and one that the published key set verifies", async () => {
    const made = await call("POST", "/v1/endpoints", written("both", { asymmetric: true }));
    assert.equal(made.status, 201);
    assert.equal(made.body.endpoint.asymmetric, true);
    const keys = await keySet();
    const received = await sent("/both");
    assert.match(String(received.headers["webhook-signature"]), /^v1,\S+ v1a,\S+$/u);
    new Webhook(made.body.secret).verify(received.body, received.headers);
    assert.equal(verdict(keys, received), "valid");
    assert.equal(verdict(keys, { ...received, body: Buffer.concat([received.body, Buffer.from(" ")]) }), "no_match");
  });

  test("its test event is signed so too", async () => {
    await call("POST", "/v1/endpoints", written("tried", { asymmetric: true }));
    const trial = await call("POST", "/v1/endpoints/tried/test");
    const received = site.received.find((one) => one.headers["webhook-id"] === trial.body.id);
    assert.ok(received);
    assert.equal(verdict(await keySet(), received), "valid");
  });

  test("another tenant's key verifies nothing of this one's: the file's endpoint has a key of its own", async () => {
    await call("POST", "/v1/endpoints", written("mine", { asymmetric: true }));
    const theirs = await sent("/filed", "other");
    assert.equal(verdict(await keySet("other"), theirs), "valid");
    assert.equal(verdict(await keySet("general"), theirs), "no_match");
  });

  test("a plain endpoint is signed by its secret alone", async () => {
    await call("POST", "/v1/endpoints", written("plain"));
    assert.match(String((await sent("/plain")).headers["webhook-signature"]), /^v1,\S+$/u);
  });

  test("only form `standard` can carry it, and says so", async () => {
    const body = written("form", { asymmetric: true, signature: "sha256-body" });
    const refused = await call("POST", "/v1/endpoints", body);
    assert.equal(refused.status, 400);
    assert.match(JSON.stringify(refused.body), /asymmetric/u);
  });
});

describe("the tenant's keys", () => {
  test("are published for anybody, with how long they may be kept; private parts never", async () => {
    await call("POST", "/v1/endpoints", written("published", { asymmetric: true }));
    const response = await fetch(`${app.url}/.well-known/webhook-keys/general.json`);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("content-type"), "application/jwk-set+json");
    assert.equal(response.headers.get("cache-control"), "public, max-age=300");
    assert.equal(response.headers.get("access-control-allow-origin"), "*");
    const { keys } = (await response.json()) as { keys: Record<string, unknown>[] };
    for (const key of keys) assert.deepEqual(Object.keys(key).toSorted(), ["alg", "crv", "kid", "kty", "use", "x"]);
  });

  test("of a tenant that is not there are 404, and other methods are refused", async () => {
    assert.equal((await fetch(`${app.url}/.well-known/webhook-keys/nobody.json`)).status, 404);
    assert.equal((await fetch(`${app.url}/.well-known/webhook-keys/general`)).status, 404);
    assert.equal((await fetch(`${app.url}/.well-known/webhook-keys/general.json`, { method: "POST" })).status, 405);
  });

  test("are shown by the API as `whpk_`, which verifies as the key set does", async () => {
    await call("POST", "/v1/endpoints", written("shown", { asymmetric: true }));
    const { body } = await call("GET", "/v1/webhook-keys");
    assert.equal(body.keySet, `${app.url}/.well-known/webhook-keys/general.json`);
    const { publicKey } = body.items[0];
    assert.match(publicKey, /^whpk_/u);
    const received = await sent("/shown");
    createReceiver({ publicKeys: [publicKey] }).verify(received.headers, received.body);
  });

  test("are rotated with an overlap: who knows the old set and who knows the new one both verify", async () => {
    await call("POST", "/v1/endpoints", written("rotated", { asymmetric: true }));
    const before = await call("GET", "/v1/webhook-keys");
    const [old] = await keySet();
    assert.ok(old);
    const rotated = await call("POST", "/v1/webhook-keys/rotate", { overlapHours: 24 });
    assert.equal(rotated.status, 200);
    assert.equal(rotated.body.items.length, before.body.items.length + 1);
    assert.equal(rotated.body.items[0].validUntil, undefined);
    const leftMs = Date.parse(rotated.body.items[1].validUntil) - Date.now();
    assert.ok(leftMs > 23.9 * 3_600_000 && leftMs <= 24 * 3_600_000);
    const received = await sent("/rotated");
    assert.equal(verdict([old], received), "valid");
    const fresh = await eventually(async () => {
      const keys = await keySet();
      return keys.length === rotated.body.items.length ? keys : undefined;
    }, "the new set");
    const current = fresh.find(({ kid }) => kid === rotated.body.items[0].kid);
    assert.ok(current);
    assert.equal(verdict([current], received), "valid");
  });

  test("after the overlap the old one neither signs nor is published", async () => {
    await call("POST", "/v1/endpoints", written("ended", { asymmetric: true }));
    const [old] = (await call("GET", "/v1/webhook-keys")).body.items;
    await call("POST", "/v1/webhook-keys/rotate", {});
    await app.database.asOwner("update handover.webhook_key set retire_at = now() where kid = $1", [old.kid]);
    const { body } = await call("GET", "/v1/webhook-keys");
    assert.ok(!body.items.some(({ kid }: { kid: string }) => kid === old.kid));
    const received = await sent("/ended");
    assert.throws(() => createReceiver({ publicKeys: [old.publicKey] }).verify(received.headers, received.body));
    createReceiver({ publicKeys: [body.items[0].publicKey] }).verify(received.headers, received.body);
    // Its private half is let go of at the next rotation.
    await call("POST", "/v1/webhook-keys/rotate", {});
    const [row] = await app.database.asOwner(
      "select length(sealed_private) as bytes from handover.webhook_key where kid = $1",
      [old.kid],
    );
    assert.equal(row?.["bytes"], 0);
  });
});

describe("Idempotency-Key of a request that makes an endpoint", () => {
  test("a repeat is answered with the endpoint and its secret, never with 409", async () => {
    const key = { "idempotency-key": "make-once" };
    const first = await call("POST", "/v1/endpoints", written("once"), key);
    const again = await call("POST", "/v1/endpoints", written("once"), key);
    assert.deepEqual([first.status, again.status], [201, 200]);
    assert.equal(again.body.secret, first.body.secret);
    assert.deepEqual(again.body.endpoint, first.body.endpoint);
    assert.equal(again.headers.get("location"), first.headers.get("location"));
  });

  test("two at once make one endpoint and get the same answer", async () => {
    const key = { "idempotency-key": "make-two" };
    const both = await Promise.all([1, 2].map(() => call("POST", "/v1/endpoints", written("two"), key)));
    assert.deepEqual(both.map(({ status }) => String(status)).toSorted(), ["200", "201"]);
    assert.equal(both[0]?.body.secret, both[1]?.body.secret);
  });

  test("with another body it is 422; another client's key is another key; without one the id decides", async () => {
    const key = { "idempotency-key": "make-other" };
    await call("POST", "/v1/endpoints", written("first"), key);
    assert.equal((await call("POST", "/v1/endpoints", written("second"), key)).status, 422);
    assert.equal((await call("POST", "/v1/endpoints", written("first"))).status, 409);
    const theirs = { ...key, authorization: `Bearer ${otherKey}` };
    assert.equal((await call("POST", "/v1/endpoints", written("first"), theirs)).status, 201);
  });

  test("once the endpoint is removed the key makes a new one, with a new secret", async () => {
    const key = { "idempotency-key": "make-again" };
    const first = await call("POST", "/v1/endpoints", written("again"), key);
    await call("DELETE", "/v1/endpoints/again");
    const second = await call("POST", "/v1/endpoints", written("again"), key);
    assert.equal(second.status, 201);
    assert.notEqual(second.body.secret, first.body.secret);
  });
});
