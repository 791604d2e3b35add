/** CDS Hooks 2.0: the form of everything that a service here says. Numbers in titles are rows of docs/conformance. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import request from "supertest";
import { z } from "zod";
import type { Job } from "../../src/jobs/jobs.ts";
import type { HookWorldOptions } from "../support/hook-world.ts";
import { PUBLIC_URL, SMART, completed, hookWorld, jobOf, tenantOf } from "../support/hook-world.ts";

const text = z.string().min(1);
const absoluteUrl = z.url().regex(/^https:\/\//u);
/** Objects are strict: a member that no row allows, or that we say we never send, fails here. */
const coding = z.strictObject({ system: text, code: text, display: text });
const link = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("absolute"), label: text, url: absoluteUrl }),
  z.strictObject({ type: z.literal("smart"), label: text, url: absoluteUrl, appContext: text.optional() }),
]);
const card = z.strictObject({
  uuid: z.guid().optional(),
  summary: text.max(139),
  detail: text.optional(),
  indicator: z.enum(["info", "warning", "critical"]),
  source: z.strictObject({ label: text, url: absoluteUrl.optional(), topic: coding.optional() }),
  overrideReasons: z.array(coding).min(1).optional(),
  links: z.array(link).min(1).optional(),
});
type Card = z.infer<typeof card>;
const response = z.strictObject({ cards: z.array(card) });

const states: readonly (Job | undefined)[] = [
  undefined,
  jobOf(),
  jobOf({ status: "waiting" }),
  jobOf({ status: "failed", error: "ehr_timeout" }),
  completed("preliminary"),
  completed("final"),
  completed("amended"),
  completed("entered-in-error"),
];
const worlds: readonly HookWorldOptions[] = [
  { tenants: [tenantOf("general", SMART)] },
  { tenants: [tenantOf("general")] },
];

/** Every answer: each state, on each hook, with and without a SMART client; and with the database away. */
async function allAnswers(): Promise<z.infer<typeof response>[]> {
  const answers = [];
  for (const options of worlds) {
    for (const job of [...states, "away" as const]) {
      for (const hook of ["encounter-discharge", "patient-view"]) {
        const { invoke, state } = hookWorld(options);
        if (job === "away") state.databaseAway = true;
        else state.job = job;
        const answer = await invoke({ hook, ...(hook === "patient-view" ? { prefetch: undefined } : {}) });
        assert.equal(answer.status, 200);
        answers.push(response.parse(answer.body));
      }
    }
  }
  return answers;
}

/** The cards that the fixtures of all services expect; that they come is shown by the fixtures' own test. */
function fixtureCards(): Card[] {
  const expected = z.looseObject({ expect: z.looseObject({ cards: z.array(z.unknown()) }) });
  return globSync("cds-services/*/fixtures/*.json", { cwd: new URL("../..", import.meta.url).pathname }).flatMap(
    (path) =>
      expected
        .parse(JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")))
        .expect.cards.map((entry) => card.parse(entry)),
  );
}

const allCards = async (): Promise<Card[]> => [
  ...(await allAnswers()).flatMap(({ cards }) => cards),
  ...fixtureCards(),
];

describe("what goes over the wire", () => {
  it("is JSON both ways: anything else is refused, and nothing else is answered [cds-hooks 1]", async () => {
    const { app, invoke, token, body } = hookWorld();
    const refused = await request(app)
      .post("/cds-services/discharge-summary")
      .set({ authorization: token(), "content-type": "application/xml" })
      .send(JSON.stringify(body()));
    assert.equal(refused.status, 415);
    for (const answer of [await request(app).get("/cds-services"), await invoke(), await invoke({}, ""), refused])
      assert.match(answer.headers["content-type"] ?? "", /^application\/(?:fhir\+)?json/u);
  });

  it("has no member that is null or empty, save an empty list of cards [cds-hooks 3]", async () => {
    const empties = (value: unknown, at: string): string[] => {
      if (value === null || value === "") return [at];
      if (typeof value !== "object") return [];
      const members = Object.entries(value);
      if (members.length === 0) return /^\.cards$/u.test(at) ? [] : [at];
      return members.flatMap(([name, inner]) => empties(inner, `${at}.${name}`));
    };
    const { app, invoke } = hookWorld();
    assert.deepEqual(empties((await request(app).get("/cds-services")).body, ""), []);
    assert.deepEqual(empties(JSON.parse((await invoke({}, "")).text), ""), [], "nor has a refusal");
    for (const answer of await allAnswers()) assert.deepEqual(empties(answer, ""), []);
    assert.deepEqual(empties({ cards: [], other: [], deep: { a: null } }, ""), [".other", ".deep.a"]);
  });
});

const entry = z.strictObject({
  hook: z.enum(["encounter-discharge", "patient-view"]),
  hookVersion: text,
  id: text.regex(/^[a-z][a-z-]*$/u),
  title: text,
  description: text,
  usageRequirements: text.optional(),
  prefetch: z.record(text, text).optional(),
  version: text,
});
const discovery = z.strictObject({ services: z.array(entry).min(1) });

describe("discovery", () => {
  const read = async (world: ReturnType<typeof hookWorld>) => {
    const answer = await request(world.app).get("/cds-services");
    assert.equal(answer.status, 200);
    return discovery.parse(answer.body).services;
  };

  it("answers GET {base}/cds-services, whoever asks, with an object that holds a list [cds-hooks 4-6, 13]", async () => {
    const world = hookWorld();
    assert.ok((await read(world)).length > 0);
    world.state.databaseAway = true;
    assert.ok((await read(world)).length > 0, "also while the database is away");
  });

  it("gives hook, title, description and id of each service, and what it needs [cds-hooks 7-10, 12]", async () => {
    const services = await read(hookWorld());
    assert.ok(services.some(({ usageRequirements }) => usageRequirements !== undefined));
    assert.ok(services.every(({ title, description }) => description.length > title.length));
  });

  it("registers each prefetch query under a key, with tokens from the context [cds-hooks 11, 29, 35, 36]", async () => {
    const templates = (await read(hookWorld())).flatMap(({ prefetch }) => Object.entries(prefetch ?? {}));
    assert.ok(templates.length > 0);
    for (const [key, template] of templates) {
      assert.match(key, /^[a-z][A-Za-z]*$/u);
      assert.match(template, /\{\{context\.(?:patientId|encounterId)\}\}/u);
    }
  });

  it("tells with its ids where the services answer: {base}/cds-services/{id} [cds-hooks 16]", async () => {
    const world = hookWorld();
    for (const { id, hook } of await read(world)) {
      const answer = await request(world.app)
        .post(`/cds-services/${id}`)
        .set({ authorization: world.token(`${PUBLIC_URL}/cds-services/${id}`), "content-type": "application/json" })
        .send(JSON.stringify(world.body({ hook })));
      assert.equal(answer.status, 200);
    }
  });
});

describe("an answer", () => {
  it("is 200 with a list of cards [cds-hooks 74]", async () => {
    assert.ok((await allAnswers()).some(({ cards }) => cards.length === 1));
  });

  it("is 200 with an empty list where there is nothing to say [cds-hooks 77]", async () => {
    const { invoke } = hookWorld();
    const answer = await invoke({ hook: "patient-view", prefetch: undefined });
    assert.deepEqual([answer.status, answer.body], [200, { cards: [] }]);
  });

  it("of our own services holds no suggestion, action or icon: they advise, people act [cds-hooks 94, 112, 113]", async () => {
    // The strict schema would refuse each of them; this says so by name, of every card there is.
    const names = new Set<string>();
    JSON.parse(
      JSON.stringify([await allAnswers(), fixtureCards()]),
      (name, value: unknown) => (names.add(name), value),
    );
    assert.ok(names.has("summary"));
    for (const name of ["systemActions", "suggestions", "selectionBehavior", "actions", "resourceId", "icon"])
      assert.ok(!names.has(name), name);
  });

  it("of our own services carries no extension", async () => {
    assert.ok(!JSON.stringify([await allAnswers(), fixtureCards()]).includes('"extension"'));
  });
});

describe("a card", () => {
  it("has a uuid of its own, each time [cds-hooks 80, 81]", async () => {
    const uuids = (await allAnswers()).flatMap(({ cards }) => cards.map(({ uuid }) => uuid));
    assert.ok(uuids.length > 5 && uuids.every((uuid) => uuid !== undefined));
    assert.equal(new Set(uuids).size, uuids.length);
  });

  it("says one sentence of under 140 characters, more in Markdown without HTML, and how urgent it is [cds-hooks 83-85, 87, 88]", async () => {
    for (const { summary, detail, indicator } of await allCards()) {
      assert.ok(summary.length < 140 && !/[\n<]/u.test(summary));
      assert.ok(!/<\/?[a-z]/iu.test(detail ?? ""));
      assert.ok(["info", "warning", "critical"].includes(indicator));
    }
  });

  it("names its source: a label, our own address, and what it is about as a coding [cds-hooks 90, 105, 107, 108, 115, 116, 216-218, 220]", async () => {
    const sources = (await allCards()).map(({ source }) => source);
    assert.ok(sources.every(({ url }) => url === PUBLIC_URL));
    const topics = sources.flatMap(({ topic }) => topic ?? []);
    assert.ok(topics.length > 0);
    for (const { system, code } of topics) assert.ok(URL.canParse(system) && !/\s/u.test(code));
  });

  it("leads to the patient's data by its link, never by its source [cds-hooks 109, 110]", async () => {
    const cards = (await allAnswers()).flatMap((answer) => answer.cards);
    assert.deepEqual(new Set(cards.map(({ source }) => source.url)), new Set([PUBLIC_URL]));
    assert.ok(cards.some(({ links }) => links?.some((entry) => "appContext" in entry)));
  });

  it("offers reasons for putting it aside, each a coding with a text, unless it only tells how things stand [cds-hooks 98-100, 136, 219]", async () => {
    const cards = await allCards();
    const reasons = cards.flatMap(({ overrideReasons = [] }) => overrideReasons);
    assert.ok(reasons.length > 0 && cards.some(({ overrideReasons }) => overrideReasons === undefined));
    for (const { code, display } of reasons)
      assert.ok(/^[A-Z]/u.test(display) && display !== code, "words, not a code");
  });

  it("links to the SMART launch with the job as appContext, or else to an absolute address without [cds-hooks 103, 104, 138, 139, 141, 142, 144-147]", async () => {
    const cards = await allCards();
    assert.ok(cards.some(({ links }) => links === undefined));
    const links = cards.flatMap(({ links: of = [] }) => of);
    for (const type of ["smart", "absolute"])
      assert.ok(
        links.some((entry) => entry.type === type),
        type,
      );
    assert.ok(links.some((entry) => entry.type === "smart" && entry.appContext === undefined));
    assert.ok(links.every((entry) => entry.type === "smart" || !("appContext" in entry)));
  });
});
