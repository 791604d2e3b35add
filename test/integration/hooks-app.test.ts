/** The hook's whole way on the composed adapter: two replicas, one real Postgres, the template engine behind. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, it } from "node:test";
import request from "supertest";
import type { App } from "../../src/app.ts";
import { createApp } from "../../src/app.ts";
import { verifyAudit } from "../../src/audit/verify.ts";
import { ADAPTER_TENANT } from "../../src/core/access/adapter-tenant.ts";
import { loadConfig } from "../../src/config/load.ts";
import { encounter, fullPrefetch, patient } from "../support/hook-world.ts";
import { hookClaims, makeTestKey, signJwt } from "../support/jwt-issuer.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";

const PUBLIC_URL = "https://adapter.example";
const SERVICE = "/cds-services/discharge-summary";
const MASTER_KEY = "ab".repeat(32);
const CANARY = "Chewbacca-canary";
const key = makeTestKey("k1");
const issuer = { iss: "https://ehr.example", jwks: { keys: [key.publicJwk] } };
const tenants = [
  {
    id: "general",
    name: "General",
    environment: "test",
    ehr: {
      fhirBaseUrl: "https://ehr.example/fhir",
      frameAncestors: ["https://ehr.example"],
      cdsHooks: { issuers: [issuer] },
    },
  },
  {
    id: "childrens",
    name: "Children's",
    environment: "test",
    ehr: { fhirBaseUrl: "https://kids.example/fhir", cdsHooks: { issuers: [{ ...issuer, tenant: "kids" }] } },
  },
];

let database: TestDatabase;
/** In order of start; a start that fails must not leave the others open. */
const replicas: App[] = [];

before(async () => {
  database = await createTestDatabase();
  const start = (roles: string): Promise<App> =>
    createApp(
      loadConfig({
        environment: {
          DATABASE_URL: database.appUrl,
          DATABASE_MIGRATION_URL: database.ownerUrl,
          PUBLIC_URL,
          PORT: "0",
          HANDOVER_ROLES: roles,
          HANDOVER_MASTER_KEY: MASTER_KEY,
          LOG_LEVEL: "silent",
        },
        file: { tenants },
      }),
    );
  for (const roles of ["api,worker", "api"]) replicas.push(await start(roles));
});
after(async () => {
  await Promise.all(replicas.map((app) => app.stop(1_000)));
  await database.drop();
});

const agent = (replica: 0 | 1) => request(`http://127.0.0.1:${replicas[replica]?.port ?? 0}`);
const bearer = (path = SERVICE, claims: object = {}): string =>
  `Bearer ${signJwt(key, hookClaims(issuer.iss, PUBLIC_URL + path, Date.now(), claims))}`;

interface Stay {
  readonly patientId: string;
  readonly encounterId: string;
}

function newStay(): Stay {
  return { patientId: randomUUID(), encounterId: randomUUID() };
}

function bodyOf({ patientId, encounterId }: Stay, over: object = {}): object {
  return {
    hook: "encounter-discharge",
    hookInstance: randomUUID(),
    context: { userId: "Practitioner/d1", patientId, encounterId },
    prefetch: fullPrefetch({
      patient: { ...patient, id: patientId },
      encounter: { ...encounter, id: encounterId, subject: { reference: `Patient/${patientId}` } },
    }),
    ...over,
  };
}

const invoke = (stay: Stay, over: object = {}, replica: 0 | 1 = 0, authorization = bearer()) =>
  agent(replica)
    .post(SERVICE)
    .set({ authorization, "content-type": "application/json" })
    .send(JSON.stringify(bodyOf(stay, over)));
const view = (stay: Stay, over: object = {}, replica: 0 | 1 = 0) =>
  invoke(stay, { hook: "patient-view", prefetch: undefined, ...over }, replica);

async function draftReady(stay: Stay): Promise<{ uuid: string; summary: string; links: { url: string }[] }> {
  return eventually(async () => {
    const { body } = await view(stay);
    assert.match(body.cards[0]?.summary ?? "", /ready/u);
    return body.cards[0];
  });
}

it("a hook's trace is kept with the job that it starts, and with nothing that says what it is about", async () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";
  const stay = newStay();
  await agent(0)
    .post(SERVICE)
    .set({ authorization: bearer(), "content-type": "application/json", traceparent })
    .send(JSON.stringify(bodyOf(stay)))
    .expect(200);
  const rows = await database.asOwner("select trace_parent from handover.job where encounter = $1", [
    `Encounter/${stay.encounterId}`,
  ]);
  assert.deepEqual(rows, [{ trace_parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }]);
});

describe("from hook to card", () => {
  it("starts one job for 20 calls on two replicas, and the card follows it", async () => {
    const stay = newStay();
    const hookInstance = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => invoke(stay, { hookInstance }, index % 2 === 0 ? 0 : 1)),
    );
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
    assert.deepEqual(
      await database.asOwner("select count(*)::int as n from handover.job where encounter = $1", [
        `Encounter/${stay.encounterId}`,
      ]),
      [{ n: 1 }],
    );
    await draftReady(stay);
  });

  it("takes a token once across replicas", async () => {
    const authorization = bearer();
    const stay = newStay();
    assert.equal((await invoke(stay, {}, 0, authorization)).status, 200);
    assert.equal((await invoke(stay, {}, 1, authorization)).status, 401);
  });

  it("opens by a one-time link where the tenant has no SMART client; the link's session reads and cannot sign", async () => {
    const stay = newStay();
    await invoke(stay);
    const { links } = await draftReady(stay);
    const path = new URL(links[0]?.url ?? "").pathname;
    assert.equal((await agent(1).get(path)).status, 200);
    const opened = await agent(1).post(path);
    assert.ok([302, 303].includes(opened.status), String(opened.status));
    assert.match(String(opened.headers["set-cookie"]), /Secure.*Partitioned/u);
    assert.notEqual((await agent(0).post(path)).status, 303);
  });

  it("heeds feedback: a card put aside stays away from this user, and from nobody else", async () => {
    const stay = newStay();
    await invoke(stay);
    const { uuid } = await draftReady(stay);
    const feedback = [
      {
        card: uuid,
        outcome: "overridden",
        outcomeTimestamp: new Date().toISOString(),
        overrideReason: { reason: { code: "not-now" }, userComment: CANARY },
      },
    ];
    const path = `${SERVICE}/feedback`;
    const sent = await agent(1)
      .post(path)
      .set({ authorization: bearer(path), "content-type": "application/json" })
      .send(JSON.stringify({ feedback }));
    assert.equal(sent.status, 200);
    assert.deepEqual((await view(stay)).body, { cards: [] });
    assert.deepEqual((await invoke(stay)).body, { cards: [] }, "another hook is no start");
    const other = { userId: "Practitioner/d2", ...stay };
    assert.equal((await view(stay, { context: other })).body.cards.length, 1);
  });

  it("never shows one tenant's job to another", async () => {
    const stay = newStay();
    await invoke(stay);
    await draftReady(stay);
    const answer = await invoke(
      stay,
      { hook: "patient-view", prefetch: undefined },
      0,
      bearer(SERVICE, { tenant: "kids" }),
    );
    assert.deepEqual([answer.status, answer.body], [200, { cards: [] }]);
  });

  it("answers 412 where nothing can bring the chart", async () => {
    const answer = await invoke(newStay(), { prefetch: {} });
    assert.deepEqual([answer.status, JSON.parse(answer.text).resourceType], [412, "OperationOutcome"]);
  });

  it("audits what was shown and what was refused, in a chain that holds", async () => {
    await eventually(async () => {
      const rows = await database.asOwner(
        "select distinct action, outcome from handover.audit where tenant in ('general', '_adapter') order by 1, 2",
      );
      const seen = new Set(rows.map(({ action, outcome }) => `${String(action)} ${String(outcome)}`));
      for (const expected of [
        "auth.refused refused",
        "hook.feedback success",
        "hook.invoke success",
        "job.create success",
      ])
        assert.ok(seen.has(expected), expected);
      return true;
    });
    const pools = database.open();
    for (const tenant of ["general", ADAPTER_TENANT])
      assert.equal((await verifyAudit(pools.http, tenant, Buffer.from(MASTER_KEY, "hex"))).ok, true, tenant);
  });

  it("leaves no name of the chart and no comment readable in any table, pg-boss's included", async () => {
    const tables = await database.asOwner(
      "select table_schema as s, table_name as t from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')",
    );
    // A row's text shows bytes in hexadecimal, so both spellings are looked for.
    const spellings = [CANARY, Buffer.from(CANARY).toString("hex")].map((text) => `%${text}%`);
    for (const { s, t } of tables) {
      const found = await database.asOwner(
        `select count(*)::int as n from "${String(s)}"."${String(t)}" as entry where entry::text like any($1)`,
        [spellings],
      );
      assert.deepEqual(found, [{ n: 0 }], `${String(s)}.${String(t)}`);
    }
    assert.deepEqual(
      await database.asOwner("select ($1 like any($2)) as seen", [`a ${CANARY} b`, spellings]),
      [{ seen: true }],
      "the search can find it",
    );
  });
});

describe("database away", () => {
  it("a verified caller still gets a truthful card in time, and readiness says so", async () => {
    const stay = newStay();
    const name = new URL(database.ownerUrl).pathname.slice(1);
    // No connection of the app may stay or come back, as when the server is gone; only this database is touched.
    await database.asOwner(`alter database ${name} connection limit 0`);
    await database.asOwner(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'handover_app'",
      [name],
    );
    try {
      const startedAt = performance.now();
      const { status, body } = await invoke(stay, {}, 1);
      assert.ok(performance.now() - startedAt < 600);
      assert.equal(status, 200);
      assert.match(body.cards[0].summary, /briefly unavailable/u);
      assert.equal((await agent(1).get("/readyz")).status, 503);
    } finally {
      await database.asOwner(`alter database ${name} connection limit -1`);
    }
    await eventually(async () => (await agent(1).get("/readyz")).status === 200);
  });
});
