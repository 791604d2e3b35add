/** SMART 2.2: secrets, tokens and charts go to authenticated servers, by TLS 1.2 or newer. The EHR's client against real sockets. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { TlsOptions } from "node:tls";
import { createServer } from "node:https";
import { afterEach, describe, it } from "node:test";
import type { EgressOptions } from "../../src/egress/client.ts";
import { createEgressFetch } from "../../src/egress/fetch.ts";
import { selfSignedCertificate, selfSignedHost, selfSignedKey } from "../support/self-signed.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that shows the certificate and counts the requests that reach it. */
async function server(options: TlsOptions = {}) {
  let requests = 0;
  const listener = createServer(
    { cert: selfSignedCertificate, key: selfSignedKey, ...options },
    (_request, response) => {
      requests += 1;
      response.end("ok");
    },
  );
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  closing.push(() => {
    listener.closeAllConnections();
    return new Promise((done) => listener.close(done));
  });
  const address = listener.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, requests: () => requests };
}

/** The client as a tenant has it; every name leads to this machine. */
function client(options: Partial<EgressOptions> = {}) {
  const fetch = createEgressFetch({
    allow: ["127.0.0.1/32"],
    allowHttp: false,
    timeoutMs: 5_000,
    resolve: (_name, done) => done(null, [{ address: "127.0.0.1", family: 4 }]),
    ...options,
  });
  closing.push(() => fetch.close());
  return fetch;
}

const ask = (fetch: ReturnType<typeof client>, port: number, host = selfSignedHost) =>
  fetch(`https://${host}:${port}/token`, { method: "POST", body: "client_assertion=secret" });
const trusted = { ca: selfSignedCertificate };

describe("the EHR's client", () => {
  it("sends nothing to a server whose certificate nobody vouches for, or vouches for under another name [smart 1, 230, 232, 318]", async () => {
    const { port, requests } = await server();
    await assert.rejects(ask(client(), port));
    await assert.rejects(ask(client(trusted), port, "other.example"));
    assert.equal(requests(), 0);
    assert.equal((await ask(client(trusted), port)).status, 200);
  });

  it("speaks TLS 1.2 and 1.3, and nothing older [smart 230, 232, 318]", async () => {
    // At OpenSSL's usual level the server itself would refuse the old versions, and the test would prove nothing.
    const weak = { ciphers: "DEFAULT@SECLEVEL=0", minVersion: "TLSv1" } as const;
    for (const version of ["TLSv1", "TLSv1.1"] as const) {
      const { port, requests } = await server({ ...weak, maxVersion: version });
      await assert.rejects(ask(client(trusted), port), version);
      assert.equal(requests(), 0);
    }
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const { port } = await server({ ...weak, maxVersion: version });
      assert.equal((await ask(client(trusted), port)).status, 200, version);
    }
  });

  it("sends nothing without TLS unless the tenant's configuration allows it [smart 1]", async () => {
    const { port, requests } = await server();
    await assert.rejects(client(trusted)(`http://${selfSignedHost}:${port}/token`), { code: "egress_blocked" });
    assert.equal(requests(), 0);
  });
});
