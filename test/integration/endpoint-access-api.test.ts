/** Authorisation and TLS of endpoints as people set them: by file and by API, their secrets shown to nobody. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { apiCaller } from "../support/api-call.ts";
import { addEvents } from "../support/delivery.ts";
import { makeCertificate } from "../support/certificates.ts";
import { eventually } from "../support/eventually.ts";
import type { Received, WebhookSite } from "../support/webhook-site.ts";
import { webhookSite } from "../support/webhook-site.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp, webhookSecret } from "../support/whole-app.ts";

let app: WholeApp;
let site: WebhookSite;
const folder = mkdtempSync(join(tmpdir(), "handover-access-"));
const authority = makeCertificate({ commonName: "Hospital CA", ca: true });
const ours = makeCertificate({ commonName: "handover", purpose: "client", issuer: authority });

const call = apiCaller(() => app);

let jobs = 0;
/** Sends an event, and returns it as it came to this path. */
async function sent(path: string): Promise<Received> {
  const job = `01900000-0000-7000-8000-${String((jobs += 1)).padStart(12, "0")}`;
  const [id = ""] = await addEvents(app.database, { tenant: "general", job, type: "summary.signed" }, 1);
  let found: Received | undefined;
  await eventually(
    () => (found = site.received.find((one) => one.path === path && one.headers["webhook-id"] === id)) !== undefined,
    `${id} at ${path}`,
    20_000,
  );
  assert.ok(found);
  return found;
}

const written = (id: string, more: object = {}) => ({ id, url: `${site.url}/${id}`, events: ["summary.*"], ...more });

before(async () => {
  site = await webhookSite();
  writeFileSync(join(folder, "ca.pem"), authority.pem);
  writeFileSync(join(folder, "token"), "token-of-a-file\n", { mode: 0o600 });
  writeFileSync(join(folder, "client.pem"), ours.pem);
  writeFileSync(join(folder, "client.key"), ours.key, { mode: 0o600 });
  app = await startWholeApp({
    environment: { FILE_SECRET: webhookSecret },
    tenants: () => [
      {
        endpoints: [
          {
            ...written("filed"),
            secretEnv: "FILE_SECRET",
            authorization: { type: "bearer", tokenFile: join(folder, "token") },
          },
          {
            ...written("tls"),
            url: "https://his.example/hook",
            secretEnv: "FILE_SECRET",
            tls: {
              caFile: join(folder, "ca.pem"),
              clientCertFile: join(folder, "client.pem"),
              clientKeyFile: join(folder, "client.key"),
            },
          },
        ],
      },
    ],
  });
});
after(async () => {
  await app.stop();
  await site.close();
  rmSync(folder, { recursive: true });
});

describe("by file", () => {
  test("a token that the file names by a file is sent, and not shown", async () => {
    assert.equal((await sent("/filed")).headers["authorization"], "Bearer token-of-a-file");
    const shown = await call("GET", "/v1/endpoints/filed");
    assert.deepEqual(shown.body.authorization, { type: "bearer" });
    assert.doesNotMatch(shown.text, /token-of-a-file/u);
  });

  test("certificates are shown by subject and end; the key is not", async () => {
    const shown = await call("GET", "/v1/endpoints/tls");
    assert.deepEqual(
      shown.body.tls.ca.map(({ subject }: { subject: string }) => subject),
      ["CN=Hospital CA"],
    );
    assert.equal(shown.body.tls.clientCertificate.subject, "CN=handover");
    assert.ok(Date.parse(shown.body.tls.clientCertificate.validTo) > Date.now());
    assert.doesNotMatch(shown.text, /PRIVATE KEY/u);
  });
});

describe("by API", () => {
  test("given in the body, used, changed and taken away; never shown", async () => {
    const authorization = { type: "basic", username: "his", password: "canary-password" };
    const made = await call("POST", "/v1/endpoints", written("by-api", { authorization }));
    assert.equal(made.status, 201);
    assert.deepEqual(made.body.endpoint.authorization, { type: "basic", username: "his" });
    const basic = `Basic ${Buffer.from("his:canary-password").toString("base64")}`;
    assert.equal((await sent("/by-api")).headers["authorization"], basic);
    // Another setting is changed: what authorises stays.
    const slower = await call("PATCH", "/v1/endpoints/by-api", { concurrency: 1 }, { "if-match": '"1"' });
    assert.equal(slower.status, 200);
    assert.equal((await sent("/by-api")).headers["authorization"], basic);
    const bearer = { authorization: { type: "bearer", token: "canary-token" } };
    await call("PATCH", "/v1/endpoints/by-api", bearer, { "if-match": '"2"' });
    assert.equal((await sent("/by-api")).headers["authorization"], "Bearer canary-token");
    const without = await call("PATCH", "/v1/endpoints/by-api", { authorization: null }, { "if-match": '"3"' });
    assert.equal(without.body.authorization, undefined);
    assert.equal((await sent("/by-api")).headers["authorization"], undefined);
    const all = await call("GET", "/v1/endpoints");
    for (const text of [made.text, slower.text, all.text, app.logLines.join("\n")])
      assert.doesNotMatch(text, /canary/u);
    const rows = await app.database.asOwner("select row_to_json(e)::text as row from handover.endpoint e");
    for (const { row } of rows) assert.doesNotMatch(String(row), /canary|token-of-a-file/u);
  });

  test("the test event carries it too", async () => {
    const authorization = { type: "bearer", token: "tried-token" };
    await call("POST", "/v1/endpoints", written("tried", { authorization }));
    const trial = await call("POST", "/v1/endpoints/tried/test");
    const came = site.received.find(({ headers }) => headers["webhook-id"] === trial.body.id);
    assert.equal(came?.headers["authorization"], "Bearer tried-token");
  });

  test("SMART Backend Services with our own key, at the tenant's EHR", async () => {
    const authorization = { type: "smart-backend", clientId: "handover-backend", scopes: "system/*.rs" };
    await call("POST", "/v1/endpoints", written("smart", { authorization }));
    assert.match((await sent("/smart")).headers["authorization"] ?? "", /^Bearer \S{16,}$/u);
  });

  test("a pin and a certificate of ours, over a real connection", async () => {
    const shown = makeCertificate({ commonName: "his", names: ["DNS:his.example"], purpose: "server" });
    const server = createTlsServer(
      { cert: shown.pem, key: shown.key, requestCert: true, rejectUnauthorized: true, ca: authority.pem },
      (request, response) => {
        request.resume();
        response.writeHead(204).end();
      },
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const trial = async (id: string, tls: object): Promise<string> => {
      const made = await call("POST", "/v1/endpoints", { ...written(id), url, tls });
      assert.equal(made.status, 201, made.text);
      return (await call("POST", `/v1/endpoints/${id}/test`)).body.code as string;
    };
    try {
      const certificate = { clientCertificate: ours.pem, clientKey: ours.key };
      assert.equal(await trial("pinned", { ...certificate, pinnedSha256: [shown.sha256] }), "http_204");
      const other = authority.sha256;
      assert.equal(await trial("mispinned", { ...certificate, pinnedSha256: [other] }), "certificate_not_pinned");
      assert.equal(await trial("untrusted", certificate), "tls_invalid");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  const https = { url: "https://his.example/hook" };
  const refusals: readonly (readonly [what: string, more: object, at: RegExp])[] = [
    [
      "authorisation and a header of that name",
      { authorization: { type: "bearer", token: "x" }, headers: { Authorization: "y" } },
      /header of that name/u,
    ],
    [
      "a token endpoint behind the wall",
      {
        authorization: {
          type: "oauth2",
          tokenUrl: "https://169.254.169.254/token",
          clientId: "c",
          clientSecret: "s",
        },
      },
      /tokenUrl may not be called/u,
    ],
    ["TLS for plain http", { tls: { ca: authority.pem } }, /https only/u],
    ["a CA that is none", { ...https, tls: { ca: "nonsense" } }, /no certificate in PEM/u],
    ["a certificate without its key", { ...https, tls: { clientCertificate: ours.pem } }, /go together/u],
    [
      "a key of another certificate",
      { ...https, tls: { clientCertificate: ours.pem, clientKey: authority.key } },
      /not that of the client certificate/u,
    ],
    ["a pin that is none", { ...https, tls: { pinnedSha256: ["abc"] } }, /fingerprint|pinnedSha256/u],
    ["a kind that there is not", { authorization: { type: "digest" } }, /authorization/u],
    ["TLS that says nothing", { ...https, tls: {} }, /says nothing/u],
  ];
  for (const [what, more, message] of refusals) {
    test(`refuses ${what}`, async () => {
      const answer = await call("POST", "/v1/endpoints", written("refused", more));
      assert.equal(answer.status, 400, answer.text);
      assert.match(answer.text, message);
    });
  }
});
