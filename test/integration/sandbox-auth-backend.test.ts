/** SMART Backend Services and client assertions (SMART App Launch 2.2, sections 5 and 6), introspection (section 7). */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createSandboxEhr } from "../../sandbox/ehr.ts";
import type { SandboxEhr } from "../../sandbox/ehr.ts";
import type { ClientKey, OAuthAnswer } from "../support/smart-app.ts";
import { authorize, clientKey, post, publishKeys, redeem, redirectUri } from "../support/smart-app.ts";
import { chartOf, startEhr } from "../support/sandbox-ehr.ts";

let ehr: SandboxEhr;
let es: ClientKey;
let rs: ClientKey;
let published: Awaited<ReturnType<typeof publishKeys>>;
let endpoint: string;
const scopes = "launch patient/*.rs system/*.rs system/DocumentReference.cu";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

before(async () => {
  // The audience holds the port, so the EHR's address is taken first and given to it again.
  const probe = await createSandboxEhr();
  endpoint = `${probe.url}/auth/token`;
  const port = Number(new URL(probe.url).port);
  await probe.close();
  [es, rs] = await Promise.all([clientKey("ES384", "by-url", endpoint), clientKey("RS384", "by-value", endpoint)]);
  published = await publishKeys(() => [es.publicJwk]);
  ehr = await startEhr({
    port,
    charts: [chartOf("p1", 2)],
    clients: [
      { clientId: "by-url", auth: "private_key_jwt", jwksUri: published.url, scopes, redirectUris: [redirectUri] },
      { clientId: "by-value", auth: "private_key_jwt", jwks: { keys: [{ ...rs.publicJwk }] }, scopes },
    ],
  });
});
after(() => Promise.all([ehr.close(), published.close()]));

const token = (client_assertion: string, over: Readonly<Record<string, string>> = {}): Promise<OAuthAnswer> =>
  post(endpoint, {
    grant_type: "client_credentials",
    scope: "system/*.rs",
    client_assertion_type: assertionType,
    client_assertion,
    ...over,
  });

describe("a backend service", () => {
  it("gets a five-minute token with an ES384 key fetched from its URL, once for many calls", async () => {
    const answers = [await token(await es.assertion({})), await token(await es.assertion({}))];
    for (const answer of answers) {
      assert.equal(answer.status, 200);
      assert.equal(answer.at("token_type"), "Bearer");
      assert.equal(answer.at("expires_in"), 300);
      assert.equal(answer.at("scope"), "system/*.rs");
      assert.equal(answer.at("refresh_token"), undefined);
      assert.equal(answer.headers.get("cache-control"), "no-store");
    }
    assert.equal(published.fetches(), 1);
    const bearer = `Bearer ${String(answers[0]?.at("access_token"))}`;
    const read = await fetch(`${ehr.fhirBaseUrl}/Observation?patient=p1`, { headers: { authorization: bearer } });
    assert.equal(read.status, 200);
  });

  it("gets one with an RS384 key registered by value", async () => {
    assert.equal((await token(await rs.assertion({}))).status, 200);
  });

  it("gets no more than it is registered for, and no launch scopes", async () => {
    const wide = await token(await es.assertion({}), { scope: "system/*.cruds patient/*.rs launch" });
    assert.equal(wide.at("scope"), "system/*.rs system/DocumentReference.cu");
    const none = await token(await es.assertion({}), { scope: "patient/*.rs" });
    assert.equal(none.at("error"), "invalid_scope");
  });
});

describe("a client assertion is refused", () => {
  const soon = (): number => Math.floor(Date.now() / 1000);
  const cases: [string, () => Promise<string>][] = [
    ["that lives longer than five minutes", () => es.assertion({ exp: soon() + 900 })],
    ["that has expired", () => es.assertion({ exp: soon() - 60 })],
    ["without jti", () => es.assertion({ jti: undefined })],
    ["whose sub is not the client", () => es.assertion({ sub: "by-value" })],
    ["whose iss is not the client", () => es.assertion({ iss: "somebody" })],
    ["meant for the issuer", () => es.assertion({ aud: `${ehr.url}/auth` })],
    ["meant for the FHIR server, too", () => es.assertion({ aud: [endpoint, ehr.fhirBaseUrl] })],
    ["without kid", () => es.assertion({}, { kid: undefined })],
    ["with an unknown kid", () => es.assertion({}, { kid: "other" })],
    ["with a jku that is not registered", () => es.assertion({}, { jku: "http://127.0.0.1:9/evil.json" })],
    ["signed by another's key", () => rs.assertion({ iss: "by-url", sub: "by-url" }, { kid: es.kid })],
  ];
  for (const [name, make] of cases) {
    it(name, async () => {
      const answer = await token(await make());
      assert.equal(answer.status, 401);
      assert.equal(answer.at("error"), "invalid_client");
      assert.equal(answer.at("access_token"), undefined);
    });
  }

  it("when it is shown twice", async () => {
    const assertion = await es.assertion({});
    assert.equal((await token(assertion)).status, 200);
    assert.equal((await token(assertion)).at("error"), "invalid_client");
  });
});

describe("behind a proxy", () => {
  it("the audience is the public token endpoint, not the address the request came to", async () => {
    const probe = await createSandboxEhr();
    const port = Number(new URL(probe.url).port);
    await probe.close();
    const key = await clientKey("ES384", "proxied", "https://ehr.example/auth/token");
    const jwks = { keys: [{ ...key.publicJwk }] };
    const proxied = await createSandboxEhr({
      port,
      publicUrl: "https://ehr.example",
      clients: [{ clientId: "proxied", auth: "private_key_jwt", jwks, scopes }],
    });
    const local = `http://127.0.0.1:${port}/auth/token`;
    const attempt = async (aud: string): Promise<number> => {
      const client_assertion = await key.assertion({ aud });
      const form = { grant_type: "client_credentials", scope: "system/*.rs", client_assertion_type: assertionType };
      return (await post(local, { ...form, client_assertion })).status;
    };
    assert.equal(await attempt("https://ehr.example/auth/token"), 200);
    assert.equal(await attempt(local), 401);
    await proxied.close();
  });
});

describe("a confidential app", () => {
  it("launches with private_key_jwt, and its token introspects with the launch's context", async () => {
    const handle = ehr.createLaunch({ patient: "p1", encounter: "p1-stay", fhirUser: "Practitioner/attending-1" });
    const { params } = await authorize(ehr, { client_id: "by-url", scope: "launch patient/*.rs", launch: handle });
    const client_assertion = await es.assertion({});
    const answer = await redeem(ehr, params.get("code") ?? "", {
      client_id: "by-url",
      client_assertion,
      client_assertion_type: assertionType,
    });
    assert.equal(answer.at("patient"), "p1");
    const introspect = `${ehr.url}/auth/introspect`;
    const shown = await post(introspect, {
      token: String(answer.at("access_token")),
      client_assertion_type: assertionType,
      client_assertion: await es.assertion({ aud: introspect }),
    });
    assert.equal(shown.at("active"), true);
    assert.equal(shown.at("client_id"), "by-url");
    assert.equal(shown.at("patient"), "p1");
    assert.equal(shown.at("encounter"), "p1-stay");
    assert.equal(shown.at("fhirUser"), "Practitioner/attending-1");
    assert.equal(shown.at("scope"), "launch patient/*.rs");
  });

  it("learns nothing of a token it does not have, and strangers learn nothing at all", async () => {
    const introspect = `${ehr.url}/auth/introspect`;
    const client_assertion = await es.assertion({ aud: introspect });
    const unknown = await post(introspect, { token: "x", client_assertion_type: assertionType, client_assertion });
    assert.equal(unknown.at("active"), false);
    assert.ok((await post(introspect, { token: "x" })).status >= 400);
  });
});
