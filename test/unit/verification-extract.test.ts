/** What the reader of sentences finds: each form once, with its canonical value. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDrugLexicon } from "../../src/core/verification/drugs.ts";
import { extractValues } from "../../src/core/verification/extract.ts";
import { canonicalUnit } from "../../src/core/facts/units.ts";
import type { Value } from "../../src/core/verification/value.ts";

const lexicon = createDrugLexicon(["Zorbidex 20 MG Oral Tablet"]);

function brief(value: Value): string {
  switch (value.kind) {
    case "number":
      return `${value.comparator ?? ""}${value.value}${value.unit === undefined ? "" : ` ${value.unit}`}`;
    case "date":
      return `${value.year ?? "?"}-${value.month ?? "?"}-${value.day ?? "?"}${value.time === undefined ? "" : `T${value.time.hour}:${value.time.minute}`}${value.utc ? "Z" : ""}`;
    case "time":
      return `T${value.time.hour}:${value.time.minute}`;
    default:
      return `${value.kind}:${value.key}`;
  }
}

const cases: Record<string, readonly string[]> = {
  "It was 1.71 mg/dL.": ["1.71 mg/dL"],
  "Creatinine rose from 1.2 to 1.71 mg/dL": ["1.2 mg/dL", "1.71 mg/dL"],
  "reference 0.6-1.3 mg/dL": ["0.6 mg/dL", "1.3 mg/dL"],
  "BP 128/76 mmHg": ["128 mm[Hg]", "76 mm[Hg]"],
  "WBC 12.5 10*3/uL, then 7.2 x10^3/uL and 9 K/uL": ["12.5 10*3/uL", "7.2 10*3/uL", "9 10*3/uL"],
  "platelets 250 10*9/L": ["250 10*3/uL"],
  "GFR >90 mL/min/{1.73_m2}": [">90 mL/min/{1.73_m2}"],
  "troponin less than 0.01 ng/mL": ["<0.01 ng/mL"],
  "1,200 mL and -2.5 mmol/L": ["1200 mL", "-2.5 mmol/L"],
  "40mg, 5 mcg, 37.2 °C, 110 bpm, 22/min": ["40 mg", "5 ug", "37.2 Cel", "110 /min", "22 /min"],
  "a 67-year-old for 3 days": ["67 a", "3 d"],
  "twelve tablets, twenty-five mg, one hundred and five mL": ["12 tablet", "25 mg", "105 mL"],
  "½ tablet and half a tablet": ["0.5 tablet", "0.5"],
  "two point five mg": ["2.5 mg"],
  "third hospital day": ["relative:hospital day 3"],
  "18 Mar 2026, 14:30": ["2026-3-18T14:30"],
  "March 18th, 2026 at 2:30 pm": ["2026-3-18T14:30"],
  "18-21 March 2026": ["2026-3-18", "2026-3-21"],
  "Mar 18-21, 2026": ["2026-3-18", "2026-3-21"],
  "2026-03-18T14:30:00Z": ["2026-3-18T14:30Z"],
  "18/03/2026 and 3/18/26": ["2026-3-18", "2026-3-18"],
  "03/04/2026": ["term:03/04/2026"],
  "on 18 March": ["?-3-18"],
  "in March 2026": ["2026-3-?"],
  "may march on": [],
  "a dose of 45 may help": ["45"],
  "on 45 Sep 2026": ["unparsed:45 sep 2026"],
  "at 2 pm": ["T14:0"],
  "twice daily, BID, every 12 hours, q8h": ["frequency:2/1d", "frequency:2/1d", "frequency:1/12h", "frequency:1/8h"],
  "three times a day as needed at bedtime": ["frequency:3/1d", "frequency:prn", "frequency:HS"],
  "every 4-6 hours": ["frequency:1/4-6h"],
  "für Übid, Statëdaily, dailyω and стат": [],
  "hospital day 3, two days later, in 2 weeks, yesterday": [
    "relative:hospital day 3",
    "relative:2d later",
    "relative:in 2wk",
    "relative:yesterday",
  ],
  "HbA1c, COVID-19, CO2, N17.9": ["term:hba1c", "term:covid-19", "term:co2", "term:n17.9"],
  "NYHA class III": ["term:nyha class iii"],
  "left knee, right-sided weakness, bilateral effusions": [
    "laterality:left",
    "laterality:right",
    "laterality:bilateral",
  ],
  "left against medical advice right away": [],
  "no fever, denies chest pain": ["negation:not:fever", "negation:not:chest"],
  "no known drug allergies": ["negation:not:drug"],
  "influenza negative, embolism ruled out": ["negation:negative", "negation:ruled out"],
  "non-small cell carcinoma": [],
  "zorbidex and Warfarin and tirzeglutide": ["drug:zorbidex", "drug:warfarin", "drug:tirzeglutide"],
  "٣ tablets": ["unparsed:٣"],
};

describe("extractValues", () => {
  for (const [text, expected] of Object.entries(cases)) {
    it(`reads "${text}"`, () => {
      assert.deepEqual(extractValues(text, { lexicon }).map(brief), expected);
    });
  }

  it("reads hostile text in linear time", () => {
    const patterns = [
      "twenty ",
      "1-",
      "1.",
      "1,",
      "1 mg/",
      "mg-",
      "a-",
      "no ",
      "every ",
      "1 [",
      "18 Mar ",
      "/",
      " ",
      "first post",
    ];
    for (const pattern of patterns) {
      const timeOf = (repeats: number): number => {
        const start = performance.now();
        extractValues(pattern.repeat(repeats), { lexicon });
        return performance.now() - start;
      };
      timeOf(500);
      // Ten times the text may take ten times as long, and some; a quadratic reader would need a hundred times.
      const small = Math.max(timeOf(2000), 5);
      assert.ok(timeOf(20_000) < small * 60, pattern);
    }
  });

  it("gives each value the place it stands at", () => {
    const text = "Potassium 5.9 mmol/L on 18 Mar 2026, no arrhythmia.";
    for (const { span, text: written } of extractValues(text)) assert.equal(text.slice(span.start, span.end), written);
  });
});

describe("canonicalUnit", () => {
  it("joins spellings of one unit and keeps two units apart", () => {
    assert.equal(canonicalUnit("mcg"), canonicalUnit("ug"));
    assert.equal(canonicalUnit("mmHg"), canonicalUnit("mm[Hg]"));
    assert.equal(canonicalUnit("{Beats}/min"), canonicalUnit("/min"));
    assert.notEqual(canonicalUnit("mg"), canonicalUnit("ug"));
    assert.notEqual(canonicalUnit("mg/dL"), canonicalUnit("mg/L"));
    assert.notEqual(canonicalUnit("mmol/L"), canonicalUnit("mEq/L"));
  });
});
