/**
 * Two adapter processes on one database, and callers that lie to either: CDS Hooks 2.0 "Trusting CDS Clients"; RFC 7515,
 * 7519, 8725; attack list 2-18. Each refusal is 401 with nothing in it, and its reason is counted by the process that refused.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { makeCertificate } from "../support/certificates.ts";
import type { RunningCommand } from "../support/cli.ts";
import { start } from "../support/cli.ts";
import type { TestKey } from "../support/jwt-issuer.ts";
import { hookClaims, makeTestKey, signHmac, signJwt, signText } from "../support/jwt-issuer.ts";
import type { TestDatabase } from "../support/postgres.ts";
import { createTestDatabase } from "../support/postgres.ts";

const PUBLIC_URL = "https://adapter.example";
const SERVICE = `${PUBLIC_URL}/cds-services/discharge-summary`;
const ISS = "https://ehr.general.example";
/** As Epic sends: iss is the FHIR base, no tenant, a quarter of an hour, nbf before iat. */
const EPIC = "https://epic.example/fhir/R4";
/** As Oracle sends: one iss for all hospitals, told apart by tenant. */
const ORACLE = "https://cds-hooks.oracle.example";
const ec = makeTestKey("k1");
const rsa = makeTestKey("r1", "RS384");
const next = makeTestKey("k2");
const stranger = makeTestKey("k1");
const listed = makeCertificate({ commonName: "ehr", purpose: "client" });

/** The hospital's key set, counted; empty: the address is down. */
const keyServer = { keys: [ec, rsa] as readonly TestKey[], asked: 0, elsewhere: 0 };
const site = createServer((request, response) => {
  if (request.url === "/jwks") keyServer.asked += 1;
  else keyServer.elsewhere += 1;
  if (keyServer.keys.length === 0) return void response.writeHead(503).end();
  const body = JSON.stringify({ keys: keyServer.keys.map(({ publicJwk }) => publicJwk) });
  response.writeHead(200, { "content-type": "application/json", "cache-control": "max-age=60" }).end(body);
});

interface Process {
  readonly name: string;
  readonly url: string;
  readonly running: RunningCommand;
}

const folder = mkdtempSync(join(tmpdir(), "caller-trust-"));
const clockFile = join(folder, "clock");
let offsetMs = 0;
let database: TestDatabase;
let siteUrl: string;
let both: readonly Process[] = [];

function configuration(): object {
  const jku = `${siteUrl}/jwks`;
  const ehr = (base: string, issuers: readonly object[]) => ({ fhirBaseUrl: base, cdsHooks: { issuers } });
  const common = { environment: "test", network: { allowHttp: true } };
  return {
    egress: { allow: ["127.0.0.1/32"] },
    clientCertificates: { from: ["127.0.0.1/32"] },
    tenants: [
      {
        ...common,
        id: "certified",
        name: "C",
        ehr: {
          fhirBaseUrl: "https://certified.example/fhir",
          cdsHooks: { clientAuth: "mtls", certificates: [{ sha256: listed.sha256 }] },
        },
      },
      { ...common, id: "general", name: "General", ehr: ehr("https://ehr.general.example/fhir", [{ iss: ISS, jku }]) },
      { ...common, id: "epic", name: "E", ehr: ehr(EPIC, [{ iss: EPIC, jku, algs: ["RS384"] }]) },
      ...["north", "south"].map((tenant) => ({
        ...common,
        id: tenant,
        name: tenant,
        ehr: ehr(`https://oracle.example/${tenant}`, [{ iss: ORACLE, tenant, jwks: { keys: [ec.publicJwk] } }]),
      })),
    ],
  };
}

async function startProcess(name: string, config: string): Promise<Process> {
  const preload = join(import.meta.dirname, "..", "support", "moved-clock.ts");
  const running = start(process.execPath, ["--import", preload, join("src", "main.ts"), "serve", "--port", "0"], {
    DATABASE_URL: database.appUrl,
    HANDOVER_MASTER_KEY: Buffer.alloc(32, 5).toString("base64"),
    HANDOVER_CONFIG: config,
    HANDOVER_ROLES: "api",
    PUBLIC_URL,
    TEST_CLOCK_FILE: clockFile,
  });
  const line = await running.line(/^Handover is ready/u);
  const port = /listens on 127\.0\.0\.1:(\d+)/u.exec(line)?.[1] ?? assert.fail(line);
  return { name, url: `http://127.0.0.1:${port}`, running };
}

before(async () => {
  database = await createTestDatabase();
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(configuration()));
  both = await Promise.all([startProcess("A", config), startProcess("B", config)]);
});
after(async () => {
  for (const { running } of both) running.child.kill("SIGTERM");
  await Promise.all(both.map(({ running }) => running.finished));
  site.closeAllConnections();
  site.close();
  await database.drop();
  rmSync(folder, { recursive: true });
});

/** Both processes' clocks, and ours: what is signed now is signed at that time. */
async function moveClocks(byMs: number): Promise<void> {
  offsetMs += byMs;
  writeFileSync(clockFile, String(offsetMs));
  const confirmed = both.map(({ running }) => running.line(new RegExp(`^clock moved by ${offsetMs}$`, "u")));
  for (const { running } of both) running.child.kill("SIGUSR2");
  await Promise.all(confirmed);
}

const nowMs = (): number => Date.now() + offsetMs;
const nowSeconds = (): number => Math.floor(nowMs() / 1000);
const good = (claims: object = {}, header: object = {}, key: TestKey = ec): string =>
  signJwt(key, hookClaims(ISS, SERVICE, nowMs(), claims), header);

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly reason: string | undefined;
}

async function refusals(url: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.matchAll(/^handover_auth_refused_total\{[^}]*reason="([^"]+)"[^}]*\} (\d+)$/gmu);
  return new Map([...lines].map(([, reason = "", count]) => [reason, Number(count)]));
}

/** Calls as an EHR would, and looks up which refusal was counted. */
async function call(
  { url }: Process,
  authorization: Parameters<typeof post>[1],
  path = "/cds-services/discharge-summary",
): Promise<Answer> {
  const before = await refusals(url);
  const { status, body } = await post(url, authorization, path);
  const counted = [...(await refusals(url))].find(([reason, count]) => count > (before.get(reason) ?? 0));
  return { status, body, reason: counted?.[0] };
}

async function post(
  url: string,
  credential: string | Readonly<Record<string, string>>,
  path: string,
): Promise<{ status: number; body: string }> {
  const proof = typeof credential === "string" ? { authorization: credential } : credential;
  const context = { userId: "Practitioner/d1", patientId: "p1" };
  const answer = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { ...proof, "content-type": "application/json" },
    body: JSON.stringify({ hook: "patient-view", hookInstance: randomUUID(), context }),
  });
  return { status: answer.status, body: await answer.text() };
}

/** Each time a new one, so that no refusal is that of a replay. */
type Make = () => string;

const parts = (token: string): [string, string, string] => {
  const [header = "", claims = "", signature = ""] = token.split(".");
  return [header, claims, signature];
};
const withSignature = (change: (signature: string) => string): string => {
  const [header, claims, signature] = parts(good());
  return `${header}.${claims}.${change(signature)}`;
};
const headerText = (more = ""): string => `{"alg":"ES384","kid":"k1","typ":"JWT"${more}}`;
const claimsText = (): string => JSON.stringify(hookClaims(ISS, SERVICE, nowMs()));
const at =
  (claims: () => object): Make =>
  () =>
    good(claims());

const matrix: readonly [name: string, reason: string, make: Make][] = [
  ...["none", "None", "nOnE", "NONE", "HS256", "HS384", "HS512", "ES256K", "RS1", "dir", "", "constructor"].map(
    (alg): [string, string, Make] => [`alg ${JSON.stringify(alg)}`, "jwt.algorithm", () => good({}, { alg })],
  ),
  [
    "alg none and no signature",
    "jwt.format",
    () =>
      `${parts(good({}, { alg: "none" }))
        .slice(0, 2)
        .join(".")}.`,
  ],
  ["no alg", "jwt.algorithm", () => good({}, { alg: undefined })],
  ["an algorithm that was not agreed", "jwt.algorithm", () => good({}, { alg: "ES512" })],
  [
    "HMAC under the public key",
    "jwt.algorithm",
    () => signHmac(JSON.stringify(rsa.publicJwk), hookClaims(ISS, SERVICE, nowMs()), { kid: "r1" }),
  ],
  ["the EC key's name on an RSA signature", "jwt.key", () => good({}, { kid: "k1", alg: "RS384" }, rsa)],
  ["no typ", "jwt.type", () => good({}, { typ: undefined })],
  ["typ at+jwt", "jwt.type", () => good({}, { typ: "at+jwt" })],
  ["a critical extension", "jwt.critical", () => good({}, { crit: ["exp"], exp: 1 })],
  ["no kid", "jwt.kid", () => good({}, { kid: undefined })],
  ["a kid of 300 characters", "jwt.kid", () => good({}, { kid: "k".repeat(300) })],
  ["an unknown kid", "jwt.key", () => good({}, { kid: "k9" })],
  ["a kid that is a path", "jwt.key", () => good({}, { kid: "../../etc/passwd" })],
  ["a kid that is a prototype's", "jwt.key", () => good({}, { kid: "__proto__" })],
  ["an unlisted jku", "jwt.jku", () => good({}, { jku: `${siteUrl}/evil` }, stranger)],
  ["a jku that only begins like the listed one", "jwt.jku", () => good({}, { jku: `${siteUrl}/jwks/../evil` })],
  ["a key brought along", "jwt.signature", () => good({}, { jwk: stranger.publicJwk }, stranger)],
  ["an x5u", "jwt.signature", () => good({}, { x5u: `${siteUrl}/evil` }, stranger)],
  ["another key's signature", "jwt.signature", () => good({}, {}, stranger)],
  ["a signature of zeros", "jwt.signature", () => withSignature(() => Buffer.alloc(96).toString("base64url"))],
  ["a signature with bytes behind it", "jwt.signature", () => withSignature((text) => `${text}AAAA`)],
  ["a signature with padding", "credential.missing", () => withSignature((text) => `${text}=.`)],
  ["claims changed after signing", "jwt.signature", changedClaims],
  ["two parts", "jwt.format", () => parts(good()).slice(0, 2).join(".")],
  ["four parts", "jwt.format", () => `${good()}.x`],
  ["claims that are a list", "jwt.format", () => signText(ec, headerText(), "[]")],
  ["claims that are no JSON", "jwt.format", () => signText(ec, headerText(), "iss=me")],
  ["a header member twice", "jwt.format", () => signText(ec, headerText(',"alg":"ES384"'), claimsText())],
  ["a claim twice", "jwt.format", () => signText(ec, headerText(), claimsText().replace("{", `{"iss":"${ISS}",`))],
  ["a byte order mark", "jwt.format", () => signText(ec, headerText(), `\uFEFF${claimsText()}`)],
  ["more than 8 KiB", "jwt.size", () => good({ filler: "x".repeat(9000) })],
  ["no token at all", "credential.missing", () => ""],
  ["an issuer that is not listed", "jwt.issuer", at(() => ({ iss: "https://evil.example" }))],
  ["a look-alike issuer", "jwt.issuer", at(() => ({ iss: "https://еhr.general.example" }))],
  ["the issuer with a slash", "jwt.issuer", at(() => ({ iss: `${ISS}/` }))],
  ["no issuer", "jwt.issuer", at(() => ({ iss: undefined }))],
  ["a tenant that is not listed beside the issuer", "jwt.issuer", at(() => ({ tenant: "north" }))],
  ["a shared issuer without its tenant", "jwt.issuer", at(() => ({ iss: ORACLE }))],
  ["a shared issuer with nobody's tenant", "jwt.issuer", at(() => ({ iss: ORACLE, tenant: "west" }))],
  ["no aud", "jwt.audience", at(() => ({ aud: undefined }))],
  ["discovery's aud", "jwt.audience", at(() => ({ aud: `${PUBLIC_URL}/cds-services` }))],
  ["another service's aud", "jwt.audience", at(() => ({ aud: `${PUBLIC_URL}/cds-services/pending-results` }))],
  ["aud with a slash behind it", "jwt.audience", at(() => ({ aud: `${SERVICE}/` }))],
  ["aud in capitals", "jwt.audience", at(() => ({ aud: SERVICE.replace("adapter", "ADAPTER") }))],
  ["aud of an empty list", "jwt.audience", at(() => ({ aud: [] }))],
  ["aud that is good elsewhere too", "jwt.audience", at(() => ({ aud: [SERVICE, "https://other.example"] }))],
  ["aud of the process's own address", "jwt.audience", at(() => ({ aud: both[0]?.url }))],
  ["exp in the past", "jwt.expired", at(() => ({ exp: nowSeconds() - 61 }))],
  ["no exp", "jwt.expired", at(() => ({ exp: undefined }))],
  ["exp as text", "jwt.expired", at(() => ({ exp: String(nowSeconds() + 60) }))],
  ["exp of the year 9999", "jwt.lifetime", at(() => ({ exp: 253_402_300_799 }))],
  ["a longer life than agreed", "jwt.lifetime", at(() => ({ exp: nowSeconds() + 960 }))],
  ["exp before iat", "jwt.lifetime", at(() => ({ exp: nowSeconds() - 10, iat: nowSeconds() - 5 }))],
  ["no iat", "jwt.lifetime", at(() => ({ iat: undefined }))],
  ["iat in the future", "jwt.not-yet-valid", at(() => ({ iat: nowSeconds() + 120, exp: nowSeconds() + 240 }))],
  ["nbf in the future", "jwt.not-yet-valid", at(() => ({ nbf: nowSeconds() + 120 }))],
  ["nbf as text", "jwt.not-yet-valid", at(() => ({ nbf: "soon" }))],
  ["no jti", "jwt.jti", at(() => ({ jti: undefined }))],
  ["an empty jti", "jwt.jti", at(() => ({ jti: "" }))],
  ["a jti that is an object", "jwt.jti", at(() => ({ jti: {} }))],
  ["a jti of 600 characters", "jwt.jti", at(() => ({ jti: "j".repeat(600) }))],
];

function changedClaims(): string {
  const [header, , signature] = parts(good());
  const other = Buffer.from(JSON.stringify(hookClaims(ISS, SERVICE, nowMs(), { sub: "root" }))).toString("base64url");
  return `${header}.${other}.${signature}`;
}

describe("both processes refuse, for the same reason and with the same empty words", () => {
  for (const [name, reason, make] of matrix) {
    it(name, async () => {
      const answers = [];
      for (const one of both) answers.push(await call(one, `Bearer ${make()}`));
      for (const answer of answers) assert.deepEqual([answer.status, answer.reason], [401, reason]);
      const [first, second] = answers.map(({ body }) => body.replaceAll(/"(?:id|diagnostics)":"[^"]*"/gu, ""));
      assert.equal(first, second);
      assert.ok(!/jwt|kid|alg|audience|expired|signature/iu.test(first ?? "jwt"), first);
    });
  }

  it("and have never asked an address that no list holds", () => assert.equal(keyServer.elsewhere, 0));
});

describe("both processes take", () => {
  const takes: readonly [name: string, make: Make][] = [
    ["ES384 and a listed jku", () => good({}, { jku: `${siteUrl}/jwks` })],
    ["RS384", () => good({}, {}, rsa)],
    ["aud as a list of this endpoint", () => good({ aud: [SERVICE] })],
    ["clocks a minute apart", () => good({ iat: nowSeconds() + 50, exp: nowSeconds() + 300 })],
    [
      "Epic's shape: a quarter of an hour, nbf before iat, no tenant, iss the FHIR base",
      () => {
        const iat = nowSeconds();
        return good({ iss: EPIC, sub: "client-1", iat, nbf: iat - 5, exp: iat + 900 }, {}, rsa);
      },
    ],
    ["Oracle's shape: one issuer, told apart by tenant", () => good({ iss: ORACLE, tenant: "south" })],
  ];
  for (const [name, make] of takes) {
    it(name, async () => {
      for (const one of both) assert.equal((await call(one, `Bearer ${make()}`)).status, 200, one.name);
    });
  }
});

describe("a certificate that the proxy hands on", () => {
  const shown = ({ der }: { der: Buffer }) => ({ "client-cert": `:${der.toString("base64")}:` });

  it("stands for a token at both, where it is the hospital's and in force", async () => {
    const other = makeCertificate({ commonName: "ehr", purpose: "client" });
    for (const one of both) {
      assert.equal((await call(one, shown(listed))).status, 200, one.name);
      const refused = await call(one, shown(other));
      assert.deepEqual([refused.status, refused.reason], [401, "certificate.unknown"]);
      const garbled = await call(one, { "client-cert": "MIIB" });
      assert.deepEqual([garbled.status, garbled.reason], [401, "certificate.format"]);
    }
  });
});

describe("a token is good once", () => {
  it("used at one process, it is refused by the other", async () => {
    for (const [first, second] of [both, both.toReversed()]) {
      const token = `Bearer ${good()}`;
      assert.ok(first !== undefined && second !== undefined);
      assert.equal((await call(first, token)).status, 200);
      const again = await call(second, token);
      assert.deepEqual([again.status, again.reason], [401, "jwt.replay"]);
    }
  });

  it("shown to both twenty times at once, one is the first", async () => {
    const token = `Bearer ${good()}`;
    const urls = Array.from({ length: 20 }, (_, index) => both[index % 2]?.url ?? "");
    const statuses = await Promise.all(urls.map((url) => post(url, token, "/cds-services/discharge-summary")));
    assert.equal(statuses.filter(({ status }) => status === 200).length, 1);
    assert.equal(statuses.filter(({ status }) => status === 401).length, 19);
  });

  it("is another issuer's own, though it bears the same jti", async () => {
    const jti = randomUUID();
    const [a, b] = both;
    assert.ok(a !== undefined && b !== undefined);
    assert.equal((await call(a, `Bearer ${good({ jti })}`)).status, 200);
    assert.equal((await call(b, `Bearer ${good({ jti, iss: ORACLE, tenant: "north" })}`)).status, 200);
  });

  it("and for one endpoint: the service's is not feedback's", async () => {
    for (const one of both) {
      const answer = await call(one, `Bearer ${good()}`, "/cds-services/discharge-summary/feedback");
      assert.deepEqual([answer.status, answer.reason], [401, "jwt.audience"]);
    }
  });
});

/** In order: each builds on where the clocks and key sets stand. */
describe("keys", () => {
  const expectEach = async (key: TestKey, expected: string | undefined): Promise<void> => {
    for (const one of both) {
      const { status, reason } = await call(one, `Bearer ${good({}, {}, key)}`);
      assert.deepEqual([one.name, status, reason], [one.name, expected === undefined ? 200 : 401, expected]);
    }
  };

  it("unknown ones do not make us ask again and again", async () => {
    const before = keyServer.asked;
    for (const one of both)
      for (let index = 0; index < 50; index += 1)
        await post(one.url, `Bearer ${good({}, { kid: `random-${index}` })}`, "/cds-services/discharge-summary");
    assert.ok(keyServer.asked - before <= 4, String(keyServer.asked - before));
  });

  it("are followed through a rotation by both: old and new side by side, then the new one alone", async () => {
    keyServer.keys = [ec, rsa, next];
    await moveClocks(31_000);
    await expectEach(next, undefined);
    await expectEach(ec, undefined);
    keyServer.keys = [rsa, next];
    await moveClocks(120_000);
    await expectEach(makeTestKey("makes-it-ask"), "jwt.key");
    await expectEach(ec, "jwt.key");
    await expectEach(next, undefined);
  });

  it("serve on for a while when their address is down, then no more, and again once it is back", async () => {
    keyServer.keys = [];
    await moveClocks(30 * 60_000);
    await expectEach(next, undefined);
    await moveClocks(60 * 60_000);
    await expectEach(next, "jwks.unavailable");
    keyServer.keys = [rsa, next];
    await moveClocks(60_000);
    await expectEach(next, undefined);
  });
});
