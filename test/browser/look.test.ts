/** How the page looks: the EHR's own style where it stays readable, light and dark, and whether it names the patient. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import type { LaunchContext } from "../../sandbox/auth/launch.ts";
import { axeViolations, launchBrowser, scrollsSideways } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf } from "../support/sandbox-ehr.ts";

const members = z.record(z.string(), z.unknown());

let bed: PageBed;
let browser: Browser;
let context: BrowserContext;
/** What the EHR answers at its style's address; undefined lets the sandbox's own through. */
let style: (() => Response) | undefined;
/** Changes the token response on its way. */
let retell: (answer: Record<string, unknown>) => Record<string, unknown> = (answer) => answer;
/** Addresses are remembered by their text: each test has its own. */
let styleUrl = "";

before(async () => {
  bed = await startPageBed({
    charts: [chartOf("p1", 1)],
    tamper: async (url, answer) => {
      if (url === styleUrl && style !== undefined) return style();
      if (!url.endsWith("/token") || !answer.ok) return answer;
      const told = retell({
        ...members.parse(await answer.json()),
        ...(styleUrl === "" ? {} : { smart_style_url: styleUrl }),
      });
      return Response.json(told, { headers: { "cache-control": "no-store", pragma: "no-cache" } });
    },
  });
  const stay = { patient: "Patient/p1", encounter: "Encounter/p1-stay" };
  const summary = { version: 1, docStatus: "preliminary", sha256: "", edited: false } as const;
  bed.jobs.put(aJob("j1", { status: "completed", summary, ...stay }), aSummary("j1", stay));
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await bed.close();
});
afterEach(async () => {
  [style, styleUrl, retell] = [undefined, "", (answer) => answer];
  bed.errors.length = 0;
  bed.leftOut.length = 0;
  await context.close();
});

async function open(
  options: { colorScheme?: "light" | "dark"; width?: number } = {},
  launch: Partial<LaunchContext> = {},
): Promise<Page> {
  const { colorScheme = "light", width = 1100 } = options;
  context = await browser.newContext({ colorScheme, viewport: { width, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  const styled = page.waitForResponse(/\/style$/u);
  const handle = bed.ehr.createLaunch({
    patient: "p1",
    encounter: "p1-stay",
    fhirUser: "Practitioner/attending-1",
    ...launch,
  });
  await page.goto(`${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${handle}`);
  await page.locator("#sign").waitFor();
  await (await styled).finished();
  return page;
}

/** Sends a style from an address of its own. */
function serve(values: Record<string, string>): void {
  styleUrl = `${bed.ehr.url}/style-${(serial += 1)}.json`;
  style = () => Response.json(values);
}
let serial = 0;

const shown = (page: Page, selector: string, property: string): Promise<string> =>
  page.evaluate(
    `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue("${property}")`,
  );

describe("the EHR's style", () => {
  it("colours the page, sets its type, and stays clean for axe", async () => {
    serve({
      color_background: "#edeae3",
      color_text: "#303030",
      color_highlight: "#6a1b6e",
      color_error: "#9e2d2d",
      dim_font_size: "18px",
      dim_border_radius: "0px",
      font_family_body: "Georgia, serif",
      font_family_heading: "Courier, monospace",
    });
    const page = await open();
    await eventually(async () => (await shown(page, "body", "background-color")) === "rgb(237, 234, 227)", "the style");
    assert.equal(await shown(page, "#content p", "color"), "rgb(48, 48, 48)");
    assert.equal(await shown(page, "#sign", "background-color"), "rgb(106, 27, 110)");
    assert.equal(await shown(page, "html", "font-size"), "18px");
    assert.equal(await shown(page, "#sign", "border-radius"), "0px");
    assert.match(await shown(page, "body", "font-family"), /^Georgia, serif/u);
    assert.match(await shown(page, "h1", "font-family"), /^Courier, monospace/u);
    assert.deepEqual(bed.leftOut, []);
    assert.deepEqual(await axeViolations(page), []);
    await page.locator("#discard").click();
    assert.deepEqual(await axeViolations(page), []);
  });

  it("is left out value by value where it could not be read, and what was left out is logged by its name", async () => {
    serve({ color_background: "#ffffff", color_text: "#cccccc", color_highlight: "#69b5ce", dim_font_size: "6px" });
    const page = await open();
    await eventually(async () => (await shown(page, "body", "background-color")) === "rgb(255, 255, 255)", "the style");
    assert.equal(await shown(page, "#content p", "color"), "rgb(28, 39, 51)");
    assert.equal(await shown(page, "#sign", "background-color"), "rgb(11, 83, 148)");
    assert.equal(await shown(page, "html", "font-size"), "16px");
    assert.deepEqual(bed.leftOut, ["color_text", "color_highlight", "dim_font_size"]);
    assert.deepEqual(await axeViolations(page), []);
  });

  it("that is dark makes the page dark in a light browser; one that is light keeps it light in a dark one", async () => {
    serve({ color_background: "#10151a", color_text: "#f0f0f0", color_highlight: "#8ecbff" });
    const dark = await open({ colorScheme: "light" });
    await eventually(async () => (await shown(dark, "body", "background-color")) === "rgb(16, 21, 26)", "the style");
    assert.equal(await shown(dark, "header", "background-color"), "rgb(27, 35, 44)");
    assert.deepEqual(await axeViolations(dark), []);
    await context.close();
    serve({ color_background: "#f7f8fa" });
    const light = await open({ colorScheme: "dark" });
    await eventually(
      async () => (await shown(light, "body", "background-color")) === "rgb(247, 248, 250)",
      "the style",
    );
    assert.equal(await shown(light, "header", "background-color"), "rgb(255, 255, 255)");
    assert.deepEqual(await axeViolations(light), []);
  });

  it("is asked for once for each address, without a credential", async () => {
    serve({ color_background: "#edeae3" });
    await (await open()).context().close();
    await open();
    const asked = bed.sent.filter(({ url }) => url === styleUrl);
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.headers.has("authorization"), false);
  });

  for (const [name, answer] of [
    ["is no JSON by its type", () => new Response("{}", { headers: { "content-type": "text/css" } })],
    ["is no JSON at all", () => new Response("body{}", { headers: { "content-type": "application/json" } })],
    ["is too large", () => Response.json({ color_text: "#000", more: "x".repeat(20_000) })],
    ["leads elsewhere", () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } })],
    ["is not there", () => new Response(null, { status: 404 })],
  ] as const)
    it(`that ${name} leaves the page as it is`, async () => {
      serve({});
      style = answer;
      const page = await open();
      assert.equal(await shown(page, "body", "background-color"), "rgb(246, 247, 249)");
      assert.equal(bed.errors.length, 1);
    });

  it("with an address that is none leaves the launch and the page as they are", async () => {
    retell = (answer) => ({ ...answer, smart_style_url: "not an address" });
    const page = await open();
    assert.equal(await shown(page, "body", "background-color"), "rgb(246, 247, 249)");
    assert.deepEqual(bed.errors, []);
  });
});

describe("the page's own look", () => {
  for (const colorScheme of ["light", "dark"] as const) {
    it(`is clean for axe in ${colorScheme}: draft, evidence, editor, dialog, signed`, async () => {
      serve({});
      const page = await open({ colorScheme });
      const isDark = (await shown(page, "body", "background-color")) === "rgb(18, 24, 31)";
      assert.equal(isDark, colorScheme === "dark");
      assert.deepEqual(await axeViolations(page), []);
      await page.getByText("Admitted with community-acquired pneumonia.").click();
      await page.locator("#evidence dd, #evidence li").first().waitFor();
      assert.deepEqual(await axeViolations(page), []);
      await page.locator("#evidence").getByRole("button", { name: "Close" }).click();
      await page.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
      assert.deepEqual(await axeViolations(page), []);
      await page.getByRole("button", { name: "Cancel" }).click();
      await page.locator("#sign").click();
      assert.deepEqual(await axeViolations(page), []);
    });
  }

  it("is ink on paper in print, however dark the screen is", async () => {
    serve({ color_background: "#10151a", color_text: "#f0f0f0" });
    const page = await open({ colorScheme: "dark" });
    await eventually(async () => (await shown(page, "body", "background-color")) === "rgb(16, 21, 26)", "the style");
    await page.emulateMedia({ media: "print" });
    assert.equal(await shown(page, "#content p", "color"), "rgb(28, 39, 51)");
    assert.notEqual(await shown(page, "body", "background-color"), "rgb(16, 21, 26)");
  });
});

describe("need_patient_banner", () => {
  it("true, or left out, has the page name patient and stay [smart 193]", async () => {
    const told = await open({}, { needPatientBanner: true });
    assert.match(await told.locator("#banner").innerText(), /Nora Ådahl[\s\S]*born 3 Feb 1950[\s\S]*Inpatient/u);
    await context.close();
    retell = ({ need_patient_banner: _left, ...rest }) => rest;
    const absent = await open();
    assert.match(await absent.locator("#banner").innerText(), /Nora Ådahl/u);
  });

  it("false leaves that to the EHR around the frame; the sign dialog names the patient all the same", async () => {
    const page = await open({ width: 320 }, { needPatientBanner: false });
    const banner = await page.locator("#banner").innerText();
    assert.match(banner, /General Hospital/u);
    assert.doesNotMatch(banner, /Ådahl|born|Inpatient/u);
    assert.equal(await scrollsSideways(page), false);
    assert.deepEqual(await axeViolations(page), []);
    await page.locator("#sign").click();
    assert.match(await page.getByRole("dialog").innerText(), /Nora Ådahl, born 3 Feb 1950/u);
  });
});

describe("an intent that the page does not know", () => {
  it("opens the page as always [smart 193]", async () => {
    const page = await open({}, { intent: "reconcile-medications-of-tomorrow" });
    assert.ok(await page.locator("#sign").isEnabled());
    assert.equal(await page.locator("#content section").count(), 2);
  });
});
