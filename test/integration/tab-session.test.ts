/** A launch and a session that no cookie carries, call by call: what proves a browser, and what never does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { get } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { idleTimeoutMs } from "../../src/core/smart/session-life.ts";
import { cookieBrowser } from "../support/cookie-browser.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf } from "../support/sandbox-ehr.ts";

/** The members of an answer that are words; these tests ask for no other. */
const words = z
  .record(z.string(), z.unknown())
  .transform((value) =>
    Object.fromEntries(
      Object.entries(value).flatMap(([name, part]) => (typeof part === "string" ? [[name, part]] : [])),
    ),
  );

let bed: PageBed;
const stay = { patient: "Patient/p1", encounter: "Encounter/p1-stay" };

before(async () => {
  bed = await startPageBed({ charts: [chartOf("p1", 1)], frameAncestors: ["https://ehr.example"] });
  const summary = { version: 1, docStatus: "final", sha256: "", edited: false } as const;
  bed.jobs.put(aJob("j1", { status: "completed", summary, ...stay }), aSummary("j1", { ...stay, docStatus: "final" }));
  bed.jobs.put(aJob("j2", { status: "completed", patient: "Patient/p2", encounter: "Encounter/e2" }));
});
after(() => bed.close());

/** Loads a document as a browser does; `fetch` would name a mode of its own. */
async function load(address: string): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const headers = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "cross-site" };
  const [answer] = (await once(get(address, { headers }), "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) };
}

const ownScript = () => ({ "sec-fetch-site": "same-origin", origin: bed.url });

interface Begun {
  readonly proof: string;
  /** The callback's query, as the EHR sent it. */
  readonly query: string;
}

/** Loads the launch as a browser does, and walks on to the callback without any cookie. */
async function begin(): Promise<Begun> {
  const handle = bed.ehr.createLaunch({
    patient: "p1",
    encounter: "p1-stay",
    fhirUser: "Practitioner/attending-1",
  });
  const address = `${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${handle}`;
  const answer = await load(address);
  assert.equal(answer.status, 200);
  const attribute = (name: string): string =>
    (new RegExp(`data-${name}="([^"]*)"`, "u").exec(answer.text)?.[1] ?? "").replaceAll("&amp;", "&");
  const back = await cookieBrowser().follow(attribute("to"), (url) => url.includes("/smart/callback?"));
  return { proof: attribute("proof"), query: new URL(back.url).search };
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

async function finish(begun: Begun, headers: Record<string, string> = ownScript()): Promise<Answer> {
  const answer = await fetch(`${bed.url}/smart/callback`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(begun),
  });
  assert.equal(answer.headers.getSetCookie().length, 0, "a tab's launch sets no cookie");
  return { status: answer.status, body: words.parse(await answer.json()) };
}

/** The headers of a tab's session, opened anew. */
async function openTab(): Promise<{ launch: string; headers: Record<string, string> }> {
  const { status, body } = await finish(await begin());
  assert.equal(status, 200);
  const { launch = "", session = "" } = body;
  return { launch, headers: { ...ownScript(), "x-handover-launch": launch, "x-handover-session": session } };
}

async function call(
  method: string,
  path: string,
  headers: Record<string, string>,
): Promise<{ status: number; body: Record<string, string> }> {
  const answer = await fetch(`${bed.url}${path}`, { method, headers });
  const isJson = answer.headers.get("content-type")?.includes("json") === true;
  return { status: answer.status, body: isJson ? words.parse(await answer.json()) : { text: await answer.text() } };
}

describe("a launch proven by its tab", () => {
  it("is begun by a page that only the tenant's EHR may frame, and whose policy lets no foreign script in", async () => {
    const address = `${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=x`;
    const { headers } = await load(address);
    const policy = String(headers["content-security-policy"]);
    assert.match(policy, /script-src 'self';.*trusted-types 'none'; frame-ancestors https:\/\/ehr\.example$/u);
    assert.equal(headers["referrer-policy"], "no-referrer");
  });

  it("is refused with another launch's proof, with none of its form, and a second time: the code goes out once [smart 40, 41, 60]", async () => {
    const [mine, other] = [await begin(), await begin()];
    const before = bed.outbound.length;
    for (const proof of [other.proof, "", "general.short", `elsewhere.${mine.proof.split(".")[1]}`]) {
      const { status, body } = await finish({ ...mine, proof });
      assert.equal(status, 400);
      assert.match(body["explanation"] ?? "", /took too long, was already used, or began in another window/u);
    }
    assert.equal(bed.outbound.length, before, "nothing went to the EHR");
    assert.equal((await finish(mine)).status, 200);
    assert.equal((await finish(mine)).status, 400);
  });

  it("is refused to another site's page", async () => {
    const mine = await begin();
    for (const headers of [{ origin: "https://evil.example" }, { "sec-fetch-site": "cross-site" }])
      assert.equal((await finish(mine, headers)).status, 403);
  });

  it("is refused after ten minutes", async () => {
    const mine = await begin();
    bed.clockOffsetMs = 601_000;
    assert.equal((await finish(mine)).status, 400);
    bed.clockOffsetMs = 0;
  });
});

describe("a session that its tab keeps", () => {
  it("is good for its own launch only, needs the CSRF token for changes, and ends like any other", async () => {
    const [one, two] = [await openTab(), await openTab()];
    const context = await call("GET", `/app/${one.launch}/context`, one.headers);
    assert.equal(context.body["patientReference"], "Patient/p1");
    const crossed = { ...two.headers, "x-handover-session": one.headers["x-handover-session"] ?? "" };
    assert.equal((await call("GET", `/app/${two.launch}/context`, crossed)).status, 401);
    assert.equal((await call("POST", `/app/${one.launch}/activity`, one.headers)).status, 403);
    const csrf = { ...one.headers, "x-csrf-token": context.body["csrf"] ?? "" };
    assert.equal((await call("POST", `/app/${one.launch}/activity`, csrf)).status, 204);
    const foreign = { ...csrf, origin: "https://evil.example" };
    assert.equal((await call("POST", `/app/${one.launch}/activity`, foreign)).status, 403);
    bed.clockOffsetMs = idleTimeoutMs + 1000;
    assert.equal((await call("GET", `/app/${one.launch}/context`, one.headers)).status, 401);
    bed.clockOffsetMs = 0;
  });

  it("has a shell that says nothing of anybody and may be framed by the tenant it names", async () => {
    const address = `${bed.url}/app/${"a".repeat(22)}/`;
    const [named, unnamed, unknown] = await Promise.all(
      ["?tenant=general", "", "?tenant=nobody"].map((query) => fetch(address + query)),
    );
    assert.equal(named?.status, 200);
    assert.match(named?.headers.get("content-security-policy") ?? "", /frame-ancestors https:\/\/ehr\.example$/u);
    assert.doesNotMatch((await named?.text()) ?? "", /Ådahl|Patient\/|general/u);
    for (const answer of [unnamed, unknown]) {
      assert.equal(answer?.status, 401);
      assert.match(answer?.headers.get("content-security-policy") ?? "", /frame-ancestors 'none'$/u);
    }
  });
});

describe("a document's one-time address", () => {
  async function ticket() {
    const tab = await openTab();
    const { body } = await call("GET", `/app/${tab.launch}/context`, tab.headers);
    const headers = { ...tab.headers, "x-csrf-token": body["csrf"] ?? "" };
    const answer = await call("POST", `/app/${tab.launch}/document?job=j1`, headers);
    return { ...tab, headers, answer, location: answer.body["location"] ?? "" };
  }

  it("opens the document once, is audited under the reader's name, and is worth nothing a minute later", async () => {
    const { answer, location } = await ticket();
    assert.equal(answer.status, 201);
    const [first, second] = [await call("GET", location, {}), await call("GET", location, {})];
    assert.match(first.body["text"] ?? "", /DISCHARGE SUMMARY/u);
    assert.equal(second.status, 401);
    const entry = bed.audit.findLast(({ action }) => action === "summary.read");
    assert.deepEqual([entry?.actor.id, entry?.job], ["Practitioner/attending-1", "j1"]);
    const late = await ticket();
    bed.clockOffsetMs = 61_000;
    assert.equal((await call("GET", late.location, {})).status, 401);
    bed.clockOffsetMs = 0;
  });

  it("is of one launch, ends with its session, and is not made for a job that the session may not see", async () => {
    const [mine, other] = [await ticket(), await openTab()];
    assert.equal((await call("GET", mine.location.replace(mine.launch, other.launch), {})).status, 401);
    assert.equal((await call("POST", `/app/${mine.launch}/document?job=j2`, mine.headers)).status, 404);
    assert.equal((await call("POST", `/app/${mine.launch}/document?job=j1`, other.headers)).status, 401);
    assert.equal((await call("POST", `/app/${mine.launch}/end`, mine.headers)).status, 204);
    assert.equal((await call("GET", mine.location, {})).status, 401);
  });
});
