/** The filter language: what it lets through, and what it refuses by name. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { DataFilter } from "../../src/core/delivery/data-filter.ts";
import {
  dataFilterSchema,
  filterableTypes,
  filterProblem,
  matchesFilter,
} from "../../src/core/delivery/data-filter.ts";
import type { EventData, PublicEventType } from "../../src/core/event/event.ts";
import { publicEventTypes } from "../../src/core/event/event.ts";
import { eventExamples } from "../../src/core/event/examples.ts";

const everyType = fc.constantFrom(...publicEventTypes);
const example = (type: PublicEventType): EventData => eventExamples[type];

/** Scalars of an event's data by their paths. */
function scalars(value: unknown, path: string): readonly (readonly [string, string | number | boolean])[] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return [[path, value]];
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => scalars(member, `${path}.${name}`));
}

describe("what a filter lets through", () => {
  test("any value of a list will do, every path must hold, and what is not there does not hold", () => {
    const data = { status: "completed", summary: { docStatus: "final", version: 2 } };
    const wants = (filter: DataFilter): boolean => matchesFilter(filter, data);
    assert.ok(wants({}));
    assert.ok(wants({ "data.status": ["failed", "completed"] }));
    assert.ok(wants({ "data.status": ["comp*"], "data.summary.version": [2] }));
    assert.ok(!wants({ "data.status": ["completed"], "data.summary.docStatus": ["amended"] }));
    assert.ok(!wants({ "data.summary.version": ["2"] }), "a number is no text");
    assert.ok(!wants({ "data.patient": ["*"] }));
    assert.ok(!wants({ "data.toString": ["*"] }), "only what the event says itself");
  });

  test("whatever an event says, a filter for that lets it through, and one for something else does not", () => {
    fc.assert(
      fc.property(everyType, fc.nat(), (type, pick) => {
        const said = scalars(example(type), "data");
        const [path, value] = said[pick % said.length] ?? ["", ""];
        const filter = { [path]: [value] };
        assert.equal(filterProblem(filter, [type]), undefined, `${type} ${path}`);
        assert.ok(matchesFilter(filter, example(type)));
        if (typeof value === "string") {
          assert.ok(matchesFilter({ [path]: [`${value.slice(0, pick % (value.length + 1))}*`] }, example(type)));
          assert.ok(!matchesFilter({ [path]: [`${value}x`] }, example(type)));
        }
      }),
    );
  });

  test("one more value lets no less through, one more path no more", () => {
    const anyPath = fc.constantFrom(
      "data.status",
      "data.trigger",
      "data.summary.docStatus",
      "data.endpoint",
      "data.code",
    );
    const anyFilter = fc.dictionary(
      anyPath,
      fc.array(fc.constantFrom("completed", "hook", "his", "*", "f*"), { minLength: 1 }),
    );
    fc.assert(
      fc.property(anyFilter, anyPath, everyType, (filter, path, type) => {
        const [data, wanted] = [example(type), filter[path] ?? ["final"]];
        const narrow = matchesFilter({ ...filter, [path]: wanted }, data);
        assert.ok(!narrow || matchesFilter({ ...filter, [path]: [...wanted, "more"] }, data));
        const { [path]: _left, ...wider } = filter;
        assert.ok(!narrow || matchesFilter(wider, data));
      }),
    );
  });

  test("types that cannot hold a filter's paths are not looked at, and could not match", () => {
    fc.assert(
      fc.property(everyType, everyType, fc.nat(), (of, type, pick) => {
        const said = scalars(example(of), "data");
        const filter = { [(said[pick % said.length] ?? ["data.x"])[0]]: ["*"] };
        if (!filterableTypes(filter, [type]).includes(type)) assert.ok(!matchesFilter(filter, example(type)));
      }),
    );
  });
});

describe("what a filter is refused for", () => {
  const refused: readonly [filter: DataFilter, types: readonly PublicEventType[], says: RegExp][] = [
    [
      { "data.statsu": ["completed"] },
      ["task.completed"],
      /no event that is asked for says data\.statsu; they say .*data\.status/u,
    ],
    [{ status: ["completed"] }, ["task.completed"], /says status/u],
    [{ "data.unit": ["3 West"] }, publicEventTypes, /says data\.unit/u],
    [{ "data.summary.text": ["*"] }, publicEventTypes, /says data\.summary\.text/u],
    [
      { "data.status": ["finished"] },
      ["task.completed"],
      /data\.status is never "finished": it is one of requested, waiting/u,
    ],
    [{ "data.summary.version": ["1"] }, ["summary.ready"], /it is a number/u],
    [
      { "data.batch": ["b*"], "data.status": ["completed"] },
      publicEventTypes,
      /says all of data\.batch, data\.status/u,
    ],
    [{ "data.status": ["completed"] }, ["batch.progress"], /says data\.status; they say .*data\.batch/u],
    [{ "data.__proto__": ["x"] }, publicEventTypes, /__proto__/u],
  ];
  for (const [filter, types, says] of refused)
    test(`${JSON.stringify(filter)} of ${types.length} types: by name`, () => {
      assert.match(filterProblem(filter, types) ?? "", says);
    });

  test("more than a filter is meant for: paths, values, their length", () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);
    const paths = Object.fromEntries(many(9).map((name) => [`data.${name}`, ["x"]]));
    for (const filter of [
      paths,
      { "data.status": many(51) },
      { "data.status": [] },
      { "data.status": ["x".repeat(201)] },
      { "data.status": [null] },
    ])
      assert.equal(dataFilterSchema.safeParse(filter).success, false);
  });
});
