/**
 * The page in a frame of another site, with every cookie blocked: by the tab's own storage, and where that is blocked too, by
 * a window beside. SMART App Launch has no word on cookies; what must hold all the same is that a launch comes back to the
 * browser that began it (state bound to the session, 40 and 41).
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Frame, Page } from "playwright-core";
import { AdapterError } from "../../src/core/errors.ts";
import { idleTimeoutMs } from "../../src/core/smart/session-life.ts";
import { axeViolations, launchBrowser } from "../support/browser.ts";
import { cookieBrowser } from "../support/cookie-browser.ts";
import { eventually } from "../support/eventually.ts";
import type { FramingHost } from "../support/framing-host.ts";
import { startFramingHost } from "../support/framing-host.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf } from "../support/sandbox-ehr.ts";

let bed: PageBed;
let browser: Browser;
let host: FramingHost;
let context: BrowserContext;
let stays = 0;
let redeemed = 0;

const ticketToken = `general.${"t".repeat(43)}`;
const ticketLaunch = "t-0123456789abcdef01234567";
const ticketStay = { patient: "Patient/p0", encounter: "Encounter/p0-stay" };

before(async () => {
  host = await startFramingHost();
  bed = await startPageBed({
    charts: Array.from({ length: 20 }, (_unused, index) => chartOf(`p${index}`, 1)),
    frameAncestors: [host.url],
    ticketSession: async (token) =>
      token === ticketToken
        ? {
            tenant: "general",
            actor: { kind: "ticket", id: "Practitioner/x" },
            scopes: new Set(["jobs:read"]),
            session: { launch: ticketLaunch, kind: "ticket", ...ticketStay, job: "job-ticket", maySign: false },
          }
        : undefined,
    tickets: {
      async look() {
        if (redeemed > 0) throw new AdapterError("unauthenticated");
        return { tenant: "general", purpose: "open" };
      },
      async redeem(_text, open) {
        if (redeemed > 0) throw new AdapterError("unauthenticated");
        const job = await open({
          tenant: "general",
          purpose: "open",
          ...ticketStay,
          job: "job-ticket",
          userId: "Practitioner/x",
        });
        redeemed += 1;
        return { tenant: "general", token: ticketToken, launch: ticketLaunch, job };
      },
    },
  });
  bed.wire.cookies = "blocked";
  const summary = { version: 1, docStatus: "preliminary", sha256: "", edited: false } as const;
  bed.jobs.put(aJob("job-ticket", { status: "completed", summary, ...ticketStay }), aSummary("job-ticket", ticketStay));
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await bed.close();
  host.close();
});
afterEach(async () => {
  bed.clockOffsetMs = 0;
  await context.close();
});

interface Stay {
  readonly patient: string;
  readonly encounter: string;
  readonly job: string;
  readonly launchUrl: string;
}

/** A stay that no other test uses, with a job, and the address at which the EHR launches it. */
function newStay(ready = true): Stay {
  const id = `p${(stays += 1)}`;
  const about = { patient: `Patient/${id}`, encounter: `Encounter/${id}-stay` };
  const job = `job-${id}`;
  const summary = { version: 1, docStatus: "preliminary", sha256: "", edited: false } as const;
  if (ready) bed.jobs.put(aJob(job, { status: "completed", summary, ...about }), aSummary(job, about));
  else bed.jobs.put(aJob(job, { status: "in-progress", ...about }));
  const launch = bed.ehr.createLaunch({ patient: id, encounter: `${id}-stay`, fhirUser: "Practitioner/attending-1" });
  const launchUrl = `${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${launch}`;
  return { ...about, job, launchUrl };
}

interface Seen {
  readonly page: Page;
  /** Addresses asked for, by any frame or window. */
  readonly addresses: string[];
  readonly problems: string[];
}

async function newPage(storageBlocked = false): Promise<Seen> {
  context = await browser.newContext({ viewport: { width: 1100, height: 800 }, reducedMotion: "reduce" });
  if (storageBlocked) {
    await context.addInitScript(() => {
      Object.defineProperty(globalThis, "sessionStorage", {
        get: () => {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
    });
  }
  const [addresses, problems]: [string[], string[]] = [[], []];
  context.on("request", (request) => void addresses.push(request.url()));
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/u.test(message.text())) problems.push(message.text());
  });
  return { page, addresses, problems };
}

const appFrame = (page: Page): Promise<Frame> =>
  eventually(() => page.frames().find((entry) => entry.url().includes("/app/")), "the app's frame", 10_000);
const smartFrame = (page: Page): Promise<Frame> =>
  eventually(() => page.frames().find((entry) => entry.url().includes("/smart/")), "our page's frame", 10_000);

/** What the tab keeps; it must stand in no address. */
async function secretsOf(frame: Frame): Promise<string[]> {
  const kept: Record<string, string> = await frame.evaluate("({ ...sessionStorage })");
  return Object.values(kept).map((value) => value.split(".").at(-1) ?? "");
}

describe("with all cookies blocked, in the EHR's sandboxed frame", () => {
  it("streams the draft, is edited and signed, survives a reload, and opens the document by a ticket that works once", async () => {
    const stay = newStay(false);
    const { page, addresses, problems } = await newPage();
    host.show(stay.launchUrl);
    await page.goto(host.url);
    const frame = await appFrame(page);
    await eventually(() => bed.streaming.size === 1, "a stream");
    bed.log.add(stay.job, "draft.delta", { section: "course", attempt: 1, text: "Treated with ceftriaxone." });
    await frame.getByText("Treated with ceftriaxone.").waitFor();
    const { patient, encounter, job } = stay;
    const summary = { version: 1, docStatus: "preliminary", sha256: "", edited: false } as const;
    bed.jobs.put(
      aJob(job, { status: "completed", version: 5, summary, patient, encounter }),
      aSummary(job, { patient, encounter }),
    );
    bed.log.add(job, "task.completed");
    bed.log.add(job, "summary.ready");
    await frame.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    await frame.getByLabel("Text of Reason for hospitalization").fill("Edited without cookies.");
    await frame.getByRole("button", { name: "Save" }).click();
    await frame.locator("#section-reason .sentence", { hasText: "Edited without cookies." }).waitFor();

    await frame.evaluate("location.reload()");
    await frame.locator("#section-reason .sentence", { hasText: "Edited without cookies." }).waitFor();
    await frame.locator("#sign").click();
    await frame
      .getByRole("dialog")
      .getByLabel(/I have reviewed/u)
      .check();
    await frame.getByRole("dialog").getByRole("button", { name: "Sign" }).click();
    await frame.getByRole("heading", { name: "Signature" }).waitFor();
    assert.equal((await bed.jobs.summary("general", job))?.docStatus, "final");

    const [document] = await Promise.all([
      context.waitForEvent("page"),
      frame.getByRole("button", { name: /plain text/u }).click(),
    ]);
    await document.waitForURL(/ticket=/u);
    assert.match(await document.innerText("body"), /DISCHARGE SUMMARY/u);
    assert.equal((await document.reload())?.status(), 401);
    await document.getByRole("heading", { name: "This address worked once" }).waitFor();

    assert.deepEqual(await context.cookies(), [], "there really was no cookie");
    const secrets = await secretsOf(frame);
    assert.equal(secrets.length, 1, "the proof of the launch is used up, the session's secret is kept");
    assert.ok(secrets.every((secret) => secret.length === 43 && !addresses.some((url) => url.includes(secret))));
    assert.deepEqual(problems, []);
  });

  it("leaves no code and no state in the tab's history", async () => {
    const { page } = await newPage();
    await page.goto(newStay().launchUrl);
    await page.waitForURL(/\/app\//u);
    await page.locator("#sign").waitFor();
    assert.match(page.url(), /\/app\/[\w-]{22}\/\?tenant=general$/u);
    await page.goBack().catch(() => undefined);
    assert.ok(!/code=|state=/u.test(page.url()), page.url());
  });

  it("does not open what another browser began: a stolen or planted callback finds nothing to prove itself with [smart 40, 41]", async () => {
    const attacker = cookieBrowser();
    const { url: callback } = await attacker.follow(newStay().launchUrl, (url) => url.includes("/smart/callback?"));
    const before = bed.outbound.length;
    const { page } = await newPage();
    const posted: string[] = [];
    page.on("request", (request) => void (request.method() === "POST" && posted.push(request.url())));
    await page.goto(callback);
    await page.getByText("This sign-in did not begin in this window").waitFor();
    assert.deepEqual(posted, []);
    assert.deepEqual(bed.outbound.slice(before), [], "the code went nowhere");
    assert.deepEqual(await axeViolations(page), []);
  });

  it("says in words when the session is over, and keeps nothing of it", async () => {
    const { page } = await newPage();
    await page.goto(newStay().launchUrl);
    await page.locator("#sign").waitFor();
    bed.clockOffsetMs = idleTimeoutMs + 1000;
    await page.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("This session is over.").waitFor();
    assert.deepEqual(await secretsOf(page.mainFrame()), []);
    assert.deepEqual(await axeViolations(page), []);
    await page.reload();
    await page.getByText("It was idle for too long").waitFor();
    await page.getByText("open the patient's chart in the EHR").waitFor();
    assert.deepEqual(await axeViolations(page), []);
  });
});

describe("with site data blocked as well", () => {
  it("opens through a window beside, without another load of the page, and signs", async () => {
    const stay = newStay();
    const { page, addresses, problems } = await newPage(true);
    host.show(stay.launchUrl);
    await page.goto(host.url);
    const frame = await smartFrame(page);
    await frame.getByText("cookies and site data are blocked").waitFor();
    const [beside] = await Promise.all([
      context.waitForEvent("page"),
      frame.getByRole("button", { name: "Open the summary" }).click(),
    ]);
    await frame.locator("#sign").waitFor();
    await eventually(() => beside.isClosed(), "the window beside closes by itself");
    assert.match(frame.url(), /\/app\/[\w-]{22}\/\?tenant=general$/u);
    await frame.locator("#sign").click();
    await frame
      .getByRole("dialog")
      .getByLabel(/I have reviewed/u)
      .check();
    await frame.getByRole("dialog").getByRole("button", { name: "Sign" }).click();
    await frame.getByRole("heading", { name: "Signature" }).waitFor();
    assert.equal((await bed.jobs.summary("general", stay.job))?.docStatus, "final");
    assert.deepEqual(problems, []);
    assert.ok(!addresses.some((url) => /proof|session=/u.test(url)));
    await frame.evaluate("location.reload()");
    await frame.getByText("loading it anew ends the session").waitFor();
  });

  it("hears of a callback from the window that it opened only, not from the page around it nor from itself [smart 40, 41]", async () => {
    const { page } = await newPage(true);
    const posted: string[] = [];
    context.on("request", (request) => void (request.method() === "POST" && posted.push(request.url())));
    // The EHR's sign-in never answers.
    await context.route(/\/auth\/authorize/u, () => undefined);
    host.show(newStay().launchUrl);
    await page.goto(host.url);
    const frame = await smartFrame(page);
    await frame.getByRole("button", { name: "Open the summary" }).click();
    await frame.getByText("Waiting for the EHR").waitFor();
    // It must listen before anything is posted: two frames may be two processes.
    await frame.evaluate(
      "void (globalThis.heard = new Promise((done) => { let left = 2; addEventListener('message', () => { left -= 1; if (left === 0) setTimeout(done); }); }))",
    );
    const planted = `{ query: "?code=planted&state=planted" }`;
    await page.evaluate(`frames[0].postMessage(${planted}, "*")`);
    await frame.evaluate(`postMessage(${planted}, "*")`);
    await frame.evaluate("globalThis.heard");
    assert.deepEqual(posted, []);
    assert.equal(await frame.getByText("Waiting for the EHR").count(), 1);
  });

  it("says what to do where the callback comes back to a window that began nothing", async () => {
    const { page } = await newPage(true);
    await page.goto(`${bed.url}/smart/callback?code=c&state=${"s".repeat(43)}`);
    await page.getByText("keeps neither cookies nor site data").waitFor();
    await page.getByText("open the summary from the EHR again").waitFor();
    assert.deepEqual(await axeViolations(page), []);
  });
});

describe("a card's ticket, with all cookies blocked", () => {
  for (const [name, storageBlocked] of [
    ["kept by the tab", false],
    ["kept in the page's memory", true],
  ] as const)
    it(`opens a session that reads, ${name}; looking at the link uses nothing up`, async () => {
      const { page, addresses } = await newPage(storageBlocked);
      redeemed = 0;
      for (let look = 0; look < 2; look += 1) await page.goto(`${bed.url}/app/ticket/good`);
      await page.getByRole("button", { name: "Open" }).click();
      await page.getByText("Reason for hospitalization").waitFor();
      await page.getByText("This link lets you read.").waitFor();
      assert.equal(redeemed, 1);
      assert.ok(!addresses.some((address) => address.includes(ticketToken.slice(-43))));
      await page.reload();
      await page
        .getByText(storageBlocked ? "loading it anew ends the session" : "Reason for hospitalization")
        .waitFor();
      await page.goto(`${bed.url}/app/ticket/good`);
      await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
    });
});

describe("in a frame that has no origin of its own", () => {
  it("says what the EHR's IT department has to allow", async () => {
    const { page } = await newPage();
    host.show(newStay().launchUrl, "allow-scripts allow-forms");
    await page.goto(host.url);
    const frame = await smartFrame(page);
    await frame.getByText("allow-scripts allow-same-origin").waitFor();
  });
});
