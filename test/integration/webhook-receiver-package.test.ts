/** The receivers' package from its tarball, against what the adapter really signs and delivers (contract, section 4). */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { Pool } from "pg";
import type { IdempotencyStore, WebhookEvent } from "../../packages/webhook-receiver/src/index.ts";
import type { SignerKeys } from "../../src/core/signature/forms.ts";
import { createSigner } from "../../src/core/signature/forms.ts";
import { formatPrivateKey, formatPublicKey, privateKeyFromSeed } from "../../src/core/signature/keys.ts";
import { aTenant, addEvent, apply, secret, startDelivery, states } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { PackedReceiver, RunningExample } from "../support/packed-receiver.ts";
import { packReceiver, startExample } from "../support/packed-receiver.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { webhookSite } from "../support/webhook-site.ts";

const oldSecret = `whsec_${Buffer.alloc(24, 2).toString("base64")}`;
const strangersSecret = `whsec_${Buffer.alloc(24, 4).toString("base64")}`;
const pair = privateKeyFromSeed(Buffer.alloc(32, 3));

let db: TestDatabase;
let packed: PackedReceiver;
let example: RunningExample;

before(async () => {
  [db, packed] = await Promise.all([createTestDatabase(), packReceiver()]);
  example = await startExample(packed, {
    WEBHOOK_SECRETS: `${secret} ${oldSecret}`,
    WEBHOOK_PUBLIC_KEYS: formatPublicKey(pair),
  });
});
after(async () => {
  await example.stop();
  await Promise.all([packed.remove(), db.drop()]);
});

describe("the tarball", () => {
  test("holds JavaScript, types, examples, README and licence, and asks for no other package", async () => {
    const manifest = JSON.parse(await readFile(join(packed.installed, "package.json"), "utf8")) as object;
    assert.ok(!("dependencies" in manifest) && !("private" in manifest));
    for (const path of ["dist/index.js", "dist/index.d.ts", "dist/testing.js", "examples/answer-first.mjs"])
      assert.ok(packed.files.includes(path), path);
    for (const path of ["README.md", "LICENSE"]) assert.ok(packed.files.includes(path), path);
    assert.deepEqual(
      packed.files.filter((path) => /(?<!\.d)\.ts$|tsconfig|\.test\./u.test(path)),
      [],
    );
  });

  test("its types serve a strict TypeScript program, and refuse a parsed body", async () => {
    const program = join(packed.folder, "program.mts");
    await writeFile(
      program,
      `import { createReceiver, type WebhookEvent } from "@handover/webhook-receiver";
       import { signTestHeaders } from "@handover/webhook-receiver/testing";
       const receiver = createReceiver({ secrets: ["${secret}"] });
       export const event: WebhookEvent = receiver.verify(new Headers(signTestHeaders("${secret}", "{}")), "{}");
       // @ts-expect-error: a parsed object is no raw body
       receiver.verify({}, {});`,
    );
    const root = join(import.meta.dirname, "..", "..", "node_modules");
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"];
    const args = [...options, "--typeRoots", join(root, "@types"), program];
    await promisify(execFile)(join(root, ".bin", "tsc"), args, { cwd: packed.folder });
  });
});

interface Sending extends SignerKeys {
  readonly timeMs?: number;
  /** What is posted instead of what was signed. */
  readonly sent?: string;
}

/** Signs an event with the adapter's own signer and posts it to the example. */
async function send(id: string, { timeMs = Date.now(), sent, ...keys }: Sending): Promise<Response> {
  const time = new Date().toISOString();
  const source = "https://adapter.example/tenants/general";
  const body = JSON.stringify({ specversion: "1.0", id, type: "task.started", source, time, data: { note: "ä ✓" } });
  const headers = createSigner("standard", keys)({ id, timeMs, body: Buffer.from(body) });
  return fetch(example.url, { method: "POST", headers, body: sent ?? body });
}

describe("the example, installed and run", () => {
  test("takes events of either secret of a rotation, of both, and of the ed25519 key alone", async () => {
    const privateKeys = [formatPrivateKey(pair)];
    const sendings: Record<string, Sending> = {
      evt_old: { secrets: [oldSecret] },
      evt_new: { secrets: [secret] },
      evt_both: { secrets: [secret, oldSecret] },
      evt_v1a: { secrets: [], privateKeys },
      evt_all: { secrets: [strangersSecret], privateKeys },
    };
    for (const [id, sending] of Object.entries(sendings)) {
      assert.equal((await send(id, sending)).status, 204, id);
      await example.told("processed", (line) => line.id === id);
    }
  });

  test("processes an event once, however often and however freshly signed it comes", async () => {
    for (const timeMs of [Date.now(), Date.now(), Date.now() - 100_000])
      assert.equal((await send("evt_again", { secrets: [secret], timeMs })).status, 204);
    await eventually(
      () => example.lines.filter((line) => line.did === "duplicate" && line.id === "evt_again").length === 2,
      "two duplicates",
    );
    assert.equal(example.lines.filter((line) => line.did === "processed" && line.id === "evt_again").length, 1);
  });

  test("refuses a replay from outside the window, a clock that runs ahead, changed bytes and strangers", async () => {
    const refusals: readonly (readonly [Sending, string])[] = [
      [{ secrets: [secret], timeMs: Date.now() - 310_000 }, "too_old"],
      [{ secrets: [secret], timeMs: Date.now() + 310_000 }, "too_new"],
      [{ secrets: [secret], sent: "{}" }, "no_match"],
      [{ secrets: [strangersSecret] }, "no_match"],
      [{ secrets: [], privateKeys: [formatPrivateKey(privateKeyFromSeed(Buffer.alloc(32, 8)))] }, "no_match"],
    ];
    for (const [sending, reason] of refusals) {
      const response = await send("evt_refused", sending);
      assert.deepEqual([response.status, ((await response.json()) as { error: string }).error], [401, reason]);
    }
    assert.ok(!example.lines.some((line) => line.did === "processed" && line.id === "evt_refused"));
  });

  test("behind the adapter's delivery: an answer lost on the way makes a second attempt, not a second processing", async () => {
    const database = db.open();
    const site = await webhookSite();
    let attempts = 0;
    // The way there: the first answer of the example never comes back to the adapter.
    site.answer((received, response) => {
      attempts += 1;
      const lost = attempts === 1;
      void fetch(example.url, { method: "POST", headers: received.headers, body: new Uint8Array(received.body) }).then(
        ({ status }) => (lost ? response.destroy() : response.writeHead(status).end()),
      );
    });
    await apply(database, aTenant("general", [{ url: `${site.url}/hook`, events: ["*"] }]));
    const id = await addEvent(db, { tenant: "general", job: "j1", type: "task.completed" });
    const delivery = startDelivery(database);
    try {
      await example.told("processed", (line) => line.id === id);
      await example.told("duplicate", (line) => line.id === id);
      await eventually(async () => (await states(db, "general")).join() === "delivered", "the delivery is recorded");
    } finally {
      await site.close();
      await delivery.stop(0);
    }
    assert.equal(example.lines.filter((line) => line.did === "processed" && line.id === id).length, 1);
  });
});

describe("the README's durable store", () => {
  const event = (id: string): WebhookEvent => ({
    specversion: "1.0",
    id,
    type: "task.started",
    source: "https://adapter.example",
    time: new Date().toISOString(),
    data: {},
  });

  /** The code that the README shows, as a module, and the table that it asks for. */
  async function storeOfReadme(pool: Pool): Promise<IdempotencyStore> {
    const readme = await readFile(join(packed.installed, "README.md"), "utf8");
    const [code] = /\/\*\* create table inbox[^`]*(?:`[^`]*`[^`]*)*?\n\};\n/u.exec(readme) ?? [];
    assert.ok(code);
    const [table] = /create table [^;]*/u.exec(code) ?? [];
    await pool.query(table ?? "");
    const file = join(packed.folder, "readme-store.mjs");
    await writeFile(file, `export default (pool) => {\n${code}\nreturn store;\n};\n`);
    const made = (await import(pathToFileURL(file).href)) as { default: (pool: Pool) => IdempotencyStore };
    return made.default(pool);
  }

  test("gives a key to one of several at once, keeps the event with it, and gives it again after its time", async () => {
    const pool = new Pool({ connectionString: db.ownerUrl, max: 5 });
    try {
      const store = await storeOfReadme(pool);
      const soon = Date.now() + 60_000;
      const claims = await Promise.all(
        Array.from({ length: 5 }, async () => store.claim("evt_1", soon, event("evt_1"))),
      );
      assert.equal(claims.filter((claim) => claim === "new").length, 1);
      const { rows } = await pool.query<{ event: WebhookEvent }>("select event from inbox where done is null");
      assert.deepEqual(
        rows.map((row) => row.event.id),
        ["evt_1"],
      );
      await store.release("evt_1");
      assert.equal(await store.claim("evt_1", Date.now() - 1, event("evt_1")), "new");
      assert.equal(await store.claim("evt_1", soon, event("evt_1")), "new");
      assert.equal(await store.claim("evt_1", soon, event("evt_1")), "seen");
    } finally {
      await pool.end();
    }
  });
});
