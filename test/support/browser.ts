/** A real Chromium for browser tests, and axe-core's verdict on a page. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium as playwright } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { unpackedChromium } from "./chromium.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The package's own `args` are left out: they switch web security off, and with it what the tests are about. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = await unpackedChromium();
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return playwright.launch({ executablePath, headless: true, args });
}

/** WCAG 2.2 A and AA violations of the page as it stands, one line each. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // The page's policy allows no inline script: axe is evaluated by the debugger, beside the page.
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const axe: { run(options: object): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } =
      Reflect.get(globalThis, "axe");
    const { violations } = await axe.run({ runOnly: { type: "tag", values: tags } });
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
  });
}

/** Whether the page scrolls sideways: at 320 pixels it must not (WCAG 1.4.10). */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth");
}
