/** What a workstation loads before the page shows anything: our scripts without our comments, small enough for an old one. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { languages } from "../../src/core/language/language.ts";
import { assetOf, loadAssets, stripped } from "../../src/pages/assets.ts";

const { files } = loadAssets();

/** The script and everything that it imports. */
function graphOf(name: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = files.get(name)?.body.toString("utf8") ?? assert.fail(`no ${name}`);
  for (const [, imported = ""] of text.matchAll(/from "\.\/([a-z-]+\.js)"/gu)) graphOf(imported, seen);
  return seen;
}

test("comments on lines of their own, types and indentation are left out, lines keep their numbers, and nothing else changes", () => {
  const script =
    '/** Says.\n * @param {string} a\n */\nconst a = "/** no comment */"; // kept\n  // gone\n  const b = /** @type {string} */ (`//`);\n';
  assert.equal(stripped(script), '\n\n\nconst a = "/** no comment */"; // kept\n\nconst b = (`//`);\n');
  for (const [name, { body }] of files)
    if (name.endsWith(".js")) assert.doesNotMatch(body.toString("utf8"), /^\s*\/\*\*/mu, name);
});

test("no text of the page goes over a line's end, where its indentation would be lost", () => {
  const folder = join(import.meta.dirname, "../../src/pages/browser");
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".js"))) {
    const lines = stripped(readFileSync(join(folder, name), "utf8")).split("\n");
    const open = lines.filter((line) => (line.match(/`/gu) ?? []).length % 2 === 1);
    assert.deepEqual(open, [], name);
  }
});

for (const language of languages) {
  test(`the draft page's scripts take at most 30 kB as a browser loads them, with its style 40 kB: ${language}`, () => {
    const scripts = [...graphOf("main.js")];
    assert.ok(scripts.length > 15);
    assert.ok(
      scripts.every((name) => !name.includes(".de.")),
      "one language, whatever the page's",
    );
    const bytesOf = (names: readonly string[]): number =>
      names.reduce((sum, name) => sum + (assetOf({ files }, name, language)?.brotli.length ?? 0), 0);
    assert.ok(bytesOf(scripts) <= 30_000, `${bytesOf(scripts)} bytes`);
    assert.ok(bytesOf([...scripts, "page.css"]) <= 40_000);
  });
}

test("a page of a language loads that language's texts under the one name, and everything else as it is", () => {
  const bodyOf = (name: string, language: (typeof languages)[number]): string =>
    assetOf({ files }, name, language)?.body.toString("utf8") ?? "";
  for (const name of [...files.keys()].filter((file) => file.endsWith("texts.js"))) {
    assert.notEqual(bodyOf(name, "de"), bodyOf(name, "en"), name);
    assert.equal(bodyOf(name, "de"), files.get(name.replace(".js", ".de.js"))?.body.toString("utf8"), name);
  }
  assert.equal(bodyOf("main.js", "de"), bodyOf("main.js", "en"));
  assert.equal(assetOf({ files }, "none.js", "de"), undefined);
});
