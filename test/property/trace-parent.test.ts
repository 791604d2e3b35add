import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { parseTraceParent, requestTraceParent, traceOf } from "../../src/core/trace/trace-parent.ts";

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((all) => all.map((digit) => digit.toString(16)).join(""));
const nonZero = (length: number) => hex(length).filter((text) => /[^0]/u.test(text));
const job = "0199c2f4-8a00-7000-8000-000000000001";

test("a valid header keeps trace, parent and the sampled flag, whatever else a later version adds", () => {
  fc.assert(
    fc.property(nonZero(32), nonZero(16), hex(2), hex(2), fc.boolean(), (trace, parent, flags, version, more) => {
      const later = version !== "ff" && version !== "00";
      const header = `${later ? version : "00"}-${trace}-${parent}-${flags}${later && more ? "-and-more" : ""}`;
      const sampled = Number.parseInt(flags, 16) % 2;
      assert.equal(parseTraceParent(header), `00-${trace}-${parent}-0${sampled}`);
    }),
  );
});

test("anything else is no trace, and no error", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/^[0-9a-f]{2}-[0-9a-f]{32}-/u.test(text));
      assert.equal(parseTraceParent(text), undefined);
    }),
  );
  const trace = "0af7651916cd43dd8448eb211c80319c";
  for (const header of [
    undefined,
    `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `ff-${trace}-b7ad6b7169203331-01`,
    `00-${trace}-b7ad6b7169203331-01-more`,
    `00-${trace.toUpperCase()}-b7ad6b7169203331-01`,
    `00-${trace}-b7ad6b7169203331-01\n`,
  ])
    assert.equal(parseTraceParent(header), undefined, header);
});

test("each request has a valid header of its event's trace, with a span of its own", () => {
  fc.assert(
    fc.property(
      fc.option(fc.tuple(nonZero(32), nonZero(16)), { nil: undefined }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      fc.constantFrom(job, `batch/${job}`, "endpoint/his"),
      (given, random, log) => {
        const traceParent = given === undefined ? undefined : `00-${given[0]}-${given[1]}-01`;
        const event = { id: `evt_${"a1".repeat(16)}`, job: log };
        const trace = traceOf(traceParent === undefined ? event : { ...event, traceParent });
        const header = requestTraceParent(trace, () => random);
        assert.equal(parseTraceParent(header), header);
        assert.equal(
          header.slice(3, 35),
          given?.[0] ?? (log === "endpoint/his" ? "a1".repeat(16) : job.replaceAll("-", "")),
        );
        assert.equal(header.endsWith("1"), given !== undefined);
      },
    ),
  );
});
