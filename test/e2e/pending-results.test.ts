/**
 * Results that come final after the discharge, as the clinician meets them who opens the chart days later: a summary is
 * signed in the sandbox EHR, its laboratory finishes, and the next patient-view tells it.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { CdsClient, HookCall } from "../../sandbox/cds-client/client.ts";
import { eventually } from "../support/eventually.ts";
import { hospitalClient, hospitalIssuer } from "../support/hospital-client.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import type { HookInit, Stay } from "../support/whole-app-users.ts";
import {
  discharge,
  jobOf,
  jobWhen,
  linkOf,
  nurse,
  openChart,
  openPage,
  shown,
  sign,
  stayOf,
} from "../support/whole-app-users.ts";

const CANARY = "Kappa light chains raised, canary-4711";
const cytology = "delgado-report-pleural-cytology";
const chains = "delgado-report-light-chains";

let app: WholeApp;
let stay: Stay;
/** A visit in the clinic: the EHR has another encounter open. */
let visit: Stay;
let job: string;
/** The same hospital's EHR in a release that sends no prefetch. */
let bare: CdsClient;

before(async () => {
  const issuer = await hospitalIssuer("urn:hospital:bare");
  app = await startWholeApp({ tenants: ({ cdsIssuer }) => [{ issuers: [cdsIssuer, issuer.issuer] }] });
  bare = hospitalClient(app, issuer, { prefetch: "none" });
  stay = stayOf(app, 0);
  visit = { ...stay, encounterId: "clinic-visit-1" };
});
after(() => app?.stop());

const viewOnce = (at: Stay, init: HookInit = {}): Promise<HookCall> =>
  openChart(app, at, { ...init, service: "pending-results" });

/** How the adapter says that it answered the call: `none`, `results-final`, or `late` and `away` where it could not look. */
function answered({ hookInstance }: HookCall): Promise<string> {
  const line = () => app.logLines.find((entry) => entry.includes(hookInstance) && entry.includes('"pending-results"'));
  return eventually(() => /"card":"([a-z-]+)"/u.exec(line() ?? "")?.[1]);
}

/** A busy machine may run out of the hook's 400 ms; then no card proves nothing, and the chart is opened again. */
async function view(at: Stay, init: HookInit = {}): Promise<HookCall> {
  for (let left = 10; left > 0; left -= 1) {
    const call = await viewOnce(at, init);
    if (!["late", "away"].includes(await answered(call))) return call;
  }
  return assert.fail("the adapter could not look ten times in a row");
}

/** The laboratory finishes, or corrects, a report. */
function report(id: string, changes: object): void {
  const { store } = app.sandbox.ehr;
  const known = store.read("DiagnosticReport", id);
  assert.ok(known !== undefined, id);
  store.put({ ...known, id, ...changes }, "PUT");
}

describe("results after the discharge", () => {
  test("nothing is said before the summary is signed, or while nothing has come", async () => {
    assert.deepEqual(shown(await view(stay)), []);
    const call = await discharge(app, stay);
    job = jobOf(call);
    await jobWhen(app, job);
    assert.deepEqual(shown(await view(stay)), []);
    await assert.rejects(openPage(app, linkOf(call), visit), /led to 4/u, "a draft belongs to the stay that is open");
    const page = await openPage(app, linkOf(call), stay);
    assert.equal((await sign(page, job)).status, 200);
    assert.deepEqual(shown(await view(visit)), []);
  });

  test("a report that was registered is final: one card at the next visit, with a link to the signed summary", async () => {
    report(chains, { status: "final", conclusion: CANARY, issued: "2026-03-23T15:00:00Z" });
    const call = await view(visit);
    assert.deepEqual(shown(call), ["A result that was pending at discharge is now final."]);
    const card = call.cards[0]?.card;
    assert.match(card?.detail ?? "", /\*\*Free light chains, serum\*\* \(final 23 Mar 2026, of 18 Mar 2026\): Kappa/u);
    assert.deepEqual(
      card?.overrideReasons?.map(({ display }) => display),
      ["Seen", "Seen and acted on", "Not my patient", "Not relevant for this visit"],
    );
    assert.equal(linkOf(call).appContext, job);
    const page = await openPage(app, linkOf(call), visit);
    assert.equal(page.context("job"), job);
    assert.equal(page.context("encounterReference"), `Encounter/${stay.encounterId}`);
    assert.equal((await page.call("GET", `/v1/jobs/${job}/summary`)).at("docStatus"), "final");
  });

  test("it says nothing on another patient's chart, and the discharge summary's own card stays away", async () => {
    assert.deepEqual(shown(await view(stayOf(app, 1))), []);
    assert.deepEqual(shown(await openChart(app, stay)), []);
  });

  test("put aside it is gone for this user until something else comes; a colleague still sees it", async () => {
    const [card] = (await view(visit)).cards;
    assert.ok(card !== undefined);
    const reason = { code: "seen", system: "urn:handover:override-reason" };
    assert.equal(await app.sandbox.cdsClient.feedback(card.id, { outcome: "overridden", reason }), 200);
    assert.deepEqual(shown(await view(visit)), []);
    assert.equal(shown(await view(visit, { user: nurse })).length, 1);

    report(cytology, { status: "final", conclusion: "No malignant cells.", issued: "2026-03-24T15:00:00Z" });
    const later = await view(visit);
    assert.deepEqual(shown(later), ["A result that was pending at discharge is now final."]);
    const detail = later.cards[0]?.card.detail ?? "";
    assert.match(detail, /Pleural fluid cytology/u);
    assert.ok(!detail.includes("Free light chains"), "what was put aside stays aside");
    assert.match(detail, /1 that you put aside before is left out\./u);
    assert.deepEqual(shown(await view(visit, { user: nurse })), [
      "2 results that were pending at discharge are now final.",
    ]);
  });

  test("a correction comes back as a warning, also to who had put the result aside", async () => {
    report(chains, { status: "corrected", conclusion: "Within the range.", issued: "2026-03-25T15:00:00Z" });
    const call = await view(visit);
    assert.deepEqual(shown(call), ["2 results that were pending at discharge are now final. 1 is corrected."]);
    assert.equal(call.cards[0]?.card.indicator, "warning");
  });

  test("without prefetch the EHR is asked by Backend Services; one that is too slow gets no card, in time", async () => {
    const client = bare;
    const inTwo = ["2 results that were pending at discharge are now final. 1 is corrected."];
    assert.deepEqual(shown(await view(visit, { client })), inTwo);
    const fault = app.sandbox.ehr.faults.add({ path: /\/fhir\/(?:DiagnosticReport|Observation)/u, delayMs: 3000 });
    const slow = await viewOnce(visit, { client });
    fault.remove();
    assert.ok(fault.struck() > 0, "the EHR was asked");
    assert.deepEqual(shown(slow), []);
    assert.ok(slow.durationMs < 1500, `${slow.durationMs} ms`);
    assert.match(await answered(slow), /^(?:away|late)$/u, "nothing shown is not the same as nothing there");
    assert.deepEqual(shown(await view(visit, { client })), inTwo, "and it is there again with the EHR");
  });

  test("nothing of a result stands in the adapter's logs", () => {
    assert.ok(app.logLines.length > 0);
    assert.ok(!app.logLines.some((line) => line.includes("canary-4711") || line.includes("light chains")));
  });

  test("a retracted summary is not come back to", async () => {
    const page = await openPage(app, linkOf(await view(visit)), visit);
    const read = await page.call("GET", `/v1/jobs/${job}/summary`);
    const answer = await page.call("POST", `/v1/jobs/${job}/summary/retract`, {
      json: { reason: "wrong stay" },
      headers: { "if-match": read.headers.get("etag") ?? "" },
    });
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(shown(await view(visit)), []);
  });
});
