/**
 * The wall between tenants: every table, and every declared statement of the program.
 *
 * Convention. Each part keeps `test/support/wall-fixtures/<part>.ts` that exports `fixture: WallFixture` (see
 * wall-fixture.ts there): it fills its tables for a tenant and gives parameters for each statement it declares with
 * `tenantQuery`. Ids should be the same for every tenant and contents should hold the tenant's name, so that a leak shows.
 * A declared statement without parameters, or a table that nobody fills, fails here.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { declaredQueries } from "../../src/db/query.ts";
import { declaredSystemQueries } from "../../src/db/system.ts";
import { createTestDatabase } from "../support/postgres.ts";
import {
  breaches,
  hasGate,
  importAllStatements,
  loadFixtures,
  planOf,
  rowsAfter,
  tenantTables,
  ungatedScans,
} from "../support/tenant-wall.ts";

const tenants = ["alpha", "beta"] as const;
const testDatabase = await createTestDatabase();
const database = testDatabase.open();
after(() => testDatabase.drop());

const imported = await importAllStatements();
const fixtures = await loadFixtures();
const params = new Map(fixtures.flatMap((fixture) => Object.entries(fixture.params)));
const tables = await tenantTables(testDatabase);
const partitions = await tenantTables(testDatabase, { partitions: true });
const walled = new Set([...tables, ...partitions]);

before(async () => {
  for (const tenant of tenants) {
    await database.worker.transaction(tenant, async (tx) => {
      for (const fixture of fixtures) await fixture.fill(tx, tenant);
    });
  }
});

test("the checker sees the program's statements, tables and fixtures", () => {
  assert.ok(imported >= 4, `only ${imported} files declare statements`);
  assert.ok(declaredQueries().length >= 30);
  assert.ok(tables.includes("handover.job"));
  const filled = new Set(fixtures.flatMap((fixture) => fixture.tables));
  assert.deepEqual(
    tables.filter((table) => !filled.has(table)),
    [],
    "tables that no fixture fills",
  );
  const undeclared = declaredQueries()
    .map((query) => query.name)
    .filter((name) => !params.has(name));
  assert.deepEqual(undeclared, [], "statements without parameters in any fixture");
});

describe("each table", () => {
  for (const table of tables) {
    test(`${table} shows a tenant its own rows only, and none without a tenant`, async () => {
      assert.deepEqual(await breaches(testDatabase, database, table, tenants), []);
    });
  }

  test("a row for another tenant cannot be written", async () => {
    const write = database.worker.transaction("alpha", (tx) =>
      tx.query(
        "insert into handover.job_key (tenant, kind, key, digest, job) select 'beta', kind, 'forged', digest, job from handover.job_key limit 1",
        [],
      ),
    );
    await assert.rejects(write, { code: "42501" });
  });
});

describe("each partition", () => {
  test("is nobody's by itself: no right to it, no policy that would show a row, and its parent's wall holds", async () => {
    assert.ok(partitions.length >= 9, partitions.join(", "));
    for (const table of partitions) {
      await assert.rejects(database.worker.query(`select 1 from ${table}`, []), { code: "42501" }, table);
      await assert.rejects(database.worker.query(`insert into ${table} default values`, []), { code: "42501" }, table);
      const [facts] = await testDatabase.asOwner(
        `select relrowsecurity as enabled, coalesce(cardinality(relacl), 1) as grantees,
           (select count(*)::int from pg_policy where polrelid = c.oid) as policies from pg_class c where oid = $1::regclass`,
        [table],
      );
      assert.deepEqual(facts, { enabled: true, grantees: 1, policies: 0 }, table);
    }
  });

  test("a right given by mistake still shows no row", async () => {
    const [filled] = await testDatabase.asOwner(
      "select tableoid::regclass::text as name from handover.attempt limit 1",
    );
    const name = String(filled?.["name"]);
    await testDatabase.asOwner(`grant select on ${name} to handover_app`);
    try {
      const { rows } = await database.worker.query(`select 1 from ${name}`, []);
      assert.deepEqual(rows, []);
    } finally {
      await testDatabase.asOwner(`revoke select on ${name} from handover_app`);
    }
  });

  test("one function runs with the owner's rights: only the app may call it, and it finds nothing on a search path", async () => {
    const rows = await testDatabase.asOwner(
      `select p.proname as name, p.proconfig as settings, exists (select 1 from aclexplode(p.proacl) a where a.grantee = 0) as public
       from pg_proc p where p.pronamespace = 'handover'::regnamespace and p.prosecdef and pg_get_userbyid(p.proowner) <> 'handover_system'`,
    );
    assert.deepEqual(
      rows.map(({ name, public: open }) => [name, open]),
      [["roll_attempts", false]],
    );
    assert.ok(String(rows[0]?.["settings"]).includes("search_path=pg_catalog, pg_temp"));
    const closing = database.worker.query("select handover.close_attempt_partition('handover.job')", []);
    await assert.rejects(closing, { code: "42501" });
  });
});

describe("each statement", () => {
  for (const query of declaredQueries()) {
    test(`${query.name}: the gate is a one-time filter above every scan`, async () => {
      const plan = await planOf(database, query, "alpha", params.get(query.name) ?? []);
      assert.ok(hasGate(plan), "no gate in the plan");
      assert.deepEqual(ungatedScans(plan, walled), []);
    });

    test(`${query.name}: answers for its tenant in a transaction that served another one`, async () => {
      const rows = await rowsAfter(database, query, "beta", "alpha", params.get(query.name) ?? []);
      assert.ok(!JSON.stringify(rows).includes("beta"), "rows of another tenant");
      const other = await rowsAfter(database, query, "alpha", "beta", params.get(query.name) ?? []);
      assert.ok(!JSON.stringify(other).includes("alpha"), "rows of another tenant");
    });
  }
});

describe("canaries: the checks find a wall with a hole", () => {
  for (const [what, hole, repair] of [
    [
      "a dropped policy",
      "drop policy tenant_wall on handover.summary",
      "create policy tenant_wall on handover.summary using (tenant = current_setting('app.tenant', true)) with check (tenant = current_setting('app.tenant', true))",
    ],
    [
      "row-level security switched off",
      "alter table handover.summary disable row level security",
      "alter table handover.summary enable row level security",
    ],
    [
      "a second, open policy",
      "create policy hole on handover.summary using (true)",
      "drop policy hole on handover.summary",
    ],
  ] as const) {
    test(what, async () => {
      await testDatabase.asOwner(hole);
      try {
        assert.notDeepEqual(await breaches(testDatabase, database, "handover.summary", tenants), []);
      } finally {
        await testDatabase.asOwner(repair);
      }
      assert.deepEqual(await breaches(testDatabase, database, "handover.summary", tenants), []);
    });
  }

  test("a gate in a joined CTE, which runs too late", async () => {
    const text =
      "with gate as materialized (select set_config('app.tenant', $1, true)) select j.id from handover.job j, gate where j.tenant = $1";
    const plan = await planOf(database, { name: "canary", text }, "alpha", []);
    assert.deepEqual(ungatedScans(plan, walled), ["handover.job"]);
  });
});

describe("the system path", () => {
  const contents =
    /sealed|data|patient|encounter|actor|display|secret|token|url|body|header|digest|hash|reason|sections|source/u;

  test("its role cannot log in, owns no table and is nobody's but the owner's", async () => {
    const rows = await testDatabase.asOwner(
      `select rolcanlogin as login, rolsuper or rolbypassrls or rolcreaterole as strong,
         (select count(*)::int from pg_class where relowner = r.oid) as owns, pg_has_role('handover_app', r.oid, 'member') as lent
       from pg_roles r where rolname = 'handover_system'`,
    );
    assert.deepEqual(rows, [{ login: false, strong: false, owns: 0, lent: false }]);
  });

  test("it reads ids, tenants, positions, states and times, never contents", async () => {
    const rows = await testDatabase.asOwner(
      `select c.table_name || '.' || c.column_name as name, c.column_name as column, c.data_type as type from information_schema.columns c
       where c.table_schema = 'handover' and has_column_privilege('handover_system', format('handover.%I', c.table_name), c.column_name, 'select')`,
    );
    const readable = rows.filter(
      (row) => contents.test(String(row["column"])) || /bytea|json|ARRAY/u.test(String(row["type"])),
    );
    assert.ok(rows.length > 5);
    assert.deepEqual(readable, []);
  });

  test("every declared system statement calls a function that runs with that role's rights, and the public may call none", async () => {
    const names = [...declaredSystemQueries().values()].map(
      (text) => /handover\.(?<name>sys_[a-z_]+)/u.exec(text)?.groups?.["name"] ?? "",
    );
    const rows = await testDatabase.asOwner(
      `select p.proname as name, p.prosecdef as definer, pg_get_userbyid(p.proowner) as owner,
         exists (select 1 from aclexplode(p.proacl) a where a.grantee = 0) as public, pg_get_function_result(p.oid) as result
       from pg_proc p where p.pronamespace = 'handover'::regnamespace and p.proname like 'sys\\_%'`,
    );
    const known = new Set(rows.map((row) => row["name"]));
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
    for (const row of rows) {
      assert.deepEqual(
        { definer: row["definer"], owner: row["owner"], public: row["public"] },
        { definer: true, owner: "handover_system", public: false },
        String(row["name"]),
      );
      assert.doesNotMatch(String(row["result"]), contents);
    }
  });

  test("the app cannot become that role", async () => {
    await assert.rejects(database.worker.query("set role handover_system", []), { code: "42501" });
  });
});
