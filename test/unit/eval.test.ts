/** The clinical evaluation: what it must catch, and that it never sees a discharge summary. */
import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import type { Bundle, FhirResource } from "fhir/r4.js";
import { runEval } from "../../src/cli/eval.ts";
import { chartPaths, withoutDischargeSummaries } from "../../src/eval/chart-files.ts";
import { citationFaults } from "../../src/eval/citation-check.ts";
import { indexOf } from "../../src/eval/cited-text.ts";
import { evaluateChart } from "../../src/eval/evaluate.ts";
import type { Problem } from "../../src/eval/checks.ts";
import { metricsOf } from "../../src/eval/metrics.ts";
import type { Metric } from "../../src/eval/metrics.ts";
import { createTemplateGenerator } from "../../src/generation/template/template-generator.ts";
import type { Sentence } from "../../src/core/summary/summary.ts";
import { diagnosis, encounter, lab, noteOf, ofStay, order, patient, subject, taken } from "../support/stay-chart.ts";

const canary = "XQ7CANARY42";

const resources: readonly FhirResource[] = [
  patient,
  {
    ...encounter,
    diagnosis: [{ condition: { reference: "Condition/c" }, use: { coding: [{ code: "DD" }] }, rank: 1 }],
  },
  diagnosis("c", "Sepsis"),
  lab("cr", "Creatinine", 1.71, "mg/dL", "2026-03-15T06:00:00-05:00", {
    referenceRange: [{ high: { value: 1.2, unit: "mg/dL" } }],
  }),
  taken("h", "Furosemide", { dose: [20, "mg"], timesDaily: 1 }),
  order("d", "Furosemide", "discharge", { dose: [40, "mg"], timesDaily: 1 }),
];

const typed = (code: string) => ({ coding: [{ system: "http://loinc.org", code }] });

/** Discharge summaries in every form, each with the canary; one is another stay's. */
const summaries: readonly FhirResource[] = [
  {
    resourceType: "Composition",
    id: "s1",
    status: "final",
    type: typed("18842-5"),
    subject,
    encounter: ofStay,
    date: "2026-03-18",
    author: [{ display: canary }],
    title: canary,
    section: [
      {
        code: typed("11535-2"),
        text: { status: "generated", div: "<div>Sepsis (A41.9)</div>" },
        entry: [{ reference: "Condition/c" }],
      },
      {
        code: typed("10183-2"),
        text: { status: "generated", div: "<div>Furosemide 40mg</div>" },
        entry: [{ reference: "MedicationRequest/d" }],
      },
    ],
  },
  Object.assign(noteOf("s2", "x", canary), { type: typed("34745-0") }),
  Object.assign(noteOf("s3", "x", canary), {
    type: typed("18842-5"),
    date: "2020-01-01",
    context: { encounter: [{ reference: "Encounter/e0" }] },
  }),
  Object.assign(noteOf("s4", "x", ""), {
    type: typed("18842-5"),
    content: [{ attachment: { contentType: "text/plain", url: "Binary/b" } }],
  }),
  { resourceType: "Binary", id: "b", contentType: "text/plain", data: Buffer.from(canary).toString("base64") },
  {
    resourceType: "DiagnosticReport",
    id: "s5",
    status: "final",
    code: { text: "Discharge summary" },
    subject,
    encounter: ofStay,
    conclusion: canary,
  },
];

const bundleOf = (all: readonly FhirResource[]): Bundle<FhirResource> => ({
  resourceType: "Bundle",
  type: "collection",
  entry: all.map((resource) => ({ resource })),
});

const evaluate = async (bundle: Bundle<FhirResource>) =>
  evaluateChart({ chart: "c.json", bundle, generator: createTemplateGenerator() });
const metricsFor = async (bundle: Bundle<FhirResource>): Promise<readonly Metric[]> =>
  metricsOf((await evaluate(bundle)).flatMap(({ checks }) => checks));

describe("loader", () => {
  it("drops every discharge summary of any stay and form; a word planted in them turns up nowhere", async () => {
    const { bundle, references } = withoutDischargeSummaries(bundleOf([...resources, ...summaries]));
    const kept = JSON.stringify(bundle);
    assert.doesNotMatch(kept, new RegExp(`${canary}|${Buffer.from(canary).toString("base64")}`, "u"));
    assert.deepEqual(
      references.map(({ id }) => id),
      ["s1"],
    );
    const [result] = await evaluate(bundleOf([...resources, ...summaries]));
    assert.doesNotMatch(JSON.stringify(result?.sections), new RegExp(canary, "u"));
  });

  it("keeps the other notes, so that the canary would be found if it were read", async () => {
    const [result] = await evaluate(bundleOf([...resources, noteOf("n", "Progress note", `Much better, ${canary}.`)]));
    assert.match(JSON.stringify(result?.sections), new RegExp(canary, "u"));
  });
});

describe("citation check", () => {
  const index = indexOf(bundleOf(resources));
  const faults = (text: string, ...references: readonly string[]): readonly string[] => {
    const sentence: Sentence = {
      id: "x.1",
      text,
      origin: "template",
      verified: true,
      evidence: references.map((reference) => ({ reference })),
    };
    return citationFaults(sentence, index, "America/Chicago");
  };

  it("accepts what stands in the cited resources", () => {
    assert.deepEqual(
      faults("Creatinine: 1.71 mg/dL on 15 Mar 2026 (high); reference range up to 1.2 mg/dL.", "Observation/cr"),
      [],
    );
    assert.deepEqual(faults("NEW: Furosemide 40 mg once daily.", "MedicationRequest/d"), []);
  });

  for (const [what, text, reference] of [
    ["a number", "Creatinine: 1.17 mg/dL on 15 Mar 2026.", "Observation/cr"],
    ["a unit", "Creatinine: 1.71 mmol/L on 15 Mar 2026.", "Observation/cr"],
    ["a date", "Creatinine: 1.71 mg/dL on 16 Mar 2026.", "Observation/cr"],
    ["a drug", "NEW: Torsemide 40 mg once daily.", "MedicationRequest/d"],
    ["a dose", "NEW: Furosemide 80 mg once daily.", "MedicationRequest/d"],
    ["a frequency", "NEW: Furosemide 40 mg twice daily.", "MedicationRequest/d"],
    ["a name", "Principal discharge diagnosis: Pneumonia.", "Condition/c"],
    ["the right value under the wrong citation", "Creatinine: 1.71 mg/dL.", "Condition/c"],
    ["a citation of nothing", "Sepsis.", "Condition/none"],
  ] as const)
    it(`catches a false ${what}`, () => assert.notDeepEqual(faults(text, reference), []));

  it("catches a sentence without evidence", () => assert.deepEqual(faults("Sepsis."), ["no evidence"]));
});

describe("metrics", () => {
  it("fail when the summary lacks what the reference lists", async () => {
    const references = summaries.slice(0, 1);
    const good = await metricsFor(bundleOf([...resources, ...references]));
    assert.deepEqual(
      good.filter(({ ok }) => !ok),
      [],
    );
    const without = resources.filter(({ id }) => id !== "d");
    const bad = await metricsFor(bundleOf([...without, ...references]));
    assert.deepEqual(
      bad.filter(({ ok }) => !ok).map(({ name }) => name),
      ["coverage.medications.references", "coverage.medications.doses"],
    );
  });
});

describe("handover eval", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "eval-"));
  });
  after(async () => rm(folder, { recursive: true }));

  async function run(
    ...argv: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    const texts = { out: "", err: "" };
    const code = await runEval(argv, { stdout: (text) => (texts.out += text), stderr: (text) => (texts.err += text) });
    return { code, ...texts };
  }

  it("reads .json and .json.gz, prints JSON by the contract and exits 0", async () => {
    const text = JSON.stringify(bundleOf([...resources, ...summaries]));
    await writeFile(join(folder, "a.json"), text);
    await writeFile(join(folder, "b.json.gz"), gzipSync(text));
    const { code, out } = await run(folder, "--json");
    assert.equal(code, 0);
    const report: unknown = JSON.parse(out);
    assert.ok(
      report !== null &&
        typeof report === "object" &&
        "charts" in report &&
        "metrics" in report &&
        Array.isArray(report.metrics),
    );
    assert.equal(report.charts, 2);
    for (const metric of report.metrics) assert.deepEqual(Object.keys(metric), ["name", "value", "threshold", "ok"]);
  });

  it("prints a table with every metric that was measured", async () => {
    const { out } = await run(folder);
    for (const word of [
      "2 charts, 2 inpatient stays",
      "medications.listed",
      "citations.wrong",
      "coverage.diagnoses.names",
    ])
      assert.ok(out.includes(word), word);
  });

  it("names the file that cannot be read", async () => {
    await writeFile(join(folder, "c.json"), "{");
    const { code, err } = await run(folder);
    assert.equal(code, 2);
    assert.match(err, /c\.json: cannot be read as JSON/u);
    await writeFile(join(folder, "c.json"), JSON.stringify(bundleOf([patient])));
    const { code: alone, err: why } = await run(join(folder, "c.json"));
    assert.equal(alone, 2);
    assert.match(why, /c\.json: holds no inpatient encounter/u);
    const { out, err: leftOut } = await run(folder);
    assert.match(leftOut, /c\.json: holds no inpatient encounter, left out/u);
    assert.ok(out.includes("2 charts, 2 inpatient stays"));
    await rm(join(folder, "c.json"));
  });

  it("evaluates one file as well as a folder", async () => {
    const [file = ""] = await chartPaths(folder);
    const { out } = await run(file);
    assert.ok(out.includes("1 chart"), out.slice(0, 200));
  });

  it("writes reports for their owner alone, over a file that others could read too", async () => {
    const page = join(folder, "report.html");
    await writeFile(page, "", { mode: 0o644 });
    await run(folder, "--html", page);
    assert.equal((await stat(page)).mode & 0o777, 0o600);
    await rm(page);
  });

  it("explains itself, and refuses a call without a folder or with one that is not there", async () => {
    assert.equal((await run("--help")).code, 0);
    assert.equal((await run()).code, 2);
    assert.equal((await run(join(folder, "none"))).code, 2);
  });
});

describe("shares", () => {
  it("are not rounded up to all: one miss in a hundred thousand fails a threshold of 100 %", () => {
    const problem = { what: "passed", references: [] };
    const shareOf = (problems: readonly Problem[]): readonly Metric[] =>
      metricsOf([{ metric: "corruption.caught.critical", of: 100_000, problems }]);
    assert.deepEqual(
      shareOf([problem]).map(({ value, ok }) => ({ value, ok })),
      [{ value: 0.9999, ok: false }],
    );
    assert.deepEqual(
      shareOf([]).map(({ value, ok }) => ({ value, ok })),
      [{ value: 1, ok: true }],
    );
  });
});
