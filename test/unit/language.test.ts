/** Languages: one catalogue each; a summary in German is German but for the chart's own words, and is verified all the same. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FhirResource, TimingRepeat } from "fhir/r4.js";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { renderDocument } from "../../src/core/document/render.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { fill, placesOf } from "../../src/core/language/fill.ts";
import { codes } from "../../src/core/language/german/codes.ts";
import { languageForStranger, languageOf, languageTag } from "../../src/core/language/language.ts";
import { catalogue, wordingOf } from "../../src/core/language/wording.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import { citedText, indexOf, wordsOf } from "../../src/eval/cited-text.ts";
import { flagWord, readObservation } from "../../src/core/facts/observation.ts";
import { readDosage } from "../../src/core/facts/dosage.ts";
import { draft, inputOf } from "../support/document-fixture.ts";
import { chartOf, lab, order, sectionsOf } from "../support/stay-chart.ts";
import { eu } from "../support/jurisdictions.ts";

const german = wordingOf("de");
const options = { timeZone: "Europe/Berlin", jurisdiction: eu, language: "de" } as const;

describe("the catalogue", () => {
  it("fills a bracketed part only where all of its values are there, and no value is read as a text", () => {
    const text = "Admitted on {date}[ to {service}][ ({marks})]";
    assert.equal(fill(text, { date: "1 Mar 2026" }), "Admitted on 1 Mar 2026");
    assert.equal(fill(text, { date: "{service}", service: "[{date}]" }), "Admitted on {service} to [{date}]");
    assert.deepEqual(placesOf(text), ["date", "service", "marks"]);
    assert.equal(fill("{text} [not verified]", { text: "A." }), "A. [not verified]");
  });

  it("has the same places in both languages; only dates are put together from other parts", () => {
    for (const [key, text] of Object.entries(catalogue.en)) {
      if (key.startsWith("date.")) continue;
      const other = Object.entries(catalogue.de).find(([name]) => name === key)?.[1] ?? "";
      assert.deepEqual(placesOf(other).toSorted(), placesOf(text).toSorted(), key);
      assert.equal(other === "", text === "", key);
    }
  });

  it("of somebody unknown is the one that all hospitals here share, else what the browser asks for first", () => {
    assert.equal(languageForStranger(["de-AT", "de-AT"], ["en"]), "de-AT");
    assert.equal(languageForStranger(["de", "en"], ["fr", "de-CH", "en"]), "de-CH");
    assert.equal(languageForStranger(["de", "en"], ["fr", "*"]), "en");
    assert.equal(languageForStranger([], ["de"]), "en");
  });

  it("goes by the primary subtag of a BCP 47 tag", () => {
    assert.deepEqual(["en", "en-GB", "de", "de-CH", "DE"].map(languageOf), ["en", "en", "de", "de", "de"]);
    assert.deepEqual(
      ["de-AT", "en", "fr", "deu", "de_AT"].map((tag) => languageTag.test(tag)),
      [true, true, false, false, false],
    );
  });
});

describe("German values", () => {
  it("has a decimal comma, days first, and the units and flags of a German report", () => {
    const reading = readObservation(
      lab("l", "Kreatinin", 1.71, "mg/dL", "2026-03-18T08:00:00Z", {
        referenceRange: [{ low: { value: 0.59 }, high: { value: 1.04, unit: "mg/dL" } }],
      }),
      german,
    );
    assert.equal(reading?.result?.printed, "1,71 mg/dL");
    assert.equal(reading?.result?.range, "0,59 bis 1,04");
    assert.equal(flagWord(reading?.result?.flag, german), "erhöht");
  });

  const frequencies: readonly (readonly [string, TimingRepeat])[] = [
    ["zweimal täglich", { frequency: 2, period: 1, periodUnit: "d" }],
    ["alle 8 Stunden", { frequency: 1, period: 8, periodUnit: "h" }],
    ["morgens", { frequency: 1, period: 1, periodUnit: "d", when: ["MORN"] }],
    ["alle 4 bis 6 Stunden", { frequency: 1, period: 4, periodMax: 6, periodUnit: "h" }],
  ];
  for (const [expected, repeat] of frequencies) {
    it(`prints ${expected}`, () => {
      assert.equal(readDosage({ timing: { repeat } }, german).text, expected);
    });
  }
});

interface Written {
  readonly stay: string;
  readonly sections: readonly Section[];
  readonly faults: readonly string[];
  readonly index: ReadonlyMap<string, FhirResource>;
}

const stays: readonly Written[] = loadCharts().map(({ bundle, encounterId }) => {
  const chart = buildChart({ resources: bundle, encounterId });
  const sections = templateSections(chart, extractFacts(chart, options), options);
  const faults = sections
    .flatMap(({ sentences }) => sentences)
    .filter((sentence) => !verifySentence(sentence, chart, options).verified)
    .map(({ text }) => text);
  return { stay: encounterId, sections, faults, index: indexOf(bundle) };
});

const lettersOf = (text: string): readonly string[] => wordsOf(text).filter((word) => /^\p{L}{3,}$/u.test(word));
const germanWords = new Set([...Object.values(catalogue.de), ...codes.values()].flatMap(lettersOf));
/** Words that only the English catalogue has: none of them may stand in a German text, unless the chart says it. */
const englishOnly = new Set(
  [...Object.values(catalogue.en), ...codes.keys()].flatMap(lettersOf).filter((word) => !germanWords.has(word)),
);

describe("the sandbox charts in German", () => {
  it("knows what to look for", () => assert.ok(englishOnly.size > 300, String(englishOnly.size)));

  for (const { stay, sections, faults, index } of stays) {
    it(`${stay}: no English word but the chart's own, and every sentence verified`, () => {
      assert.deepEqual(faults, []);
      for (const { title, lookedFor = "", sentences } of sections) {
        assert.deepEqual(
          lettersOf(`${title} ${lookedFor}`).filter((word) => englishOnly.has(word)),
          [],
          title,
        );
        for (const { text, evidence } of sentences) {
          const cited = citedText(
            evidence.map(({ reference }) => reference),
            index,
          );
          const own = lettersOf(text).filter((word) => englishOnly.has(word) && cited?.words.has(word) !== true);
          assert.deepEqual(own, [], text);
        }
      }
    });
  }

  it("reads as an Entlassbrief does", () => {
    const text = stays
      .find(({ stay }) => stay === "delgado-stay")
      ?.sections.flatMap(({ title, sentences }) => [title, ...sentences.map((sentence) => sentence.text)])
      .join("\n");
    assert.match(text ?? "", /^Epikrise und Verlauf$/mu);
    assert.match(text ?? "", /^NEU: Spironolactone 25 mg oral tablet: 25 mg oral einmal täglich, Vorrat für 30 Tage/mu);
    assert.match(text ?? "", /^GEÄNDERT: .*Häufigkeit geändert, vor Aufnahme: 40 mg oral einmal täglich/mu);
    assert.match(text ?? "", /^FORTGEFÜHRT: Apixaban/mu);
    assert.match(text ?? "", /^ABGESETZT: Ibuprofen .*bei Bedarf wegen knee pain; Grund: /mu);
    assert.match(text ?? "", /^PAUSIERT .*Metformin/mu);
    assert.match(text ?? "", /^UNKLAR: Ginkgo biloba/mu);
    assert.match(text ?? "", /Creatinine: erster Wert 2,1 mg\/dL am 14\.03\.2026 \(erhöht\)/u);
  });
});

describe("verification of German sentences", () => {
  const resources = [
    lab("c1", "Creatinine", 1.4, "mg/dL", "2026-03-15T08:00:00Z"),
    order("m1", "Apixaban", "discharge", { dose: [2.5, "mg"], timesDaily: 2 }),
  ];
  const chart = chartOf(resources);
  const verified = (text: string, reference: string): boolean =>
    verifySentence({ text, evidence: [{ reference }] }, chart, options).verified;

  it("takes value, date and frequency in their German forms", () => {
    assert.ok(verified("Creatinine: 1,4 mg/dL am 15.03.2026.", "Observation/c1"));
    assert.ok(verified("NEU: Apixaban 2,5 mg zweimal täglich.", "MedicationRequest/m1"));
  });

  for (const [what, text, reference] of [
    ["another number", "Creatinine: 1,5 mg/dL am 15.03.2026.", "Observation/c1"],
    ["a number without its comma", "Creatinine: 14 mg/dL am 15.03.2026.", "Observation/c1"],
    ["another unit", "Creatinine: 1,4 mmol/L am 15.03.2026.", "Observation/c1"],
    ["another day", "Creatinine: 1,4 mg/dL am 16.03.2026.", "Observation/c1"],
    ["day and month exchanged", "Creatinine: 1,4 mg/dL am 03.05.2026.", "Observation/c1"],
    ["another frequency", "NEU: Apixaban 2,5 mg dreimal täglich.", "MedicationRequest/m1"],
    ["a denial that the chart does not make", "Kein Apixaban 2,5 mg zweimal täglich.", "MedicationRequest/m1"],
    ["a side that the chart does not name", "Creatinine links: 1,4 mg/dL am 15.03.2026.", "Observation/c1"],
  ] as const) {
    it(`refuses ${what}`, () => assert.ok(!verified(text, reference)));
  }
});

describe("a document in German", () => {
  const rendered = renderDocument(inputOf(draft, { language: "de-DE" }), "text/plain");

  it("names itself, its standing and its sections in German", () => {
    assert.match(rendered, /^ENTLASSBRIEF\n/u);
    assert.match(rendered, /\*\*\* KI-Entwurf, nicht unterschrieben \*\*\*/u);
    assert.match(rendered, /^MEDIKATION BEI ENTLASSUNG$/mu);
    assert.ok(!/\b(?:draft|signed|Stay|Patient:)\b/u.test(rendered), rendered);
  });

  it("leaves an English summary as it was", () => {
    const [section] = sectionsOf([]);
    assert.match(section?.lookedFor ?? "", /^Looked for the encounter's reason/u);
  });
});
