/** SMART App Launch 2.2: what we send, message by message, to the sandbox EHR. Numbers are rows of docs/conformance. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, describe, it } from "node:test";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import { searchPlan } from "../../src/ehr/search-plan.ts";
import { discoverSmartServer } from "../../src/smart/smart-configuration.ts";
import { cookieBrowser } from "../support/cookie-browser.ts";
import { loadDocument } from "../support/launching.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import { readPicker } from "../support/sandbox-picker.ts";
import type { SentRequest, SmartBed, SmartBedOptions } from "../support/smart-bed.ts";
import { clientId, startSmartBed } from "../support/smart-bed.ts";

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const charts = [chartOf("p1", 0)];
const doctor = { patient: "p1", encounter: "p1-stay", fhirUser: "Practitioner/attending-1" };
const isApp = (url: string): boolean => new URL(url).pathname.startsWith("/app/");
const launchUrl = (bed: SmartBed): string =>
  `${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${bed.ehr.createLaunch(doctor)}`;
const sessionOf = (url: string): string => new URL(url).pathname.split("/")[2] ?? "";

/** A bed for one test. */
async function within<T>(options: SmartBedOptions, work: (bed: SmartBed) => Promise<T>): Promise<T> {
  const bed = await startSmartBed({ charts, ...options });
  bed.start();
  try {
    return await work(bed);
  } finally {
    await bed.close();
  }
}

/** Launches to the end; returns where the browser arrived. */
async function launch(bed: SmartBed, url = launchUrl(bed), browser = cookieBrowser()): Promise<string> {
  const answer = await browser.follow(url, isApp);
  assert.ok(isApp(answer.url), `${answer.status} ${answer.text}`);
  return answer.url;
}

const tokenRequests = (bed: SmartBed): SentRequest[] => bed.sent.filter(({ method }) => method === "POST");

let bed: SmartBed;
let tamper: SmartBedOptions["tamper"];
before(async () => {
  bed = await startSmartBed({
    charts,
    tamper: async (url, answer) => (tamper === undefined ? answer : tamper(url, answer)),
  });
  bed.start();
});
after(() => bed.close());
beforeEach(() => {
  tamper = undefined;
  bed.sent.length = 0;
});

/** The authorization request of a launch, as the browser is told to send it. */
async function authorization(url = launchUrl(bed)) {
  const answer = await cookieBrowser().get(url);
  const location = new URL(answer.headers.get("location") ?? "");
  return { answer, location, sent: Object.fromEntries(location.searchParams) };
}

describe("the authorization request", () => {
  it("asks for a code, by our client id and address, for the launch and the FHIR server that the EHR named [smart 26, 32-35, 37, 41, 161]", async () => {
    const url = launchUrl(bed);
    const { location, sent } = await authorization(url);
    assert.equal(location.origin + location.pathname, `${bed.ehr.url}/auth/authorize`);
    assert.equal(sent["response_type"], "code");
    assert.equal(sent["client_id"], clientId);
    assert.equal(sent["redirect_uri"], `${bed.url}/smart/callback`);
    assert.equal(sent["launch"], new URL(url).searchParams.get("launch"));
    assert.equal(sent["scope"], bed.tenant.ehr.smart?.scopes);
    assert.equal(sent["aud"], bed.ehr.fhirBaseUrl);
  });

  it("comes back to one fixed address, however the launch was made; an EHR that registered another refuses [smart 21]", async () => {
    const other = `${bed.url}/smart/other`;
    const urls = [launchUrl(bed), `${launchUrl(bed)}&redirect_uri=${encodeURIComponent(other)}`];
    for (const url of urls) assert.equal((await authorization(url)).sent["redirect_uri"], `${bed.url}/smart/callback`);
    const { location } = await authorization();
    location.searchParams.set("redirect_uri", other);
    assert.equal((await cookieBrowser().get(location.href)).status, 400);
  });

  it("has a state of its own each time, of 256 bits, and a challenge of its own [smart 2, 3, 40]", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, () => authorization()));
    for (const name of ["state", "code_challenge", "nonce"])
      assert.equal(new Set(all.map(({ sent }) => sent[name])).size, all.length, name);
    for (const { sent } of all) assert.equal(Buffer.from(sent["state"] ?? "", "base64url").length, 32);
  });

  it("sends an S256 challenge, and its verifier with the code only [smart 13, 44, 45, 70]", async () => {
    const browser = cookieBrowser();
    const first = await browser.get(launchUrl(bed));
    const asked = new URL(first.headers.get("location") ?? "").searchParams;
    assert.equal(asked.get("code_challenge_method"), "S256");
    assert.equal(asked.get("code_verifier"), null);
    await browser.follow(first.headers.get("location") ?? "", isApp);
    const verifier = tokenRequests(bed)[0]?.form.get("code_verifier") ?? "";
    assert.match(verifier, /^[\w.~-]{43,128}$/u);
    assert.equal(createHash("sha256").update(verifier).digest("base64url"), asked.get("code_challenge"));
  });

  it("is a redirect by GET with a query, where the server takes no form [smart 50, 51]", async () => {
    const { answer, location } = await authorization();
    assert.equal(answer.status, 303);
    assert.ok(location.search.length > 1);
    assert.ok(!answer.text.includes("<form"));
  });

  it("is a form of the page that the launch opens, where the server takes one, and a redirect for who loads no page [smart 50-52, 133]", async () => {
    await within({ auth: { authorizePost: true } }, async (own) => {
      const page = await loadDocument(launchUrl(own));
      assert.equal(page.status, 200);
      const fields = new Map(
        [...page.text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/gu)].map(
          ([, name = "", value = ""]) => [name, value.replaceAll("&amp;", "&")],
        ),
      );
      assert.match(
        page.text,
        new RegExp(`<form id="authorize" method="post" action="${own.ehr.url}/auth/authorize">`, "u"),
      );
      assert.deepEqual([fields.get("client_id"), fields.get("aud")], [clientId, own.ehr.fhirBaseUrl]);
      for (const name of ["launch", "state", "nonce", "code_challenge", "scope", "redirect_uri"])
        assert.ok(fields.get(name), name);
      assert.ok(!page.text.includes("state="), "the state stands in no address");
      const policy = String(page.headers["content-security-policy"]);
      assert.match(policy, /form-action 'self' https:/u);
      assert.match(policy, /default-src 'none'.*script-src 'self'/u);
      const scripted = await cookieBrowser().get(launchUrl(own));
      assert.deepEqual([scripted.status, scripted.headers.get("location")?.includes("state=")], [303, true]);
    });
  });

  it("asks who the user is and what is open, and nothing a server need not know [smart 38, 47, 150, 151, 195, 196, 211]", async () => {
    const { sent } = await authorization();
    const scopes = sent["scope"]?.split(" ") ?? [];
    for (const scope of ["openid", "fhirUser", "launch"]) assert.ok(scopes.includes(scope), scope);
    for (const name of ["max_age", "auth_time", "prompt", "claims", "acr_values", "resource"])
      assert.ok(!(name in sent), name);
  });
});

describe("a standalone launch", () => {
  it("asks for patient and encounter by name, opens on what the user picked at the EHR, and reads with the token [smart 25, 28, 36, 152, 153, 155, 166]", async () => {
    const scopes = "launch/patient launch/encounter openid fhirUser patient/*.rs user/Practitioner.rs offline_access";
    await within({ ehrScopes: scopes, charts: [chartOf("p1", 0), chartOf("p2", 0)] }, async (own) => {
      const browser = cookieBrowser();
      const url = `${own.url}/smart/launch?iss=${encodeURIComponent(own.ehr.fhirBaseUrl)}`;
      const picker = await browser.follow(url);
      const asked = new URL(picker.url).searchParams;
      assert.equal(asked.get("launch"), null);
      const contexts = (asked.get("scope") ?? "").split(" ").filter((scope) => scope.startsWith("launch"));
      assert.deepEqual(contexts, ["launch/patient", "launch/encounter"]);
      const arrived = await launch(own, readPicker(picker.text, picker.url).submit({ picked: "p2/p2-stay" }), browser);
      const session = await own.pageSessions.find(sessionOf(arrived), browser.cookies(own.url));
      assert.deepEqual([session?.smart?.patient, session?.smart?.encounter], ["Patient/p2", "Encounter/p2-stay"]);
      assert.ok(own.sent.some(({ url: read }) => read.startsWith(`${own.ehr.fhirBaseUrl}/Practitioner/`)));
    });
  });
});

describe("the token request", () => {
  const exchange = async (own: SmartBed): Promise<SentRequest> => {
    own.sent.length = 0;
    await launch(own);
    const [request, ...others] = tokenRequests(own);
    assert.ok(request !== undefined && others.length === 0);
    return request;
  };

  it("posts the code as a form, with the address it came to [smart 62, 67-69]", async () => {
    const { url, headers, form } = await exchange(bed);
    assert.equal(url, `${bed.ehr.url}/auth/token`);
    assert.match(headers.get("content-type") ?? "", /^application\/x-www-form-urlencoded\b/u);
    assert.equal(form.get("grant_type"), "authorization_code");
    assert.ok(form.get("code"));
    assert.equal(form.get("redirect_uri"), `${bed.url}/smart/callback`);
  });

  it("is authenticated by a signed assertion, unless the tenant says otherwise, and then names no client_id [smart 11, 22, 64, 65, 72, 284, 317, 333, 334]", async () => {
    const plain = tenantSchema.parse({
      id: "t",
      name: "t",
      environment: "test",
      ehr: { fhirBaseUrl: "https://ehr.example/fhir", smart: { clientId } },
    });
    assert.equal(plain.ehr.smart?.clientAuth, "private_key_jwt");
    const { headers, form } = await exchange(bed);
    assert.equal(form.get("client_assertion_type"), assertionType);
    const claims: unknown = JSON.parse(
      Buffer.from(form.get("client_assertion")?.split(".")[1] ?? "", "base64url").toString(),
    );
    assert.equal(Reflect.get(claims as object, "sub"), clientId);
    assert.deepEqual([form.get("client_id"), headers.get("authorization")], [null, null]);
  });

  it("is authenticated by HTTP Basic where a secret was agreed, and then names no client_id either [smart 23, 66, 72, 343, 345]", async () => {
    await within({ clientAuth: "client_secret" }, async (own) => {
      const { headers, form } = await exchange(own);
      const basic = Buffer.from((headers.get("authorization") ?? "").replace(/^Basic /u, ""), "base64").toString();
      assert.deepEqual(basic.split(":").map(decodeURIComponent), [clientId, "a-secret-of-the-test"]);
      assert.deepEqual([form.get("client_id"), form.get("client_secret")], [null, null]);
    });
  });

  it("of a public client names the client and proves nothing [smart 12, 63, 71]", async () => {
    await within({ clientAuth: "public" }, async (own) => {
      const { headers, form } = await exchange(own);
      assert.equal(form.get("client_id"), clientId);
      assert.deepEqual([headers.get("authorization"), form.get("client_assertion")], [null, null]);
    });
  });
});

describe("the tokens", () => {
  it("go to FHIR as Bearer, and never into a cookie or an address [smart 7, 93]", async () => {
    const browser = cookieBrowser();
    const arrived = await launch(bed, launchUrl(bed), browser);
    const token = await bed.sessions.accessToken("general", sessionOf(arrived));
    assert.ok(token);
    const reads = bed.sent.filter(({ url }) => url.startsWith(`${bed.ehr.fhirBaseUrl}/P`));
    assert.ok(reads.length > 0 && reads.every(({ headers }) => headers.get("authorization") === `Bearer ${token}`));
    assert.ok(bed.sent.every(({ url }) => !url.includes(token)) && !arrived.includes(token));
    assert.ok(browser.setCookies.length > 0 && browser.setCookies.every((line) => !line.includes(token)));
  });

  it("are refreshed by offline_access's token, each new one in the place of the last, no scope asked for [smart 105-108, 117, 216]", async () => {
    // The EHR's answer of the launch, then one of ours for each refresh: it rotates, as the sandbox does not.
    let last: Record<string, unknown> | undefined;
    let rotated = 0;
    const rotate = async (url: string, answer: Response): Promise<Response> => {
      if (!url.endsWith("/token")) return answer;
      if (last === undefined) last = (await answer.clone().json()) as Record<string, unknown>;
      else last = { ...last, access_token: `access-${(rotated += 1)}`, refresh_token: `refresh-${rotated}` };
      delete last["id_token"];
      return rotated === 0 ? answer : Response.json(last);
    };
    await within({ launchSeconds: 30, tamper: rotate }, async (own) => {
      const arrived = await launch(own);
      const first = String(last?.["refresh_token"]);
      for (const round of [1, 2, 3]) {
        own.clockOffsetMs += 31_000;
        assert.equal(await own.sessions.accessToken("general", sessionOf(arrived)), `access-${round}`);
      }
      assert.deepEqual(
        tokenRequests(own)
          .slice(1)
          .map(({ form }) => [form.get("grant_type"), form.get("refresh_token"), form.get("scope")]),
        [first, "refresh-1", "refresh-2"].map((token) => ["refresh_token", token, null]),
      );
    });
  });

  it("are remembered with the scopes they came with, which a refresh may narrow and need not repeat [smart 147]", async () => {
    let scope: string | undefined = "launch openid fhirUser patient/Patient.rs";
    const narrowed = async (url: string, answer: Response): Promise<Response> => {
      if (!url.endsWith("/token")) return answer;
      const { scope: _asked, ...body } = (await answer.json()) as Record<string, unknown>;
      return Response.json({ ...body, ...(scope === undefined ? {} : { scope }) });
    };
    await within({ launchSeconds: 30, tamper: narrowed }, async (own) => {
      const session = sessionOf(await launch(own));
      assert.equal((await own.sessions.access("general", session))?.granted, scope);
      for (const next of [undefined, "launch openid fhirUser patient/Patient.r"]) {
        scope = next;
        own.clockOffsetMs += 31_000;
        await own.sessions.accessToken("general", session);
        const expected = next ?? "launch openid fhirUser patient/Patient.rs";
        assert.equal((await own.sessions.access("general", session))?.granted, expected);
      }
    });
  });
});

describe("the callback", () => {
  it("goes on to our own page only, whatever address is brought along [smart 6]", async () => {
    const browser = cookieBrowser();
    const back = await browser.follow(launchUrl(bed), (url) => url.startsWith(`${bed.url}/smart/callback`));
    const evil = encodeURIComponent("https://evil.example/");
    const answer = await browser.get(`${back.url}&redirect_uri=${evil}&target_link_uri=${evil}&next=${evil}`);
    assert.equal(answer.status, 303);
    assert.match(answer.headers.get("location") ?? "", new RegExp(`^${bed.url}/app/[\\w-]+/$`, "u"));
  });

  const withTokens = (more: (body: Record<string, unknown>) => Record<string, unknown>) => {
    tamper = async (url, answer) =>
      url.endsWith("/token") ? Response.json(more((await answer.json()) as Record<string, unknown>)) : answer;
  };
  const encounterOf = async (): Promise<string | undefined> => {
    const browser = cookieBrowser();
    const arrived = await launch(bed, launchUrl(bed), browser);
    return (await bed.pageSessions.find(sessionOf(arrived), browser.cookies(bed.url)))?.smart?.encounter;
  };

  it("takes an entry of fhirContext without a role for the launch's own, and no other [smart 191]", async () => {
    const stay = { reference: "Encounter/p1-stay" };
    const cases: [unknown[], string | undefined][] = [
      [[{ reference: "ImagingStudy/1" }, stay], "Encounter/p1-stay"],
      [[{ ...stay, role: "launch" }], "Encounter/p1-stay"],
      [[{ ...stay, role: "https://ehr.example/role/previous" }], undefined],
      [[stay, { reference: "Encounter/other" }], undefined],
      [["Encounter/p1-stay", null, { identifier: {} }], undefined],
    ];
    for (const [fhirContext, expected] of cases) {
      withTokens(({ encounter: _encounter, ...body }) => ({ ...body, fhirContext }));
      assert.equal(await encounterOf(), expected, JSON.stringify(fhirContext));
    }
  });

  it("opens the page as always for an intent that it does not know, and for members that it has no use for [smart 193]", async () => {
    withTokens((body) => ({ ...body, intent: "reconcile-everything", tenant: "7f3c", more: [{ of: "it" }] }));
    assert.equal(await encounterOf(), "Encounter/p1-stay");
  });

  it("shows the patient's banner unless the EHR says that it need not", async () => {
    for (const [given, expected] of [
      [false, false],
      [true, true],
      [undefined, true],
    ] as const) {
      withTokens(({ need_patient_banner: _as, ...body }) => ({
        ...body,
        ...(given === undefined ? {} : { need_patient_banner: given }),
      }));
      const browser = cookieBrowser();
      const arrived = await launch(bed, launchUrl(bed), browser);
      const session = await bed.pageSessions.find(sessionOf(arrived), browser.cookies(bed.url));
      assert.equal(session?.smart?.needPatientBanner, expected, String(given));
    }
  });
});

describe("discovery", () => {
  it("is a GET below the FHIR base, as JSON [smart 29]", async () => {
    await authorization();
    const [first] = bed.sent;
    assert.deepEqual([first?.method, first?.url], ["GET", `${bed.ehr.fhirBaseUrl}/.well-known/smart-configuration`]);
    assert.match(first?.headers.get("accept") ?? "", /application\/json/u);
  });

  const discover = (endpoints: object, allowHttp = false) =>
    discoverSmartServer(
      async () => Response.json({ code_challenge_methods_supported: ["S256"], ...endpoints }),
      "https://ehr.example/fhir",
      allowHttp,
    );

  it("reads relative endpoints from the FHIR base [smart 379]", async () => {
    const server = await discover({ authorization_endpoint: "auth/authorize", token_endpoint: "/oauth/token" });
    assert.equal(server.authorizationEndpoint, "https://ehr.example/fhir/auth/authorize");
    assert.equal(server.tokenEndpoint, "https://ehr.example/oauth/token");
  });

  it("accepts no endpoint without TLS, unless a tenant for tests says so [smart 1]", async () => {
    const good = { authorization_endpoint: "https://ehr.example/a", token_endpoint: "https://ehr.example/t" };
    for (const name of Object.keys(good)) {
      const plain = { ...good, [name]: "http://ehr.example/x" };
      await assert.rejects(discover(plain), { code: "ehr_refused" }, name);
      await discover(plain, true);
    }
  });

  it("and what follows asks the EHR for nothing else: no introspection, no bundle of brands [smart 270, 413-416, 420, 425, 426, 435]", async () => {
    await launch(bed);
    const { ehr } = bed;
    const known = [
      `GET ${ehr.fhirBaseUrl}/.well-known/smart-configuration`,
      `POST ${ehr.url}/auth/token`,
      `GET ${ehr.url}/auth/jwks`,
      `GET ${ehr.fhirBaseUrl}/Practitioner`,
    ];
    for (const { method, url } of bed.sent)
      assert.ok(
        known.some((start) => `${method} ${url}`.startsWith(start)),
        `${method} ${url}`,
      );
  });
});

describe("the scopes that we ask for by default", () => {
  const { ehr } = tenantSchema.parse({
    id: "t",
    name: "t",
    environment: "test",
    ehr: { fhirBaseUrl: "https://ehr.example/fhir", smart: { clientId }, backendServices: { clientId } },
  });
  const launchScopes = (ehr.smart?.scopes ?? "").split(" ");
  const systemScopes = (ehr.backendServices?.scopes ?? "").split(" ");
  const form =
    /^(?<level>patient|user|system)\/(?<type>[A-Z][A-Za-z]+)\.(?<rights>c?r?u?d?s?)(?<query>\?[\w-]+=[^&\s]+(?:&[\w-]+=[^&\s]+)*)?$/u;
  const resources = [...launchScopes, ...systemScopes].filter((scope) => scope.includes("/"));
  const parsed = resources.map((scope) => form.exec(scope)?.groups);

  it("follow the grammar: level, type, rights in order, a query to narrow them [smart 132, 135, 137, 141, 143]", () => {
    for (const [index, scope] of resources.entries()) assert.ok((parsed[index]?.["rights"] ?? "") !== "", scope);
    assert.deepEqual(new Set(parsed.map((groups) => groups?.["level"])), new Set(["patient", "user", "system"]));
    assert.ok(parsed.some((groups) => groups?.["query"]));
  });

  it("name the types that a chart is read from, one by one and no other [smart 46, 121, 125, 146, 148]", () => {
    const read = new Set(["Patient", "Medication", ...searchPlan("p", "e").map(({ type }) => type)]);
    for (const level of ["patient", "system"]) {
      const asked = parsed.filter((groups) => groups?.["level"] === level);
      const of = (rights: RegExp): Set<string | undefined> =>
        new Set(asked.filter((groups) => rights.test(groups?.["rights"] ?? "")).map((groups) => groups?.["type"]));
      assert.deepEqual(of(/r.*s/u), read, level);
      assert.deepEqual(of(/^r$/u), new Set(["Binary"]), level);
    }
    const others = parsed.filter((groups) => groups?.["level"] === "user").map((groups) => groups?.["type"]);
    assert.deepEqual(others, ["Practitioner", "PractitionerRole", "DocumentReference"]);
  });

  it("ask to create and update documents, the signed ones, and to change or delete nothing else [smart 46, 120, 122, 124]", () => {
    for (const groups of parsed) {
      const rights = (groups?.["rights"] ?? "").replaceAll(/[rs]/gu, "");
      const mayWrite = groups?.["type"] === "DocumentReference" && groups["level"] !== "patient";
      assert.equal(rights, mayWrite ? "cu" : "", groups?.["type"]);
    }
  });

  it("fit an address that every browser, proxy and server takes", async () => {
    const { location } = await authorization();
    location.searchParams.set("scope", launchScopes.join(" "));
    assert.ok(location.href.length < 2_000, String(location.href.length));
  });

  it("are in their shortest form: one scope for each level, type and query [smart 131]", () => {
    const keys = parsed.map((groups) => [groups?.["level"], groups?.["type"], groups?.["query"]].join(" "));
    assert.equal(new Set(keys).size, keys.length);
  });

  it("hold launch alone for context, no role, no refresh token and no URI [smart 156-158, 162, 219, 220]", () => {
    assert.deepEqual(
      launchScopes.filter((scope) => scope.startsWith("launch")),
      ["launch"],
    );
    for (const scope of [...launchScopes, ...systemScopes]) assert.ok(!/_access$|^https?:|\?role=/u.test(scope), scope);
  });

  it("are of the system for Backend Services [smart 239, 242]", () => {
    assert.ok(systemScopes.every((scope) => scope.startsWith("system/")));
  });
});
