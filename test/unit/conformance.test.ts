/** docs/conformance: the tables are what rows and tests say now, and the rules that keep them honest can fail. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Claim } from "../../scripts/conformance/claims.ts";
import { claimsOf, readClaims, unconfirmed } from "../../scripts/conformance/claims.ts";
import type { RequirementSet, Row } from "../../scripts/conformance/requirements.ts";
import { conformanceFolder, readRequirements, setNames } from "../../scripts/conformance/requirements.ts";
import { problemsOf, renderTable } from "../../scripts/conformance/table.ts";

describe("docs/conformance", () => {
  const claims = readClaims();

  for (const name of setNames) {
    it(`${name}: every row has a test or a reason that fits, and no test names another`, () => {
      assert.deepEqual(problemsOf(readRequirements(name), claims), []);
    });

    it(`${name}: the page is up to date (npm run conformance)`, () => {
      const written = readFileSync(join(conformanceFolder, `${name}.md`), "utf8");
      assert.ok(written === renderTable(readRequirements(name), claims), "run npm run conformance");
    });
  }

  it("holds all rows of the three roles", () => {
    assert.deepEqual(
      setNames.map((name) => readRequirements(name).rows.length),
      [120, 173, 138],
    );
  });
});

const row = (over: Partial<Row> = {}): Row => ({
  id: 1,
  clause: "#a",
  verb: "SHALL",
  says: "Something is so.",
  ...over,
});
const setOf = (...rows: Row[]): RequirementSet => ({
  title: "A specification",
  tag: "smart",
  role: "the client",
  base: "https://spec.example/",
  rows,
});
const claim = (...rows: number[]): Claim => ({
  file: "test/a.test.ts",
  name: "a | … [smart 1]",
  title: "a | …",
  set: "smart",
  rows,
});

describe("the rules of the tables", () => {
  const reason = "a reason of some length";
  const binds = { who: "EHR", because: reason } as const;
  const cases: [string, Row, Claim[], RegExp][] = [
    ["a row with neither test nor reason", row(), [], /neither a test nor a reason/u],
    ["a test of a row that binds another", row({ binds }), [claim(1)], /somebody else/u],
    ["a test of an unmet row", row({ unmet: reason }), [claim(1)], /unmet/u],
    ["a binding row said not to arise, unshown", row({ unused: reason }), [], /no test shows it/u],
    ["a test of a row that does not exist", row(), [claim(1, 7)], /smart 7: no such row/u],
  ];
  for (const [name, of, claims, problem] of cases) {
    it(`refuse ${name}`, () => {
      const problems = problemsOf(setOf(of), claims);
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", problem);
    });
  }

  it("pass rows that are in order", () => {
    const rows = [
      row(),
      row({ id: 2, binds }),
      row({ id: 3, unmet: reason }),
      row({ id: 4, unused: reason, verb: "MAY" }),
    ];
    assert.deepEqual(problemsOf(setOf(...rows), [claim(1)]), []);
  });

  it("refuse a row listed twice", () => {
    assert.match(problemsOf(setOf(row(), row()), [claim(1)]).join(), /listed twice/u);
  });

  it("count rows by verb and standing, and link each test, in a table that its texts cannot break", () => {
    const page = renderTable(setOf(row(), row({ id: 2, verb: "MAY", unmet: "no | yes, as it were" })), [claim(1)]);
    assert.ok(page.includes("| all | 2 | 1 | 0 | 0 | 1 |"));
    assert.ok(page.includes("[a \\| …](../../test/a.test.ts)"));
    assert.ok(page.includes("**Not met.** no \\| yes"));
  });
});

describe("titles of tests", () => {
  it("name rows one by one and by range, of two sets at once, whatever loop they stand in", () => {
    const text =
      'it("x [cds-hooks 1, 3-5] [smart 9]", run);\ntest(`y ${name}: z [smart 2]`, run);\nit("no rows", run);';
    assert.deepEqual(
      claimsOf("a.test.ts", text).map(({ title, set, rows }) => [title, set, rows]),
      [
        ["x", "cds-hooks", [1, 3, 4, 5]],
        ["x", "smart", [9]],
        ["y …: z", "smart", [2]],
      ],
    );
  });

  it("are the only place for rows: a comment or a group cannot claim any", () => {
    for (const text of ["// [smart 1]", 'describe("x [smart 1]", run);'])
      assert.throws(() => claimsOf("a.test.ts", text), /outside a test's title/u);
  });

  it("count only when a test of that title ran and passed", () => {
    const claims = [claim(1)];
    const left = (file: string, ...passed: string[]) => unconfirmed(claims, new Map([[file, passed]])).length;
    assert.equal(left("test/a.test.ts", "b [smart 1]", "a | b [smart 1]"), 0);
    assert.equal(left("test/a.test.ts", "a | b [smart 2]", "b [smart 1]", "an a | b [smart 1]"), 1);
    assert.equal(left("test/a.test.ts"), 1);
    assert.equal(left("test/other.test.ts"), 0, "a file that was not run is not judged");
  });
});
