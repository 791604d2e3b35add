/** `tail`, `listen` and `relay` as real processes against a running adapter: what is killed loses nothing. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { RunningCommand } from "../support/cli.ts";
import { startHandover } from "../support/cli.ts";
import { addEvents } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { Received, WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";

const tenant = "general";
const secret = `whsec_${Buffer.alloc(32, 6).toString("base64")}`;
const PATIENCE_MS = 30_000;

let app: WholeApp;
let site: WebhookSite;
let counter = 0;
const running: RunningCommand[] = [];

function start(args: readonly string[], environment: Record<string, string> = {}): RunningCommand {
  const command = startHandover(args, {
    PUBLIC_URL: app.url,
    HANDOVER_API_KEY: apiKey,
    RELAY_SECRET: secret,
    ...environment,
  });
  running.push(command);
  return command;
}

async function stopped(command: RunningCommand, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  command.child.kill(signal);
  return (await command.finished).code;
}

const newJob = (): string => `01900000-0000-7000-8000-${String((counter += 1)).padStart(12, "0")}`;
const newName = (): string => `c${(counter += 1)}`;
const signed = (count = 1, job = newJob()): Promise<readonly string[]> =>
  addEvents(app.database, { tenant, job, type: "summary.signed", data: { status: "completed" } }, count);

const idOf = ({ headers }: Received): string => headers["webhook-id"] ?? "";
const idsAt = (path: string): string[] => site.received.filter((one) => one.path === path).map(idOf);

const verifies = ({ body, headers }: Received, by = secret): void => void new Webhook(by).verify(String(body), headers);

/** A text on standard error; what a person reads before the first event. */
function said(command: RunningCommand, fits: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    command.child.stderr?.on("data", (chunk: Buffer | string) => {
      text += String(chunk);
      const found = fits.exec(text)?.[0];
      if (found !== undefined) resolve(found);
    });
    void command.finished.then(({ stderr }) => reject(new Error(`ended without ${fits}: ${stderr}`)));
  });
}

/** How far a consumer has come, by the adapter's own word. */
async function standing(consumer: string): Promise<{ status: number; behind: number }> {
  const response = await fetch(`${app.url}/v1/events/consumers/${consumer}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const body = (await response.json()) as { behind: number };
  return { status: response.status, behind: body.behind };
}

const caughtUp = (consumer: string): Promise<true> =>
  eventually(
    async () => (assert.deepEqual(await standing(consumer), { status: 200, behind: 0 }), true as const),
    `${consumer} has caught up`,
    PATIENCE_MS,
  );

before(async () => {
  app = await startWholeApp({ tenants: () => [{ endpoints: [] }] });
  site = await webhookSite();
});
beforeEach(() => {
  site.received.length = 0;
  site.answer((_received, response) => response.writeHead(204).end());
});
afterEach(async () => {
  for (const command of running.splice(0)) await stopped(command, "SIGKILL");
});
after(async () => {
  await site.close();
  await app.stop();
});

const relayArgs = (consumer: string, path: string, ...more: string[]): string[] => [
  "relay",
  "--consumer",
  consumer,
  "--forward-to",
  `${site.url}${path}`,
  "--secret-env",
  "RELAY_SECRET",
  "--verbose",
  ...more,
];

describe("handover relay", () => {
  test("killed in the middle, it loses nothing: the same ids and bytes again, at most one page twice, jobs in order", async () => {
    const consumer = newName();
    const warm = start(relayArgs(consumer, "/warm", "--from-now"));
    await caughtUp(consumer);
    await stopped(warm);
    const batch = 20;
    const jobs = await Promise.all(Array.from({ length: 10 }, () => signed(10)));
    const all = jobs.flat();
    // Slow enough that the kill comes while a page is half done.
    site.answer((_received, response) => void setTimeout(() => response.writeHead(204).end(), 5));
    // `--from-now` is for the first start only: left in a unit file, it must skip nothing.
    const args = relayArgs(consumer, "/kill", "--from-now", "--batch", String(batch));
    for (const enough of [25, 60]) {
      const command = start(args);
      await eventually(() => new Set(idsAt("/kill")).size >= enough, `${enough} came`, PATIENCE_MS);
      assert.equal(await stopped(command, "SIGKILL"), null);
    }
    start(args);
    await caughtUp(consumer);
    const came = site.received.filter(({ path }) => path === "/kill");
    assert.deepEqual(new Set(came.map(idOf)), new Set(all), "nothing lost, nothing else");
    const repeats = came.length - all.length;
    assert.ok(repeats <= 2 * batch, `${repeats} repeats of two kills`);
    const bodies = new Map<string, string>();
    for (const one of came) {
      verifies(one);
      assert.equal(bodies.get(idOf(one)) ?? String(one.body), String(one.body), "the same bytes");
      bodies.set(idOf(one), String(one.body));
    }
    const firsts = [...bodies.keys()];
    for (const events of jobs)
      assert.deepEqual(
        firsts.filter((id) => events.includes(id)),
        events,
        "in order",
      );
  });

  test("nothing is acknowledged while the receiver refuses; it is tried again, and goes on when the receiver takes it", async () => {
    const consumer = newName();
    let taking = false;
    site.answer((_received, response) => response.writeHead(taking ? 204 : 503).end());
    const command = start(relayArgs(consumer, "/down", "--from-now"));
    await eventually(async () => (await standing(consumer)).status === 200, "it has begun", PATIENCE_MS);
    const [id = ""] = await signed();
    assert.match(await command.line(/again in/u), /http_503 .*the receiver is unavailable; again in/u);
    assert.equal((await standing(consumer)).behind, 1);
    taking = true;
    await caughtUp(consumer);
    assert.equal(idsAt("/down").at(-1), id);
    assert.equal(await stopped(command), 0, "a signal ends it well");
  });

  test("with a filter its place goes on behind what the filter passes over", async () => {
    const consumer = newName();
    start(relayArgs(consumer, "/filtered", "--from-now", "--types", "task.failed", "--filter", "data.error=ehr_*"));
    await eventually(async () => (await standing(consumer)).status === 200, "it has begun", PATIENCE_MS);
    await signed(5);
    const fail = (error: string) =>
      addEvents(app.database, { tenant, job: newJob(), type: "task.failed", data: { error } }, 1);
    await fail("internal");
    const [failed = ""] = await fail("ehr_unavailable");
    await caughtUp(consumer);
    assert.deepEqual(idsAt("/filtered"), [failed]);
  });

  test("two receivers have their own places and secrets: one that hangs holds up no other", async () => {
    const consumer = newName();
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    site.answer(({ path }, response) =>
      path === "/lab" ? response.writeHead(503).end() : response.writeHead(204).end(),
    );
    const receivers = ["--forward-to", `his=${site.url}/his`, "--forward-to", `lab=${site.url}/lab`];
    const secrets = ["--secret-env", "his=RELAY_SECRET", "--secret-env", "lab=OTHER_SECRET"];
    start(["relay", "--consumer", consumer, "--from-now", ...receivers, ...secrets], { OTHER_SECRET: other });
    for (const name of ["his", "lab"])
      await eventually(async () => (await standing(`${consumer}.${name}`)).status === 200, name, PATIENCE_MS);
    const ids = await signed(3);
    await caughtUp(`${consumer}.his`);
    assert.deepEqual(idsAt("/his"), ids);
    assert.equal((await standing(`${consumer}.lab`)).behind, 3);
    verifies(site.received.find(({ path }) => path === "/his") as Received);
    await eventually(() => idsAt("/lab").length > 0, "the lab is tried", PATIENCE_MS);
    verifies(site.received.find(({ path }) => path === "/lab") as Received, other);
  });

  test("an event that is refused for too long is passed over, aloud, where that was asked for", async () => {
    const consumer = newName();
    const [bad = "", good = ""] = [...(await signed()), ...(await signed())];
    site.answer((one, response) => response.writeHead(idOf(one) === bad ? 400 : 204).end());
    const command = start(relayArgs(consumer, "/poison", "--give-up-after", "0"));
    assert.match(await command.line(new RegExp(`${bad}.*passed over`, "u")), /http_400/u);
    await caughtUp(consumer);
    assert.ok(idsAt("/poison").includes(good));
  });

  test("it tells how it is: ready, and not when its receiver is long away; figures; no event's content", async () => {
    const consumer = newName();
    const command = start(relayArgs(consumer, "/health", "--from-now", "--health-port", "0"));
    const [url = ""] = /http:\/\/[^/]+/u.exec(await said(command, /Health at \S+/u)) ?? [];
    await caughtUp(consumer);
    const [id = ""] = await signed();
    await caughtUp(consumer);
    assert.equal((await fetch(`${url}/livez`)).status, 200);
    const ready = await fetch(`${url}/readyz`);
    assert.equal(ready.status, 200);
    const text = await ready.text();
    assert.match(text, /"delivered":1/u);
    assert.ok(!text.includes(id));
    assert.match(
      await (await fetch(`${url}/metrics`)).text(),
      /^handover_relay_delivered_total\{target="default"\} 1$/mu,
    );
  });

  test("an adapter that comes later is waited for; a key that is refused is not", async () => {
    const args = relayArgs(newName(), "/late");
    const late = createServer((_request, response) => response.writeHead(401).end("{}"));
    late.listen(0, "127.0.0.1");
    await once(late, "listening");
    const { port } = late.address() as AddressInfo;
    late.close();
    await once(late, "close");
    const command = start([...args, "--url", `http://127.0.0.1:${port}`]);
    await said(command, /does not answer/u);
    late.listen(port, "127.0.0.1");
    const { code } = await command.finished;
    assert.equal(code, 78);
    late.close();
  });

  test("it never sends unsigned, and several receivers need names", async () => {
    const noSecret = start(relayArgs("c", "/x"), { RELAY_SECRET: "" });
    assert.equal((await noSecret.finished).code, 2);
    for (const wrong of [
      ["--concurrency", "0"],
      ["--batch", "0"],
      ["--give-up-after", "-1"],
      ["--consumer", "a b"],
    ]) {
      const { code, stderr } = await start([...relayArgs("c", "/x"), ...wrong]).finished;
      assert.equal(code, 2, `${wrong.join(" ")}: nothing may be called done that was not done: ${stderr}`);
    }
    const unnamed = start([...relayArgs("c", "/x"), "--forward-to", `${site.url}/y`]);
    assert.match((await unnamed.finished).stderr, /names of their own/u);
  });
});

describe("handover listen", () => {
  test("a receiver on this machine gets what the engine would send: same headers, signed body, numbered", async () => {
    const command = start(["listen", "--forward-to", `${site.url}/dev`, "--consumer", newName()]);
    const shown = await said(command, /whsec_[A-Za-z0-9+/=]+/u);
    const ids: string[] = [];
    await eventually(
      async () => {
        ids.push(...(await signed()));
        return site.received.length > 0;
      },
      "an event came",
      PATIENCE_MS,
    );
    const [first] = site.received;
    assert.ok(first !== undefined && ids.includes(idOf(first)));
    verifies(first, shown);
    assert.equal(first.headers["content-type"], "application/cloudevents+json");
    assert.match(first.headers["traceparent"] ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/u);
    const body = JSON.parse(String(first.body)) as {
      id: string;
      data: { endpointSequence: number; jobSequence: number };
    };
    assert.deepEqual([body.id, body.data.endpointSequence, body.data.jobSequence], [idOf(first), 1, 1]);
    assert.match(await command.line(/http_204/u), /summary\.signed job\/\S+ evt_\S+ #1 http_204 \d+ ms$/u);
    assert.equal(await stopped(command, "SIGINT"), 0);
  });

  test("an older form, and a receiver that is down: waited for; one that fails: tried three times", async () => {
    const port = Number(new URL(site.url).port);
    const consumer = newName();
    const down = createServer((_request, response) => response.writeHead(204).end());
    down.listen(0, "127.0.0.1");
    await once(down, "listening");
    const { port: free } = down.address() as AddressInfo;
    assert.notEqual(free, port);
    down.close();
    await once(down, "close");
    const own = ["--signature", "sha256-timestamp-body", "--secret-env", "OWN"];
    const args = ["listen", "--forward-to", `http://127.0.0.1:${free}/dev`, "--consumer", consumer, ...own];
    const command = start(args, { OWN: "a-secret-of-my-own-1" });
    await eventually(async () => (await standing(consumer)).status === 200, "it has begun", PATIENCE_MS);
    await signed();
    assert.match(await command.line(/connection_refused/u), /again in/u);
    const signatures: boolean[] = [];
    const back = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const timestamp = String(request.headers["x-webhook-timestamp"]);
        const digest = createHmac("sha256", "a-secret-of-my-own-1")
          .update(`${timestamp}.`)
          .update(Buffer.concat(chunks));
        signatures.push(request.headers["x-webhook-signature"] === `sha256=${digest.digest("hex")}`);
        response.writeHead(500).end();
      });
    }).listen(free, "127.0.0.1");
    assert.match(await command.line(/passed over/u), /http_500/u);
    assert.deepEqual(signatures, [true, true, true]);
    back.closeAllConnections();
    back.close();
  });
});

describe("handover tail", () => {
  test("events as they happen, of the types asked for; the envelope itself with --json", async () => {
    const all = start(["tail", "--all", "--json", "--types", "task.failed"]);
    const job = newJob();
    await signed(1, job);
    const [failed = ""] = await addEvents(
      app.database,
      { tenant, job, type: "task.failed", data: { status: "failed", error: "ehr_unavailable" } },
      1,
    );
    const line = JSON.parse(await all.line(new RegExp(failed, "u"))) as {
      id: string;
      type: string;
      data: { job: string };
    };
    assert.deepEqual([line.id, line.type, line.data.job], [failed, "task.failed", job]);
    const words = start(["tail", "--all"]);
    assert.match(
      await words.line(new RegExp(failed, "u")),
      new RegExp(`task\\.failed +job/${job} ${failed} status=failed error=ehr_unavailable`, "u"),
    );
    assert.equal(await stopped(words), 0);
  });

  test("an adapter that goes away and comes back costs no event, and brings none twice", async () => {
    let away = false;
    const front = createServer((request, response) => {
      if (away) return void request.socket.destroy();
      const { host: _host, ...headers } = request.headers;
      void fetch(`${app.url}${request.url}`, { headers: headers as Record<string, string> })
        .then(async (answer) =>
          response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text()),
        )
        .catch(() => response.destroy());
    }).listen(0, "127.0.0.1");
    await once(front, "listening");
    const { port } = front.address() as AddressInfo;
    const [first = ""] = await signed();
    const command = start(["tail", "--all", "--url", `http://127.0.0.1:${port}`]);
    await command.line(new RegExp(first, "u"));
    away = true;
    front.closeAllConnections();
    await said(command, /does not answer/u);
    const later = await signed(3);
    away = false;
    await command.line(new RegExp(later[2] ?? "", "u"));
    await stopped(command);
    const { stdout } = await command.finished;
    for (const id of [first, ...later]) assert.equal(stdout.split(id).length, 2, "once");
    front.closeAllConnections();
    front.close();
  });

  test("attempts at an endpoint as they are made", async () => {
    const id = newName();
    const made = await fetch(`${app.url}/v1/endpoints`, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ id, url: `${site.url}/${id}` }),
    });
    assert.equal(made.status, 201);
    site.answer((_received, response) => response.writeHead(404).end());
    const command = start(["tail", "--endpoint", id]);
    await signed();
    assert.match(
      await command.line(/http_404/u),
      new RegExp(`${id}:1 #\\d retry +http_404 \\d+ ms summary\\.signed \\(no such path`, "u"),
    );
  });
});
