/** Generated calls of the hooks' endpoints: whatever comes, the answer is one that the contract and the published schemas know. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import request from "supertest";
import { withoutNulls } from "../../src/hooks/checks/nulls.ts";
import { hookNames } from "../../src/hooks/cds-hooks.ts";
import { hooksVersions } from "../../src/hooks/schema/elements.ts";
import { messageJsonSchema, messages } from "../../src/hooks/schema/publish.ts";
import { bothVerdicts, validator } from "../support/cds-hooks-schemas.ts";
import { SERVICE_URL, fullPrefetch, hookWorld } from "../support/hook-world.ts";
import { CANARY, arbitraryOf, spoilt } from "../support/schema-arbitrary.ts";

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Statuses that the contract knows for these endpoints; nothing of 500 and above but 503. */
const refusals = new Set([400, 401, 403, 404, 405, 409, 412, 413, 415, 429, 503]);

/** A refusal is an OperationOutcome that repeats nothing of what was sent. */
function assertRefusal({ status, text, headers }: Answer): void {
  assert.ok(refusals.has(status), `${status} ${text}`);
  assert.match(String(headers["content-type"]), /^application\/fhir\+json/u);
  const { resourceType, issue } = JSON.parse(text);
  assert.equal(resourceType, "OperationOutcome");
  assert.ok(issue.length > 0 && issue.every((one: object) => "severity" in one && "code" in one));
  if (status === 503) assert.match(String(headers["retry-after"]), /^\d+$/u);
  assert.ok(!text.includes(CANARY), "a body's content in a refusal");
}

function assertCards(answer: Answer): void {
  const body: unknown = JSON.parse(answer.text);
  for (const version of hooksVersions) {
    const validate = validator(version, "response");
    assert.ok(validate(body), JSON.stringify(validate.errors));
  }
}

const asked = Object.keys(fullPrefetch());
const requests = arbitraryOf(messageJsonSchema("2.0", "request") as Record<string, unknown>) as fc.Arbitrary<
  Record<string, unknown>
>;
const feedbacks = arbitraryOf(messageJsonSchema("2.0", "feedback") as Record<string, unknown>).filter((body) =>
  validator("2.0", "feedback")(body),
);
/** What an EHR may put under a key that we asked for. */
const prefetchValues = fc.constantFrom<unknown>(
  null,
  { resourceType: "OperationOutcome", issue: [{ severity: "error", code: "timeout" }] },
  { resourceType: "Bundle", type: "searchset" },
  { resourceType: "Bundle", type: "searchset", link: [{ relation: "next", url: "https://x.example" }], entry: [] },
  { resourceType: "Bundle", type: "searchset", entry: [{ resource: { resourceType: "OperationOutcome" } }] },
  { resourceType: "Medication", id: "m1" },
);
/** Requests that fit our tenant: its FHIR server, one patient throughout. The rest is as generated. */
const fitting = fc
  .tuple(requests, fc.constantFrom(...hookNames), fc.dictionary(fc.constantFrom(...asked), prefetchValues))
  .map(([generated, hook, own]): Record<string, unknown> => {
    const { fhirAuthorization, prefetch: _others, ...rest } = generated;
    const { patient: _patient, ...token } = (fhirAuthorization ?? {}) as Record<string, unknown>;
    return {
      ...rest,
      hook,
      fhirServer: "https://general.example/fhir",
      ...(fhirAuthorization === undefined ? {} : { fhirAuthorization: token }),
      context: { userId: "Practitioner/d1", patientId: "p1", encounterId: "e1" },
      prefetch: { ...own, "x-not-asked": { resourceType: "Patient", id: "p2" } },
    };
  })
  .filter((body) => validator("2.0", "request")(body));

/** What the program passes over before it looks (docs/schemas/cds-hooks): taken away, the published schema must hold. */
function withoutTolerated(body: unknown): unknown {
  const envelope = withoutNulls(body) as Record<string, unknown>;
  const { prefetch, ...rest } = envelope;
  const members = Object.entries(rest).map(([name, value]) =>
    name === "context" || name === "fhirAuthorization" ? [name, withoutNulls(value)] : [name, value],
  );
  // Nothing is asked for on patient-view.
  const keys = envelope["hook"] === "patient-view" ? [] : asked;
  const own = Object.entries(prefetch ?? {}).filter(([key]) => keys.includes(key));
  return { ...Object.fromEntries(members), ...(prefetch === undefined ? {} : { prefetch: Object.fromEntries(own) }) };
}

const away = fc.boolean();
const post = (world: ReturnType<typeof hookWorld>, path: string, body: string | Buffer, type = "application/json") =>
  request(world.app)
    .post(path)
    .set({
      authorization: world.token(path.endsWith("feedback") ? `${SERVICE_URL}/feedback` : SERVICE_URL),
      "content-type": type,
    })
    .serialize((raw: unknown) => raw as string)
    .buffer(true)
    .parse((response, done) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      response.on("end", () => done(null, text));
    })
    .send(body)
    .then(({ status, headers, body: text }): Answer => ({ status, headers, text: String(text) }));
const INVOKE = "/cds-services/discharge-summary";
const FEEDBACK = `${INVOKE}/feedback`;

describe("generated messages", () => {
  it("file and program judge them alike, spoilt or not, in every version", () => {
    for (const version of hooksVersions) {
      for (const message of messages) {
        const instances = arbitraryOf(messageJsonSchema(version, message) as Record<string, unknown>);
        // Rules between members make most of what has the right structure invalid.
        const valid = instances.filter((instance) => validator(version, message)(instance));
        const seen = { true: 0, false: 0 };
        fc.assert(
          fc.property(fc.oneof(valid, instances, spoilt(instances)), (instance) => {
            const { file, program } = bothVerdicts(version, message, instance);
            seen[`${file}`] += 1;
            assert.equal(file, program);
          }),
          { numRuns: 250 },
        );
        assert.ok(seen.true > 20 && seen.false > 20, `${version} ${message}: one-sided ${JSON.stringify(seen)}`);
      }
    }
  });
});

describe("the hook", () => {
  it("answers every request that the published schema allows and that fits the tenant, by a response it allows", async () => {
    await fc.assert(
      fc.asyncProperty(fitting, away, async (body, databaseAway) => {
        const world = hookWorld();
        world.state.databaseAway = databaseAway;
        const answer = await post(world, INVOKE, JSON.stringify(body));
        assert.equal(answer.status, 200, answer.text);
        assertCards(answer);
      }),
      { numRuns: 80 },
    );
  });

  it("answers them too where the database never answers", async () => {
    await fc.assert(
      fc.asyncProperty(fitting, async (body) => {
        const world = hookWorld();
        world.state.never = true;
        const answer = await post(world, INVOKE, JSON.stringify(body));
        assert.equal(answer.status, 200, answer.text);
        assertCards(answer);
      }),
      { numRuns: 4 },
    );
  });

  it("refuses what the schema forbids, by an OperationOutcome, and never fails on it", async () => {
    const seen = { answered: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(spoilt(fitting), away, async (body, databaseAway) => {
        const world = hookWorld();
        world.state.databaseAway = databaseAway;
        const answer = await post(world, INVOKE, JSON.stringify(body) ?? "");
        if (answer.status !== 200) {
          seen.refused += 1;
          return assertRefusal(answer);
        }
        seen.answered += 1;
        assertCards(answer);
        const validate = validator("2.0", "request");
        assert.ok(validate(withoutTolerated(body)), JSON.stringify(validate.errors));
      }),
      { numRuns: 200 },
    );
    assert.ok(seen.answered > 10 && seen.refused > 10, JSON.stringify(seen));
  });
});

describe("feedback", () => {
  it("is taken when the published schema allows it, and refused by an OperationOutcome else", async () => {
    const cases = fc.oneof(feedbacks, spoilt(feedbacks));
    await fc.assert(
      fc.asyncProperty(cases, async (body) => {
        const answer = await post(hookWorld(), FEEDBACK, JSON.stringify(body) ?? "");
        if (answer.status !== 200) assertRefusal(answer);
        if (validator("2.0", "feedback")(body)) assert.equal(answer.status, 200, answer.text);
        if (answer.status === 200) assert.equal(answer.text, "");
      }),
      { numRuns: 120 },
    );
  });
});

describe("bodies that are no such JSON", () => {
  const valid = JSON.stringify(hookWorld().body());
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.nat(valid.length - 1).map((end) => Buffer.from(valid.slice(0, end))),
    fc
      .constantFrom(
        valid.replace("{", '{"hook":"patient-view",'),
        valid.replace("{", '{"__proto__":{"a":1},'),
        `\uFEFF${valid}`,
        "[".repeat(100_000),
        `{"a":`.repeat(50_000),
        '{"hook":"\\ud800"}',
        "null",
        "[]",
        '"x"',
        "1e999",
      )
      .map((text) => Buffer.from(text)),
    fc.constant(Buffer.from(valid, "utf16le")),
  );

  it("are refused on both endpoints by an OperationOutcome", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.constantFrom(INVOKE, FEEDBACK), async (body, path) =>
        assertRefusal(await post(hookWorld(), path, body)),
      ),
      { numRuns: 80 },
    );
  });

  it("of another content type are 415, whatever they hold", async () => {
    const types = fc.constantFrom(
      "text/plain",
      "application/xml",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=a",
      "application/json; charset=utf-16",
      "application/jsonp",
      "a",
    );
    await fc.assert(
      fc.asyncProperty(types, fc.constantFrom(INVOKE, FEEDBACK), async (type, path) => {
        const answer = await post(hookWorld(), path, valid, type);
        assert.equal(answer.status, 415);
        assertRefusal(answer);
      }),
      { numRuns: 20 },
    );
  });
});

describe("discovery", () => {
  it("answers alike whatever query and headers come with it; other methods are 405", async () => {
    const { app } = hookWorld();
    const headers = fc.dictionary(
      fc.constantFrom("accept", "accept-language", "authorization", "origin", "x-request-id", "if-none-match"),
      fc.stringMatching(/^[!-~]{1,60}$/u),
    );
    const validate = validator("3.0", "discovery");
    await fc.assert(
      fc.asyncProperty(
        fc.webQueryParameters(),
        headers,
        fc.constantFrom("get", "post", "put", "delete", "patch"),
        async (query, given, method) => {
          const call = request(app)[method as "get"](`/cds-services?${query}`).set(given);
          const answer = await call.buffer(true).parse((response, done) => {
            let text = "";
            response.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
            response.on("end", () => done(null, text));
          });
          if (method === "get") {
            assert.equal(answer.status, 200);
            assert.ok(validate(JSON.parse(String(answer.body))), JSON.stringify(validate.errors));
          } else assertRefusal({ status: answer.status, headers: answer.headers, text: String(answer.body) });
        },
      ),
      { numRuns: 50 },
    );
  });
});
