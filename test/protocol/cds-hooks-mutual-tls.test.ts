/** CDS Hooks 2.0, "Trusting CDS Clients": mutual TLS, ended by a real TLS proxy with certificates made for the test. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import { parseCertificate } from "../../src/trust/certificates/forms.ts";
import type { CertificateInput, MadeCertificate } from "../support/certificates.ts";
import { makeCertificate } from "../support/certificates.ts";
import { SMART, hookWorld, tenantOf } from "../support/hook-world.ts";
import type { HandOn } from "../support/tls-proxy.ts";
import { startTlsProxy } from "../support/tls-proxy.ts";

const PATH = "/cds-services/discharge-summary";
const folder = mkdtempSync(join(tmpdir(), "client-ca-"));
const caFile = join(folder, "ca.pem");
const ca = makeCertificate({ commonName: "Hospital CA", ca: true });
writeFileSync(caFile, ca.pem);
after(() => rmSync(folder, { recursive: true }));

const ehrName = "DNS:ehr.general.example";
const issue = (more: Partial<CertificateInput> = {}): MadeCertificate =>
  makeCertificate({ commonName: "ehr", names: [ehrName], purpose: "client", issuer: ca, ...more });
const pinned = makeCertificate({ commonName: "pinned", purpose: "client" });
const stranger = makeCertificate({ commonName: "pinned", purpose: "client" });

const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replaceAll(/.{64}/gu, "$&\n")}\n-----END CERTIFICATE-----\n`;
/** As each proxy writes it. */
const forms = {
  rfc9440: (der) => `:${der.toString("base64")}:`,
  pem: (der) => encodeURIComponent(pemOf(der)),
  xfcc: (der) => `Hash=00;Cert="${encodeURIComponent(pemOf(der))}";Subject="CN=\\"x\\", O=y;z";URI=`,
} satisfies Record<string, HandOn>;

const certificates = [{ sha256: pinned.sha256 }, { caFile, subjectAltName: ehrName }];
type ClientAuth = "jwt" | "mtls" | "jwt+mtls";

interface BedOptions {
  readonly clientAuth?: ClientAuth;
  readonly form?: keyof typeof forms;
  readonly from?: [string, ...string[]];
  readonly header?: string;
}

function hospital(id: string, clientAuth: ClientAuth, listed: readonly object[]) {
  const issuers = [{ iss: `https://${id}.example`, jku: `https://${id}.example/jwks` }];
  return tenantOf(id, { ...SMART, cdsHooks: { clientAuth, certificates: listed, issuers } });
}

async function bed({
  clientAuth = "mtls",
  form = "rfc9440",
  from = ["127.0.0.0/8"],
  header = "client-cert",
}: BedOptions) {
  const world = hookWorld({
    tenants: [hospital("general", clientAuth, certificates), hospital("other", "mtls", [{ sha256: "ab".repeat(32) }])],
    clientCertificates: { header, form, from },
  });
  const proxy = await startTlsProxy(world.app, header, forms[form]);
  /** The status, and the reason that the audit log will hold. */
  const post = async (
    shown?: MadeCertificate,
    headers: Record<string, string> = {},
    over: Record<string, unknown> = {},
  ) => {
    const { status, text } = await proxy.post(PATH, JSON.stringify(world.body(over)), headers, shown);
    return { status, text, reason: world.seen.refusals.at(-1)?.reason };
  };
  return { world, proxy, post };
}

async function using<T>(options: BedOptions, work: (made: Awaited<ReturnType<typeof bed>>) => Promise<T>): Promise<T> {
  const made = await bed(options);
  return work(made).finally(() => made.proxy.close());
}

describe("mutual TLS in the place of a JWT", () => {
  let made: Awaited<ReturnType<typeof bed>>;
  before(async () => {
    made = await bed({});
  });
  after(() => made.proxy.close());

  it("lets the EHR in by a pinned certificate, or by name and CA, and knows the hospital by it [cds-hooks 175]", async () => {
    for (const shown of [pinned, issue()]) {
      assert.equal((await made.post(shown)).status, 200);
      assert.equal(made.world.seen.created.at(-1)?.tenant, "general");
    }
    assert.equal((await made.post(pinned, {}, { fhirServer: undefined, fhirAuthorization: undefined })).status, 200);
  });

  const refused: readonly [string, MadeCertificate | undefined, string][] = [
    ["no certificate", undefined, "credential.missing"],
    ["another key under the pinned one's name", stranger, "certificate.unknown"],
    ["the CA's, with another name", issue({ names: ["DNS:evil.example"] }), "certificate.unknown"],
    ["a name that only begins like ours", issue({ names: [`${ehrName}.evil.example`] }), "certificate.unknown"],
    ["the name as common name only", issue({ names: [], commonName: "ehr.general.example" }), "certificate.unknown"],
    ["a wildcard over the name", issue({ names: ["DNS:*.general.example"] }), "certificate.unknown"],
    ["two names squeezed into one", issue({ names: [`DNS:a, ${ehrName}`] }), "certificate.unknown"],
    ["the name, self-signed", makeCertificate({ commonName: "ehr", names: [ehrName] }), "certificate.issuer"],
    [
      "the name, by another CA of the same name",
      issue({ issuer: makeCertificate({ commonName: "Hospital CA", ca: true }) }),
      "certificate.issuer",
    ],
    ["the name, issued by a certificate that is no CA", issue({ issuer: issue() }), "certificate.issuer"],
    ["run out", issue({ notAfter: new Date(Date.now() - 1000) }), "certificate.expired"],
    ["not in force yet", issue({ notBefore: new Date(Date.now() + 60_000) }), "certificate.not-yet-valid"],
    ["for servers only", issue({ purpose: "server" }), "certificate.purpose"],
    ["a CA's own", issue({ ca: true }), "certificate.purpose"],
  ];
  for (const [name, shown, reason] of refused) {
    it(`refuses ${name}: 401 without a reason, ${reason} in the audit log`, async () => {
      const before = made.world.seen.created.length;
      const answer = await made.post(shown);
      assert.deepEqual([answer.status, answer.reason], [401, reason]);
      assert.ok(!answer.text.includes("certificate") && !answer.text.includes(reason));
      assert.equal(made.world.seen.created.length, before);
    });
  }

  it("takes nobody's word for a certificate: what a caller writes into the header is not what the proxy hands on", async () => {
    const forged = { "client-cert": forms.rfc9440(pinned.der) };
    assert.deepEqual((await made.post(undefined, forged)).status, 401);
    assert.deepEqual((await made.post(stranger, forged)).status, 401);
  });

  it("verifies a JWT that comes as well", async () => {
    assert.equal((await made.post(pinned, { authorization: made.world.token() })).status, 200);
    const answer = await made.post(pinned, { authorization: "Bearer a.b.c" });
    assert.deepEqual([answer.status, answer.reason], [401, "jwt.format"]);
  });

  it("guards feedback too", async () => {
    const feedback = [{ card: crypto.randomUUID(), outcome: "overridden", outcomeTimestamp: "2026-03-17T10:00:00Z" }];
    const post = (shown?: MadeCertificate) =>
      made.proxy.post(`${PATH}/feedback`, JSON.stringify({ feedback }), {}, shown);
    assert.deepEqual(
      [(await post(pinned)).status, (await post(stranger)).status, (await post()).status],
      [200, 401, 401],
    );
  });
});

describe("mutual TLS beside a JWT", () => {
  it("needs both, each the same hospital's [cds-hooks 179]", async () => {
    await using({ clientAuth: "jwt+mtls" }, async ({ post, world }) => {
      const authorization = world.token();
      assert.equal((await post(pinned, { authorization })).status, 200);
      const bare = await post(undefined, { authorization: world.token() });
      assert.deepEqual([bare.status, bare.reason], [401, "certificate.missing"]);
      assert.equal(world.seen.refusals.at(-1)?.tenant, "general", "the log tells whose");
      const wrong = await post(stranger, { authorization: world.token() });
      assert.deepEqual([wrong.status, wrong.reason], [401, "certificate.unknown"]);
      assert.equal((await post(pinned)).status, 401, "a certificate alone is not enough");
    });
  });

  it("asks for none where the hospital has agreed on a JWT alone", async () => {
    await using({ clientAuth: "jwt" }, async ({ post, world }) => {
      assert.equal((await post(stranger, { authorization: world.token() })).status, 200);
      assert.equal((await post(pinned)).status, 401);
    });
  });
});

describe("the header", () => {
  for (const form of ["rfc9440", "pem", "xfcc"] as const) {
    it(`is understood as ${form}`, async () => {
      await using({ form, header: "x-client" }, async ({ post }) => {
        assert.equal((await post(pinned)).status, 200);
        assert.equal((await post(stranger)).status, 401);
      });
    });
  }

  it("counts from the proxy's own address only: written by anybody else it proves nothing", async () => {
    await using({ from: ["192.0.2.7/32"] }, async ({ proxy, world }) => {
      const headers = { "client-cert": forms.rfc9440(pinned.der) };
      const answer = await proxy.postPast(PATH, JSON.stringify(world.body()), headers);
      assert.deepEqual([answer.status, world.seen.refusals.at(-1)?.reason], [401, "certificate.source"]);
    });
  });

  it("is not looked at where no proxy is named", async () => {
    const world = hookWorld({ tenants: [hospital("general", "mtls", certificates)] });
    const proxy = await startTlsProxy(world.app, "client-cert", forms.rfc9440);
    const answer = await proxy.post(PATH, JSON.stringify(world.body()), {}, pinned).finally(() => proxy.close());
    assert.deepEqual([answer.status, world.seen.refusals.at(-1)?.reason], [401, "credential.missing"]);
  });

  it("holds one certificate or none: anything beside it, twice, or cut off is nothing", () => {
    const good = forms.rfc9440(pinned.der);
    const element = forms.xfcc(pinned.der);
    for (const value of ["", "x", good.slice(1), `${good}, ${good}`, good.replace(":", ": "), `:${"A".repeat(400)}:`])
      assert.equal(parseCertificate("rfc9440", value), undefined);
    const pem = forms.pem(pinned.der);
    for (const value of [`${pem}${pem}`, `%E0%A4${pem}`, pem.slice(0, -40), `x${pem}`])
      assert.equal(parseCertificate("pem", value), undefined);
    for (const value of [`${element},${element}`, `Hash=00,${element}`, `${element};Cert="x"`, "By=spiffe://a;Hash=00"])
      assert.equal(parseCertificate("xfcc", value), undefined);
    for (const form of ["rfc9440", "pem", "xfcc"] as const)
      assert.equal(
        parseCertificate(form, forms[form](pinned.der))?.fingerprint256.replaceAll(":", "").toLowerCase(),
        pinned.sha256,
      );
  });
});

describe("two hospitals behind one EHR's certificate", () => {
  it("are told apart by the FHIR base that the call names", async () => {
    const both = [hospital("general", "mtls", certificates), hospital("north", "mtls", certificates)];
    const world = hookWorld({
      tenants: both,
      clientCertificates: { header: "client-cert", form: "rfc9440", from: ["127.0.0.0/8"] },
    });
    const proxy = await startTlsProxy(world.app, "client-cert", forms.rfc9440);
    const post = (fhirServer?: string) => proxy.post(PATH, JSON.stringify(world.body({ fhirServer })), {}, pinned);
    try {
      assert.equal((await post("https://north.example/fhir")).status, 200);
      assert.equal(world.seen.created.at(-1)?.tenant, "north");
      assert.deepEqual([(await post()).status, (await post("https://third.example/fhir")).status], [401, 401]);
    } finally {
      await proxy.close();
    }
  });
});

describe("the settings", () => {
  it("refuse mutual TLS without a certificate, and a hospital that asks for no proof and for one", () => {
    const parse = (cdsHooks: object) =>
      tenantSchema.safeParse({ id: "a", name: "a", ehr: { fhirBaseUrl: "https://a.example/fhir", cdsHooks } }).success;
    assert.equal(parse({ clientAuth: "mtls" }), false);
    assert.equal(parse({ clientAuth: "mtls", requireJwt: false, certificates }), false);
    assert.equal(parse({ clientAuth: "mtls", certificates: [{ sha256: "abc" }] }), false);
    assert.equal(
      parse({
        clientAuth: "mtls",
        certificates: [{ sha256: pinned.sha256.replaceAll(/..(?=.)/gu, "$&:").toUpperCase() }],
      }),
      true,
    );
  });
});
