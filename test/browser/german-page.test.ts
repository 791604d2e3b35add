/**
 * The page of a German hospital, state by state, in a real Chromium: every text that is seen or read aloud comes from the German
 * catalogue or from the hospital's own data, and every state fits and is accessible, wide and narrow, light and dark
 * (issue 6, point 3).
 */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { AdapterError } from "../../src/core/errors.ts";
import { idleTimeoutMs } from "../../src/core/smart/session-life.ts";
import type { SourceCheck } from "../../src/core/staleness/source-check.ts";
import { sectionHeading, sectionIds } from "../../src/core/summary/sections.ts";
import type { Section, Sentence } from "../../src/core/summary/summary.ts";
import type { Job, StoredSummary } from "../../src/jobs/jobs.ts";
import { axeViolations, launchBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { aSummary } from "../support/memory-jobs.ts";
import { aJob } from "../support/memory-log.ts";
import type { PageBed } from "../support/page-bed.ts";
import { startPageBed } from "../support/page-bed.ts";
import { englishOnly, isGerman, readable } from "../support/page-texts.ts";
import { chartOf } from "../support/sandbox-ehr.ts";
import { attendingRole } from "../support/smart-bed.ts";
import { eu } from "../support/jurisdictions.ts";

const attending = "Practitioner/attending-1";
const nurse = "Practitioner/nurse-1";
const screenshots = process.env["SCREENSHOTS"];

let bed: PageBed;
let browser: Browser;
let context: BrowserContext | undefined;
let stays = 0;
let failReads = false;
let look: SourceCheck;
const nothingNew: SourceCheck = { checkedAt: "2026-03-18T10:59:00.000Z", outcome: "checked", unread: [], changes: [] };

const kalium = {
  id: "a".repeat(16),
  kind: "final",
  reference: "Observation/k",
  version: "2",
  sentences: ["reason.1"],
  text: "Kalium, im Entwurf noch ausstehend, liegt jetzt endgültig vor, seit dem 18.03.2026 um 10:42 Uhr: 5,9 mmol/L (erhöht).",
  abnormal: true,
} as const;

before(async () => {
  bed = await startPageBed({
    language: "de",
    charts: Array.from({ length: 40 }, (_unused, index) => chartOf(`p${index}`, 2)),
    signerRoles: [attendingRole],
    // Without the EHR's own look, so that our dark colours are seen; and a chart that cannot be read where a test says so.
    tamper: async (url, answer) => {
      if (failReads && url.includes("/fhir/Encounter/")) return new Response(null, { status: 500 });
      if (!url.endsWith("/token") || !answer.ok) return answer;
      const told: unknown = await answer.json();
      const plain = Object.fromEntries(Object.entries(Object(told)).filter(([name]) => name !== "smart_style_url"));
      return Response.json(plain, { headers: { "cache-control": "no-store", pragma: "no-cache" } });
    },
    checkSources: async () => look,
    tickets: {
      look: async (text) => {
        if (text === "over") throw new AdapterError("unauthenticated");
        return { tenant: "general", purpose: text === "start" ? "start" : "open" };
      },
      redeem: async () => {
        throw new AdapterError("unauthenticated");
      },
    },
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
  look = nothingNew;
  await context?.close();
  context = undefined;
});

const newStay = () => {
  const id = `p${(stays += 1)}`;
  return { id, patient: `Patient/${id}`, encounter: `Encounter/${id}-stay` };
};
type Stay = ReturnType<typeof newStay>;

const sentence = (id: string, text: string, changes: Partial<Sentence> = {}): Sentence => ({
  id,
  text,
  origin: "template",
  verified: true,
  evidence: [{ reference: "Observation/p1-obs-0", version: "1", path: "valueQuantity", value: "10 g/dL" }],
  ...changes,
});
const section = (id: Section["id"], sentences: readonly Sentence[], changes: Partial<Section> = {}): Section => {
  const { code, title } = sectionHeading(id, eu, "de");
  return { id, code, title, status: "documented", sentences, ...changes };
};
/** What a job's summary holds; what it cites is of its own stay. */
const citing = ({ id }: Stay, drafted: readonly Section[]): readonly Section[] =>
  drafted.map((each) => ({
    ...each,
    sentences: each.sentences.map((said) => ({
      ...said,
      evidence: said.evidence.map((cited) => ({ ...cited, reference: `Observation/${id}-obs-0` })),
    })),
  }));
const sections: readonly Section[] = [
  section("reason", [sentence("reason.1", "Aufnahme am 01.03.2026 wegen ambulant erworbener Pneumonie.")]),
  section("diagnoses", [
    sentence("diagnoses.1", "Entlassungsdiagnose: Pneumonie.", { verified: false, security: ["PSY"] }),
    sentence("diagnoses.2", "Fieber seit drei Tagen.", { origin: "person", verified: false, evidence: [] }),
  ]),
  section("pending", [], {
    status: "not-documented",
    lookedFor: "Gesucht wurde nach: Befunden ohne endgültiges Ergebnis.",
  }),
];

/** What is not ours to translate: names, the chart's own words, what a person wrote, ids and hashes. */
const data = [
  "General Hospital",
  "Dr. Marta Lindqvist",
  "Nora Ådahl",
  "Jonas Petrov",
  "Handover Entlassbrief",
  "718-7",
  "10 g/dL",
  "Pneumonie der linken Lunge.",
  "Der Brief der anderen.",
  "Notiz der Pflege, 01.03.2026, enthält Text, der sich an einen Computer richtet.",
  "Hämoglobin",
  "Hämoglobin 10 g/dL (kritisch) am 01.03.2026.",
  "Natrium 150 mmol/L",
  "beta-2",
  "Es verwechselt Einheiten.",
  "Erst im Krankenhaus erworben",
  "valueQuantity",
  "0.1.0",
  "PDQI-9",
  kalium.text,
  ...sections.flatMap(({ title, lookedFor = "", sentences }) => [
    title,
    lookedFor,
    ...sentences.map(({ text }) => text),
  ]),
  ...sectionIds.map((id) => sectionHeading(id, eu, "de").title),
];
const reference =
  /^(?:(?:Patient|Encounter|Observation|Condition|DocumentReference)\/[\w-]+|SHA-256(?: [0-9a-f]{64})?|[0-9a-f]{64}|[a-z]+(?:[.-][a-z-]+)+|http:\/\/\S+|req_\S+|\d{2}\.\d{2}\.\d{4}(?:, \d{2}:\d{2} Uhr)?)$/u;
const isData = (text: string): boolean => data.includes(text.trim()) || reference.test(text.trim());

/** What stands on the page, judged; then wide and light, narrow and dark: no violation, nothing beside the edge. */
async function see(page: Page, name: string): Promise<void> {
  const texts = await readable(page);
  assert.deepEqual(
    texts.filter((text) => !isGerman(text, isData)),
    [],
    `${name}: of no catalogue`,
  );
  const english = texts
    .filter((text) => !isData(text))
    .flatMap((text) => data.reduce((rest, own) => rest.replaceAll(own, " "), text).match(/\p{L}{2,}/gu) ?? [])
    .filter((word) => englishOnly.has(word.toLowerCase()));
  assert.deepEqual(english, [], `${name}: English words`);
  assert.equal(await page.evaluate("document.documentElement.lang"), "de");
  for (const [width, colorScheme] of [
    [1280, "light"],
    [400, "dark"],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await axeViolations(page), [], `${name}, ${colorScheme}`);
    const beside = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth");
    assert.equal(beside, 0, `${name} scrolls sideways at ${width} pixels`);
    if (screenshots !== undefined)
      await page.screenshot({ path: `${screenshots}/${name}-${width}.png`, fullPage: true });
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
}

function putJob(stay: Stay, changes: Partial<Job>, summary?: Partial<StoredSummary>): Job {
  const { id, patient, encounter } = stay;
  const stored =
    summary === undefined
      ? undefined
      : aSummary(`job-${id}`, { patient, encounter, ...summary, sections: citing(stay, summary.sections ?? sections) });
  const known =
    stored === undefined
      ? {}
      : { summary: { version: stored.version, docStatus: stored.docStatus, sha256: stored.sha256, edited: false } };
  return bed.jobs.put(aJob(`job-${id}`, { patient, encounter, ...known, ...changes }), stored);
}

async function newPage(): Promise<Page> {
  context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: "reduce",
    locale: "en-US",
  });
  return context.newPage();
}

async function open(stay: Stay, fhirUser = attending): Promise<Page> {
  const page = await newPage();
  const launch = bed.ehr.createLaunch({ patient: stay.id, encounter: `${stay.id}-stay`, fhirUser });
  await page.goto(`${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${launch}`);
  await page.locator("#banner:not(:empty)").waitFor();
  return page;
}

async function ready(changes: Partial<StoredSummary> = {}, fhirUser = attending) {
  const stay = newStay();
  const job = putJob(stay, { status: "completed" }, changes);
  const page = await open(stay, fhirUser);
  await page.locator("#foot").waitFor();
  return { page, stay, job };
}

const click = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true }).click();
const dialog = (page: Page) => page.getByRole("dialog");

describe("the walk of this file", () => {
  it("finds an English text that is planted, and an English name that is only read aloud", async () => {
    assert.ok(englishOnly.size > 300, String(englishOnly.size));
    const { page } = await ready();
    await page.evaluate("document.querySelector('#foot').append('Rate this summary')");
    await assert.rejects(see(page, "planted"), /Rate this summary/u);
    await page.reload();
    await page.locator("#foot").waitFor();
    await page.evaluate("document.querySelector('#foot button').setAttribute('aria-label', 'Signed at')");
    await assert.rejects(see(page, "planted"), /Signed at/u);
  });
});

describe("a draft in German", () => {
  it("is offered where there is none, is written, stopped, fails and waits in German", async () => {
    const none = newStay();
    let page = await open(none);
    await page.getByText("Für diesen Aufenthalt gibt es noch keinen Entlassbrief.").waitFor();
    await see(page, "empty");
    await context?.close();

    const stay = newStay();
    const job = putJob(stay, { status: "in-progress" });
    page = await open(stay);
    await eventually(() => bed.streaming.size >= 1, "a stream");
    bed.log.add(job.id, "draft.delta", { section: "course", attempt: 1, text: "Pneumonie der linken Lunge." });
    await page.getByText("Pneumonie der linken Lunge.").waitFor();
    const done = section("reason", sections[0]?.sentences ?? []);
    bed.log.add(job.id, "draft.section", { section: "reason", attempt: 1, state: "finished", content: done });
    await page.getByText(`fertig, 1 von ${sectionIds.length}`).waitFor();
    await see(page, "streaming");
    await page.locator("#stop").click();
    await page.getByText("Der Entwurf wurde abgebrochen.").waitFor();
    await see(page, "stopped");
    await context?.close();

    for (const [error, said] of [
      ["ehr_timeout", "Das KIS hat nicht rechtzeitig geantwortet."],
      ["wrong_patient", "Die Akte enthält Daten einer anderen Person."],
    ] as const) {
      const failed = newStay();
      putJob(failed, { status: "failed", error });
      page = await open(failed);
      await page.getByText(said).waitFor();
      await see(page, `failed-${error}`);
      await context?.close();
    }

    const waiting = newStay();
    putJob(waiting, { status: "waiting" });
    failReads = true;
    page = await open(waiting);
    await page.getByText("Die Akte konnte nicht aus dem KIS gelesen werden.").waitFor();
    await see(page, "ehr-away");
  });

  it("is read with its evidence, edited, saved first by somebody else, and discarded in German", async () => {
    const { page, job } = await ready();
    await page.getByText("Der Entwurf ist fertig.").waitFor();
    assert.match(
      await page.locator("#banner").innerText(),
      /geb\. 03\.02\.1950[\s\S]*Stationär, aufgenommen 01\.03\.2026/u,
    );
    await page.locator("[id='s-reason.1']").click();
    await page.locator("#evidence").getByText("vorläufig").waitFor();
    assert.match(await page.locator("#evidence").innerText(), /01\.03\.2026, 00:00 Uhr/u);
    await see(page, "evidence");
    await click(page, "Schließen");
    await page
      .getByRole("button", { name: /^Bearbeiten: / })
      .first()
      .click();
    await page.locator("#edit-reason").fill("Pneumonie der linken Lunge.");
    await see(page, "editor");
    await bed.jobs.edit("general", job.id, '"1.0"', [{ id: "reason", text: "Der Brief der anderen." }], {
      kind: "practitioner",
      id: nurse,
    });
    await click(page, "Speichern");
    await page.getByText("Der Brief wurde von anderer Seite geändert.").waitFor();
    await see(page, "conflict");
    await click(page, "Speichern");
    await page.getByText("Pneumonie der linken Lunge.").waitFor();
    await page.getByText("Gespeichert.").waitFor();
    await page.locator("#history summary").click();
    await page.locator("#history ins").first().waitFor();
    await see(page, "history");
    await page.locator("#discard").click();
    await see(page, "discard");
    await page.locator("dialog button.danger").click();
    await page.getByText("Dieser Entwurf wurde verworfen.").waitFor();
    await see(page, "discarded");
  });

  it("is looked at once more: what was planted, what is missing, what differs; recalled and changed charts", async () => {
    const evidence = sentence("x", "").evidence;
    const stay = newStay();
    const job = putJob(
      stay,
      { status: "completed", contextUpdatedAt: "2026-03-18T10:05:00.000Z" },
      {
        sections: [
          section("course", [
            sentence(
              "course.1",
              "HINWEIS ZUR PRÜFUNG: Notiz der Pflege, 01.03.2026, enthält Text, der sich an einen Computer richtet.",
            ),
          ]),
          ...sections,
        ],
        recalls: [
          {
            id: "rcl_1",
            cause: "model",
            subject: "beta-2",
            at: "2026-03-20T09:00:00.000Z",
            reason: "Es verwechselt Einheiten.",
          },
        ],
        review: {
          claims: {
            supported: 3,
            notSupported: 1,
            notAddressed: 0,
            doubted: [{ sentence: "diagnoses.1", text: "Natrium 150 mmol/L", verdict: "not-supported", evidence }],
          },
          omissions: [
            {
              id: "f7",
              why: "critical-result",
              label: "Hämoglobin",
              section: "diagnoses",
              text: "Hämoglobin 10 g/dL (kritisch) am 01.03.2026.",
              verified: true,
              evidence,
            },
          ],
          warnings: ["course.1"],
        },
      },
    );
    for (const [type, id, change] of [
      ["MedicationRequest", "m1", "changed"],
      ["MedicationRequest", "m2", "added"],
      ["Condition", "c1", "added"],
    ] as const)
      bed.log.add(job.id, "context.updated", { entity: { type, id }, change, summary: { version: 1 } });
    data.push("HINWEIS ZUR PRÜFUNG: Notiz der Pflege, 01.03.2026, enthält Text, der sich an einen Computer richtet.");
    const page = await open(stay);
    await page.getByText("2 Verordnungen (davon 1 neu), 1 Diagnose (neu).").waitFor();
    await page.getByText(/Von Hand geschriebene Sätze werden nicht mit der Akte verglichen/u).waitFor();
    await see(page, "second-look");
    await page.locator("#write-anew").click();
    await see(page, "write-anew");
    await click(page, "Abbrechen");
    look = { ...nothingNew, outcome: "partly", unread: ["DiagnosticReport", "MedicationRequest"] };
    await page.locator("#sign").click();
    await dialog(page).getByText("Nicht geprüft werden konnte: Befundbericht, Verordnung.").waitFor();
    await page.getByText("1 Angabe der Akte fehlt in diesem Brief; 1 Aussage weicht von der Akte ab.").waitFor();
    await see(page, "sign-partly");
  });

  it("is signed over a changed chart, filed or refused, amended, and taken back in German", async () => {
    look = { ...nothingNew, changes: [kalium] };
    const { page, job } = await ready();
    await page.locator("#sign").click();
    await dialog(page).getByText(kalium.text).waitFor();
    await see(page, "sign");
    await page.keyboard.press("Escape");
    await page.locator("#sources").waitFor();
    await see(page, "changed-sources");
    await page.locator("#sign").click();
    await page.locator("#seen").check();
    await page.locator("#attest").check();
    await page.locator("dialog button.primary").click();
    await page.locator(".signature").waitFor();
    assert.equal(
      (await bed.jobs.summary("general", job.id))?.attestation,
      "Ich habe diesen Entlassbrief geprüft und übernehme die Verantwortung für seinen Inhalt.",
    );
    const write = { job: job.id, version: 1, docStatus: "final", attempts: 1, updatedAt: "2026-03-18T11:00:00.000Z" };
    const problem = {
      code: "ehr_refused",
      status: 422,
      means: "the EHR finds the document wrong",
      fix: "",
      issues: [],
    };
    bed.writes.set(job.id, [{ ...write, state: "rejected", problem }]);
    await page.getByText(/Nicht abgelegt: das KIS beanstandet das Dokument \(HTTP 422\)/u).waitFor();
    await see(page, "refused");
    bed.writes.set(job.id, [{ ...write, state: "written", reference: "DocumentReference/77" }]);
    await click(page, "Ablegen noch einmal versuchen");
    await page.getByText("Das Dokument wird noch einmal abgelegt.").waitFor();
    bed.writes.set(job.id, [{ ...write, state: "written", reference: "DocumentReference/77" }]);
    await page.getByText("DocumentReference/77").waitFor();
    await page.locator("#history summary").click();
    await page.getByText("Vor dem Unterschreiben wurde gezeigt:").waitFor();
    await see(page, "signed");

    look = nothingNew;
    await page.locator("#amend").click();
    await page
      .getByRole("button", { name: /^Bearbeiten: / })
      .first()
      .click();
    await page.locator("#edit-reason").fill("Pneumonie der linken Lunge.");
    await click(page, "Für die Änderung vormerken");
    await see(page, "amending");
    await page.locator("#sign-amendment").click();
    await page.locator("#amend-reason").fill("Erst im Krankenhaus erworben");
    await page.locator("#attest").check();
    await see(page, "amend");
    await page.locator("dialog button.primary").click();
    await page.locator(".signature").getByText("2, geändert").waitFor();
    await page.locator("#retract").click();
    await see(page, "retract");
    await page.locator("#reason").selectOption("Falscher Aufenthalt");
    await page.locator("dialog button.danger").click();
    await page.getByText("Dieser Brief wurde irrtümlich erstellt.").waitFor();
    assert.equal((await bed.jobs.history("general", job.id))?.acts.at(-1)?.details.reason, "Falscher Aufenthalt");
    await see(page, "retracted");
  });
});

describe("what stands around a draft in German", () => {
  it("is feedback, rating, the safety report, and the model card, which offers no model's work", async () => {
    const { page } = await ready();
    await page.locator("#feedback-on-reason").click();
    await see(page, "feedback");
    await dialog(page).getByLabel("Es fehlt etwas").check();
    await click(page, "Senden");
    await page.getByText("Danke: Ihre Rückmeldung ist gespeichert.").waitFor();
    await page.locator("[id='s-reason.1']").click();
    await page.locator("#feedback-sentence").waitFor();
    await see(page, "feedback-given");
    await page.locator("#rate").click();
    await see(page, "rating");
    await click(page, "Abbrechen");
    await page.locator("#report-safety").click();
    await see(page, "safety");
    await page.locator("#harm-words").fill("Die Allergie fehlt.");
    await click(page, "Melden");
    await page.getByText("Danke: Ihre Meldung ist gespeichert").waitFor();
    await page.locator("#about").click();
    await dialog(page).getByText("feste Regeln").first().waitFor();
    assert.doesNotMatch(await dialog(page).innerText(), /Ein Sprachmodell schreibt/u);
    await see(page, "model-card");
  });

  it("is a nurse's view, and what a session cannot do", async () => {
    const { page } = await ready({}, nurse);
    await page.getByText("Mit Ihrer Rolle können Sie hier nicht unterschreiben.").waitFor();
    await see(page, "nurse");
  });

  it("is the end of a session: warned of, by itself, with unsaved text, and after a reload", async () => {
    const { page } = await ready();
    const script = await page.locator("script[type=module]").getAttribute("src");
    await page.evaluate(`void import("${script?.replace("main.js", "dialogs.js") ?? ""}").then((m) => m.askStay())`);
    await page.getByText("Sind Sie noch da?").waitFor();
    await see(page, "idle");
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: /^Bearbeiten: / })
      .first()
      .click();
    await page.locator("#edit-reason").fill("Noch nicht gespeichert.");
    bed.clockOffsetMs = idleTimeoutMs + 1000;
    await click(page, "Speichern");
    await page.getByText("Diese Sitzung ist beendet.").waitFor();
    await see(page, "over");
    await page.reload();
    await page.getByRole("heading", { name: "Diese Sitzung ist beendet" }).waitFor();
    await see(page, "over-reload");
  });

  it("is a session that somebody ends, and one that cannot be saved to because the server is away", async () => {
    const { page } = await ready();
    await page
      .getByRole("button", { name: /^Bearbeiten: / })
      .first()
      .click();
    await page.locator("#edit-reason").fill("Pneumonie der linken Lunge.");
    await context?.setOffline(true);
    await click(page, "Speichern");
    await page.getByText("Nicht gespeichert: Die Verbindung ist abgebrochen.").waitFor();
    await see(page, "offline");
    await context?.setOffline(false);
    await click(page, "Abbrechen");
    await page.locator("#sign-out").click();
    await page.getByText("Sie haben sie beendet.").waitFor();
    await see(page, "signed-out");
  });

  it("is the one more step where a browser keeps nothing", async () => {
    const page = await newPage();
    await page.addInitScript(() => {
      Object.defineProperty(globalThis, "sessionStorage", {
        get: () => {
          throw new DOMException("The operation is insecure.", "SecurityError");
        },
      });
    });
    const { id } = newStay();
    const launch = bed.ehr.createLaunch({ patient: id, encounter: `${id}-stay`, fhirUser: attending });
    await page.goto(`${bed.url}/smart/launch?iss=${encodeURIComponent(bed.ehr.fhirBaseUrl)}&launch=${launch}`);
    await page.getByRole("heading", { name: "Noch ein Schritt" }).waitFor();
    await see(page, "one-more-step");
  });

  it("is a link of a card, good and over, and a launch that fails", async () => {
    const page = await newPage();
    for (const [path, heading] of [
      ["open", "Entlassbrief öffnen"],
      ["start", "Entlassbrief beginnen"],
      ["over", "Dieser Link gilt nicht mehr"],
    ] as const) {
      await page.goto(`${bed.url}/app/ticket/${path}`);
      await page.getByRole("heading", { name: heading }).waitFor();
      await see(page, `ticket-${path}`);
    }
    await page.goto(`${bed.url}/smart/callback?state=${"x".repeat(43)}&code=y`);
    await page.getByText("Diese Anmeldung begann nicht in diesem Fenster").waitFor();
    await see(page, "callback");
    await page.goto(`${bed.url}/smart/launch?iss=${encodeURIComponent("https://elsewhere.example/fhir")}&launch=1`);
    await page.getByText("Dieses KIS ist bei diesem Dienst nicht registriert.").waitFor();
    data.push(await page.locator("code").innerText());
    await see(page, "launch-failed");
  });
});
