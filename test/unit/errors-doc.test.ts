import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { errorTable } from "../../src/core/error-table.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

describe("docs/errors.md", () => {
  const page = read("docs/errors.md");

  it("has one row for each code of the table, word for word, and no other", () => {
    const documented = page.split("\n").filter((line) => /^\| `[a-z_]+` \| \d{3} \|/u.test(line));
    const expected = Object.entries(errorTable).map(
      ([code, { status, issueCode, retry, title, fix }]) =>
        `| \`${code}\` | ${status} | ${issueCode} | ${retry} | ${title} | ${fix} |`,
    );
    assert.deepEqual(documented.toSorted(), expected.toSorted());
  });

  it("explains each reason for which a credential is refused", () => {
    const union = /type RefusalReason =([^;]+);/u.exec(read("src/trust/refusal.ts"))?.[1] ?? "";
    const reasons = [...union.matchAll(/"([\w.-]+)"/gu)].map((match) => match[1] ?? "");
    assert.ok(reasons.length > 15);
    for (const reason of reasons) assert.ok(page.includes(`\`${reason}\``), reason);
  });
});

describe("the error table", () => {
  it("uses issue codes of FHIR R4 and statuses that a client understands", () => {
    // FHIR R4, value set issue-type, as far as an error can use it.
    const known = new Set([
      "structure",
      "required",
      "value",
      "invariant",
      "security",
      "forbidden",
      "processing",
      "not-supported",
      "duplicate",
      "not-found",
      "deleted",
      "too-long",
      "conflict",
      "transient",
      "timeout",
      "incomplete",
      "throttled",
      "exception",
      "invalid",
    ]);
    for (const [code, { issueCode, status, fix }] of Object.entries(errorTable)) {
      assert.ok(known.has(issueCode), `${code}: ${issueCode}`);
      assert.ok(status >= 400 && status < 600 && fix.length > 10, code);
    }
  });
});
