/** The EHR's page in a real browser: from the list of inpatients to a SMART app in a cross-site frame. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { Webhook } from "standardwebhooks";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { listen } from "../../sandbox/listen.ts";
import { startSandbox } from "../../sandbox/main.ts";
import type { Sandbox } from "../../sandbox/main.ts";
import { axeViolations, launchBrowser, scrollsSideways } from "../support/browser.ts";
import { valueAt } from "../support/sandbox-ehr.ts";
import { readyCard, startStubAdapter } from "../support/stub-adapter.ts";
import type { StubAdapter } from "../support/stub-adapter.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

const HOSTILE = {
  uuid: "0d9d7a44-6b59-4f0e-9a5e-1f9b8a3c2b10",
  summary: "Discharge summary is being written for Rosa Delgado",
  indicator: "warning",
  detail:
    '**Writing.** <img id="planted" src="/leak.png" onerror="document.title=1"> <b>raw</b> [x](javascript:alert(1))',
  source: { label: "Handover" },
};

let stub: StubAdapter;
let sandbox: Sandbox;
let browser: Browser;
before(async () => {
  stub = await startStubAdapter(() => sandbox.cdsIssuer.jku);
  // A port of its own first, so that the origin can be named: `localhost` is another site than the adapter's 127.0.0.1.
  const reserved = await listen(() => undefined);
  await reserved.close();
  sandbox = await startSandbox({
    adapterUrl: stub.url,
    port: reserved.port,
    publicUrl: `http://localhost:${reserved.port}`,
    charts: loadCharts(),
    webhookSecrets: [SECRET],
    clients: [
      {
        clientId: "stub-app",
        auth: "public",
        redirectUris: [`${stub.url}/smart/callback`],
        scopes: "launch openid fhirUser patient/*.rs",
      },
    ],
  });
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await sandbox.close();
  await stub.close();
});

async function openPage(width = 1280): Promise<{ page: Page; problems: string[]; foreign: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  const problems: string[] = [];
  const foreign: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => {
    const { origin } = new URL(request.url());
    if (origin !== sandbox.url && origin !== stub.url) foreign.push(request.url());
  });
  await page.goto(sandbox.url);
  return { page, problems, foreign };
}

/** What an adapter leaves behind: a document in the chart, a signed webhook, a notification that breaks a rule. */
async function writeDocument(): Promise<void> {
  const token = sandbox.ehr.mintToken({ clientId: "handover", scopes: ["system/DocumentReference.c"] });
  const data = Buffer.from("Reason for hospitalization\nShortness of breath.").toString("base64");
  const response = await fetch(`${sandbox.ehr.fhirBaseUrl}/DocumentReference`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/fhir+json" },
    body: JSON.stringify({
      resourceType: "DocumentReference",
      status: "current",
      docStatus: "final",
      type: { text: "Discharge summary" },
      subject: { reference: "Patient/delgado" },
      authenticator: { reference: "Practitioner/attending-1", display: "Dr. Marta Lindqvist" },
      date: "2026-03-20T14:05:00Z",
      content: [{ attachment: { contentType: "text/plain;charset=utf-8", data } }],
    }),
  });
  assert.equal(response.status, 201);
}

async function deliverWebhook(): Promise<void> {
  const id = `evt_${sandbox.receiver.inbox.length + 1}`;
  const at = new Date();
  const data = { patient: "Patient/delgado", jobSequence: 9, endpointSequence: sandbox.receiver.inbox.length + 1 };
  const body = JSON.stringify({ id, type: "summary.signed", data });
  const headers = {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
    "webhook-signature": new Webhook(SECRET).sign(id, at, body),
  };
  await fetch(sandbox.receiver.endpointUrl(), { method: "POST", headers, body });
}

async function notify(): Promise<void> {
  const { header, endpointUrl } = sandbox.subscriptionReceiver;
  const headers = { [header.name]: header.value, "content-type": "application/fhir+json" };
  const parameter = [{ name: "type", valueCode: "event-notification" }];
  const entry = [{ fullUrl: "urn:uuid:1", resource: { resourceType: "Parameters", parameter } }];
  const body = JSON.stringify({ resourceType: "Bundle", type: "history", entry });
  await fetch(endpointUrl(), { method: "POST", headers, body });
}

describe("the EHR's page", () => {
  it("opens a chart, discharges, replaces the card, and opens the app in a cross-site frame", async () => {
    const { page, problems, foreign } = await openPage();
    await page.getByRole("button", { name: /Rosa Delgado/u }).click();
    await page.getByRole("heading", { level: 1, name: "Rosa Delgado" }).waitFor();
    // The status tells that the call of patient-view is over; the empty list alone is shown before it.
    await page.getByText("0 messages.").waitFor();

    stub.answer = { status: 200, body: { cards: [HOSTILE] } };
    await page.getByRole("button", { name: "Discharge patient" }).click();
    const cards = page.getByRole("article");
    await cards.getByRole("heading", { name: HOSTILE.summary }).waitFor();
    assert.equal(stub.calls.at(-1)?.body["hook"], "encounter-discharge");
    // What the card tried to bring as markup is there as text.
    assert.equal(await page.locator("#planted, .detail b, .detail a").count(), 0);
    assert.match((await cards.first().textContent()) ?? "", /<b>raw<\/b>/u);

    stub.answer = { status: 200, body: { cards: [readyCard(stub.url)] } };
    await page.getByRole("button", { name: "Open chart again" }).click();
    await cards.getByRole("heading", { name: /ready/u }).waitFor();
    assert.equal(await cards.getByRole("heading", { name: HOSTILE.summary }).count(), 0);

    await page.getByRole("button", { name: "Review and sign" }).click();
    const app = page.frameLocator("iframe");
    await app.getByRole("heading", { name: "Draft" }).waitFor();
    const said = JSON.parse((await app.locator("#said").textContent()) ?? "");
    assert.deepEqual(said, { patient: "delgado", encounter: "delgado-stay", appContext: "job-42" });

    await page.getByText("Not helpful?").click();
    await page.getByLabel("Reason").selectOption("later");
    await page.getByRole("button", { name: "Dismiss message" }).click();
    await page.getByText("No messages.").waitFor();
    assert.equal(stub.calls.at(-1)?.path, "/cds-services/discharge-summary/feedback");
    assert.deepEqual([problems, foreign], [[], []]);
    await page.close();
  });

  it("never shows a chart's late answer under another patient's name", async () => {
    const { page } = await openPage();
    stub.answer = { status: 200, body: { cards: [] } };
    const release = Promise.withResolvers<undefined>();
    const released = Promise.withResolvers<undefined>();
    await page.route("**/api/patients/okafor", async (route) => {
      await release.promise;
      await route.continue();
      released.resolve(undefined);
    });
    const calls = stub.calls.length;
    await page.getByRole("button", { name: /Harold Okafor/u }).click();
    await page.getByRole("button", { name: /Mei-Ling Chen/u }).click();
    await page.getByText("GH-1002846", { exact: true }).waitFor();
    await page.getByText("0 messages.").waitFor();
    const late = page.waitForResponse("**/api/patients/okafor");
    release.resolve(undefined);
    await (await late).finished();
    await released.promise;
    assert.equal(await page.getByText("GH-3310558").count(), 0);
    assert.equal(await page.getByRole("heading", { level: 1 }).textContent(), "Mei-Ling Chen");
    const viewed = stub.calls.slice(calls).map(({ body }) => valueAt(body, "context.patientId"));
    assert.deepEqual(viewed, ["chen"]);
    await page.close();
  });

  it("lets the laboratory finish what is pending, and says what it was", async () => {
    const { page, problems } = await openPage();
    stub.answer = { status: 200, body: { cards: [] } };
    await page.getByRole("button", { name: "Rosa Delgado" }).click();
    await page.getByText("0 messages.").waitFor();
    const press = () => page.getByRole("button", { name: "Let the laboratory finish" }).click();
    await press();
    await page.getByText("Free light chains, serum is final now. Open the chart again.").waitFor();
    await press();
    await page.getByText("Pleural fluid cytology is final now.").waitFor();
    await press();
    await page.getByText("No report of this patient is open.").waitFor();
    assert.deepEqual(problems, []);
    await page.close();
  });

  it("says so when the service fails, and keeps working", async () => {
    const { page } = await openPage();
    stub.answer = { status: 503, body: {} };
    await page.getByRole("button", { name: /Olivia Brandt/u }).click();
    await page.getByText("The summary service answered 503.").waitFor();
    stub.answer = { status: 200, body: { cards: [] } };
    await page.getByRole("button", { name: "Open chart again" }).click();
    await page.getByText("0 messages.").waitFor();
    await page.close();
  });
});

describe("the EHR's page: accessible at every width (WCAG 2.2 AA)", () => {
  for (const width of [320, 768, 1440]) {
    it(`${width} pixels: no violation before, with a card, with the app; no sideways scrolling`, async () => {
      const { page } = await openPage(width);
      const shot = async (state: string): Promise<void> => {
        const folder = process.env["HANDOVER_SCREENSHOTS"];
        if (folder !== undefined)
          await page.screenshot({ path: `${folder}/ehr-${width}-${state}.png`, fullPage: true });
        assert.deepEqual(await axeViolations(page), [], state);
        assert.equal(await scrollsSideways(page), false, state);
      };
      await shot("list");
      stub.answer = { status: 200, body: { cards: [readyCard(stub.url), { ...HOSTILE, indicator: "critical" }] } };
      await page.getByRole("button", { name: /Rosa Delgado/u }).click();
      await page.getByText("2 messages.").waitFor();
      await page.getByText("Not helpful?").first().click();
      await shot("cards");
      await page.getByRole("button", { name: "Review and sign" }).click();
      await page.frameLocator("iframe").getByRole("heading", { name: "Draft" }).waitFor();
      await shot("app");
      await page.getByRole("button", { name: "Close app" }).click();
      await writeDocument();
      await deliverWebhook();
      await notify();
      await page.getByText("signature verified").first().waitFor();
      await page.getByText("Read it").first().click();
      await shot("records");
      await page.close();
    });
  }

  it("works by keyboard alone: skip link, list, chart", async () => {
    const { page } = await openPage();
    stub.answer = { status: 200, body: { cards: [] } };
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Skip to the chart");
    await page.getByRole("button", { name: /James Whitfield/u }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "James Whitfield" }).waitFor();
    assert.equal(await page.evaluate("document.activeElement.id"), "chart");
    await page.close();
  });
});
