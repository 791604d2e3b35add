/** `handover keys`: our own key pairs, listed and rotated while replicas run. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { inheritedEnvironment } from "../../src/cli/demo/adapter-process.ts";
import { runCli } from "../../src/cli/program.ts";
import { eventually } from "../support/eventually.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, masterKey, startWholeApp } from "../support/whole-app.ts";

let app: WholeApp;
let environment: NodeJS.ProcessEnv;

interface Key {
  readonly kid: string;
  readonly use: string;
  readonly alg: string;
  readonly tenant?: string;
  readonly validUntil?: string;
  readonly publicKey?: string;
}

/** Runs a command in this process; the environment is that of an operator beside the replicas. */
async function keys(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await runCli(["keys", ...args], {
    stdout: (text) => void (out += text),
    stderr: (text) => void (err += text),
  });
  return { code, out, err };
}

async function listed(): Promise<readonly Key[]> {
  return (JSON.parse((await keys("list", "--json")).out) as { keys: Key[] }).keys;
}

const publishedAt = async (path: string): Promise<readonly string[]> =>
  ((await (await fetch(`${app.url}${path}`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);

before(async () => {
  app = await startWholeApp();
  environment = { ...process.env };
  process.env = {
    ...inheritedEnvironment(environment),
    DATABASE_URL: app.database.appUrl,
    DATABASE_MIGRATION_URL: app.database.ownerUrl,
    HANDOVER_MASTER_KEY: masterKey,
    PUBLIC_URL: app.url,
  };
});
after(async () => {
  process.env = environment;
  await app.stop();
});

describe("handover keys", () => {
  test("list shows one pair for each algorithm, and nothing private", async () => {
    const { code, out } = await keys("list", "--json");
    assert.equal(code, 0);
    assert.deepEqual((await listed()).map(({ alg }) => alg).toSorted(), ["ES384", "RS384"]);
    assert.doesNotMatch(out, /"d"|whsk_|PRIVATE/u);
  });

  test("rotate --alg publishes a new pair; the old one stays until its last assertion has ended", async () => {
    const old = (await listed()).find(({ alg }) => alg === "ES384");
    const { code, out } = await keys("rotate", "--alg", "ES384", "--json");
    assert.equal(code, 0);
    const { kid } = JSON.parse(out) as { kid: string };
    const both = (await listed()).filter(({ alg }) => alg === "ES384");
    assert.deepEqual(new Set(both.map((key) => key.kid)), new Set([kid, old?.kid]));
    assert.ok(both.find((key) => key.kid === old?.kid)?.validUntil);
  });

  test("rotate --webhooks makes a tenant's pair anew, in the published set within seconds", async () => {
    const endpoint = { id: "signed", url: "http://127.0.0.1:9/hook", asymmetric: true };
    const made = await fetch(`${app.url}/v1/endpoints`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify(endpoint),
    });
    assert.equal(made.status, 201);
    const old = (await listed()).find(({ use }) => use === "webhooks");
    assert.equal(old?.tenant, "general");
    assert.match(old.publicKey ?? "", /^whpk_/u);
    const { code, out } = await keys("rotate", "--webhooks", "general", "--overlap-hours", "2", "--json");
    assert.equal(code, 0);
    const { kid } = JSON.parse(out) as { kid: string };
    assert.notEqual(kid, old.kid);
    await eventually(
      async () => (await publishedAt("/.well-known/webhook-keys/general.json")).join() === [kid, old.kid].join(),
      "both keys in the set",
      20_000,
    );
    const [told] = await app.database.asOwner(
      "select reason from handover.audit_pending where reason = 'rotate-webhook-keys' union all select reason from handover.audit where reason = 'rotate-webhook-keys'",
      [],
    );
    assert.equal(told?.["reason"], "rotate-webhook-keys");
    const own = await keys("rotate", "--alg", "RS384", "--json");
    const { kid: rotated } = JSON.parse(own.out) as { kid: string };
    const [entry] = await app.database.asOwner(
      "select tenant, reason from handover.audit_pending where action = 'keys.rotate' union all select tenant, reason from handover.audit where action = 'keys.rotate'",
    );
    assert.deepEqual([entry?.["tenant"], entry?.["reason"]], ["_adapter", `RS384 ${rotated}`]);
  });

  test("says what is wrong: neither or both, an unknown tenant, an overlap that is none", async () => {
    assert.equal((await keys("rotate")).code, 2);
    assert.equal((await keys("rotate", "--alg", "ES384", "--webhooks", "general")).code, 2);
    assert.equal((await keys("rotate", "--alg", "HS256")).code, 2);
    assert.equal((await keys("rotate", "--webhooks", "general", "--overlap-hours", "0")).code, 2);
    const unknown = await keys("rotate", "--webhooks", "nobody");
    assert.equal(unknown.code, 78);
    assert.match(unknown.err, /no tenant nobody/u);
  });
});
