/** SMART App Launch 2.2 against the sandbox EHR, and the attack list's entries on launch, callback and session (4.4). */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { absoluteTimeoutMs, idleTimeoutMs } from "../../src/core/smart/session-life.ts";
import { aJob } from "../support/memory-log.ts";
import type { CookieBrowser } from "../support/cookie-browser.ts";
import { cookieBrowser } from "../support/cookie-browser.ts";
import { eventually } from "../support/eventually.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import type { SmartBed, SmartBedOptions } from "../support/smart-bed.ts";
import { attendingRole, startSmartBed } from "../support/smart-bed.ts";

const stay = { patient: "p1", encounter: "p1-stay" };
const doctor = { ...stay, fhirUser: "Practitioner/attending-1" };
let tampering: SmartBedOptions["tamper"];
const charts = [chartOf("p1", 0), chartOf("p2", 0)];

let bed: SmartBed;
let browser: CookieBrowser;
before(async () => {
  bed = await startSmartBed({
    charts,
    signerRoles: [attendingRole],
    tamper: async (url, answer) => (tampering === undefined ? answer : tampering(url, answer)),
  });
  bed.start();
});
after(() => bed.close());
beforeEach(() => {
  browser = cookieBrowser();
  bed.clockOffsetMs = 0;
  bed.outbound.length = 0;
  bed.audit.length = 0;
});
afterEach(() => {
  tampering = undefined;
});

const launchUrl = (context: Parameters<SmartBed["ehr"]["createLaunch"]>[0] = doctor): string =>
  `${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${bed.ehr.createLaunch(context)}`;
const isApp = (url: string): boolean => new URL(url).pathname.startsWith("/app/");
const isCallback = (url: string): boolean => url.startsWith(`${bed.url}/smart/callback`);
const launchOf = (url: string): string => new URL(url).pathname.split("/")[2] ?? "";

async function launched(context: Parameters<SmartBed["ehr"]["createLaunch"]>[0] = doctor) {
  const answer = await browser.follow(launchUrl(context), isApp);
  assert.ok(isApp(answer.url), `${answer.status} ${answer.text}`);
  const launch = launchOf(answer.url);
  const session = await bed.pageSessions.find(launch, browser.cookies(bed.url));
  assert.ok(session?.smart);
  return { ...session.smart, csrfToken: session.csrfToken };
}

describe("the launch", () => {
  it("ends in a session of the practitioner, patient and encounter, who may sign by role", async () => {
    const session = await launched();
    assert.equal(session.patient, "Patient/p1");
    assert.equal(session.encounter, "Encounter/p1-stay");
    assert.equal(session.needPatientBanner, true);
    assert.deepEqual(session.principal.actor, {
      kind: "practitioner",
      id: "Practitioner/attending-1",
      display: "Dr. Marta Lindqvist",
    });
    assert.equal(session.principal.session?.maySign, true);
    assert.deepEqual(
      bed.audit.map(({ action, outcome, actor }) => [action, outcome, actor.id]),
      [["smart.launch", "success", "Practitioner/attending-1"]],
    );
  });

  it("asks with code, S256, aud, nonce and a state of at least 122 bits, and keeps none of it in a readable cookie", async () => {
    const answer = await browser.get(launchUrl());
    const url = new URL(answer.headers.get("location") ?? "");
    const sent = Object.fromEntries(url.searchParams);
    assert.equal(sent["response_type"], "code");
    assert.equal(sent["code_challenge_method"], "S256");
    assert.equal(sent["aud"], bed.ehr.fhirBaseUrl);
    assert.equal(sent["redirect_uri"], `${bed.url}/smart/callback`);
    assert.ok(Buffer.from(sent["state"] ?? "", "base64url").length >= 16);
    assert.ok(sent["nonce"]);
    assert.equal(browser.cookies(bed.url).includes(sent["state"] ?? "x"), false);
  });

  it("sets cookies that survive in another site's frame and go nowhere else", async () => {
    await launched();
    assert.ok(browser.setCookies.some((line) => line.startsWith("__Host-handover-s-")));
    for (const line of browser.setCookies.filter((entry) => entry.startsWith("__Host-handover"))) {
      for (const attribute of ["Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"])
        assert.ok(line.includes(attribute), line);
      assert.ok(!/domain=/iu.test(line));
    }
  });

  it("knows a nurse and does not let a nurse sign", async () => {
    const session = await launched({ ...stay, fhirUser: "Practitioner/nurse-1" });
    assert.equal(session.principal.actor.display, "Jonas Petrov");
    assert.equal(session.principal.session?.maySign, false);
  });

  it("takes a PractitionerRole as the user and names the practitioner behind it [smart 202]", async () => {
    const session = await launched({ ...stay, fhirUser: "PractitionerRole/role-attending-1" });
    assert.equal(session.principal.actor.id, "Practitioner/attending-1");
    assert.equal(session.principal.session?.maySign, true);
  });

  it("opens on the job that the card named, and refuses one of another patient", async () => {
    bed.jobs.put(aJob("mine", { patient: "Patient/p1", encounter: "Encounter/p1-stay" }));
    bed.jobs.put(aJob("theirs", { patient: "Patient/p2", encounter: "Encounter/p2-stay" }));
    assert.equal((await launched({ ...doctor, appContext: "mine" })).job, "mine");
    assert.equal((await launched({ ...doctor, appContext: "unknown" })).job, undefined);
    const answer = await browser.follow(launchUrl({ ...doctor, appContext: "theirs" }), isApp);
    assert.equal(answer.status, 422);
    assert.match(answer.text, /another patient/u);
  });

  it("works standalone, where the user picks at the EHR", async () => {
    const answer = await browser.get(`${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}`);
    const url = new URL(answer.headers.get("location") ?? "");
    assert.match(url.searchParams.get("scope") ?? "", /^launch\/patient launch\/encounter openid/u);
    assert.equal(url.searchParams.has("launch"), false);
  });

  for (const [name, iss] of [
    ["unknown", "https://elsewhere.example/fhir"],
    ["look-alike", "SAME-evil"],
    ["longer host", "https://127.0.0.1.evil.example/fhir"],
    ["with user information", "http://127.0.0.1@evil.example/fhir"],
    ["internal address", "http://169.254.169.254/latest"],
    ["no URL", "javascript:alert(1)"],
  ] as const) {
    it(`refuses an iss that is ${name}: 400, nothing fetched, nothing set`, async () => {
      const target = iss.startsWith("SAME") ? bed.ehr.fhirBaseUrl + iss.slice(4) : iss;
      const answer = await browser.get(`${bed.url}/smart/launch?iss=${encodeURIComponent(target)}&launch=x`);
      assert.equal(answer.status, 400);
      assert.deepEqual(bed.outbound, []);
      assert.deepEqual(browser.setCookies, []);
    });
  }

  it("refuses a missing or repeated parameter", async () => {
    const iss = encodeURIComponent(bed.ehr.fhirBaseUrl);
    for (const query of ["", "iss=", `iss=${iss}&iss=${iss}`, `iss=${iss}&launch=`]) {
      assert.equal((await browser.get(`${bed.url}/smart/launch?${query}`)).status, 400, query);
    }
  });

  it("asks one EHR no more than 32 times at once, whoever sends launches; then the person is told to try again", async () => {
    const gate = Promise.withResolvers<undefined>();
    let asked = 0;
    tampering = async (url, answer) => {
      if (!url.includes("smart-configuration")) return answer;
      asked += 1;
      await gate.promise;
      return answer;
    };
    const url = launchUrl();
    const flood = Array.from({ length: 32 }, () => fetch(url, { redirect: "manual" }));
    try {
      await eventually(() => asked === 32);
      const answer = await fetch(url, { redirect: "manual", headers: { accept: "text/html" } });
      assert.equal(answer.status, 429);
      assert.match(await answer.text(), /Try again in a few seconds/u);
      assert.equal(asked, 32);
    } finally {
      gate.resolve(undefined);
      tampering = undefined;
    }
    assert.ok((await Promise.all(flood)).every(({ status }) => status === 303));
    assert.equal((await browser.get(url)).status, 303);
  });

  it("refuses an EHR whose discovery redirects, offers plain PKCE only, or names an unusable endpoint", async () => {
    const discovery = async (change: (document: Record<string, unknown>) => unknown, status = 200) => {
      tampering = async (url, answer) =>
        url.includes("smart-configuration")
          ? Response.json(change((await answer.json()) as Record<string, unknown>), {
              status,
              headers: { location: "https://evil.example/" },
            })
          : answer;
      const answer = await browser.get(launchUrl());
      tampering = undefined;
      return answer.status;
    };
    assert.equal(await discovery((document) => document, 307), 502);
    assert.equal(await discovery((document) => ({ ...document, code_challenge_methods_supported: ["plain"] })), 502);
    assert.equal(await discovery((document) => ({ ...document, token_endpoint: "javascript:alert(1)" })), 502);
    assert.equal(await discovery(() => ({})), 502);
  });
});

describe("the callback", () => {
  const tokenCalls = (): number =>
    bed.outbound.filter((line) => line.startsWith("POST") && line.includes("/token")).length;

  it("refuses a state that is missing, unknown, another browser's, or used: 400, and the code is not exchanged [smart 4, 39, 60, 61]", async () => {
    const back = await browser.follow(launchUrl(), isCallback);
    const stranger = cookieBrowser();
    assert.equal((await stranger.get(back.url)).status, 400);
    const wrong = new URL(back.url);
    wrong.searchParams.set("state", "x".repeat(43));
    assert.equal((await browser.get(wrong.href)).status, 400);
    wrong.searchParams.delete("state");
    assert.equal((await browser.get(wrong.href)).status, 400);
    assert.equal(tokenCalls(), 0);
    assert.equal((await browser.get(back.url)).status, 303);
    assert.equal((await browser.get(back.url)).status, 400);
    assert.equal(tokenCalls(), 1);
  });

  it("of two callbacks at once with the same state makes one session", async () => {
    const back = await browser.follow(launchUrl(), isCallback);
    const cookie = browser.cookies(bed.url);
    const statuses = await Promise.all(
      [1, 2].map(async () => (await fetch(back.url, { redirect: "manual", headers: { cookie } })).status),
    );
    assert.deepEqual(
      statuses.toSorted((a, b) => a - b),
      [303, 400],
    );
    assert.equal(tokenCalls(), 1);
  });

  it("refuses a state after ten minutes", async () => {
    const back = await browser.follow(launchUrl(), isCallback);
    bed.clockOffsetMs = 601_000;
    assert.equal((await browser.get(back.url)).status, 400);
    assert.equal(tokenCalls(), 0);
  });

  it("refuses another server's iss (mix-up, RFC 9207) before the code goes anywhere", async () => {
    const back = new URL((await browser.follow(launchUrl(), isCallback)).url);
    back.searchParams.set("iss", "https://evil.example");
    assert.equal((await browser.get(back.href)).status, 400);
    assert.equal(tokenCalls(), 0);
  });

  it("shows an error of the EHR without a word of what it said [smart 5]", async () => {
    const back = new URL((await browser.follow(launchUrl(), isCallback)).url);
    back.searchParams.delete("code");
    back.searchParams.set("error", "access_denied");
    back.searchParams.set("error_description", "<script>alert(1)</script>");
    const answer = await browser.get(back.href);
    assert.equal(answer.status, 400);
    assert.ok(!answer.text.includes("<script") && !answer.text.includes("alert(1)"));
    assert.match(answer.text, /did not authorise/u);
  });

  it("refuses a code that the EHR refuses", async () => {
    const back = new URL((await browser.follow(launchUrl(), isCallback)).url);
    back.searchParams.set("code", "made-up");
    assert.equal((await browser.get(back.href)).status, 400);
  });

  const tokenAnswer =
    (change: (body: Record<string, unknown>) => Record<string, unknown>): SmartBedOptions["tamper"] =>
    async (url, answer) =>
      url.endsWith("/token") && answer.status === 200
        ? Response.json(change((await answer.json()) as Record<string, unknown>))
        : answer;
  const idToken = (change: { header?: object; claims?: object; signature?: string }): SmartBedOptions["tamper"] =>
    tokenAnswer((body) => {
      const [header = "", claims = "", signature = ""] = String(body["id_token"]).split(".");
      const edit = (part: string, extra: object): string =>
        Buffer.from(
          JSON.stringify({ ...(JSON.parse(Buffer.from(part, "base64url").toString()) as object), ...extra }),
        ).toString("base64url");
      const parts = [
        change.header === undefined ? header : edit(header, change.header),
        change.claims === undefined ? claims : edit(claims, change.claims),
        change.signature ?? signature,
      ];
      return { ...body, id_token: parts.join(".") };
    });

  for (const [name, change] of [
    ["alg none", { header: { alg: "none" }, signature: "" }],
    ["alg HS256", { header: { alg: "HS256" } }],
    ["another audience", { claims: { aud: "someone-else" } }],
    ["another nonce", { claims: { nonce: "x" } }],
    ["another issuer", { claims: { iss: "https://evil.example" } }],
    ["expired", { claims: { exp: 1_000_000 } }],
    ["another authorised party", { claims: { aud: ["handover-app", "b"], azp: "b" } }],
    ["another fhirUser under the old signature", { claims: { fhirUser: "Practitioner/boss" } }],
  ] as const) {
    it(`refuses an id_token with ${name}: 401, no session [smart 201, 218]`, async () => {
      tampering = idToken(change);
      const answer = await browser.follow(launchUrl(), isApp);
      assert.equal(answer.status, 401, answer.text);
      assert.ok(!browser.cookies(bed.url).includes("handover-s-"));
    });
  }

  for (const [name, change] of [
    ["expires_in negative", { expires_in: -5 }],
    ["expires_in huge", { expires_in: 1e300 }],
    ["expires_in a word", { expires_in: "soon" }],
    ["another token type", { token_type: "mac" }],
    ["an access token of 1 MB", { access_token: "a".repeat(1_000_000) }],
    ["a patient that is a path", { patient: "../Patient/1" }],
  ] as const) {
    it(`answers 502 to a token response with ${name}`, async () => {
      tampering = tokenAnswer((body) => ({ ...body, ...change }));
      assert.equal((await browser.follow(launchUrl(), isApp)).status, 502);
    });
  }

  it("does not let a practitioner whose role the EHR does not know sign, and calls nobody but the EHR", async () => {
    bed.outbound.length = 0;
    const answer = await browser.follow(launchUrl({ ...stay, fhirUser: "Practitioner/unheard-of" }), isApp);
    assert.ok(isApp(answer.url));
    const session = await bed.pageSessions.find(launchOf(answer.url), browser.cookies(bed.url));
    assert.equal(session?.principal.session?.maySign, false);
    assert.ok(bed.outbound.every((line) => line.includes(bed.ehr.url)));
  });

  it("does not open drafts to a patient", async () => {
    const answer = await browser.follow(launchUrl({ ...stay, fhirUser: "Patient/p1" }), isApp);
    assert.equal(answer.status, 403);
  });
});

describe("the session", () => {
  const api = (launch: string, extra: Record<string, string> = {}) => ({
    method: "GET",
    headers: { "x-handover-launch": launch, cookie: browser.cookies(bed.url), ...extra },
  });

  it("is recognised by the launch's own cookie; two patients in two tabs never mix", async () => {
    const one = await launched();
    const two = await launched({ patient: "p2", encounter: "p2-stay", fhirUser: "Practitioner/attending-1" });
    assert.notEqual(one.launch, two.launch);
    assert.equal((await bed.pageSessions.authorize(api(one.launch)))?.session?.patient, "Patient/p1");
    assert.equal((await bed.pageSessions.authorize(api(two.launch)))?.session?.patient, "Patient/p2");
  });

  it("is not opened by a guessed, truncated or swapped secret, or by another launch's cookie", async () => {
    const one = await launched();
    const two = await launched();
    const cookies = Object.fromEntries(
      browser
        .cookies(bed.url)
        .split("; ")
        .map((pair) => pair.split("=") as [string, string]),
    );
    const [a = "", b = ""] = [cookies[`__Host-handover-s-${one.launch}`], cookies[`__Host-handover-s-${two.launch}`]];
    for (const value of [
      b,
      a.slice(0, -1),
      `${a.slice(0, -1)}${a.endsWith("A") ? "B" : "A"}`,
      a.replace("general", "other"),
      "",
    ]) {
      assert.equal(await bed.pageSessions.find(one.launch, `__Host-handover-s-${one.launch}=${value}`), undefined);
    }
    assert.ok(await bed.pageSessions.find(one.launch, `__Host-handover-s-${one.launch}=${a}`));
  });

  it("cannot be fixed beforehand: id and secret are new whatever cookies came along", async () => {
    const first = await launched();
    const second = await launched();
    assert.notEqual(first.launch, second.launch);
    assert.notEqual(first.csrfToken, second.csrfToken);
  });

  it("needs the CSRF token for changes, and refuses other origins", async () => {
    const { launch, csrfToken } = await launched();
    const post = (extra: Record<string, string>) =>
      bed.pageSessions.authorize({ ...api(launch, extra), method: "POST" });
    await assert.rejects(post({}), { code: "forbidden" });
    await assert.rejects(post({ "x-csrf-token": "x" }), { code: "forbidden" });
    await assert.rejects(post({ "x-csrf-token": csrfToken, origin: "https://evil.example" }), { code: "forbidden" });
    await assert.rejects(post({ "x-csrf-token": csrfToken, "sec-fetch-site": "cross-site" }), { code: "forbidden" });
    assert.equal(
      (await post({ "x-csrf-token": csrfToken, origin: bed.url, "sec-fetch-site": "same-origin" }))?.tenant,
      "general",
    );
    await assert.rejects(bed.pageSessions.authorize(api("unknown-launch-000000")), { code: "unauthenticated" });
    assert.equal(await bed.pageSessions.authorize({ method: "GET", headers: {} }), undefined);
  });

  it("ends when idle, when old, and when told; streams learn of it", async () => {
    const { launch, principal } = await launched();
    const alive = () => bed.pageSessions.revalidate(principal);
    assert.equal(await alive(), true);
    bed.clockOffsetMs = idleTimeoutMs - 1000;
    assert.equal(await alive(), true);
    await bed.sessions.touch("general", launch);
    bed.clockOffsetMs = idleTimeoutMs + 1000;
    assert.equal(await alive(), true);
    bed.clockOffsetMs = 2 * idleTimeoutMs + 1000;
    assert.equal(await alive(), false);
    const other = await launched();
    for (let at = bed.clockOffsetMs; at < bed.clockOffsetMs + absoluteTimeoutMs; at += idleTimeoutMs / 2)
      await bed.sessions.touch("general", other.launch);
    bed.clockOffsetMs += absoluteTimeoutMs + 1000;
    assert.equal(await bed.pageSessions.revalidate(other.principal), false);
    bed.clockOffsetMs = 0;
    const third = await launched();
    await bed.sessions.end("general", third.launch);
    assert.equal(await bed.pageSessions.revalidate(third.principal), false);
    assert.equal(await bed.sessions.accessToken("general", third.launch), undefined);
  });

  it("holds no token, secret or verifier in the clear in the database [smart 8, 9, 90]", async () => {
    const { launch } = await launched();
    await browser.get(launchUrl());
    const token = await bed.sessions.accessToken("general", launch);
    assert.ok(token);
    const dump = JSON.stringify(
      [
        ...(await bed.database.asOwner("select * from handover.smart_session")),
        ...(await bed.database.asOwner("select * from handover.smart_launch")),
      ],
      (_key, value: unknown) =>
        typeof value === "object" && value !== null && "type" in value && value.type === "Buffer" && "data" in value
          ? Buffer.from(value.data as number[]).toString("latin1")
          : value,
    );
    assert.ok(dump.includes(launch));
    assert.ok(!dump.includes(token));
    const secrets = browser
      .cookies(bed.url)
      .split("; ")
      .map((pair) => pair.split(".").at(-1) ?? "");
    assert.ok(secrets.length > 0 && secrets.every((secret) => secret.length === 43 && !dump.includes(secret)));
  });

  it("brings the chart of a job that waits for it, once", async () => {
    const session = await launched();
    const job = bed.jobs.put(
      aJob("waiting-1", { status: "waiting", patient: "Patient/p1", encounter: "Encounter/p1-stay" }),
    );
    assert.deepEqual(await Promise.all([bed.charts.bring(session, job), bed.charts.bring(session, job)]), [
      "brought",
      "brought",
    ]);
    assert.equal((await bed.jobs.get("general", "waiting-1"))?.status, "requested");
    assert.ok(bed.audit.some((entry) => entry.action === "chart.read" && entry.job === "waiting-1"));
    assert.deepEqual(
      bed.jobs.charts.map(({ actor }) => actor.id),
      ["Practitioner/attending-1"],
    );
  });

  it("says when the chart could not be read, and reads again when asked", async () => {
    const session = await launched();
    const job = bed.jobs.put(
      aJob("waiting-2", { status: "waiting", patient: "Patient/p1", encounter: "Encounter/p1-stay" }),
    );
    tampering = async (url, answer) => (url.includes("/Patient/") ? new Response(null, { status: 500 }) : answer);
    assert.equal(await bed.charts.bring(session, job), "failed");
    tampering = undefined;
    assert.equal(await bed.charts.bring(session, job), "brought");
    assert.equal((await bed.jobs.get("general", "waiting-2"))?.status, "requested");
  });
});

describe("the EHR's token of a session", () => {
  it("is refreshed once, however many replicas ask at the same time, and the rotated refresh token is kept", async () => {
    const own = await startSmartBed({ charts, launchSeconds: 30 });
    own.start();
    try {
      const visitor = cookieBrowser();
      const url = `${own.url}/smart/launch?iss=${encodeURIComponent(own.ehr.fhirBaseUrl)}&launch=${own.ehr.createLaunch(doctor)}`;
      const launch = launchOf((await visitor.follow(url, isApp)).url);
      const first = await own.sessions.accessToken("general", launch);
      const calls = () => own.outbound.filter((line) => line.startsWith("POST") && line.endsWith("/token")).length;
      for (const round of [1, 2]) {
        const before = calls();
        own.clockOffsetMs += 31_000;
        const tokens = await Promise.all(Array.from({ length: 5 }, () => own.sessions.accessToken("general", launch)));
        assert.equal(new Set(tokens).size, 1);
        assert.notEqual(tokens[0], first);
        assert.equal(calls() - before, 1, `round ${round}`);
      }
    } finally {
      await own.close();
    }
  });

  it("is gone once it has run out and cannot be refreshed", async () => {
    const { launch } = await launched();
    assert.ok(await bed.sessions.accessToken("general", launch));
    bed.clockOffsetMs = 3_600_000;
    assert.equal(await bed.sessions.accessToken("general", launch), undefined);
  });

  for (const clientAuth of ["client_secret", "public"] as const) {
    it(`is got by ${clientAuth} where the tenant's client is of that kind`, async () => {
      const own = await startSmartBed({ charts, clientAuth });
      own.start();
      try {
        const visitor = cookieBrowser();
        const url = `${own.url}/smart/launch?iss=${encodeURIComponent(own.ehr.fhirBaseUrl)}&launch=${own.ehr.createLaunch(doctor)}`;
        assert.ok(isApp((await visitor.follow(url, isApp)).url));
      } finally {
        await own.close();
      }
    });
  }
});
