/** The page inside another site's page, as EHRs show it, and the pages of tickets. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Frame, Page } from "playwright-core";
import { AdapterError } from "../../src/core/errors.ts";
import { launchBrowser } from "../support/browser.ts";
import type { FramingHost } from "../support/framing-host.ts";
import { startFramingHost } from "../support/framing-host.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import { eventually } from "../support/eventually.ts";

const ticketToken = `general.${"t".repeat(43)}`;
const ticketLaunch = "t-0123456789abcdef01234567";
const noStay = { patient: "Patient/p1", encounter: "Encounter/p1-stay" };

let bed: PageBed;
let browser: Browser;
let host: FramingHost;
let redeemed = 0;

before(async () => {
  host = await startFramingHost();
  bed = await startPageBed({
    charts: [chartOf("p1", 1), chartOf("p2", 1)],
    frameAncestors: [host.url],
    ticketSession: async (token) =>
      token === ticketToken
        ? {
            tenant: "general",
            actor: { kind: "ticket", id: "Practitioner/x" },
            scopes: new Set(["jobs:read"]),
            session: { launch: ticketLaunch, kind: "ticket", ...noStay, job: "j1", maySign: false },
          }
        : undefined,
    tickets: {
      async look(text) {
        if (text !== "good" || redeemed > 0) throw new AdapterError("unauthenticated");
        return { tenant: "general", purpose: "open" };
      },
      async redeem(text, open) {
        if (text !== "good" || redeemed > 0) throw new AdapterError("unauthenticated");
        const job = await open({ tenant: "general", purpose: "open", ...noStay, job: "j1", userId: "Practitioner/x" });
        redeemed += 1;
        return { tenant: "general", token: ticketToken, launch: ticketLaunch, job };
      },
    },
  });
  for (const [id, stay] of [
    ["j1", "p1"],
    ["j2", "p2"],
  ] as const) {
    const about = { patient: `Patient/${stay}`, encounter: `Encounter/${stay}-stay` };
    const summary = { version: 1, docStatus: "preliminary", sha256: "", edited: false } as const;
    bed.jobs.put(aJob(id, { status: "completed", summary, ...about }), aSummary(id, about));
  }
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await bed.close();
  host.close();
});

const launchUrl = (patient: string): string =>
  `${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${bed.ehr.createLaunch({ patient, encounter: `${patient}-stay`, fhirUser: "Practitioner/attending-1" })}`;

async function appFrame(page: Page): Promise<Frame> {
  const frame = await eventually(
    () => page.frames().find((entry) => entry.url().includes("/app/")),
    "the app's frame",
    10_000,
  );
  await frame.locator("#banner:not(:empty)").waitFor();
  return frame;
}

describe("in another site's frame", () => {
  /** A page whose Chromium lets no cookie through that is shared between sites. */
  async function strictPage(): Promise<Page> {
    const page = await browser.newPage();
    const session = await page.context().newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.setCookieControls", { enableThirdPartyCookieRestriction: true });
    return page;
  }

  async function editIn(frame: Frame, text: string): Promise<void> {
    await frame.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    await frame.getByLabel("Text of Reason for hospitalization").fill(text);
    await frame.getByRole("button", { name: "Save" }).click();
    await frame.locator("#section-reason .sentence", { hasText: text }).waitFor();
  }

  it("launches, shows the draft, and saves an edit, with partitioned cookies only", async () => {
    const page = await strictPage();
    host.show(launchUrl("p1"));
    await page.goto(host.url);
    const frame = await appFrame(page);
    await editIn(frame, "Edited in a frame.");
    const cookies = await page.context().cookies(bed.url);
    const session = cookies.find(({ name }) => name.startsWith("__Host-handover-s-"));
    assert.match(String(session?.partitionKey), /^http:\/\/localhost/u);
    for (const cookie of cookies) assert.ok(cookie.partitionKey, cookie.name);
    assert.deepEqual(
      await frame.evaluate("Object.keys(sessionStorage)"),
      [],
      "the tab keeps nothing beside the cookie",
    );
    await page.context().close();
  });

  it("works the same in a browser that knows no partitions, which so lets no cookie of ours through", async () => {
    bed.wire.cookies = "unpartitioned";
    const page = await strictPage();
    host.show(launchUrl("p1"));
    await page.goto(host.url);
    const frame = await appFrame(page);
    bed.wire.cookies = "whole";
    await editIn(frame, "Edited without a cookie.");
    assert.deepEqual(await page.context().cookies(bed.url), [], "the browser itself took none");
    assert.match(frame.url(), /\?tenant=general$/u);
    await page.context().close();
  });

  it("keeps two patients in two tabs apart", async () => {
    const context = await browser.newContext();
    const [one, two] = [await context.newPage(), await context.newPage()];
    host.show(launchUrl("p1"));
    await one.goto(host.url);
    const first = await appFrame(one);
    host.show(launchUrl("p2"));
    await two.goto(host.url);
    const second = await appFrame(two);
    assert.notEqual(first.url(), second.url());
    const asks = async (frame: Frame) =>
      (await frame.evaluate(
        "fetch(location.pathname + 'context', { headers: { 'x-handover-launch': location.pathname.split('/')[2] } }).then((answer) => answer.json())",
      )) as { patientReference: string };
    assert.equal((await asks(first)).patientReference, "Patient/p1");
    assert.equal((await asks(second)).patientReference, "Patient/p2");
    await context.close();
  });

  it("is not shown by a page that the tenant does not list", async () => {
    const page = await browser.newPage();
    host.show(launchUrl("p1"));
    await page.goto(host.url.replace("localhost", "127.0.0.1"));
    await eventually(() => page.frames().some((frame) => frame.url().startsWith("chrome-error:")), "a refusal", 10_000);
    assert.ok(!page.frames().some((frame) => frame.url().includes("/app/")));
    await page.context().close();
  });
});

describe("a ticket's link", () => {
  it("is not used up by looking, opens a session that only reads, and works once", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    for (let look = 0; look < 3; look += 1)
      assert.equal((await page.goto(`${bed.url}/app/ticket/good`))?.status(), 200);
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByText("Reason for hospitalization").waitFor();
    assert.equal(new URL(page.url()).pathname, `/app/${ticketLaunch}/`);
    assert.equal(await page.getByRole("button", { name: /^Edit |^Discard/u }).count(), 0);
    assert.ok(await page.locator("#sign").isDisabled());
    await page.getByText("This link lets you read.").waitFor();
    assert.equal((await page.goto(`${bed.url}/app/ticket/good`))?.status(), 401);
    await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
    await context.close();
  });
});
