/** What must hold for any input: tokens, JSON, prefetch, the audit chain. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { CHAIN_START, chainHash } from "../../src/audit/chain.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { checkPatient, ownershipOf } from "../../src/hooks/checks/patient.ts";
import { checkPrefetch } from "../../src/hooks/checks/prefetch.ts";
import { checkRequest } from "../../src/hooks/checks/request.ts";
import { shorten, withoutHtml } from "../../src/hooks/cards.ts";
import { parseJson } from "../../src/http/parse-json.ts";
import { allowedFields, logFields } from "../../src/telemetry/fields.ts";
import { parseCertificate } from "../../src/trust/certificates/forms.ts";
import { freshnessMs } from "../../src/trust/jwks-cache.ts";
import { createNetworkFilter } from "../../src/trust/network.ts";
import { refusalReason } from "../../src/trust/refusal.ts";
import { verifyJwt } from "../../src/trust/verify-jwt.ts";
import { makeCertificate } from "../support/certificates.ts";
import { hookClaims, makeTestKey, signJwt } from "../support/jwt-issuer.ts";

const ENDPOINT = "https://adapter.example/cds-services/discharge-summary";
const NOW = Date.UTC(2026, 2, 17, 10);
const key = makeTestKey("k1");
const issuer = {
  tenant: "general",
  iss: "https://ehr.example",
  algorithms: ["ES384"],
  maxLifetimeSeconds: 900,
  jwks: { keys: [key.publicJwk] },
};

const verify = (token: string) =>
  verifyJwt(token, ENDPOINT, (iss) => (iss === issuer.iss ? issuer : undefined), {
    findKeys: async () => [{ kty: "EC", ...key.publicJwk }],
    useOnce: async () => true,
    now: () => NOW,
  });

describe("a token", () => {
  const good = signJwt(key, hookClaims(issuer.iss, ENDPOINT, NOW));

  it("with any one character changed, removed or added is refused, and never breaks anything", async () => {
    await verify(good);
    const change = fc.tuple(
      fc.nat(good.length - 1),
      fc.constantFrom("set", "cut", "add"),
      fc.constantFrom(..."ABab01-_.= \n".split("")),
    );
    await fc.assert(
      fc.asyncProperty(change, async ([at, how, character]) => {
        const rest = how === "add" ? good.slice(at) : good.slice(at + 1);
        const changed = good.slice(0, at) + (how === "cut" ? "" : character) + rest;
        fc.pre(changed !== good);
        await assert.rejects(verify(changed), (error) => refusalReason(error) !== undefined);
      }),
      { numRuns: 300 },
    );
  });

  it("with any header or claims that nobody signed is refused", async () => {
    const part = fc.json().map((text) => Buffer.from(text).toString("base64url"));
    await fc.assert(
      fc.asyncProperty(fc.tuple(part, part, fc.base64String()), async (parts) => {
        await assert.rejects(verify(parts.join(".")), (error) => refusalReason(error) !== undefined);
      }),
      { numRuns: 200 },
    );
  });
});

describe("JSON bodies", () => {
  it("are read as JSON.parse reads them; with the one key that reaches a prototype they are refused", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        let reaches = false;
        const expected: unknown = JSON.parse(text, (name, value: unknown) => {
          reaches ||= name === "__proto__";
          return value;
        });
        const read = (): unknown => parseJson(Buffer.from(text));
        if (reaches) assert.throws(read, { code: "request_malformed" });
        else assert.deepEqual(read(), expected);
      }),
      { examples: [['{"a":{"__proto__":{"polluted":true}}}'], ['"__proto__"']] },
    );
  });

  it("of any bytes are a value or a 400", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(bytes);
        } catch (error) {
          assert.ok(error instanceof AdapterError && error.status === 400);
        }
      }),
    );
  });
});

describe("hook requests", () => {
  it("of any shape are accepted or a 400 that names a place", () => {
    fc.assert(
      fc.property(fc.anything(), (body) => {
        try {
          checkRequest(body);
        } catch (error) {
          assert.ok(error instanceof AdapterError && error.status === 400 && error.at !== undefined);
        }
      }),
    );
  });

  it("never let a resource of another patient through, however it is referred to", () => {
    const reference = fc.constantFrom(
      "Patient/p2",
      "https://ehr.example/fhir/Patient/p2",
      "Patient/p2/_history/3",
      "Patient/p1x",
      "Patient/P1",
    );
    const place = fc.constantFrom("subject", "patient", "beneficiary", "for");
    fc.assert(
      fc.property(reference, place, (value, element) => {
        const prefetch = {
          key: {
            resourceType: "Bundle",
            entry: [{ resource: { resourceType: "Condition", id: "c1", [element]: { reference: value } } }],
          },
        };
        const request = checkRequest({
          hook: "patient-view",
          hookInstance: "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
          context: { userId: "Practitioner/1", patientId: "p1" },
          prefetch,
        });
        assert.throws(() => checkPatient(checkPrefetch(request, { key: "x" }), "p1"), { status: 400 });
      }),
    );
    assert.equal(ownershipOf({ resourceType: "Organization", id: "o" }, "p1"), "shared");
  });
});

describe("card texts", () => {
  it("fit and hold no markup, whatever goes in", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => {
        assert.ok(shorten(text).length <= 139);
        assert.ok(!/[<>]/u.test(withoutHtml(text)));
      }),
    );
  });
});

describe("the audit chain", () => {
  it("has another hash for any other entry, number, time, key or predecessor", () => {
    const entry = {
      tenant: "general",
      action: "job.read",
      outcome: "success",
      actor: { kind: "practitioner", id: "Practitioner/1" },
    } as const;
    const base = { entry, number: 1, at: "2026-03-17T10:00:00.000Z" };
    const secret = Buffer.alloc(32, 7);
    const hash = chainHash(secret, CHAIN_START, base).toString("hex");
    const others = [
      chainHash(secret, CHAIN_START, { ...base, number: 2 }),
      chainHash(secret, CHAIN_START, { ...base, at: "2026-03-17T10:00:00.001Z" }),
      chainHash(secret, CHAIN_START, { ...base, entry: { ...entry, job: "x" } }),
      chainHash(secret, CHAIN_START, { ...base, entry: { ...entry, patient: "x" } }),
      chainHash(secret, Buffer.alloc(32, 1), base),
      chainHash(Buffer.alloc(32, 8), CHAIN_START, base),
    ];
    assert.ok(others.every((other) => other.toString("hex") !== hash));
    assert.equal(new Set(others.map((other) => other.toString("hex"))).size, others.length);
  });
});

describe("log fields", () => {
  it("of unknown names never pass, whatever they hold", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (fields) => {
        for (const name of Object.keys(allowedFields(fields).allowed)) assert.ok(Object.hasOwn(logFields, name));
      }),
    );
  });
});

describe("limits", () => {
  it("a key set is kept between one minute and one hour, whatever its server says", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, seconds) =>
        [text, `max-age=${seconds}`, `${text}, max-age=${seconds}`].every(
          (header) => freshnessMs(header) >= 60_000 && freshnessMs(header) <= 3_600_000,
        ),
      ),
    );
  });

  it("a network filter knows IPv4, IPv6 and mapped addresses, and nothing else", () => {
    const allows = createNetworkFilter(["10.20.0.0/16", "2001:db8::/32"]);
    for (const address of ["10.20.3.4", "::ffff:10.20.3.4", "2001:db8::1"]) assert.ok(allows(address), address);
    for (const address of ["10.21.0.1", "::ffff:10.21.0.1", "2001:db9::1", "", "10.20.3.4, 1.2.3.4", undefined])
      assert.ok(!allows(address), String(address));
    assert.ok(createNetworkFilter([])("203.0.113.9"));
  });
});

describe("a certificate's header", () => {
  const { der, sha256 } = makeCertificate({ commonName: "ehr" });
  const forms = ["rfc9440", "pem", "xfcc"] as const;
  const pem = new X509Certificate(der).toString();
  const written = {
    rfc9440: `:${der.toString("base64")}:`,
    pem: encodeURIComponent(pem),
    xfcc: `By=spiffe://a;Cert="${encodeURIComponent(pem)}"`,
  };

  it("of any text breaks nothing, and is no certificate", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom("=", ";", ",", '"', "\\", ":", "%", "A", "b", "-") }),
    );
    fc.assert(
      fc.property(fc.constantFrom(...forms), text, (form, value) => {
        assert.equal(parseCertificate(form, value), undefined);
      }),
    );
  });

  it("with any one character changed, removed or added is this certificate or none, never another that passes for it", () => {
    const places = fc.tuple(fc.constantFrom(...forms), fc.nat(), fc.constantFrom("", "A", "=", ":", ",", ";", "%"));
    fc.assert(
      fc.property(places, fc.boolean(), ([form, at, put], replace) => {
        const good = written[form];
        const place = at % good.length;
        const changed = good.slice(0, place) + put + good.slice(place + (replace ? 1 : 0));
        const read = parseCertificate(form, changed);
        if (read === undefined) return;
        const same = read.fingerprint256.replaceAll(":", "").toLowerCase() === sha256;
        // Another fingerprint is not pinned, and its signature is broken: no CA of anybody's vouches for it.
        assert.ok(same || !read.verify(new X509Certificate(der).publicKey));
      }),
    );
  });
});
