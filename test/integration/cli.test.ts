/** The command line (contract, section 1): exit codes, texts for people, JSON for scripts, and no secret in either. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { z } from "zod";
import { handover, startHandover } from "../support/cli.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createEmptyDatabase, createTestDatabase } from "../support/postgres.ts";

const key = Buffer.alloc(32, 9).toString("base64");
const nobody = "postgresql://someone:sesame@127.0.0.1:1/nowhere";

const report = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({ name: z.string(), ok: z.boolean(), found: z.string(), fix: z.string().optional() }).strict(),
  ),
});

async function doctor(environment: Record<string, string>, args: readonly string[] = []) {
  const end = await handover(["doctor", "--json", ...args], environment);
  const { ok, checks } = report.parse(JSON.parse(end.stdout));
  return { code: end.code, ok, checks, failed: checks.filter((check) => !check.ok), text: end.stdout };
}

suite("handover", () => {
  let database: TestDatabase;
  let folder: string;
  before(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), "handover-cli-"));
  });
  after(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  test("every command explains itself", async () => {
    const commands = [
      "serve",
      "migrate",
      "doctor",
      "demo",
      "eval",
      "new-service",
      "apply",
      "explain",
      "replay",
      "tail",
      "listen",
      "relay",
      "trigger",
      "verify",
      "endpoint list",
      "keys list",
      "keys rotate",
    ];
    const ofTenants = ["add", "list", "show", "test", "remove"].map((each) => `tenant ${each}`);
    for (const command of [...commands, ...ofTenants]) {
      const end = await handover([...command.split(" "), "--help"]);
      assert.equal(end.code, 0, command);
      assert.match(end.stdout, /usage/iu);
    }
  });

  test("an unknown command or option is a usage error with a hint", async () => {
    for (const args of [["sevre"], ["doctor", "--verbse"]]) {
      const end = await handover(args);
      assert.equal(end.code, 2, args.join(" "));
      assert.match(end.stderr, /unknown/u);
    }
  });

  suite("serve", () => {
    test("bad settings stop the start: all of them at once, by name, without their values", async () => {
      const end = await handover([], {
        PORT: "ninety",
        DATABASE_URL: "mysql://root:hunter2@db/x",
        HANDOVER_ROLE: "api",
        HANDOVER_MASTER_KEY: "too-short-and-secret",
      });
      assert.equal(end.code, 78);
      for (const name of ["PORT", "DATABASE_URL", "HANDOVER_ROLE", "HANDOVER_MASTER_KEY"])
        assert.match(end.stderr, new RegExp(`^  ${name} `, "mu"));
      assert.doesNotMatch(end.stderr + end.stdout, /hunter2|too-short-and-secret/u);
    });

    test("a database that is away is said so, with a remedy", async () => {
      const end = await handover(["serve"], { DATABASE_URL: nobody, HANDOVER_MASTER_KEY: key });
      assert.equal(end.code, 69);
      assert.match(end.stderr, /database/iu);
      assert.doesNotMatch(end.stderr, /sesame/u);
    });

    test("the owner's URL in the app's place is refused: the wall between tenants would not hold", async () => {
      const end = await handover(["serve"], { DATABASE_URL: database.ownerUrl, HANDOVER_MASTER_KEY: key });
      assert.equal(end.code, 78);
      assert.match(end.stderr, /DATABASE_MIGRATION_URL/u);
    });

    test("serves until SIGTERM, then goes in order; flags win over the environment", async () => {
      const running = startHandover(["serve", "--port", "0", "--log-level", "debug"], {
        DATABASE_URL: database.appUrl,
        HANDOVER_MASTER_KEY: key,
        PORT: "1",
      });
      const line = await running.line(/^Handover is ready/u);
      const port = /listens on 127\.0\.0\.1:(\d+)/u.exec(line)?.[1];
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
      assert.equal(ready.status, 200);
      running.child.kill("SIGTERM");
      const end = await running.finished;
      assert.equal(end.code, 0);
      // At debug the settings in force are told, secrets as set or not set.
      assert.match(end.stderr, /^PORT = 0 \(flag --port\)$/mu);
      assert.match(end.stderr, /^HANDOVER_MASTER_KEY = \(set\) \(environment\)$/mu);
      assert.ok(!end.stderr.includes(key) && !end.stdout.includes(key));
    });

    test("a port that is taken is said so", async () => {
      const blocker = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => blocker.once("listening", resolve));
      const address = blocker.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      const environment = { DATABASE_URL: database.appUrl, HANDOVER_MASTER_KEY: key, PORT: String(port) };
      const end = await handover(["serve"], environment);
      blocker.close();
      assert.equal(end.code, 69);
      assert.match(end.stderr, /address is taken/u);
    });
  });

  suite("migrate", () => {
    test("applies what is missing, once; needs no master key", async () => {
      const empty = await createEmptyDatabase();
      try {
        const environment = { DATABASE_MIGRATION_URL: empty.ownerUrl };
        const names = z.object({ applied: z.array(z.string()) });
        const first = await handover(["migrate", "--json"], environment);
        assert.equal(first.code, 0, first.stderr);
        assert.ok(names.parse(JSON.parse(first.stdout)).applied.length > 0);
        const second = await handover(["migrate"], environment);
        assert.equal(second.stdout, "The database is up to date.\n");
      } finally {
        await empty.drop();
      }
    });

    test("a role without the right is told whose URL to give", async () => {
      const empty = await createEmptyDatabase();
      try {
        const asApp = new URL(database.appUrl);
        asApp.pathname = new URL(empty.ownerUrl).pathname;
        const end = await handover(["migrate"], { DATABASE_MIGRATION_URL: asApp.toString() });
        assert.equal(end.code, 78);
        assert.match(end.stderr, /DATABASE_MIGRATION_URL to its owner/u);
      } finally {
        await empty.drop();
      }
    });
  });

  suite("doctor", () => {
    const environment = (): Record<string, string> => ({ DATABASE_URL: database.appUrl, HANDOVER_MASTER_KEY: key });

    test("all is well: exit code 0, a line a check", async () => {
      const { code, ok, checks } = await doctor(environment());
      assert.equal(code, 0);
      assert.equal(ok, true);
      for (const name of ["configuration", "master key", "database", "role", "schema", "queue", "clock"])
        assert.ok(
          checks.some((check) => check.name === name),
          name,
        );
      const text = await handover(["doctor"], environment());
      assert.match(text.stdout, /^ {2}ok {6}role .*row-level security$/mu);
    });

    test("each fault is found, each with what mends it, and no secret is printed", async () => {
      const cases: readonly [string, Record<string, string>][] = [
        ["configuration", { DATABASE_URL: database.appUrl }],
        ["database", { DATABASE_URL: nobody, HANDOVER_MASTER_KEY: key }],
        ["role", { DATABASE_URL: database.ownerUrl, HANDOVER_MASTER_KEY: key }],
      ];
      for (const [name, given] of cases) {
        const { code, failed, text } = await doctor(given);
        assert.equal(code, 1, name);
        assert.deepEqual(
          failed.map((check) => check.name),
          [name],
        );
        assert.ok((failed[0]?.fix ?? "") !== "", name);
        const password = new URL(given["DATABASE_URL"] ?? "").password;
        assert.ok(!text.includes(password) && !text.includes(key));
      }
    });

    test("a database without our schema: what is missing, and the command that brings it", async () => {
      const empty = await createEmptyDatabase();
      try {
        const asApp = new URL(database.appUrl);
        asApp.pathname = new URL(empty.ownerUrl).pathname;
        const alone = await doctor({ DATABASE_URL: asApp.toString(), HANDOVER_MASTER_KEY: key });
        assert.deepEqual(
          alone.failed.map((check) => check.name),
          ["schema", "queue"],
        );
        assert.match(alone.failed[0]?.fix ?? "", /handover migrate/u);
        const withOwner = await doctor({
          DATABASE_URL: asApp.toString(),
          DATABASE_MIGRATION_URL: empty.ownerUrl,
          HANDOVER_MASTER_KEY: key,
        });
        assert.deepEqual(withOwner.failed, []);
      } finally {
        await empty.drop();
      }
    });

    test("an address that no outbound call may reach is found before the first call", async () => {
      const path = join(folder, "handover.json");
      const tenant = (fhirBaseUrl: string): object => ({
        id: "general",
        name: "General Hospital",
        environment: "test",
        network: { allowHttp: true, allow: ["127.0.0.1/32"] },
        ehr: { fhirBaseUrl },
      });
      for (const [url, wanted] of [
        ["http://127.0.0.1:9/fhir", undefined],
        ["http://10.1.2.3/fhir", "ehr.fhirBaseUrl: 10.1.2.3 is a private IPv4 address, outside the egress rule"],
        ["http://ehr.invalid/fhir", "ehr.fhirBaseUrl: ehr.invalid has no address"],
      ] as const) {
        await writeFile(path, JSON.stringify({ tenants: [tenant(url)] }));
        const { failed } = await doctor(environment(), ["--config", path]);
        assert.equal(failed[0]?.found, wanted, url);
      }
    });
  });
});
