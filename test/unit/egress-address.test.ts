/** The egress rules by table: every special range, every spelling (OWASP SSRF; RFC 6890 and its successors). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { refuseAddress } from "../../src/core/egress/address.ts";
import { checkUrl } from "../../src/core/egress/url.ts";
import type { EgressRules } from "../../src/core/egress/url.ts";

const nothing = { allow: [], allowHttp: true };

const refusedHosts = [
  // this host, loopback, private, link-local, CGNAT
  "0.0.0.0",
  "0.1.2.3",
  "127.0.0.1",
  "127.255.255.254",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.1.1",
  "100.64.0.1",
  "100.127.255.255",
  // protocol assignments, documentation, 6to4 relay, benchmarking, AS112, AMT, multicast, reserved, broadcast
  "192.0.0.1",
  "192.0.0.8",
  "192.0.2.1",
  "198.51.100.7",
  "203.0.113.9",
  "192.88.99.1",
  "198.18.0.1",
  "198.19.255.255",
  "192.31.196.1",
  "192.175.48.1",
  "192.52.193.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  // metadata services
  "169.254.169.254",
  "168.63.129.16",
  "100.100.100.200",
  "[fd00:ec2::254]",
  "[fd20:ce::254]",
  // spellings of 127.0.0.1 and of metadata that the URL parser makes plain
  "0177.0.0.1",
  "2130706433",
  "0x7f.1",
  "0x7f000001",
  "127.1",
  "127.0.1",
  "017700000001",
  "①②⑦.⓪.⓪.①",
  "127。0。0。1",
  "127.0.0.1.",
  "169.254.169.254.",
  "0",
  "%31%32%37.0.0.1",
  "0177.1",
  "0x7f.0.0.0x1",
  "１２７．０．０．１",
  "127.0.0.1\\@a.example",
  "127%2e0%2e0%2e1",
  "12\t7.0.0.\n1",
  "169.254.43518",
  "0xa9fea9fe",
  // IPv6: unspecified, loopback, mapped, compatible, translated, NAT64, 6to4, Teredo, ULA, link- and site-local ...
  "[::]",
  "[::1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[0:0:0:0:0:ffff:10.0.0.1]",
  "[::127.0.0.1]",
  "[::ffff:0:127.0.0.1]",
  "[64:ff9b::7f00:1]",
  "[64:ff9b::10.0.0.1]",
  "[64:ff9b:1::7f00:1]",
  "[2002:7f00:1::]",
  "[2002:a00:1::1]",
  "[2001:0:7f00:1::]",
  "[2001::1]",
  "[2001:0:ffff:ffff::1]",
  "[2001:3::1]",
  "[2001:4:112::1]",
  "[2001:30::1]",
  "[2001:1ff::1]",
  "[2620:4f:8000::1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::ffff:169.254.169.254]",
  "[::ffff:a9fe:a9fe]",
  "[64:ff9b::a9fe:a9fe]",
  "[fd00:0ec2:0000::0254]",
  "[febf:ffff::1]",
  "[feff::1]",
  "[fc00::1]",
  "[fd12:3456::1]",
  "[fe80::1]",
  "[fec0::1]",
  "[ff02::1]",
  "[100::1]",
  "[2001:db8::1]",
  "[3fff::1]",
  "[5f00::1]",
  "[2001:2::1]",
  "[2001:10::1]",
  "[2001:20::1]",
  "[4000::1]",
  "[1::1]",
  // names the machine answers itself
  "localhost",
  "localhost.",
  "LOCALHOST",
  "a.localhost",
  "metadata.google.internal",
  "printer.local",
];

const allowedHosts = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.1",
  "172.15.255.255",
  "172.32.0.1",
  "100.63.255.255",
  "100.128.0.1",
  "169.253.255.255",
  "223.255.255.255",
  "[2606:4700:4700::1111]",
  "[2a00:1450::1]",
  "hospital.example",
  "xn--bcher-kva.example",
];

describe("egress URL rules", () => {
  for (const host of refusedHosts) {
    test(`refuses ${host}`, () => assert.equal(checkUrl(`https://${host}/hook`, nothing).ok, false));
  }
  for (const host of allowedHosts) {
    test(`lets ${host} through`, () => assert.equal(checkUrl(`https://${host}/hook`, nothing).ok, true));
  }

  const schemes = [
    "ftp://a.example/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/plain,x",
    "gopher://a.example/",
    "ws://a.example/",
    "blob:https://a.example/x",
  ];
  for (const url of schemes) {
    test(`refuses the scheme of ${url}`, () => {
      assert.deepEqual(checkUrl(url, nothing), { ok: false, reason: "scheme" });
    });
  }

  test("plain http only where the policy says so [subscriptions 32]", () => {
    assert.equal(checkUrl("http://a.example/", { allow: [], allowHttp: false }).ok, false);
    assert.equal(checkUrl("http://a.example/", { allow: [], allowHttp: true }).ok, true);
  });

  test("credentials in a URL are refused: they end up in logs", () => {
    assert.deepEqual(checkUrl("https://user:secret@a.example/", nothing), { ok: false, reason: "credentials" });
  });

  test("what is no URL is refused, not thrown", () => {
    assert.deepEqual(checkUrl("not a url", nothing), { ok: false, reason: "not_a_url" });
  });
});

describe("our own service", () => {
  const own = {
    publicUrl: new URL("https://adapter.example"),
    port: 8080,
    addresses: ["192.0.2.7", "fd00:1::7", "::1"],
  };
  const rules: EgressRules = { allow: ["127.0.0.0/8", "192.0.2.0/24", "::/0", "0.0.0.0/0"], allowHttp: true, own };
  const reasonOf = (url: string, given = rules) => {
    const verdict = checkUrl(url, given);
    return verdict.ok ? undefined : verdict.reason;
  };

  for (const url of [
    "https://adapter.example/inbound",
    "https://adapter.example:443/",
    "https://ADAPTER.example/",
    "https://adapter.example./",
    "https://adapter%2Eexample/",
    "https://adapter。example/",
    "http://adapter.example/",
    "http://adapter.example:443/",
    "https://adapter.example:80/",
    "http://adapter.example:8080/",
    "http://127.0.0.1:8080/",
    "http://127.9.9.9:8080/",
    "http://2130706433:8080/",
    "http://0.0.0.0:8080/",
    "http://[::]:8080/",
    "http://[::1]:8080/",
    "http://[::ffff:127.0.0.1]:8080/",
    "http://localhost:8080/",
    "http://localhost.:8080/",
    "http://a.localhost:8080/",
    "http://192.0.2.7:8080/",
    "https://192.0.2.7/",
    "http://[fd00:1:0::7]:8080/",
  ])
    test(`is refused as ${url}, although the allow-list holds it`, () => assert.equal(reasonOf(url), "own_origin"));

  for (const url of [
    "https://adapter.example:9443/",
    "https://other.adapter.example/",
    "https://adapter.example.org/",
    "http://127.0.0.1:8081/",
    "http://192.0.2.8:8080/",
    "http://localhost:9090/",
  ])
    test(`is not ${url}`, () => assert.equal(reasonOf(url), undefined));

  test("at a public port of its own: the web's ports of that name belong to others", () => {
    const given = { ...rules, own: { ...own, publicUrl: new URL("http://localhost:8080") } };
    assert.equal(reasonOf("http://localhost/", given), undefined);
    assert.equal(reasonOf("http://localhost:8080/", given), "own_origin");
  });
});

describe("egress address rules", () => {
  test("an allow-list entry opens its block, in any spelling of the address, and nothing beside it", () => {
    const allow = ["127.0.0.1/32", "10.20.0.0/16", "fd00:1::/32"];
    for (const address of ["127.0.0.1", "::ffff:127.0.0.1", "10.20.255.1", "fd00:1::9"])
      assert.equal(refuseAddress(address, allow), undefined);
    for (const address of ["127.0.0.2", "10.21.0.1", "fd00:2::9"])
      assert.equal(refuseAddress(address, allow), "special_address");
  });

  test("a metadata address needs an entry of its own: a broad block does not open it", () => {
    assert.equal(refuseAddress("169.254.169.254", ["169.254.0.0/16"]), "metadata_address");
    assert.equal(refuseAddress("fd00:ec2::254", ["fc00::/7"]), "metadata_address");
    assert.equal(refuseAddress("169.254.169.254", ["169.254.169.254/32"]), undefined);
  });

  test("a name or a zone id is not an address", () => {
    assert.equal(refuseAddress("localhost", []), "not_an_address");
    assert.equal(refuseAddress("fe80::1%eth0", ["fe80::/10"]), "not_an_address");
  });

  test("no private IPv4 gets through in mapped, NAT64 or 6to4 clothing", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    const hex = (high: number, low: number): string => ((high << 8) | low).toString(16);
    fc.assert(
      fc.property(octet, octet, octet, (b, c, d) => {
        for (const text of [
          `::ffff:10.${b}.${c}.${d}`,
          `64:ff9b::10.${b}.${c}.${d}`,
          `2002:${hex(10, b)}:${hex(c, d)}::1`,
        ]) {
          assert.notEqual(refuseAddress(text, []), undefined, text);
        }
      }),
    );
  });
});
