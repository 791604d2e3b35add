/** Codes in words: whatever the engine can write into an attempt or a delivery has a meaning, and a remedy where there is one. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { explainCode, isKnownCode } from "../../src/core/delivery/code-meanings.ts";
import { transportFailures } from "../../src/core/delivery/outcome.ts";

/** Codes as the delivery's own sources write them: `code: "..."` of an outcome, and `endpoint_<status>` in SQL and calls. */
function writtenCodes(): readonly string[] {
  const sources = globSync("src/delivery/**/*.ts", { cwd: new URL("../..", import.meta.url) });
  const text = sources.map((file) => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8")).join("\n");
  const literal = [...text.matchAll(/\bcode: "([a-z_]+)"/gu), ...text.matchAll(/"(endpoint_[a-z]+)"/gu)];
  return [...new Set(literal.map(([, code = ""]) => code))];
}

test("every code that the engine writes is explained", () => {
  const codes = [...transportFailures, ...writtenCodes()];
  assert.ok(codes.length > 15, "the sources were read");
  assert.deepEqual(
    codes.filter((code) => !isKnownCode(code)),
    [],
  );
});

test("what is held because of the endpoint's status is explained for each status", () => {
  for (const status of ["pending", "unverified", "paused", "disabled", "removed"])
    assert.match(explainCode(`endpoint_${status}`).means, /^held/u, status);
});

test("every status of HTTP is explained, and every one but a success says what to do", () => {
  for (let status = 200; status < 600; status += 1) {
    const { means, fix } = explainCode(`http_${status}`);
    assert.notEqual(means, `http_${status}`);
    assert.equal(fix === undefined, status < 300, String(status));
  }
});

test("the remedy names the endpoint it is about", () => {
  assert.match(explainCode("endpoint_paused", "his").fix ?? "", /endpoint resume his/u);
});

test("a code of a newer adapter is shown as it is", () => {
  assert.deepEqual(explainCode("quantum_flux"), { means: "quantum_flux" });
  assert.deepEqual(explainCode("constructor"), { means: "constructor" });
});
