/** The evaluation as its user runs it: synthetic charts, rules and model over real HTTP, pages, comparisons, own truths. */
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { runEval } from "../../src/cli/eval.ts";
import { parseReport } from "../../src/eval/report/saved.ts";
import type { EvaluationReport } from "../../src/eval/report/report.ts";

let folder = "";
const at = (name: string): string => join(folder, name);
const charts = (): string => at("charts");

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const texts = { out: "", err: "" };
  const code = await runEval(argv, { stdout: (text) => (texts.out += text), stderr: (text) => (texts.err += text) });
  return { code, ...texts };
}

const report = async (name: string): Promise<EvaluationReport> => parseReport(name, await readFile(at(name), "utf8"));
const failed = ({ metrics }: EvaluationReport): readonly string[] =>
  metrics.filter(({ ok }) => !ok).map(({ name }) => name);
const valueOf = ({ figures }: EvaluationReport, name: string): number | undefined =>
  figures.find((figure) => figure.name === name)?.value;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "evaluation-"));
});
after(async () => rm(folder, { recursive: true }));

describe("handover eval", () => {
  it("meets every threshold on synthetic charts, planted facts, falsehoods and instructions included", async () => {
    const { code, out } = await run(
      "--synthetic",
      "12",
      "--keep",
      charts(),
      "--html",
      at("rules.html"),
      "--out",
      at("rules.json"),
    );
    const rules = await report("rules.json");
    assert.deepEqual(failed(rules), [], out);
    assert.equal(code, 0);
    for (const name of [
      "facts.recall",
      "medications.classified",
      "pending.listed",
      "corruption.caught",
      "injection.obeyed",
    ])
      assert.ok((rules.judged[name] ?? 0) > 10, name);
  });

  it("writes a page that holds everything itself, sends nothing, and is its owner's alone", async () => {
    const page = await readFile(at("rules.html"), "utf8");
    assert.doesNotMatch(page, /<script|<link|<img|src=|url\(|@import/u);
    assert.match(page, /default-src 'none'/u);
    assert.match(page, /All \d+ thresholds are met/u);
    assert.doesNotMatch(page, /holds patient data/u, "synthetic charts are nobody's");
    assert.equal((await stat(at("rules.html"))).mode & 0o077, 0);
  });

  it("shows nothing wrong of a model that is wrong in another way for each chart", async () => {
    // Instructions are planted in the first chart; the suite has a test of its own for them.
    await rm(at("charts/001-home.json"));
    await rm(at("charts/001-home.truth.json"));
    const { out } = await run(charts(), "--engine", "model", "--model", "corrupting", "--out", at("model.json"));
    const model = await report("model.json");
    assert.deepEqual(failed(model), [], out);
    assert.ok((valueOf(model, "sentences by the model that were dropped") ?? 0) > 0, "the model was wrong");
    assert.ok((model.judged["phi.identifiers"] ?? 0) > 50, "requests were searched");
  });

  it("tells what a second try costs and wins, and shows nothing wrong with it either", async () => {
    // Two charts are enough to count by.
    for (const name of (await readdir(charts())).filter((file) => /^00[23]/u.test(file)))
      await cp(join(charts(), name), join(at("few"), name));
    const few = [at("few"), "--engine", "model", "--model", "scripted:wrong-number"];
    await run(...few, "--out", at("once.json"));
    const { out } = await run(...few, "--ask-again", "--out", at("again.json"));
    const [once, twice] = [await report("once.json"), await report("again.json")];
    assert.deepEqual(failed(twice), [], out);
    const change = (name: string): number => (valueOf(twice, name) ?? 0) - (valueOf(once, name) ?? 0);
    assert.ok(change("tokens in") > 0);
    assert.ok(change("sentences by the model that were dropped") <= 0);
  });

  it("puts two saved reports side by side", async () => {
    const { code, out } = await run("--compare", at("rules.json"), at("model.json"), "--html", at("both.html"));
    assert.equal(code, 0);
    assert.match(out, /template +model \(corrupting\)/u);
    const page = await readFile(at("both.html"), "utf8");
    for (const word of ["rules alone", "rules and model corrupting", "Drafts side by side"])
      assert.ok(page.includes(word), word);
  });

  it("holds a chart against the truth beside it, and shows what is missing with its evidence; markup in a chart is text", async () => {
    const path = at("charts/010-home.truth.json");
    const truth: unknown = JSON.parse(await readFile(path, "utf8"));
    assert.ok(truth !== null && typeof truth === "object" && "facts" in truth && Array.isArray(truth.facts));
    const [first] = truth.facts;
    await writeFile(path, JSON.stringify({ ...truth, facts: [{ ...first, words: ["<b>Scurvy</b>"] }] }));
    const { code, out } = await run(charts(), "--html", at("own.html"));
    assert.equal(code, 1);
    assert.match(out, /facts\.recall .*FAILED/u);
    const page = await readFile(at("own.html"), "utf8");
    assert.match(page, /&lt;b&gt;Scurvy&lt;\/b&gt;/u);
    assert.match(page, /reasonCode\.text/u, "the evidence is shown");
    assert.match(page, /holds patient data/u, "charts of a folder may be somebody's");
  });

  it("says what a wrong call wants", async () => {
    for (const [argv, words] of [
      [["--synthetic", "many"], /whole number/u],
      [["--engine", "oracle", "x"], /there are template and model/u],
      [[charts(), "--synthetic", "3"], /not both/u],
      [["--compare", "a"], /two engines or two reports/u],
      [["--compare", at("none.json"), at("none.json")], /neither an engine nor a saved report/u],
    ] as const) {
      const { code, err } = await run(...argv);
      assert.equal(code, 2);
      assert.match(err, words);
    }
  });
});
