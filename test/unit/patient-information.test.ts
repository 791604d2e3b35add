/** What the patient reads: the clinicians' decisions in short, plain sentences; and whom to call, from the tenant's setting. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { renderDocument } from "../../src/core/document/render.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import type { Language } from "../../src/core/language/language.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import { sectionsOf } from "../support/stay-chart.ts";
import { allergyTo, chartOf, lab, order, subject, taken, textsOf, timeZone } from "../support/stay-chart.ts";
import { draft, inputOf } from "../support/document-fixture.ts";
import { eu, us } from "../support/jurisdictions.ts";

const id = "patient-information";
const texts = (resources: readonly FhirResource[]): string => textsOf(id, resources).join("\n");
const german = (resources: readonly FhirResource[]): string => {
  const options = { timeZone, jurisdiction: eu, language: "de" } as const;
  const chart = chartOf(resources);
  const sections = templateSections(chart, extractFacts(chart, options), options);
  return (
    sections
      .find((section) => section.id === id)
      ?.sentences.map(({ text }) => text)
      .join("\n") ?? ""
  );
};

describe("medicines in plain words", () => {
  const home = taken("h1", "Metformin", { dose: [500, "mg"], timesDaily: 2, route: "oral" });
  const changed = order("d1", "Metformin", "discharge", { dose: [1000, "mg"], timesDaily: 2, route: "PO" });
  const fresh = order("d2", "Apixaban", "discharge", { dose: [5, "mg"], timesDaily: 2, route: "oral" });
  const stopped = taken("h2", "Ibuprofen", {}, { status: "stopped", statusReason: [{ text: "Kidney injury" }] });
  const held = taken("h3", "Lisinopril", {}, { status: "on-hold" });
  const unclear = taken("h4", "Ginkgo");
  const all = [home, changed, fresh, stopped, held, unclear];

  it("says what to take and how, what to stop, what to ask", () => {
    const text = texts(all);
    assert.match(text, /^New medicine: Apixaban\. Take 5 mg by mouth twice daily\.$/mu);
    assert.match(text, /^Changed medicine: Metformin\. Take 1000 mg by mouth twice daily\.$/mu);
    assert.match(text, /^Stop taking: Ibuprofen\.$/mu);
    assert.match(text, /^Pause until your doctor tells you to go on: Lisinopril\.$/mu);
    assert.match(text, /^Ask your doctor whether to take: Ginkgo\.$/mu);
  });

  it("says the same in German", () => {
    const text = german(all);
    assert.match(text, /^Neues Medikament: Apixaban\. Einnahme: 5 mg durch den Mund zweimal täglich\.$/mu);
    assert.match(text, /^Beenden Sie die Einnahme von: Ibuprofen\.$/mu);
  });

  it("hands on no pharmacist's shorthand, and no dose that its words contradict", () => {
    const text = texts([
      order("d3", "Warfarin", "discharge", { text: "1 tab PO QHS, adjust per INR" }),
      order("d4", "Amoxicillin", "discharge", { text: "875/125mg PO BID", dose: [125, "mg"], timesDaily: 2 }),
    ]);
    assert.match(text, /^New medicine: Warfarin\. Ask how to take it\.$/mu);
    assert.match(text, /^New medicine: Amoxicillin\. Ask how to take it\.$/mu);
    assert.doesNotMatch(text, /\b(?:PO|BID|QHS|INR)\b|125/u);
  });

  it("warns before a medicine that the record names an allergy to, and asks where there is no list", () => {
    const conflict = texts([fresh, allergyTo("a1", "Apixaban")]);
    assert.match(conflict, /^Before you take Apixaban, ask your doctor: your record names an allergy to Apixaban\.$/mu);
    assert.match(texts([home]), /^Ask which medicines you are to take at home, before you leave\.$/mu);
  });

  it("leaves out what is not to be taken", () => {
    assert.doesNotMatch(texts([fresh, { ...changed, status: "cancelled" }]), /Metformin/u);
  });
});

describe("what comes next", () => {
  it("names appointments with day and time, and results to ask for", () => {
    const appointment: FhirResource = {
      resourceType: "Appointment",
      id: "ap1",
      status: "booked",
      description: "Kidney clinic",
      start: "2026-03-25T15:30:00-05:00",
      participant: [{ status: "accepted", actor: subject }],
    };
    const pending: FhirResource = {
      resourceType: "DiagnosticReport",
      id: "r1",
      status: "registered",
      code: { text: "Biopsy of the kidney" },
      subject,
      encounter: { reference: "Encounter/e1" },
      effectiveDateTime: "2026-03-16T09:00:00-05:00",
    };
    const text = texts([appointment, pending]);
    assert.match(text, /^Your appointment: Kidney clinic, on 25 Mar 2026 at 15:30\.$/mu);
    assert.match(
      text,
      /^These results are not here yet: Biopsy of the kidney\. Ask about them at your next visit\.$/mu,
    );
  });
});

/** Words of our own in the longest sentence: without names, numbers and quotations, which are the chart's. */
function longestOwn(text: string): number {
  const own = text.replaceAll(/"[^"]*"/gu, "").split(/[.:](?:\s|$)/u);
  return Math.max(...own.map((part) => part.split(/\s+/u).filter((word) => /^\p{Ll}+,?$/u.test(word)).length));
}

describe("reading level of the sandbox charts", () => {
  for (const language of ["en", "de"] satisfies readonly Language[]) {
    it(`${language}: short sentences, no abbreviation of the trade`, () => {
      const options = { timeZone, jurisdiction: us, language } as const;
      for (const { bundle, encounterId } of loadCharts()) {
        const chart = buildChart({ resources: bundle, encounterId });
        const sections = templateSections(chart, extractFacts(chart, options), options);
        for (const { text } of sections.find((section) => section.id === id)?.sentences ?? []) {
          assert.ok(longestOwn(text) <= 20, text);
          assert.doesNotMatch(
            text.replaceAll(/"[^"]*"/gu, ""),
            /\b(?:PO|BID|TID|QID|PRN|q\d+h)\b|\bdischarged?\b/u,
            text,
          );
        }
      }
    });
  }
});

describe("the hospital in the document", () => {
  const sections = sectionsOf([
    order("d2", "Apixaban", "discharge", { dose: [5, "mg"], timesDaily: 2, route: "oral" }),
  ]);
  const facility = { address: ["1 Harbor Way", "60601 Chicago"], phone: "312-555-0100" };
  const rendered = (language: string): string =>
    renderDocument(inputOf({ ...draft, sections }, { ...facility, language }), "text/plain");

  it("has its address under its name, and its number under the patient's part", () => {
    assert.match(rendered("en"), /\n[^\n]+\n1 Harbor Way\n60601 Chicago\n/u);
    assert.match(rendered("en"), /- If you have questions, call [^:]+: 312-555-0100\.\n/u);
    assert.match(rendered("de"), /- Bei Fragen rufen Sie an: [^,]+, 312-555-0100\.\n/u);
  });

  it("prints neither where the hospital has not set them", () => {
    const bare = renderDocument(inputOf({ ...draft, sections }), "text/plain");
    assert.doesNotMatch(bare, /If you have questions|Harbor/u);
  });
});

describe("units", () => {
  const at = (day: number): string => `2026-03-${day}T08:00:00-05:00`;
  const results = (resources: readonly FhirResource[]): string => textsOf("results", resources).join("\n");

  it("one unit in several spellings is one series (UCUM: 10*3/uL, x10^3/uL, G/l, 10*9/L)", () => {
    const text = results([
      lab("w1", "Leukocytes", 14, "10*3/uL", at(14)),
      lab("w2", "Leukocytes", 11, "G/l", at(15)),
      lab("w3", "Leukocytes", 8, "10*9/L", at(16)),
    ]);
    assert.match(text, /^Leukocytes: first 14 x10\^3\/uL .*last 8 x?10[*^]9\/L .*trend: falling/mu);
    assert.doesNotMatch(text, /several units/u);
  });

  it("a gram is no giga, and two units are shown apart", () => {
    const text = results([lab("h1", "Protein", 70, "g/L", at(14)), lab("h2", "Protein", 7, "g/dL", at(15))]);
    assert.equal(text.match(/reported in several units, each shown apart/gu)?.length, 2);
    assert.match(results([lab("x", "X", 1, "g/L", at(14)), lab("y", "X", 1, "G/L", at(15))]), /several units/u);
  });

  it("a range in another unit flags nothing", () => {
    const range = (unit: string) => ({ referenceRange: [{ low: { value: 53, unit }, high: { value: 106, unit } }] });
    const value = (unit: string): string => results([lab("c", "Creatinine", 1.2, "mg/dL", at(14), range(unit))]);
    assert.doesNotMatch(value("umol/L"), /\(low\)/u);
    assert.match(value("mg/dL"), /1\.2 mg\/dL on 14 Mar 2026 \(low\)/u);
  });

  it("equal volumes and moles are no change of dose", () => {
    const text = textsOf("medications", [
      taken("h", "Lactulose", { dose: [0.03, "L"], timesDaily: 2 }),
      order("d", "Lactulose", "discharge", { dose: [30, "mL"], timesDaily: 2 }),
    ]).join("\n");
    assert.match(text, /^CONTINUED: Lactulose/mu);
  });
});
