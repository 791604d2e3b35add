/** What authorises deliveries besides their signature, and TLS as one endpoint has it: real servers, real certificates. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { ServerOptions } from "node:https";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { connect } from "node:net";
import { after, afterEach, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import type { Authorization, TlsTrust } from "../../src/core/delivery/access.ts";
import { awsHeaders } from "../../src/core/signature/aws-sigv4.ts";
import type { Database } from "../../src/db/database.ts";
import { applyEndpoints } from "../../src/delivery/apply-endpoints.ts";
import { createAuthorize } from "../../src/delivery/authorization/authorize.ts";
import type { TokenDependencies } from "../../src/delivery/authorization/tokens.ts";
import { createTokens } from "../../src/delivery/authorization/tokens.ts";
import { createEgressClient } from "../../src/egress/client.ts";
import type { EgressOptions } from "../../src/egress/client.ts";
import { fetchOver } from "../../src/egress/fetch.ts";
import { postPerDestination } from "../../src/egress/per-destination.ts";
import { postOver } from "../../src/egress/post.ts";
import type { MadeCertificate } from "../support/certificates.ts";
import { makeCertificate } from "../support/certificates.ts";
import { aTenant, addEvent, addEvents, applyDependencies, secret, startDelivery, states } from "../support/delivery.ts";
import { eventually } from "../support/eventually.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import type { WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";

let db: TestDatabase;
let database: Database;
let tenant: string;
let number = 0;
const closing: (() => Promise<unknown>)[] = [];
/** Why there was no token. */
const reasons: string[] = [];

before(async () => {
  db = await createTestDatabase();
  database = db.open();
});
after(() => db.drop());
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  reasons.length = 0;
});

interface Access {
  readonly authorization?: Authorization;
  readonly tls?: TlsTrust;
}

async function setUp(url: string, { authorization, tls }: Access, more: object = {}): Promise<void> {
  tenant = `a${(number += 1)}`;
  const quick = { attempts: 4, baseSeconds: 0.02, factor: 1, maxSeconds: 1, jitter: 0 };
  const settings = aTenant(tenant, [{ url, events: ["*"], retry: quick, ...more }]);
  const deps = applyDependencies({ accessOf: () => ({ authorization: authorization ?? null, tls: tls ?? null }) });
  await database.worker.transaction(null, (tx) => applyEndpoints(tx, [settings], deps));
}

/** Every name leads to this machine. */
const policy: EgressOptions = {
  allow: ["127.0.0.1/32"],
  allowHttp: true,
  resolve: (_name, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
};

function start(tokens: Partial<TokenDependencies> = {}, options: EgressOptions = policy): void {
  const client = createEgressClient(options);
  const posts = postPerDestination(postOver(client), options);
  const fetch = fetchOver(client);
  const authorize = createAuthorize(
    createTokens({
      fetch: () => fetch,
      signAssertion: async ({ clientId, tokenEndpoint, alg }) => `${alg}|${clientId}|${tokenEndpoint}`,
      smartTokenEndpoint: async () => assert.fail("no discovery is asked for"),
      now: Date.now,
      ...tokens,
    }),
    (_tenant, reason) => reasons.push(reason),
  );
  const delivery = startDelivery(database, { post: () => posts.post, authorize });
  closing.push(async () => {
    await delivery.stop(0);
    await posts.close();
    await client.close();
  });
}

async function receiver(): Promise<WebhookSite> {
  const site = await webhookSite();
  closing.push(() => site.close());
  return site;
}

const ended = (...expected: string[]) =>
  eventually(async () => (await states(db, tenant)).join() === expected.join(), `states ${expected.join()}`, 20_000);
const codes = async (): Promise<readonly string[]> =>
  (await db.asOwner("select code from handover.attempt where tenant = $1 order by sequence, number", [tenant])).map(
    (row) => String(row["code"]),
  );

interface Asked {
  readonly authorization: string;
  readonly form: URLSearchParams;
}

/** A token endpoint: `answers` are used in turn, the last one again and again. */
async function tokenServer(...answers: readonly (object | number)[]): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const answer = answers[Math.min(asked.length, answers.length - 1)];
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      asked.push({ authorization: request.headers.authorization ?? "", form });
      if (typeof answer === "number") response.writeHead(answer).end("secret reasons");
      else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
    })();
  });
  // An idle connection that ends at the moment it is used again would be another failure than the one asked for.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`, asked };
}

const token = (value: string, seconds = 300) => ({ access_token: value, token_type: "Bearer", expires_in: seconds });
const oauth2 = (tokenUrl: string, more: object = {}): Authorization => ({
  type: "oauth2",
  tokenUrl,
  clientId: "hand over",
  clientSecret: "s3cret:/?",
  scopes: "hooks.write",
  clientAuth: "basic",
  ...more,
});

describe("authorisation beside the signature", () => {
  test("a bearer token and basic credentials stand in every request, which stays signed", async () => {
    const site = await receiver();
    await setUp(`${site.url}/bearer`, { authorization: { type: "bearer", token: "fixed-token" } });
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("delivered");
    await setUp(`${site.url}/basic`, { authorization: { type: "basic", username: "his", password: "pä:ss" } });
    await addEvent(db, { tenant, job: "j1" });
    await ended("delivered");
    const [bearer, basic] = site.received;
    assert.ok(bearer && basic);
    assert.equal(bearer.headers["authorization"], "Bearer fixed-token");
    assert.equal(basic.headers["authorization"], `Basic ${Buffer.from("his:pä:ss").toString("base64")}`);
    for (const one of [bearer, basic]) new Webhook(secret).verify(one.body, one.headers);
  });

  test("AWS: signed for the moment of the attempt, over the body and what signs it", async () => {
    const site = await receiver();
    const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI" };
    const authorization: Authorization = { type: "aws-sigv4", region: "eu-central-1", service: "execute-api", ...keys };
    await setUp(`${site.url}/prod/hook%20one?b=2&a=1`, { authorization });
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("delivered");
    const [came] = site.received;
    assert.ok(came);
    const stamp = came.headers["x-amz-date"] ?? "";
    const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/u, "$1-$2-$3:$4:$5"));
    assert.ok(Math.abs(Date.now() - at) < 60_000);
    const signed = (came.headers["authorization"] ?? "").match(/SignedHeaders=([^,]+)/u)?.[1]?.split(";") ?? [];
    assert.deepEqual(signed, [
      "content-type",
      "host",
      "webhook-id",
      "webhook-signature",
      "webhook-timestamp",
      "x-amz-date",
    ]);
    const again = awsHeaders(
      {
        method: "POST",
        url: `${site.url}${came.path}`,
        headers: Object.fromEntries(
          signed.filter((name) => !/^(?:host|x-amz-date)$/u.test(name)).map((name) => [name, came.headers[name] ?? ""]),
        ),
        body: came.body,
      },
      authorization,
      at,
    );
    assert.equal(again["authorization"], came.headers["authorization"]);
  });

  test("OAuth 2: one token for many deliveries, asked for once though many want it at once", async () => {
    const site = await receiver();
    const server = await tokenServer(token("t1"));
    await setUp(`${site.url}/hook`, { authorization: oauth2(server.url) });
    await addEvents(db, { tenant, job: "j1" }, 8);
    start();
    await ended(...Array.from({ length: 8 }, () => "delivered"));
    assert.deepEqual(new Set(site.received.map(({ headers }) => headers["authorization"])), new Set(["Bearer t1"]));
    assert.equal(server.asked.length, 1);
    const [asked] = server.asked;
    assert.equal(asked?.authorization, `Basic ${Buffer.from("hand+over:s3cret%3A%2F%3F").toString("base64")}`);
    assert.deepEqual(
      [asked?.form.get("grant_type"), asked?.form.get("scope"), asked?.form.get("client_secret")],
      ["client_credentials", "hooks.write", null],
    );
  });

  test("OAuth 2: the client may show its secret in the form, and name an audience", async () => {
    const site = await receiver();
    const server = await tokenServer(token("t1"));
    const authorization = oauth2(server.url, { clientAuth: "post", audience: "https://his.example" });
    await setUp(`${site.url}/hook`, { authorization });
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("delivered");
    assert.equal(server.asked[0]?.authorization, "");
    assert.equal(server.asked[0]?.form.get("client_secret"), "s3cret:/?");
    assert.equal(server.asked[0]?.form.get("audience"), "https://his.example");
  });

  test("401: once more with a new token, within the same attempt; a second 401 is a failure", async () => {
    const site = await receiver();
    const server = await tokenServer(token("old"), token("new"));
    site.answer((received, response) =>
      response.writeHead(received.headers["authorization"] === "Bearer new" ? 204 : 401).end(),
    );
    await setUp(`${site.url}/hook`, { authorization: oauth2(server.url) });
    await addEvent(db, { tenant, job: "j1" });
    start();
    await ended("delivered");
    assert.deepEqual(await codes(), ["http_204"]);
    assert.equal(server.asked.length, 2);
    site.answer((_received, response) => response.writeHead(401).end());
    await addEvent(db, { tenant, job: "j2" });
    await eventually(async () => (await codes()).includes("http_401"), "a failed attempt");
  });

  test("a token is replaced before it ends", async () => {
    const site = await receiver();
    const server = await tokenServer(token("first", 1), token("second"));
    let nowMs = Date.now();
    await setUp(`${site.url}/hook`, { authorization: oauth2(server.url) });
    await addEvent(db, { tenant, job: "j1" });
    start({ now: () => nowMs });
    await ended("delivered");
    nowMs += 501;
    await addEvent(db, { tenant, job: "j2" });
    await ended("delivered", "delivered");
    assert.deepEqual(
      site.received.map(({ headers }) => headers["authorization"]),
      ["Bearer first", "Bearer second"],
    );
  });

  for (const [what, answer, reason] of [
    ["fails", 503, "token_endpoint_503"],
    ["refuses us", 401, "token_endpoint_401"],
    ["answers nonsense", { token: "no" }, "token_answer_malformed"],
  ] as const) {
    test(`a token endpoint that ${what}: nothing is sent, it is tried again, and the circuit opens as for the endpoint itself`, async () => {
      const site = await receiver();
      const server = await tokenServer(answer);
      await setUp(
        `${site.url}/hook`,
        { authorization: oauth2(server.url) },
        { breaker: { failures: 2, openSeconds: 60 } },
      );
      await addEvent(db, { tenant, job: "j1" });
      start();
      await eventually(async () => (await codes()).length === 2, "two attempts");
      assert.deepEqual(await codes(), ["authorization_failed", "authorization_failed"]);
      const [row] = await db.asOwner("select circuit from handover.endpoint where tenant = $1", [tenant]);
      assert.equal(row?.["circuit"], "open");
      assert.equal(site.received.length, 0);
      assert.deepEqual(new Set(reasons), new Set([reason]));
    });
  }

  test("a token endpoint behind the egress wall is not asked", async () => {
    const site = await receiver();
    const server = await tokenServer(token("t1"));
    const inner = server.url.replace("127.0.0.1", "127.0.0.2");
    await setUp(`${site.url}/hook`, { authorization: oauth2(inner) });
    await addEvent(db, { tenant, job: "j1" });
    start();
    await eventually(async () => (await codes()).length > 0, "an attempt");
    assert.deepEqual(new Set(await codes()), new Set(["authorization_failed"]));
    assert.deepEqual(server.asked, []);
    assert.deepEqual(new Set(reasons), new Set(["egress_blocked"]));
  });

  test("SMART Backend Services: an assertion of our key, at the endpoint that discovery names", async () => {
    const site = await receiver();
    const server = await tokenServer(token("smart"));
    const discovered: (string | undefined)[] = [];
    const authorization: Authorization = {
      type: "smart-backend",
      clientId: "handover",
      scopes: "system/Task.c",
      fhirBaseUrl: "https://his.example/fhir",
      alg: "ES384",
    };
    await setUp(`${site.url}/hook`, { authorization });
    await addEvent(db, { tenant, job: "j1" });
    start({ smartTokenEndpoint: async (_tenant, base) => (discovered.push(base), server.url) });
    await ended("delivered");
    assert.deepEqual(discovered, ["https://his.example/fhir"]);
    const form = server.asked[0]?.form;
    assert.equal(form?.get("client_assertion"), `ES384|handover|${server.url}`);
    assert.equal(form?.get("scope"), "system/Task.c");
    assert.equal(site.received[0]?.headers["authorization"], "Bearer smart");
  });
});

const host = "hooks.hospital.example";
const authority = makeCertificate({ commonName: "Hospital CA", ca: true });
const certificate = (more: object = {}) =>
  makeCertificate({ commonName: host, names: [`DNS:${host}`], purpose: "server", issuer: authority, ...more });

/** An HTTPS receiver at `https://hooks.hospital.example:<port>`; counts the requests, tells who showed which certificate. */
async function tlsReceiver(shown: MadeCertificate, more: ServerOptions = {}) {
  const clients: string[] = [];
  const handler = (request: IncomingMessage, response: ServerResponse): void => {
    const socket = request.socket as TLSSocket;
    clients.push(socket.getPeerX509Certificate()?.subject ?? "");
    request.resume();
    response.writeHead(204).end();
  };
  const server = createTlsServer({ cert: shown.pem, key: shown.key, ...more }, handler);
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `https://${host}:${port}/hook`, port, clients };
}

/** Sends one event and tells what its first attempt came to. */
async function outcome(url: string, access: Access, options?: EgressOptions): Promise<string> {
  await setUp(url, access);
  await addEvent(db, { tenant, job: "j1" });
  start({}, options);
  await eventually(async () => (await codes()).length > 0, "an attempt", 15_000);
  return (await codes())[0] ?? "";
}

describe("TLS as one endpoint has it", () => {
  const selfSigned = makeCertificate({ commonName: host, names: [`DNS:${host}`], purpose: "server" });
  const expired = makeCertificate({
    commonName: host,
    names: [`DNS:${host}`],
    purpose: "server",
    notBefore: new Date(Date.now() - 20 * 86_400_000),
    notAfter: new Date(Date.now() - 86_400_000),
  });
  const other = "00".repeat(32);

  test("a private CA is believed for this endpoint, and for nobody else", async () => {
    const server = await tlsReceiver(certificate());
    assert.equal(await outcome(server.url, { tls: { ca: authority.pem } }), "http_204");
    assert.equal(await outcome(server.url, {}), "tls_invalid");
    assert.equal(server.clients.length, 1);
  });

  test("another CA, another name, an expired certificate: refused before anything is sent", async () => {
    const ca = { tls: { ca: authority.pem } };
    const stranger = makeCertificate({ commonName: "Stranger CA", ca: true });
    for (const shown of [
      certificate({ issuer: stranger }),
      certificate({ names: ["DNS:other.example"] }),
      certificate({
        notBefore: new Date(Date.now() - 20 * 86_400_000),
        notAfter: new Date(Date.now() - 86_400_000),
      }),
    ]) {
      const server = await tlsReceiver(shown);
      assert.equal(await outcome(server.url, ca), "tls_invalid");
      assert.equal(server.clients.length, 0);
    }
  });

  test("a pinned certificate is believed without a CA; any other is not, whoever signed it", async () => {
    const server = await tlsReceiver(selfSigned);
    const pin = selfSigned.sha256.toUpperCase().replaceAll(/(..)(?!$)/gu, "$1:");
    assert.equal(await outcome(server.url, { tls: { pinnedSha256: [other, pin] } }), "http_204");
    assert.equal(await outcome(server.url, { tls: { pinnedSha256: [other] } }), "certificate_not_pinned");
    assert.equal(server.clients.length, 1);
    const byCa = await tlsReceiver(certificate());
    const both: TlsTrust = { ca: authority.pem, pinnedSha256: [other] };
    assert.equal(await outcome(byCa.url, { tls: both }), "certificate_not_pinned");
    assert.equal(byCa.clients.length, 0);
  });

  test("a pinned certificate beyond its dates is refused", async () => {
    const server = await tlsReceiver(expired);
    assert.equal(await outcome(server.url, { tls: { pinnedSha256: [expired.sha256] } }), "tls_invalid");
    assert.equal(server.clients.length, 0);
  });

  test("a receiver that demands a client certificate gets ours; without one there is no delivery", async () => {
    const ours = makeCertificate({ commonName: "handover", purpose: "client", issuer: authority });
    const demanding = { requestCert: true, rejectUnauthorized: true, ca: authority.pem };
    const server = await tlsReceiver(certificate(), demanding);
    const tls = { ca: authority.pem, clientCertificate: ours.pem, clientKey: ours.key };
    assert.equal(await outcome(server.url, { tls }), "http_204");
    assert.match(server.clients[0] ?? "", /CN=handover/u);
    assert.notEqual(await outcome(server.url, { tls: { ca: authority.pem } }), "http_204");
    assert.equal(server.clients.length, 1);
  });

  test("the address wall stands before it all the same", async () => {
    const server = await tlsReceiver(certificate());
    const walled = { ...policy, allow: [] };
    assert.equal(await outcome(server.url, { tls: { ca: authority.pem } }, walled), "blocked_address");
    assert.equal(server.clients.length, 0);
  });

  test("through a forward proxy pins and client certificates hold as well", async () => {
    const ours = makeCertificate({ commonName: "handover", purpose: "client", issuer: authority });
    const server = await tlsReceiver(selfSigned, { requestCert: true, rejectUnauthorized: true, ca: authority.pem });
    const proxy = createServer();
    proxy.on("connect", (_request, stream) => {
      const through = connect(server.port, "127.0.0.1", () => {
        stream.write("HTTP/1.1 200 OK\r\n\r\n");
        through.pipe(stream).pipe(through);
      });
      for (const each of [through, stream]) each.on("error", () => undefined);
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    closing.push(async () => {
      proxy.closeAllConnections();
      proxy.close();
    });
    const behind = { ...policy, proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
    const shown = { clientCertificate: ours.pem, clientKey: ours.key };
    const pinned = { ...shown, pinnedSha256: [selfSigned.sha256] as [string] };
    assert.equal(await outcome(server.url, { tls: pinned }, behind), "http_204");
    const wrong = { ...shown, pinnedSha256: [createHash("sha256").update("x").digest("hex")] as [string] };
    assert.equal(await outcome(server.url, { tls: wrong }, behind), "certificate_not_pinned");
  });
});
