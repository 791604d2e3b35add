/** Trust, hooks' memory and audit on a real Postgres, as the app's role. */
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { verify as verifySignature, createPublicKey } from "node:crypto";
import request from "supertest";
import express from "express";
import { chainPending } from "../../src/audit/chain-loop.ts";
import { createAudit } from "../../src/audit/record.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import type { Database } from "../../src/db/database.ts";
import { createSealer } from "../../src/db/sealer.ts";
import { createCardMemory } from "../../src/hooks/card-memory.ts";
import type { HookCall } from "../../src/hooks/service.ts";
import { createHttpApp } from "../../src/http/app.ts";
import { createLog } from "../../src/telemetry/log.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createTenantRegistry } from "../../src/tenants/registry.ts";
import { createReplayGuard } from "../../src/trust/replay-guard.ts";
import { refusalReason } from "../../src/trust/refusal.ts";
import { createKeySetRoutes, createOauthRoutes } from "../../src/trust/routes/oauth.ts";
import { createSigningKeys, selectSigningKey, KEY_SET_MAX_AGE_SECONDS } from "../../src/trust/signing-keys.ts";
import type { SigningKeyRow } from "../../src/trust/store.ts";
import { createTickets, TICKET_MINUTES, TICKET_SESSION_MINUTES } from "../../src/trust/tickets.ts";
import { createTrust } from "../../src/trust/trust.ts";
import { tenantOf } from "../support/hook-world.ts";
import { hookClaims, makeTestKey, signJwt } from "../support/jwt-issuer.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";

const MASTER_KEY = new Uint8Array(randomBytes(32));
const CANARY = "Chewbacca-canary";
const sealer = createSealer([MASTER_KEY]);
let test: TestDatabase;
let database: Database;

before(async () => {
  test = await createTestDatabase();
  database = test.open();
});
after(() => test.drop());

describe("a token is good once across replicas", () => {
  it("of 20 uses on two replicas at once, one is the first", async () => {
    const guards = [test.open(), test.open()].map((db) =>
      createReplayGuard({ db: db.http, now: Date.now, onUnavailable: () => assert.fail("away") }),
    );
    const token = {
      tenant: "general",
      iss: "https://ehr.example",
      jti: randomUUID(),
      untilSeconds: Date.now() / 1000 + 300,
    };
    const uses = await Promise.all(Array.from({ length: 20 }, async (_, index) => guards[index % 2]?.(token)));
    assert.equal(uses.filter(Boolean).length, 1);
  });

  it("falls back to this replica's memory while the database is away, and says so", async () => {
    let away = 0;
    const query = async (): Promise<never> => Promise.reject(new Error("away"));
    const guard = createReplayGuard({
      db: { query, transaction: query },
      now: Date.now,
      onUnavailable: () => (away += 1),
    });
    const token = { tenant: "general", iss: "i", jti: "j", untilSeconds: Date.now() / 1000 + 300 };
    assert.deepEqual([await guard(token), await guard(token), away], [true, false, 1]);
  });

  it("is forgotten once it has run out, together with old tickets, calls and cards", async () => {
    await test.asOwner(
      "insert into handover.seen_jti (tenant, digest, until) values ('general', '\\x02', now() - interval '1 minute')",
    );
    const rows = await database.worker.query("select * from handover.sys_forget_trust()", []);
    assert.equal(Number(Reflect.get(Object(rows.rows[0]), "removed")), 1);
    const left = await test.asOwner("select count(*)::int as n from handover.seen_jti");
    assert.deepEqual(left, [{ n: 1 }]);
  });
});

describe("our signing keys", () => {
  it("are made once, however many replicas start at once, and are shared [smart 290]", async () => {
    const replicas = Array.from({ length: 4 }, () =>
      createSigningKeys({ db: test.open().http, sealer, now: Date.now }),
    );
    await Promise.all(replicas.map((keys) => keys.ensure()));
    const kids = await Promise.all(
      replicas.map(async (keys) => [(await keys.current("ES384")).kid, (await keys.current("RS384")).kid].join()),
    );
    assert.equal(new Set(kids).size, 1);
  });

  it("are published as bare public keys, with kid, use, alg and a time to live [smart 294, 302, 303]", async () => {
    const keys = createSigningKeys({ db: database.http, sealer, now: Date.now });
    const app = express().use(createKeySetRoutes(keys));
    const answer = await request(app).get("/.well-known/jwks.json");
    assert.match(answer.headers["cache-control"] ?? "", new RegExp(`max-age=${KEY_SET_MAX_AGE_SECONDS}`, "u"));
    const set: { keys: Record<string, unknown>[] } = JSON.parse(answer.text);
    assert.deepEqual(new Set(set.keys.map(({ alg }) => alg)), new Set(["ES384", "RS384"]));
    for (const key of set.keys) {
      assert.ok(!("d" in key) && !("p" in key) && !("q" in key));
      assert.ok(typeof key["kid"] === "string" && key["use"] === "sig");
    }
  });

  it("are sealed at rest [smart 295]", async () => {
    const rows = await test.asOwner("select encode(sealed_private, 'escape') as sealed from handover.signing_key");
    assert.ok(rows.length === 2 && rows.every(({ sealed }) => !String(sealed).includes('"d"')));
  });

  it("rotate: the new one is published at once, signs only when every cache has seen it, and the old one leaves", async () => {
    const clock = { ms: Date.now() };
    const keys = createSigningKeys({ db: database.http, sealer, now: () => clock.ms });
    const old = (await keys.current("ES384")).kid;
    const { kid } = await keys.rotate("ES384");
    const published = (await keys.publicKeys()).keys;
    // Those of the default algorithm first: for servers that try the keys in their order, whatever the kid.
    assert.deepEqual(
      published.map(({ alg }) => alg),
      ["ES384", "ES384", "RS384"],
    );
    assert.equal(published[0]?.kid, kid);
    assert.equal((await keys.current("ES384")).kid, old);
    clock.ms += KEY_SET_MAX_AGE_SECONDS * 1000 + 60_000;
    assert.equal((await keys.current("ES384")).kid, kid);
    await test.asOwner("update handover.signing_key set retire_at = now() - interval '1 second' where kid = $1", [old]);
    clock.ms += 60_000;
    assert.ok(!(await keys.publicKeys()).keys.some((key) => key.kid === old));
  });

  it("select the oldest where none has been published long enough (first start)", () => {
    const row = (kid: string, ms: number): SigningKeyRow => ({
      kid,
      alg: "ES384",
      public_jwk: {},
      sealed_private: Buffer.alloc(0),
      created_at: new Date(ms),
      retire_at: null,
    });
    assert.equal(selectSigningKey([row("b", 2_000), row("a", 1_000)], "ES384", 3_000)?.kid, "a");
    assert.equal(
      selectSigningKey([row("b", 2_000), row("a", 1_000)], "ES384", 2_000 + KEY_SET_MAX_AGE_SECONDS * 1000)?.kid,
      "b",
    );
    assert.equal(selectSigningKey([], "ES384", 1), undefined);
  });
});

function trustOf(over: { now?: () => number } = {}) {
  const key = makeTestKey("c1");
  const tenant = tenantOf(
    "general",
    {},
    {
      apiClients: [
        { id: "gateway", key: "an-api-key-of-the-gateway", scopes: ["jobs:read"] },
        { id: "signer", jwks: { keys: [key.publicJwk] }, scopes: ["jobs:read", "fhir"] },
        { id: "inside", key: "an-api-key-of-inside", allow: ["10.0.0.0/8"] },
      ],
    },
  );
  const tenants = [tenant];
  const registry = createTenantRegistry(tenants);
  const trust = createTrust({
    clientCertificates: undefined,
    introspect: async () => ({ active: false }),
    readFile: () => "",
    publicUrl: "https://adapter.example",
    masterKey: MASTER_KEY,
    db: database.http,
    sealer,
    tenants: () => tenants,
    findIssuer: (iss, claimed) => registry.byIssuer(iss, claimed),
    secrets: {
      get: (name, holder) => {
        const value: unknown = Reflect.get(holder, name);
        return typeof value === "string" ? value : undefined;
      },
    },
    fetchOf: () => async () => new Response("away", { status: 503 }),
    now: over.now ?? Date.now,
    randomBytes,
    onUnavailable: () => {},
  });
  return { trust, key };
}

describe("client assertions", () => {
  it("are what SMART 2.2 asks for: iss = sub = client id, aud = token endpoint, exp within 5 minutes, a fresh jti [smart 307-309, 320, 321, 323, 324, 327-331]", async () => {
    const { trust } = trustOf();
    await trust.start();
    for (const alg of ["ES384", "RS384"] as const) {
      const jwt = await trust.signClientAssertion({
        clientId: "handover",
        tokenEndpoint: "https://ehr.example/token",
        alg,
      });
      const [head = "", body = "", signature = ""] = jwt.split(".");
      const [header, claims] = [head, body].map((part): Record<string, unknown> =>
        JSON.parse(Buffer.from(part, "base64url").toString()),
      );
      assert.deepEqual(
        [header?.["alg"], header?.["typ"], header?.["jku"]],
        [alg, "JWT", "https://adapter.example/.well-known/jwks.json"],
      );
      assert.deepEqual(
        [claims?.["iss"], claims?.["sub"], claims?.["aud"]],
        ["handover", "handover", "https://ehr.example/token"],
      );
      assert.ok(Number(claims?.["exp"]) - Number(claims?.["iat"]) <= 300 && String(claims?.["jti"]).length > 15);
      const jwk = (await trust.keys.publicKeys()).keys.find(({ kid }) => kid === header?.["kid"]);
      const publicKey = createPublicKey({ key: { ...jwk }, format: "jwk" });
      assert.ok(
        verifySignature(
          "sha384",
          Buffer.from(`${head}.${body}`),
          { key: publicKey, dsaEncoding: "ieee-p1363" },
          Buffer.from(signature, "base64url"),
        ),
      );
    }
  });
});

describe("API clients", () => {
  const from = (authorization: string | undefined, remoteAddress = "127.0.0.1") => ({ authorization, remoteAddress });
  const refused = (work: Promise<unknown>) => work.then(() => "accepted", refusalReason);

  it("are known by their key as Bearer, with their scopes", async () => {
    const { trust } = trustOf();
    const principal = await trust.authenticateApi(from("Bearer an-api-key-of-the-gateway"));
    assert.deepEqual(
      [principal.tenant, principal.actor, [...principal.scopes]],
      ["general", { kind: "api-client", id: "gateway" }, ["jobs:read"]],
    );
  });

  it("are refused without, with a wrong one, another scheme, or from another network", async () => {
    const { trust } = trustOf();
    assert.equal(await refused(trust.authenticateApi(from(undefined))), "credential.missing");
    assert.equal(await refused(trust.authenticateApi(from("Basic YTpi"))), "credential.missing");
    assert.equal(await refused(trust.authenticateApi(from("Bearer an-api-key-of-the-gatewax"))), "credential.unknown");
    assert.equal(await refused(trust.authenticateApi(from("Bearer an-api-key-of-inside"))), "network.not-allowed");
    assert.equal(
      (await trust.authenticateApi(from("Bearer an-api-key-of-inside", "::ffff:10.1.2.3"))).actor.id,
      "inside",
    );
  });

  it("get a short-lived token by private_key_jwt, once per assertion (RFC 7523)", async () => {
    const clock = { ms: Date.now() };
    const { trust, key } = trustOf({ now: () => clock.ms });
    const app = createHttpApp({
      publicUrl: "https://adapter.example",
      families: [{ paths: ["/oauth"], errors: "oauth", walled: true, router: createOauthRoutes(trust.oauth) }],
      inboundAllowed: () => true,
      log: createLog({ level: "silent" }),
      metrics: createMetrics({ defaults: false }),
      onRefused: () => {},
    });
    const form = (over: Record<string, string> = {}) => ({
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: signJwt(key, {
        ...hookClaims("signer", "https://adapter.example/oauth/token", clock.ms),
        sub: "signer",
      }),
      ...over,
    });
    const ask = (fields: Record<string, string>) => request(app).post("/oauth/token").type("form").send(fields);
    const fields = form({ scope: "jobs:read endpoints:write" });
    const { status, body, headers } = await ask(fields);
    assert.deepEqual(
      [status, body.token_type, body.expires_in, body.scope, headers["cache-control"]],
      [200, "Bearer", 300, "jobs:read", "no-store"],
    );
    const principal = await trust.authenticateApi(from(`Bearer ${body.access_token}`));
    assert.deepEqual([principal.actor.id, [...principal.scopes]], ["signer", ["jobs:read"]]);
    assert.deepEqual([(await ask(fields)).status, (await ask(fields)).body.error], [401, "invalid_client"]);
    assert.equal((await ask(form({ grant_type: "password" }))).body.error, "unsupported_grant_type");
    assert.equal((await ask(form({ scope: "admin" }))).body.error, "invalid_scope");
    assert.equal(
      (
        await ask(
          form({
            client_assertion: signJwt(key, {
              ...hookClaims("signer", "https://adapter.example/oauth/token", clock.ms),
              sub: "gateway",
            }),
          }),
        )
      ).status,
      401,
    );
    assert.equal(
      (
        await ask(
          form({
            client_assertion: signJwt(key, {
              ...hookClaims("gateway", "https://adapter.example/oauth/token", clock.ms),
              sub: "gateway",
            }),
          }),
        )
      ).status,
      401,
    );
    clock.ms += 301_000;
    assert.equal(await refused(trust.authenticateApi(from(`Bearer ${body.access_token}`))), "credential.unknown");
  });

  it("cannot make a token of their own: another key, another type", async () => {
    const { trust } = trustOf();
    const token = await trust.oauth.tokens.issue({ tenant: "general", client: "signer", scopes: ["jobs:read"] });
    assert.equal(await refused(trust.authenticateApi(from(`Bearer ${token.slice(0, -2)}AA`))), "credential.unknown");
    const assertion = await trust.signClientAssertion({
      clientId: "signer",
      tokenEndpoint: "https://adapter.example",
      alg: "ES384",
    });
    assert.equal(await refused(trust.authenticateApi(from(`Bearer ${assertion}`))), "credential.unknown");
  });
});

describe("tickets", () => {
  const clock = { ms: Date.now() };
  const tickets = () => createTickets({ db: database.http, sealer, now: () => clock.ms, randomBytes });
  const input = {
    tenant: "general",
    purpose: "open",
    patient: "Patient/p1",
    encounter: "Encounter/e1",
    job: "job-1",
    userId: "Practitioner/d1",
  } as const;
  const refused = (work: Promise<unknown>) => work.then(() => "accepted", refusalReason);

  it("open once and read only; looking does not use them up", async () => {
    const store = tickets();
    const text = await store.issue(input);
    for (let look = 0; look < 3; look += 1) assert.equal((await store.look(text)).purpose, "open");
    const session = await store.redeem(text, async ({ job }) => job ?? "none");
    assert.deepEqual(
      [await refused(store.look(text)), await refused(store.redeem(text, async () => "x"))],
      ["ticket.used", "ticket.used"],
    );
    const principal = await store.session(session.token);
    assert.deepEqual(
      [principal?.actor, principal?.session?.job, principal?.session?.maySign, [...(principal?.scopes ?? [])]],
      [{ kind: "ticket", id: "Practitioner/d1" }, "job-1", false, ["jobs:read"]],
    );
  });

  it("of two redemptions at once one opens", async () => {
    const store = tickets();
    const text = await store.issue(input);
    const results = await Promise.all(
      Array.from({ length: 5 }, () => refused(store.redeem(text, async () => "job-1"))),
    );
    assert.equal(results.filter((result) => result === "accepted").length, 1);
  });

  it("run out, and so do their sessions", async () => {
    const store = tickets();
    const late = await store.issue(input);
    const { token } = await store.redeem(await store.issue(input), async () => "job-1");
    clock.ms += TICKET_MINUTES * 60_000 + 1_000;
    assert.equal(await refused(store.look(late)), "ticket.expired");
    clock.ms += TICKET_SESSION_MINUTES * 60_000;
    assert.equal(await store.session(token), undefined);
  });

  it("stay good when what they are for fails", async () => {
    const store = tickets();
    const text = await store.issue(input);
    await assert.rejects(store.redeem(text, async () => Promise.reject(new Error("away"))));
    assert.equal((await store.redeem(text, async () => "job-1")).job, "job-1");
  });

  it("keep their text, their session and the chart they carry unreadable in the database", async () => {
    const store = tickets();
    const text = await store.issue({
      ...input,
      purpose: "start",
      snapshot: {
        resources: [{ resourceType: "Patient", id: "p1", name: [{ family: CANARY }] }],
        gaps: ["AllergyIntolerance: not in the prefetch (allergies)"],
      },
    });
    const dump = JSON.stringify(
      await test.asOwner("select *, encode(sealed_snapshot, 'escape') as plain from handover.ticket"),
    );
    assert.ok(!dump.includes(CANARY) && !dump.includes(text.slice(8)));
    const { job } = await store.redeem(text, async ({ snapshot }) =>
      JSON.stringify([snapshot?.resources[0]?.id, snapshot?.gaps]),
    );
    assert.equal(job, '["p1",["AllergyIntolerance: not in the prefetch (allergies)"]]');
    assert.deepEqual(
      await test.asOwner("select count(*)::int as n from handover.ticket where sealed_snapshot is not null"),
      [{ n: 0 }],
    );
  });

  it("of nobody, guessed, cut or of another tenant are unknown", async () => {
    const store = tickets();
    const text = await store.issue(input);
    for (const bad of [
      "",
      "general",
      text.slice(0, -1),
      text.replace("general", "other"),
      `general.${"A".repeat(43)}`,
      "' OR 1=1--",
    ]) {
      assert.equal(await refused(store.look(bad)), "ticket.unknown", bad);
      assert.equal(await store.session(bad), undefined);
    }
  });
});

describe("the memory of calls and cards", () => {
  const memory = () => createCardMemory({ db: database.http, sealer });
  const call = (over: object = {}): HookCall & { encounter: string } => ({
    tenant: tenantOf("general"),
    actor: { kind: "ehr", id: "https://ehr.example" },
    hook: "encounter-discharge",
    hookInstance: randomUUID(),
    userId: "Practitioner/d1",
    patient: "Patient/p1",
    encounter: "Encounter/e1",
    ...over,
  });

  it("keeps a hookInstance for one patient and stay, 20 at once", async () => {
    const first = call();
    await Promise.all(Array.from({ length: 20 }, () => memory().rememberCall(first)));
    await assert.rejects(memory().rememberCall({ ...first, patient: "Patient/p2" }), { code: "hook_instance_reused" });
  });

  it("understands feedback by the card alone: this user, this job, once [cds-hooks 148]", async () => {
    const encounter = `Encounter/${randomUUID()}`;
    const shown = call({ encounter });
    const uuid = randomUUID();
    await memory().rememberCards("discharge-summary", shown, [{ uuid, state: "draft-ready", job: "job-7" }]);
    assert.equal(await memory().overridden("discharge-summary", shown, "job-7"), false);
    const item = {
      card: uuid.toUpperCase(),
      outcome: "overridden",
      outcomeTimestamp: "2026-03-17T10:00:00Z",
      overrideReason: { reason: { code: "not-now", system: "urn:x" }, userComment: CANARY },
    } as const;
    const stored = await memory().storeFeedback("general", [item, item, { ...item, card: randomUUID() }]);
    assert.deepEqual(
      stored.map(({ job, userId }) => [job, userId]),
      [["job-7", "Practitioner/d1"]],
    );
    assert.deepEqual(await memory().storeFeedback("general", [item]), []);
    assert.equal(await memory().overridden("discharge-summary", shown, "job-7"), true);
    assert.equal(await memory().overridden("discharge-summary", shown, "job-8"), false, "a new job is a new start");
    assert.equal(
      await memory().overridden("discharge-summary", { ...shown, userId: "Practitioner/d2" }, "job-7"),
      false,
      "another user still sees it",
    );
    assert.equal(
      await memory().overridden("pending-results", shown, "job-7"),
      false,
      "another service still shows its",
    );
    assert.deepEqual(
      await memory().storeFeedback("other", [{ ...item, outcome: "accepted" }]),
      [],
      "another tenant's card is unknown",
    );
    assert.ok(
      !JSON.stringify(
        await test.asOwner("select *, encode(sealed_comment, 'escape') as plain from handover.feedback"),
      ).includes(CANARY),
    );
  });

  it("gives back what stood on the cards that this user put aside, by service and stay; a card needs no stay (148)", async () => {
    const encounter = `Encounter/${randomUUID()}`;
    const shown = { ...call(), hook: "patient-view" } as const;
    const { encounter: _visit, ...outside } = shown;
    const [seen, accepted] = [randomUUID(), randomUUID()];
    await memory().rememberCards("pending-results", outside, [
      { uuid: seen, state: "results-final", job: "job-7", encounter, items: ["a", "b"] },
      { uuid: accepted, state: "results-final", encounter, items: ["c"] },
      { uuid: randomUUID(), state: "note" },
    ]);
    const item = { card: seen, outcome: "overridden", outcomeTimestamp: "2026-03-20T10:00:00Z" } as const;
    await memory().storeFeedback("general", [item, { ...item, card: accepted, outcome: "accepted" }]);
    const aside = (service: string, userId: string, stays: readonly string[]) =>
      memory().putAside(service, { ...outside, userId }, stays);
    assert.deepEqual([...(await aside("pending-results", "Practitioner/d1", [encounter]))].toSorted(), ["a", "b"]);
    assert.equal((await aside("pending-results", "Practitioner/d2", [encounter])).size, 0, "another user");
    assert.equal((await aside("discharge-summary", "Practitioner/d1", [encounter])).size, 0, "another service");
    assert.equal((await aside("pending-results", "Practitioner/d1", ["Encounter/e9"])).size, 0, "another stay");
  });
});

describe("the audit log", () => {
  const entry = (tenant: string, job: string) =>
    ({
      tenant,
      action: "job.read",
      outcome: "success",
      actor: { kind: "practitioner", id: "Practitioner/d1", display: "Dr D" },
      job,
      patient: "Patient/p1",
    }) as const;
  const audit = () => createAudit({ db: database.http, masterKey: MASTER_KEY, now: Date.now });
  const altered: string[] = [];
  const chain = async (): Promise<void> => {
    const deps = { database, masterKey: MASTER_KEY, onError: assert.ifError };
    while (await chainPending({ ...deps, onAltered: (tenant, number) => altered.push(`${tenant} ${number}`) }));
  };

  it("numbers without gaps while many write and many chain at once, and verifies", async () => {
    const write = async (index: number): Promise<void> => {
      await audit().record(entry("audit-a", `job-${index}`));
      if (index % 3 === 0) await chain();
    };
    await Promise.all(Array.from({ length: 30 }, (_, index) => write(index)));
    await chain();
    const verdict = await verifyAudit(database.http, "audit-a", MASTER_KEY);
    assert.deepEqual([verdict.ok, verdict.entries, verdict.ok && verdict.pending], [true, 30, 0]);
  });

  it("shows an entry that was changed before it was chained, then and for good", async () => {
    const tenant = "audit-d";
    for (const job of ["job-1", "job-2"]) await audit().record(entry(tenant, job));
    const verdict = () => verifyAudit(database.http, tenant, MASTER_KEY);
    assert.deepEqual([(await verdict()).ok, (await verdict()).entries], [true, 0]);
    await test.asOwner("update handover.audit_pending set patient = 'Patient/p2' where tenant = $1 and job = 'job-2'", [
      tenant,
    ]);
    assert.deepEqual(await verdict(), { ok: false, entries: 0, at: 1, problem: "changed" });
    await chain();
    await audit().record(entry(tenant, "job-3"));
    await chain();
    assert.deepEqual(await verdict(), { ok: false, entries: 1, at: 2, problem: "changed" });
    assert.deepEqual(altered, ["audit-d 2"]);
  });

  it("stands or falls with the change it tells of", async () => {
    await assert.rejects(
      database.http.transaction("audit-b", async (tx) => {
        await audit().record(entry("audit-b", "job-1"), tx);
        throw new Error("the change failed");
      }),
    );
    assert.equal((await verifyAudit(database.http, "audit-b", MASTER_KEY)).entries, 0);
  });

  it("shows a changed row, a missing row, a cut end, and another key", async () => {
    const tenant = "audit-c";
    for (let index = 1; index <= 5; index += 1) await audit().record(entry(tenant, `job-${index}`));
    await chain();
    const verdict = () => verifyAudit(database.http, tenant, MASTER_KEY);
    await test.asOwner("update handover.audit set patient = 'Patient/p2' where tenant = $1 and number = 3", [tenant]);
    assert.deepEqual(await verdict(), { ok: false, entries: 2, at: 3, problem: "changed" });
    await test.asOwner("delete from handover.audit where tenant = $1 and number = 3", [tenant]);
    assert.deepEqual(await verdict(), { ok: false, entries: 2, at: 3, problem: "gap" });
    await test.asOwner("delete from handover.audit where tenant = $1 and number > 2", [tenant]);
    assert.deepEqual(await verdict(), { ok: false, entries: 2, at: 3, problem: "cut" });
    assert.equal((await verifyAudit(database.http, "audit-a", new Uint8Array(32))).ok, false);
  });

  it("can be written by the app, and neither changed nor deleted", async () => {
    const attempts = [
      "update handover.audit set reason = 'x'",
      "delete from handover.audit",
      "truncate handover.audit",
    ];
    for (const text of attempts) {
      await assert.rejects(
        database.http.transaction("audit-a", (tx) => tx.query(text, [])),
        /permission denied/u,
      );
    }
  });
});
