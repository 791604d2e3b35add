/** Language models as an operator sees them: usage, stop and start by API and command line, pilot, shadow, fallbacks; jobs go on through all of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually } from "../support/eventually.ts";
import { api, jobWhen, stayOf } from "../support/whole-app-users.ts";
import type { WholeApp } from "../support/whole-app.ts";
import { startWholeApp } from "../support/whole-app.ts";

const keys = {
  shadow: "shadow-gateway-key-0123456789",
  pilot: "pilot-gateway-key-01234567890",
  chain: "chain-gateway-key-01234567890",
  careful: "careful-gateway-key-012345678",
};
const only = (id: keyof typeof keys, generation: object) =>
  ({ id, engine: "model", smart: false, issuers: [], endpoints: [], apiKey: keys[id], generation }) as const;

let app: WholeApp;
const call = (method: string, path: string, init: Parameters<typeof api>[3] = {}) => api(app, method, path, init);

before(async () => {
  app = await startWholeApp({
    tenants: (sandbox) => {
      const model = { baseUrl: sandbox.model.baseUrl, model: "scripted" };
      return [
        { engine: "model", generation: { keepAnswersHours: 0 } },
        only("shadow", { model, shadow: true, keepAnswersHours: 0 }),
        only("pilot", { model, pilot: { units: ["Location/no-such-unit"] } }),
        only("careful", { model, parts: ["course"], onRefused: "ask-again", keepAnswersHours: 0 }),
        only("chain", {
          model: { ...model, model: "scripted:unauthorized", price: { inputPerMillion: 3, outputPerMillion: 15 } },
          fallbacks: [{ ...model, price: { inputPerMillion: 1, outputPerMillion: 5 } }],
        }),
      ];
    },
  });
});
after(() => app?.stop());

interface Written {
  readonly engine: string;
  readonly model?: string;
  readonly generation?: { readonly calls: readonly { model: string; outcome: string; part: string }[] };
  readonly sections: readonly { id: string; sentences: readonly { origin: string }[] }[];
}

/** Asks for a stay's draft, waits for it, and returns the summary and how the task ended. */
async function draft(stayNumber: number, key?: string): Promise<{ summary: Written; job: string }> {
  const stay = stayOf(app, stayNumber);
  const json = { patient: `Patient/${stay.patientId}`, encounter: `Encounter/${stay.encounterId}` };
  const asked = key === undefined ? { json } : { json, key };
  const made = await call("POST", "/v1/jobs", asked);
  const job = String(made.at("id"));
  assert.equal((await jobWhen(app, job, undefined, key)).status, "completed");
  const { text } = await call("GET", `/v1/jobs/${job}/summary`, key === undefined ? {} : { key });
  return { summary: JSON.parse(text) as Written, job };
}

const originsOf = ({ sections }: Written): ReadonlySet<string> =>
  new Set(sections.flatMap(({ sentences }) => sentences.map(({ origin }) => origin)));

describe("a model in service", () => {
  test("what it was asked is kept with the summary, and what it cost in the books", async () => {
    const { summary } = await draft(0);
    assert.equal(summary.engine, "model");
    assert.deepEqual(
      summary.generation?.calls.map(({ part, outcome }) => [part, outcome]),
      [
        ["course", "written"],
        ["one-liner", "written"],
        ["patient-wording", "written"],
      ],
    );
    const books = await call("GET", "/v1/models?days=1");
    assert.equal(books.status, 200, books.text);
    assert.deepEqual(books.at("models"), [{ provider: "openai-compatible", model: "scripted", stopped: false }]);
    assert.equal(books.at("usage.length"), 3);
    assert.ok(Number(books.at("today.tokens")) > 1000);
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    assert.match(
      metrics,
      /handover_model_calls_total\{tenant="general",model="scripted",part="course",mode="shown",outcome="written",cached="false"\} 1/u,
    );
    assert.match(metrics, /handover_model_sentences_total\{tenant="general",model="scripted",verdict="stood"\} \d+/u);
  });

  test("stopped by API it is asked no more; the drafts go on without it; started, it writes again", async () => {
    const stop = await call("POST", "/v1/models/stop", { json: { reason: "wrong dose seen on 4 West" } });
    assert.equal(stop.status, 204, stop.text);
    const before = app.sandbox.model.requests.length;
    const { summary } = await draft(1);
    assert.equal(summary.engine, "template");
    assert.equal(app.sandbox.model.requests.length, before);
    const standing = await call("GET", "/v1/models");
    assert.equal(standing.at("models.0.stopped"), true);
    assert.equal(standing.at("stops.0.reason"), "wrong dose seen on 4 West");
    assert.equal((await call("POST", "/v1/models/start", { json: {} })).status, 204);
    assert.equal((await draft(2)).summary.engine, "model");
    const audit = await app.database.asOwner(
      "select action from handover.audit where action like 'model.%' union all select action from handover.audit_pending where action like 'model.%'",
    );
    assert.deepEqual(new Set(audit.map(({ action }) => action)), new Set(["model.stop", "model.start"]));
  });

  test("a hospital's stop needs its own right, and is no other hospital's", async () => {
    const other = await call("GET", "/v1/models", { key: keys.chain });
    assert.equal(other.at("stops.length"), 0);
    assert.equal((await call("POST", "/v1/models/stop", { json: { reason: "x" } })).status, 400);
  });
});

describe("a hospital that wants a second try", () => {
  test("has refused sentences asked for once more, booked as a call of its own, and signs nothing that fell", async () => {
    app.sandbox.model.failNext("wrong-number");
    const before = app.sandbox.model.requests.length;
    const { summary } = await draft(0, keys.careful);
    const asked = app.sandbox.model.requests.slice(before).map(({ body }) => body);
    assert.equal(asked.length, 2);
    assert.match(asked[1] ?? "", /refused/u);
    assert.deepEqual(
      summary.generation?.calls.map(({ part }) => part),
      ["course", "course"],
    );
    assert.equal(summary.generation?.calls[1]?.outcome, "written");
    assert.equal(summary.engine, "model");
    const course = summary.sections.find(({ id }) => id === "course")?.sentences ?? [];
    assert.ok(course.some(({ origin }) => origin === "model") && course.some(({ origin }) => origin === "template"));
    const books = await call("GET", "/v1/models?days=1", { key: keys.careful });
    assert.equal(books.at("usage.0.calls"), 2);
  });
});

describe("other ways to run a model", () => {
  test("in shadow it writes for nobody and is measured", async () => {
    const { summary } = await draft(0, keys.shadow);
    assert.equal(summary.engine, "template");
    assert.deepEqual(originsOf(summary), new Set(["template"]));
    assert.equal(summary.generation, undefined);
    await eventually(async () => {
      const books = await call("GET", "/v1/models", { key: keys.shadow });
      return books.at("usage.length") === 3 && books.at("today.running") === 0;
    }, "three parts in the shadow's books");
    const books = await call("GET", "/v1/models", { key: keys.shadow });
    assert.equal(books.at("usage.0.mode"), "shadow");
    assert.ok(Number(books.at("usage.0.sentencesStood")) > 0);
  });

  test("outside the pilot nobody is asked", async () => {
    const before = app.sandbox.model.requests.length;
    assert.equal((await draft(0, keys.pilot)).summary.engine, "template");
    assert.equal(app.sandbox.model.requests.length, before);
  });

  test("where the first model fails the next one writes, at its own price", async () => {
    const { summary } = await draft(0, keys.chain);
    assert.deepEqual([summary.engine, summary.model], ["model", "scripted"]);
    assert.deepEqual(
      summary.generation?.calls.slice(0, 2).map(({ model, outcome }) => [model, outcome]),
      [
        ["scripted:unauthorized", "model_failed"],
        ["scripted", "written"],
      ],
    );
    const books = await call("GET", "/v1/models", { key: keys.chain });
    assert.ok(Number(books.at("today.cost")) > 0);
  });
});
