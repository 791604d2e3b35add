/** CDS Hooks 2.0 over HTTP; numbers are those of the specification's requirement table, "attack" those of the attack list. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, it } from "node:test";
import request from "supertest";
import { loadServices, serviceProblems } from "../../src/hooks/load-services.ts";
import { hookPaths } from "../../src/hooks/openapi.ts";
import { openApiDocument } from "../../src/http/openapi.ts";
import { trustPaths } from "../../src/trust/routes/oauth.ts";
import { templateProblem } from "../../src/hooks/prefetch-template.ts";
import { service } from "../../cds-services/discharge-summary/service.ts";
import {
  PUBLIC_URL,
  SERVICE_URL,
  SMART,
  completed,
  encounter,
  fullPrefetch,
  hookWorld,
  jobOf,
  patient,
  tenantOf,
  gapsOf,
} from "../support/hook-world.ts";
import { unreadSentence } from "../../src/core/sections/unread.ts";

const CANARY = "Chewbacca-canary";
const authorization = {
  access_token: "hook-token-canary",
  token_type: "Bearer",
  expires_in: 60,
  scope: "patient/*.read",
  subject: "handover",
};
const noAccess = tenantOf("general");
const backend = tenantOf("general", { backendServices: { clientId: "handover" } });
const required = { patient, encounter };

describe("discovery", () => {
  it("lists the service under one id on both hooks and tells nothing of a tenant (attack 38) [cds-hooks 211]", async () => {
    const { app } = hookWorld();
    const { status, body, text } = await request(app).get("/cds-services");
    assert.equal(status, 200);
    assert.deepEqual(
      body.services.map(({ hook, id }: { hook: string; id: string }) => [hook, id]),
      [
        ["encounter-discharge", "discharge-summary"],
        ["patient-view", "discharge-summary"],
      ],
    );
    for (const entry of body.services)
      for (const member of ["title", "description", "version", "hookVersion"])
        assert.equal(typeof entry[member], "string", member);
    assert.ok(!text.includes("general") && !/null|\[\]|\{\}/u.test(text));
  });

  it("offers prefetch that every EHR can fill [cds-hooks 55-59]", () => {
    assert.deepEqual(serviceProblems(service, "discharge-summary"), []);
    for (const bad of [
      "Patient/{{context.draftOrders.id}}",
      "Observation?code:below=x",
      "https://evil.example/Patient/{{context.patientId}}",
      "Patient/{{context.patientId}}/$everything",
    ]) {
      assert.notEqual(templateProblem(bad), undefined, bad);
    }
  });

  it("is loaded from its folder at the start", async () => {
    const services = await loadServices(new URL("../../cds-services", import.meta.url).pathname);
    const ids = new Set(services.map(({ id }) => id));
    for (const id of ["discharge-summary", "pending-results"]) assert.ok(ids.has(id), id);
  });

  it("answers other methods with 405 and unknown services with 404 [cds-hooks 14, 76]", async () => {
    const { app } = hookWorld();
    assert.equal((await request(app).delete("/cds-services")).status, 405);
    assert.equal((await request(app).get("/cds-services/discharge-summary")).headers["allow"], "POST");
    assert.equal(
      (await request(app).post("/cds-services/other").set("content-type", "application/json").send("{}")).status,
      404,
    );
  });
});

describe("the caller", () => {
  it("without Authorization is 401 as an OperationOutcome without a reason, and no job (attack 1) [cds-hooks 176, 177]", async () => {
    const { invoke, seen } = hookWorld();
    const answer = await invoke({}, "");
    assert.equal(answer.status, 401);
    const outcome = JSON.parse(answer.text);
    assert.deepEqual(
      [outcome.resourceType, outcome.issue[0].code, outcome.issue[0].details.text],
      ["OperationOutcome", "security", "Authentication failed."],
    );
    assert.deepEqual([seen.created, seen.refusals], [[], [{ reason: "credential.missing", family: "/cds-services" }]]);
  });

  it("must name this very endpoint: discovery's audience and feedback's are others (attack 7)", async () => {
    const { invoke, token, seen } = hookWorld();
    for (const url of [`${PUBLIC_URL}/cds-services`, `${SERVICE_URL}/feedback`])
      assert.equal((await invoke({}, token(url))).status, 401);
    assert.deepEqual(seen.refusals[0], {
      reason: "jwt.audience",
      family: "/cds-services",
      tenant: "general",
      issuer: "https://general.example",
    });
  });

  it("is told by the audience of PUBLIC_URL, whatever the Host header says (attack 54)", async () => {
    const { app, token, body } = hookWorld();
    const answer = await request(app)
      .post("/cds-services/discharge-summary")
      .set({ host: "evil.example", authorization: token(), "content-type": "application/json" })
      .send(JSON.stringify(body()));
    assert.equal(answer.status, 200);
    assert.ok(answer.body.cards[0].links[0].url.startsWith(PUBLIC_URL));
  });

  it("may use a token once", async () => {
    const { invoke, token } = hookWorld();
    const once = token();
    assert.equal((await invoke({}, once)).status, 200);
    assert.equal((await invoke({}, once)).status, 401);
  });

  it("is known by the registered FHIR base where the tenant requires no JWT, and by nothing else", async () => {
    const open = tenantOf("general", { ...SMART, cdsHooks: { requireJwt: false } });
    const { invoke } = hookWorld({ tenants: [open] });
    assert.equal((await invoke({}, "")).status, 200);
    assert.equal((await invoke({ fhirServer: "https://other.example/fhir" }, "")).status, 401);
    assert.equal((await invoke({}, "Bearer a.b.c")).status, 401);
  });

  it("leaves no token in any log line", async () => {
    const { invoke, seen, token } = hookWorld();
    const used = token();
    await invoke({ fhirAuthorization: authorization }, used);
    await invoke({}, used);
    const log = seen.lines.join("");
    assert.ok(!log.includes(used.slice(7, 60)) && !log.includes("hook-token-canary") && !log.includes(CANARY), log);
  });
});

describe("the request", () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["hook missing", { hook: undefined }, "hook"],
    ["hook unknown", { hook: "order-sign" }, "hook"],
    ["hookInstance not a UUID (attack 23)", { hookInstance: "1" }, "hookInstance"],
    ["context missing", { context: undefined }, "context"],
    ["userId not a reference", { context: { userId: "d1", patientId: "p1", encounterId: "e1" } }, "context.userId"],
    [
      "patientId no FHIR id",
      { context: { userId: "Practitioner/d1", patientId: "p1/../x", encounterId: "e1" } },
      "context.patientId",
    ],
    [
      "encounterId missing on encounter-discharge",
      { context: { userId: "Practitioner/d1", patientId: "p1" } },
      "context.encounterId",
    ],
    [
      "token with line ends (attack 26)",
      { fhirAuthorization: { ...authorization, access_token: "a\r\nX: 1" } },
      "fhirAuthorization.access_token",
    ],
    [
      "token of another type",
      { fhirAuthorization: { ...authorization, token_type: "mac" } },
      "fhirAuthorization.token_type",
    ],
    ["token without fhirServer (cds-r-1)", { fhirServer: undefined, fhirAuthorization: authorization }, "fhirServer"],
    [
      "token of another patient (cds-r-2)",
      { fhirAuthorization: { ...authorization, patient: "p2" } },
      "fhirAuthorization.patient",
    ],
    ["prefetch that is no FHIR", { prefetch: fullPrefetch({ conditions: "text" }) }, "prefetch.conditions"],
  ];
  for (const [name, over, at] of cases) {
    it(`${name} is 400 and names ${at}`, async () => {
      const { invoke, seen } = hookWorld();
      const answer = await invoke(over);
      assert.deepEqual([answer.status, JSON.parse(answer.text).issue[0].expression], [400, [at]]);
      assert.deepEqual(seen.created, []);
    });
  }

  it("with a fhirServer that is not registered is 400 and nothing is called (attack 25)", async () => {
    const { invoke, seen } = hookWorld({ tenants: [noAccess] });
    for (const fhirServer of [
      "http://169.254.169.254/",
      "file:///etc/passwd",
      "https://general.example@evil.example/fhir",
      "https://general.example:22/fhir",
      "https://evil.example/fhir",
    ]) {
      const answer = await invoke({ fhirServer, fhirAuthorization: authorization, prefetch: {} });
      assert.equal(answer.status, 400, fhirServer);
    }
    assert.deepEqual(seen.tokens, []);
  });

  it("with another tenant's fhirServer is 403 (attack 27)", async () => {
    const { invoke } = hookWorld({ tenants: [tenantOf("general", SMART), tenantOf("other", SMART)] });
    assert.equal((await invoke({ fhirServer: "https://other.example/fhir" })).status, 403);
  });

  it("with a prototype's name for a key is taken for what it is (attack 21)", async () => {
    const { app, token, body } = hookWorld();
    const cases = [
      ['{"constructor":{"prototype":{"polluted":1}},', 200],
      ['{"__proto__":{"polluted":1},', 400],
    ] as const;
    for (const [start, status] of cases) {
      const answer = await request(app)
        .post("/cds-services/discharge-summary")
        .set({ authorization: token(), "content-type": "application/json" })
        .send(JSON.stringify(body()).replace("{", start));
      assert.equal(answer.status, status, start);
    }
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });

  it("with unknown members and extensions is accepted [cds-hooks 214]", async () => {
    const { invoke } = hookWorld();
    assert.equal((await invoke({ extension: { "com.example.x": 1 }, colour: "blue" })).status, 200);
  });
});

describe("the card", () => {
  it("has a uuid, one sentence under 140 characters, an indicator and a source, and override reasons with display [cds-hooks 80, 83, 88, 219] [smart 20]", async () => {
    const states = [
      undefined,
      jobOf(),
      jobOf({ status: "waiting" }),
      completed("preliminary"),
      completed("final"),
      jobOf({ status: "failed", error: "ehr_timeout" }),
      completed("entered-in-error"),
    ];
    for (const job of states) {
      const { invoke, state } = hookWorld();
      state.job = job;
      const { status, body, text } = await invoke();
      assert.equal(status, 200);
      const [card] = body.cards;
      assert.match(card.uuid, /^[0-9a-f-]{36}$/u);
      assert.ok(card.summary.length > 0 && card.summary.length < 140);
      assert.ok(["info", "warning", "critical"].includes(card.indicator) && card.source.label);
      for (const reason of card.overrideReasons ?? []) assert.ok(reason.code && reason.system && reason.display);
      for (const link of card.links) assert.deepEqual([link.type, link.url], ["smart", `${PUBLIC_URL}/smart/launch`]);
      assert.ok(!/<[a-z]/iu.test(card.detail ?? ""), "no HTML");
      assert.ok(!/null|\{\}|:\[\]/u.test(text), "no empty members (2.0, 3)");
      assert.ok(!text.includes(CANARY), "nothing of the chart");
    }
  });

  it("brings the job to the SMART page by appContext [cds-hooks 144]", async () => {
    const { invoke, state } = hookWorld();
    state.job = completed("preliminary");
    assert.equal((await invoke()).body.cards[0].links[0].appContext, "job-1");
  });

  it("without a SMART client links to a one-time landing page [cds-hooks 140]", async () => {
    const { invoke, state, seen } = hookWorld({ tenants: [noAccess] });
    state.job = completed("preliminary");
    const [link] = (await invoke()).body.cards[0].links;
    assert.equal(link.type, "absolute");
    assert.match(link.url, /^https:\/\/adapter\.example\/app\/ticket\/general\.[\w-]{43}$/u);
    assert.deepEqual(seen.tickets, [
      {
        tenant: "general",
        purpose: "open",
        patient: "Patient/p1",
        encounter: "Encounter/e1",
        userId: "Practitioner/d1",
        job: "job-1",
      },
    ]);
  });

  it("names the failure in public words only, and offers to try again", async () => {
    const { invoke, state } = hookWorld({ tenants: [noAccess] });
    state.job = jobOf({ status: "failed", error: "<script>alert(1)</script>" });
    const [card] = (await invoke()).body.cards;
    assert.ok(!card.detail.includes("<"));
    assert.equal(card.links[0].label, "Try again");
  });

  it("is remembered with its job, so that feedback can be understood [cds-hooks 82]", async () => {
    const { invoke, state, seen } = hookWorld();
    state.job = completed("preliminary");
    const { uuid } = (await invoke()).body.cards[0];
    assert.deepEqual(
      seen.cards.map((card) => [card.uuid, card.job, card.state]),
      [[uuid, "job-1", "draft-ready"]],
    );
  });
});

describe("where chart data comes from, in order", () => {
  it("the prefetch, kept as a snapshot for the job [cds-hooks 28, 34]", async () => {
    const { invoke, seen } = hookWorld();
    const conditions = {
      resourceType: "Bundle",
      type: "searchset",
      entry: [{ resource: { resourceType: "Condition", id: "c1", subject: { reference: "Patient/p1" } } }],
    };
    await invoke({ prefetch: fullPrefetch({ conditions }) });
    const [created] = seen.created;
    assert.deepEqual(
      created?.snapshot?.resources.map(({ resourceType, id }) => `${resourceType}/${id}`),
      ["Patient/p1", "Encounter/e1", "Condition/c1"],
    );
    assert.deepEqual([created?.waitForLaunch, gapsOf(created), created?.trigger], [false, [], "hook"]);
  });

  it("of a later call for a stay whose job is open too: what it brings goes to that job", async () => {
    const { invoke, seen, state } = hookWorld();
    state.job = jobOf({
      status: "completed",
      summary: { version: 1, docStatus: "preliminary", sha256: "00", edited: false },
    });
    await invoke({ prefetch: fullPrefetch() });
    assert.deepEqual(seen.created, []);
    const [arrived] = seen.arrived;
    assert.deepEqual(
      [arrived?.job, arrived?.source, arrived?.whole, arrived?.resources.map(({ resourceType }) => resourceType)],
      [state.job.id, "hook", true, ["Patient", "Encounter"]],
    );
    state.job = { ...state.job, summary: { version: 1, docStatus: "final", sha256: "00", edited: false } };
    await invoke({ prefetch: fullPrefetch() });
    assert.equal(seen.arrived.length, 1, "a signed summary hears of nothing");
  });

  it("null means that there is no data; missing, an OperationOutcome or a further page mean that it did not come [cds-hooks 52]", async () => {
    const { invoke, seen } = hookWorld({ tenants: [noAccess] });
    const page = {
      resourceType: "Bundle",
      type: "searchset",
      link: [{ relation: "next", url: "https://evil.example/next" }],
      entry: [],
    };
    await invoke({
      prefetch: fullPrefetch({
        allergies: { resourceType: "OperationOutcome", issue: [] },
        conditions: page,
        procedures: undefined,
      }),
    });
    assert.deepEqual(gapsOf(seen.created[0]), [
      "Condition: only a first page in the prefetch (conditions)",
      "AllergyIntolerance: not in the prefetch (allergies)",
      "Procedure: not in the prefetch (procedures)",
    ]);
    const gaps = seen.created[0]?.snapshot?.gaps ?? [];
    for (const section of ["allergies", "diagnoses", "procedures"] as const)
      assert.match(unreadSentence(section, gaps) ?? "", /^Not or not all read from the EHR: /u);
    assert.equal(unreadSentence("follow-up", gaps), undefined);
  });

  it("what no hook ever brings is not said to have been looked at", async () => {
    const { invoke, seen } = hookWorld({ tenants: [noAccess] });
    await invoke({ prefetch: fullPrefetch() });
    const gaps = seen.created[0]?.snapshot?.gaps ?? [];
    const types =
      "ClinicalImpression Communication Device DeviceUseStatement ImagingStudy Immunization List MedicationAdministration NutritionOrder Specimen".split(
        " ",
      );
    assert.deepEqual(new Set(gaps.map((gap) => gap.split(":")[0])), new Set(types));
    assert.match(unreadSentence("procedures", gaps) ?? "", /devices, use of devices, immunizations/u);
  });

  it("a ticket that starts the draft later carries what did not come along with what came", async () => {
    const waits = tenantOf("general", {}, { generation: { autoDraftOn: [] } });
    const { invoke, seen } = hookWorld({ tenants: [waits] });
    await invoke({ prefetch: fullPrefetch({ allergies: undefined }) });
    const [ticket] = seen.tickets;
    assert.equal(ticket?.purpose, "start");
    assert.ok(ticket.snapshot?.gaps.includes("AllergyIntolerance: not in the prefetch (allergies)"));
    assert.ok(ticket.snapshot?.resources.some(({ resourceType }) => resourceType === "Patient"));
  });

  it("fewer matches than the Bundle's own total are a first page too, with or without a link to the next", async () => {
    const of = (id: string, mode?: string) => ({
      resource: { resourceType: "Condition", id, subject: { reference: "Patient/p1" } },
      ...(mode === undefined ? {} : { search: { mode } }),
    });
    const bundle = (total: number, ...entry: object[]) => ({ resourceType: "Bundle", type: "searchset", total, entry });
    for (const [conditions, gaps] of [
      [bundle(2, of("c1"), of("c2", "match")), []],
      [bundle(3, of("c1"), of("c2", "match")), ["Condition: only a first page in the prefetch (conditions)"]],
      [bundle(2, of("c1"), of("c2", "include")), ["Condition: only a first page in the prefetch (conditions)"]],
      [bundle(0), []],
    ] as const) {
      const { invoke, seen } = hookWorld({ tenants: [noAccess] });
      await invoke({ prefetch: fullPrefetch({ conditions }) });
      assert.deepEqual(gapsOf(seen.created[0]), gaps);
    }
  });

  it("Backend Services in the worker for what is missing; the hook's token is then not used", async () => {
    const { invoke, seen } = hookWorld({ tenants: [backend] });
    assert.equal((await invoke({ prefetch: {}, fhirAuthorization: authorization })).status, 200);
    assert.deepEqual([seen.created[0]?.waitForLaunch, seen.created[0]?.snapshot, seen.tokens], [false, undefined, []]);
  });

  it("the hook's own token while the call lasts, at the registered base, never at a link of the prefetch (attack 30) [cds-hooks 34, 60]", async () => {
    const asked: string[] = [];
    const reader = {
      read: async (type: string, id: string) => {
        asked.push(`${type}/${id}`);
        return type === "Patient" ? patient : encounter;
      },
      search: async (type: string) => {
        asked.push(type);
        const own = { resourceType: "Condition", id: "c1", subject: { reference: "Patient/p1" } } as const;
        const other = { resourceType: "Condition", id: "c2", subject: { reference: "Patient/p2" } } as const;
        return { resources: type === "Condition" ? [own, other] : [], complete: true };
      },
    };
    const { invoke, seen } = hookWorld({ tenants: [noAccess], reader });
    const page = {
      resourceType: "Bundle",
      type: "searchset",
      link: [{ relation: "next", url: "https://evil.example/next" }],
    };
    assert.equal((await invoke({ prefetch: { conditions: page }, fhirAuthorization: authorization })).status, 200);
    assert.deepEqual(seen.tokens, ["hook-token-canary"]);
    assert.ok(asked.includes("Patient/p1") && asked.includes("Condition"));
    assert.deepEqual(
      seen.created[0]?.snapshot?.resources.map(({ resourceType, id }) => `${resourceType}/${id}`).toSorted(),
      ["Condition/c1", "Encounter/e1", "Patient/p1"],
    );
  });

  it("else the job waits for the SMART launch, and the card says so", async () => {
    const { invoke, seen } = hookWorld();
    const { body } = await invoke({ prefetch: {} });
    assert.equal(seen.created[0]?.waitForLaunch, true);
    assert.match(body.cards[0].summary, /waits for access/u);
  });

  it("else 412 with an OperationOutcome, and no job [cds-hooks 54]", async () => {
    const { invoke, seen } = hookWorld({ tenants: [noAccess] });
    for (const [prefetch, at] of [
      [{}, "prefetch.patient"],
      [{ patient }, "prefetch.encounter"],
      [null, "prefetch.patient"],
    ] as const) {
      const answer = await invoke({ prefetch });
      const outcome = JSON.parse(answer.text);
      assert.deepEqual([answer.status, outcome.issue[0].code, outcome.issue[0].expression], [412, "processing", [at]]);
    }
    assert.deepEqual(seen.created, []);
  });

  it("412 too where the hook's token is refused [cds-hooks 54]", async () => {
    const reader = { read: async () => Promise.reject(new Error("403")) };
    const { invoke } = hookWorld({ tenants: [noAccess], reader });
    assert.equal((await invoke({ prefetch: {}, fhirAuthorization: authorization })).status, 412);
  });

  it("only Patient and Encounter are required", async () => {
    const { invoke } = hookWorld({ tenants: [noAccess] });
    assert.equal((await invoke({ prefetch: required })).status, 200);
  });

  it("another patient's or stay's data refuse the call (attack 29); what names nobody is left out", async () => {
    const { invoke, seen } = hookWorld();
    const condition = (subject: object) => ({
      resourceType: "Bundle",
      entry: [{ resource: { resourceType: "Condition", id: "c1", subject } }],
    });
    assert.equal((await invoke({ prefetch: fullPrefetch({ patient: { ...patient, id: "p2" } }) })).status, 400);
    assert.equal((await invoke({ prefetch: fullPrefetch({ encounter: { ...encounter, id: "e2" } }) })).status, 400);
    assert.equal(
      (
        await invoke({
          prefetch: fullPrefetch({ conditions: condition({ reference: "https://general.example/fhir/Patient/p2" }) }),
        })
      ).status,
      400,
    );
    assert.equal(seen.created.length, 0);
    await invoke({ prefetch: fullPrefetch({ conditions: condition({ reference: "urn:uuid:0" }) }) });
    assert.ok(!seen.created[0]?.snapshot?.resources.some(({ id }) => id === "c1"));
  });
});

describe("one job", () => {
  it("for a double click: 20 calls of one hookInstance, one job and one link (attack 34)", async () => {
    const { invoke, seen } = hookWorld();
    const hookInstance = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => invoke({ hookInstance })));
    assert.deepEqual(new Set(answers.map(({ body }) => body.cards[0].links[0].appContext)), new Set(["job-1"]));
    assert.deepEqual(new Set(seen.created.map(({ key }) => key?.value)), new Set([hookInstance]));
  });

  it("a hookInstance reused for another patient or stay is 409 and shows nothing (attack 23)", async () => {
    const { invoke } = hookWorld();
    const hookInstance = randomUUID();
    await invoke({ hookInstance });
    const prefetch = fullPrefetch({
      patient: { ...patient, id: "p2" },
      encounter: { ...encounter, id: "e2", subject: { reference: "Patient/p2" } },
    });
    const answer = await invoke({
      hookInstance,
      prefetch,
      context: { userId: "Practitioner/d1", patientId: "p2", encounterId: "e2" },
    });
    assert.equal(answer.status, 409);
    assert.ok(!answer.text.includes("job-1"));
  });

  it("that only waits for its chart gives way to the EHR's word about whose stay it is", async () => {
    const { invoke, state, seen } = hookWorld();
    state.job = jobOf({ status: "waiting", patient: "Patient/typo" });
    assert.equal((await invoke()).status, 200);
    assert.deepEqual(
      seen.created.map(({ patient: of }) => of),
      ["Patient/p1"],
    );
  });

  it("of this encounter under another patient's name is refused", async () => {
    const { invoke, state } = hookWorld();
    state.job = jobOf({ patient: "Patient/p9" });
    const answer = await invoke();
    assert.equal(answer.status, 400);
    assert.ok(!answer.text.includes("job-1"));
  });
});

describe("several hospitals", () => {
  it("one of them that takes all its places is told to wait; the other is answered", async () => {
    const tenants = [tenantOf("general", SMART), tenantOf("other", SMART)];
    const { invoke, token, state, seen } = hookWorld({ tenants, mostPerTenant: 3 });
    state.never = true;
    const held = Array.from({ length: 5 }, () => invoke());
    const ofOther = invoke({ fhirServer: "https://other.example/fhir" }, token(undefined, "other"));
    const answers = await Promise.all(held);
    const turnedAway = answers.filter(({ status }) => status === 429).length;
    assert.deepEqual([turnedAway, answers.filter(({ status }) => status === 200).length], [2, 3]);
    const refused = answers.find(({ status }) => status === 429);
    assert.ok(Number(refused?.headers["retry-after"]) > 0);
    assert.equal((await ofOther).status, 200);
    // The answers are out; the work behind them is not done, and still takes the places.
    assert.equal((await invoke()).status, 429);
    state.never = false;
    for (const end of seen.held) end();
    assert.equal((await invoke()).status, 200);
  });
});

describe("within the budget, whatever happens (27)", () => {
  it("database away: a truthful card without a link on encounter-discharge, nothing on patient-view", async () => {
    const { invoke, state, seen } = hookWorld();
    state.databaseAway = true;
    const { status, body } = await invoke();
    assert.equal(status, 200);
    assert.match(body.cards[0].summary, /briefly unavailable/u);
    assert.equal(body.cards[0].links, undefined);
    assert.deepEqual((await invoke({ hook: "patient-view", prefetch: undefined })).body, { cards: [] });
    assert.equal(seen.created.length, 0);
  });

  it("database away and caller unknown: still 401 (fail closed, ASVS 16.5.3)", async () => {
    const { invoke, state } = hookWorld();
    state.databaseAway = true;
    assert.equal((await invoke({}, "Bearer x.y.z")).status, 401);
  });

  it("database that never answers: the card comes within 500 ms [cds-hooks 27]", async () => {
    const { invoke, state } = hookWorld();
    await invoke({ hook: "patient-view", prefetch: undefined });
    state.never = true;
    const startedAt = performance.now();
    const { body } = await invoke();
    assert.ok(performance.now() - startedAt < 500);
    assert.match(body.cards[0].summary, /briefly unavailable/u);
  });

  it("EHR that never answers the hook's token: within 500 ms too, and the job waits where a launch can help [cds-hooks 27]", async () => {
    const reader = { read: () => new Promise<undefined>(() => {}), search: () => new Promise<never>(() => {}) };
    const cases = [
      [noAccess, /briefly unavailable/u],
      [tenantOf("general", SMART), /waits for access/u],
    ] as const;
    for (const [tenant, summary] of cases) {
      const { invoke } = hookWorld({ tenants: [tenant], reader });
      const startedAt = performance.now();
      const { status, body } = await invoke({ prefetch: {}, fhirAuthorization: authorization });
      assert.ok(performance.now() - startedAt < 500);
      assert.equal(status, 200);
      assert.match(body.cards[0].summary, summary);
    }
  });
});

describe("browsers (208)", () => {
  const origins = {
    corsOrigins: ["https://general.example"],
    issuers: [{ iss: "https://general.example", jku: "https://general.example/jwks" }],
  };

  it("of a listed origin may call, with Authorization and Content-Type; never `*` [cds-hooks 208]", async () => {
    const { app, invoke } = hookWorld({ tenants: [tenantOf("general", { ...SMART, cdsHooks: origins })] });
    const preflight = await request(app)
      .options("/cds-services/discharge-summary")
      .set({ origin: "https://general.example", "access-control-request-method": "POST" });
    assert.equal(preflight.status, 204);
    assert.equal(preflight.headers["access-control-allow-origin"], "https://general.example");
    assert.match(preflight.headers["access-control-allow-headers"] ?? "", /Authorization.*Content-Type/u);
    assert.equal(preflight.headers["access-control-allow-credentials"], undefined);
    assert.equal(
      (await invoke().set("origin", "https://general.example")).headers["access-control-allow-origin"],
      "https://general.example",
    );
  });

  it("of any other origin, or of another tenant's, may not", async () => {
    const other = tenantOf("other", SMART);
    const { app, invoke, token } = hookWorld({
      tenants: [tenantOf("general", { ...SMART, cdsHooks: origins }), other],
    });
    const preflight = await request(app)
      .options("/cds-services/discharge-summary")
      .set({ origin: "https://evil.example", "access-control-request-method": "POST" });
    assert.equal(preflight.headers["access-control-allow-origin"], undefined);
    const answer = await invoke({ fhirServer: "https://other.example/fhir" }, token(SERVICE_URL, "other")).set(
      "origin",
      "https://general.example",
    );
    assert.deepEqual([answer.status, answer.headers["access-control-allow-origin"]], [200, undefined]);
  });
});

describe("OpenAPI", () => {
  it("describes every route of hooks and trust with what it answers", () => {
    const { paths } = openApiDocument({ publicUrl: PUBLIC_URL, version: "1.0.0", paths: [hookPaths, trustPaths] });
    const described = Object.entries(paths ?? {}).flatMap(([path, item]) =>
      Object.keys(item ?? {}).map((method) => `${method} ${path}`),
    );
    assert.deepEqual(described.toSorted(), [
      "get /.well-known/jwks.json",
      "get /cds-services",
      "post /cds-services/{id}",
      "post /cds-services/{id}/feedback",
      "post /oauth/token",
    ]);
    const invoke = paths?.["/cds-services/{id}"]?.post;
    assert.deepEqual(Object.keys(invoke?.responses ?? {}), [
      "200",
      "400",
      "401",
      "403",
      "404",
      "409",
      "412",
      "413",
      "415",
      "429",
      "503",
    ]);
  });
});

describe("feedback (148)", () => {
  const send = (
    world: ReturnType<typeof hookWorld>,
    feedback: unknown,
    authorization = world.token(`${SERVICE_URL}/feedback`),
  ) =>
    request(world.app)
      .post("/cds-services/discharge-summary/feedback")
      .set({ authorization, "content-type": "application/json" })
      .send(JSON.stringify({ feedback }));
  const item = {
    card: randomUUID(),
    outcome: "overridden",
    outcomeTimestamp: "2026-03-17T10:00:00Z",
    overrideReason: { reason: { code: "not-now" }, userComment: "<script>" },
  };

  it("is taken from a verified caller, many at once [cds-hooks 148]", async () => {
    const world = hookWorld();
    assert.equal((await send(world, [item, { ...item, outcome: "accepted" }])).status, 200);
    assert.equal(world.seen.feedback.length, 2);
  });

  it("needs a token for this endpoint, a card's uuid and a known outcome (attack 37)", async () => {
    const world = hookWorld();
    assert.equal((await send(world, [item], world.token())).status, 401);
    for (const bad of [
      [],
      [{ ...item, card: "x" }],
      [{ ...item, outcome: "ignored" }],
      [{ ...item, outcomeTimestamp: "yesterday" }],
      "x",
    ]) {
      assert.equal((await send(world, bad)).status, 400);
    }
    assert.equal((await send(world, [{ ...item, overrideReason: { userComment: "x".repeat(300_000) } }])).status, 413);
  });
});
