/** Tokens of the EHR at our API: what an introspection makes of the caller, and how answers are kept (RFC 7662; SMART 2.2). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import type { EhrTokenPolicy, IntrospectedToken } from "../../src/core/access/ehr-token.ts";
import { principalOfEhrToken } from "../../src/core/access/ehr-token.ts";
import { maySee, requireSigner } from "../../src/core/access/principal.ts";
import { assertionProof, basicProof, createIntrospection } from "../../src/ehr/introspection.ts";
import { createApiAuthenticator, createApiClients } from "../../src/trust/api-clients.ts";
import { createAccessTokens } from "../../src/trust/access-token.ts";
import type { EhrTokensDeps } from "../../src/trust/ehr-tokens.ts";
import { createEhrTokens } from "../../src/trust/ehr-tokens.ts";
import { refusalReason } from "../../src/trust/refusal.ts";

const NOW = Date.UTC(2026, 2, 17, 10);
const BASE = "https://ehr.example/fhir";
const policy: EhrTokenPolicy = {
  tenant: "general",
  fhirBaseUrl: BASE,
  clients: ["bedside"],
  grants: { "jobs:read": "patient/DocumentReference.rs", "jobs:write": "user/DocumentReference.c" },
};
const token: IntrospectedToken = {
  active: true,
  client_id: "bedside",
  scope: "launch patient/*.rs",
  exp: NOW / 1000 + 600,
  patient: "p1",
};
const judge = (over: object = {}, rules: Partial<EhrTokenPolicy> = {}) =>
  principalOfEhrToken({ ...token, ...over }, { ...policy, ...rules }, "ehr-token-x", NOW);
function accepted(over: object = {}, rules: Partial<EhrTokenPolicy> = {}) {
  const verdict = judge(over, rules);
  return typeof verdict === "string" ? assert.fail(verdict) : verdict;
}

describe("a token's holder", () => {
  it("sees the patient of its launch, and the stay where there was one", () => {
    const of = (patient: string, encounter: string) => ({ tenant: "general", id: "j", patient, encounter });
    const patientOnly = accepted();
    assert.equal(maySee(patientOnly, of("Patient/p1", "Encounter/e1")), true);
    assert.equal(maySee(patientOnly, of("Patient/p2", "Encounter/e1")), false);
    assert.equal(maySee(patientOnly, { ...of("Patient/p1", "Encounter/e1"), tenant: "other" }), false);
    const inStay = accepted({ encounter: "e1" });
    assert.equal(maySee(inStay, of("Patient/p1", "Encounter/e1")), true);
    assert.equal(maySee(inStay, of("Patient/p1", "Encounter/e2")), false);
  });

  it("is the practitioner that the token names, else the app; and never signs", () => {
    assert.deepEqual(accepted({ fhirUser: `${BASE}/Practitioner/7` }).actor, {
      kind: "practitioner",
      id: "Practitioner/7",
    });
    for (const fhirUser of [undefined, "Patient/p1", "https://evil.example/fhir/Practitioner/7"])
      assert.deepEqual(accepted({ fhirUser }).actor, { kind: "api-client", id: "ehr:bedside" });
    assert.throws(() => requireSigner(accepted({ fhirUser: "Practitioner/7" })), { code: "forbidden" });
  });

  const scopes: readonly [granted: string, expected: readonly string[]][] = [
    ["patient/*.rs", ["jobs:read"]],
    ["patient/DocumentReference.read", ["jobs:read"]],
    ["user/DocumentReference.cruds", ["jobs:read", "jobs:write"]],
    ["patient/DocumentReference.r patient/DocumentReference.s", ["jobs:read"]],
    ["user/DocumentReference.c", ["jobs:write"]],
  ];
  for (const [granted, expected] of scopes)
    it(`may do what ${granted} stands for`, () => assert.deepEqual([...accepted({ scope: granted }).scopes], expected));
});

describe("a token is refused", () => {
  const refusals: readonly [reason: string, name: string, over: object, rules?: Partial<EhrTokenPolicy>][] = [
    ["inactive", "that is not active", { active: false }],
    ["expired", "at its end, whatever the server says", { exp: NOW / 1000 }],
    ["client", "of an app that is not on the list", { client_id: "other" }],
    ["client", "of nobody", { client_id: undefined }],
    ["patient", "without a patient in its launch", { patient: undefined }],
    ["patient", "with a patient that is no id", { patient: "p1,Patient/p2" }],
    ["scope", "without any agreed right", { scope: "launch openid" }],
    ["scope", "without scopes", { scope: undefined }],
    ["scope", "with half of what a right needs", { scope: "patient/DocumentReference.r" }],
    ["scope", "with a right to some of the records", { scope: "patient/DocumentReference.rs?category=x" }],
    ["scope", "with another type's right", { scope: "patient/Observation.rs" }],
    ["audience", "for another audience", { aud: "https://other.example" }, { audience: BASE }],
    ["audience", "for none, where one was agreed", {}, { audience: BASE }],
    ["bound", "that is bound to its holder's key", { cnf: { "x5t#S256": "x" } }],
  ];
  for (const [reason, name, over, rules] of refusals)
    it(name, () => assert.equal(judge(over, rules), `ehr-token.${reason}`));

  it("and taken where the audience is among several", () => {
    assert.equal(accepted({ aud: ["x", BASE] }, { audience: BASE }).tenant, "general");
  });
});

const tenant = tenantSchema.parse({
  id: "general",
  name: "General",
  ehr: { fhirBaseUrl: BASE, introspection: { clientAuth: "private_key_jwt", clientId: "we", clients: ["bedside"] } },
});
const silent = tenantSchema.parse({ id: "silent", name: "Silent", ehr: { fhirBaseUrl: BASE } });

function kept(answer: EhrTokensDeps["introspect"] = async () => token) {
  const clock = { ms: NOW };
  const served = new Map([tenant, silent].map((each) => [each.id, each]));
  const asked: string[] = [];
  const tokens = createEhrTokens({
    tenantOf: (id) => served.get(id),
    introspect: async (of, text) => {
      asked.push(`${of} ${text}`);
      return answer(of, text);
    },
    now: () => clock.ms,
    hashKey: Buffer.alloc(32, 1),
  });
  return { clock, served, asked, tokens };
}

const reasonOf = async (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => assert.fail("it was taken"),
    (error: unknown) => refusalReason(error) ?? String(error),
  );

describe("the EHR's answers", () => {
  it("are kept for half a minute, with one question in flight", async () => {
    const { tokens, asked, clock } = kept();
    await Promise.all(Array.from({ length: 5 }, () => tokens.authenticate("general", "t1")));
    clock.ms += 29_000;
    await tokens.authenticate("general", "t1");
    assert.deepEqual(asked, ["general t1"]);
    clock.ms += 2_000;
    await tokens.authenticate("general", "t1");
    await tokens.authenticate("general", "t2");
    assert.deepEqual(asked, ["general t1", "general t1", "general t2"]);
  });

  it("are never kept beyond the token's end", async () => {
    const { tokens, asked, clock } = kept(async () => ({ ...token, exp: NOW / 1000 + 10 }));
    await tokens.authenticate("general", "t1");
    clock.ms += 10_000;
    assert.equal(await reasonOf(tokens.authenticate("general", "t1")), "ehr-token.expired");
    assert.equal(asked.length, 2);
  });

  it("that a token is good for nothing are kept for moments only", async () => {
    const { tokens, asked, clock } = kept(async () => ({ active: false }));
    for (let round = 0; round < 3; round += 1)
      assert.equal(await reasonOf(tokens.authenticate("general", "t1")), "ehr-token.inactive");
    assert.equal(asked.length, 1);
    clock.ms += 5_000;
    await reasonOf(tokens.authenticate("general", "t1"));
    assert.equal(asked.length, 2);
  });

  it("end with the settings that they rest on", async () => {
    const { tokens, asked, served } = kept();
    await tokens.authenticate("general", "t1");
    const { introspection } = tenant.ehr;
    assert.ok(introspection !== undefined);
    const stricter = { ...introspection, clients: ["another"] as [string, ...string[]] };
    served.set("general", { ...tenant, ehr: { ...tenant.ehr, introspection: stricter } });
    assert.equal(await reasonOf(tokens.authenticate("general", "t1")), "ehr-token.client");
    assert.equal(asked.length, 2);
  });

  it("that do not come are nobody's fault: 503, and asked again at once", async () => {
    let down = true;
    const introspect = createIntrospection({
      fetch: async () => (down ? new Response("away", { status: 502 }) : Response.json(token)),
      endpoint: async () => "https://ehr.example/introspect",
      authenticate: async () => ({}),
    });
    const { tokens } = kept(async (_of, text) => introspect(text));
    await assert.rejects(tokens.authenticate("general", "t1"), { code: "introspection_unavailable", status: 503 });
    down = false;
    assert.equal((await tokens.authenticate("general", "t1")).tenant, "general");
  });

  it("are asked for by no more than sixteen at once for one hospital", async () => {
    const gate = Promise.withResolvers<IntrospectedToken>();
    const { tokens, asked } = kept(() => gate.promise);
    const calls = Array.from({ length: 20 }, (_, index) => tokens.authenticate("general", `made-up-${index}`));
    const settled = Promise.allSettled(calls);
    gate.resolve({ active: false });
    const reasons = (await settled).map((each) => (each.status === "rejected" ? each.reason : undefined) as unknown);
    assert.equal(asked.length, 16);
    assert.equal(reasons.filter((error) => refusalReason(error) === "ehr-token.inactive").length, 16);
  });

  it("outlive any number of made-up tokens, and are renewed while those are asked about", async () => {
    const gate = Promise.withResolvers<IntrospectedToken>();
    const { tokens, clock } = kept((_of, text) => (text === "t1" ? Promise.resolve(token) : gate.promise));
    const principal = await tokens.authenticate("general", "t1");
    const madeUp = Array.from({ length: 3_000 }, (_, index) => tokens.authenticate("general", `made-up-${index}`));
    const settled = Promise.allSettled(madeUp);
    assert.equal(await tokens.isAlive(principal), true);
    clock.ms += 31_000;
    assert.equal(await tokens.isAlive(principal), true);
    assert.deepEqual(await tokens.authenticate("general", "t1"), principal);
    gate.resolve({ active: false });
    await settled;
  });

  it("tell an open stream when its token is good no more", async () => {
    let answer: IntrospectedToken = token;
    const { tokens, clock } = kept(async () => answer);
    const principal = await tokens.authenticate("general", "t1");
    assert.equal(await tokens.isAlive(principal), true);
    answer = { active: false };
    assert.equal(await tokens.isAlive(principal), true, "for half a minute nobody asks");
    clock.ms += 31_000;
    assert.equal(await tokens.isAlive(principal), false);
  });
});

describe("a token is shown to nobody but the named hospital's own EHR", () => {
  const key = "gateway-key-0123456789";
  const withKey = tenantSchema.parse({
    id: "silent",
    name: "S",
    ehr: { fhirBaseUrl: BASE },
    apiClients: [{ id: "g", key }],
  });
  const masterKey = Buffer.alloc(32, 2);

  function world() {
    const { tokens, asked } = kept();
    const own = createAccessTokens({
      masterKey,
      publicUrl: "https://adapter.example",
      now: () => NOW - 3_600_000,
      newId: () => "id",
    });
    const current = createAccessTokens({
      masterKey,
      publicUrl: "https://adapter.example",
      now: () => NOW,
      newId: () => "id",
    });
    const clients = createApiClients(() => [withKey], { get: (_name, holder) => String(Reflect.get(holder, "key")) });
    const authenticate = createApiAuthenticator(clients, current, tokens);
    const call = (bearer: string, tenantId?: string) =>
      authenticate({ authorization: `Bearer ${bearer}`, remoteAddress: "127.0.0.1", tenant: tenantId });
    return { asked, call, own };
  }

  it("a hospital that takes none is not asked, nor one that nobody knows", async () => {
    const { asked, call } = world();
    for (const id of [undefined, "silent", "nowhere", "general\nx"])
      assert.equal(await reasonOf(call("t1", id)), "credential.unknown");
    assert.deepEqual(asked, []);
    assert.equal((await call("t1", "general")).session?.patient, "Patient/p1");
    assert.deepEqual(asked, ["general t1"]);
  });

  it("an API key of ours does not travel because a header is wrong, nor does a token of ours, run out as it may be", async () => {
    const { asked, call, own } = world();
    assert.equal((await call(key, "silent")).actor.id, "g");
    assert.equal(await reasonOf(call(key, "general")), "credential.tenant");
    const old = await own.issue({ tenant: "silent", client: "g", scopes: ["jobs:read"] });
    assert.equal(await reasonOf(call(old, "general")), "credential.unknown");
    assert.deepEqual(asked, []);
  });
});

describe("the question", () => {
  async function ask(answer: () => Response, over: object = {}) {
    const seen: { url: string; headers: Headers; form: URLSearchParams }[] = [];
    const introspect = createIntrospection({
      fetch: async (url, init) => {
        seen.push({ url, headers: new Headers(init?.headers), form: new URLSearchParams(init?.body) });
        return answer();
      },
      endpoint: async () => "https://ehr.example/introspect",
      authenticate: async (refused) => ({ authorization: refused === undefined ? "Bearer old" : "Bearer new" }),
      ...over,
    });
    return { seen, result: await introspect("the-token").catch((error: unknown) => error) };
  }

  it("is RFC 7662's form, posted with our proof [smart 270]", async () => {
    const { seen, result } = await ask(() => Response.json({ ...token, token_type: "Bearer", more: 1 }));
    assert.equal(seen.length, 1);
    const [{ form, headers } = assert.fail()] = seen;
    assert.deepEqual(
      [...form],
      [
        ["token", "the-token"],
        ["token_type_hint", "access_token"],
      ],
    );
    assert.equal(headers.get("authorization"), "Bearer old");
    assert.match(headers.get("content-type") ?? "", /^application\/x-www-form-urlencoded/u);
    assert.deepEqual(result, { ...token, token_type: "Bearer", more: 1 });
  });

  it("is answered as well by a server that writes null for what it has nothing for", async () => {
    const { result } = await ask(() => Response.json({ ...token, cnf: null, encounter: null, aud: null }));
    assert.deepEqual(result, token);
  });

  it("is asked once more with a new proof after a 401, and not a third time", async () => {
    const { seen, result } = await ask(() => new Response("", { status: 401 }));
    assert.deepEqual(
      seen.map(({ headers }) => headers.get("authorization")),
      ["Bearer old", "Bearer new"],
    );
    assert.match(String(result), /cannot be asked/u);
  });

  const useless: readonly [string, () => Response][] = [
    ["no JSON", () => new Response("<html>")],
    ["no `active`", () => Response.json({ client_id: "x" })],
    ["`active` as text", () => Response.json({ active: "true" })],
    ["an error", () => Response.json({ error: "server_error" }, { status: 500 })],
    ["a redirect", () => new Response("", { status: 302, headers: { location: "https://evil.example" } })],
  ];
  for (const [name, answer] of useless) {
    it(`answered by ${name} is answered by nothing`, async () => {
      const { result } = await ask(answer);
      assert.equal(Reflect.get(Object(result), "code"), "introspection_unavailable");
      assert.ok(!JSON.stringify(result).includes("the-token"));
    });
  }

  it("cannot be asked where the EHR names no endpoint", async () => {
    const { seen, result } = await ask(() => Response.json(token), { endpoint: async () => undefined });
    assert.equal(Reflect.get(Object(result), "code"), "introspection_unavailable");
    assert.deepEqual(seen, []);
  });

  it("is proven by id and secret, form-encoded, or by an assertion", () => {
    const { authorization = "" } = basicProof("our id", "s:e&c");
    assert.equal(Buffer.from(authorization.replace("Basic ", ""), "base64").toString(), "our+id:s%3Ae%26c");
    assert.deepEqual(assertionProof("we", "jwt").fields, {
      client_id: "we",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: "jwt",
    });
  });
});
