/** Signing, amending and taking back in a real Chromium: what changed in the chart is named first, and who changed what stays readable. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { z } from "zod";
import type { SourceCheck } from "../../src/core/staleness/source-check.ts";
import { axeViolations, launchBrowser, scrollsSideways } from "../support/browser.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import { attendingRole } from "../support/smart-bed.ts";

const attending = "Practitioner/attending-1";
const potassium = {
  id: "a".repeat(16),
  kind: "final",
  reference: "Observation/k",
  version: "2",
  sentences: ["reason.1"],
  text: "Potassium, pending in this draft, is final since 18 Mar 2026 at 10:42: 5.9 mmol/L (high).",
  abnormal: true,
} as const;
const nothingNew: SourceCheck = { checkedAt: "2026-03-18T10:59:00.000Z", outcome: "checked", unread: [], changes: [] };

let bed: PageBed;
let browser: Browser;
let context: BrowserContext | undefined;
let stays = 0;
/** What the EHR answers, look by look; the last answer stays. */
let looks: SourceCheck[] = [];
/** The EHR names no look of its own, so that the page's dark colours are seen. */
let plain = false;

before(async () => {
  bed = await startPageBed({
    charts: Array.from({ length: 20 }, (_unused, index) => chartOf(`p${index}`, 1)),
    signerRoles: [attendingRole],
    tamper: async (url, answer) => {
      if (!plain || !url.endsWith("/token") || !answer.ok) return answer;
      const { smart_style_url: _, ...told } = z
        .looseObject({ smart_style_url: z.unknown() })
        .parse(await answer.json());
      return Response.json(told, { headers: { "cache-control": "no-store", pragma: "no-cache" } });
    },
    checkSources: async () => (looks.length > 1 ? looks.shift() : looks[0]) ?? nothingNew,
  });
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await bed.close();
});
beforeEach(() => {
  looks = [nothingNew];
  plain = false;
});
afterEach(async () => {
  await context?.close();
  context = undefined;
});

interface Opened {
  readonly page: Page;
  readonly job: string;
}

/** A draft of a stay of its own, opened by a launch. */
async function open(
  options: { readonly colorScheme?: "light" | "dark"; readonly width?: number; readonly fhirUser?: string } = {},
): Promise<Opened> {
  const { colorScheme = "light", width = 1280, fhirUser = attending } = options;
  const id = `p${(stays += 1)}`;
  const place = { patient: `Patient/${id}`, encounter: `Encounter/${id}-stay` };
  const summary = { version: 1, docStatus: "preliminary", sha256: "", edited: false } as const;
  const job = `job-${id}`;
  bed.jobs.put(aJob(job, { status: "completed", summary, ...place }), aSummary(job, place));
  context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const launch = bed.ehr.createLaunch({ patient: id, encounter: `${id}-stay`, fhirUser });
  await page.goto(`${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${launch}`);
  await page.locator("#sign").waitFor();
  return { page, job };
}

async function check(page: Page): Promise<void> {
  assert.deepEqual(await axeViolations(page), []);
  assert.equal(await scrollsSideways(page), false);
}

async function sign(page: Page): Promise<void> {
  await page.locator("#sign").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/I have reviewed/u).check();
  await dialog.getByRole("button", { name: "Sign" }).click();
  await page.getByRole("heading", { name: "Signature" }).waitFor();
}

const actsOf = async (job: string) => (await bed.jobs.history("general", job))?.acts ?? [];

describe("a chart that changed since the draft", () => {
  it("is named before the signature, on the page and in the question; signing takes a box of its own", async () => {
    looks = [{ ...nothingNew, changes: [potassium] }];
    const { page, job } = await open();
    await page.locator("#sign").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(potassium.text).waitFor();
    await check(page);
    await dialog.getByLabel(/I have reviewed/u).check();
    await dialog.getByRole("button", { name: "Sign" }).click();
    assert.equal((await bed.jobs.summary("general", job))?.docStatus, "preliminary", "the change was not acknowledged");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await page.evaluate("document.activeElement.id"), "sign");
    const notice = page.locator("#sources");
    assert.match(await notice.innerText(), /Potassium, pending in this draft, is final/u);
    await check(page);
    await notice.getByRole("button", { name: /Show in the draft/u }).press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "s-reason.1");

    await page.locator("#sign").click();
    await dialog.getByLabel(/I have seen what changed/u).check();
    await dialog.getByLabel(/I have reviewed/u).check();
    await dialog.getByRole("button", { name: "Sign" }).click();
    await page.getByRole("heading", { name: "Signature" }).waitFor();
    assert.equal(await page.locator("#sources").count(), 0);
    const signed = (await actsOf(job)).at(-1);
    assert.deepEqual(signed?.details.sources?.acknowledged, [potassium.text]);
    await page.locator("#history summary").click();
    await page.getByText("Signed after having been shown:").waitFor();
    await check(page);
  });

  it("while the question stands open is asked about anew: the pen never passes what was not shown", async () => {
    looks = [nothingNew, { ...nothingNew, changes: [potassium] }];
    const { page, job } = await open();
    await page.locator("#sign").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/I have reviewed/u).check();
    await dialog.getByRole("button", { name: "Sign" }).click();
    await dialog.getByText(potassium.text).waitFor();
    assert.equal((await bed.jobs.summary("general", job))?.docStatus, "preliminary");
    await dialog.getByLabel(/I have seen what changed/u).check();
    await dialog.getByLabel(/I have reviewed/u).check();
    await dialog.getByRole("button", { name: "Sign" }).click();
    await page.getByRole("heading", { name: "Signature" }).waitFor();
  });

  it("that cannot be seen because the EHR does not answer is said; the signature is still the clinician's", async () => {
    looks = [{ ...nothingNew, outcome: "unread", reason: "no-answer" }];
    const { page } = await open();
    await page.locator("#sign").click();
    await page.getByRole("dialog").getByText("The EHR did not answer in time.").waitFor();
    await check(page);
    await page.keyboard.press("Escape");
    await page
      .locator("#sources")
      .getByText(/look at the chart before you sign/u)
      .waitFor();
    await sign(page);
  });

  it("names the kinds of records that the EHR would not show", async () => {
    looks = [{ ...nothingNew, outcome: "partly", unread: ["DiagnosticReport", "MedicationRequest"] }];
    const { page } = await open();
    await page.locator("#sign").click();
    const said = page
      .getByRole("dialog")
      .getByText("These could not be checked: diagnostic report, medication request.");
    await said.waitFor();
  });
});

describe("a signed summary", () => {
  it("is amended by keyboard: texts are kept until one signature with a reason, and the diff shows them", async () => {
    const { page, job } = await open();
    await sign(page);
    await page.locator("#amend").press("Enter");
    assert.ok(await page.locator("#sign-amendment").isDisabled());
    await page.getByText("Nothing is changed yet.").waitFor();
    await page.getByRole("button", { name: "Edit Reason for hospitalization" }).press("Enter");
    const field = page.getByLabel("Text of Reason for hospitalization");
    await field.fill("Admitted with hospital-acquired pneumonia.");
    await check(page);
    await field.press("Control+s");
    await page.getByText("Admitted with hospital-acquired pneumonia.").waitFor();
    assert.match(await page.locator("#section-reason").innerText(), /written by a person/u);
    assert.equal((await bed.jobs.summary("general", job))?.docStatus, "final", "nothing left the page yet");
    await check(page);

    await page.locator("#sign-amendment").press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/amended discharge summary/u).check();
    await dialog.getByRole("button", { name: "Sign the amendment" }).click();
    assert.equal((await bed.jobs.summary("general", job))?.docStatus, "final", "an amendment needs its reason");
    await check(page);
    await dialog.getByLabel("Why is it amended?").fill("Acquired in hospital");
    await dialog.getByRole("button", { name: "Sign the amendment" }).click();
    await page.locator(".signature").getByText("2, amended").waitFor();

    const last = (await actsOf(job)).at(-1);
    assert.deepEqual([last?.act, last?.details.reason, last?.by.id], ["amend", "Acquired in hospital", attending]);
    await page.locator("#history summary").press("Enter");
    await page.getByText("Reason: Acquired in hospital").waitFor();
    assert.equal(await page.locator("#history del").first().textContent(), " removed: community-acquired end removed ");
    assert.match(await page.locator("#history ins").first().innerText(), /hospital-acquired/u);
    await check(page);
  });

  it("stays as it was signed where an amendment is given up", async () => {
    const { page, job } = await open();
    await sign(page);
    await page.locator("#amend").click();
    await page.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    await page.getByLabel("Text of Reason for hospitalization").fill("Something else.");
    await page.getByRole("button", { name: "Keep for the amendment" }).click();
    await page.getByText("Something else.").waitFor();
    await page.locator("#cancel-amend").click();
    await page.getByText("Admitted with community-acquired pneumonia.").waitFor();
    assert.equal((await bed.jobs.summary("general", job))?.docStatus, "final");
  });

  it("is taken back with a reason, and says so for good", async () => {
    const { page, job } = await open();
    await sign(page);
    await page.locator("#retract").click();
    await check(page);
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Why?").selectOption("Wrong encounter");
    await dialog.getByRole("button", { name: "Mark as entered in error" }).click();
    await page.getByText("This summary was entered in error. Do not use it.").waitFor();
    const last = (await actsOf(job)).at(-1);
    assert.deepEqual([last?.act, last?.details.reason], ["retract", "Wrong encounter"]);
    assert.equal(await page.locator("#amend").count(), 0);
    await check(page);
  });

  it("offers neither to who may not sign", async () => {
    const { page, job } = await open({ fhirUser: "Practitioner/nurse-1" });
    await bed.jobs.sign("general", job, '"1.0"', "Reviewed.", { kind: "practitioner", id: attending });
    await page.getByRole("heading", { name: "Signature" }).waitFor();
    assert.equal(await page.locator("#amend, #retract").count(), 0);
  });
});

describe("the history", () => {
  it("of a draft tells what the clinician changed, in dark colours and on 320 pixels too", async () => {
    plain = true;
    looks = [{ ...nothingNew, changes: [potassium] }];
    const { page } = await open({ colorScheme: "dark", width: 320 });
    await page.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    await page
      .getByLabel("Text of Reason for hospitalization")
      .fill("Admitted with community-acquired pneumonia of the left lung.");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("of the left lung").waitFor();
    await page.locator("#history summary").click();
    await page.getByRole("heading", { name: "Against the draft" }).waitFor();
    assert.match(await page.locator("#history ins").first().innerText(), /of the left lung\./u);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    assert.equal(ground, "rgb(18, 24, 31)", "dark");
    await check(page);
    await page.locator("#sign").click();
    await page.getByRole("dialog").getByText(potassium.text).waitFor();
    await check(page);
  });

  it("that was tampered with says so, where it is read", async () => {
    const { page, job } = await open();
    await sign(page);
    const [stored, summary] = [await bed.jobs.get("general", job), await bed.jobs.summary("general", job)];
    assert.ok(stored !== undefined && summary !== undefined);
    // As if somebody had changed the row behind the program's back.
    bed.jobs.put(stored, { ...summary, revision: summary.revision + 1 });
    await page.locator("#history summary").click();
    await page.getByText("This history does not hold from act 2 on").waitFor();
    await check(page);
  });
});

describe("feedback", () => {
  it("on a section is sent by keyboard with its reason, shown where it was said, and taken back", async () => {
    const { page, job } = await open();
    const button = page.locator("#feedback-on-pending");
    await button.press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Something is missing").press("Space");
    await dialog.getByRole("textbox", { name: /Why/u }).fill("Blood culture of 16 March.");
    await check(page);
    await dialog.getByRole("button", { name: "Send" }).press("Enter");
    await page.getByText("Feedback: something missing").waitFor();
    const given = bed.feedback.items.find((item) => item.job === job);
    assert.deepEqual(
      [given?.section, given?.verdict, given?.reason, given?.actor],
      ["pending", "missing", "Blood culture of 16 March.", `practitioner:${attending}`],
    );
    await page.reload();
    await page.getByText("Feedback: something missing").waitFor();
    await check(page);
    await button.click();
    await dialog.getByLabel("Take back what I said").check();
    await dialog.getByRole("button", { name: "Send" }).click();
    await page.getByText("Feedback: something missing").waitFor({ state: "detached" });
    assert.deepEqual(
      bed.feedback.items.filter((item) => item.job === job),
      [],
    );
  });

  it("on a sentence is said beside its evidence", async () => {
    const { page, job } = await open();
    await page.getByText("Admitted with community-acquired pneumonia.").click();
    await page.getByRole("button", { name: "Feedback on this sentence" }).click();
    const dialog = page.getByRole("dialog");
    assert.equal(await dialog.getByLabel("Something is missing").count(), 0);
    await dialog.getByLabel("Wrong").check();
    await dialog.getByRole("button", { name: "Send" }).click();
    await page.getByRole("button", { name: "Feedback on this sentence: wrong" }).waitFor();
    const given = bed.feedback.items.find((item) => item.job === job);
    assert.deepEqual([given?.section, given?.sentence, given?.verdict], ["reason", "reason.1", "wrong"]);
    await check(page);
  });

  it("on the whole is PDQI-9, and only with every question answered", async () => {
    const { page } = await open({ width: 320 });
    await page.getByRole("button", { name: "Rate this summary" }).click();
    const dialog = page.getByRole("dialog");
    await check(page);
    await dialog.getByRole("button", { name: "Send" }).click();
    assert.equal(bed.feedback.ratings.length, 0);
    for (const choice of await dialog.getByRole("combobox").all()) await choice.selectOption("4");
    await dialog.getByRole("button", { name: "Send" }).click();
    await page.getByText("Thank you: your rating is kept.").waitFor();
    assert.equal(Object.keys(bed.feedback.ratings[0] ?? {}).length, 9);
  });
});

describe("about this draft", () => {
  it("tells who wrote it, what for and how good it was found to be, and gives the focus back", async () => {
    const { page } = await open({ width: 320 });
    await page.locator("#about").press("Enter");
    const dialog = page.getByRole("dialog", { name: "About this draft" });
    await dialog.getByText("Use without a clinician's review and signature.").waitFor();
    assert.match(await dialog.innerText(), /This draft by\s+template[\s\S]*facts\.recall/u);
    await check(page);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await page.evaluate("document.activeElement.id"), "about");
  });
});
