/** The hazard log stands on tests: each one that it cites is there, by file and title, and each hazard cites one. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readEvaluations } from "../../src/model-card/evaluations.ts";

const root = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(root, "docs", "clinical-safety.md"), "utf8");
const cited = [...page.matchAll(/\]\(\.\.\/(test\/[^ )]+) "([^"]+)"\)/gu)].map(([, file = "", title = ""]) => ({
  file,
  title,
}));

/** Titles that a loop makes are in the file as a template: `... by ${name}: ...`. */
function holds(text: string, title: string): boolean {
  if (text.includes(title)) return true;
  return [...text.matchAll(/`([^`\n]*\$\{[^`\n]*)`/gu)].some(([, template = ""]) => {
    const parts = template
      .split(/\$\{[^}]*\}/u)
      .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`));
    return new RegExp(`^${parts.join(".*")}$`, "u").test(title);
  });
}

test("every test that the hazard log cites is there", () => {
  assert.ok(cited.length >= 40, `only ${cited.length} citations were found`);
  const missing = cited.filter(({ file, title }) => {
    const path = join(root, file);
    return !existsSync(path) || !holds(readFileSync(path, "utf8"), title);
  });
  assert.deepEqual(missing, []);
  assert.equal(holds("it('something else')", "is signed"), false, "the check can fail");
});

test("every hazard has evidence and says what is left", () => {
  const hazards = page.split("\n").filter((line) => /^\| H\d+ \|/u.test(line));
  assert.ok(hazards.length >= 15);
  for (const line of hazards) {
    const cells = line.split(" | ");
    assert.equal(cells.length, 7, line.slice(0, 60));
    assert.match(cells[5] ?? "", /\]\(\.\.\/test\//u, line.slice(0, 60));
    assert.match(cells[6] ?? "", /(?:very low|low|medium)/u, line.slice(0, 60));
  }
});

test("the model card's figures are of whole evaluations, one for each engine, and leave no threshold out", () => {
  const evaluations = readEvaluations();
  assert.deepEqual(
    evaluations.map(({ engine }) => engine),
    ["template", "model"],
  );
  for (const { charts, figures, command } of evaluations) {
    assert.ok(charts >= 100, command);
    for (const name of ["citations.coverage", "unsupported.numbers", "facts.recall", "corruption.caught"])
      assert.ok(
        figures.some((figure) => figure.name === name),
        name,
      );
  }
});
