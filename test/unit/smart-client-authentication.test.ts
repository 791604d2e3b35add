/** Which client authentication is used at which server (SMART 2.2, "Support for public and confidential apps"). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OfferedAuthentication } from "../../src/core/smart/client-authentication.ts";
import { assertionAlgorithm, chooseAuthentication } from "../../src/core/smart/client-authentication.ts";

const silent: OfferedAuthentication = { capabilities: [] };

describe("the algorithm of a client assertion", () => {
  it("is ES384 where the server takes it or says nothing, RS384 where it takes that only", () => {
    assert.equal(assertionAlgorithm(undefined), "ES384");
    assert.equal(assertionAlgorithm(["RS384", "ES384"]), "ES384");
    assert.equal(assertionAlgorithm(["RS256", "RS384"]), "RS384");
  });
  it("is none where the server takes neither: another would not verify there", () => {
    for (const algs of [[], ["RS256"], ["HS256", "none"]]) assert.equal(assertionAlgorithm(algs), undefined);
  });
});

describe("client authentication", () => {
  it("is what the tenant agreed on, at a server that lists it or lists nothing", () => {
    const listed = { capabilities: [], methods: ["client_secret_basic", "private_key_jwt"] };
    for (const offered of [silent, listed]) {
      assert.deepEqual(chooseAuthentication("private_key_jwt", offered), { method: "private_key_jwt", alg: "ES384" });
      assert.deepEqual(chooseAuthentication("client_secret", offered), { method: "client_secret_basic" });
    }
  });
  it("goes by the capability too, since servers forget one of the two", () => {
    const asymmetric = { methods: ["client_secret_post"], capabilities: ["client-confidential-asymmetric"] };
    assert.equal(chooseAuthentication("private_key_jwt", asymmetric)?.method, "private_key_jwt");
    assert.equal(chooseAuthentication("client_secret", asymmetric), undefined);
    const symmetric = { methods: ["private_key_jwt"], capabilities: ["client-confidential-symmetric"] };
    assert.equal(chooseAuthentication("client_secret", symmetric)?.method, "client_secret_basic");
  });
  it("is impossible where the server's list leaves it out, or takes no algorithm of ours", () => {
    assert.equal(chooseAuthentication("private_key_jwt", { ...silent, methods: ["client_secret_basic"] }), undefined);
    assert.equal(chooseAuthentication("client_secret", { ...silent, methods: ["client_secret_post"] }), undefined);
    const old = { ...silent, methods: ["private_key_jwt"], algs: ["RS256"] };
    assert.equal(chooseAuthentication("private_key_jwt", old), undefined);
  });
  it("is none for a public client, whatever is listed: servers do not list it", () => {
    assert.deepEqual(chooseAuthentication("public", { ...silent, methods: ["private_key_jwt"] }), { method: "none" });
  });
});
