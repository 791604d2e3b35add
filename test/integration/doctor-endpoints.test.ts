/** `handover doctor --tenant` and webhook endpoints: each planted fault is found by its name, with what mends it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Check } from "../../src/cli/doctor/check.ts";
import type { ExaminedEndpoint } from "../../src/cli/doctor/tenant/endpoints.ts";
import { checkEndpoints } from "../../src/cli/doctor/tenant/endpoints.ts";
import { openExamination } from "../../src/cli/doctor/tenant/examination.ts";
import { openOwnKeys } from "../../src/cli/doctor/tenant/own-keys-store.ts";
import { loadConfig } from "../../src/config/load.ts";
import { apiCaller } from "../support/api-call.ts";
import type { CertificateInput, MadeCertificate } from "../support/certificates.ts";
import { makeCertificate } from "../support/certificates.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { masterKey, startWholeApp, tenantFile } from "../support/whole-app.ts";

const DAY_MS = 86_400_000;
const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS + 3_600_000);
const authority = makeCertificate({ commonName: "Hospital CA", ca: true });
const servers: Server[] = [];
after(() => servers.forEach((server) => server.close()));

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

async function receiver(more: Partial<CertificateInput> = {}): Promise<{ url: string; certificate: MadeCertificate }> {
  const names = ["DNS:localhost"];
  const certificate = makeCertificate({
    commonName: "localhost",
    names,
    purpose: "server",
    issuer: authority,
    notAfter: inDays(90),
    ...more,
  });
  const server = createTlsServer({ key: certificate.key, cert: certificate.pem }, (_request, response) =>
    response.writeHead(204).end(),
  );
  return { url: `https://localhost:${await listening(server)}/hooks`, certificate };
}

/** An authorisation server; asked for with the right secret it gives a token. */
async function tokenServer(): Promise<string> {
  const server = createServer((request, response) => {
    const right = request.headers.authorization === `Basic ${Buffer.from("handover:right").toString("base64")}`;
    response.writeHead(right ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(right ? { access_token: "t", token_type: "Bearer" } : { error: "invalid_client" }));
  });
  return `http://127.0.0.1:${await listening(server)}/token`;
}

const config = loadConfig({
  demo: true,
  environment: { PUBLIC_URL: "http://127.0.0.1:1" },
  file: {
    tenants: [
      {
        id: "general",
        name: "General Hospital",
        environment: "test",
        network: { allowHttp: true, allow: ["127.0.0.1/32", "::1/128"] },
        ehr: { fhirBaseUrl: "http://127.0.0.1:1/fhir" },
      },
    ],
  },
}).config;

async function look(endpoint: Partial<ExaminedEndpoint>): Promise<readonly Check[]> {
  const [tenant] = config.tenants;
  assert.ok(tenant !== undefined);
  const examination = openExamination({
    tenant,
    config,
    ownKeys: () => Promise.reject(new Error("no keys")),
    endpoints: async () => [{ id: "his", status: "active", url: "http://127.0.0.1:2/", ...endpoint }],
    watch: () => Promise.reject(new Error("no watch")),
  });
  try {
    return await checkEndpoints(examination, Date.now());
  } finally {
    await examination.close();
  }
}

const said = (checks: readonly Check[]) => checks.map(({ ok, found, fix }) => [ok, fix !== undefined, found]);

describe("an endpoint that is well", () => {
  test("its certificate by a private CA, our own one, and its token: a line each, no fault", async () => {
    const { url } = await receiver();
    const ours = makeCertificate({
      commonName: "handover",
      purpose: "client",
      issuer: authority,
      notAfter: inDays(60),
    });
    const checks = await look({
      url,
      tls: { ca: authority.pem, clientCertificate: ours.pem, clientKey: ours.key },
      authorization: {
        type: "oauth2",
        tokenUrl: await tokenServer(),
        clientId: "handover",
        clientSecret: "right",
        clientAuth: "basic",
      },
    });
    assert.ok(
      checks.every(({ ok, fix, name }) => ok && fix === undefined && name === "endpoint his"),
      JSON.stringify(checks),
    );
    assert.match(
      JSON.stringify(said(checks)),
      /trusted, issued by Hospital CA, valid for 90 days.*valid for 60 days.*gave us a token/u,
    );
  });
});

describe("planted faults", () => {
  const faults: readonly [what: string, plant: () => Promise<Partial<ExaminedEndpoint>>, found: RegExp, fix: RegExp][] =
    [
      [
        "an address behind the wall",
        async () => ({ url: "https://10.1.2.3/hooks" }),
        /10\.1\.2\.3 is a private IPv4 address/u,
        /network\.allow/u,
      ],
      [
        "nothing listens there",
        async () => ({ url: "https://localhost:9/hooks" }),
        /nothing listens there/u,
        /host and port/u,
      ],
      [
        "a certificate that nobody trusts",
        async () => ({ url: (await receiver()).url }),
        /no CA that is trusted here/u,
        /CA/u,
      ],
      [
        "a CA that is not that of the certificate",
        async () => ({
          url: (await receiver()).url,
          tls: { ca: makeCertificate({ commonName: "Other", ca: true }).pem },
        }),
        /no CA that is trusted here/u,
        /tls\.ca is set, and does not hold this issuer/u,
      ],
      [
        "a certificate that has expired",
        async () => ({
          url: (await receiver({ notBefore: inDays(-30), notAfter: inDays(-2) })).url,
          tls: { ca: authority.pem },
        }),
        /has expired/u,
        /renewed/u,
      ],
      [
        "a certificate for another name",
        async () => ({ url: (await receiver({ names: ["DNS:other.example"] })).url, tls: { ca: authority.pem } }),
        /for another name/u,
        /names it/u,
      ],
      [
        "another certificate than the pinned one",
        async () => ({ url: (await receiver()).url, tls: { pinnedSha256: ["ab".repeat(32)] } }),
        /not pinned: [0-9a-f]{64}/u,
        /Pin the new certificate/u,
      ],
      [
        "a certificate of ours that has ended",
        async () => {
          const ours = makeCertificate({
            commonName: "handover",
            issuer: authority,
            notBefore: inDays(-9),
            notAfter: inDays(-2),
          });
          const tls = { ca: authority.pem, clientCertificate: ours.pem, clientKey: ours.key };
          return { url: (await receiver()).url, tls };
        },
        /that we show ended on/u,
        /Have a new one made/u,
      ],
      [
        "a token endpoint that refuses our client",
        async () => ({
          url: "http://127.0.0.1:2/",
          authorization: {
            type: "oauth2",
            tokenUrl: await tokenServer(),
            clientId: "handover",
            clientSecret: "wrong",
            clientAuth: "basic",
          },
        }),
        /no token for it: token_endpoint_401/u,
        /client and secret/u,
      ],
      [
        "a token endpoint that is away",
        async () => ({
          authorization: {
            type: "oauth2",
            tokenUrl: "http://127.0.0.1:9/token",
            clientId: "h",
            clientSecret: "s",
            clientAuth: "basic",
          },
        }),
        /token endpoint: nothing listens there/u,
        /host and port/u,
      ],
      [
        "an endpoint that is disabled",
        async () => ({ status: "disabled", reason: "gone" }),
        /disabled \(gone\)/u,
        /endpoint resume his/u,
      ],
    ];
  for (const [what, plant, found, fix] of faults)
    test(what, async () => {
      const checks = await look(await plant());
      const fault = checks.find(({ ok }) => !ok);
      assert.match(fault?.found ?? JSON.stringify(checks), found);
      assert.match(fault?.fix ?? "", fix);
      assert.equal(fault?.name, "endpoint his");
      assert.doesNotMatch(JSON.stringify(checks), /PRIVATE KEY|wrong/u);
    });

  const notes: readonly [what: string, plant: () => Promise<Partial<ExaminedEndpoint>>, found: RegExp][] = [
    [
      "a certificate with 20 days left",
      async () => ({ url: (await receiver({ notAfter: inDays(20) })).url, tls: { ca: authority.pem } }),
      /valid for 20 days/u,
    ],
    [
      "a certificate of ours with 20 days left",
      async () => {
        const ours = makeCertificate({ commonName: "handover", issuer: authority, notAfter: inDays(20) });
        const tls = { ca: authority.pem, clientCertificate: ours.pem, clientKey: ours.key };
        return { url: (await receiver()).url, tls };
      },
      /that we show is valid for 20 days/u,
    ],
    ["one that never answered its challenge", async () => ({ status: "unverified" }), /not answered its challenge/u],
    ["one that is paused", async () => ({ status: "paused" }), /paused it/u],
  ];
  for (const [what, plant, found] of notes)
    test(`${what}: a note, no fault`, async () => {
      const checks = await look(await plant());
      const note = checks.find(({ fix }) => fix !== undefined);
      assert.ok(checks.every(({ ok }) => ok));
      assert.match(note?.found ?? JSON.stringify(checks), found);
    });

  test("a pinned certificate without a CA is trusted, and its dates count", async () => {
    const self = { issuer: makeCertificate({ commonName: "Self", ca: true }) };
    const well = await receiver(self);
    const pinned = (certificate: MadeCertificate) => ({ pinnedSha256: [certificate.sha256] as [string] });
    assert.ok((await look({ url: well.url, tls: pinned(well.certificate) })).every(({ ok }) => ok));
    const ended = await receiver({ ...self, notBefore: inDays(-30), notAfter: inDays(-2) });
    assert.match(JSON.stringify(await look({ url: ended.url, tls: pinned(ended.certificate) })), /has expired/u);
  });
});

describe("endpoints of an adapter", () => {
  let app: WholeApp;
  const call = apiCaller(() => app);
  before(async () => {
    app = await startWholeApp({ tenants: () => [{ endpoints: [] }] });
  });
  after(() => app.stop());

  test("are those of its database, secrets opened; those of the file that are not in force yet are said to be", async () => {
    await call("POST", "/v1/endpoints", {
      id: "made",
      url: "http://127.0.0.1:9/made",
      verify: true,
      authorization: { type: "bearer", token: "a-token" },
    });
    const file = tenantFile(app.sandbox, { endpoints: [{ id: "named", url: "http://127.0.0.1:9/named" }] });
    const loaded = loadConfig({
      demo: true,
      environment: { DATABASE_URL: app.database.appUrl, HANDOVER_MASTER_KEY: masterKey, PUBLIC_URL: app.url },
      file: { tenants: [file] },
    });
    const [tenant] = loaded.config.tenants;
    assert.ok(tenant !== undefined);
    const store = openOwnKeys(loaded.config);
    try {
      assert.deepEqual(await store.endpoints(tenant), [
        {
          id: "made",
          status: "unverified",
          url: "http://127.0.0.1:9/made",
          authorization: { type: "bearer", token: "a-token" },
        },
        { id: "named", url: "http://127.0.0.1:9/named", status: "new" },
      ]);
    } finally {
      await store.close();
    }
  });
});
