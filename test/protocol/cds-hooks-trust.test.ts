/** CDS Hooks 2.0, "Trusting CDS Clients"; RFC 7515, 7519, 8725; attack list 2-18. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { refusalReason } from "../../src/trust/refusal.ts";
import { createJwksCache } from "../../src/trust/jwks-cache.ts";
import { createTokenMemory } from "../../src/trust/replay-guard.ts";
import type { TrustedIssuer } from "../../src/trust/jwt.ts";
import type { UseOnce } from "../../src/trust/verify-jwt.ts";
import { verifyJwt } from "../../src/trust/verify-jwt.ts";
import type { TestKey } from "../support/jwt-issuer.ts";
import { fakeKeyServer, hookClaims, makeTestKey, signHmac, signJwt } from "../support/jwt-issuer.ts";

const ENDPOINT = "https://adapter.example/cds-services/discharge-summary";
const ISS = "https://ehr.example";
const JKU = "https://ehr.example/jwks";
const NOW = Date.UTC(2026, 2, 17, 10);
const ec = makeTestKey("k1");
const rsa = makeTestKey("r1", "RS384");
const stranger = makeTestKey("k1");

function world(over: Partial<TrustedIssuer> = {}) {
  const clock = { ms: NOW };
  const keyServer = fakeKeyServer();
  keyServer.sets.set(JKU, { keys: [ec.publicJwk, rsa.publicJwk] });
  const issuer: TrustedIssuer = {
    tenant: "general",
    iss: ISS,
    algorithms: ["ES384", "RS384"],
    maxLifetimeSeconds: 900,
    jku: JKU,
    ...over,
  };
  const lookup = (iss: string, tenant: string | null) => (iss === issuer.iss && tenant === null ? issuer : undefined);
  const cache = createJwksCache({ fetchOf: keyServer.fetchOf, now: () => clock.ms });
  const memory = createTokenMemory();
  const useOnce: UseOnce = async ({ iss, jti, untilSeconds }) => memory.add(iss + jti, untilSeconds, clock.ms / 1000);
  const verify = (token: string, endpoint = ENDPOINT) =>
    verifyJwt(token, endpoint, lookup, { findKeys: (of, kid) => cache.find(of, kid), useOnce, now: () => clock.ms });
  const good = (claims: object = {}, header: object = {}, key: TestKey = ec) =>
    signJwt(key, hookClaims(ISS, ENDPOINT, clock.ms, claims), header);
  return { clock, keyServer, verify, good, memory };
}

async function refusedFor(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => assert.fail("the token was accepted"),
    (error: unknown) => refusalReason(error) ?? assert.fail(String(error)),
  );
}

describe("a good token", () => {
  it("passes with ES384 and RS384, which are recommended [cds-hooks 176, 200, 205]", async () => {
    const { verify, good } = world();
    assert.equal((await verify(good())).tenant, "general");
    assert.equal((await verify(good({}, {}, rsa))).iss, ISS);
  });

  it("may give aud as an array of this one endpoint", async () => {
    const { verify, good } = world();
    await verify(good({ aud: [ENDPOINT] }));
  });

  it("may name the listed jku, and need not", async () => {
    const { verify, good } = world();
    await verify(good({}, { jku: JKU }));
  });

  it("needs no jku where the keys were exchanged out of band [cds-hooks 199]", async () => {
    const { verify, good, keyServer } = world({ jwks: { keys: [ec.publicJwk] } });
    await verify(good());
    assert.deepEqual(keyServer.calls, []);
  });
});

describe("refused by its header", () => {
  for (const alg of ["none", "None", "nOnE", "HS256", "HS384", "", "toString"]) {
    it(`alg ${JSON.stringify(alg)} (attack 2, 3) [cds-hooks 201]`, async () => {
      const { verify, good, keyServer } = world();
      assert.equal(await refusedFor(verify(good({}, { alg }))), "jwt.algorithm");
      assert.deepEqual(keyServer.calls, [], "no key is looked up");
    });
  }

  it("an empty signature", async () => {
    const { verify, good } = world();
    assert.equal(await refusedFor(verify(good().replace(/\.[^.]*$/u, "."))), "jwt.format");
  });

  it("HMAC under the RSA public key's text (attack 3) [cds-hooks 203]", async () => {
    const { verify } = world();
    const token = signHmac(JSON.stringify(rsa.publicJwk), hookClaims(ISS, ENDPOINT, NOW), { kid: "r1" });
    assert.equal(await refusedFor(verify(token)), "jwt.algorithm");
  });

  it("an algorithm that was not agreed with this issuer (RFC 8725, 3.1) [cds-hooks 207]", async () => {
    const { verify, good } = world({ algorithms: ["ES384"] });
    assert.equal(await refusedFor(verify(good({}, {}, rsa))), "jwt.algorithm");
  });

  it("typ missing or another", async () => {
    const { verify, good } = world();
    for (const typ of [undefined, "at+jwt", 1]) assert.equal(await refusedFor(verify(good({}, { typ }))), "jwt.type");
  });

  it("a critical extension (RFC 7515, 4.1.11)", async () => {
    const { verify, good } = world();
    assert.equal(await refusedFor(verify(good({}, { crit: ["exp"] }))), "jwt.critical");
  });

  it("kid missing, empty, not a string, or huge (attack 14)", async () => {
    const { verify, good } = world();
    for (const kid of [undefined, "", 7, "k".repeat(300)])
      assert.equal(await refusedFor(verify(good({}, { kid }))), "jwt.kid");
  });

  it("a kid that is a path, SQL, or a prototype's name finds no key (attack 14)", async () => {
    const { verify, good } = world();
    for (const kid of ["../../etc/passwd", "' OR 1=1--", "__proto__", "constructor", "k1\0"]) {
      assert.equal(await refusedFor(verify(good({}, { kid }))), "jwt.key");
    }
  });

  it("an unlisted jku, which is never fetched (attack 11) [cds-hooks 195]", async () => {
    const { verify, good, keyServer } = world();
    assert.equal(await refusedFor(verify(good({}, { jku: "https://evil.example/jwks" }, stranger))), "jwt.jku");
    assert.deepEqual(keyServer.calls, []);
  });

  it("a key that the token brings along (attack 13)", async () => {
    const { verify, good, keyServer } = world();
    const header = { jwk: stranger.publicJwk, x5u: "https://evil.example/x5u", x5c: ["AAAA"] };
    assert.equal(await refusedFor(verify(good({}, header, stranger))), "jwt.signature");
    assert.deepEqual(keyServer.calls, [JKU]);
  });
});

describe("refused by its form", () => {
  it("too large, not three parts, not canonical base64url, not JSON objects (attack 9, 17)", async () => {
    const { verify, good } = world();
    const token = good();
    const [header = "", claims = "", signature = ""] = token.split(".");
    const list = Buffer.from("[]").toString("base64url");
    const cases: [string, string][] = [
      ["", "jwt.size"],
      [`${token}${"A".repeat(9000)}`, "jwt.size"],
      [`${header}.${claims}`, "jwt.format"],
      [`${token}.x`, "jwt.format"],
      [`${header}.${claims}.${signature}=`, "jwt.format"],
      [`${header}.${claims}.${signature} `, "jwt.format"],
      [`${list}.${claims}.${signature}`, "jwt.format"],
      [`${header}.bm90IGpzb24.${signature}`, "jwt.format"],
    ];
    for (const [text, reason] of cases) assert.equal(await refusedFor(verify(text)), reason);
  });

  it("a signature of zeros, of another key, or with trailing bytes (attack 17)", async () => {
    const { verify, good } = world();
    const [header = "", claims = "", signature = ""] = good().split(".");
    const zeros = Buffer.alloc(96).toString("base64url");
    const longer = Buffer.concat([Buffer.from(signature, "base64url"), Buffer.from([0, 0, 0])]).toString("base64url");
    for (const bad of [zeros, longer])
      assert.equal(await refusedFor(verify(`${header}.${claims}.${bad}`)), "jwt.signature");
    assert.equal(await refusedFor(verify(good({}, {}, stranger))), "jwt.signature");
  });
});

describe("refused by its claims", () => {
  it("an issuer that is not listed, look-alikes included (attack 10) [cds-hooks 195]", async () => {
    const { verify, good } = world();
    for (const iss of ["https://evil.example", "https://ehr.example/", "https://еhr.example", undefined, 1, { a: 1 }]) {
      assert.equal(await refusedFor(verify(good({ iss }))), "jwt.issuer");
    }
  });

  it("a tenant claim that is not listed beside the issuer", async () => {
    const { verify, good } = world();
    assert.equal(await refusedFor(verify(good({ tenant: "other-hospital" }))), "jwt.issuer");
  });

  it("an audience that is not exactly this endpoint (attack 7)", async () => {
    const { verify, good } = world();
    const wrong = [
      undefined,
      "https://adapter.example/cds-services",
      `${ENDPOINT}/`,
      ENDPOINT.replace("adapter", "ADAPTER"),
      [],
      [ENDPOINT, "https://other.example"],
      { toString: ENDPOINT },
    ];
    for (const aud of wrong) assert.equal(await refusedFor(verify(good({ aud }))), "jwt.audience");
  });

  it("exp in the past, missing, a string, or farther away than agreed (attack 5)", async () => {
    const { verify, good } = world();
    const now = NOW / 1000;
    for (const exp of [now - 61, undefined, String(now + 60), null])
      assert.equal(await refusedFor(verify(good({ exp }))), "jwt.expired");
    for (const exp of [253_402_300_799, now + 901])
      assert.equal(await refusedFor(verify(good({ exp }))), "jwt.lifetime");
  });

  it("iat or nbf in the future, beyond the tolerance; iat missing (attack 6)", async () => {
    const { verify, good } = world();
    const now = NOW / 1000;
    assert.equal(await refusedFor(verify(good({ iat: now + 61, exp: now + 300 }))), "jwt.not-yet-valid");
    assert.equal(await refusedFor(verify(good({ nbf: now + 61 }))), "jwt.not-yet-valid");
    assert.equal(await refusedFor(verify(good({ nbf: "soon" }))), "jwt.not-yet-valid");
    assert.equal(await refusedFor(verify(good({ iat: undefined }))), "jwt.lifetime");
    await verify(good({ iat: now + 30, nbf: now - 300 }));
  });

  it("jti missing, empty, an object, or huge (attack 9)", async () => {
    const { verify, good } = world();
    for (const jti of [undefined, "", {}, 7, "j".repeat(600)])
      assert.equal(await refusedFor(verify(good({ jti }))), "jwt.jti");
  });

  it("a jti that was used: a token is good once", async () => {
    const { verify, good } = world();
    const token = good();
    await verify(token);
    assert.equal(await refusedFor(verify(token)), "jwt.replay");
  });

  it("remembers no jti of a token that nobody signed, and bounds its memory (attack 9)", async () => {
    const { verify, good, memory } = world();
    await refusedFor(verify(good({}, {}, stranger)));
    assert.equal(memory.size, 0);
    const small = createTokenMemory(10);
    for (let index = 0; index < 100; index += 1) small.add(`jti-${index}`, 1000, 0);
    assert.equal(small.size, 10);
  });
});

describe("key sets", () => {
  it("are fetched once for many unknown kids within the cool-down (attack 15)", async () => {
    const { verify, good, keyServer, clock } = world();
    await verify(good());
    for (let index = 0; index < 200; index += 1) await refusedFor(verify(good({}, { kid: `random-${index}` })));
    assert.ok(keyServer.calls.length <= 2, String(keyServer.calls.length));
    clock.ms += 31_000;
    await refusedFor(verify(good({}, { kid: "random" })));
    assert.ok(keyServer.calls.length <= 3);
  });

  it("follow a rotation: both keys while both are published, then the new one alone (attack 18)", async () => {
    const { verify, good, keyServer, clock } = world();
    const next = makeTestKey("k2");
    await verify(good());
    keyServer.sets.set(JKU, { keys: [ec.publicJwk, next.publicJwk] });
    clock.ms += 31_000;
    await verify(good({}, {}, next));
    await verify(good());
    keyServer.sets.set(JKU, { keys: [next.publicJwk] });
    clock.ms += 31_000;
    await refusedFor(verify(good({}, { kid: "asks-again" })));
    assert.equal(await refusedFor(verify(good())), "jwt.key");
    await verify(good({}, {}, next));
  });

  it("serve a while longer when their address is down, and then no more", async () => {
    const { verify, good, keyServer, clock } = world();
    await verify(good());
    keyServer.sets.delete(JKU);
    clock.ms += 30 * 60_000;
    await verify(good());
    clock.ms += 60 * 60_000;
    assert.equal(await refusedFor(verify(good())), "jwks.unavailable");
  });

  it("are asked for again soon when their address was down at the start, then ever more slowly", async () => {
    const { verify, good, keyServer, clock } = world();
    const { keys } = keyServer.sets.get(JKU) ?? { keys: [] };
    keyServer.sets.delete(JKU);
    assert.equal(await refusedFor(verify(good())), "jwks.unavailable");
    assert.equal(await refusedFor(verify(good())), "jwks.unavailable");
    assert.equal(keyServer.calls.length, 1);
    for (let second = 0; second < 60; second += 1) {
      clock.ms += 1_000;
      await refusedFor(verify(good()));
    }
    assert.ok(keyServer.calls.length < 10, String(keyServer.calls.length));
    keyServer.sets.set(JKU, { keys });
    clock.ms += 31_000;
    await verify(good());
  });

  it("pass over encryption keys, other curves and keys for another algorithm", async () => {
    for (const change of [{ use: "enc" }, { alg: "ES256" }, { key_ops: ["encrypt"] }, { crv: "P-256" }]) {
      const { verify, good, keyServer } = world();
      keyServer.sets.set(JKU, { keys: [{ ...ec.publicJwk, ...change }] });
      assert.equal(await refusedFor(verify(good())), "jwt.key");
    }
  });

  it("never turn a symmetric or broken key into trust", async () => {
    const { verify, good, keyServer } = world();
    keyServer.sets.set(JKU, {
      keys: [
        { kty: "oct", k: "c2VjcmV0", kid: "k1" },
        { kty: "EC", crv: "P-384", x: "AA", y: "AA", kid: "k1" },
      ],
    });
    assert.equal(await refusedFor(verify(good())), "jwt.signature");
  });
});
