/** EHR and standalone launch against the sandbox's authorisation server (SMART App Launch 2.2, sections 2 to 4). */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createRemoteJWKSet, jwtVerify } from "jose";
import * as oauth from "oauth4webapi";
import type { SandboxEhr, SandboxEhrOptions } from "../../sandbox/ehr.ts";
import { chartOf, startEhr } from "../support/sandbox-ehr.ts";
import { readPicker } from "../support/sandbox-picker.ts";
import { authorize, authorizeParams, launch, post, redeem, redirectUri } from "../support/smart-app.ts";

const scopes =
  "launch launch/patient launch/encounter openid fhirUser offline_access patient/*.rs user/DocumentReference.cu";
let ehr: SandboxEhr;
before(async () => {
  ehr = await startEhr({
    charts: [chartOf("p1", 2), chartOf("p2", 2)],
    clients: [
      { clientId: "app", redirectUris: [redirectUri], auth: "public", scopes },
      { clientId: "other", redirectUris: [redirectUri], auth: "public", scopes },
      {
        clientId: "confidential",
        redirectUris: [redirectUri],
        auth: "client_secret",
        clientSecret: "s3cret-of-the-test",
        scopes,
      },
    ],
  });
});
after(() => ehr.close());

const handleFor = (patient: string, more: object = {}): string =>
  ehr.createLaunch({ patient, encounter: `${patient}-stay`, fhirUser: "Practitioner/attending-1", ...more });

describe("a whole EHR launch", () => {
  it("works for a standard client: discovery, PKCE, code, id_token, FHIR read, refresh", async () => {
    const insecure = { [oauth.allowInsecureRequests]: true };
    const discovery = await (await fetch(`${ehr.fhirBaseUrl}/.well-known/smart-configuration`)).json();
    const server = discovery as oauth.AuthorizationServer;
    const client: oauth.Client = { client_id: "app" };
    const verifier = oauth.generateRandomCodeVerifier();
    const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
    const handle = handleFor("p1", { appContext: "job-7", needPatientBanner: false, intent: "sign" });
    const query = new URLSearchParams({
      response_type: "code",
      client_id: "app",
      redirect_uri: redirectUri,
      scope: "launch openid fhirUser offline_access patient/*.rs",
      aud: ehr.fhirBaseUrl,
      launch: handle,
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
    });
    const redirected = await fetch(`${server.authorization_endpoint}?${query.toString()}`, { redirect: "manual" });
    const callback = new URL(redirected.headers.get("location") ?? "");
    const params = oauth.validateAuthResponse(server, client, callback, state);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      oauth.None(),
      params,
      redirectUri,
      verifier,
      insecure,
    );
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response, {
      expectedNonce: nonce,
      requireIdToken: true,
    });

    assert.equal(tokens["patient"], "p1");
    assert.equal(tokens["encounter"], "p1-stay");
    assert.equal(tokens["need_patient_banner"], false);
    assert.equal(tokens["appContext"], "job-7");
    assert.equal(tokens["intent"], "sign");
    assert.equal(oauth.getValidatedIdTokenClaims(tokens)?.["fhirUser"], `${ehr.fhirBaseUrl}/Practitioner/attending-1`);
    assert.deepEqual(tokens.scope?.split(" ").toSorted(), [
      "fhirUser",
      "launch",
      "offline_access",
      "openid",
      "patient/*.rs",
    ]);
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(response.headers.get("pragma"), "no-cache");

    const read = await fetch(`${ehr.fhirBaseUrl}/Patient/p1`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    assert.equal(read.status, 200);
    assert.ok(typeof tokens["smart_style_url"] === "string");
    assert.equal((await fetch(tokens["smart_style_url"])).status, 200);

    const again = await oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      tokens.refresh_token ?? "",
      insecure,
    );
    const refreshed = await oauth.processRefreshTokenResponse(server, client, again);
    assert.equal(refreshed["patient"], "p1");
    assert.match(refreshed.scope ?? "", /\bopenid\b.*patient\/\*\.rs/u);
  });

  it("signs the id_token with RS256 and a published key", async () => {
    const token = await launch(ehr, handleFor("p1"));
    const keys = createRemoteJWKSet(new URL(`${ehr.url}/auth/jwks`));
    const { protectedHeader } = await jwtVerify(String(token.at("id_token")), keys, {
      issuer: `${ehr.url}/auth`,
      audience: "app",
    });
    assert.equal(protectedHeader.alg, "RS256");
  });

  it("works for a confidential client with its secret, and not with another or none", async () => {
    const attempt = async (authorization: string | undefined): Promise<unknown> => {
      const { params } = await authorize(ehr, { client_id: "confidential", launch: handleFor("p1") });
      const headers = authorization === undefined ? undefined : { authorization };
      return (await redeem(ehr, params.get("code") ?? "", { client_id: undefined }, headers)).status;
    };
    const basic = (secret: string): string => `Basic ${Buffer.from(`confidential:${secret}`).toString("base64")}`;
    assert.equal(await attempt(basic("s3cret-of-the-test")), 200);
    assert.equal(await attempt(basic("wrong")), 401);
    assert.equal(await attempt(undefined), 400);
  });
});

describe("launches never meet each other", () => {
  it("a second launch in the same browser, of another patient and user, gets its own", async () => {
    const first = await launch(ehr, handleFor("p1"));
    const cookies = { cookie: "_session=left-over; _session.sig=left-over" };
    const handle = ehr.createLaunch({ patient: "p2", fhirUser: "Practitioner/nurse-1" });
    const { params, headers } = await authorize(ehr, { launch: handle }, cookies);
    const second = await redeem(ehr, params.get("code") ?? "");
    assert.deepEqual([first.at("patient"), second.at("patient")], ["p1", "p2"]);
    assert.equal(second.at("encounter"), undefined);
    assert.deepEqual(headers.getSetCookie(), []);
    const [one, two] = [
      await ehr.verifyToken(String(first.at("access_token"))),
      await ehr.verifyToken(String(second.at("access_token"))),
    ];
    assert.deepEqual([one?.patient, one?.fhirUser], ["p1", "Practitioner/attending-1"]);
    assert.deepEqual([two?.patient, two?.fhirUser], ["p2", "Practitioner/nurse-1"]);
  });

  it("a token of one patient reads nothing of the other", async () => {
    const token = String((await launch(ehr, handleFor("p1"))).at("access_token"));
    const read = await fetch(`${ehr.fhirBaseUrl}/Patient/p2`, { headers: { authorization: `Bearer ${token}` } });
    assert.equal(read.status, 403);
  });

  it("a handle that one client redeemed is worthless to another", async () => {
    const handle = handleFor("p1");
    await launch(ehr, handle);
    const stolen = await authorize(ehr, { launch: handle, client_id: "other" });
    assert.equal(stolen.params.get("error"), "invalid_request");
  });
});

describe("an authorisation request is refused", () => {
  const cases: [string, () => Record<string, string | undefined>, string][] = [
    ["without state", () => ({ launch: handleFor("p1"), state: undefined }), "invalid_request"],
    ["without aud", () => ({ launch: handleFor("p1"), aud: undefined }), "invalid_request"],
    [
      "with another server's aud",
      () => ({ launch: handleFor("p1"), aud: "https://evil.example/fhir" }),
      "invalid_request",
    ],
    ["with an unknown launch", () => ({ launch: "made-up" }), "invalid_request"],
    ["with the launch scope and no launch", () => ({}), "invalid_request"],
    [
      "without PKCE",
      () => ({ launch: handleFor("p1"), code_challenge: undefined, code_challenge_method: undefined }),
      "invalid_request",
    ],
    ["with plain PKCE", () => ({ launch: handleFor("p1"), code_challenge_method: "plain" }), "invalid_request"],
    [
      "with the implicit flow",
      () => ({ launch: handleFor("p1"), response_type: "token" }),
      "unsupported_response_type",
    ],
    [
      "with nothing it may have",
      () => ({ launch: handleFor("p1"), scope: "patient/*.cud system/*.rs" }),
      "invalid_scope",
    ],
  ];
  for (const [name, over, error] of cases) {
    it(name, async () => {
      const { params } = await authorize(ehr, over());
      assert.equal(params.get("error"), error);
      assert.equal(params.get("code"), null);
    });
  }

  it("with an unregistered redirect or client: shown, never redirected", async () => {
    for (const over of [{ redirect_uri: `${redirectUri}/more` }, { client_id: "stranger" }]) {
      const { status, params } = await authorize(ehr, { launch: handleFor("p1"), ...over });
      assert.equal(status, 400);
      assert.equal(params.size, 0);
    }
  });
});

describe("scopes", () => {
  it("are narrowed to the registration and the flow", async () => {
    const token = await launch(ehr, handleFor("p1"), {
      scope: "launch openid patient/*.cruds system/*.rs user/DocumentReference.write",
    });
    assert.equal(token.at("scope"), "openid launch patient/*.rs user/DocumentReference.cu");
    assert.equal(token.at("refresh_token"), undefined);
  });

  it("become fewer when a refresh asks for fewer", async () => {
    const token = await launch(ehr, handleFor("p1"));
    const form = { grant_type: "refresh_token", client_id: "app", refresh_token: String(token.at("refresh_token")) };
    const narrowed = await post(`${ehr.url}/auth/token`, { ...form, scope: "patient/*.rs" });
    assert.equal(narrowed.at("scope"), "patient/*.rs");
  });
});

describe("a code", () => {
  it("works once; used again, it takes back what it brought", async () => {
    const { params } = await authorize(ehr, { launch: handleFor("p1") });
    const token = await redeem(ehr, params.get("code") ?? "");
    assert.equal(token.status, 200);
    assert.equal((await redeem(ehr, params.get("code") ?? "")).at("error"), "invalid_grant");
    assert.equal(await ehr.verifyToken(String(token.at("access_token"))), null);
  });

  it("is worthless with another verifier or redirect", async () => {
    for (const over of [{ code_verifier: "y".repeat(43) }, { redirect_uri: "http://127.0.0.1:9/elsewhere" }]) {
      const { params } = await authorize(ehr, { launch: handleFor("p1") });
      assert.equal((await redeem(ehr, params.get("code") ?? "", over)).at("error"), "invalid_grant");
    }
  });

  it("comes back with iss, so that an app can tell servers apart (RFC 9207)", async () => {
    const { params } = await authorize(ehr, { launch: handleFor("p1"), state: "abc" });
    assert.equal(params.get("iss"), `${ehr.url}/auth`);
    assert.equal(params.get("state"), "abc");
  });
});

describe("a launch from outside the EHR", () => {
  const ask = async (scope: string, more: Readonly<Record<string, string>> = {}) => {
    const query = new URLSearchParams(
      Object.entries(authorizeParams(ehr, { scope, ...more })).filter((pair): pair is [string, string] => !!pair[1]),
    );
    const url = `${ehr.url}/auth/authorize?${query.toString()}`;
    const answer = await fetch(url, { redirect: "manual" });
    return { answer, form: readPicker(await answer.text(), url) };
  };
  const follow = async (url: string) => {
    const answer = await fetch(url, { redirect: "manual" });
    return new URL(answer.headers.get("location") ?? "").searchParams;
  };

  it("shows the patients and stays to whom the app asked for both, and tells the app what was picked", async () => {
    const { answer, form } = await ask("launch/patient launch/encounter openid fhirUser patient/*.rs");
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.headers.getSetCookie(), []);
    assert.deepEqual(form.choices, ["p1/p1-stay", "p2/p2-stay"]);
    const params = await follow(form.submit({ picked: "p2/p2-stay", user: "Practitioner/nurse-1" }));
    const token = await redeem(ehr, params.get("code") ?? "");
    assert.deepEqual([token.at("patient"), token.at("encounter")], ["p2", "p2-stay"]);
    const grant = await ehr.verifyToken(String(token.at("access_token")));
    assert.deepEqual([grant?.patient, grant?.fhirUser], ["p2", "Practitioner/nurse-1"]);
  });

  it("gives the patient it asked for by scope, and nothing it did not ask for", async () => {
    const { form } = await ask("launch/patient openid fhirUser patient/*.rs", { login_hint: "nurse-1" });
    assert.deepEqual(form.choices, ["p1", "p2"]);
    const params = await follow(form.submit({ picked: "p1" }));
    const token = await redeem(ehr, params.get("code") ?? "");
    assert.deepEqual([token.at("patient"), token.at("encounter")], ["p1", undefined]);
    assert.equal((await ehr.verifyToken(String(token.at("access_token"))))?.fhirUser, "Practitioner/nurse-1");
  });

  it("asks nobody and tells nothing where no context was asked for", async () => {
    const { params } = await authorize(ehr, { scope: "openid fhirUser user/DocumentReference.cu" });
    const token = await redeem(ehr, params.get("code") ?? "");
    assert.equal(token.status, 200);
    assert.deepEqual([token.at("patient"), token.at("encounter")], [undefined, undefined]);
  });

  it("is refused for somebody who does not work here, and for what the page does not offer", async () => {
    const { params } = await authorize(ehr, { scope: "launch/patient patient/*.rs", login_hint: "stranger" });
    assert.equal(params.get("error"), "access_denied");
    const { form } = await ask("launch/patient launch/encounter patient/*.rs");
    for (const picked of ["p1/p2-stay", "p9", "p1/"])
      assert.equal((await follow(form.submit({ picked }))).get("error"), "access_denied", picked);
  });

  it("shows nothing before the request itself has been found right", async () => {
    const scope = "launch/patient patient/*.rs";
    for (const over of [{ aud: "https://evil.example/fhir" }, { state: undefined }, { code_challenge: undefined }]) {
      const { params } = await authorize(ehr, { scope, ...over });
      assert.equal(params.get("error"), "invalid_request");
    }
  });
});

describe("a server that differs from the usual one", () => {
  const scope = "launch openid offline_access patient/Patient.read patient/Observation.rs patient/Condition.read";
  const start = async (auth: SandboxEhrOptions["auth"], registered: string) => {
    const clients = [{ clientId: "app", redirectUris: [redirectUri], auth: "public", scopes: registered }] as const;
    return startEhr({ charts: [chartOf("p1", 2)], clients, ...(auth && { auth }) });
  };
  const context = { patient: "p1", encounter: "p1-stay", fhirUser: "Practitioner/attending-1" };

  it("of version 1 says so, grants that form alone, and reads by it", async () => {
    const own = await start({ scopeVersions: [1] }, "launch openid patient/*.read");
    try {
      const token = await launch(own, own.createLaunch(context), { scope });
      assert.equal(token.at("scope"), "openid launch patient/Patient.read patient/Condition.read");
      const headers = { authorization: `Bearer ${String(token.at("access_token"))}` };
      assert.equal((await fetch(`${own.fhirBaseUrl}/Patient/p1`, { headers })).status, 200);
      assert.equal((await fetch(`${own.fhirBaseUrl}/Observation?patient=p1`, { headers })).status, 403);
      const discovery = await (await fetch(`${own.fhirBaseUrl}/.well-known/smart-configuration`)).text();
      assert.ok(discovery.includes("permission-v1") && !discovery.includes("permission-v2"));
    } finally {
      await own.close();
    }
  });

  it("that announces authorize-post takes the request as a form, and its query for nothing", async () => {
    const own = await start({ authorizePost: true }, "launch openid patient/*.rs");
    try {
      const params = authorizeParams(own, { launch: own.createLaunch(context), scope: "launch openid patient/*.rs" });
      const body = new URLSearchParams();
      for (const [name, value] of Object.entries(params)) body.set(name, value ?? "");
      const form = { method: "POST", redirect: "manual", body } as const;
      const answer = await fetch(`${own.url}/auth/authorize?client_id=stranger`, form);
      const back = new URL(answer.headers.get("location") ?? "").searchParams;
      assert.equal((await redeem(own, back.get("code") ?? "")).at("patient"), "p1");
      assert.equal((await fetch(`${ehr.url}/auth/authorize`, form)).status, 404);
    } finally {
      await own.close();
    }
  });

  it("tells a launch's context to who asked for the scope launch only", async () => {
    const token = await launch(ehr, handleFor("p1"), { scope: "openid patient/*.rs" });
    assert.deepEqual([token.status, token.at("patient"), token.at("encounter")], [200, undefined, undefined]);
  });
});

describe("smart-configuration", () => {
  it("is JSON whatever Accept says, with absolute URLs and S256 alone", async () => {
    const response = await fetch(`${ehr.fhirBaseUrl}/.well-known/smart-configuration`, {
      headers: { accept: "text/html" },
    });
    assert.match(response.headers.get("content-type") ?? "", /^application\/json/u);
    const document = (await response.json()) as Record<string, unknown>;
    for (const name of ["authorization_endpoint", "token_endpoint", "introspection_endpoint", "jwks_uri", "issuer"]) {
      assert.ok(String(document[name]).startsWith(`${ehr.url}/auth`), name);
    }
    assert.deepEqual(document["code_challenge_methods_supported"], ["S256"]);
    assert.ok(!JSON.stringify(document["capabilities"]).includes("authorize-post"));
    assert.ok(authorizeParams(ehr, {})["aud"]);
  });
});
