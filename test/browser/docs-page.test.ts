/** GET /docs in a real Chromium: all operations and events, readable without a script, under a policy that runs and loads nothing. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { eventCatalogue } from "../../src/core/event/catalogue.ts";
import { axeViolations, launchBrowser, scrollsSideways } from "../support/browser.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

let app: WholeApp;
let browser: Browser;
before(async () => {
  [app, browser] = await Promise.all([startWholeApp(), launchBrowser()]);
});
after(async () => {
  await browser.close();
  await app.stop();
});

test("leads to the documents, holds every operation and every event, and no reference leads nowhere", async () => {
  const page = await (await browser.newContext({ viewport: { width: 320, height: 700 } })).newPage();
  const problems: string[] = [];
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  const requested: string[] = [];
  page.on("request", (request) => requested.push(new URL(request.url()).pathname));
  await page.goto(`${app.url}/docs`);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    requested.filter((path) => path !== "/docs" && path !== ","),
    [],
  );
  assert.deepEqual(await axeViolations(page), []);
  assert.equal(await scrollsSideways(page), false);
  const html = await page.content();
  const openApi = (await (await fetch(`${app.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  for (const [path, item] of Object.entries(openApi.paths))
    for (const [method, { operationId }] of Object.entries(item)) {
      assert.ok(html.includes(`${method.toUpperCase()}</b> <code>${path}</code>`), `${method} ${path}`);
      if (operationId !== undefined) assert.ok(html.includes(`id="${operationId}"`), operationId);
    }
  for (const { type } of eventCatalogue) assert.ok(html.includes(`id="event-${type}"`), type);
  const broken = await page.evaluate(
    `[...document.querySelectorAll('a[href^="#"]')].map((link) => link.hash.slice(1)).filter((id) => document.getElementById(id) === null)`,
  );
  assert.deepEqual(broken, []);
  for (const path of ["/openapi.json", "/asyncapi.json", "/v1/event-types", "/config.schema.json"])
    assert.equal((await fetch(`${app.url}${path}`)).status, 200, path);
});

test("an operation opens by the keyboard and tells what it takes and answers", async () => {
  const page = await browser.newPage();
  await page.goto(`${app.url}/docs#createJob`);
  await page.locator("#createJob > summary").focus();
  await page.keyboard.press("Enter");
  await page.getByText("Answers of POST /v1/jobs", { exact: true }).waitFor();
  await page.locator("#createJob").getByRole("link", { name: "CreateJob", exact: true }).click();
  await page.getByText("Members of CreateJob", { exact: true }).waitFor();
  assert.match(await page.locator("#createJob").innerText(), /bearer jobs:write[^]*application\/json[^]*202/u);
});

test("is cached by nobody's login, framed by nobody, and takes no other method", async () => {
  const answer = await fetch(`${app.url}/docs`);
  const policy = answer.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+'/u);
  assert.match(policy, /frame-ancestors 'none'/u);
  assert.ok(!policy.includes("unsafe"));
  assert.equal((await fetch(`${app.url}/docs`, { method: "POST" })).status, 405);
});
