/** `npm run pictures`: walks the discharge of Rosa Delgado through the sandbox EHR's page and writes docs/images. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Page } from "playwright-core";
import { launchBrowser } from "../test/support/browser.ts";
import { hisEndpoint, startWholeApp } from "../test/support/whole-app.ts";
import { withPalette } from "./pictures/palette-png.ts";

const folder = join(import.meta.dirname, "../docs/images");
const width = 1360;
const viewport = { width, height: 880 };
/** Pixels of the app above the selected section: its own header and the end of the section before. */
const aboveSection = 251;
/** A picture is a part of the README, not the weight of it. */
const maxBytes = 200_000;

/** What the walk uses of the page's elements: the scripts are checked without the DOM's types. */
interface Part {
  readonly firstChild: unknown;
  readonly textContent: string;
  readonly ownerDocument: {
    readonly defaultView: { scrollBy(x: number, y: number): void };
    createRange(): Pick<Part, "getBoundingClientRect"> & { setStart(node: unknown, offset: number): void };
  };
  scrollTop: number;
  scrollIntoView(where: { readonly block: "start" }): void;
  getBoundingClientRect(): { readonly top: number };
}

/** The upper part of the window, `height` pixels of it. The pointer goes away first: no button shall look as if it were touched. */
async function shot(page: Page, height: number): Promise<Buffer> {
  await page.mouse.move(0, 0);
  return withPalette(await page.screenshot({ clip: { x: 0, y: 0, width, height }, animations: "disabled" }));
}

async function openCard(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Rosa Delgado" }).click();
  // The status tells that the call of patient-view is over.
  await page.locator("#status", { hasText: /\d messages?\./u }).waitFor();
  await page.getByRole("button", { name: "Discharge patient" }).click();
  await page.getByRole("article").getByRole("button", { name: "Open the draft" }).waitFor();
  await page.locator("#status", { hasText: /\d messages?\./u }).waitFor();
}

/** Selects the changed medicine, and leaves its section's heading in view. */
async function selectEvidence(app: FrameLocator): Promise<void> {
  await app.locator("#sign:enabled").waitFor();
  await app.locator(".sentence", { hasText: /^CHANGED: Carvedilol/u }).click();
  await app.locator("#evidence dd").first().waitFor();
  await app.getByText("Reading the record").first().waitFor({ state: "detached" });
  const medications = app.locator("section", { has: app.getByRole("heading", { name: "Discharge medications" }) });
  await medications.evaluate((section: Part, above: number) => {
    section.ownerDocument.defaultView.scrollBy(0, section.getBoundingClientRect().top - above);
  }, aboveSection);
}

async function sign(app: FrameLocator): Promise<void> {
  await app.locator("#sign").click();
  const dialog = app.getByRole("dialog");
  await dialog.getByLabel(/I have reviewed/u).check();
  await dialog.getByRole("button", { name: "Sign" }).click();
  await app.locator(".signature dd", { hasText: "DocumentReference/" }).waitFor();
}

/** Opens what the EHR holds now at its medicines, once the webhook of the signature has come too. */
async function readDocument(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Close app" }).click();
  await page.getByRole("cell", { name: "summary.signed" }).waitFor();
  await page.getByText("Read it").click();
  const documents = page.locator("section", { has: page.locator("#documents") });
  await documents.evaluate((section: Part) => section.scrollIntoView({ block: "start" }));
  await page.locator(".document pre").evaluate((pre: Part) => {
    const range = pre.ownerDocument.createRange();
    range.setStart(pre.firstChild, pre.textContent.indexOf("DISCHARGE MEDICATIONS"));
    pre.scrollTop += range.getBoundingClientRect().top - pre.getBoundingClientRect().top - 12;
  });
}

async function walk(page: Page, ehr: string): Promise<Record<string, Buffer>> {
  await page.goto(ehr);
  await openCard(page);
  const card = await shot(page, 715);
  await page.getByRole("button", { name: "Open the draft" }).click();
  const app = page.frameLocator("iframe");
  await selectEvidence(app);
  const draft = await shot(page, 850);
  await sign(app);
  await readDocument(page);
  return { card, draft, "signed-document": await shot(page, 845) };
}

/** All or none: pictures of one walk belong together. */
function write(pictures: Record<string, Buffer>): void {
  for (const [name, { length }] of Object.entries(pictures))
    if (length > maxBytes) throw new Error(`${name}.png has ${length} bytes, more than ${maxBytes}`);
  for (const [name, png] of Object.entries(pictures)) {
    writeFileSync(join(folder, `${name}.png`), png);
    console.log(`${name}.png  ${png.length} bytes`);
  }
}

const product = await startWholeApp({
  tenants: (sandbox) => [{ engine: "model", endpoints: [hisEndpoint(sandbox, { events: ["summary.*"] })] }],
});
try {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport, timezoneId: "America/Chicago", locale: "en-US" });
    write(await walk(page, product.sandbox.url));
  } finally {
    await browser.close();
  }
} finally {
  await product.stop();
}
