import assert from "node:assert/strict";
import { after, test } from "node:test";
import { AdapterError } from "../../src/core/errors.ts";
import { connectDatabase } from "../../src/db/connect.ts";
import { migrate } from "../../src/db/migrate.ts";
import { loadMigrations } from "../../src/db/migration-files.ts";
import { createEmptyDatabase, createTestDatabase } from "../support/postgres.ts";

const database = await createTestDatabase();
after(() => database.drop());

test("a clone of the template is migrated and the app works in it as handover_app", async () => {
  const db = database.open();
  const { rows } = await db.http.query("select current_user as name", []);
  assert.deepEqual(rows, [{ name: "handover_app" }]);
});

test("two replicas that migrate at once both succeed, and each migration is applied once", async () => {
  const empty = await createEmptyDatabase();
  try {
    const runs = await Promise.all([1, 2, 3].map(() => migrate({ ownerUrl: empty.ownerUrl, enableAppLogin: true })));
    const all = await loadMigrations();
    assert.deepEqual(
      runs.map((names) => names.length).toSorted((a, b) => a - b),
      [0, 0, all.length],
    );
  } finally {
    await empty.drop();
  }
});

test("start is refused when DATABASE_URL is the owner's, and the text says what to do", async () => {
  await assert.rejects(
    connectDatabase({ databaseUrl: database.ownerUrl, dataDir: "/nowhere", demo: false }),
    (error) => {
      assert.ok(error instanceof AdapterError);
      assert.equal(error.code, "configuration_invalid");
      assert.match(error.message, /DATABASE_MIGRATION_URL/u);
      assert.ok(!error.message.includes(new URL(database.ownerUrl).password));
      return true;
    },
  );
});

test("the demo takes an owner's URL, migrates with it and works as handover_app", async () => {
  const empty = await createEmptyDatabase();
  const db = await connectDatabase({ databaseUrl: empty.ownerUrl, dataDir: "/nowhere", demo: true });
  try {
    const { rows } = await db.worker.query("select current_user as name", []);
    assert.deepEqual(rows, [{ name: "handover_app" }]);
  } finally {
    await db.close();
    await empty.drop();
  }
});
