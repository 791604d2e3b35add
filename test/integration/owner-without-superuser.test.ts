/** A hospital's database: the owner may create roles and is no superuser (PostgreSQL 16 changed what that right includes). */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Client } from "pg";
import { AdapterError } from "../../src/core/errors.ts";
import { connectDatabase } from "../../src/db/connect.ts";
import { startEmbedded } from "../../src/db/embedded.ts";
import { loadMigrations } from "../../src/db/migration-files.ts";
import { migrate } from "../../src/db/migrate.ts";
import { quickSettings } from "../support/postgres.ts";
import { testInstallers } from "../support/installers.ts";

// Roles belong to the whole cluster, so this test needs one where nobody has made them yet.
const dataDir = await mkdtemp(join(tmpdir(), "handover-owner-"));
const cluster = await startEmbedded({ dataDir, settings: quickSettings });
after(async () => {
  await cluster.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function asSuperuser(...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: cluster.ownerUrl });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

function urlFor(user: string, password: string, database: string): string {
  const url = new URL(cluster.ownerUrl);
  url.username = user;
  url.password = password;
  url.pathname = `/${database}`;
  return url.toString();
}

test("an owner without the right to create roles is told what to ask for", async () => {
  await asSuperuser("create role plain_owner login password 'p'", "create database plain owner plain_owner");
  await assert.rejects(migrate({ ownerUrl: urlFor("plain_owner", "p", "plain") }), (error) => {
    assert.ok(error instanceof AdapterError && error.code === "configuration_invalid");
    assert.match(error.message, /CREATE ROLE handover_app/u);
    return true;
  });
});

test("an owner with CREATEROLE migrates; the app's own login works behind the wall, queue included", async () => {
  await asSuperuser(
    "create role hospital_owner login createrole password 'o'",
    "create role hospital_app login password 'a'",
    "create database hospital owner hospital_owner",
  );
  const database = await connectDatabase(
    {
      databaseUrl: urlFor("hospital_app", "a", "hospital"),
      databaseMigrationUrl: urlFor("hospital_owner", "o", "hospital"),
      dataDir: "/nowhere",
      demo: false,
    },
    { installers: testInstallers },
  );
  try {
    const { rows } = await database.worker.query(
      "select current_user as name, (select count(*)::int from handover.job) as jobs, (select count(*)::int from pgboss.job) as messages",
      [],
    );
    assert.deepEqual(rows, [{ name: "hospital_app", jobs: 0, messages: 0 }]);
    assert.deepEqual((await database.worker.query("select * from handover.sys_reap($1)", ["5 seconds"])).rows, []);
  } finally {
    await database.close();
  }
});

test("attempts of before they lay in days are still there, and the app's own login rolls the days on", async () => {
  await asSuperuser("create database grown owner hospital_owner");
  const ownerUrl = urlFor("hospital_owner", "o", "grown");
  const all = await loadMigrations();
  const before = all.filter(({ version }) => version < 16);
  await migrate({ ownerUrl, appUser: "hospital_app", installers: testInstallers, migrations: before });
  const client = new Client({ connectionString: urlFor("hospital_app", "a", "grown") });
  await client.connect();
  try {
    const asTenant = async (text: string) => {
      await client.query("select set_config('app.tenant', 'general', false)");
      return (await client.query(text)).rows as unknown[];
    };
    const columns = "tenant, endpoint, sequence, number, outcome, code, duration_ms, started_at";
    await asTenant(
      `insert into handover.attempt (${columns}) values ('general', 'his', 1, 1, 'retry', 'timeout', 1, now() - interval '3 days'),
         ('general', 'his', 1, 2, 'retry', 'timeout', 1, now())`,
    );
    await migrate({ ownerUrl, appUser: "hospital_app", installers: testInstallers });
    // As a replica of the release before writes it.
    await asTenant(
      `insert into handover.attempt (${columns}) values ('general', 'his', 1, 3, 'delivered', 'http_200', 1, now())`,
    );
    assert.deepEqual(await asTenant("select number from handover.attempt order by number"), [
      { number: 1 },
      { number: 2 },
      { number: 3 },
    ]);
    await asTenant(
      `insert into handover.attempt (${columns}) values ('general', 'his', 2, 1, 'retry', 'timeout', 1, now() - interval '90 days')`,
    );
    assert.deepEqual(await asTenant("select made, swept from handover.roll_attempts(14, 9)"), [
      { made: 2, swept: "1" },
    ]);
    await assert.rejects(asTenant("drop table handover.attempt_earlier"), { code: "42501" });
  } finally {
    await client.end();
  }
});

test("with the owner's URL alone the app logs in as handover_app; a second replica finds everything done", async () => {
  const config = { databaseMigrationUrl: urlFor("hospital_owner", "o", "hospital"), dataDir: "/nowhere", demo: false };
  for (const replica of await Promise.all([
    connectDatabase(config, { installers: testInstallers }),
    connectDatabase(config, { installers: testInstallers }),
  ])) {
    const { rows } = await replica.http.query("select current_user as name", []);
    assert.deepEqual(rows, [{ name: "handover_app" }]);
    await replica.close();
  }
});

test("roles made beforehand by an administrator are enough", async () => {
  await asSuperuser(
    "create role granted_owner login password 'g'",
    "grant handover_system to granted_owner",
    "create database granted owner granted_owner",
  );
  const names = await migrate({ ownerUrl: urlFor("granted_owner", "g", "granted"), installers: testInstallers });
  assert.ok(names.length > 1);
});

test("another owner on a server whose roles somebody else made is told which rights to ask for, one after the other", async () => {
  await asSuperuser("create role late_owner login createrole password 'l'", "create database late owner late_owner");
  const ownerUrl = urlFor("late_owner", "l", "late");
  const told = (pattern: RegExp) => (error: unknown) =>
    error instanceof AdapterError && error.code === "configuration_invalid" && pattern.test(error.message);
  await assert.rejects(migrate({ ownerUrl }), told(/GRANT handover_system TO <owner>/u));
  await asSuperuser("grant handover_system to late_owner");
  await assert.rejects(migrate({ ownerUrl, enableAppLogin: true }), told(/LOGIN PASSWORD .* IN ROLE handover_app/u));
});

test("a role that owns the schema, bypasses row security or belongs to the system path is refused", async () => {
  await asSuperuser(
    "create role bypasser login bypassrls password 'b'",
    "grant handover_app to bypasser",
    "create role insider login password 'i'",
    "grant handover_app, handover_system to insider",
  );
  for (const [user, password] of [
    ["hospital_owner", "o"],
    ["bypasser", "b"],
    ["insider", "i"],
  ] as const) {
    const start = connectDatabase({
      databaseUrl: urlFor(user, password, "hospital"),
      dataDir: "/nowhere",
      demo: false,
    });
    await assert.rejects(
      start,
      (error) =>
        error instanceof AdapterError &&
        error.code === "configuration_invalid" &&
        /wall between tenants/u.test(error.message),
      user,
    );
  }
});

test("a database that lacks a migration is refused with the command to run", async () => {
  await asSuperuser("create database unmigrated");
  const start = connectDatabase({
    databaseUrl: urlFor("hospital_app", "a", "unmigrated"),
    dataDir: "/nowhere",
    demo: false,
  });
  await assert.rejects(start, (error) => error instanceof AdapterError && /handover migrate/u.test(error.message));
});

test("a database that is away is told apart from a wrong setting", async () => {
  const start = connectDatabase({ databaseUrl: "postgresql://a:b@127.0.0.1:1/x", dataDir: "/nowhere", demo: false });
  await assert.rejects(start, { code: "database_unavailable" });
});
