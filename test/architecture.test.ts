import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { test } from "node:test";
import { check, importsOf } from "./architecture/rules.ts";
import type { SourceFile } from "./architecture/rules.ts";

const top = dirname(import.meta.dirname);

function load(pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: top }).map((path) => ({
    path: relative(top, join(top, path)).split(sep).join("/"),
    text: readFileSync(join(top, path), "utf8"),
  }));
}

const files = [...load("src/**/*.ts"), ...load("sandbox/**/*.ts"), ...load("cds-services/**/*.ts")];

test("the checker sees the tree: a checker that sees no modules reports no violations", () => {
  assert.ok(files.length > 50, `only ${files.length} files were found`);
  assert.ok(files.flatMap(importsOf).length > 200);
});

test("every file keeps to the direction of imports, the single importers and the pure core", () => {
  const violations = files.flatMap(check);
  assert.deepEqual(violations, []);
});

const canaries: [string, SourceFile, string][] = [
  ["core reads a file", { path: "src/core/x/a.ts", text: 'import { readFileSync } from "node:fs";' }, "core-pure"],
  ["core reads the clock", { path: "src/core/x/a.ts", text: "export const t = Date.now();" }, "core-pure"],
  ["core imports a feature", { path: "src/core/x/a.ts", text: 'import { y } from "../../jobs/y.ts";' }, "direction"],
  ["core imports express", { path: "src/core/x/a.ts", text: 'import express from "express";' }, "core-pure"],
  [
    "a second importer of pg-boss",
    { path: "src/delivery/a.ts", text: 'import { PgBoss } from "pg-boss";' },
    "one-importer",
  ],
  ["jose outside trust", { path: "src/hooks/a.ts", text: 'import { jwtVerify } from "jose";' }, "one-importer"],
  [
    "a feature imports a feature",
    { path: "src/hooks/a.ts", text: 'import { send } from "../delivery/send.ts";' },
    "direction",
  ],
  [
    "a multi-line import is seen",
    { path: "src/hooks/a.ts", text: 'import {\n  send,\n  stop,\n} from "../delivery/send.ts";' },
    "direction",
  ],
  ["a dynamic import is seen", { path: "src/hooks/a.ts", text: 'const x = await import("jose");' }, "one-importer"],
  [
    "the sandbox imports the adapter",
    { path: "sandbox/a.ts", text: 'import { x } from "../src/core/x.ts";' },
    "direction",
  ],
  ["a folder of odds and ends", { path: "src/utils/a.ts", text: "" }, "folder-name"],
];

for (const [name, file, rule] of canaries) {
  test(`a planted violation is caught: ${name}`, () => {
    assert.ok(check(file).some((violation) => violation.rule === rule));
  });
}
