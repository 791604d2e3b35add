/** `handover doctor --tenant`: one planted fault of each kind, found, explained, and with what mends it. */
import assert from "node:assert/strict";
import { randomUUID, X509Certificate } from "node:crypto";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, suite, test } from "node:test";
import type { Check } from "../../src/cli/doctor/check.ts";
import type { OwnKeys } from "../../src/cli/doctor/tenant/examination.ts";
import { judgeCertificate } from "../../src/cli/doctor/tenant/tls.ts";
import { within } from "../../src/cli/doctor/tenant/within.ts";
import { examineTenant, offeredServices } from "../../src/cli/doctor/tenant.ts";
import { loadConfig } from "../../src/config/load.ts";
import { makeTestKey, signJwt } from "../support/jwt-issuer.ts";
import { selfSignedCertificate, selfSignedKey } from "../support/self-signed.ts";
import type { Passing, TamperedEhr } from "../support/tampered-ehr.ts";
import { freePort, listenLocally, startTamperedEhr } from "../support/tampered-ehr.ts";

const ownKey = makeTestKey("own-1");
const ehrKey = makeTestKey("ehr-1");
const CLIENT = "handover-backend";

const ownKeys: OwnKeys = {
  kids: [ownKey.kid],
  sign: async ({ clientId, tokenEndpoint }) => {
    const now = Math.floor(Date.now() / 1000);
    return signJwt(ownKey, {
      iss: clientId,
      sub: clientId,
      aud: tokenEndpoint,
      iat: now,
      exp: now + 60,
      jti: randomUUID(),
    });
  },
};

/** What the adapter's own address answers, by path; `caller` is the key set of the EHR that calls our hooks. */
const served = new Map<string, unknown>();
const server = createServer((request, response) => {
  const body = served.get(request.url ?? "");
  response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
  response.end(JSON.stringify(body ?? {}));
});

let ours: string;
/** The hook caller's key set: on an origin of its own, because none of ours may be called. */
let jku: string;
let bed: TamperedEhr;

const hooks = (more: object = {}): object => ({ issuers: [{ iss: "https://ehr.example", jku, ...more }] });

interface Setup {
  readonly ehr?: object;
  readonly network?: object;
  readonly requestTimeoutMs?: number;
  readonly keys?: OwnKeys;
  readonly publicUrl?: string;
  readonly clientCertificates?: object;
}

async function examine(setup: Setup = {}) {
  const { ehr = {}, network = {}, requestTimeoutMs, keys = ownKeys, publicUrl = ours, clientCertificates } = setup;
  const { config } = loadConfig({
    demo: true,
    environment: { PUBLIC_URL: publicUrl },
    file: {
      ...(clientCertificates === undefined ? {} : { clientCertificates }),
      tenants: [
        {
          id: "general",
          name: "General Hospital",
          environment: "test",
          network: { allowHttp: true, allow: ["127.0.0.1/32"], ...network },
          ehr: {
            fhirBaseUrl: bed.fhirBaseUrl,
            cdsHooks: hooks(),
            backendServices: { clientId: CLIENT },
            smart: { clientId: "handover-app" },
            ...ehr,
          },
        },
      ],
    },
  });
  const [tenant] = config.tenants;
  assert.ok(tenant);
  const checks = await examineTenant(
    {
      tenant,
      config: { ...config, publicUrl },
      ownKeys: async () => keys,
      endpoints: async () => [],
      watch: async () => ({ subscriptions: [], poll: undefined }),
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    },
    await offeredServices(),
  );
  const text = JSON.stringify(checks);
  assert.doesNotMatch(text, /eyJ[\w-]+\./u, "a token is printed");
  return { checks, of: (name: string) => checks.filter((check) => check.name === name) };
}

/** The failed check of that name; there must be one, and it must say what mends it. */
function failure(checks: readonly Check[], name: string): Check {
  const found = checks.find((check) => check.name === name && !check.ok);
  assert.ok(found, `${name} did not fail: ${JSON.stringify(checks.filter((check) => !check.ok))}`);
  assert.ok((found.fix ?? "").length > 20, `${name} has no fix`);
  return found;
}

const json = (body: unknown, status = 200): Passing => ({
  status,
  headers: { "content-type": "application/json" },
  body,
});

/** Changes the JSON of one path; everything else passes. */
function change(path: RegExp, edit: (body: never) => unknown): void {
  bed.tamper = (request, answer) =>
    path.test(request.path) ? { ...answer, body: edit(structuredClone(answer.body) as never) } : answer;
}

interface Listed {
  type: string;
  searchParam?: { name: string }[];
  interaction: { code: string }[];
  conditionalCreate?: boolean;
  operation?: object[];
}

/** Changes what the CapabilityStatement says of one type. */
function changeType(type: string, edit: (resource: Listed) => void): void {
  change(/\/metadata/u, (body: { rest: { resource: Listed[] }[] }) => {
    const found = body.rest[0]?.resource.find((each) => each.type === type);
    assert.ok(found);
    edit(found);
    return body;
  });
}

suite("doctor --tenant", () => {
  let callerKeys: ReturnType<typeof createServer>;
  before(async () => {
    ours = await listenLocally(server);
    callerKeys = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(served.get("caller")));
    });
    jku = `${await listenLocally(callerKeys)}/jwks.json`;
    bed = await startTamperedEhr(() => ({
      clients: [
        {
          clientId: CLIENT,
          auth: "private_key_jwt",
          jwks: { keys: [{ ...ownKey.publicJwk, alg: "ES384", use: "sig" }] },
          scopes: ["system/*.rs", "system/DocumentReference.cu"],
        },
        {
          clientId: "reads-only",
          auth: "private_key_jwt",
          jwks: { keys: [{ ...ownKey.publicJwk, alg: "ES384", use: "sig" }] },
          scopes: ["system/Patient.rs", "system/Encounter.rs", "system/Condition.rs", "system/DocumentReference.rs"],
        },
      ],
    }));
  });
  after(async () => {
    await bed.close();
    for (const each of [server, callerKeys]) {
      each.closeAllConnections();
      each.close();
    }
  });
  beforeEach(() => {
    bed.tamper = (_request, answer) => answer;
    bed.arrived.length = 0;
    served.set("/.well-known/jwks.json", { keys: [{ ...ownKey.publicJwk, alg: "ES384", use: "sig" }] });
    served.set("caller", { keys: [ehrKey.publicJwk] });
  });

  test("a sound set-up: every check holds, each kind is looked at, and nothing is created", async () => {
    const { checks } = await examine();
    assert.deepEqual(
      checks.filter((check) => !check.ok),
      [],
    );
    assert.deepEqual(
      [...new Set(checks.map(({ name }) => name))].toSorted(),
      [
        "addresses",
        "caller keys",
        "clock",
        "discovery",
        "document",
        "launch",
        "metadata",
        "own keys",
        "prefetch",
        "scopes",
        "searches",
        "tls",
        "token",
        "told by EHR",
        "writing",
      ].toSorted(),
    );
    assert.deepEqual(
      bed.arrived.filter(({ method }) => method !== "GET").map(({ path }) => path),
      ["/auth/token"],
    );
    // The token was granted and is not needed for any question that the EHR answers openly.
    assert.deepEqual(
      bed.arrived.filter(({ headers }) => headers.authorization !== undefined),
      [],
    );
  });

  suite("addresses", () => {
    test("a private address outside the rule: its kind, and the entry to add", async () => {
      const { checks } = await examine({ ehr: { fhirBaseUrl: "http://10.1.2.3/fhir" } });
      const { found, fix } = failure(checks, "addresses");
      assert.match(found, /ehr\.fhirBaseUrl: 10\.1\.2\.3 is a private IPv4 address/u);
      assert.match(fix ?? "", /"10\.1\.2\.3\/32".*network\.allow of tenant general/u);
      assert.match(failure(checks, "discovery").found, /its address may not be reached/u);
    });

    test("a token endpoint that discovery leads outside the rule is refused, and gets no assertion", async () => {
      change(/smart-configuration/u, (body: object) => ({ ...body, token_endpoint: "http://[fd12::5]/token" }));
      const { checks } = await examine();
      const { found, fix } = failure(checks, "addresses");
      assert.match(found, /token_endpoint \(discovered\): fd12::5 is a unique-local IPv6 address/u);
      assert.match(fix ?? "", /"fd12::5\/128"/u);
      assert.match(failure(checks, "token").found, /its address may not be reached/u);
    });

    test("a name without address; plain http where it is not allowed; the cloud's metadata service", async () => {
      const cases: readonly [Setup, RegExp][] = [
        [{ ehr: { fhirBaseUrl: "http://ehr.invalid/fhir" } }, /ehr\.invalid has no address/u],
        [{ network: { allowHttp: false } }, /ehr\.fhirBaseUrl is refused: scheme/u],
        [{ ehr: { fhirBaseUrl: "http://169.254.169.254/fhir" } }, /metadata_address/u],
      ];
      for (const [setup, wanted] of cases)
        assert.match(failure((await examine(setup)).checks, "addresses").found, wanted);
    });

    test("nothing listens there: said in words, once for each thing that was asked", async () => {
      const fhirBaseUrl = `http://127.0.0.1:${await freePort()}/fhir`;
      const { checks } = await examine({ ehr: { fhirBaseUrl } });
      assert.match(failure(checks, "discovery").found, /nothing listens there/u);
      assert.match(failure(checks, "metadata").found, /nothing listens there/u);
      assert.match(failure(checks, "token").found, /not looked at: discovery failed/u);
    });

    test("an EHR that hangs costs one time-out, not the examination", async () => {
      bed.tamper = (request, answer) => (request.path.includes("/fhir") ? "hang" : answer);
      const started = performance.now();
      const { checks } = await examine({ requestTimeoutMs: 300 });
      assert.ok(performance.now() - started < 5_000);
      assert.match(failure(checks, "metadata").found, /no answer in time/u);
      assert.match(failure(checks, "discovery").found, /no answer in time/u);
      assert.ok(
        checks.some(({ name, ok }) => name === "caller keys" && ok),
        "the others are looked at all the same",
      );
    });
  });

  test("a check that hangs where no time-out reaches, or breaks, is one failed line", async () => {
    const hung = await within("addresses", () => new Promise(() => undefined), 20);
    assert.match(failure(hung, "addresses").found, /no result within 0\.02 s/u);
    const thrown = await within("tls", () => Promise.reject(new TypeError("patient Ann Smith")));
    assert.match(failure(thrown, "tls").found, /the check itself failed/u);
    assert.doesNotMatch(JSON.stringify(thrown), /Ann Smith/u);
  });

  suite("tls", () => {
    let secure: ReturnType<typeof createTlsServer>;
    let address: string;
    let folder: string;
    before(async () => {
      secure = createTlsServer({ cert: selfSignedCertificate, key: selfSignedKey }, (_request, response) => {
        response.writeHead(404).end();
      });
      address = (await listenLocally(secure)).replace("http:", "https:");
      folder = await mkdtemp(join(tmpdir(), "handover-doctor-"));
    });
    after(async () => {
      secure.closeAllConnections();
      secure.close();
      await rm(folder, { recursive: true, force: true });
    });

    test("a CA of the hospital's own: caFile is named as the remedy", async () => {
      const { checks } = await examine({ ehr: { fhirBaseUrl: `${address}/fhir` } });
      const { found, fix } = failure(checks, "tls");
      assert.match(found, /no CA that is trusted here; issued by ehr\.example/u);
      assert.match(fix ?? "", /network\.caFile/u);
    });

    test("a trusted certificate for another name; a caFile that is not there", async () => {
      const caFile = join(folder, "ca.pem");
      await writeFile(caFile, selfSignedCertificate);
      const other = await examine({ ehr: { fhirBaseUrl: `${address}/fhir` }, network: { caFile } });
      assert.match(failure(other.checks, "tls").found, /for another name; .*for DNS:ehr\.example/u);
      const absent = await examine({ network: { caFile: join(folder, "absent.pem") } });
      assert.match(failure(absent.checks, "tls").found, /absent\.pem cannot be read/u);
    });

    test("https asked of a port that speaks plain http", async () => {
      const fhirBaseUrl = bed.fhirBaseUrl.replace("http:", "https:");
      const { checks } = await examine({ ehr: { fhirBaseUrl } });
      assert.match(failure(checks, "tls").fix ?? "", /port speaks what the URL says/u);
    });

    test("a certificate that ends within 30 days is a note with its date", () => {
      const seen = { fault: undefined, issuer: "A CA", names: "DNS:ehr.example", fingerprint256: "AA" };
      const now = Date.parse("2026-03-01T00:00:00Z");
      const at = (validTo: string): Check =>
        judgeCertificate(
          { ...seen, validTo: new Date(validTo) },
          { name: "tls", host: "ehr.example", ownCa: undefined, nowMs: now, warnDays: 30 },
        );
      assert.equal(at("2026-04-02T00:00:00Z").fix, undefined);
      assert.match(at("2026-03-31T00:00:00Z").fix ?? "", /renewed before 2026-03-31/u);
      assert.equal(at("2026-03-31T00:00:00Z").ok, true);
    });
  });

  suite("discovery", () => {
    test("no document: what /metadata names instead is told (SMART 1)", async () => {
      bed.tamper = (request, answer) => (request.path.includes("smart-configuration") ? json({}, 404) : answer);
      const { found, fix } = failure((await examine()).checks, "discovery");
      assert.match(found, /answered 404; \/metadata names http:\/\/127\.0\.0\.1:\d+\/auth\/token/u);
      assert.match(fix ?? "", /works by the document alone/u);
    });

    test("required members, S256 and https endpoints", async () => {
      const cases: readonly [object, RegExp][] = [
        [{ token_endpoint: undefined }, /token_endpoint is missing/u],
        [{ authorization_endpoint: undefined }, /authorization_endpoint is missing/u],
        [{ code_challenge_methods_supported: ["plain"] }, /does not name S256/u],
        [{ token_endpoint: "ftp://x/token" }, /token_endpoint is not an https address/u],
      ];
      for (const [over, wanted] of cases) {
        change(/smart-configuration/u, (body: object) => ({ ...body, ...over }));
        assert.match(failure((await examine()).checks, "discovery").found, wanted);
      }
    });

    test("capabilities that are not listed are notes, each with what it takes away", async () => {
      change(/smart-configuration/u, (body: { capabilities: string[] }) => ({
        ...body,
        capabilities: body.capabilities.filter((each) => !/sso-openid-connect|client-confidential-asym/u.test(each)),
        token_endpoint_auth_signing_alg_values_supported: ["RS384"],
      }));
      const [check] = (await examine()).of("discovery");
      assert.equal(check?.ok, true);
      for (const wanted of [/sso-openid-connect: .*nobody can sign/u, /client-confidential-asymmetric/u, /our ES384/u])
        assert.match(check?.found ?? "", wanted);
    });
  });

  test("a server of SMART 1 scopes: asked in its words, and nothing to complain of", async () => {
    bed.tamper = (request, answer) => {
      if (request.path.includes("smart-configuration")) {
        const body = structuredClone(answer.body) as { capabilities: string[] };
        const others = body.capabilities.filter((each) => !each.startsWith("permission-v"));
        return { ...answer, body: { ...body, capabilities: [...others, "permission-v1"] } };
      }
      const asked = new URLSearchParams(request.body).get("scope");
      if (request.path !== "/auth/token" || asked === null) return answer;
      return json({ access_token: "opaque-token", token_type: "bearer", expires_in: 300, scope: asked });
    };
    const { checks, of } = await examine();
    const asked = bed.arrived.find(({ path }) => path === "/auth/token");
    assert.match(new URLSearchParams(asked?.body).get("scope") ?? "", /system\/DocumentReference\.write/u);
    assert.deepEqual(
      checks.filter((check) => !check.ok),
      [],
    );
    assert.ok(of("discovery").every(({ found }) => !found.includes("permission-v2")));
    const own = { smart: { clientId: "handover-app", scopes: "launch openid fhirUser patient/*.rs" } };
    const [told] = (await examine({ ehr: own })).of("discovery");
    assert.match(told?.found ?? "", /permission-v2: .*leave ehr\.smart\.scopes out/u);
  });

  suite("keys", () => {
    test("our key set: not there, of another adapter, nobody listening", async () => {
      served.delete("/.well-known/jwks.json");
      assert.match(failure((await examine()).checks, "own keys").found, /answered 404/u);
      served.set("/.well-known/jwks.json", { keys: [{ ...ehrKey.publicJwk, alg: "ES384" }] });
      assert.match(failure((await examine()).checks, "own keys").found, /lacks the key own-1/u);
      const publicUrl = `http://127.0.0.1:${await freePort()}`;
      const { fix } = failure((await examine({ publicUrl })).checks, "own keys");
      assert.match(fix ?? "", /Start the adapter/u);
    });

    test("the caller's key set: private member, double kid, no kid, wrong algorithm, short RSA key, no set", async () => {
      const jwk = ehrKey.publicJwk;
      const rsa = (n: string): object => ({ kty: "RSA", kid: "r", e: "AQAB", n });
      const cases: readonly [unknown, RegExp, RegExp][] = [
        [{ keys: [{ ...jwk, d: "c2VjcmV0" }] }, /publishes private members: ehr-1/u, /revoked/u],
        [{ keys: [jwk, jwk] }, /one kid for several keys: ehr-1/u, /kid of its own/u],
        [{ keys: [{ ...jwk, kid: undefined }] }, /without kid/u, /kid of its own/u],
        [{ keys: [makeTestKey("p", "ES256").publicJwk] }, /no key for ES384 or RS384/u, /algorithm/u],
        [{ keys: [rsa("x".repeat(171))] }, /less than 2048 bits/u, /longer key/u],
        [{ keys: [] }, /holds no key/u, /publish/u],
        ["hello", /is no key set/u, /check the address/u],
      ];
      for (const [body, found, fix] of cases) {
        served.set("caller", body);
        const check = failure((await examine()).checks, "caller keys");
        assert.match(check.found, found);
        assert.match(check.fix ?? "", fix);
        assert.ok(!JSON.stringify(check).includes("c2VjcmV0"));
      }
      served.set("caller", { keys: [rsa("x".repeat(342))] });
      assert.equal((await examine()).of("caller keys")[0]?.ok, true, "2048 bits are enough");
    });

    test("user, password and query of an address are not printed", async () => {
      const secret = jku.replace("http://", "http://user:hunter2@");
      for (const each of [secret, `${jku.replace(/:\d+/u, ":9")}?key=hunter2`]) {
        const { checks } = await examine({ ehr: { cdsHooks: hooks({ jku: each }) } });
        failure(checks, "caller keys");
        assert.ok(!JSON.stringify(checks).includes("hunter2"));
      }
    });

    test("a server that compresses although told not to", async () => {
      bed.tamper = (request, answer) =>
        request.path.includes("/metadata")
          ? { ...answer, headers: { ...answer.headers, "content-encoding": "gzip" } }
          : answer;
      assert.match(failure((await examine()).checks, "metadata").found, /answer is compressed/u);
    });

    test("a jku that cannot be reached; no issuer at all; no JWT required", async () => {
      const dead = `http://127.0.0.1:${await freePort()}/jwks.json`;
      const away = await examine({ ehr: { cdsHooks: hooks({ jku: dead }) } });
      assert.match(failure(away.checks, "caller keys").found, /nothing listens there/u);
      const none = await examine({ ehr: { cdsHooks: {} } });
      assert.match(failure(none.checks, "caller keys").found, /every hook call is refused/u);
      const open = await examine({ ehr: { cdsHooks: { requireJwt: false } } });
      assert.match(open.of("caller keys")[0]?.fix ?? "", /requireJwt/u);
    });
  });

  suite("mutual TLS", () => {
    const certificates = [{ sha256: "ab".repeat(32) }];

    test("no proxy is named that hands certificates on", async () => {
      const { checks, of } = await examine({ ehr: { cdsHooks: { clientAuth: "mtls", certificates } } });
      assert.match(failure(checks, "caller certs").fix ?? "", /clientCertificates/u);
      assert.deepEqual(of("caller keys"), [], "an EHR without tokens has no keys to look at");
    });

    test("a pinned one; a CA that is not there, and one that ends", async () => {
      const clientCertificates = { from: ["127.0.0.1/32"] };
      const pinned = await examine({ ehr: { cdsHooks: { clientAuth: "mtls", certificates } }, clientCertificates });
      assert.match(pinned.of("caller certs")[0]?.found ?? "", /pinned: abababab/u);
      const folder = await mkdtemp(join(tmpdir(), "handover-doctor-"));
      const caFile = join(folder, "ca.pem");
      const byName = {
        cdsHooks: { clientAuth: "mtls", certificates: [{ caFile, subjectAltName: "DNS:ehr.example" }] },
      };
      const absent = await examine({ ehr: byName, clientCertificates });
      assert.match(failure(absent.checks, "caller certs").found, /no certificate can be read there/u);
      await writeFile(caFile, selfSignedCertificate);
      const { validToDate } = new X509Certificate(selfSignedCertificate);
      const [check] = (await examine({ ehr: byName, clientCertificates })).of("caller certs");
      assert.ok(check?.found.includes(validToDate.toISOString().slice(0, 10)), check?.found);
      await rm(folder, { recursive: true });
    });
  });

  suite("Backend Services", () => {
    test("a client that is not registered: the EHR's word, and where to look", async () => {
      const { checks } = await examine({ ehr: { backendServices: { clientId: "nobody" } } });
      const { found, fix } = failure(checks, "token");
      assert.match(found, /refused to client nobody, ES384: 401, invalid_client/u);
      assert.match(fix ?? "", /\.well-known\/jwks\.json is registered/u);
      assert.match(failure(checks, "scopes").found, /there is no token/u);
    });

    test("an error that echoes our assertion does not reach the screen", async () => {
      bed.tamper = (request, answer) =>
        request.path === "/auth/token"
          ? json(
              { error: "invalid_client", error_description: `bad ${request.body.split("client_assertion=")[1]}` },
              400,
            )
          : answer;
      assert.match(failure((await examine()).checks, "token").found, /“bad \[token\]”/u);
    });

    test("scopes that were not granted, each with what it takes away; the grave ones fail", async () => {
      const { checks, of } = await examine({ ehr: { backendServices: { clientId: "reads-only" } } });
      const { found, fix } = failure(checks, "scopes");
      assert.match(found, /DocumentReference\.c missing: the signed summary cannot be written back/u);
      assert.match(found, /Observation\.s missing: no laboratory results/u);
      assert.match(fix ?? "", /grant client reads-only: .*system\/DocumentReference\.c/u);
      const note = of("scopes").find((check) => check.ok);
      assert.match(note?.found ?? "", /Appointment\.s missing: appointments are missing/u);
      assert.doesNotMatch(note?.found ?? "", /Condition/u);
    });

    test("scopes that are not even asked for are our own setting's fault", async () => {
      const backendServices = { clientId: CLIENT, scopes: "system/*.rs" };
      const { fix } = failure((await examine({ ehr: { backendServices } })).checks, "scopes");
      assert.match(fix ?? "", /Add to ehr\.backendServices\.scopes of tenant general: system\/DocumentReference\.c/u);
    });

    test("that no Provenance may be written: fine where the document takes the label, a note where it takes none", async () => {
      const backendServices = { clientId: CLIENT, scopes: "system/*.rs system/DocumentReference.cu" };
      const line = async (aiLabel: string) => {
        const { of } = await examine({ ehr: { backendServices, writeProfile: { aiLabel } } });
        return of("scopes").find(({ found }) => found.includes("Provenance.c is not granted"));
      };
      assert.deepEqual(await line("security-label").then((check) => [check?.ok, check?.fix]), [true, undefined]);
      const noted = await line("provenance-only");
      assert.match(noted?.found ?? "", /only its text tells that software wrote it/u);
      assert.match(noted?.fix ?? "", /system\/Provenance\.c system\/Device\.c/u);
    });

    test("a launch that asks for too little to sign, or to write with the signer's token", async () => {
      const smart = { clientId: "handover-app", scopes: "launch patient/*.rs" };
      const { checks } = await examine({ ehr: { smart, writeProfile: { credential: "user" } } });
      const { found, fix } = failure(checks, "launch");
      assert.match(found, /openid missing: .*nobody can sign/u);
      assert.match(fix ?? "", /openid fhirUser user\/DocumentReference\.c/u);
    });

    test("the keys that id_tokens are verified by: not named, not there; no frame may show the page", async () => {
      change(/smart-configuration/u, (body: object) => ({ ...body, jwks_uri: undefined }));
      assert.match(failure((await examine()).checks, "launch").found, /jwks_uri is missing/u);
      bed.tamper = (request, answer) => (request.path === "/auth/jwks" ? json({}, 500) : answer);
      assert.match(failure((await examine()).checks, "launch").found, /\(jwks_uri\) answered 500 and no key set/u);
      const note = (await examine()).of("launch").find((check) => check.ok && check.fix !== undefined);
      assert.match(note?.fix ?? "", /ehr\.frameAncestors/u);
      const framed = await examine({ ehr: { frameAncestors: ["https://ehr.example"] } });
      assert.ok(framed.of("launch").every(({ found }) => !found.includes("frame")));
    });

    test("a write profile whose credential nobody holds", async () => {
      const system = await examine({ ehr: { backendServices: undefined } });
      assert.match(
        failure(system.checks, "writing").found,
        /credential is system, and ehr\.backendServices is not set/u,
      );
      const user = await examine({ ehr: { smart: undefined, writeProfile: { credential: "user" } } });
      assert.match(failure(user.checks, "writing").found, /credential is user, and ehr\.smart is not set/u);
    });

    test("a clock that is off by more than a minute, either way; a cache's age is no skew", async () => {
      const shifted = (seconds: number, more: object = {}): void => {
        bed.tamper = (_request, answer) => ({
          ...answer,
          headers: { ...answer.headers, ...more, date: new Date(Date.now() + seconds * 1000).toUTCString() },
        });
      };
      shifted(300);
      const ahead = await examine();
      assert.match(failure(ahead.checks, "clock").found, /(299|300|301) s ahead of us: .* refused/u);
      shifted(-90);
      assert.match(failure((await examine()).checks, "clock").found, /s behind us/u);
      shifted(-90, { age: "90" });
      assert.equal((await examine()).of("clock")[0]?.ok, true);
    });
  });

  suite("CapabilityStatement", () => {
    test("another FHIR version, no JSON, no statement, an error", async () => {
      const edits: readonly [Passing | object, RegExp][] = [
        [{ fhirVersion: "5.0.0" }, /FHIR 5\.0\.0; 4\.0\.1 is needed/u],
        [{ format: ["xml"] }, /formats: xml; JSON is needed/u],
        [{ resourceType: "OperationOutcome" }, /is no CapabilityStatement/u],
      ];
      for (const [over, wanted] of edits) {
        change(/\/metadata/u, (body: object) => ({ ...body, ...over }));
        assert.match(failure((await examine()).checks, "metadata").found, wanted);
      }
      bed.tamper = (request, answer) => (request.path.includes("/metadata") ? json({}, 503) : answer);
      assert.match(failure((await examine()).checks, "metadata").found, /answered 503/u);
    });

    test("a search parameter that the chart is read by", async () => {
      changeType("Condition", (condition) => {
        condition.searchParam = (condition.searchParam ?? []).filter(({ name }) => name !== "patient");
      });
      const { checks, of } = await examine();
      assert.match(failure(checks, "searches").found, /Condition by patient: no diagnoses in the draft/u);
      assert.match(of("prefetch")[0]?.found ?? "", /discharge-summary conditions: Condition by patient is not listed/u);
    });

    test("a parameter with a wider search in its place, and a type that few EHRs have, are notes", async () => {
      changeType("Observation", (observation) => {
        observation.searchParam = (observation.searchParam ?? []).filter(({ name }) => name !== "encounter");
      });
      const wider = await examine();
      assert.equal(wider.of("searches")[0]?.ok, true);
      assert.match(wider.of("searches")[0]?.found ?? "", /Observation by encounter: a wider search is used/u);
      changeType("ClinicalImpression", (impression) => {
        impression.type = "Basic";
      });
      const without = await examine();
      assert.match(without.of("searches")[0]?.found ?? "", /ClinicalImpression: assessments .* not read/u);
      assert.equal(
        without.of("searches").every(({ ok }) => ok),
        true,
      );
    });

    test("DocumentReference against the write profile: create, conditional create, identifier, update", async () => {
      const without = (code: string): void =>
        changeType("DocumentReference", (document) => {
          document.interaction = document.interaction.filter((each) => each.code !== code);
        });
      without("create");
      assert.match(failure((await examine()).checks, "writing").found, /cannot be filed/u);
      assert.equal((await examine({ ehr: { writeProfile: { when: "never" } } })).of("writing")[0]?.ok, true);
      without("update");
      assert.match((await examine()).of("writing")[0]?.found ?? "", /retractions stay unmarked/u);
      changeType("DocumentReference", (document) => {
        document.conditionalCreate = false;
      });
      assert.match(failure((await examine()).checks, "writing").fix ?? "", /conditionalCreate .* to false/u);
      changeType("DocumentReference", (document) => {
        document.searchParam = (document.searchParam ?? []).filter(({ name }) => name !== "identifier");
      });
      const searching = await examine({ ehr: { writeProfile: { conditionalCreate: false } } });
      assert.match(failure(searching.checks, "writing").found, /search by identifier/u);
    });
  });

  suite("dry run of the document", () => {
    test("is described: type, status, form, size, identifier", async () => {
      const [check] = (
        await examine({ ehr: { writeProfile: { contentTypes: ["application/xhtml+xml;charset=utf-8"] } } })
      ).of("document");
      assert.match(check?.found ?? "", /loinc\.org\|18842-5, docStatus final/u);
      assert.match(check?.found ?? "", /xhtml\+xml;charset=utf-8 of \d{4,} bytes/u);
      assert.match(check?.found ?? "", /tenants\/general\|/u);
    });

    test("a profile that no document fits: unknown form, too small", async () => {
      for (const [writeProfile, fix] of [
        [{ contentTypes: ["application/msword"] }, /writeProfile\.contentTypes/u],
        [{ maxBytes: 100 }, /writeProfile\.maxBytes/u],
      ] as const)
        assert.match(failure((await examine({ ehr: { writeProfile } })).checks, "document").fix ?? "", fix);
    });

    test("drafts in the EHR: the question about the patient's portal is asked", async () => {
      const { of } = await examine({ ehr: { writeProfile: { when: "preliminary-and-signed" } } });
      const question = of("document").find(({ fix }) => fix !== undefined);
      assert.match(question?.fix ?? "", /released to the patient portal/u);
      assert.equal(question?.ok, true);
    });

    test("Oracle Health's own rules, which no statement tells", async () => {
      change(/\/metadata/u, (body: object) => ({ ...body, software: { name: "Oracle Health Millennium" } }));
      const writeProfile = { contentTypes: ["text/plain", "text/html;charset=utf-8"] };
      const { fix } = failure((await examine({ ehr: { writeProfile } })).checks, "document");
      assert.match(fix ?? "", /exactly one content.*charset/u);
    });

    test("$validate, where offered: errors are told, the token goes to the FHIR base alone, nothing is created", async () => {
      const outcome = (severity: string): Passing =>
        json({ resourceType: "OperationOutcome", issue: [{ severity, code: "invalid", diagnostics: "type unknown" }] });
      let severity = "error";
      bed.tamper = (request, answer) => {
        if (request.path.endsWith("/DocumentReference/$validate")) return outcome(severity);
        if (!request.path.includes("/metadata")) return answer;
        const body = structuredClone(answer.body) as { rest: { operation?: object[] }[] };
        if (body.rest[0] !== undefined) body.rest[0].operation = [{ name: "validate" }];
        return { ...answer, body };
      };
      assert.match(failure((await examine()).checks, "document").found, /finds errors:\ntype unknown/u);
      const withToken = bed.arrived.filter(({ headers }) => headers.authorization !== undefined);
      assert.deepEqual(
        withToken.map(({ path }) => path),
        ["/fhir/DocumentReference/$validate"],
      );
      severity = "warning";
      assert.ok((await examine()).of("document").every(({ ok }) => ok));
      assert.deepEqual([...bed.ehr.store.list("DocumentReference")], []);
    });
  });
});
