/** The authorization request as a form, in a real browser: framed, through another origin's sign-in, and without scripts. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Browser, Page, Request } from "playwright-core";
import { defaultLaunchScopes } from "../../src/core/smart/default-scopes.ts";
import { launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import type { FramingHost } from "../support/framing-host.ts";
import { startFramingHost } from "../support/framing-host.ts";
import { launchUrl } from "../support/launching.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf } from "../support/sandbox-ehr.ts";

let bed: PageBed;
let host: FramingHost;
let browser: Browser;
let identityProvider: Server;
/** Where discovery says that authorization requests go, if not to the EHR itself. */
let endpoint: string | undefined;

before(async () => {
  host = await startFramingHost();
  bed = await startPageBed({
    charts: [chartOf("p1", 1)],
    frameAncestors: [host.url],
    auth: { authorizePost: true },
    scopes: defaultLaunchScopes,
    ehrScopes: "launch openid fhirUser patient/*.rs user/*.rs user/DocumentReference.cu",
    tamper: async (url, answer) => {
      if (endpoint === undefined || !url.includes("smart-configuration")) return answer;
      return Response.json({ ...((await answer.json()) as object), authorization_endpoint: endpoint });
    },
  });
  const about = { patient: "Patient/p1", encounter: "Encounter/p1-stay" };
  const summary = { version: 1, docStatus: "preliminary", sha256: "", edited: false } as const;
  bed.jobs.put(aJob("j1", { status: "completed", summary, ...about }), aSummary("j1", about));
  // A hospital's sign-in: takes the form, and sends the browser on to the EHR with what was in it.
  identityProvider = createServer((request, response) => {
    void text(request).then((form) => {
      response.writeHead(303, { location: `${bed.ehr.url}/auth/authorize?${form}` });
      response.end();
    });
  });
  await new Promise<void>((resolve) => identityProvider.listen(0, "127.0.0.1", resolve));
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await bed.close();
  identityProvider.close();
  host.close();
});
beforeEach(() => {
  endpoint = undefined;
  bed.wire.cookies = "whole";
});

const isAuthorize = (request: Request): boolean => request.url().includes("/auth/authorize");

/** Opens a page that keeps what it sent to the authorization endpoint. */
function watched(page: Page): Request[] {
  const sent: Request[] = [];
  page.on("request", (request) => {
    if (isAuthorize(request)) sent.push(request);
  });
  return sent;
}

async function arrived(page: Page): Promise<void> {
  await eventually(async () => {
    for (const frame of page.frames())
      if (frame.url().includes("/app/") && (await frame.locator("#banner").textContent())?.includes("Ådahl"))
        return true;
    return false;
  }, "the draft page");
}

describe("an EHR that takes authorization requests by POST", () => {
  it("gets a form from the framed launch, with every parameter in it and none in an address [smart 50, 52, 133]", async () => {
    const page = await browser.newPage();
    const sent = watched(page);
    host.show(launchUrl(bed));
    await page.goto(host.url);
    await arrived(page);
    const [request, ...others] = sent;
    assert.ok(request !== undefined && others.length === 0);
    assert.deepEqual([request.method(), new URL(request.url()).search], ["POST", ""]);
    assert.match((await request.allHeaders())["content-type"] ?? "", /^application\/x-www-form-urlencoded/u);
    const form = new URLSearchParams(request.postData() ?? "");
    for (const name of ["response_type", "client_id", "redirect_uri", "launch", "state", "aud", "code_challenge"])
      assert.ok(form.get(name), name);
    assert.equal(form.get("scope"), defaultLaunchScopes);
    assert.equal(form.get("code_challenge_method"), "S256");
    await page.close();
  });

  it("may send the browser on to a sign-in of another origin: the page's policy does not stop it there", async () => {
    endpoint = `http://127.0.0.1:${(identityProvider.address() as AddressInfo).port}/sign-in`;
    const page = await browser.newPage();
    host.show(launchUrl(bed));
    await page.goto(host.url);
    await arrived(page);
    await page.close();
  });

  it("gets the same form where cookies are blocked: the tab keeps the proof", async () => {
    bed.wire.cookies = "blocked";
    const page = await browser.newPage();
    const sent = watched(page);
    host.show(launchUrl(bed));
    await page.goto(host.url);
    await arrived(page);
    assert.deepEqual(
      sent.map((request) => [request.method(), new URL(request.url()).search]),
      [["POST", ""]],
    );
    await page.close();
  });

  it("gets it from the window beside, where site data are blocked too", async () => {
    bed.wire.cookies = "blocked";
    const context = await browser.newContext();
    await context.addInitScript(() => {
      Object.defineProperty(globalThis, "sessionStorage", {
        get: () => {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
    });
    const sent: Request[] = [];
    context.on("request", (request) => {
      if (isAuthorize(request)) sent.push(request);
    });
    const page = await context.newPage();
    host.show(launchUrl(bed));
    await page.goto(host.url);
    const button = page.frameLocator("iframe").getByRole("button", { name: "Open the summary" });
    const [beside] = await Promise.all([context.waitForEvent("page"), button.click()]);
    await arrived(page);
    await eventually(() => beside.isClosed(), "the window beside closes by itself");
    assert.deepEqual(
      sent.map((request) => [request.method(), new URL(request.url()).search]),
      [["POST", ""]],
    );
    await context.close();
  });

  it("is reached by a button where scripts do not run", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(launchUrl(bed));
    await page.getByRole("button", { name: "Go on to the EHR" }).click();
    await page.waitForURL(/\/app\//u);
    await context.close();
  });
});

describe("the page's button that ends the session", () => {
  it("leaves nothing of the chart behind and says so", async () => {
    const page = await browser.newPage();
    await page.goto(launchUrl(bed));
    await arrived(page);
    await page.getByRole("button", { name: "End session" }).click();
    await page.getByText("This session is over.").waitFor();
    assert.ok(!(await page.textContent("body"))?.includes("Ådahl"));
    await page.reload();
    await page.getByText("This session is over").waitFor();
    await page.close();
  });
});

describe("what the EHR did not grant", () => {
  it("stands above the summary in words", async () => {
    const page = await browser.newPage();
    const own = await startPageBed({
      charts: [chartOf("p1", 1)],
      scopes: defaultLaunchScopes,
      ehrScopes: "launch openid fhirUser patient/Patient.rs patient/Encounter.rs patient/Observation.rs user/*.rs",
    });
    try {
      await page.goto(launchUrl(own));
      const note = page.getByRole("note");
      await note.waitFor();
      assert.match((await note.textContent()) ?? "", /does not let this service read.*allergies/u);
    } finally {
      await page.close();
      await own.close();
    }
  });
});
