/** A hospital's own wording (issue 6, point 8): it changes how a summary reads, and takes nothing away. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { tenantSchema } from "../../src/config/tenant-schema.ts";
import { renderPlainText } from "../../src/core/document/plain-text.ts";
import type { HouseStyle } from "../../src/core/house-style/house-style.ts";
import {
  appliedStyle,
  houseStyleSchema,
  stylableTexts,
  styleProblems,
} from "../../src/core/house-style/house-style.ts";
import { placesOf, requiredPlacesOf } from "../../src/core/language/fill.ts";
import { languages } from "../../src/core/language/language.ts";
import { previewStyle } from "../../src/eval/style-preview.ts";
import { runHandover } from "../support/cli-in-process.ts";
import { draft, inputOf } from "../support/document-fixture.ts";
import { us } from "../support/jurisdictions.ts";

const style: HouseStyle = houseStyleSchema.parse({
  version: "2026-12",
  titles: { reason: "Why the patient came", medications: "Medicines to take home" },
  order: ["medications", "allergies"],
  texts: {
    "reason.diagnosis": "Diagnosis on arrival: {names}",
    "medications.new": "Newly started: {regimens}{remarks}",
  },
});
const problems = (texts: Record<string, string>): readonly string[] =>
  styleProblems(houseStyleSchema.parse({ version: "1", texts }), "en").map(({ at, problem }) => `${at}: ${problem}`);

describe("a house style", () => {
  test("cannot take a section out, a value out of a text, or the mark of a draft away", () => {
    assert.match(problems({ "medications.new": "Newly started: {regimens}" }).join(), /lacks \{remarks\}/u);
    assert.match(
      problems({ "medications.new": "New: [{regimens}]{remarks}" }).join(),
      /\{regimens\} must not stand in brackets/u,
    );
    assert.match(problems({ "medications.new": "New: {regimens}{remarks}{dose}" }).join(), /nothing fills \{dose\}/u);
    assert.match(problems({ "medications.new": "New (1 of 3): {regimens}{remarks}" }).join(), /no numbers of its own/u);
    for (const guarded of [
      "document.notVerified",
      "allergies.notAsked",
      "reason.lookedFor",
      "medicationFlag.duplicate",
      "title.us",
      "nonsense",
    ])
      assert.match(problems({ [guarded]: "Fine" }).join(), /not the style's to change/u, guarded);
    for (const wrong of [
      { order: ["reason", "reason"] },
      { order: ["nonsense"] },
      { titles: { reason: " " } },
      { titles: { reason: "<b>x" } },
      { without: ["pending"] },
    ])
      assert.ok(!houseStyleSchema.safeParse({ version: "1", ...wrong }).success, JSON.stringify(wrong));
  });

  test("may repeat every text that is its own to change, in every language, and changes nothing by it", () => {
    for (const language of languages) {
      const texts = Object.fromEntries(stylableTexts(language));
      assert.ok(Object.keys(texts).length > 100, language);
      const long = Object.fromEntries(
        Object.entries(texts).filter(([, text]) => text.length <= 600 && !/[<>]/u.test(text)),
      );
      assert.deepEqual(styleProblems(houseStyleSchema.parse({ version: "1", texts: long }), language), []);
    }
    assert.deepEqual([placesOf("{a}[, {b}]"), requiredPlacesOf("{a}[, {b}]")], [["a", "b"], ["a"]]);
  });

  test("is refused with the tenant that it stands in, and named by its own version and what it says", () => {
    const tenant = {
      id: "general",
      name: "General",
      ehr: { fhirBaseUrl: "https://ehr.example/fhir" },
      generation: { style: { version: "1", texts: { "medications.new": "New" } } },
    };
    const refused = tenantSchema.safeParse(tenant);
    assert.deepEqual(
      refused.error?.issues.map(({ path }) => path.join(".")),
      ["generation.style.texts.medications.new"],
    );
    assert.ok(tenantSchema.safeParse({ ...tenant, generation: { style } }).success);
    assert.notEqual(appliedStyle(style).digest, appliedStyle({ ...style, order: [] }).digest);
  });
});

describe("a summary in a house style", () => {
  const charts = loadCharts();

  test("says the same of the same records in other words, in the hospital's order, and stands on them as before", () => {
    const options = { timeZone: "America/Chicago", jurisdiction: us, language: "en" } as const;
    let changed = 0;
    for (const { bundle, patientId } of charts) {
      for (const stay of previewStyle(patientId, bundle, style, options)) {
        assert.deepEqual(stay.unverified, [], patientId);
        assert.deepEqual(
          stay.sections.slice(0, 2).map(({ title }) => title.after),
          ["Medicines to take home", "Allergies and intolerances"],
        );
        for (const { before: plain, after: styled } of stay.sections) {
          assert.equal(styled.split("\n").length, plain.split("\n").length, "no sentence comes or goes");
          if (plain !== styled) changed += 1;
          assert.equal(
            styled.replaceAll("Newly started:", "NEW:").replaceAll("Diagnosis on arrival:", "Admission diagnosis:"),
            plain,
          );
        }
      }
    }
    assert.ok(changed >= 3, `${changed} sections`);
  });

  test("is printed with its titles and in its order, and a draft is still marked as one", () => {
    const input = inputOf(draft);
    const plain = renderPlainText(input);
    const styled = renderPlainText({ ...input, summary: { ...input.summary, style: appliedStyle(style) } });
    assert.match(styled, /Why the patient came/iu);
    const place = (text: string, title: RegExp): number => text.search(title);
    assert.ok(place(styled, /medicines to take home/iu) < place(styled, /why the patient came/iu));
    assert.ok(place(plain, /reason for hospitalization/iu) < place(plain, /discharge medications/iu));
    assert.match(styled, /not signed/iu);
  });
});

describe("handover style", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "handover-style-"));
    await writeFile(join(folder, "style.yaml"), JSON.stringify(style));
    await writeFile(join(folder, "bad.yaml"), "version: '1'\ntexts: { medications.new: 'New' }");
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test("shows past charts without it and with it, as text and as a page for its owner alone", async () => {
    const html = join(folder, "page.html");
    const charts = join(folder, "charts");
    await mkdir(charts);
    for (const { patientId, bundle } of loadCharts())
      await writeFile(join(charts, `${patientId}.json`), JSON.stringify(bundle));
    const shown = await runHandover(["style", "preview", join(folder, "style.yaml"), charts, "--html", html]);
    assert.equal(shown.code, 0, shown.stderr + shown.stdout);
    assert.match(shown.stdout, /- NEW: .*\n\s+\+ Newly started: /u);
    assert.match(shown.stdout, /Medicines to take home \(was: Discharge medications\)/u);
    assert.match(await readFile(html, "utf8"), /<del>NEW:<\/del>[\s\S]*<ins>Newly<\/ins>/u);
    assert.equal((await stat(html)).mode & 0o777, 0o600);
  });

  test("checks a style by itself, names what is wrong, and gives a file to start from", async () => {
    assert.match(
      (await runHandover(["style", "preview", join(folder, "style.yaml")])).stdout,
      /2026-12 \([0-9a-f]{12}\) is good/u,
    );
    const bad = await runHandover(["style", "preview", join(folder, "bad.yaml")]);
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /texts\.medications\.new: the text lacks \{regimens\}, \{remarks\}/u);
    const texts = JSON.parse((await runHandover(["style", "texts", "--language", "de"])).stdout) as { texts: object };
    assert.match(JSON.stringify(texts.texts), /NEU/u);
  });
});
