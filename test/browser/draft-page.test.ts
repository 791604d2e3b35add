/** The draft page in a real Chromium: every state, by mouse and keyboard, with axe in each (WCAG 2.2 AA). */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { idleTimeoutMs } from "../../src/core/smart/session-life.ts";
import { sectionHeading, sectionIds } from "../../src/core/summary/sections.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import type { Job, StoredSummary } from "../../src/jobs/jobs.ts";
import { axeViolations, launchBrowser } from "../support/browser.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import { attendingRole } from "../support/smart-bed.ts";
import { eventually } from "../support/eventually.ts";
import { us } from "../support/jurisdictions.ts";

const attending = "Practitioner/attending-1";
const nurse = "Practitioner/nurse-1";

let bed: PageBed;
let browser: Browser;
let context: BrowserContext | undefined;
let stays = 0;
let failReads = false;

before(async () => {
  bed = await startPageBed({
    charts: Array.from({ length: 40 }, (_unused, index) => chartOf(`p${index}`, 2)),
    signerRoles: [attendingRole],
    tamper: async (url, answer) =>
      failReads && url.includes("/fhir/Encounter/") ? new Response(null, { status: 500 }) : answer,
  });
  browser = await launchBrowser();
});
after(async () => {
  await browser.close();
  await bed.close();
});
afterEach(async () => {
  bed.clockOffsetMs = 0;
  failReads = false;
  await context?.close();
  context = undefined;
});

/** A patient and stay that no other test uses. */
function newStay() {
  const id = `p${(stays += 1)}`;
  return { id, patient: `Patient/${id}`, encounter: `Encounter/${id}-stay` };
}
type Stay = ReturnType<typeof newStay>;

function putJob(stay: Stay, changes: Partial<Job>, summary?: Partial<StoredSummary>): Job {
  const id = `job-${stay.id}`;
  const { patient, encounter } = stay;
  const stored = summary === undefined ? undefined : aSummary(id, { patient, encounter, ...summary });
  const known =
    stored === undefined
      ? {}
      : { summary: { version: stored.version, docStatus: stored.docStatus, sha256: stored.sha256, edited: false } };
  return bed.jobs.put(aJob(id, { patient, encounter, ...known, ...changes }), stored);
}

interface Opened {
  readonly page: Page;
  readonly problems: string[];
}

async function open(stay: Stay, fhirUser = attending, width = 1280): Promise<Opened> {
  context = await browser.newContext({ viewport: { width, height: 800 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/u.test(message.text())) problems.push(message.text());
  });
  const launch = bed.ehr.createLaunch({ patient: stay.id, encounter: `${stay.id}-stay`, fhirUser });
  await page.goto(`${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${launch}`);
  await page.locator("#banner:not(:empty)").waitFor();
  return { page, problems };
}

/** No violation of WCAG 2.2 A and AA, and no error of the page's own. */
async function check({ page, problems }: Opened): Promise<void> {
  assert.deepEqual(await axeViolations(page), []);
  const overflow = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
  assert.equal(overflow, 0, "the page scrolls sideways");
  assert.deepEqual(problems, []);
}

const label = (page: Page): Promise<string> => page.locator("#label").innerText();
const section = (id: Section["id"], sentences: Section["sentences"]): Section => ({
  id,
  code: sectionHeading(id, us).code,
  title: sectionHeading(id, us).title,
  status: "documented",
  sentences,
});

describe("the checks of this file", () => {
  it("catch a planted violation and a page that scrolls sideways", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, {});
    const opened = await open(stay);
    await check(opened);
    await opened.page.evaluate(
      "document.querySelector('#content').insertAdjacentElement('afterbegin', document.createElement('button'))",
    );
    await assert.rejects(check(opened), /button-name/u);
    await opened.page.evaluate(
      "document.querySelector('#content > button').remove(); document.querySelector('#content').style.width = '2000px'",
    );
    await assert.rejects(check(opened), /sideways/u);
  });
});

describe("a draft that is ready", () => {
  it("shows patient, stay, label and sections; a sentence leads to its evidence by mouse and by keyboard", async () => {
    const stay = newStay();
    const cited = { reference: `Observation/${stay.id}-obs-0`, version: "1", path: "valueQuantity", value: "10 g/dL" };
    const lab = {
      id: "results.1",
      text: "Haemoglobin 10 g/dL.",
      origin: "template",
      verified: true,
      evidence: [cited],
    } as const;
    putJob(stay, { status: "completed" }, { sections: [section("results", [lab])] });
    const opened = await open(stay);
    const { page } = opened;
    await page.getByText("Haemoglobin 10 g/dL.").click();
    const panel = page.locator("#evidence");
    await panel.getByText("1 Mar 2026, 00:00").waitFor();
    assert.match(
      await panel.innerText(),
      /718-7[\s\S]*10 g\/dL[\s\S]*Observation\/p\d+-obs-0, version 1[\s\S]*valueQuantity/u,
    );
    assert.equal(await label(page), "AI draft, not signed");
    assert.match(
      await page.locator("#banner").innerText(),
      /Nora Ådahl[\s\S]*born 3 Feb 1950[\s\S]*Inpatient, admitted 1 Mar 2026/u,
    );
    await check(opened);
    assert.ok(bed.audit.some((entry) => entry.action === "evidence.read" && entry.job === `job-${stay.id}`));
    await panel.getByRole("button", { name: "Close" }).press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "s-results.1");
    await page.keyboard.press("Enter");
    await panel.waitFor({ state: "visible" });
    assert.ok(!page.url().includes(stay.id), "ids of people stay out of the address");
  });

  it("keeps a sentence where it was clicked while its evidence takes width from the text", async () => {
    const stay = newStay();
    const sentences = Array.from({ length: 60 }, (_, index) => ({
      id: `results.${index}`,
      text: `Test ${index}: ${"a value that was measured more than once, ".repeat(2 + (index % 5))}on 1 March 2026.`,
      origin: "template" as const,
      verified: true,
      evidence: [{ reference: `Observation/${stay.id}-obs-0` }],
    }));
    putJob(stay, { status: "completed" }, { sections: [section("results", sentences)] });
    const { page } = await open(stay);
    await page.setViewportSize({ width: 965, height: 800 });
    const sentence = page.locator("[id='s-results.40']");
    await sentence.scrollIntoViewIfNeeded();
    const place = (): Promise<number> => sentence.evaluate((element) => element.getBoundingClientRect().top);
    const before = await place();
    const height = await page.evaluate("document.documentElement.scrollHeight");
    await sentence.click();
    await page.locator("#evidence dd").first().waitFor();
    assert.notEqual(await page.evaluate("document.documentElement.scrollHeight"), height, "the text was set anew");
    assert.ok(Math.abs((await place()) - before) < 4, `${before} became ${await place()}`);
    await page.locator("#evidence").getByRole("button", { name: "Close" }).click();
    assert.ok(Math.abs((await place()) - before) < 4, "and back again");
  });

  it("is edited section by section; the page keeps focus and marks what a person wrote", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, {});
    const opened = await open(stay);
    const { page } = opened;
    await page.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    const field = page.getByLabel("Text of Reason for hospitalization");
    assert.equal(await field.inputValue(), "Admitted with community-acquired pneumonia.");
    await check(opened);
    assert.ok(await page.locator("#sign").isDisabled());
    await field.fill("Admitted with community-acquired pneumonia.\nFever for three days.");
    await field.press("Control+s");
    await page.getByText("Fever for three days.").waitFor();
    assert.match(await page.locator("#section-reason").innerText(), /Fever for three days\. \(written by a person\)/u);
    assert.equal(await page.evaluate("document.activeElement.id"), "title-reason");
    await page.getByText("Fever for three days.").click();
    assert.match(await page.locator("#evidence").innerText(), /No evidence: written by a person/u);
    await check(opened);
  });

  it("loses no text when somebody else saved first", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "completed" }, {});
    const opened = await open(stay);
    const { page } = opened;
    await page.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    const field = page.getByLabel("Text of Reason for hospitalization");
    await field.fill("My own words.");
    await bed.jobs.edit("general", job.id, '"1.0"', [{ id: "reason", text: "Their words." }], {
      kind: "practitioner",
      id: nurse,
    });
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Somebody else changed this summary").waitFor();
    assert.equal(await field.inputValue(), "My own words.");
    assert.match(await page.locator(".theirs").innerText(), /Their words\./u);
    await check(opened);
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator("#s-reason\\.1, #section-reason .sentence").first().waitFor();
    assert.match(await page.locator("#section-reason").innerText(), /My own words\./u);
  });

  it("is signed by an explicit act that names patient and signer, and shows who, when and the hash", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "completed" }, {});
    const opened = await open(stay);
    const { page } = opened;
    await page.locator("#sign").click();
    const dialog = page.getByRole("dialog");
    assert.match(await dialog.innerText(), /Nora Ådahl, born 3 Feb 1950/u);
    assert.match(await dialog.innerText(), /Dr\. Marta Lindqvist/u);
    await check(opened);
    await dialog.getByRole("button", { name: "Sign" }).click();
    assert.equal((await bed.jobs.summary("general", job.id))?.docStatus, "preliminary", "nothing is signed unattested");
    await dialog.getByLabel(/I have reviewed/u).check();
    await dialog.getByRole("button", { name: "Sign" }).click();
    await page.getByRole("heading", { name: "Signature" }).waitFor();
    assert.equal(await label(page), "Signed");
    const signature = await page.locator(".signature").innerText();
    assert.match(signature, /Dr\. Marta Lindqvist[\s\S]*18 Mar 2026, 11:00[\s\S]*I have reviewed[\s\S]*[0-9a-f]{64}/u);
    assert.equal(await page.getByRole("button", { name: /Edit/u }).count(), 0);
    const write = { job: job.id, version: 1, docStatus: "final", attempts: 1, updatedAt: "2026-03-18T11:00:00.000Z" };
    const problem = {
      code: "ehr_refused",
      status: 422,
      means: "the EHR finds the document wrong",
      fix: "",
      issues: [],
    };
    bed.writes.set(job.id, [{ ...write, state: "rejected", problem }]);
    await page.getByText(/Not filed: the EHR finds the document wrong \(HTTP 422\)/u).waitFor();
    await check(opened);
    await page.getByRole("button", { name: "Try to file it again" }).click();
    await page.getByText("The document is filed again.").waitFor();
    assert.deepEqual(bed.filedAgain, [job.id]);
    bed.writes.set(job.id, [{ ...write, state: "waiting-for-launch" }]);
    await page.getByText(/when the signer opens this summary from the EHR again/u).waitFor();
    bed.writes.set(job.id, [{ ...write, state: "written", reference: "DocumentReference/77" }]);
    await page.getByText("DocumentReference/77").waitFor();
    await check(opened);
    const [document] = await Promise.all([
      page.context().waitForEvent("page"),
      page.getByRole("link", { name: /plain text/u }).click(),
    ]);
    assert.match(await document.innerText("body"), /DISCHARGE SUMMARY/u);
  });

  it("is closed by Escape from the sign dialog without signing, and focus goes back", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, {});
    const { page } = await open(stay);
    await page.locator("#sign").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await page.evaluate("document.activeElement.id"), "sign");
  });

  it("is discarded with a reason", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "completed" }, {});
    const opened = await open(stay);
    const { page } = opened;
    await page.locator("#discard").click();
    await check(opened);
    await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
    await page.getByText("This draft was discarded.").waitFor();
    assert.equal((await bed.jobs.summary("general", job.id))?.docStatus, "discarded");
    await check(opened);
  });

  it("lets a nurse read and edit, and says why signing is not offered", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, {});
    const opened = await open(stay, nurse);
    assert.ok(await opened.page.locator("#sign").isDisabled());
    await opened.page.getByText("Your role does not allow signing here.").waitFor();
    await check(opened);
  });

  it("shows what another person did, without a reload", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "completed" }, {});
    const { page } = await open(stay);
    await page.locator("#sign").waitFor();
    await eventually(() => bed.polling.waiting > 0, "the page waits");
    await bed.jobs.sign("general", job.id, '"1.0"', "Reviewed.", {
      kind: "practitioner",
      id: attending,
      display: "Dr. Other",
    });
    await page.getByText("Dr. Other").waitFor();
  });

  for (const width of [320, 768]) {
    it(`fits ${width} px, evidence included`, async () => {
      const stay = newStay();
      putJob(stay, { status: "completed" }, {});
      const opened = await open(stay, attending, width);
      await check(opened);
      await opened.page.getByText("Admitted with community-acquired pneumonia.").click();
      await opened.page.locator("#evidence-title").waitFor();
      await check(opened);
    });
  }

  it("prints with a DRAFT mark until it is signed", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, {});
    const { page } = await open(stay);
    await page.locator("#sign").waitFor();
    await page.emulateMedia({ media: "print" });
    assert.ok(await page.locator(".print-mark").isVisible());
    assert.equal(await page.locator("#sign").isVisible(), false);
    await page.evaluate("document.body.dataset.phase = 'signed'");
    assert.equal(await page.locator(".print-mark").isVisible(), false);
  });

  it("keeps text from a chart text: markup and script in it do nothing", async () => {
    const stay = newStay();
    const text = '<img src=x onerror="window.bad=1"><script>window.bad=1</script>';
    putJob(
      stay,
      { status: "completed" },
      { sections: [section("reason", [{ id: "reason.1", text, origin: "model", verified: true, evidence: [] }])] },
    );
    const { page } = await open(stay);
    await page.getByText(text).waitFor();
    assert.equal(await page.evaluate("window.bad"), undefined);
  });
});

const screenshots = process.env["SCREENSHOTS"];

/** For whoever wants to look at what the tests saw. */
async function shoot(page: Page, name: string): Promise<void> {
  if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
}

describe("the second look at a draft", () => {
  const evidence = (stay: Stay) => [
    { reference: `Observation/${stay.id}-obs-0`, version: "1", path: "valueQuantity", value: "10 g/dL" },
  ];
  const warned = {
    id: "course.1",
    text: "NOTE FOR REVIEW: Nurse Note, 1 Mar 2026, contains text addressed to a computer; its text is omitted here.",
    origin: "template",
    verified: true,
  } as const;
  const own = {
    id: "instructions.1",
    text: "Sodium was 150 mmol/L.",
    origin: "person",
    verified: false,
    evidence: [],
  } as const;
  const reviewed = (stay: Stay): Partial<StoredSummary> => ({
    sections: [
      section("course", [{ ...warned, evidence: evidence(stay) }]),
      { ...section("results", []), status: "not-documented", lookedFor: "Looked for results." },
      section("instructions", [own]),
    ],
    review: {
      claims: {
        supported: 1,
        notSupported: 1,
        notAddressed: 0,
        doubted: [
          {
            sentence: "instructions.1",
            text: "Sodium was 150 mmol/L",
            verdict: "not-supported",
            evidence: evidence(stay),
          },
        ],
      },
      omissions: [
        {
          id: "f7",
          why: "critical-result",
          label: "Haemoglobin",
          section: "results",
          text: "Haemoglobin 10 g/dL (critical) on 1 Mar 2026.",
          verified: true,
          evidence: evidence(stay),
        },
      ],
      warnings: ["course.1"],
    },
  });

  it("names what was planted, what is missing and what differs; each leads to its record", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, reviewed(stay));
    const opened = await open(stay);
    const { page } = opened;
    assert.match(
      await page.locator("#planted").innerText(),
      /1 record holds text that is addressed to a computer[\s\S]*Nurse Note/u,
    );
    const review = page.locator("#review");
    assert.match(
      await review.innerText(),
      /1 in the chart, not here; 1 statement to check[\s\S]*Critical result: Haemoglobin 10 g\/dL[\s\S]*The chart says otherwise: .Sodium was 150 mmol\/L/u,
    );
    assert.equal(await page.locator(".not-documented").first().innerText(), "Not documented. Looked for results.");
    await shoot(page, "second-look");
    await check(opened);
    await review.getByRole("button", { name: "Show the record: Haemoglobin" }).click();
    await page.locator("#evidence").getByText("1 Mar 2026, 00:00").waitFor();
    await page.locator("#evidence").getByRole("button", { name: "Close" }).press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "s-review-f7");
  });

  it("adds the sentence of an omission with its evidence by one click, and the sign dialog says what is left", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, reviewed(stay));
    const opened = await open(stay);
    const { page } = opened;
    await page.getByRole("button", { name: /^Add to .*: Haemoglobin$/u }).press("Enter");
    await page.locator("#section-results").getByText("Haemoglobin 10 g/dL (critical)").waitFor();
    assert.match(
      await page.locator("#review summary").innerText(),
      /Nothing of weight is missing; 1 statement to check/u,
    );
    assert.equal(await page.evaluate("document.activeElement.id"), "review-title");
    await page.getByText("Haemoglobin 10 g/dL (critical)").click();
    await page.locator("#evidence").getByText("1 Mar 2026, 00:00").waitFor();
    await check(opened);
    await page.getByRole("button", { name: "Sign", exact: true }).click();
    assert.match(await page.locator("#review-notice").innerText(), /^1 statement differs from the chart\. /u);
    await shoot(page, "second-look-sign");
    await check(opened);
    await page.locator("#attest").check();
    await page.locator("dialog button.primary").click();
    await eventually(async () => (await label(page)) === "Signed", "signed all the same");
    assert.equal(await page.locator("#review").count(), 0);
    await check(opened);
  });

  it("keeps within a narrow frame", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, reviewed(stay));
    const { page } = await open(stay, nurse, 400);
    await page.locator("#review").waitFor();
    await shoot(page, "second-look-narrow");
    assert.equal(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0);
  });
});

describe("safety", () => {
  it("takes a report from any state of the page, and says that it is kept", async () => {
    for (const [changes, summary] of [
      [{ status: "completed" }, {}],
      [{ status: "failed", error: "ehr_failed" }, undefined],
    ] as const) {
      const stay = newStay();
      putJob(stay, changes, summary);
      const opened = await open(stay, nurse);
      const { page } = opened;
      const before = bed.reports.length;
      await page.getByRole("button", { name: "Report a safety problem" }).press("Enter");
      await page.locator("#harm").selectOption("missing-content");
      await page.locator("#harm-words").fill("The allergy is not in it.");
      await shoot(page, "safety-report");
      await check(opened);
      await page.locator("dialog button.primary").click();
      await page.getByText("Thank you: your report is kept").waitFor();
      const report = bed.reports[before];
      assert.deepEqual(
        [report?.category, report?.text, report?.job?.id],
        ["missing-content", "The allergy is not in it.", `job-${stay.id}`],
      );
      await context?.close();
    }
  });

  it("shows a recall above a signed summary and a draft, with why", async () => {
    const recall = {
      id: "rcl_1",
      cause: "model",
      subject: "beta-2",
      at: "2026-03-20T09:00:00.000Z",
      reason: "It confuses units.",
    } as const;
    for (const docStatus of ["final", "preliminary"] as const) {
      const stay = newStay();
      putJob(stay, { status: "completed" }, { docStatus, recalls: [recall] });
      const opened = await open(stay);
      assert.match(
        await opened.page.locator("#recalled").innerText(),
        /This summary was recalled\.[\s\S]*written with the model beta-2, recalled 20 Mar 2026, \d\d:00: It confuses units\./u,
      );
      await shoot(opened.page, `recalled-${docStatus}`);
      await check(opened);
      await context?.close();
    }
  });
});

describe("a draft that is being written", () => {
  it("appears section by section, says so politely, and becomes the draft at the end", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "in-progress" });
    bed.log.add(job.id, "task.started");
    const opened = await open(stay);
    const { page } = opened;
    await eventually(() => bed.streaming.size === 1, "a stream");
    bed.log.add(job.id, "draft.delta", { section: "course", attempt: 1, text: "Treated with " });
    bed.log.add(job.id, "draft.delta", { section: "course", attempt: 1, text: "ceftriaxone." });
    await page.getByText("Treated with ceftriaxone.").waitFor();
    assert.match(await page.locator("#section-course").innerText(), /being written, not verified/u);
    await shoot(page, "streaming");
    assert.equal(await page.locator("#page").getAttribute("aria-busy"), "true");
    assert.equal(await page.locator("#page[aria-live]").count(), 0, "text under way is not read out");
    await check(opened);
    const course = section("course", [
      { id: "course.1", text: "Treated with ceftriaxone.", origin: "model", verified: true, evidence: [] },
    ]);
    bed.log.add(job.id, "draft.section", { section: "course", attempt: 1, state: "finished", content: course });
    await page.getByText(`Hospital course ready, 1 of ${sectionIds.length}`).waitFor();
    assert.equal(await page.locator("#sign").count(), 0);
    bed.log.add(job.id, "draft.delta", { section: "reason", attempt: 1, text: "Half a sent" });
    await page.getByText("Half a sent").waitFor();
    bed.log.add(job.id, "draft.reset", { section: "reason", attempt: 2 });
    await page.getByText("Half a sent").waitFor({ state: "detached" });
    putJob(stay, { status: "completed", version: 5 }, { sections: [course] });
    bed.log.add(job.id, "task.completed");
    bed.log.add(job.id, "summary.ready");
    await page.locator("#sign").waitFor();
    assert.equal(
      await page.locator("#status").innerText(),
      "The draft is complete. Select a sentence to see its evidence.",
    );
    assert.equal(await page.locator("#page").getAttribute("aria-busy"), "false");
    await check(opened);
  });

  it("goes on after the connection broke, and shows each text once", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "in-progress" });
    bed.log.add(job.id, "draft.delta", { section: "course", attempt: 1, text: "One." });
    const { page } = await open(stay);
    await page.getByText("One.", { exact: true }).waitFor();
    bed.dropConnections();
    await eventually(() => bed.streaming.size === 0, "closed");
    bed.log.add(job.id, "draft.delta", { section: "course", attempt: 1, text: " Two." });
    await page.getByText("One. Two.", { exact: true }).waitFor();
  });

  it("is stopped by the user, and can be started anew", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "in-progress" });
    const opened = await open(stay);
    const { page } = opened;
    await page.locator("#stop").click();
    await page.getByText("The draft was stopped.").waitFor();
    assert.equal((await bed.jobs.get("general", job.id))?.status, "cancelled");
    await check(opened);
    await page.getByRole("button", { name: "Start anew" }).click();
    await eventually(
      async () => (await bed.jobs.latest("general", stay.encounter, "discharge-summary"))?.id !== job.id,
      "a new job",
    );
  });

  it("says what failed and what to do", async () => {
    const stay = newStay();
    putJob(stay, { status: "failed", error: "ehr_timeout" });
    const opened = await open(stay);
    await opened.page.getByText("The EHR did not answer in time.").waitFor();
    await opened.page.getByRole("button", { name: "Try again" }).waitFor();
    await check(opened);
  });
});

describe("a chart that changed since the draft", () => {
  const changed = { contextUpdatedAt: "2026-03-18T10:05:00.000Z" } as const;
  const tell = (job: Job, type: string, id: string, change: string): void =>
    void bed.log.add(job.id, "context.updated", { entity: { type, id }, change, summary: { version: 1 } });

  it("is told of while the page is open, with what changed; a new draft is one click away", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "completed" }, {});
    const opened = await open(stay);
    const { page } = opened;
    await page.locator("#sign").waitFor();
    assert.equal(await page.locator("#chart-changed").count(), 0);
    tell(job, "MedicationRequest", "m1", "changed");
    tell(job, "MedicationRequest", "m2", "added");
    tell(job, "Condition", "c1", "added");
    bed.jobs.change(job.id, changed);
    await page.getByText("2 medication requests (1 new), 1 condition (new).").waitFor();
    await check(opened);
    await page.getByRole("button", { name: "Write a new draft" }).click();
    const next = await eventually(async () => {
      const latest = await bed.jobs.latest("general", stay.encounter, "discharge-summary");
      return latest?.id === job.id ? undefined : latest;
    }, "a new job");
    assert.equal((await bed.jobs.summary("general", job.id))?.docStatus, "discarded");
    bed.jobs.change(next.id, { status: "in-progress" });
    bed.log.add(next.id, "draft.delta", { section: "course", attempt: 1, text: "Once only." });
    await page.getByText("Once only.", { exact: true }).waitFor();
    assert.equal(await page.locator("#chart-changed").count(), 0);
  });

  it("never replaces a person's edits unasked", async () => {
    const stay = newStay();
    const mine = { id: "course.1", text: "Mine.", origin: "person", verified: false, evidence: [] } as const;
    const job = putJob(stay, { status: "completed", ...changed }, { sections: [section("course", [mine])] });
    const opened = await open(stay);
    const { page } = opened;
    await page.getByRole("button", { name: "Write a new draft" }).click();
    await page.getByText("Somebody has edited this draft.").waitFor();
    await check(opened);
    await page.getByRole("button", { name: "Cancel" }).click();
    assert.equal((await bed.jobs.summary("general", job.id))?.docStatus, "preliminary");
  });
});

describe("the launch's own part", () => {
  it("offers to start where there is nothing, and brings the chart by the user's token", async () => {
    const stay = newStay();
    const opened = await open(stay);
    const { page } = opened;
    await page.getByText("There is no discharge summary for this stay yet.").waitFor();
    await check(opened);
    await page.getByRole("button", { name: "Start a draft" }).click();
    const job = await eventually(() => bed.jobs.latest("general", stay.encounter, "discharge-summary"), "a job");
    await eventually(() => bed.jobs.charts.some(({ id }) => id === job.id), "its chart");
    assert.deepEqual([bed.jobs.created.at(-1)?.trigger, bed.jobs.created.at(-1)?.actor.id], ["page", attending]);
  });

  it("says when the EHR does not give the chart, and tries again when asked", async () => {
    const stay = newStay();
    const job = putJob(stay, { status: "waiting" });
    failReads = true;
    const opened = await open(stay);
    await opened.page.getByText("The chart could not be read from the EHR.").waitFor();
    await check(opened);
    failReads = false;
    await opened.page.getByRole("button", { name: "Read the chart again" }).click();
    await eventually(() => bed.jobs.charts.some(({ id }) => id === job.id), "its chart");
  });

  it("ends with the session: nothing of the chart stays, unsaved text does", async () => {
    const stay = newStay();
    putJob(stay, { status: "completed" }, {});
    const opened = await open(stay);
    const { page } = opened;
    await page.getByRole("button", { name: "Edit Reason for hospitalization" }).click();
    await page.getByLabel("Text of Reason for hospitalization").fill("Not saved yet.");
    bed.clockOffsetMs = idleTimeoutMs + 1000;
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("This session is over.").waitFor();
    assert.equal(await page.getByLabel("Text you had not saved").inputValue(), "Not saved yet.");
    assert.ok(!(await page.locator("body").innerText()).includes("Ådahl"));
    await check(opened);
    await page.reload();
    await page.getByRole("heading", { name: "This session is over" }).waitFor();
  });
});
