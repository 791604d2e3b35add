/** Ending a session by its button: ours, its cookie, and the tokens at the EHR (RFC 7009). And what the page says of limits. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { CookieBrowser } from "../support/cookie-browser.ts";
import { cookieBrowser } from "../support/cookie-browser.ts";
import { isApp, launched } from "../support/launching.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed, PageBedOptions } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf, valueAt } from "../support/sandbox-ehr.ts";
import { readPicker } from "../support/sandbox-picker.ts";

const scopes = "launch openid fhirUser patient/*.rs user/Practitioner.rs user/PractitionerRole.rs offline_access";
const charts = [chartOf("p1", 1), chartOf("p2", 1)];

let bed: PageBed;
let tamper: PageBedOptions["tamper"];
let browser: CookieBrowser;
before(async () => {
  bed = await startPageBed({
    charts,
    scopes,
    ehrScopes: `${scopes} launch/patient launch/encounter`,
    tamper: async (url, answer) => (tamper === undefined ? answer : tamper(url, answer)),
  });
});
after(() => bed.close());
beforeEach(() => {
  browser = cookieBrowser();
  tamper = undefined;
  bed.audit.length = 0;
  bed.sent.length = 0;
  bed.clockOffsetMs = 0;
});

interface Opened {
  readonly launch: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A launched page and the headers of its own calls. */
async function opened(): Promise<Opened> {
  const launch = await launched(bed, browser);
  const session = await bed.pageSessions.find(launch, browser.cookies(bed.url));
  return { launch, headers: { "x-handover-launch": launch, "x-csrf-token": session?.csrfToken ?? "" } };
}

const end = ({ launch, headers }: Opened) => browser.send("POST", `${bed.url}/app/${launch}/end`, headers);
const context = async ({ launch, headers }: Opened): Promise<unknown> =>
  JSON.parse((await browser.get(`${bed.url}/app/${launch}/context`, { accept: "application/json", ...headers })).text);
const revocations = () => bed.sent.filter(({ url }) => url.endsWith("/revoke"));

describe("ending a session", () => {
  it("ends it here and at the EHR, takes the cookie away, forgets the tokens, and is written down", async () => {
    const page = await opened();
    const token = (await bed.sessions.accessToken("general", page.launch)) ?? "";
    assert.ok(await bed.ehr.verifyToken(token));
    assert.equal((await end(page)).status, 204);
    assert.equal(await bed.ehr.verifyToken(token), null, "the EHR has taken it back");
    assert.deepEqual(
      revocations().map(({ form }) => form.get("token_type_hint")),
      ["refresh_token", "access_token"],
    );
    assert.ok(!browser.cookies(bed.url).includes(page.launch));
    assert.ok(browser.setCookies.at(-1)?.includes("Partitioned"), "or a framed browser would keep it");
    assert.equal(await bed.sessions.isAlive("general", page.launch), false);
    const rows = await bed.database.asOwner("select sealed_tokens from handover.smart_session where id = $1", [
      page.launch,
    ]);
    assert.deepEqual(rows, [{ sealed_tokens: null }]);
    const entry = bed.audit.find(({ action }) => action === "smart.logout");
    assert.deepEqual(
      [entry?.actor.id, entry?.patient, entry?.outcome, entry?.reason],
      ["Practitioner/attending-1", "Patient/p1", "success", "tokens.revoked"],
    );
  });

  it("needs the CSRF token and our own page: another site cannot end it", async () => {
    const page = await opened();
    const without = { "x-handover-launch": page.launch };
    assert.equal((await end({ ...page, headers: without })).status, 403);
    assert.equal((await end({ ...page, headers: { ...page.headers, origin: "https://evil.example" } })).status, 403);
    assert.equal(await bed.sessions.isAlive("general", page.launch), true);
    assert.equal(revocations().length, 0);
  });

  it("happens once, however often it is asked for", async () => {
    const page = await opened();
    await end(page);
    assert.equal((await end(page)).status, 401);
    await bed.sessions.end("general", page.launch);
    assert.equal(bed.audit.filter(({ action }) => action === "smart.logout").length, 1);
  });

  for (const [name, fault, reason] of [
    ["does not answer well", async () => new Response("no", { status: 500 }), "tokens.failed"],
    ["cannot be reached", async () => Promise.reject(new Error("down")), "tokens.failed"],
  ] as const) {
    it(`holds though the EHR ${name}`, async () => {
      const page = await opened();
      tamper = async (url, answer) => (url.endsWith("/revoke") ? fault() : answer);
      assert.equal((await end(page)).status, 204);
      assert.equal(await bed.sessions.isAlive("general", page.launch), false);
      assert.equal(bed.audit.find(({ action }) => action === "smart.logout")?.reason, reason);
      assert.equal(bed.errors.length > 0, true, "the operator is told");
    });
  }

  it("asks nothing of an EHR that offers no revocation", async () => {
    const page = await opened();
    tamper = async (url, answer) => {
      if (!url.includes("smart-configuration")) return answer;
      const { revocation_endpoint: _none, ...rest } = (await answer.json()) as Record<string, unknown>;
      return Response.json(rest);
    };
    assert.equal((await end(page)).status, 204);
    assert.equal(revocations().length, 0);
    assert.equal(bed.audit.find(({ action }) => action === "smart.logout")?.reason, "tokens.not-offered");
  });
});

describe("the page", () => {
  it("of a standalone launch opens the job of the stay that was picked, and offers to start one where there is none", async () => {
    bed.jobs.put(aJob("job-of-p2", { patient: "Patient/p2", encounter: "Encounter/p2-stay" }));
    for (const [picked, job] of [
      ["p2/p2-stay", "job-of-p2"],
      ["p1/p1-stay", undefined],
    ] as const) {
      const start = await browser.follow(`${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}`);
      const arrived = await browser.follow(readPicker(start.text, start.url).submit({ picked }), isApp);
      const launch = new URL(arrived.url).pathname.split("/")[2] ?? "";
      const shown = await context({ launch, headers: { "x-handover-launch": launch } });
      assert.equal(valueAt(shown, "job"), job);
      assert.equal(valueAt(shown, "encounterReference"), `Encounter/${picked.split("/")[1]}`);
      assert.equal(valueAt(shown, "user.mayEdit"), true, "may start a draft");
    }
  });

  it("says nothing of limits where the EHR granted what is needed, and names them where it did not [smart 147]", async () => {
    assert.deepEqual(valueAt(await context(await opened()), "limits"), []);
    tamper = async (url, answer) => {
      if (!url.endsWith("/token")) return answer;
      const body = (await answer.json()) as Record<string, unknown>;
      return Response.json({ ...body, scope: "launch openid fhirUser patient/Patient.rs patient/Encounter.rs" });
    };
    const [limit, ...others] = valueAt(await context(await opened()), "limits") as string[];
    assert.match(limit ?? "", /does not let this service read.*allergies.*check the EHR/u);
    assert.equal(others.length, 0);
  });

  it("says that the EHR's sign-in is over once the EHR will not renew it, and stays", async () => {
    const page = await opened();
    tamper = async (url, answer) =>
      url.endsWith("/token") ? Response.json({ error: "invalid_grant" }, { status: 400 }) : answer;
    // An hour of work: no session that is idle, and a token that has run out.
    for (const minutes of [29, 58, 61]) {
      bed.clockOffsetMs = minutes * 60_000;
      await bed.sessions.touch("general", page.launch);
    }
    const shown = await context(page);
    assert.match(String(valueAt(shown, "limits.0")), /sign-in at the EHR has ended/u);
    assert.equal(valueAt(shown, "patientReference"), "Patient/p1");
  });
});
