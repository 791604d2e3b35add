/** SMART 2.2, Backend Services and asymmetric authentication: our keys and requests against the sandbox EHR, which checks them. */
import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import type { Server } from "node:http";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import express from "express";
import type { SandboxEhr, SandboxEhrOptions } from "../../sandbox/ehr.ts";
import { defaultSystemScopes } from "../../src/core/smart/default-scopes.ts";
import { createSealer } from "../../src/db/sealer.ts";
import type { BackendServicesToken } from "../../src/ehr/backend-services.ts";
import { createBackendServicesToken } from "../../src/ehr/backend-services.ts";
import type { Fetch, FetchInit } from "../../src/ehr/fetch.ts";
import type { AccessToken } from "../../src/ehr/fhir-gateway.ts";
import { createFhirGateway } from "../../src/ehr/fhir-gateway.ts";
import { readChart } from "../../src/ehr/read-chart.ts";
import { createEndpointDiscovery } from "../../src/ehr/smart-configuration.ts";
import { createClientAssertionSigner } from "../../src/trust/client-assertion.ts";
import { createKeySetRoutes } from "../../src/trust/routes/oauth.ts";
import type { SigningAlgorithm, SigningKeys } from "../../src/trust/signing-keys.ts";
import { createSigningKeys } from "../../src/trust/signing-keys.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { chartOf, startEhr } from "../support/sandbox-ehr.ts";

const clientId = "handover";
const scopes = "system/*.rs system/DocumentReference.c";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

let database: TestDatabase;
let keys: SigningKeys;
let keyServer: Server;
let ourUrl: string;
let ehr: SandboxEhr;
/** Requests for our key set: method, path, and whether they proved anything. */
const keySetCalls: string[] = [];
const sent: { readonly url: string; readonly init: FetchInit }[] = [];

before(async () => {
  database = await createTestDatabase();
  keys = createSigningKeys({ db: database.open().http, sealer: createSealer([randomBytes(32)]), now: Date.now });
  await keys.ensure();
  const app = express().use((request, _response, next) => {
    keySetCalls.push(`${request.method} ${request.path} ${request.headers.authorization ?? "-"}`);
    next();
  }, createKeySetRoutes(keys));
  keyServer = createServer(app);
  await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
  const address = keyServer.address();
  ourUrl = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  ehr = await startEhr({
    charts: [chartOf("p1", 0)],
    clients: [{ clientId, auth: "private_key_jwt", jwksUri: `${ourUrl}/.well-known/jwks.json`, scopes }],
  });
});
after(async () => {
  await ehr.close();
  keyServer.closeAllConnections();
  keyServer.close();
  await database.drop();
});
beforeEach(() => {
  sent.length = 0;
});

const recorded: Fetch = async (url, init = {}) => {
  sent.push({ url, init });
  return fetch(url, init);
};

/** Tokens as the app gets them: discovery, our own signer, the sandbox's token endpoint. */
function tokens(alg: SigningAlgorithm = "ES384"): AccessToken {
  return backendServices(alg).accessToken;
}

function backendServices(alg: SigningAlgorithm = "ES384", asked = scopes, at = ehr): BackendServicesToken {
  return createBackendServicesToken(
    { fhirBaseUrl: at.fhirBaseUrl, clientId, scopes: asked, alg },
    {
      fetch: recorded,
      endpointsOf: createEndpointDiscovery(recorded, Date.now),
      signAssertion: createClientAssertionSigner({ keys, publicUrl: ourUrl, now: Date.now, newId: randomUUID }),
      now: Date.now,
    },
  );
}

const forms = (): URLSearchParams[] =>
  sent.filter(({ url }) => url.endsWith("/token")).map(({ init }) => new URLSearchParams(String(init.body)));

const jsonPart = (jwt: string, index: number): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(jwt.split(".")[index] ?? "", "base64url").toString("utf8")) as Record<string, unknown>;

/** Header and claims of each assertion that was sent. */
const assertions = () =>
  forms().map((form) => {
    const jwt = form.get("client_assertion") ?? assert.fail("no assertion");
    return { header: jsonPart(jwt, 0), claims: jsonPart(jwt, 1) };
  });

describe("our key set", () => {
  interface Published {
    readonly keys: readonly Readonly<Record<string, unknown>>[];
  }
  const read = async () => {
    const answer = await fetch(`${ourUrl}/.well-known/jwks.json`);
    return { answer, keys: ((await answer.json()) as Published).keys };
  };

  it("is public and says how long it may be kept [smart 302, 303]", async () => {
    const { answer } = await read();
    assert.equal(answer.status, 200);
    assert.match(answer.headers.get("cache-control") ?? "", /max-age=\d+/u);
  });

  it("holds an RSA and an EC key, bare and public, each with a kid of its own [smart 294, 313-315, 322]", async () => {
    const { keys: published } = await read();
    const members: Record<string, readonly string[]> = { RSA: ["n", "e"], EC: ["crv", "x", "y"] };
    for (const key of published) {
      assert.ok(typeof key["kty"] === "string" && typeof key["kid"] === "string");
      for (const name of members[key["kty"]] ?? assert.fail(key["kty"])) assert.equal(typeof key[name], "string", name);
      for (const name of ["d", "p", "q", "dp", "dq", "qi", "k", "x5c"]) assert.ok(!(name in key), name);
    }
    assert.deepEqual(new Set(published.map(({ kty }) => kty)), new Set(["RSA", "EC"]));
    assert.equal(new Set(published.map(({ kid }) => kid)).size, published.length);
  });

  it("is registered by its address; the EHR fetches it there, and needs nothing else of us [smart 225, 291, 293, 298-300, 304]", async () => {
    keySetCalls.length = 0;
    assert.ok(await tokens()());
    assert.ok(keySetCalls.length <= 1);
    for (const call of keySetCalls) assert.equal(call, "GET /.well-known/jwks.json -");
  });
});

describe("the token request", () => {
  it("is a form with the grant, the scopes and an assertion, posted where discovery says [smart 226, 227, 229, 234-238, 333, 334]", async () => {
    await tokens()();
    const [discovery, request] = sent;
    assert.equal(discovery?.url, `${ehr.fhirBaseUrl}/.well-known/smart-configuration`);
    assert.equal(discovery?.init.method ?? "GET", "GET");
    assert.equal(discovery?.init.headers?.["accept"], "application/json");
    assert.equal(request?.url, `${ehr.url}/auth/token`);
    assert.equal(request?.init.method, "POST");
    assert.equal(request?.init.headers?.["content-type"], "application/x-www-form-urlencoded");
    const form = Object.fromEntries(forms()[0] ?? []);
    assert.deepEqual(Object.keys(form).toSorted(), [
      "client_assertion",
      "client_assertion_type",
      "grant_type",
      "scope",
    ]);
    assert.deepEqual(
      [form["grant_type"], form["scope"], form["client_assertion_type"]],
      ["client_credentials", scopes, assertionType],
    );
  });

  it("is accepted signed by ES384 and by RS384, and by no third [smart 307-309, 312, 320, 321]", async () => {
    for (const alg of ["ES384", "RS384"] as const) {
      assert.ok(await tokens(alg)());
      assert.equal(assertions().at(-1)?.header["alg"], alg);
    }
    const { keys: published } = await keys.publicKeys();
    assert.deepEqual(new Set(published.map(({ alg }) => alg)), new Set(["ES384", "RS384"]));
  });

  it("has an assertion of its own: from us to this endpoint, once, for five minutes at most, its key named [smart 233, 317, 319, 322-325, 327-332]", async () => {
    const token = tokens();
    const first = await token();
    await token(first);
    const both = assertions();
    assert.equal(both.length, 2);
    assert.equal(new Set(both.map(({ claims }) => claims["jti"])).size, 2);
    const kids = new Set((await keys.publicKeys()).keys.map(({ kid }) => kid));
    for (const { header, claims } of both) {
      assert.deepEqual([header["typ"], header["jku"]], ["JWT", `${ourUrl}/.well-known/jwks.json`]);
      assert.ok(kids.has(String(header["kid"])));
      assert.deepEqual([claims["iss"], claims["sub"], claims["aud"]], [clientId, clientId, `${ehr.url}/auth/token`]);
      const inSeconds = Number(claims["exp"]) - Date.now() / 1000;
      assert.ok(Number.isInteger(claims["exp"]) && inSeconds > 0 && inSeconds <= 300);
    }
  });

  it("reads a relative token endpoint from the FHIR base [smart 379]", async () => {
    const discover = createEndpointDiscovery(async () => Response.json({ token_endpoint: "oauth/t" }), Date.now);
    const { tokenEndpoint } = await discover("https://ehr.example/fhir");
    assert.equal(tokenEndpoint, "https://ehr.example/fhir/oauth/t");
  });
});

describe("a server that does not know everything", () => {
  const within = async (
    auth: NonNullable<SandboxEhrOptions["auth"]>,
    registered: string,
    work: (own: SandboxEhr) => Promise<void>,
  ): Promise<void> => {
    const jwksUri = `${ourUrl}/.well-known/jwks.json`;
    const clients = [{ clientId, auth: "private_key_jwt", jwksUri, scopes: registered }] as const;
    const own = await startEhr({ charts: [chartOf("p1", 0)], clients, auth });
    try {
      await work(own);
    } finally {
      await own.close();
    }
  };

  it("gets an assertion signed by RS384 where it takes no other, though ES384 is set [smart 308, 320]", async () => {
    await within({ assertionAlgs: ["RS384"] }, scopes, async (own) => {
      assert.ok(await own.verifyToken(await backendServices("ES384", scopes, own).accessToken()));
      assert.equal(assertions()[0]?.header["alg"], "RS384");
    });
  });

  it("is asked for the default scopes in version 1 where it knows no other, and the chart is read by them [smart 143, 235, 239]", async () => {
    await within({ scopeVersions: [1] }, "system/*.read system/DocumentReference.write", async (own) => {
      const { accessToken, granted } = backendServices("ES384", defaultSystemScopes, own);
      const grant = await own.verifyToken(await accessToken());
      const asked = forms()[0]?.get("scope")?.split(" ") ?? [];
      assert.ok(asked.length > 20 && asked.every((scope) => /^system\/\w+\.(?:read|write)$/u.test(scope)));
      assert.deepEqual(new Set(grant?.scopes), new Set(asked));
      const gateway = createFhirGateway({ baseUrl: own.fhirBaseUrl, fetch, accessToken, granted });
      assert.equal((await gateway.read("Patient", "p1"))?.id, "p1");
    });
  });
});

describe("the FHIR calls", () => {
  it("leave a reference to another server alone: it is not followed, and the token stays [smart 97, 98, 267, 268]", async () => {
    const hosts = new Set<string>();
    const medication = { medicationReference: { reference: "https://evil.example/fhir/Medication/1" } };
    const answers: Fetch = async (url) => {
      hosts.add(new URL(url).host);
      const type = /\/fhir\/(\w+)/u.exec(url)?.[1] ?? "";
      if (/\/(?:Patient|Encounter)\/\w/u.test(url)) return Response.json({ resourceType: type, id: "1" });
      const resource = { resourceType: type, id: "1", subject: { reference: "Patient/1" }, ...medication };
      return Response.json({ resourceType: "Bundle", type: "searchset", entry: [{ resource }] });
    };
    const baseUrl = "https://ehr.example/fhir";
    const chart = await readChart(
      createFhirGateway({ baseUrl, fetch: answers, accessToken: async () => "token" }),
      "1",
      "1",
      [],
    );
    assert.ok(chart.resources.some(({ resourceType }) => resourceType === "MedicationRequest"));
    assert.deepEqual(hosts, new Set(["ehr.example"]));
  });

  it("ask for what was granted only: the rest is a gap of the chart, told as such, and no refusal of the EHR's [smart 147]", async () => {
    const { accessToken, granted } = backendServices(
      "ES384",
      "system/Patient.rs system/Encounter.rs system/Condition.rs",
    );
    const gateway = createFhirGateway({ baseUrl: ehr.fhirBaseUrl, fetch: recorded, accessToken, granted });
    const chart = await readChart(gateway, "p1", "p1-stay", []);
    assert.ok(chart.resources.some(({ resourceType }) => resourceType === "Encounter"));
    assert.ok(chart.gaps.includes("Observation: the EHR did not grant it"));
    assert.ok(!chart.gaps.some((gap) => /^Condition|Encounter|answered/u.test(gap)), chart.gaps.join("; "));
    const types = sent.flatMap(({ url }) => /\/fhir\/([A-Z][A-Za-z]+)/u.exec(url)?.[1] ?? []);
    assert.deepEqual(new Set(types), new Set(["Patient", "Encounter", "Condition"]));
  });

  it("need no user: by our key alone a chart is read, each call with the token as Bearer [cds-hooks 61] [smart 93, 222-224, 264]", async () => {
    const token = tokens();
    const gateway = createFhirGateway({ baseUrl: ehr.fhirBaseUrl, fetch: recorded, accessToken: token });
    assert.equal((await gateway.read("Patient", "p1"))?.id, "p1");
    await gateway.search("Observation", { patient: "p1", _count: "1" }, 3);
    await gateway.search("Patient", { identifier: "urn:mrn|1" }, 1);
    const bearer = `Bearer ${await token()}`;
    const calls = sent.filter(({ url }) => url.startsWith(ehr.fhirBaseUrl) && !url.includes(".well-known"));
    assert.ok(calls.length >= 3);
    for (const { url, init } of calls) {
      assert.equal(init.headers?.["authorization"], bearer, url);
      assert.ok(!url.includes(bearer.slice(7)));
    }
  });
});
