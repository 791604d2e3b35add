/** `handover doctor --tenant` and `handover tenant test` as processes, against a running adapter and sandbox EHR. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { z } from "zod";
import { handover } from "../support/cli.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { masterKey, startWholeApp, tenantFile } from "../support/whole-app.ts";

const report = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({ name: z.string(), ok: z.boolean(), found: z.string(), fix: z.string().optional() }).strict(),
  ),
});

const sheet = z.object({
  tenant: z.string(),
  registration: z.array(
    z.object({ title: z.string(), entries: z.array(z.object({ label: z.string(), value: z.string() })) }),
  ),
});

suite("handover doctor --tenant", () => {
  let app: WholeApp;
  let folder: string;
  let environment: Record<string, string>;

  /** The running adapter's tenant, its inline secrets left out: those are for the demo. */
  async function configure(network: object = {}): Promise<void> {
    const file = { ...tenantFile(app.sandbox, { endpoints: [] }), apiClients: [] };
    const tenant = { ...file, network: { allowHttp: true, allow: ["127.0.0.1/32"], ...network } };
    await writeFile(join(folder, "handover.json"), JSON.stringify({ tenants: [tenant] }));
  }

  before(async () => {
    app = await startWholeApp();
    folder = await mkdtemp(join(tmpdir(), "handover-doctor-"));
    environment = {
      DATABASE_URL: app.database.appUrl,
      HANDOVER_MASTER_KEY: masterKey,
      HANDOVER_CONFIG: join(folder, "handover.json"),
      PUBLIC_URL: app.url,
    };
    await configure();
  });
  after(async () => {
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("with the adapter's own keys a token is granted; exit code 0; `tenant test` is the same", async () => {
    const ends = await Promise.all([
      handover(["doctor", "--tenant", "general", "--json"], environment),
      handover(["tenant", "test", "general", "--json"], environment),
    ]);
    for (const end of ends) {
      assert.equal(end.code, 0, end.stdout + end.stderr);
      const { ok, checks } = report.parse(JSON.parse(end.stdout));
      assert.equal(ok, true);
      assert.match(checks.find(({ name }) => name === "token")?.found ?? "", /granted to client handover-backend/u);
      assert.match(checks.find(({ name }) => name === "own keys")?.found ?? "", /holds the 2 keys/u);
    }
  });

  test("for people: a line a check, notes and faults set apart, no secret", async () => {
    await configure({ allow: [] });
    const end = await handover(["doctor", "--tenant", "general"], environment);
    await configure();
    assert.equal(end.code, 1);
    assert.match(end.stdout, /^ {2}FAILED {2}addresses +ehr\.fhirBaseUrl: 127\.0\.0\.1 is a loopback IPv4 address/mu);
    assert.match(end.stdout, /^ +Fix: Add "127\.0\.0\.1\/32"/mu);
    assert.match(end.stdout, /^ {2}note {4}own keys/mu);
    assert.ok(!end.stdout.includes(masterKey) && !end.stdout.includes(new URL(app.database.appUrl).password));
  });

  test("another master key than the adapter's: our keys cannot be read, and that is said", async () => {
    const other = { ...environment, HANDOVER_MASTER_KEY: Buffer.alloc(32, 12).toString("base64") };
    const end = await handover(["doctor", "--tenant", "general", "--json"], other);
    const failed = report.parse(JSON.parse(end.stdout)).checks.filter(({ ok }) => !ok);
    assert.equal(end.code, 1);
    assert.match(failed.find(({ name }) => name === "token")?.fix ?? "", /master key/u);
  });

  test("a tenant that is not configured: which ones are", async () => {
    for (const args of [
      ["doctor", "--tenant", "nowhere"],
      ["tenant", "test", "nowhere"],
    ]) {
      const end = await handover(args, environment);
      assert.equal(end.code, 78);
      assert.match(end.stderr, /no tenant nowhere; file and database hold: general/u);
    }
    assert.match((await handover(["doctor", "--registration"], environment)).stderr, /--tenant/u);
  });

  test("--registration: what goes into the EHR's forms, and no call to anybody", async () => {
    const before = app.sandbox.ehr.journal.entries().length;
    const end = await handover(["doctor", "--tenant", "general", "--registration", "--json"], environment);
    assert.equal(end.code, 0);
    const { registration } = sheet.parse(JSON.parse(end.stdout));
    assert.deepEqual(
      registration.map(({ title }) => title),
      ["CDS Hooks", "SMART app launch", "SMART Backend Services"],
    );
    const values = new Set(registration.flatMap(({ entries }) => entries.map(({ value }) => value)));
    for (const path of [
      "/cds-services",
      "/cds-services/discharge-summary",
      "/cds-services/pending-results",
      "/smart/launch",
      "/smart/callback",
      "/.well-known/jwks.json",
    ])
      assert.ok(values.has(`${app.url}${path}`), path);
    // Epic's form has interfaces to choose, type by type, where others take scopes.
    const byType = registration.flatMap(({ entries }) => entries.filter(({ label }) => /^ {2}Create/u.test(label)));
    assert.deepEqual(
      byType.map(({ value }) => value),
      ["DocumentReference", "DocumentReference"],
    );
    const text = await handover(["tenant", "test", "general", "--registration"], environment);
    assert.match(text.stdout, /^ {2}Redirect URI +http:\S+\/smart\/callback$/mu);
    assert.equal(app.sandbox.ehr.journal.entries().length, before);
  });
});
