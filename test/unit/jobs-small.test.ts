/** Small rules of the jobs and the wake-up. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { AdapterError } from "../../src/core/errors.ts";
import { isRetryable, isUnavailable, toDatabaseError } from "../../src/db/pg-errors.ts";
import { systemQuery } from "../../src/db/system.ts";
import { decodePayload, encodePayloads } from "../../src/events/wake-up.ts";
import { requireMatch, summaryEtag } from "../../src/jobs/etag.ts";
import { isJobId, newJobId } from "../../src/jobs/new-id.ts";
import { decodeCursor, encodeCursor } from "../../src/jobs/search.ts";

describe("If-Match (RFC 9110, section 13.1.1)", () => {
  const refusal = (ifMatch: string | undefined): string | undefined => {
    try {
      requireMatch(ifMatch, 2, 5);
      return undefined;
    } catch (error) {
      return error instanceof AdapterError ? error.code : "other";
    }
  };

  test("the present tag and a list that holds it pass; * says nothing of what was read, and does not", () => {
    for (const tag of ["*", `*, ${summaryEtag(2, 5)}`]) assert.equal(refusal(tag), "parameter_invalid", tag);
    for (const tag of [summaryEtag(2, 5), `"1.1", ${summaryEtag(2, 5)}`]) assert.equal(refusal(tag), undefined, tag);
  });

  test("absent is 428; stale, weak and unquoted are 412", () => {
    for (const tag of [undefined, "", "  "]) assert.equal(refusal(tag), "precondition_required");
    for (const tag of ['"2.4"', 'W/"2.5"', "2.5", '"2.50"']) assert.equal(refusal(tag), "precondition_failed", tag);
  });
});

describe("job ids", () => {
  test("are UUIDs of version 7 whose order is that of their time", () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 40 }), fc.uint8Array({ minLength: 10, maxLength: 10 }), (time, random) => {
        const [id, later] = [newJobId(time, random), newJobId(time + 1, random)];
        assert.ok(isJobId(id));
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
        assert.ok(id < later);
      }),
    );
  });

  test("nothing else is taken for one", () => {
    for (const text of [
      "",
      "1' OR '1'='1",
      "%00",
      "..%2f",
      "__proto__",
      `${newJobId()} `,
      newJobId().toUpperCase(),
      "😀",
    ])
      assert.equal(isJobId(text), false, text);
  });
});

describe("search cursors", () => {
  test("come back as they went, and nothing else is accepted", () => {
    const place = { sort: "1700000000000000", id: newJobId() };
    assert.deepEqual(decodeCursor(encodeCursor(place)), place);
    fc.assert(
      fc.property(fc.string(), (text) => assert.throws(() => decodeCursor(text), { code: "parameter_invalid" })),
    );
  });
});

describe("wake-up payloads", () => {
  test("any hints fit, below 8000 bytes each, and come out as they went in", () => {
    const hints = fc.array(
      fc.tuple(fc.constantFrom("job" as const, "cancel" as const, "delivery" as const), fc.string({ maxLength: 120 })),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(hints, (entries) => {
        const keys = new Map<"job" | "cancel" | "delivery", Set<string>>();
        for (const [topic, key] of entries) keys.set(topic, (keys.get(topic) ?? new Set()).add(key));
        const payloads = encodePayloads("origin", keys);
        assert.ok(payloads.every((payload) => Buffer.byteLength(payload) < 8_000));
        const told = payloads.flatMap((payload) =>
          decodePayload(payload).entries.map(([topic, key]) => `${topic} ${key}`),
        );
        const expected = [...keys].flatMap(([topic, set]) => [...set].map((key) => `${topic} ${key}`));
        assert.deepEqual(told.toSorted(), expected.toSorted());
      }),
    );
  });

  test("what is not ours is passed over", () => {
    for (const payload of ["", "not json", "{}", "[1,2]", '["origin",["unknown","x"],["job",5]]'])
      assert.deepEqual(decodePayload(payload).entries, [], payload);
  });
});

describe("database errors", () => {
  const withCode = (code: string): Error => Object.assign(new Error("x"), { code });

  test("what passes by itself is told from what does not", () => {
    for (const code of ["ECONNREFUSED", "57P01", "57P03", "53300", "53100", "08006", "57014", "55P03"])
      assert.ok(isUnavailable(withCode(code)), code);
    assert.ok(isUnavailable(new Error("Connection terminated unexpectedly")));
    assert.ok(isUnavailable(new Error("Query read timeout")));
    for (const code of ["23505", "42501", "42P01", "22P02"]) assert.ok(!isUnavailable(withCode(code)), code);
    assert.ok(isRetryable(withCode("40001")) && isRetryable(withCode("40P01")) && !isRetryable(withCode("23505")));
  });

  test("callers see database_unavailable with a time to come back, or the error itself", () => {
    const mapped = toDatabaseError(withCode("57P03"));
    assert.ok(
      mapped instanceof AdapterError && mapped.code === "database_unavailable" && mapped.retryAfterSeconds === 2,
    );
    const own = withCode("23505");
    assert.equal(toDatabaseError(own), own);
  });
});

describe("the system path", () => {
  test("accepts calls of its functions only", () => {
    for (const text of [
      "select * from handover.job",
      "select * from handover.sys_x(); drop table x",
      "delete from handover.job",
    ]) {
      assert.throws(() => systemQuery("canary", text), /must call one/u);
    }
  });
});
