/** The FHIR gateway on real sockets: hospital networks, their CAs, proxies and addresses, and EHRs that answer badly. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { connect } from "node:net";
import { afterEach, describe, it } from "node:test";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import type { EgressOptions } from "../../src/egress/client.ts";
import { createEgressFetch } from "../../src/egress/fetch.ts";
import type { FhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import type { CertificateInput, MadeCertificate } from "../support/certificates.ts";
import { makeCertificate } from "../support/certificates.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return (server.address() as AddressInfo).port;
}

const patient = JSON.stringify({ resourceType: "Patient", id: "1" });
const good: RequestListener = (_request, response) => response.end(patient);
const ca = makeCertificate({ commonName: "Hospital CA", ca: true });
const issue = (more: Partial<CertificateInput> = {}): MadeCertificate =>
  makeCertificate({ commonName: "ehr", names: ["DNS:ehr.hospital.test"], purpose: "server", issuer: ca, ...more });

/** An EHR by the name `ehr.hospital.test`, over TLS. */
async function secureEhr(shown: MadeCertificate = issue(), listener: RequestListener = good): Promise<string> {
  const port = await listening(createTlsServer({ key: shown.key, cert: shown.pem }, listener));
  return `https://ehr.hospital.test:${port}/fhir`;
}

function gatewayAt(baseUrl: string, options: Partial<EgressOptions> = {}): FhirGateway {
  const fetch = createEgressFetch({
    allow: ["127.0.0.1/32"],
    allowHttp: false,
    timeoutMs: 5000,
    resolve: (_name, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
    ...options,
  });
  closing.push(() => fetch.close());
  return createFhirGateway({ baseUrl, fetch, accessToken: async () => "secret-token" });
}

const plainEhr = async (listener: RequestListener): Promise<FhirGateway> =>
  gatewayAt(`http://127.0.0.1:${await listening(createServer(listener))}/fhir`, {
    allowHttp: true,
    timeoutMs: 1000,
    maxBytes: 100_000,
  });

describe("an EHR in a hospital's own network", () => {
  it("is reached by the CA of the tenant's network, and by no other trust", async () => {
    const url = await secureEhr();
    assert.equal((await gatewayAt(url, { ca: ca.pem }).read("Patient", "1"))?.id, "1");
    const other = makeCertificate({ commonName: "Hospital CA", ca: true });
    for (const trusted of [undefined, other.pem]) {
      const options = trusted === undefined ? {} : { ca: trusted };
      await assert.rejects(gatewayAt(url, options).read("Patient", "1"), { code: "ehr_failed" });
    }
  });

  const faults: readonly [string, Partial<CertificateInput>][] = [
    ["for another name", { names: ["DNS:other.hospital.test"] }],
    ["that has run out", { notAfter: new Date(Date.now() - 1000) }],
  ];
  for (const [name, fault] of faults) {
    it(`is not believed with a certificate ${name}, and never sees the token`, async () => {
      let asked = 0;
      const url = await secureEhr(issue(fault), (request, response) => {
        asked += 1;
        good(request, response);
      });
      await assert.rejects(gatewayAt(url, { ca: ca.pem }).read("Patient", "1"), { code: "ehr_failed" });
      assert.equal(asked, 0);
    });
  }

  it("is reached through the network's proxy, which sees its name and nothing of what is said", async () => {
    const url = await secureEhr();
    const seen: string[] = [];
    const proxy = createServer();
    proxy.on("connect", (request, socket: Socket, head) => {
      seen.push(`${request.url} ${JSON.stringify(request.headers)}`);
      const port = Number(request.url?.split(":").at(-1));
      const inner = connect(port, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
        inner.write(head);
        inner.pipe(socket).pipe(inner);
      });
      inner.on("error", () => socket.destroy());
      socket.on("error", () => inner.destroy());
    });
    const options = { ca: ca.pem, proxy: `http://127.0.0.1:${await listening(proxy)}` };
    assert.equal((await gatewayAt(url, options).read("Patient", "1"))?.id, "1");
    assert.equal(seen.length, 1);
    assert.ok(seen[0]?.startsWith("ehr.hospital.test:") && !seen[0].includes("secret-token"));
  });

  it("is reached at a private address only where the tenant's list says so", async () => {
    const url = await secureEhr();
    await assert.rejects(gatewayAt(url, { ca: ca.pem, allow: [] }).read("Patient", "1"), { code: "egress_blocked" });
    await assert.rejects(gatewayAt(url, { ca: ca.pem, allow: ["10.0.0.0/8"] }).read("Patient", "1"), {
      code: "egress_blocked",
    });
  });

  it("is spoken to without TLS only where that is allowed, which production never is", async () => {
    const port = await listening(createServer(good));
    const url = `http://127.0.0.1:${port}/fhir`;
    assert.equal((await gatewayAt(url, { allowHttp: true }).read("Patient", "1"))?.id, "1");
    await assert.rejects(gatewayAt(url).read("Patient", "1"), { code: "egress_blocked" });
    const tenant = { id: "a", name: "A", network: { allowHttp: true }, ehr: { fhirBaseUrl: url } };
    assert.equal(tenantSchema.safeParse({ ...tenant, environment: "production" }).success, false);
    assert.equal(tenantSchema.safeParse({ ...tenant, environment: "test" }).success, true);
  });
});

describe("an EHR that answers badly", () => {
  const outcomes: readonly [string, RequestListener, object][] = [
    ["drips its answer", drip, { code: "ehr_timeout", retry: "later" }],
    ["never answers", () => undefined, { code: "ehr_timeout", retry: "later" }],
    ["sends without end", flood, { code: "ehr_failed", detail: "no answer (response_too_large)" }],
    [
      "breaks off",
      (_request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("{", () => response.destroy());
      },
      { code: "ehr_failed", retry: "later" },
    ],
    ["compresses unasked", compress, { code: "ehr_failed", detail: "no answer (response_encoded)" }],
    ["answers with a page", (_request, response) => response.end("<html>"), { code: "ehr_failed" }],
  ];
  for (const [name, listener, expected] of outcomes) {
    it(`${name}: the error says so, within the deadline`, async () => {
      const gateway = await plainEhr(listener);
      await assert.rejects(gateway.read("Patient", "1"), expected);
    });
  }

  it("sends us elsewhere: no redirect is followed, and the token stays", async () => {
    const elsewhere: (string | undefined)[] = [];
    const port = await listening(
      createServer((request, response) => {
        elsewhere.push(request.headers.authorization);
        good(request, response);
      }),
    );
    const gateway = await plainEhr((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${port}/fhir/Patient/1` }).end(),
    );
    await assert.rejects(gateway.read("Patient", "1"), { code: "ehr_refused" });
    assert.deepEqual(elsewhere, []);
  });
});

function drip(_request: unknown, response: Parameters<RequestListener>[1]): void {
  const timer = setInterval(() => response.write(" "), 20);
  response.on("close", () => clearInterval(timer));
}

function flood(_request: unknown, response: Parameters<RequestListener>[1]): void {
  const piece = Buffer.alloc(1_000_000, " ");
  const write = (): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once("drain", write);
  };
  write();
}

function compress(_request: unknown, response: Parameters<RequestListener>[1]): void {
  response.writeHead(200, { "content-encoding": "gzip" }).end("x");
}
