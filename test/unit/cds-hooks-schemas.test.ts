/** The published CDS Hooks schemas: fresh, valid JSON Schema, and of one mind with what the program parses with. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { z } from "zod";
import { OVERRIDE_REASON_SYSTEM, answerProblem } from "../../src/hooks/cards.ts";
import { hooksVersions } from "../../src/hooks/schema/elements.ts";
import type { Message } from "../../src/hooks/schema/publish.ts";
import { messages, publishedFiles } from "../../src/hooks/schema/publish.ts";
import { bothVerdicts, validator } from "../support/cds-hooks-schemas.ts";

const folder = join(import.meta.dirname, "../../docs/schemas/cds-hooks");
const source = { label: "Example" };
const card = { summary: "One sentence", indicator: "info", source };
const suggestion = { label: "Do it" };
const link = { label: "Open", url: "https://app.example/launch", type: "smart" };
const request = {
  hook: "patient-view",
  hookInstance: "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
  context: { userId: "Practitioner/1", patientId: "2" },
};
const authorization = { access_token: "a", token_type: "Bearer", expires_in: 60, scope: "patient/*.rs", subject: "s" };
const feedback = { card: request.hookInstance, outcome: "overridden", outcomeTimestamp: "2026-03-17T10:00:00Z" };
const service = { hook: "patient-view", id: "example", description: "An example" };
const cards = (...more: object[]): object => ({ cards: more });

/** What the rows of the specification allow and forbid, where a schema can tell; for both versions. */
const cases: readonly [name: string, message: Message, valid: boolean, instance: unknown][] = [
  ["no cards at all", "response", true, cards()],
  ["no member cards", "response", false, {}],
  ["a summary of 139 characters", "response", true, cards({ ...card, summary: "x".repeat(139) })],
  ["a summary of 140 characters", "response", false, cards({ ...card, summary: "x".repeat(140) })],
  ["an unknown indicator", "response", false, cards({ ...card, indicator: "hard-stop" })],
  ["no source", "response", false, cards({ summary: "x", indicator: "info" })],
  ["suggestions without selectionBehavior", "response", false, cards({ ...card, suggestions: [suggestion] })],
  ["suggestions with it", "response", true, cards({ ...card, suggestions: [suggestion], selectionBehavior: "any" })],
  ...([1, 2] as const).map((count): (typeof cases)[number] => [
    `${count} recommended of at-most-one`,
    "response",
    count === 1,
    cards({
      ...card,
      selectionBehavior: "at-most-one",
      suggestions: Array.from({ length: 2 }, (_, index) => ({ ...suggestion, isRecommended: index < count })),
    }),
  ]),
  ["appContext on a smart link", "response", true, cards({ ...card, links: [{ ...link, appContext: "1" }] })],
  [
    "appContext elsewhere",
    "response",
    false,
    cards({ ...card, links: [{ ...link, type: "absolute", appContext: "1" }] }),
  ],
  ["a relative link", "response", false, cards({ ...card, links: [{ ...link, url: "/launch" }] })],
  [
    "an override reason without display",
    "response",
    false,
    cards({ ...card, overrideReasons: [{ code: "a", system: "b" }] }),
  ],
  ["an empty list of links", "response", false, cards({ ...card, links: [] })],
  ["a misspelt member", "response", false, cards({ ...card, overrideReason: [] })],
  ["an extension", "response", true, cards({ ...card, extension: { "com.example.a": 1 } })],
  ["a delete without resourceId", "response", false, { cards: [], systemActions: [{ type: "delete" }] }],
  [
    "a delete by resourceId",
    "response",
    true,
    { cards: [], systemActions: [{ type: "delete", resourceId: "Task/1" }] },
  ],
  ["a create without resource", "response", false, { cards: [], systemActions: [{ type: "create" }] }],
  ["the least request", "request", true, request],
  ["the least request of encounter-discharge", "request", false, { ...request, hook: "encounter-discharge" }],
  ["another hook's context", "request", true, { ...request, hook: "order-sign", context: { draftOrders: {} } }],
  ["a token without fhirServer (cds-r-1)", "request", false, { ...request, fhirAuthorization: authorization }],
  [
    "a token with it",
    "request",
    true,
    { ...request, fhirAuthorization: authorization, fhirServer: "https://ehr.example" },
  ],
  ["prefetch null", "request", true, { ...request, prefetch: { a: null } }],
  ["prefetch text", "request", false, { ...request, prefetch: { a: "x" } }],
  ["unknown members", "request", true, { ...request, colour: "blue", extension: {} }],
  ["an extension that is no object", "request", false, { ...request, extension: "x" }],
  ["overridden feedback", "feedback", true, { feedback: [feedback] }],
  [
    "accepted feedback without suggestions (cds-fb-2)",
    "feedback",
    false,
    { feedback: [{ ...feedback, outcome: "accepted" }] },
  ],
  [
    "accepted feedback",
    "feedback",
    true,
    { feedback: [{ ...feedback, outcome: "accepted", acceptedSuggestions: [{ id: "1" }] }] },
  ],
  [
    "an empty list of accepted suggestions",
    "feedback",
    false,
    { feedback: [{ ...feedback, acceptedSuggestions: [] }] },
  ],
  ["no feedback", "feedback", false, { feedback: [] }],
  ["no services", "discovery", true, { services: [] }],
  [
    "a service",
    "discovery",
    true,
    {
      services: [
        { ...service, version: "2.0.0", hookVersion: "1.0", prefetch: { p: "Patient/{{context.patientId}}" } },
      ],
    },
  ],
  ["a service without description", "discovery", false, { services: [{ hook: "patient-view", id: "a" }] }],
  ["an empty prefetch", "discovery", false, { services: [{ ...service, prefetch: {} }] }],
];

describe("published CDS Hooks schemas", () => {
  it("are what `npm run schemas` would write now, and nothing else lies there", () => {
    const files = publishedFiles();
    for (const [path, content] of files)
      assert.equal(readFileSync(join(folder, path), "utf8"), content, `${path} is stale: npm run schemas`);
    assert.deepEqual(globSync("**/*.json", { cwd: folder }).toSorted(), [...files.keys()].toSorted());
  });

  it("are valid JSON Schema 2020-12, each under its own id, every $ref found", () => {
    for (const version of hooksVersions)
      for (const message of messages) assert.equal(typeof validator(version, message), "function");
  });

  for (const [name, message, valid, instance] of cases) {
    it(`${message}: ${name} is ${valid ? "allowed" : "refused"}, by file and program alike`, () => {
      for (const version of hooksVersions) {
        const { file, program } = bothVerdicts(version, message, instance);
        assert.deepEqual([file, program], [valid, valid], version);
      }
    });
  }

  it("know what the ballot adds: autolaunchable and actionSelectionBehavior are of 3.0 only", () => {
    for (const added of [
      cards({ ...card, links: [{ ...link, autolaunchable: true }] }),
      cards({ ...card, selectionBehavior: "any", suggestions: [{ ...suggestion, actionSelectionBehavior: "any" }] }),
    ]) {
      assert.deepEqual(bothVerdicts("2.0", "response", added), { file: false, program: false });
      assert.deepEqual(bothVerdicts("3.0", "response", added), { file: true, program: true });
    }
  });

  it("hold for every card that the fixtures of our services expect", () => {
    const expected = z.looseObject({ expect: z.looseObject({ cards: z.array(z.unknown()) }) });
    const root = join(import.meta.dirname, "../..");
    let seen = 0;
    for (const path of globSync("cds-services/*/fixtures/*.json", { cwd: root })) {
      const fixture = expected.parse(JSON.parse(readFileSync(join(root, path), "utf8")));
      for (const version of hooksVersions)
        assert.ok(bothVerdicts(version, "response", { cards: fixture.expect.cards }).file, `${path} ${version}`);
      seen += fixture.expect.cards.length;
    }
    assert.ok(seen > 10);
  });
});

describe("an answer of our own", () => {
  it("is checked before it leaves: what is wrong is named by its place, never by its content", () => {
    const wrong = { ...card, indicator: "info", summary: "Chewbacca".repeat(20), source } as const;
    assert.equal(answerProblem({ cards: [wrong] }), "cards[0].summary too_big");
    const reasons = [{ code: "a", system: OVERRIDE_REASON_SYSTEM, display: "A" }];
    assert.equal(answerProblem({ cards: [{ ...wrong, summary: "Short", overrideReasons: reasons }] }), undefined);
  });
});
