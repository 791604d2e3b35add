/**
 * A chart that moves between draft and signature, as the signer meets it: what changed is named before the pen touches the
 * paper, with the rights of who signs; an EHR that cannot be read stops nobody, and is said (issue 6, point 8).
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { z } from "zod";
import type { WholeApp } from "../support/whole-app.ts";
import { runHandover } from "../support/cli-in-process.ts";
import { apiKey, startWholeApp } from "../support/whole-app.ts";
import type { Answer, Page } from "../support/whole-app-users.ts";
import { api, jobIn, jobWhen, openPage, stayOf } from "../support/whole-app-users.ts";

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
  const ask = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
  job = jobIn(await api(app, "POST", "/v1/jobs", { json: ask })).id;
  await jobWhen(app, job);
  const link = { type: "smart", label: "Open", url: `${app.url}/smart/launch`, appContext: job } as const;
  page = await openPage(app, link, stay);
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
    put("Observation", observation, { status: "corrected", valueQuantity: { value: 777.25, unit: "mg/dL" } });
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
    assert.match(of("corrected")?.text ?? "", /was corrected.*777\.25 mg\/dL.*; the draft says/u);
    assert.match(of("new")?.text ?? "", /^New since this draft: Potassium: 5\.9 mmol\/L/u);
  });

  test("whoever follows the draft learns of it too, each record once however often it is looked at", async () => {
    await look();
    const log = z.object({ events: z.array(z.looseObject({ type: z.string(), data: z.looseObject({}) })) });
    const answer = await api(app, "GET", `/v1/jobs/${job}/events?limit=1000`);
    const news = log.parse(answer.json()).events.filter(({ type }) => type === "context.updated");
    const told = news.map(({ data }) => `${String(data["change"])} by the ${String(data["source"])}`);
    assert.deepEqual(told.toSorted(), ["added by the page", "changed by the page", "changed by the page"]);
    const said = JSON.stringify(news);
    assert.ok(!said.includes("Kappa") && !said.includes("777.25"), "paths, not values");
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

  test("the command line tells the history and judges it by itself, and counts what clinicians say", async () => {
    const handover = (...args: readonly string[]) =>
      runHandover([...args, "--url", app.url], { HANDOVER_API_KEY: apiKey });
    const told = await handover("history", job);
    assert.equal(told.code, 0, told.stderr);
    assert.match(told.stdout, /#1 .* draft .*template[\s\S]*#2 .* sign .*Dr\. Marta Lindqvist[\s\S]*3 changes shown/u);
    assert.match(told.stdout, /The history holds: 2 acts/u);
    assert.ok(!told.stdout.includes("Reviewed."), "no text of the chart unless it is asked for");
    await app.database.asOwner("update handover.summary_act set act = 'edit' where job = $1 and number = 2", [job]);
    const forged = await handover("history", job, "--json");
    assert.equal(forged.code, 1);
    assert.deepEqual(z.object({ ok: z.boolean(), at: z.int() }).parse(JSON.parse(forged.stdout)), { ok: false, at: 2 });

    const said = { section: "course", verdict: "wrong", reason: "He was not febrile." };
    assert.equal((await page.call("POST", `/v1/jobs/${job}/summary/feedback`, { json: said })).status, 204);
    const counts = await handover("feedback", "--since", "1d");
    assert.match(counts.stdout, /course +template +0 +1 +0/u);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    assert.match(metrics, /handover_feedback_total\{section="course",verdict="wrong",engine="template"\} 1/u);
    assert.ok(!app.logLines.join("\n").includes("febrile") && !metrics.includes("febrile"));
  });

  test("the model card of the hospital is served to systems and to the page", async () => {
    const shape = z.looseObject({
      release: z.string(),
      tenant: z.object({ engine: z.literal("template"), language: z.literal("en"), jurisdiction: z.literal("us") }),
      notFor: z.array(z.string()).min(3),
      limits: z.array(z.string()).min(3),
      evaluations: z
        .array(z.looseObject({ engine: z.literal("template"), figures: z.array(z.unknown()).min(10) }))
        .length(1),
    });
    for (const answer of [await api(app, "GET", "/v1/model-card"), await page.call("GET", "/v1/model-card")])
      assert.ok(shape.safeParse(answer.json()).success, answer.text);
  });

  test("what names no person stands in the log", () => {
    const log = app.logLines.join("\n");
    for (const told of ["Kappa", "777 mg", "Potassium"]) assert.ok(!log.includes(told), told);
  });
});
