/** CDS Hooks 2.0: what any service may answer, and what the framework holds it to. A violation is never sent. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import request from "supertest";
import { z } from "zod";
import { discoveryOf } from "../../src/hooks/discovery.ts";
import { loadServices, serviceProblems } from "../../src/hooks/load-services.ts";
import type { CdsService, HookCall, ServiceAnswer, ServicePorts } from "../../src/hooks/service.ts";
import { bothVerdicts } from "../support/cds-hooks-schemas.ts";
import { SMART, hookWorld, tenantOf } from "../support/hook-world.ts";

const opened = { hook: "patient-view", context: { userId: "Practitioner/d1", patientId: "p1" }, prefetch: undefined };
const agreed = tenantWith(true);

let suggesting: CdsService;
/** What the service wants to say, as plain JSON to be spoilt. */
let wanted: string;
before(async () => {
  const loaded = await loadServices(join(import.meta.dirname, "..", "support", "cds-services"));
  suggesting = loaded.find(({ id }) => id === "suggesting") ?? assert.fail("the service is not loaded");
  const call = { tenant: agreed } as unknown as HookCall;
  wanted = JSON.stringify(await suggesting.answer(call, {} as ServicePorts));
});

function tenantWith(systemActions: boolean) {
  const issuers = [{ iss: "https://general.example", jku: "https://general.example/jwks" }];
  return tenantOf("general", { ...SMART, cdsHooks: { systemActions, issuers } });
}

const resource = z.looseObject({ resourceType: z.string() });
const action = z.strictObject({
  type: z.enum(["create", "update", "delete"]),
  description: z.string().optional(),
  resource: resource.optional(),
  resourceId: z.string().optional(),
});
const suggestion = z.strictObject({
  label: z.string(),
  uuid: z.string().optional(),
  isRecommended: z.boolean().optional(),
  actions: z.array(action).optional(),
});
const extension = z.record(z.string(), z.unknown());
const answerShape = z.strictObject({
  cards: z.array(
    z.looseObject({
      source: z.looseObject({ icon: z.string().optional() }),
      suggestions: z.array(suggestion).optional(),
      selectionBehavior: z.string().optional(),
      extension: extension.optional(),
    }),
  ),
  systemActions: z.array(action).optional(),
  extension: extension.optional(),
});

async function answerOf(service: CdsService, systemActions = true) {
  const world = hookWorld({ service, tenants: [tenantWith(systemActions)] });
  const { status, body } = await world.invoke(opened);
  assert.equal(status, 200);
  return { answer: answerShape.parse(body), world, late: world.seen.late.map(String) };
}

describe("a service of a folder may answer", () => {
  it("suggestions with their actions, and say whether one or several may be taken [cds-hooks 92-96, 117-125, 127, 128, 130-135]", async () => {
    const { answer, late } = await answerOf(suggesting);
    assert.deepEqual(late, []);
    const [first, second, third] = answer.cards;
    assert.deepEqual([first?.selectionBehavior, second?.selectionBehavior], ["at-most-one", "any"]);
    assert.deepEqual([third?.suggestions, third?.selectionBehavior], [undefined, undefined], "or none");
    const [repeat, leave] = first?.suggestions ?? [];
    assert.equal(repeat?.uuid, "5a1f1d0a-6f3c-4a0e-9f54-0c1f1d0e9a01");
    assert.deepEqual(leave, { label: "Leave it" }, "a label is enough");
    assert.deepEqual(
      repeat.actions?.map(({ type, resource: whole, resourceId }) => [type, whole?.resourceType ?? resourceId]),
      [
        ["create", "ServiceRequest"],
        ["update", "ServiceRequest"],
        ["delete", "Task/9"],
      ],
    );
    assert.equal(second?.suggestions?.filter(({ isRecommended }) => isRecommended).length, 2, "of `any`, several");
  });

  it("an icon beside its source, or none [cds-hooks 111, 113]", async () => {
    const { answer } = await answerOf(suggesting);
    assert.ok(answer.cards.every(({ source }) => URL.canParse(source.icon ?? "")));
    const { icon: _icon, ...plain } = suggesting;
    assert.ok((await answerOf(plain)).answer.cards.every(({ source }) => source.icon === undefined));
  });

  it("extensions by names in reverse-domain form, in discovery too [cds-hooks 214, 215]", async () => {
    const { answer, world } = await answerOf(suggesting);
    assert.deepEqual(answer.extension, { "com.example.trace": "x" });
    assert.deepEqual(answer.cards[0]?.extension, { "com.example.rank": 1 });
    const { services } = z
      .object({ services: z.array(z.looseObject({})) })
      .parse((await request(world.app).get("/cds-services")).body);
    assert.deepEqual(services[0]?.["extension"], { "com.example.owner": { team: "orders" } });
  });

  it("system actions to a hospital that agreed to them, and to no other [cds-hooks 75]", async () => {
    const { answer } = await answerOf(suggesting);
    assert.deepEqual(
      answer.systemActions?.map(({ type }) => type),
      ["update"],
    );
    const unasked: CdsService = { ...suggesting, answer: async () => JSON.parse(wanted) as ServiceAnswer };
    const refused = await answerOf(unasked, false);
    assert.deepEqual(refused.answer, { cards: [] });
    assert.match(refused.late.join(), /suggesting .* systemActions not agreed/u);
  });

  it("and all of it passes the published schemas of 2.0 and 3.0", async () => {
    const { answer } = await answerOf(suggesting);
    for (const version of ["2.0", "3.0"] as const)
      assert.deepEqual(bothVerdicts(version, "response", answer), { file: true, program: true });
  });
});

/** Where in the answer, what is put there (undefined: taken away), and the row that it breaks. */
const violations: readonly [rows: string, name: string, path: readonly (string | number)[], value: unknown][] = [
  ["92", "suggestions that are no list", ["cards", 0, "suggestions"], { label: "x" }],
  ["93, 96", "suggestions without selectionBehavior", ["cards", 0, "selectionBehavior"], undefined],
  ["95", "another selectionBehavior", ["cards", 0, "selectionBehavior"], "all"],
  ["94", "an empty list of suggestions", ["cards", 0, "suggestions"], []],
  ["117", "a suggestion without label", ["cards", 0, "suggestions", 0, "label"], undefined],
  ["119", "a uuid that is no string", ["cards", 0, "suggestions", 0, "uuid"], 7],
  ["121", "isRecommended that is no boolean", ["cards", 0, "suggestions", 0, "isRecommended"], "true"],
  ["122", "two recommended of at-most-one", ["cards", 0, "suggestions", 1, "isRecommended"], true],
  ["124", "actions that are no list", ["cards", 0, "suggestions", 0, "actions"], {}],
  ["123", "an empty list of actions", ["cards", 0, "suggestions", 0, "actions"], []],
  ["127", "an action without type", ["cards", 0, "suggestions", 0, "actions", 0, "type"], undefined],
  ["127", "an action of another type", ["cards", 0, "suggestions", 0, "actions", 0, "type"], "upsert"],
  ["128", "an action without description", ["cards", 0, "suggestions", 0, "actions", 0, "description"], undefined],
  ["131", "a create without its resource", ["cards", 0, "suggestions", 0, "actions", 0, "resource"], undefined],
  ["130", "a resource that is none", ["cards", 0, "suggestions", 0, "actions", 0, "resource"], { status: "active" }],
  ["132", "an update with nothing but changes", ["systemActions", 0, "resource"], { status: "completed" }],
  ["132", "an update that does not say of what", ["systemActions", 0, "resource", "id"], undefined],
  ["133", "a delete with an id for its resource", ["cards", 0, "suggestions", 0, "actions", 2, "resource"], "Task/9"],
  [
    "133",
    "a delete that brings the resource",
    ["cards", 0, "suggestions", 0, "actions", 2, "resource"],
    { resourceType: "Task", id: "9" },
  ],
  ["134", "a delete of nothing", ["cards", 0, "suggestions", 0, "actions", 2, "resourceId"], undefined],
  ["135", "a resourceId that is no reference", ["cards", 0, "suggestions", 0, "actions", 2, "resourceId"], 9],
  ["134", "a create by resourceId", ["cards", 0, "suggestions", 0, "actions", 0, "resourceId"], "Task/9"],
  ["75", "system actions that are no list", ["systemActions"], {}],
  ["3", "an empty list of system actions", ["systemActions"], []],
  ["214", "an extension that is no object", ["extension"], "x"],
  ["215", "an extension under a name that anybody may think of", ["extension"], { rank: 1 }],
  ["3", "an empty extension", ["cards", 0, "extension"], {}],
  ["83", "a card without summary", ["cards", 0, "summary"], ""],
  ["87, 88", "another indicator", ["cards", 0, "indicator"], "hard-stop"],
  ["103", "links that are no list", ["cards", 0, "links"], { url: "https://app.example" }],
  ["138", "a link without label", ["cards", 0, "links"], [{ url: "https://app.example", type: "absolute" }]],
  ["139", "a link without address", ["cards", 0, "links"], [{ label: "x", type: "absolute" }]],
  ["141", "a link without type", ["cards", 0, "links"], [{ label: "x", url: "https://app.example" }]],
  ["142", "a link of another type", ["cards", 0, "links"], [{ label: "x", url: "https://app.example", type: "app" }]],
  [
    "144",
    "appContext that is no string",
    ["cards", 0, "links"],
    [{ label: "x", url: "https://app.example", type: "smart", appContext: { job: 1 } }],
  ],
  [
    "146, 147",
    "appContext on an absolute link",
    ["cards", 0, "links"],
    [{ label: "x", url: "https://app.example", type: "absolute", appContext: "1" }],
  ],
];

function spoilt(path: readonly (string | number)[], value: unknown): ServiceAnswer {
  const answer: unknown = JSON.parse(wanted);
  let holder = answer as object;
  for (const step of path.slice(0, -1)) holder = Reflect.get(holder, step) as object;
  const last = path.at(-1) ?? assert.fail("no path");
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else Reflect.set(holder, last, value);
  return answer as ServiceAnswer;
}

describe("a service's answer that breaks a rule is not sent: the EHR gets the smaller one, and the log says what was wrong", () => {
  it("the unspoilt one is sent", async () => {
    const same: CdsService = { ...suggesting, answer: async () => spoilt(["extension", "com.example.trace"], "y") };
    assert.equal((await answerOf(same)).answer.cards.length, 3);
  });

  for (const [rows, name, path, value] of violations) {
    it(`${name} [cds-hooks ${rows}]`, async () => {
      const broken: CdsService = { ...suggesting, answer: async () => spoilt(path, value) };
      const { answer, late } = await answerOf(broken);
      assert.deepEqual(answer, { cards: [] });
      assert.equal(late.length, 1);
      assert.match(late[0] ?? "", /the service suggesting made an answer that is not CDS Hooks: /u);
    });
  }

  const topic = { system: "urn:example:topics", code: "orders", display: "Orders" };
  const definitions: readonly [rows: string, name: string, change: object][] = [
    ["111", "an icon that is no absolute address", { icon: "/icon.png" }],
    ["216, 217", "a topic without system", { topic: { ...topic, system: "" } }],
    ["218", "a topic whose code is no string", { topic: { ...topic, code: 7 } }],
    ["100, 136, 219", "an override reason without display", { overrideReasons: [{ code: "no", display: "" }] }],
    ["98", "an override reason without code", { overrideReasons: [{ code: "", display: "No" }] }],
  ];
  for (const [rows, name, change] of definitions) {
    it(`${name} [cds-hooks ${rows}]`, async () => {
      const { answer, late } = await answerOf({ ...suggesting, ...change });
      assert.deepEqual([answer, late.length], [{ cards: [] }, 1]);
    });
  }
});

describe("a service's definition that breaks a rule stops the start", () => {
  const problems = (change: object): string => serviceProblems({ ...suggesting, ...change }, "suggesting").join("; ");

  it("no title, which is the label of its cards' source [cds-hooks 105]", () => {
    assert.match(problems({ title: "" }), /title/u);
  });

  it("an icon or an extension that no answer could carry", () => {
    assert.equal(problems({}), "");
    assert.match(problems({ icon: "icon.png" }), /icon/u);
    assert.throws(() => discoveryOf([{ ...suggesting, extension: { owner: 1 } }]));
  });

  const templates: readonly [rows: string, name: string, template: string][] = [
    ["55", "an unfinished token", "Patient/{{context.patientId}"],
    ["56", "a token of neither the context nor the user", "Patient/{{patientId}}"],
    ["57", "a path below a field of the context", "Patient/{{context.patientId.value}}"],
    ["59", "a field that the hook's context has not", "Patient/{{context.selections}}"],
    ["58", "a search modifier that not every EHR has", "Observation?code:below=x&patient={{context.patientId}}"],
    ["58", "an operation in the place of a read or search", "Patient/{{context.patientId}}/$everything"],
  ];
  for (const [rows, name, template] of templates) {
    it(`${name} [cds-hooks ${rows}]`, () => {
      assert.match(problems({ hooks: { "patient-view": { prefetch: { key: template } } } }), /prefetch key/u);
    });
  }
});
