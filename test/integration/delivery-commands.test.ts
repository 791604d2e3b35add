/** The command line for deliveries as an integration engineer uses it: a running adapter, its API key, real receivers. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { catalogueEntry } from "../../src/core/event/catalogue.ts";
import type { Finished } from "../support/cli.ts";
import { runHandover } from "../support/cli-in-process.ts";
import { addEvents } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";

const tenant = "general";
let app: WholeApp;
let site: WebhookSite;
let folder: string;
let counter = 0;

const run = (args: readonly string[], environment: Record<string, string> = {}): Promise<Finished> =>
  runHandover(args, { PUBLIC_URL: app.url, HANDOVER_API_KEY: apiKey, ...environment });

/** A command that must succeed; its output. */
async function ok(...args: readonly string[]): Promise<string> {
  const end = await run(args);
  assert.equal(end.code, 0, `${args.join(" ")}: ${end.stderr}`);
  return end.stdout;
}

// Answers of many shapes; each assertion says which.
// oxlint-disable-next-line typescript/no-explicit-any
const okJson = async (...args: readonly string[]): Promise<any> => JSON.parse(await ok(...args, "--json"));

/** An endpoint of its own for each test; retries are over in an instant. */
async function made(...args: readonly string[]): Promise<string> {
  const id = `e${(counter += 1)}`;
  const settings = join(folder, `${id}.json`);
  const retry = { attempts: 3, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 };
  await writeFile(settings, JSON.stringify({ retry, breaker: { failures: 100 } }));
  await ok("endpoint", "create", id, `${site.url}/${id}`, "--settings", settings, ...args);
  return id;
}

const newJob = (): string => `01900000-0000-7000-8000-${String((counter += 1)).padStart(12, "0")}`;

const signed = (count = 1, job = newJob()): Promise<readonly string[]> =>
  addEvents(app.database, { tenant, job, type: "summary.signed" }, count);

const idsAt = (id: string): string[] =>
  site.received.filter(({ path }) => path === `/${id}`).map(({ headers }) => headers["webhook-id"] ?? "");

const arrived = (id: string, ids: readonly string[]): Promise<true> =>
  eventually(() => (assert.deepEqual(idsAt(id), ids), true as const), `${ids.length} at ${id}`);

const came = (count: number): Promise<true> =>
  eventually(() => (assert.equal(site.received.length, count), true as const), `${count} requests`);

/** Waits until a delivery is in this state. */
const inState = (delivery: string, state: string): Promise<true> =>
  eventually(async () => {
    const { delivery: life } = await okJson("explain", delivery);
    assert.equal(life.state, state);
    return true as const;
  }, `${delivery} ${state}`);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "handover-deliveries-"));
  app = await startWholeApp({ tenants: () => [{ endpoints: [] }] });
  site = await webhookSite();
});
beforeEach(async () => {
  for (const { id } of (await okJson("endpoint", "list")).endpoints) await ok("endpoint", "remove", id);
  site.received.length = 0;
  site.answer((_received, response) => response.writeHead(204).end());
});
after(async () => {
  await site.close();
  await app.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("speaking to an adapter", () => {
  test("without a key nothing is sent, and the text says where a key goes", async () => {
    const end = await run(["endpoint", "list"], { HANDOVER_API_KEY: "" });
    assert.equal(end.code, 78);
    assert.match(end.stderr, /HANDOVER_API_KEY/u);
  });

  test("a wrong key is a matter of configuration, and never repeated in what is said", async () => {
    const end = await run(["endpoint", "list"], { HANDOVER_API_KEY: "a-key-that-is-not-known" });
    assert.equal(end.code, 78);
    assert.doesNotMatch(end.stderr + end.stdout, /a-key-that-is-not-known/u);
  });

  test("the key may stand in a file, and in another variable", async () => {
    const file = join(folder, "key");
    await writeFile(file, `${apiKey}\n`);
    assert.equal((await run(["endpoint", "list", "--key-file", file], { HANDOVER_API_KEY: "" })).code, 0);
    const other = { HANDOVER_API_KEY: "", MY_KEY: apiKey };
    assert.equal((await run(["endpoint", "list", "--key-env", "MY_KEY"], other)).code, 0);
  });

  test("an adapter that is away is said to be away", async () => {
    const end = await run(["endpoint", "list", "--url", "http://127.0.0.1:9"]);
    assert.equal(end.code, 69);
    assert.match(end.stderr, /127\.0\.0\.1:9 does not answer/u);
  });
});

describe("handover endpoint", () => {
  test("create: the secret alone stands on standard output, once, and verifies what arrives", async () => {
    const end = await run(["endpoint", "create", "alone", `${site.url}/alone`, "--events", "summary.*,task.failed"]);
    assert.equal(end.code, 0, end.stderr);
    assert.match(end.stdout, /^whsec_[A-Za-z0-9+/]{43}=\n$/u);
    const [id = ""] = await signed();
    await arrived("alone", [id]);
    const [received] = site.received;
    assert.doesNotThrow(() => new Webhook(end.stdout.trim()).verify(String(received?.body), received?.headers ?? {}));
    assert.ok(!(await ok("endpoint", "show", "alone")).includes(end.stdout.trim()));
  });

  test("list and show: status, settings and what is owed", async () => {
    const id = await made("--contact", "ops@hospital.example", "--ordering", "per-job");
    assert.match(await ok("endpoint", "list"), new RegExp(`^${id} +active +api +summary\\.\\* +http`, "mu"));
    const text = await ok("endpoint", "show", id);
    assert.match(text, /ordering per-job/u);
    assert.match(text, /0 pending, 0 dead, 0 held/u);
    assert.equal((await okJson("endpoint", "show", id)).contact, "ops@hospital.example");
  });

  test("a filter: what an event must say besides its type, and a mistake in it is refused with what there is", async () => {
    const id = await made("--filter", "data.status=completed,failed", "--filter", "data.summary.version=1");
    assert.deepEqual((await okJson("endpoint", "show", id)).filter, {
      "data.status": ["completed", "failed"],
      "data.summary.version": [1],
    });
    assert.match(await ok("endpoint", "show", id), /data\.status=completed,failed data\.summary\.version=1/u);
    const wrong = await run(["endpoint", "create", "wrong", `${site.url}/wrong`, "--filter", "data.ward=3"]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /no event that is asked for says data\.ward; they say/u);
    assert.equal((await run(["endpoint", "create", "wrong", `${site.url}/wrong`, "--filter", "ward"])).code, 2);
  });

  test("change: only what is named changes; a mistake is refused with its place", async () => {
    const id = await made("--rate", "7");
    await ok("endpoint", "change", id, "--concurrency", "2");
    const now = await okJson("endpoint", "show", id);
    assert.deepEqual([now.concurrency, now.ratePerSecond], [2, 7]);
    const end = await run(["endpoint", "change", id, "--concurrency", "0"]);
    assert.equal(end.code, 1);
    assert.match(end.stderr, /concurrency/u);
    assert.equal((await run(["endpoint", "change", id])).code, 2);
  });

  test("headers come from variables, so that no value stands on the command line", async () => {
    const id = `e${(counter += 1)}`;
    const args = ["endpoint", "create", id, `${site.url}/${id}`, "--header-env", "X-Route=ROUTE_VALUE"];
    assert.equal((await run(args, { ROUTE_VALUE: "ward-7" })).code, 0);
    await signed();
    await came(1);
    assert.equal(site.received[0]?.headers["x-route"], "ward-7");
  });

  test("pause and resume: what was held goes out", async () => {
    const id = await made();
    await ok("endpoint", "pause", id);
    const ids = await signed(2);
    await inState(`${id}:2`, "held");
    assert.match(await ok("explain", `${id}:2`), new RegExp(`endpoint is paused[^]*endpoint resume ${id}`, "u"));
    await ok("endpoint", "resume", id);
    await arrived(id, ids);
  });

  test("rotate: old and new sign side by side; its own secret may be given", async () => {
    const id = await made();
    const own = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
    const end = await run(["endpoint", "rotate", id, "--secret-env", "OWN", "--overlap", "2"], { OWN: own });
    assert.equal(end.stdout, `${own}\n`);
    await signed();
    await came(1);
    const [received] = site.received;
    assert.equal(received?.headers["webhook-signature"]?.split(" ").length, 2);
    assert.doesNotThrow(() => new Webhook(own).verify(String(received?.body), received?.headers ?? {}));
  });

  test("test and verify: the verdict is the exit code, and a refusal comes with what mends it", async () => {
    const id = await made("--verify");
    assert.match(await ok("endpoint", "test", id), /^accepted: http_204/u);
    const unanswered = await run(["endpoint", "verify", id]);
    assert.equal(unanswered.code, 1);
    assert.match(unanswered.stdout, /challenge_unanswered[^]*"challenge"/u);
    site.answer(({ body }, response) => response.end(JSON.stringify(JSON.parse(String(body)).data)));
    assert.match(await ok("endpoint", "verify", id), /^verified/u);
    site.answer((_received, response) => response.writeHead(401).end());
    const refused = await run(["endpoint", "test", id]);
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /http_401[^]*secrets/u);
  });

  test("attempts: newest first, by outcome", async () => {
    site.answer((_received, response) => response.writeHead(500).end());
    const id = await made();
    await signed();
    await inState(`${id}:1`, "dead");
    const { attempts } = await okJson("endpoint", "attempts", id);
    assert.deepEqual(
      attempts.map(({ number, outcome }: { number: number; outcome: string }) => `${number} ${outcome}`),
      ["3 dead", "2 retry", "1 retry"],
    );
    assert.equal((await okJson("endpoint", "attempts", id, "--outcome", "dead")).attempts.length, 1);
    assert.match(await ok("endpoint", "attempts", id, "--since", "1h"), /http_500/u);
    const figures = await ok("endpoint", "stats", id);
    assert.match(figures, /delivered +0 with 3 attempts/u);
    assert.match(figures, /http_500 +3 \(an error inside the receiver\)/u);
    assert.match(figures, /0 pending, 1 dead, 0 held/u);
  });

  test("an endpoint that is not there is said so", async () => {
    const end = await run(["endpoint", "show", "nobody"]);
    assert.equal(end.code, 1);
    assert.match(end.stderr, /id/u);
  });
});

describe("handover explain", () => {
  test("a dead delivery: what it told of, every attempt in words, why it stopped, and what to do, on one screen", async () => {
    const codes = [503, 503, 404];
    site.answer((_received, response) => response.writeHead(codes.shift() ?? 404).end());
    const id = await made();
    const job = newJob();
    const [event] = await signed(1, job);
    await inState(`${id}:1`, "dead");
    const text = await ok("explain", `${id}:1`);
    assert.ok(text.split("\n").length <= 24, "one screen");
    for (const part of [
      new RegExp(`^${id}:1: dead`, "u"),
      new RegExp(`summary\\.signed, job/${job}, event 1 of its log, \\d{4}-`, "u"),
      new RegExp(`webhook-id +${event}`, "u"),
      new RegExp(`goes to +${id} \\(active, circuit closed\\) at ${site.url}/${id}`, "u"),
      /#1 .*retry +http_503 +\d+ ms +the receiver is unavailable/u,
      /#3 .*dead +http_404 .*no such path/u,
      /given up after 3 attempts/u,
      new RegExp(`endpoint change ${id} --receiver URL`, "u"),
      new RegExp(`handover replay ${id}:1`, "u"),
    ])
      assert.match(text, part);
  });

  test("a delivery that waits: when it is tried next, and why not before", async () => {
    site.answer((_received, response) => response.writeHead(503, { "retry-after": "1800" }).end());
    const id = await made();
    await signed();
    await came(1);
    const text = await eventually(async () => {
      const shown = await ok("explain", `${id}:1`);
      assert.match(shown, /#1/u);
      return shown;
    }, "the attempt is recorded");
    assert.match(text, /next +attempt 2 at \d{4}-\S+, in (?:29|30) min/u);
    const { standing } = await okJson("explain", `${id}:1`);
    assert.match(standing.next, /attempt 2/u);
  });

  test("an event or a job: its deliveries; where there is one, its life", async () => {
    const [one, two] = [await made(), await made()];
    const job = newJob();
    const [first = "", second = ""] = await signed(2, job);
    await Promise.all([arrived(one, [first, second]), arrived(two, [first, second])]);
    const { deliveries } = await okJson("explain", job);
    assert.deepEqual(
      deliveries.map(({ id }: { id: string }) => id),
      [`${one}:1`, `${two}:1`, `${one}:2`, `${two}:2`],
    );
    assert.equal((await okJson("explain", `job/${job}`)).deliveries.length, 4);
    assert.match(await ok("explain", first), new RegExp(`${one}:1 +summary\\.signed`, "u"));
    assert.match(await ok("explain", second, "--endpoint", two), new RegExp(`^${two}:2: delivered`, "u"));
  });

  test("what nobody was owed is said to be so", async () => {
    const end = await run(["explain", newJob()]);
    assert.equal(end.code, 1);
    assert.match(end.stderr, /no endpoint asked for its type/u);
  });
});

describe("handover replay", () => {
  test("one by name, a delivered one too: same id, same bytes", async () => {
    const id = await made();
    const [event = ""] = await signed();
    await arrived(id, [event]);
    await inState(`${id}:1`, "delivered");
    assert.match(await ok("replay", `${id}:1`), /^1 delivery/u);
    await arrived(id, [event, event]);
    assert.deepEqual(site.received[0]?.body, site.received[1]?.body);
  });

  test("many by what they have in common; --list shows them first and sends nothing", async () => {
    site.answer((_received, response) => response.writeHead(500).end());
    const id = await made();
    const events = await signed(3);
    for (const n of [1, 2, 3]) await inState(`${id}:${n}`, "dead");
    site.answer((_received, response) => response.writeHead(204).end());
    site.received.length = 0;
    assert.equal((await okJson("replay", "--endpoint", id, "--list")).deliveries.length, 3);
    assert.equal((await okJson("replay", "--endpoint", id, "--types", "task.failed")).queued, 0);
    assert.equal((await okJson("replay", "--endpoint", id, "--since", "1h", "--rate", "100")).queued, 3);
    await came(3);
    assert.deepEqual(idsAt(id).toSorted(), [...events].toSorted());
  });

  test("what an endpoint was never owed", async () => {
    const missed = await signed(2);
    const id = await made();
    await eventually(async () => {
      const end = await okJson("replay", "--endpoint", id, "--since", "10s", "--only", "missing");
      assert.ok(end.queued >= 0);
      assert.ok(missed.every((event) => idsAt(id).includes(event)));
      return true;
    }, "both came");
  });

  test("nothing chosen is nothing sent", async () => {
    assert.equal((await run(["replay"])).code, 2);
    assert.equal((await run(["replay", "e1:1", "--state", "dead"])).code, 2);
    assert.equal((await run(["replay", "e1:1", "--rate", "2"])).code, 2);
    assert.equal((await run(["replay", "--only", "missing"])).code, 2);
  });
});

describe("handover trigger", () => {
  const own = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;

  test("to a URL: signed, marked as a test, with the schema's own example; no adapter is needed", async () => {
    const args = ["trigger", "summary.signed", "--to", `${site.url}/direct`, "--secret-env", "OWN"];
    const end = await run(args, { OWN: own, HANDOVER_API_KEY: "" });
    assert.equal(end.code, 0, end.stderr);
    const [received] = site.received;
    assert.doesNotThrow(() => new Webhook(own).verify(String(received?.body), received?.headers ?? {}));
    const body = JSON.parse(String(received?.body));
    assert.equal(body.type, "summary.signed");
    assert.equal(body.data.test, true);
    assert.ok(catalogueEntry("summary.signed")?.envelope.safeParse(body).success);
  });

  test("through the adapter: the endpoint's own secret; every type that webhooks carry fits its schema", async () => {
    const id = await made();
    const types: string[] = (await okJson("trigger", "--list")).types.map(({ type }: { type: string }) => type);
    assert.ok(types.includes("task.completed") && types.includes("batch.completed"));
    for (const type of types) assert.match(await ok("trigger", type, "--endpoint", id), /^accepted/u, type);
    const bodies = site.received.map(({ body }) => JSON.parse(String(body)));
    assert.deepEqual(
      bodies.map(({ type }) => type),
      types,
    );
    for (const body of bodies) {
      assert.ok(catalogueEntry(body.type)?.envelope.safeParse(body).success, body.type);
      assert.equal(body.data.test, true, body.type);
      assert.equal(body.source, `${app.url}/tenants/general`);
    }
    assert.equal(new Set(bodies.map(({ id: event }) => event)).size, types.length);
  });

  test("what the receiver refuses is exit code 1; what is no type is a usage error", async () => {
    site.answer((_received, response) => response.writeHead(301, { location: "/elsewhere" }).end());
    const end = await run(["trigger", "task.failed", "--to", site.url, "--secret-env", "OWN"], { OWN: own });
    assert.equal(end.code, 1);
    assert.match(end.stdout, /http_301[^]*never followed/u);
    for (const type of ["summary.sigend", "draft.delta", "endpoint.verification"])
      assert.equal((await run(["trigger", type, "--to", site.url])).code, 2, type);
  });
});

describe("handover verify", () => {
  test("a request that a receiver kept: every check, and what is wrong when the secret is another", async () => {
    const end = await run(["endpoint", "create", "kept", `${site.url}/kept`]);
    const [id = ""] = await signed();
    await arrived("kept", [id]);
    const [received] = site.received;
    const headers = join(folder, "headers.json");
    const body = join(folder, "body.json");
    await writeFile(headers, JSON.stringify(received?.headers));
    await writeFile(body, received?.body ?? "");
    const files = ["verify", "--headers", headers, "--body", body, "--secret-env", "SECRET"];
    const right = await run(files, { SECRET: end.stdout });
    assert.equal(right.code, 0, right.stdout + right.stderr);
    assert.match(right.stdout, /form standard[^]*accepts it/u);
    const wrong = await run(files, { SECRET: `whsec_${Buffer.alloc(32, 1).toString("base64")}` });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stdout, /^FAILS +signature +none of the keys made it/mu);
    const later = await run([...files, "--at", "2099-01-01T00:00:00Z", "--json"], { SECRET: end.stdout });
    assert.deepEqual(
      JSON.parse(later.stdout)
        .checks.filter(({ ok: passed }: { ok: boolean }) => !passed)
        .map(({ check }: { check: string }) => check),
      ["timestamp"],
    );
  });

  test("an older form from a file as on the wire", async () => {
    const own = "the-old-receivers-secret";
    const args = ["--to", `${site.url}/old`, "--secret-env", "OWN", "--signature", "hex-body"];
    assert.equal((await run(["trigger", "task.failed", ...args], { OWN: own })).code, 0);
    const [received] = site.received;
    const head = Object.entries(received?.headers ?? {}).map(([name, value]) => `${name}: ${value}\r\n`);
    const file = join(folder, "request.txt");
    await writeFile(
      file,
      Buffer.concat([Buffer.from(`POST /old HTTP/1.1\r\n${head.join("")}\r\n`), received?.body ?? Buffer.of()]),
    );
    const end = await run(["verify", "--request", file, "--secret-env", "OWN"], { OWN: own });
    assert.equal(end.code, 0, end.stdout + end.stderr);
    assert.match(end.stdout, /form hex-body/u);
    assert.equal((await run(["verify", "--request", file])).code, 2);
  });
});

test("the list of deliveries asks for an event or a subject, comes in pages, and holds its tenant's only", async () => {
  const id = await made();
  const job = newJob();
  const events = await signed(3, job);
  await arrived(id, events);
  const get = async (path: string): Promise<{ status: number; body: { items: { event: string }[]; next: string } }> => {
    const response = await fetch(`${app.url}${path}`, { headers: { authorization: `Bearer ${apiKey}` } });
    return { status: response.status, body: (await response.json()) as never };
  };
  assert.equal((await get("/v1/deliveries")).status, 400);
  assert.equal((await get(`/v1/deliveries?event=e&subject=${job}`)).status, 400);
  const first = await get(`/v1/deliveries?subject=${job}&limit=2`);
  const rest = await get(`/v1/deliveries?subject=${job}&limit=2&cursor=${first.body.next}`);
  assert.deepEqual(
    [...first.body.items, ...rest.body.items].map(({ event }) => event),
    events,
  );
  assert.equal(rest.body.next, null);
});
