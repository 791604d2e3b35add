/** What a file of tenants changes, and what it must not change (contract, section 2: `apply`). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { WrittenTenant } from "../../src/config/file.ts";
import { changedPaths } from "../../src/tenants/changed-paths.ts";
import type { StoredTenant, TenantChange } from "../../src/tenants/plan.ts";
import { planApply, planStart, readEntry, removeTenant } from "../../src/tenants/plan.ts";

const entry = (id: string, name = id): WrittenTenant => ({
  id,
  written: { id, name, environment: "test", ehr: { fhirBaseUrl: `https://${id}.example/fhir` } },
});

/** What the database holds after a plan was carried out. */
function after(stored: readonly StoredTenant[], changes: readonly TenantChange[]): readonly StoredTenant[] {
  const rows = new Map(stored.map((tenant) => [tenant.id, tenant]));
  for (const { id, row } of changes) if (row !== undefined) rows.set(id, { id, revision: 1n, ...row });
  return [...rows.values()];
}

type Step = (stored: readonly StoredTenant[]) => readonly TenantChange[];

const starts =
  (...named: readonly WrittenTenant[]): Step =>
  (stored) =>
    planStart(stored, named);
const applies =
  (...named: readonly WrittenTenant[]): Step =>
  (stored) =>
    planApply(stored, named, false);
const prunes =
  (...named: readonly WrittenTenant[]): Step =>
  (stored) =>
    planApply(stored, named, true);
const removes =
  (name: string): Step =>
  (stored) =>
    stored.filter(({ id }) => id === name).map(removeTenant);

/** Names of what is served in the end, by id. */
function served(...steps: readonly Step[]): Readonly<Record<string, string | undefined>> {
  let stored: readonly StoredTenant[] = [];
  for (const step of steps) stored = after(stored, step(stored));
  return Object.fromEntries(
    stored.filter(({ status }) => status === "served").map(({ id, written }) => [id, readEntry(written)?.name]),
  );
}

describe("a start and a command", () => {
  const histories: readonly [string, readonly Step[], Readonly<Record<string, string>>][] = [
    ["a start brings its file", [starts(entry("a"))], { a: "a" }],
    ["a change of the start's file counts", [starts(entry("a")), starts(entry("a", "new"))], { a: "new" }],
    [
      "a restart with the old file does not undo a later apply",
      [starts(entry("a")), applies(entry("a", "applied")), starts(entry("a"))],
      { a: "applied" },
    ],
    [
      "a change of the start's file after an apply counts",
      [starts(entry("a")), applies(entry("a", "applied")), starts(entry("a", "new"))],
      { a: "new" },
    ],
    [
      "what a start no longer names is no longer served",
      [starts(entry("a"), entry("b")), starts(entry("b"))],
      { b: "b" },
    ],
    ["naming it again brings it back", [starts(entry("a")), starts(), starts(entry("a"))], { a: "a" }],
    ["a start leaves alone what a command brought", [applies(entry("a")), starts(entry("b"))], { a: "a", b: "b" }],
    [
      "a start leaves alone what a command has named since",
      [starts(entry("a")), applies(entry("a")), starts(entry("b"))],
      { a: "a", b: "b" },
    ],
    ["apply leaves alone what it does not name", [starts(entry("a")), applies(entry("b"))], { a: "a", b: "b" }],
    ["apply --prune removes what it does not name", [starts(entry("a")), prunes(entry("b"))], { b: "b" }],
    [
      "a restart with the old file does not bring back what a command removed",
      [starts(entry("a"), entry("b")), removes("a"), starts(entry("a"), entry("b"))],
      { b: "b" },
    ],
    ["a changed file does bring it back", [starts(entry("a")), removes("a"), starts(entry("a", "new"))], { a: "new" }],
    ["so does applying it", [starts(entry("a")), removes("a"), applies(entry("a"))], { a: "a" }],
  ];
  for (const [title, steps, expected] of histories)
    it(title, () => {
      assert.deepEqual(served(...steps), expected);
    });

  it("tells what was removed by a command and is still named by the start's file", () => {
    const [row] = after([], starts(entry("a"))([]));
    assert.ok(row);
    const gone = after([row], [removeTenant(row)]);
    assert.deepEqual(
      planStart(gone, [entry("a")]).map(({ outcome }) => outcome),
      ["left-removed"],
    );
  });
});

describe("what is no change", () => {
  it("is a default that is written out, and another order of members", () => {
    const [before] = after([], applies(entry("a"))([]));
    assert.ok(before);
    const written = {
      ehr: { fhirBaseUrl: "https://a.example/fhir", frameAncestors: [] },
      ...Object(entry("a").written),
    };
    const reordered = { timeZone: "UTC", environment: "test", name: "a", id: "a", ehr: written.ehr };
    assert.deepEqual(
      planApply([before], [{ id: "a", written: reordered }], false).map(({ outcome, changed }) => ({
        outcome,
        changed,
      })),
      [{ outcome: "unchanged", changed: [] }],
    );
  });

  it("is anything applied twice, whatever came before", () => {
    const ids = fc.constantFrom("a", "b", "c");
    const entries = fc.uniqueArray(
      fc.tuple(ids, fc.constantFrom("one", "two")).map(([id, name]) => entry(id, name)),
      { selector: ({ id }) => id },
    );
    const step = fc.oneof(
      entries.map((named) => starts(...named)),
      entries.map((named) => applies(...named)),
      entries.map((named) => prunes(...named)),
      ids.map(removes),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), entries, (history, named) => {
        const names = Object.fromEntries(named.map(({ id, written }) => [id, readEntry(written)?.name]));
        // What is applied is in force; with --prune nothing else is.
        assert.deepEqual(served(...history, prunes(...named)), names);
        const once = served(...history, applies(...named));
        assert.deepEqual({ ...once, ...names }, once);
        assert.deepEqual(served(...history, applies(...named), applies(...named)), once);
        // And a start repeated changes nothing either.
        const begun = served(...history, starts(...named));
        assert.deepEqual(served(...history, starts(...named), starts(...named)), begun);
      }),
    );
  });
});

describe("changed paths", () => {
  const cases: readonly [string, unknown, unknown, readonly string[]][] = [
    ["a member", { ehr: { a: 1, b: 2 } }, { ehr: { a: 1, b: 3 } }, ["ehr.b"]],
    ["one that came, one that went", { a: 1 }, { b: 1 }, ["a", "b"]],
    [
      "a list of things with ids",
      { e: [{ id: "x", u: 1 }, { id: "y" }] },
      { e: [{ id: "y" }, { id: "x", u: 2 }] },
      ["e.x.u"],
    ],
    ["a list of plain values", { l: ["a"] }, { l: ["a", "b"] }, ["l"]],
    ["nothing", { a: [1] }, { a: [1] }, []],
  ];
  for (const [title, before, now, expected] of cases)
    it(`name ${title}`, () => {
      assert.deepEqual(changedPaths(before, now), expected);
    });

  it("hold no value", () => {
    const secret = "Bearer-of-the-hospital";
    const paths = changedPaths({ headers: { authorization: "old" } }, { headers: { authorization: secret } });
    assert.deepEqual(paths, ["headers.authorization"]);
  });
});
