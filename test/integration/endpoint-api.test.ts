/** Endpoints by API, as an integration engineer meets them: the whole adapter, real receivers, a real Postgres. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { ApiAnswer } from "../support/api-call.ts";
import { apiCaller } from "../support/api-call.ts";
import { addEvents, addJob } from "../support/delivery.ts";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { eventually } from "../support/eventually.ts";
import type { Received, WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";

const tenant = "general";
const otherKey = "whole-app-other-tenant-key-01234";
const jobsKey = "whole-app-jobs-only-key-012345678";

let app: WholeApp;
let site: WebhookSite;
let counter = 0;

const call = apiCaller(() => app);

/** An endpoint of its own for each test, so that they cannot disturb each other. */
async function made(more: object = {}): Promise<{ id: string; secret: string; path: string }> {
  const id = `e${(counter += 1)}`;
  const endpoint = {
    id,
    url: `${site.url}/${id}`,
    events: ["summary.*"],
    retry: { attempts: 4, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 },
    ...more,
  };
  const answer = await call("POST", "/v1/endpoints", endpoint);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return { id, secret: answer.body.secret, path: `/v1/endpoints/${id}` };
}

const newJob = (): string => `01900000-0000-7000-8000-${String((counter += 1)).padStart(12, "0")}`;

/** Appends events that every endpoint of these tests asks for; returns their ids. */
const events = (count = 1, job = newJob()): Promise<readonly string[]> =>
  addEvents(app.database, { tenant, job, type: "summary.signed" }, count);

const idsAt = (path: string): string[] =>
  site.received.filter((one) => one.path === path).map(({ headers }) => headers["webhook-id"] ?? "");

/** Waits until these ids, and no others, have come to a path, in this order. */
const arrived = (path: string, ids: readonly string[]): Promise<true> =>
  eventually(() => (assert.deepEqual(idsAt(path), ids), true as const), `${ids.length} at ${path}`);

const stateOf = async (id: string): Promise<string[]> => {
  const rows = await app.database.asOwner(
    "select state || coalesce(' ' || code, '') as state from handover.delivery where endpoint = $1 order by sequence",
    [id],
  );
  return rows.map(({ state }) => String(state));
};

const inState = (id: string, states: readonly string[]): Promise<true> =>
  eventually(async () => (assert.deepEqual(await stateOf(id), states), true as const), `${id}: ${states.join(", ")}`);

function verifies(secret: string, { body, headers }: Received): boolean {
  try {
    new Webhook(secret).verify(body.toString(), headers);
    return true;
  } catch {
    return false;
  }
}

before(async () => {
  app = await startWholeApp({
    tenants: () => [
      { endpoints: [] },
      { id: "other", apiKey: otherKey, endpoints: [], issuers: [], smart: false },
      { id: "jobs", apiKey: jobsKey, apiScopes: ["jobs:read", "jobs:write"], endpoints: [], issuers: [], smart: false },
    ],
  });
  site = await webhookSite();
});
// What one test made must not answer to another's events.
beforeEach(async () => {
  const { body } = await call("GET", "/v1/endpoints?limit=200");
  for (const { id } of body.items) await call("DELETE", `/v1/endpoints/${id}`);
  site.received.length = 0;
  site.answer((_received, response) => response.writeHead(204).end());
});
after(async () => {
  await site.close();
  await app.stop();
});

describe("making an endpoint", () => {
  test("its secret is shown once, and verifies what it is sent", async () => {
    const answer = await call("POST", "/v1/endpoints", { id: "made", url: `${site.url}/made`, events: ["summary.*"] });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers.get("location"), `${app.url}/v1/endpoints/made`);
    assert.match(answer.body.secret, /^whsec_[A-Za-z0-9+/]{43}=$/u);
    const [id] = await events();
    await arrived("/made", [id ?? ""]);
    assert.ok(verifies(answer.body.secret, site.received[0] as Received));
    for (const path of ["/v1/endpoints/made", "/v1/endpoints"]) {
      const { body } = await call("GET", path);
      assert.doesNotMatch(JSON.stringify(body), new RegExp(answer.body.secret.slice(6, 30), "u"), path);
    }
  });

  test("a receiver's own secret and header values are taken, and never shown", async () => {
    const secret = `whsec_${Buffer.alloc(32, 3).toString("base64")}`;
    const { id, path } = await made({ secret, headers: { "X-Route": "canary-route-7" } });
    await events();
    const [received] = await site.came(1);
    assert.equal(received?.headers["x-route"], "canary-route-7");
    assert.ok(received !== undefined && verifies(secret, received));
    const { body } = await call("GET", path);
    assert.deepEqual([body.id, body.headers], [id, ["X-Route"]]);
    assert.doesNotMatch(JSON.stringify(body), /canary-route-7/u);
  });

  const refusals: readonly [what: string, body: object, at: string][] = [
    ["an event type that does not exist", { events: ["summary.sined"] }, "events"],
    ["a filter on what no event says", { filter: { "data.ward": ["3 West"] } }, "filter"],
    [
      "a filter that its types do not have",
      { events: ["batch.*"], filter: { "data.status": ["completed"] } },
      "filter",
    ],
    ["a header that is not its to set", { headers: { "Webhook-Id": "x" } }, "headers"],
    ["an address behind the wall", { url: "https://169.254.169.254/latest" }, "url"],
    ["a secret that is none", { secret: "not base64 at all!" }, "secret"],
    ["a member that does not exist", { evnets: ["*"] }, "evnets"],
    ["a rate of nothing", { ratePerSecond: 0 }, "ratePerSecond"],
  ];
  for (const [what, body, at] of refusals) {
    test(`${what} is refused by name, and nothing is made`, async () => {
      const endpoint = { id: "refused", url: `${site.url}/refused`, ...body };
      const answer = await call("POST", "/v1/endpoints", endpoint);
      assert.deepEqual([answer.status, String(answer.body.at).includes(at)], [400, true], JSON.stringify(answer.body));
      assert.equal((await call("GET", "/v1/endpoints/refused")).status, 404);
    });
  }

  test("the adapter's own address is refused in any spelling, and nothing is made", async () => {
    const { port } = new URL(app.url);
    for (const host of [
      "127.0.0.1",
      "localhost",
      "localhost.",
      "LOCALHOST",
      "127.1",
      "0",
      "[::1]",
      "[::ffff:7f00:1]",
    ]) {
      const answer = await call("POST", "/v1/endpoints", { id: "own", url: `http://${host}:${port}/v1/jobs` });
      assert.deepEqual([answer.status, String(answer.body.at).includes("url")], [400, true], host);
      assert.equal((await call("GET", "/v1/endpoints/own")).status, 404, host);
    }
  });

  test("an id that is taken is a conflict; another hospital's endpoints do not exist", async () => {
    const { id, path } = await made();
    assert.equal((await call("POST", "/v1/endpoints", { id, url: `${site.url}/x` })).status, 409);
    const other = { authorization: `Bearer ${otherKey}` };
    for (const [method, suffix] of [
      ["GET", ""],
      ["GET", "/attempts"],
      ["DELETE", ""],
      ["POST", "/pause"],
      ["POST", "/test"],
      ["POST", "/recover?since=2026-01-01T00:00:00Z"],
    ] as const)
      assert.equal((await call(method, `${path}${suffix}`, undefined, other)).status, 404, `${method} ${suffix}`);
    assert.deepEqual((await call("GET", "/v1/endpoints", undefined, other)).body, { items: [], next: null });
  });

  test("lists in pages, by id", async () => {
    for (let n = 0; n < 3; n += 1) await made();
    const seen: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const page: ApiAnswer = await call("GET", `/v1/endpoints?limit=2${next === "" ? "" : `&cursor=${next}`}`);
      seen.push(...page.body.items.map(({ id }: { id: string }) => id));
      ({ next } = page.body);
    }
    assert.deepEqual(seen, [...new Set(seen)].toSorted());
    assert.ok(seen.length >= 3);
  });
});

describe("a filter", () => {
  const signedBy = (signer: string) =>
    addEvents(app.database, { tenant, job: newJob(), type: "summary.signed", data: { signedBy: signer } }, 1);

  test("lets through what an event says, with numbers that have no gap; a change holds for what comes then", async () => {
    const { id, path } = await made({ filter: { "data.signedBy": ["Practitioner/7", "Practitioner/a*"] } });
    await signedBy("Practitioner/8");
    const [first = ""] = await signedBy("Practitioner/7");
    const [second = ""] = await signedBy("Practitioner/a9");
    await arrived(`/${id}`, [first, second]);
    const numbers = site.received.map(({ body }) => JSON.parse(body.toString()).data.endpointSequence as number);
    assert.deepEqual(new Set(numbers), new Set([1, 2]));
    const shown = await call("GET", path);
    assert.deepEqual(shown.body.filter, { "data.signedBy": ["Practitioner/7", "Practitioner/a*"] });
    const etag = { "if-match": shown.headers.get("etag") ?? "" };
    assert.equal((await call("PATCH", path, { filter: { "data.signedBy": ["Practitioner/8"] } }, etag)).status, 200);
    const [third = ""] = await signedBy("Practitioner/8");
    await arrived(`/${id}`, [first, second, third]);
  });

  test("holds for what is made up for, too", async () => {
    const since = new Date().toISOString();
    const { id, path } = await made({ filter: { "data.signedBy": ["Practitioner/1"] } });
    await signedBy("Practitioner/2");
    const [live = ""] = await signedBy("Practitioner/1");
    await arrived(`/${id}`, [live]);
    const etag = { "if-match": (await call("GET", path)).headers.get("etag") ?? "" };
    const widened = { "data.signedBy": ["Practitioner/1", "Practitioner/2"] };
    assert.equal((await call("POST", `${path}/recover?since=${since}&only=missing`)).body.queued, 0);
    await call("PATCH", path, { filter: widened }, etag);
    assert.equal((await call("POST", `${path}/recover?since=${since}&only=missing`)).body.queued, 1);
  });
});

describe("changing an endpoint", () => {
  test("needs the revision that it was made of", async () => {
    const { path } = await made();
    const { headers } = await call("GET", path);
    const etag = headers.get("etag") ?? "";
    assert.equal((await call("PATCH", path, { concurrency: 2 })).status, 428);
    assert.equal((await call("PATCH", path, { concurrency: 2 }, { "if-match": '"999"' })).status, 412);
    const changed = await call("PATCH", path, { concurrency: 2 }, { "if-match": etag });
    assert.deepEqual([changed.status, changed.body.concurrency, changed.body.events], [200, 2, ["summary.*"]]);
    assert.equal((await call("PATCH", path, { concurrency: 3 }, { "if-match": etag })).status, 412);
  });

  test("a new address takes what is queued, under the same ids", async () => {
    const { id, path } = await made({
      retry: { attempts: 50, baseSeconds: 0.05, factor: 1, maxSeconds: 1, jitter: 0 },
    });
    site.answer((received, response) => response.writeHead(received.path === "/moved" ? 204 : 500).end());
    const [event = ""] = await events();
    await eventually(() => idsAt(`/${id}`).length > 0);
    const { headers } = await call("GET", path);
    const moved = { "if-match": headers.get("etag") ?? "" };
    assert.equal((await call("PATCH", path, { url: `${site.url}/moved` }, moved)).status, 200);
    await arrived("/moved", [event]);
  });

  test("a new address waits for nothing that the old one asked for: neither its quiet, nor the next try, nor the circuit", async () => {
    const { id, path } = await made({ breaker: { failures: 1, openSeconds: 3600 } });
    site.answer((received, response) => {
      response.writeHead(received.path === `/new-${id}` ? 204 : 503, { "retry-after": "3600" }).end();
    });
    const [event = ""] = await events();
    await inState(id, ["pending http_503"]);
    const { headers, body } = await call("GET", path);
    assert.equal(body.circuit.state, "open", JSON.stringify(body.circuit));
    const unmoved = { "if-match": headers.get("etag") ?? "" };
    assert.equal((await call("PATCH", path, { url: `${site.url}/new-${id}` }, unmoved)).status, 200);
    await arrived(`/new-${id}`, [event]);
  });

  test("a rotated secret signs beside the one before, or alone", async () => {
    const { id, path, secret } = await made();
    const rotated = await call("POST", `${path}/rotate-secret`, {});
    assert.deepEqual([rotated.status, rotated.body.secret === secret], [200, false]);
    const hours = (Date.parse(rotated.body.previousValidUntil) - Date.now()) / 3_600_000;
    assert.ok(hours > 23.9 && hours <= 24, `${hours} h`);
    await events();
    const [both] = await site.came(1);
    assert.deepEqual(
      [verifies(secret, both as Received), verifies(rotated.body.secret, both as Received)],
      [true, true],
    );
    const alone = await call("POST", `${path}/rotate-secret`, { overlapHours: 0 });
    assert.deepEqual(Object.keys(alone.body), ["secret"]);
    site.received.length = 0;
    await events();
    await eventually(() => idsAt(`/${id}`).length === 1);
    const only = site.received.find((one) => one.path === `/${id}`);
    assert.deepEqual(
      [secret, rotated.body.secret, alone.body.secret].map((one) => verifies(one, only as Received)),
      [false, false, true],
    );
  });
});

describe("what an endpoint does not take", () => {
  test("while it is paused is held, seen, and sent in order when it goes on", async () => {
    const { id, path } = await made({ ordering: "per-job" });
    assert.equal((await call("POST", `${path}/pause`)).body.status, "paused");
    const sent = await events(3);
    await inState(
      id,
      Array.from({ length: 3 }, () => "held endpoint_paused"),
    );
    const list = await call("GET", `/v1/dead-letters?endpoint=${id}`);
    assert.deepEqual(
      list.body.items.map((one: { event: string; state: string; code: string }) => [one.event, one.state, one.code]),
      sent.toReversed().map((event) => [event, "held", "endpoint_paused"]),
    );
    assert.equal((await call("GET", path)).body.backlog.held, 3);
    assert.equal((await call("POST", "/v1/dead-letters/replay", { endpoint: id })).body.queued, 0);
    assert.equal((await call("POST", `${path}/resume`)).body.status, "active");
    await arrived(`/${id}`, sent);
  });

  test("while it is paused, what callbacks under it are owed is held too, and goes out with the rest", async () => {
    const { id, path } = await made();
    const job = newJob();
    await addJob(app.database, tenant, job, `${site.url}/${id}/job`);
    assert.equal((await call("POST", `${path}/pause`)).body.status, "paused");
    const sent = await events(2, job);
    await eventually(async () => {
      const list = await call("GET", `/v1/dead-letters?limit=50`);
      return list.body.items.filter(({ event }: { event: string }) => sent.includes(event)).length === 4;
    }, "both are held for both");
    assert.equal((await call("POST", `${path}/resume`)).body.status, "active");
    await eventually(() => idsAt(`/${id}/job`).length === 2 && idsAt(`/${id}`).length === 2, "all came");
    assert.deepEqual([idsAt(`/${id}/job`).toSorted(), idsAt(`/${id}`).toSorted()], [sent.toSorted(), sent.toSorted()]);
  });

  test("what is under way when it is paused ends as it ends: recorded, and sent again only where it failed", async () => {
    const { id, path } = await made({ concurrency: 2 });
    const waiting = new Map<string, (status: number) => void>();
    site.answer(({ headers }, response) => {
      waiting.set(headers["webhook-id"] ?? "", (status) => void response.writeHead(status).end());
    });
    const [taken = "", refused = ""] = await events(2);
    await eventually(() => waiting.size === 2, "both are under way");
    assert.equal((await call("POST", `${path}/pause`)).body.status, "paused");
    waiting.get(taken)?.(204);
    waiting.get(refused)?.(500);
    await inState(id, ["delivered http_204", "held endpoint_paused"]);
    const { body } = await call("GET", `${path}/attempts`);
    const codes = body.items.map(({ code }: { code: string }) => code).toSorted();
    assert.deepEqual(codes, ["http_204", "http_500"]);
    site.answer((_received, response) => response.writeHead(204).end());
    assert.equal((await call("POST", `${path}/resume`)).body.status, "active");
    await inState(id, ["delivered http_204", "delivered http_204"]);
    assert.deepEqual(idsAt(`/${id}`).toSorted(), [taken, refused, refused].toSorted());
  });

  test("after 410 is held, and goes to the new address, attempts made before counted on", async () => {
    const { id, path } = await made({ concurrency: 1, ordering: "per-job" });
    let status = 500;
    site.answer((_received, response) => response.writeHead(status).end());
    const sent = await events(3);
    await eventually(() => idsAt(`/${id}`).length >= 2);
    status = 410;
    await eventually(async () => (await call("GET", path)).body.status === "disabled");
    const gone = await call("GET", path);
    assert.equal(gone.body.reason, "gone");
    status = 204;
    const etag = { "if-match": gone.headers.get("etag") ?? "" };
    const moved = await call("PATCH", path, { url: `${site.url}/after-410-${id}` }, etag);
    assert.equal(moved.body.status, "active");
    // The one that was answered 410 is dead, and stays so until it is replayed; the others were held.
    await arrived(`/after-410-${id}`, sent.slice(1));
    assert.equal((await call("POST", "/v1/dead-letters/replay", { endpoint: id })).body.queued, 1);
    await arrived(`/after-410-${id}`, [...sent.slice(1), ...sent.slice(0, 1)]);
    await inState(id, ["delivered http_204", "delivered http_204", "delivered http_204"]);
    const attempts = await call("GET", `${path}/attempts?delivery=${id}:1`);
    const numbers = attempts.body.items.map(({ number }: { number: number }) => number);
    assert.deepEqual(
      numbers,
      Array.from(numbers, (_value, index) => numbers.length - index),
    );
    assert.equal(attempts.body.items[0].outcome, "delivered");
  });

  test("until it has answered its challenge is held; a wrong answer verifies nothing", async () => {
    const { id, path } = await made({ verify: true });
    const sent = await events(2);
    await inState(id, ["held endpoint_unverified", "held endpoint_unverified"]);
    assert.equal((await call("POST", `${path}/resume`)).status, 409);
    const trial = await call("POST", `${path}/verify`);
    assert.deepEqual([trial.body.ok, trial.body.code], [false, "challenge_unanswered"]);
    site.answer(({ body }, response) => {
      const { type, data } = JSON.parse(body.toString()) as { type: string; data: { challenge?: string } };
      const challenge = type === "endpoint.verification" ? data.challenge : undefined;
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ challenge }));
    });
    site.received.length = 0;
    const proven = await call("POST", `${path}/verify`);
    assert.deepEqual([proven.body.ok, (await call("GET", path)).body.status], [true, "active"]);
    await arrived(`/${id}`, [proven.body.id, ...sent]);
  });
});

describe("dead letters", () => {
  const once = { attempts: 1, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 };

  test("are replayed under their own ids, one or many, and only where asked for", async () => {
    const { id } = await made({ retry: once, breaker: { failures: 1000, openSeconds: 1 } });
    site.answer((_received, response) => response.writeHead(500).end());
    const sent = await events(3);
    await inState(id, ["dead http_500", "dead http_500", "dead http_500"]);
    site.answer((_received, response) => response.writeHead(204).end());
    site.received.length = 0;
    const one = await call("POST", `/v1/deliveries/${id}:2/replay`);
    assert.deepEqual([one.status, one.body], [200, { queued: 1 }]);
    await arrived(`/${id}`, sent.slice(1, 2));
    assert.deepEqual((await call("POST", "/v1/dead-letters/replay", {})).status, 400);
    const rest = await call("POST", "/v1/dead-letters/replay", {
      endpoint: id,
      types: ["summary.signed"],
      perSecond: 1000,
    });
    assert.equal(rest.body.queued, 2);
    await eventually(() => assert.deepEqual(idsAt(`/${id}`).toSorted(), [...sent].toSorted()) === undefined);
    // Delivered is no dead letter, but one that its receiver lost may be sent again by name.
    assert.equal((await call("POST", `/v1/deliveries/${id}:2/replay`)).body.queued, 1);
    await eventually(() => idsAt(`/${id}`).filter((event) => event === sent[1]).length === 2);
    assert.equal((await call("POST", `/v1/deliveries/${id}:9/replay`)).status, 404);
  });

  test("come back at the rate that was asked for", async () => {
    const { id } = await made({ retry: once, breaker: { failures: 1000, openSeconds: 1 } });
    site.answer((_received, response) => response.writeHead(500).end());
    await events(4);
    await inState(
      id,
      Array.from({ length: 4 }, () => "dead http_500"),
    );
    const { body } = await call("POST", "/v1/dead-letters/replay", { endpoint: id, perSecond: 0.1 });
    assert.equal(body.queued, 4);
    const due = await app.database.asOwner(
      "select round(extract(epoch from due_at - min(due_at) over ()))::int as after from handover.delivery where endpoint = $1 order by sequence",
      [id],
    );
    assert.deepEqual(
      due.map(({ after: seconds }) => seconds),
      [0, 10, 20, 30],
    );
  });

  test("one delivery's life stands in one answer", async () => {
    const { id } = await made();
    let failures = 2;
    site.answer((_received, response) => response.writeHead((failures -= 1) >= 0 ? 503 : 204).end());
    const [event = ""] = await events();
    await inState(id, ["delivered http_204"]);
    const { body } = await call("GET", `/v1/deliveries/${id}:1`);
    assert.deepEqual([body.event, body.type, body.state, body.attempts], [event, "summary.signed", "delivered", 3]);
    assert.deepEqual(
      body.history.map((attempt: { number: number; code: string }) => [attempt.number, attempt.code]),
      [
        [1, "http_503"],
        [2, "http_503"],
        [3, "http_204"],
      ],
    );
  });
});

describe("making up for a time", () => {
  test("what is missing before the horizon of retention cannot be told, and is not guessed; what failed can", async () => {
    const { path } = await made();
    const before = new Date(Date.now() - 91 * 86_400_000).toISOString();
    for (const only of ["", "&only=missing"]) {
      const refused = await call("POST", `${path}/recover?since=${before}${only}`);
      assert.deepEqual([refused.status, refused.body.at], [410, "since"]);
      assert.match(JSON.stringify(refused.body), /known for 90 days, since 20/u);
    }
    assert.equal((await call("POST", `${path}/recover?since=${before}&only=failed`)).status, 200);
    const within = new Date(Date.now() - 89 * 86_400_000).toISOString();
    assert.equal((await call("POST", `${path}/recover?since=${within}&only=missing`)).status, 200);
  });

  test("an endpoint made late gets what it never was owed, once, and numbers without a gap", async () => {
    const since = new Date(Date.now() - 60_000).toISOString();
    const missed = await events(2);
    await eventually(async () => {
      const [row] = await app.database.asOwner(
        "select count(*)::int as behind from handover.event e, handover.reader_cursor c where c.reader = 'delivery' and e.pos > c.position",
      );
      return row?.["behind"] === 0;
    });
    const { id, path } = await made();
    const [live = ""] = await events();
    await arrived(`/${id}`, [live]);
    const recovered = await call("POST", `${path}/recover?since=${since}&only=missing`);
    assert.ok(recovered.body.queued >= 2, JSON.stringify(recovered.body));
    await eventually(() => missed.every((event) => idsAt(`/${id}`).filter((one) => one === event).length === 1));
    assert.equal((await call("POST", `${path}/recover?since=${since}`)).body.queued, 0);
    const numbers = await app.database.asOwner(
      "select sequence::int as n from handover.delivery where endpoint = $1 order by sequence",
      [id],
    );
    assert.deepEqual(
      numbers.map(({ n }) => n),
      Array.from(numbers, (_row, index) => index + 1),
    );
  });
});

describe("an endpoint in figures", () => {
  test("tells of attempts, success, times, codes and backlog; the replica's metrics say the same", async () => {
    const { id, path } = await made({ retry: { attempts: 2, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 } });
    const empty = (await call("GET", `${path}/stats`)).body;
    assert.deepEqual(
      [empty.attempts, empty.byCode, "successRate" in empty, "latencyMs" in empty],
      [0, {}, false, false],
    );
    let calls = 0;
    site.answer((_received, response) => void response.writeHead((calls += 1) <= 3 ? 500 : 204).end());
    await events(1);
    await inState(id, ["dead http_500"]);
    await events(1);
    await inState(id, ["dead http_500", "delivered http_204"]);
    const { body } = await call("GET", `${path}/stats?window=24h`);
    assert.deepEqual([body.window, body.complete, body.attempts, body.delivered], ["24h", true, 4, 1]);
    assert.deepEqual(body.byCode, { http_500: 3, http_204: 1 });
    assert.deepEqual([body.successRate, body.errorRate], [0.25, 0.75]);
    assert.deepEqual([body.backlog.pending, body.backlog.dead], [0, 1]);
    assert.ok(body.latencyMs.p50 <= body.latencyMs.p99 && body.arrivalMs.p50 >= 0);
    assert.ok(Math.abs(body.deliveriesPerSecond - 1 / 86_400) < 1e-6);
    await call("POST", `${path}/pause`);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    const series = (name: string, more = "") => `${name}{tenant="${tenant}",endpoint="${id}"${more}}`;
    assert.ok(metrics.includes(`${series("handover_delivery_attempts_total", ',outcome="retry"')} 2`), metrics);
    assert.ok(metrics.includes(`${series("handover_delivery_attempts_total", ',outcome="dead"')} 1`));
    assert.ok(metrics.includes(`${series("handover_delivery_seconds_count")} 4`));
    await eventually(async () => {
      const text = await (await fetch(`${app.url}/metrics`)).text();
      assert.ok(text.includes(`${series("handover_dead_letters")} 1`));
      assert.ok(text.includes(`${series("handover_delivery_backlog")} 0`));
      return true;
    });
  });

  test("are nobody else's, and for known windows only", async () => {
    const { path } = await made();
    assert.equal((await call("GET", `${path}/stats?window=1y`)).status, 400);
    assert.equal((await call("GET", `${path}/stats`, undefined, { authorization: `Bearer ${otherKey}` })).status, 404);
    assert.equal((await call("GET", "/v1/endpoints/nobody/stats")).status, 404);
  });
});

describe("what receivers answer", () => {
  const answer = "no bed for canary-name-17 \u{1F3E5}".padEnd(6000, ".");
  const inClear = (text: string) =>
    app.database.asOwner("select 1 from handover.attempt where encode(answer, 'escape') like $1", [`%${text}%`]);

  test("the head of it is in the delivery's history, sealed at rest, in no list, and reading it is audited", async () => {
    const { id, path } = await made({ retry: { attempts: 2, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 } });
    let calls = 0;
    site.answer((_received, response) =>
      (calls += 1) === 1 ? response.writeHead(500).end(answer) : response.writeHead(204).end(),
    );
    await events();
    await inState(id, ["delivered http_204"]);
    const { body } = await call("GET", `/v1/deliveries/${id}:1`);
    const [first, second] = body.history;
    assert.equal(first.answer, answer.slice(0, first.answer.length));
    assert.equal(Buffer.byteLength(first.answer), 4096);
    assert.ok(!("answer" in second), "nothing was answered");
    const list = await call("GET", `${path}/attempts`);
    assert.equal(list.body.items.length, 2);
    assert.ok(!JSON.stringify(list.body).includes("canary-name-17"));
    assert.deepEqual(await inClear("canary-name-17"), []);
    const [kept] = await app.database.asOwner(
      "select length(answer) as n from handover.attempt where endpoint = $1 and answer is not null",
      [id],
    );
    assert.ok(Number(kept?.["n"]) > 4096, "sealed, whole");
    await eventually(async () => {
      const read = await app.database.asOwner(
        "select reason, outcome from handover.audit where action = 'delivery.read'",
      );
      assert.deepEqual(read, [{ reason: `answers ${id}:1`, outcome: "success" }]);
      return true;
    });
  });
});

describe("what deliveries tell of themselves", () => {
  const once = { attempts: 1, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 };
  const toldAt = (path: string): string[] =>
    site.received
      .filter((one) => one.path === path)
      .map(({ body }) => JSON.parse(body.toString()) as { type: string; subject: string; data: { code?: string } })
      .map(({ type, subject, data }) => [type, subject, data.code].filter((part) => part !== undefined).join(" "));

  test("goes to others, in order, and never round in circles", async () => {
    const failing = await made({ retry: once, breaker: { failures: 1000, openSeconds: 1 } });
    const watcher = await made({ events: ["endpoint.*", "delivery.*"] });
    const deaf = await made({ events: ["*"], retry: once, breaker: { failures: 1000, openSeconds: 1 } });
    let status = 500;
    // Only what tells of a job may say 410: what tells of the other endpoint could else disable one before its time.
    site.answer(({ path, body }, response) => {
      const answer = body.includes('"summary.signed"') && body.includes("jobSequence") ? status : 500;
      response.writeHead(path === `/${watcher.id}` ? 204 : answer).end();
    });
    await events();
    await eventually(() => toldAt(`/${watcher.id}`).length >= 2);
    status = 410;
    await events();
    const expected = [failing, deaf].flatMap(({ id }) => [
      `delivery.exhausted endpoint/${id} http_500`,
      `delivery.exhausted endpoint/${id} http_410`,
      `endpoint.disabled endpoint/${id}`,
    ]);
    // Whether the deaf one failed five times by then depends on what came first.
    const heard = () => toldAt(`/${watcher.id}`).filter((told) => !told.startsWith("endpoint.troubled"));
    await eventually(() => (assert.deepEqual(heard().toSorted(), expected.toSorted()), true));
    const etag = (await call("GET", failing.path)).headers.get("etag") ?? "";
    await call("PATCH", failing.path, { url: `${site.url}/${watcher.id}` }, { "if-match": etag });
    await eventually(() => toldAt(`/${watcher.id}`).includes(`endpoint.recovered endpoint/${failing.id}`));
    for (const { path, body } of site.received)
      if (path === `/${watcher.id}`) assertCatalogued(JSON.parse(body.toString()));
    // Its own failures were told to the deaf one's neighbours only, and what it was told of others failed untold.
    assert.equal(toldAt(`/${deaf.id}`).filter((told) => told.includes(`endpoint/${deaf.id}`)).length, 0);
  });
});

describe("alerts", () => {
  const alertsAt = (path: string) =>
    site.received
      .filter((one) => one.path === path)
      .map(({ body }) => assertCatalogued(JSON.parse(body.toString())) as { id: string; type: string; data: object });

  test("an operator's endpoint hears once that another fails often and is cut off, and when it is well again", async () => {
    const failing = await made({
      breaker: { failures: 5, openSeconds: 1 },
      concurrency: 1,
      retry: { attempts: 50, baseSeconds: 0.01, factor: 1, maxSeconds: 1, jitter: 0 },
    });
    const operator = await made({ events: ["endpoint.*"] });
    let status = 503;
    site.answer(({ path }, response) => response.writeHead(path === `/${operator.id}` ? 204 : status).end());
    await events(3);
    const types = (): string[] => alertsAt(`/${operator.id}`).map(({ type }) => type);
    await eventually(() => (assert.deepEqual(types(), ["endpoint.troubled", "endpoint.circuit_opened"]), true));
    const [troubled] = alertsAt(`/${operator.id}`);
    assert.partialDeepStrictEqual(troubled?.data, {
      endpoint: failing.id,
      failures: 5,
      withinSeconds: 600,
      code: "http_503",
    });
    status = 204;
    await inState(failing.id, ["delivered http_204", "delivered http_204", "delivered http_204"]);
    await eventually(() => (assert.equal(types().at(-1), "endpoint.circuit_closed"), true));
    assert.equal(types().length, 3, types().join());
    const line = app.logLines.find((text) => text.includes('"delivery.alert"') && text.includes(troubled?.id ?? "-"));
    assert.partialDeepStrictEqual(JSON.parse(line ?? "{}"), {
      level: "warn",
      tenant,
      endpoint: failing.id,
      topic: "endpoint.troubled",
      code: "http_503",
    });
  });
});

describe("trying an endpoint out", () => {
  test("a test event is signed, marked as one, and has no place in the log", async () => {
    const { id, path, secret } = await made();
    const trial = await call("POST", `${path}/test`);
    assert.deepEqual([trial.body.ok, trial.body.code, trial.body.httpStatus], [true, "http_204", 204]);
    const [received] = site.received;
    assert.ok(verifies(secret, received as Received));
    const body = JSON.parse(received?.body.toString() ?? "") as { id: string; type: string };
    assert.deepEqual([body.id, body.type], [trial.body.id, "endpoint.test"]);
    assertCatalogued(body);
    assert.deepEqual(await stateOf(id), []);
    site.answer((_received, response) => response.writeHead(302, { location: "http://127.0.0.1:1/" }).end());
    assert.deepEqual((await call("POST", `${path}/test`)).body.code, "http_302");
  });
});

describe("removing an endpoint", () => {
  test("ends it; its id can be taken again", async () => {
    const { id, path } = await made();
    assert.equal((await call("DELETE", path)).status, 204);
    assert.equal((await call("GET", path)).status, 404);
    const again = await call("POST", "/v1/endpoints", { id, url: `${site.url}/${id}`, events: ["summary.*"] });
    assert.equal(again.status, 201);
    const [event = ""] = await events();
    await arrived(`/${id}`, [event]);
  });
});

describe("who may", () => {
  test("without a credential nobody; without the scope no client", async () => {
    const reads = ["/v1/endpoints", "/v1/dead-letters", "/v1/egress-addresses"];
    for (const [authorization, status] of [
      ["", 401],
      [`Bearer ${jobsKey}`, 403],
      [`Bearer ${apiKey}`, 200],
    ] as const)
      for (const path of reads)
        assert.equal(
          (await call("GET", path, undefined, { authorization })).status,
          status,
          `${path} ${authorization}`,
        );
  });
});

// Last: what it leaves in the log would be made up for by the others as well.
describe("making up for a busy time", () => {
  test("thousands that were owed are told from what is missing in the time that a call may take", async () => {
    const since = new Date().toISOString();
    const { id, path } = await made();
    const count = 3000;
    for (let sent = 0; sent < count; sent += 500) await events(500);
    await eventually(async () => (await stateOf(id)).length === count, "all are owed", 30_000);
    const late = await made();
    const missing = `recover?only=missing&since=${since}`;
    assert.equal((await call("POST", `${path}/${missing}`)).body.queued, 0);
    const { body } = await call("POST", `${late.path}/${missing}`);
    assert.equal(body.queued, count);
  });
});
