/**
 * A chart that moves between draft and signature, as the signer meets it: what changed is named before the pen touches the
 * paper, with the rights of who signs; an EHR that cannot be read stops nobody, and is said (issue 6, point 8).
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";
import type { Answer, Page } from "../support/whole-app-users.ts";
import { api, discharge, jobOf, jobWhen, linkOf, openPage, stayOf } from "../support/whole-app-users.ts";

const chains = "delgado-report-light-chains";

const sources = z.object({
  outcome: z.string(),
  reason: z.string().optional(),
  unread: z.array(z.string()),
  changes: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      reference: z.string(),
      sentences: z.array(z.string()),
      text: z.string(),
    }),
  ),
});

let app: WholeApp;
let job: string;
let page: Page;

before(async () => {
  app = await startWholeApp();
  const stay = stayOf(app, 0);
  const call = await discharge(app, stay);
  job = jobOf(call);
  await jobWhen(app, job);
  page = await openPage(app, linkOf(call), stay);
});
after(() => app?.stop());

const look = async (): Promise<z.infer<typeof sources>> => {
  const answer = await page.call("GET", `/v1/jobs/${job}/summary/sources`);
  assert.equal(answer.status, 200, answer.text);
  return sources.parse(answer.json());
};

async function sign(acknowledged: readonly string[]): Promise<Answer> {
  const read = await page.call("GET", `/v1/jobs/${job}/summary`);
  const headers = { "if-match": read.headers.get("etag") ?? "" };
  return page.call("POST", `/v1/jobs/${job}/summary/sign`, {
    headers,
    json: { attestation: "Reviewed.", acknowledged },
  });
}

/** Changes a record in the EHR, or makes one. */
function put(type: string, id: string, changes: object): void {
  const { store } = app.sandbox.ehr;
  store.put({ ...store.read(type, id), resourceType: type, id, ...changes }, "PUT");
}

describe("between draft and signature", () => {
  test("nothing is named while the chart stands as it was read, for the person and for an API client", async () => {
    assert.deepEqual(await look(), { outcome: "checked", unread: [], changes: [] });
    const answer = await api(app, "GET", `/v1/jobs/${job}/summary/sources`);
    assert.deepEqual(sources.parse(answer.json()), { outcome: "checked", unread: [], changes: [] });
  });

  test("a pending report that came final, a corrected value and a new result are named, each with its sentences", async () => {
    put("DiagnosticReport", chains, { status: "final", conclusion: "Kappa raised", issued: "2026-03-18T15:42:00Z" });
    const { store } = app.sandbox.ehr;
    const summary = z
      .object({
        sections: z.array(
          z.object({
            sentences: z.array(z.object({ id: z.string(), evidence: z.array(z.object({ reference: z.string() })) })),
          }),
        ),
      })
      .parse((await page.call("GET", `/v1/jobs/${job}/summary`)).json());
    const cited = summary.sections.flatMap(({ sentences }) => sentences.flatMap(({ evidence }) => evidence));
    const observation =
      cited.find(({ reference }) => reference.startsWith("Observation/"))?.reference.split("/")[1] ?? "";
    assert.ok(store.read("Observation", observation)?.["valueQuantity"] !== undefined, observation);
    put("Observation", observation, { status: "corrected", valueQuantity: { value: 777, unit: "mg/dL" } });
    put("Observation", "late-potassium", {
      status: "final",
      code: { text: "Potassium" },
      category: [
        { coding: [{ system: "http://terminology.hl7.org/CodeSystem/observation-category", code: "laboratory" }] },
      ],
      subject: { reference: `Patient/${stayOf(app, 0).patientId}` },
      encounter: { reference: `Encounter/${stayOf(app, 0).encounterId}` },
      issued: new Date().toISOString(),
      valueQuantity: { value: 5.9, unit: "mmol/L" },
    });
    const { outcome, changes } = await look();
    assert.equal(outcome, "checked");
    const of = (kind: string) => changes.find((change) => change.kind === kind);
    assert.equal(changes.length, 3, JSON.stringify(changes));
    assert.match(
      of("final")?.text ?? "",
      /^Free light chains, serum, pending in this draft, is final since 18 Mar 2026 at 10:42: Kappa raised/u,
    );
    assert.match(of("final")?.sentences.join() ?? "", /pending\.\d/u);
    assert.match(of("corrected")?.text ?? "", /was corrected.*777 mg\/dL.*; the draft says/u);
    assert.match(of("new")?.text ?? "", /^New since this draft: Potassium: 5\.9 mmol\/L/u);
  });

  test("whoever follows the draft learns of it too, each record once however often it is looked at", async () => {
    await look();
    const log = z.object({ events: z.array(z.looseObject({ type: z.string(), data: z.looseObject({}) })) });
    const answer = await api(app, "GET", `/v1/jobs/${job}/events?limit=1000`);
    const news = log.parse(answer.json()).events.filter(({ type }) => type === "context.updated");
    assert.deepEqual(news.map(({ data }) => [data["change"], data["source"]]).toSorted(), [
      ["added", "page"],
      ["changed", "page"],
      ["changed", "page"],
    ]);
    const said = JSON.stringify(news);
    assert.ok(!said.includes("Kappa") && !said.includes("777"), "paths, not values");
  });

  test("a signature that was not shown them is refused, one that was is taken, and the history keeps what was said", async () => {
    const refused = await sign([]);
    assert.equal(refused.status, 409, refused.text);
    assert.match(String(refused.at("type")), /sources_changed$/u);
    const { changes } = await look();
    const signed = await sign(changes.map(({ id }) => id));
    assert.equal(signed.status, 200, signed.text);
    const history = await page.call("GET", `/v1/jobs/${job}/summary/history`);
    assert.equal(history.at("verdict.ok"), true, history.text);
    const last = z
      .array(z.looseObject({ details: z.looseObject({ sources: z.unknown().optional() }) }))
      .parse(history.at("acts"))
      .at(-1);
    assert.deepEqual(
      z.object({ acknowledged: z.array(z.string()) }).parse(last?.details.sources).acknowledged,
      changes.map(({ text }) => text),
    );
  });

  test("what names no person stands in the log", () => {
    const log = app.logLines.join("\n");
    for (const told of ["Kappa", "777 mg", "Potassium"]) assert.ok(!log.includes(told), told);
  });
});
