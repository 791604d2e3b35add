/** Endpoints from the configuration file: idempotent, and never undoing what was changed elsewhere (contract, section 2). */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { EndpointConfig, TenantConfig } from "../../src/config/tenant-schema.ts";
import { AdapterError } from "../../src/core/errors.ts";
import type { Database } from "../../src/db/database.ts";
import { openJson, sealJson } from "../../src/db/sealer.ts";
import type { ApplyDependencies } from "../../src/delivery/apply-endpoints.ts";
import { applyEndpoints } from "../../src/delivery/apply-endpoints.ts";
import type { EndpointSecrets } from "../../src/delivery/endpoint.ts";
import { sealContext } from "../../src/delivery/endpoint.ts";
import { aTenant, applyDependencies, secret, testSealer } from "../support/delivery.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";

let db: TestDatabase;
let database: Database;
let tenant: string;
let number = 0;
before(async () => {
  db = await createTestDatabase();
  database = db.open();
});
after(() => db.drop());
beforeEach(() => void (tenant = `t${(number += 1)}`));

const url = "https://hospital.example/hook";
const other = `whsec_${Buffer.alloc(24, 5).toString("base64")}`;

function apply(endpoint: Partial<EndpointConfig>, changes: Partial<ApplyDependencies> = {}) {
  return applyAll([aTenant(tenant, [{ url, ...endpoint }])], changes);
}

/** What became of the one endpoint; undefined where none was named. */
async function applyAll(tenants: readonly TenantConfig[], changes: Partial<ApplyDependencies> = {}) {
  const outcomes = await database.worker.transaction(null, (tx) =>
    applyEndpoints(tx, tenants, applyDependencies(changes)),
  );
  return outcomes[0]?.outcome;
}

async function row(): Promise<Record<string, unknown>> {
  const [found] = await db.asOwner("select * from handover.endpoint where tenant = $1", [tenant]);
  assert.ok(found);
  return found;
}

async function secrets(): Promise<EndpointSecrets> {
  const { sealed } = await row();
  return openJson(testSealer, sealed as Buffer, sealContext(tenant, "his")) as EndpointSecrets;
}

describe("applyEndpoints", () => {
  test("makes what is new, leaves what is the same, changes what the file changes", async () => {
    assert.equal(await apply({}), "created");
    assert.equal(await apply({}), "unchanged");
    assert.equal(await apply({ concurrency: 9 }), "changed");
    assert.equal(((await row())["settings"] as { concurrency: number }).concurrency, 9);
  });

  test("leaves numbers, circuit and status alone", async () => {
    await apply({});
    await db.asOwner(
      "update handover.endpoint set last_sequence = 41, circuit = 'open', circuit_failures = 5, status = 'disabled' where tenant = $1",
      [tenant],
    );
    await apply({ concurrency: 9 });
    const { last_sequence, circuit, status } = await row();
    assert.deepEqual([last_sequence, circuit, status], ["41", "open", "disabled"]);
  });

  test("leaves what is absent from the file alone", async () => {
    await apply({});
    await applyAll([aTenant(tenant)]);
    assert.equal((await row())["status"], "active");
  });

  test("does not undo a setting that was changed elsewhere since", async () => {
    await apply({});
    await db.asOwner(
      "update handover.endpoint set settings = jsonb_set(settings, '{concurrency}', '7') where tenant = $1",
      [tenant],
    );
    assert.equal(await apply({}), "unchanged");
    assert.equal(((await row())["settings"] as { concurrency: number }).concurrency, 7);
  });

  test("another setting in the file changes that one, and leaves what was changed elsewhere since", async () => {
    await apply({});
    const moved =
      'update handover.endpoint set settings = settings || \'{"url": "https://new.example/hook", "concurrency": 7}\' where tenant = $1';
    await db.asOwner(moved, [tenant]);
    assert.equal(await apply({ ratePerSecond: 9 }), "changed");
    const { url, concurrency, ratePerSecond } = (await row())["settings"] as Record<string, unknown>;
    assert.deepEqual([url, concurrency, ratePerSecond], ["https://new.example/hook", 7, 9]);
    assert.equal(await apply({ ratePerSecond: 9, concurrency: 3 }), "changed");
    assert.equal(((await row())["settings"] as { concurrency: number }).concurrency, 3);
  });

  test("authorisation that the API changed since stays, until the file names another", async () => {
    const bearer = (token: string) => ({
      accessOf: () => ({ authorization: { type: "bearer", token } as const, tls: null }),
    });
    assert.equal(await apply({}, bearer("of-the-file")), "created");
    assert.equal(await apply({}, bearer("of-the-file")), "unchanged");
    const changed = { ...(await secrets()), authorization: { type: "bearer", token: "of-the-api" } as const };
    const sealed = sealJson(testSealer, changed, sealContext(tenant, "his"));
    await db.asOwner("update handover.endpoint set sealed = $2 where tenant = $1", [tenant, sealed]);
    assert.equal(await apply({}, bearer("of-the-file")), "unchanged");
    assert.deepEqual((await secrets()).authorization, { type: "bearer", token: "of-the-api" });
    assert.equal(await apply({}, bearer("of-the-file-anew")), "changed");
    assert.deepEqual((await secrets()).authorization, { type: "bearer", token: "of-the-file-anew" });
    assert.equal(await apply({}), "changed");
    assert.equal((await secrets()).authorization, undefined);
  });

  test("a version of ours with new settings is no change of the file", async () => {
    await apply({});
    const older =
      "update handover.endpoint set applied = applied - 'disableAfterMs' - 'asymmetric', settings = settings || '{\"concurrency\": 7}' where tenant = $1";
    await db.asOwner(older, [tenant]);
    assert.equal(await apply({}), "unchanged");
    assert.equal(((await row())["settings"] as { concurrency: number }).concurrency, 7);
  });

  test("secrets stand sealed, nowhere in clear", async () => {
    await apply({ headers: { authorization: "Bearer of-the-hospital" } });
    assert.deepEqual((await secrets()).signing, [{ value: secret }]);
    const all = JSON.stringify(await db.asOwner("select t::text from handover.endpoint t where tenant = $1", [tenant]));
    const inHex = (text: string): string => Buffer.from(text).toString("hex");
    for (const text of [secret, "of-the-hospital", inHex(secret), inHex("of-the-hospital")])
      assert.ok(!all.includes(text));
  });

  test("another secret in the file is a rotation: the old one goes on signing for 24 h", async () => {
    const nowMs = Date.now();
    await apply({}, { now: () => nowMs });
    await apply({ secret: other }, { now: () => nowMs });
    assert.deepEqual((await secrets()).signing, [
      { value: other },
      { value: secret, validUntilMs: nowMs + 86_400_000 },
    ]);
    await apply({ secret: other }, { now: () => nowMs + 1000 });
    assert.equal((await secrets()).signing[1]?.validUntilMs, nowMs + 86_400_000, "applying again does not prolong it");
  });

  test("two replicas that start at once make one row", async () => {
    const results = await Promise.allSettled([apply({}), apply({}), apply({})]);
    assert.ok(results.every(({ status }) => status === "fulfilled"));
    assert.equal((await db.asOwner("select 1 from handover.endpoint where tenant = $1", [tenant])).length, 1);
  });

  const wrong: [string, Partial<EndpointConfig>, Partial<ApplyDependencies>, RegExp][] = [
    ["no secret", {}, { secretOf: () => undefined }, /a secret is needed/u],
    ["a secret that is no Standard Webhooks secret", { secret: "just some words here" }, {}, /whsec_/u],
    ["an address that may not be called", {}, { refuseUrl: () => "special_address" }, /special_address/u],
    ["a pattern that matches no event", { events: ["sumary.*"] }, {}, /sumary/u],
    ["a header that is ours", { headers: { "Webhook-Id": "x" } }, {}, /webhook-id/u],
    ["a header with a line break", { headers: { "x-a": "1\r\nHost: b" } }, {}, /not allowed/u],
  ];
  for (const [name, endpoint, changes, text] of wrong) {
    test(`refuses ${name}: says which endpoint of which tenant, and no secret`, async () => {
      await assert.rejects(apply(endpoint, changes), (error) => {
        assert.ok(error instanceof AdapterError && error.code === "configuration_invalid");
        assert.match(error.message, text);
        assert.match(error.message, new RegExp(`tenant ${tenant}, endpoint his`, "u"));
        return !error.message.includes(endpoint.secret ?? secret);
      });
    });
  }
});
