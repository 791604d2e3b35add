/** The egress client against real sockets: what it refuses, and that a refusal opens no connection. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { RequestListener, Server } from "node:http";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { afterEach, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { AdapterError } from "../../src/core/errors.ts";
import type { EgressOptions } from "../../src/egress/client.ts";
import { createEgressFetch } from "../../src/egress/fetch.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Site {
  readonly url: string;
  readonly port: number;
  connections(): number;
}

async function site(listener: RequestListener): Promise<Site> {
  const server: Server = createServer(listener);
  let connections = 0;
  server.on("connection", () => (connections += 1));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { url: `http://127.0.0.1:${address.port}`, port: address.port, connections: () => connections };
}

function egress(options: Partial<EgressOptions> = {}) {
  const fetch = createEgressFetch({ allow: ["127.0.0.1/32"], allowHttp: true, timeoutMs: 5000, ...options });
  closing.push(() => fetch.close());
  return fetch;
}

const ok: RequestListener = (_request, response) => response.end("ok");
const refused = (reason: string) => (error: unknown) =>
  error instanceof AdapterError && error.code === "egress_blocked" && error.detail === reason;

describe("egress fetch", () => {
  test("reaches an allowed address and gives back a standard Response", async () => {
    const { url } = await site((request, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ method: request.method, accept: request.headers["accept-encoding"] }));
    });
    const response = await egress()(`${url}/x?y=1`, { method: "POST", body: "{}" });
    assert.ok(response instanceof Response);
    assert.equal(response.url, `${url}/x?y=1`);
    assert.deepEqual(await response.json(), { method: "POST", accept: "identity" });
  });

  test("an address outside the policy gets no connection", async () => {
    const target = await site(ok);
    await assert.rejects(egress({ allow: [] })(target.url), refused("special_address"));
    assert.equal(target.connections(), 0);
  });

  test("DNS rebinding: the address is judged when the socket is made, not when the URL is checked", async () => {
    const target = await site(ok);
    const fetch = egress({ allow: [], resolve: (_name, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) });
    await assert.rejects(fetch(`http://rebind.example:${target.port}/`), refused("special_address"));
    assert.equal(target.connections(), 0);
  });

  test("the socket goes to the address that was checked: the name is resolved once per connection", async () => {
    const target = await site(ok);
    let asked = 0;
    const fetch = egress({
      connections: 1,
      resolve: (_name, done) => {
        asked += 1;
        done(null, [{ address: "127.0.0.1", family: 4 }]);
      },
    });
    assert.equal(await (await fetch(`http://hospital.example:${target.port}/`)).text(), "ok");
    assert.equal(await (await fetch(`http://hospital.example:${target.port}/`)).text(), "ok");
    assert.equal(asked, 1, "the second call uses the kept socket");
  });

  test("a name with one public and one private address is refused whole", async () => {
    const target = await site(ok);
    const mixed = [
      { address: "93.184.215.14", family: 4 },
      { address: "10.0.0.1", family: 4 },
    ];
    const fetch = egress({ resolve: (_name, done) => done(null, mixed) });
    await assert.rejects(fetch(`http://mixed.example:${target.port}/`), refused("special_address"));
  });

  test("the real resolver is behind the wall too: localhost does not pass without its address on the list", async () => {
    const target = await site(ok);
    await assert.rejects(
      egress({ allow: ["10.0.0.0/8"] })(`http://localhost:${target.port}/`),
      refused("special_address"),
    );
    assert.equal(target.connections(), 0);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`a ${status} comes back as it is and is not followed`, async () => {
      const inside = await site(ok);
      const { url } = await site((_request, response) => response.writeHead(status, { location: inside.url }).end());
      const response = await egress()(url, { method: "POST", body: "secret", redirect: "follow" });
      assert.equal(response.status, status);
      assert.equal(inside.connections(), 0);
    });
  }

  test("a compressed answer is refused, never inflated", async () => {
    const { url } = await site((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(1_000_000)));
    });
    await assert.rejects(
      egress()(url),
      (error) => error instanceof AdapterError && error.detail === "response_encoded",
    );
  });

  test("an answer beyond the byte limit fails the reader instead of ending early", async () => {
    const { url } = await site((_request, response) => response.end(Buffer.alloc(200_000)));
    const response = await egress({ maxBytes: 100_000 })(url);
    await assert.rejects(
      response.text(),
      (error) => error instanceof AdapterError && error.detail === "response_too_large",
    );
  });

  test("the deadline is total: a dripping body does not prolong it", async () => {
    const { url } = await site((_request, response) => {
      response.writeHead(200).flushHeaders();
      const drip = setInterval(() => response.write("."), 20);
      response.on("close", () => clearInterval(drip));
    });
    const response = await egress({ timeoutMs: 300 })(url);
    await assert.rejects(response.text(), { name: "TimeoutError" });
  });

  test("a server that never answers ends at the deadline", async () => {
    const { url } = await site(() => {});
    await assert.rejects(egress({ timeoutMs: 200 })(url), { name: "TimeoutError" });
  });

  test("the caller's abort reaches a stream that is being read", async () => {
    const { url } = await site((_request, response) => void response.write("first"));
    const caller = new AbortController();
    const response = await egress()(url, { signal: caller.signal });
    const reader = response.body?.getReader();
    assert.equal(Buffer.from((await reader?.read())?.value ?? []).toString(), "first");
    caller.abort();
    await assert.rejects(async () => reader?.read(), { name: "AbortError" });
  });

  test("204 and HEAD have no body", async () => {
    const { url } = await site((_request, response) => response.writeHead(204).end());
    assert.equal((await egress()(url)).body, null);
    assert.equal(await (await egress()(url, { method: "HEAD" })).text(), "");
  });

  test("our own service is refused by whatever name leads to it, although its address is on the list", async () => {
    const adapter = await site(ok);
    const own = { publicUrl: new URL("https://adapter.example"), port: adapter.port, addresses: ["192.0.2.7"] };
    const at = (address: string) =>
      egress({
        own,
        allow: ["127.0.0.0/8", "192.0.2.7/32", "::1/128"],
        resolve: (_name, done) => done(null, [{ address, family: address.includes(":") ? 6 : 4 }]),
      });
    for (const address of ["127.0.0.1", "192.0.2.7", "::1", "::ffff:127.0.0.1"])
      await assert.rejects(at(address)(`http://receiver.example:${adapter.port}/`), refused("own_origin"), address);
    await assert.rejects(at("127.0.0.1")(adapter.url), refused("own_origin"));
    assert.equal(adapter.connections(), 0);
  });

  test("another service of this machine is not ours", async () => {
    const other = await site(ok);
    const own = { publicUrl: new URL("https://adapter.example"), port: other.port + 1, addresses: [] };
    const fetch = egress({ own, resolve: (_name, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) });
    assert.equal(await (await fetch(`http://receiver.example:${other.port}/`)).text(), "ok");
  });

  test("an answer that nobody asked for is never taken for the next request's", async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
      socket.on("error", () => undefined).on("data", () => socket.write(`${answer}${answer}`));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closing.push(() => server.close());
    const fetch = egress();
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    for (let round = 0; round < 3; round += 1)
      assert.equal((await fetch(`http://127.0.0.1:${address.port}/`)).status, 200);
    assert.equal(connections, 3, "a connection that holds such an answer is not used again");
  });

  for (const name of ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "NODE_USE_ENV_PROXY"])
    test(`proxies of the environment are ignored: ${name}`, async () => {
      const proxy = await site(ok);
      const target = await site((_request, response) => response.end("direct"));
      const before = process.env[name];
      process.env[name] = name === "NODE_USE_ENV_PROXY" ? "1" : proxy.url;
      closing.push(() => {
        if (before === undefined) delete process.env[name];
        else process.env[name] = before;
      });
      assert.equal(await (await egress()(target.url)).text(), "direct");
      assert.equal(proxy.connections(), 0);
    });

  test("a configured proxy is used, and literals are judged before it", async () => {
    const target = await site((_request, response) => response.end("through"));
    const proxy = await site(ok);
    const fetch = egress({ proxy: proxy.url });
    await assert.rejects(fetch("http://10.0.0.1/"), refused("special_address"));
    await assert.rejects(fetch(target.url), "the site answers no CONNECT");
    assert.equal(proxy.connections(), 1);
    assert.equal(target.connections(), 0);
  });
});
