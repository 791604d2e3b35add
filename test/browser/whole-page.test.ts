/** The page on the whole product: real jobs, worker, EHR and write-back; from "start" to a document in the EHR. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { axeViolations, launchBrowser } from "../support/browser.ts";
import { englishOnly, readable } from "../support/page-texts.ts";
import type { TenantOptions, WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

let browser: Browser;
before(async () => {
  browser = await launchBrowser();
});
after(() => browser.close());

async function launch(app: WholeApp, patient: string): Promise<Page> {
  const { ehr } = app.sandbox;
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  const handle = ehr.createLaunch({ patient, encounter: `${patient}-stay`, fhirUser: "Practitioner/attending-1" });
  await page.goto(`${app.url}/smart/launch?iss=${encodeURIComponent(ehr.fhirBaseUrl)}&launch=${handle}`);
  return page;
}

const wordsIn = (text: string): readonly string[] => text.toLowerCase().match(/\p{L}{2,}/gu) ?? [];

/** Everything that a chart says, its notes out of their base64 too. */
const textOf = (chart: unknown): string =>
  JSON.stringify(chart).replaceAll(/"data":"([\w+/=]+)"/gu, (_all, data: string) =>
    Buffer.from(data, "base64").toString("utf8"),
  );

const cases: [name: string, options: TenantOptions][] = [
  ["where the worker reads the chart and files the document by itself", {}],
  [
    "where only the launch's token reads the chart and files the document",
    { backendServices: false, writeProfile: { credential: "user" } },
  ],
];

describe("the page of a German hospital, from nothing to a document in the EHR", () => {
  it("speaks German; English are only the chart's own words", async () => {
    const app = await startWholeApp({ tenants: () => [{ language: "de-AT" }] });
    try {
      const page = await launch(app, "delgado");
      await page.getByRole("button", { name: "Entwurf beginnen" }).click();
      await page.locator("#sign:enabled").waitFor();
      assert.equal(await page.evaluate("document.documentElement.lang"), "de-AT");
      await page.locator(".sentence").first().click();
      await page.locator("#evidence dd").first().waitFor();
      const chart = loadCharts().find(({ encounterId }) => encounterId === "delgado-stay") ?? assert.fail("no chart");
      const own = new Set(wordsIn(`${textOf(chart)} General Hospital`));
      const english = (await readable(page)).flatMap(wordsIn).filter((word) => englishOnly.has(word) && !own.has(word));
      assert.deepEqual(english, []);
      await page.locator("#sign").click();
      await page.locator("#attest").check();
      await page.getByRole("dialog").getByRole("button", { name: "Unterschreiben" }).click();
      await page.locator(".signature dd", { hasText: "DocumentReference/" }).waitFor({ timeout: 20_000 });
      assert.match(await page.locator(".signature").innerText(), /Ich habe diesen Entlassbrief geprüft/u);
      await page.context().close();
    } finally {
      await app.stop();
    }
  });
});

describe("the page, from nothing to a document in the EHR", () => {
  for (const [name, options] of cases) {
    it(name, async () => {
      const app = await startWholeApp({ tenants: () => [options] });
      try {
        const page = await launch(app, "delgado");
        await page.getByRole("button", { name: "Start a draft" }).click();
        await page.locator("#sign:enabled").waitFor();
        assert.deepEqual(await axeViolations(page), []);
        const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
        assert.equal(ground, "rgb(243, 246, 248)", "the sandbox EHR's own look");
        await page.locator(".sentence").first().click();
        await page.locator("#evidence dd").first().waitFor();
        await page.locator("#sign").click();
        const dialog = page.getByRole("dialog");
        assert.match(await dialog.innerText(), /Rosa Delgado[\s\S]*Dr\. Marta Lindqvist/u);
        await dialog.getByLabel(/I have reviewed/u).check();
        await dialog.getByRole("button", { name: "Sign" }).click();
        const filed = page.locator(".signature dd", { hasText: "DocumentReference/" });
        await filed.waitFor({ timeout: 20_000 });
        const [, id = ""] = (await filed.innerText()).split("/");
        const documents = [...app.sandbox.ehr.store.list("DocumentReference")].filter((document) => document.id === id);
        assert.deepEqual(
          documents.map((document) => document["docStatus"]),
          ["final"],
        );
        const log = app.logLines.join("\n");
        for (const secret of ["Delgado", "Lindqvist", "GH-4471902"]) assert.ok(!log.includes(secret), secret);
        await page.context().close();
      } finally {
        await app.stop();
      }
    });
  }
});
