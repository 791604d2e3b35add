/** The catalogue of events: whole, valid for strangers' tools, and the same wherever it is published. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { asyncApiDocument } from "../../src/catalogue/async-api.ts";
import { createCatalogueRoutes } from "../../src/catalogue/routes.ts";
import { publishedEventFiles, withEventTable } from "../../src/catalogue/publish.ts";
import { dataJsonSchema, eventCatalogue } from "../../src/core/event/catalogue.ts";
import { draftEventTypes, publicEventTypes, toEnvelope } from "../../src/core/event/event.ts";
import express from "express";
import request from "supertest";
import { assertCatalogued } from "../support/event-catalogue.ts";
import { valueAt } from "../support/sandbox-ehr.ts";

const docs = join(import.meta.dirname, "../../docs");
const formats = { "date-time": true, uri: true } as const;
const options = { publicUrl: "https://adapter.example/base", version: "9.9.9" };

describe("the catalogue", () => {
  it("holds every event of the log, draft text marked as the stream's own", () => {
    const types = eventCatalogue.map(({ type }) => type);
    assert.equal(new Set(types).size, types.length);
    for (const type of [...publicEventTypes, ...draftEventTypes]) assert.ok(types.includes(type), type);
    for (const { type, carriedBy } of eventCatalogue)
      assert.equal(carriedBy.join() === "stream", type.startsWith("draft."), type);
  });

  it("has of each an example that its schema takes, with nothing that the schema does not name", () => {
    for (const { example } of eventCatalogue) assertCatalogued(example);
    const [entry] = eventCatalogue;
    const more = { ...entry?.example, data: { ...entry?.example.data, undocumented: 1 } };
    assert.throws(() => assertCatalogued(more), /does not/u);
  });

  it("is JSON Schema 2020-12 to ajv: takes the example and added members, refuses the empty object", () => {
    const ajv = new Ajv2020({ strict: true, formats });
    for (const entry of eventCatalogue) {
      const validate = ajv.compile(dataJsonSchema(entry, `https://x.example/${entry.type}`));
      assert.ok(validate(entry.example.data), `${entry.type}: ${JSON.stringify(validate.errors)}`);
      assert.ok(validate({ ...entry.example.data, addedInALaterRelease: true }), "receivers stay open");
      assert.equal(validate({}), false, entry.type);
    }
  });

  it("describes the envelope that the log's events are rendered to, and the address of its schema", () => {
    const event = { id: "evt_1", tenant: "t", job: "j", sequence: 1, time: "2026-03-17T10:00:00.000Z" } as const;
    const data = { status: "cancelled", patient: "Patient/1", encounter: "Encounter/1" };
    const source = "https://adapter.example/tenants/t";
    const envelope = toEnvelope({ ...event, type: "task.cancelled", source, data }, { endpointSequence: 4 });
    assertCatalogued(envelope);
    assert.equal(envelope.dataschema, "https://adapter.example/event-types/task.cancelled/v1");
  });
});

describe("the published copies", () => {
  it("are what npm run schemas writes, and nothing else lies beside them", () => {
    const files = publishedEventFiles();
    for (const [path, content] of files)
      assert.equal(readFileSync(join(docs, "schemas/events", path), "utf8"), content, `${path}: npm run schemas`);
    const lying = globSync("**/*.json", { cwd: join(docs, "schemas/events") });
    assert.deepEqual(lying.toSorted(), [...files.keys()].toSorted());
  });

  it("agree with the table of docs/events.md", () => {
    const page = readFileSync(join(docs, "events.md"), "utf8");
    assert.equal(withEventTable(page), page, "npm run schemas");
  });
});

/** Every `$ref` of a document. */
function* references(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === "$ref" && typeof member === "string") yield member;
    else yield* references(member);
  }
}

function resolve(document: unknown, reference: string): unknown {
  return reference
    .slice(2)
    .split("/")
    .reduce<unknown>(
      (at, name) => (typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined),
      document,
    );
}

describe("AsyncAPI", () => {
  const document = asyncApiDocument(options);

  it("is version 3.0.0 with a channel for each way an event travels, and every reference leads somewhere", () => {
    assert.equal(valueAt(document, "asyncapi"), "3.0.0");
    assert.deepEqual(Object.keys(valueAt(document, "channels") as object), ["webhook", "feed", "stream"]);
    assert.deepEqual(valueAt(document, "servers.adapter.host"), "adapter.example");
    assert.deepEqual(valueAt(document, "servers.adapter.pathname"), "/base");
    const found = [...references(document)];
    assert.ok(found.length > 100, `only ${found.length} references`);
    for (const reference of found) assert.notEqual(resolve(document, reference), undefined, reference);
  });

  it("carries draft text in the stream only, and the payloads' schemas are draft 7 that take their examples", () => {
    const ajv = new Ajv({ strict: true, formats });
    const messages = Object.entries(valueAt(document, "components.messages") as Record<string, unknown>);
    for (const [name, message] of messages) {
      const validate = ajv.compile(valueAt(message, "payload") as object);
      assert.ok(validate(valueAt(message, "examples.0.payload")), `${name}: ${JSON.stringify(validate.errors)}`);
    }
    const drafts = messages.map(([name]) => name).filter((name) => name.includes("draft."));
    assert.deepEqual(
      drafts,
      draftEventTypes.map((type) => `stream.${type}`),
    );
  });
});

describe("the catalogue over HTTP", () => {
  const app = express().use(createCatalogueRoutes(options));

  it("lists every type, and each address in the list serves that schema under its own name", async () => {
    const { body } = await request(app).get("/v1/event-types").expect(200);
    assert.equal(body.items.length, eventCatalogue.length);
    assert.equal(body.next, null);
    for (const { dataschema, schema } of body.items) {
      assert.ok(dataschema.startsWith(`${options.publicUrl}/event-types/`));
      const { body: served, headers } = await request(app).get(dataschema.slice(options.publicUrl.length)).expect(200);
      assert.match(String(headers["content-type"]), /^application\/schema\+json/u);
      assert.deepEqual(served, schema);
      assert.equal(served.$id, dataschema);
    }
  });

  it("knows no other type, version or method, and lets any page read it", async () => {
    await request(app).get("/event-types/summary.unknown/v1").expect(404);
    await request(app).get("/event-types/toString/v1").expect(404);
    await request(app).get("/event-types/summary.ready/v2").expect(404);
    const { headers } = await request(app).get("/asyncapi.json").expect(200);
    assert.equal(headers["access-control-allow-origin"], "*");
    const refused = await request(app).post("/v1/event-types");
    assert.equal(refused.headers["allow"], "GET, HEAD");
  });
});
