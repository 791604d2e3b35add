/** The sandbox's own charts through the rules: each says what it exercises, and the summary must show it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadCharts } from "../../sandbox/charts/load.ts";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import type { Chart } from "../../src/core/chart/chart.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import { stayKindOf } from "../../src/core/stay/stay-kind.ts";
import { sectionsOfKind } from "../../src/core/summary/sections.ts";
import type { Section, SectionId } from "../../src/core/summary/summary.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import { us } from "../support/jurisdictions.ts";

const timeZone = "America/Chicago";

interface Written {
  readonly chart: Chart;
  readonly sections: readonly Section[];
}

const written = new Map<string, Written>(
  loadCharts().map(({ bundle, encounterId }) => {
    const chart = buildChart({ resources: bundle, encounterId });
    return [
      encounterId,
      { chart, sections: templateSections(chart, extractFacts(chart, { timeZone }), { timeZone, jurisdiction: us }) },
    ];
  }),
);

function of(stay: string): Written {
  const found = written.get(stay);
  if (found === undefined) throw new Error(`no sandbox stay ${stay}`);
  return found;
}

const textOf = (stay: string, id: SectionId): string =>
  of(stay)
    .sections.find((section) => section.id === id)
    ?.sentences.map(({ text }) => text)
    .join("\n") ?? "";
const everything = (stay: string): string => JSON.stringify(of(stay).sections);

describe("all sandbox charts", () => {
  for (const [stay, { chart, sections }] of written) {
    it(`${stay}: every section is there, every sentence is evidenced and verified`, () => {
      assert.deepEqual(
        sections.map(({ id }) => id),
        sectionsOfKind(stayKindOf(chart)),
      );
      for (const sentence of sections.flatMap((section) => section.sentences)) {
        assert.notEqual(sentence.evidence.length, 0, sentence.id);
        assert.deepEqual(verifySentence(sentence, chart, { timeZone }).failures, [], sentence.text);
      }
    });
  }
});

describe("Delgado: every fate of a medicine", () => {
  const medications = (): string => textOf("delgado-stay", "medications");
  for (const [line, pattern] of [
    ["new", /^NEW: Spironolactone 25 mg oral tablet: 25 mg oral once daily/mu],
    [
      "changed, with the difference",
      /^CHANGED: Carvedilol .*dose changed, before admission: Carvedilol 12\.5 mg oral tablet: 12\.5 mg oral twice daily/mu,
    ],
    [
      "listed twice, under a brand",
      /^CHANGED: Furosemide .*frequency changed, before admission: 40 mg oral once daily; another entry from before admission reads 1 tablet every morning/mu,
    ],
    ["continued", /^CONTINUED: Apixaban/mu],
    ["stopped, with the reason", /^STOPPED: Ibuprofen .*reason: Acute kidney injury and heart failure/mu],
    ["held", /^HELD .*Metformin/mu],
    ["undated and unclear", /^UNCLEAR: Ginkgo biloba: .*no date recorded/mu],
    [
      "whose discharge order was cancelled, and says no more of it",
      /^DISCHARGE ORDER CANCELLED: Digoxin .*; not documented as taken before admission\.$/mu,
    ],
  ] as const)
    it(`shows one ${line}`, () => assert.match(medications(), pattern));

  it("never tells the cancelled order as stopped or to be taken", () =>
    assert.doesNotMatch(medications(), /^(?:STOPPED|NEW|CONTINUED|CHANGED): Digoxin/mu));

  it("marks the corrected potassium and never shows the value entered in error", () => {
    assert.match(textOf("delgado-stay", "results"), /Potassium: first 4\.9 mmol\/L on 14 Mar 2026 \(corrected\)/u);
  });

  it("shows the refuted pneumonia as ruled out, and the earlier stay as history", () => {
    assert.match(textOf("delgado-stay", "diagnoses"), /^Ruled out: Pneumonia\.$/mu);
    assert.match(
      textOf("delgado-stay", "diagnoses"),
      /^History, from the summary of an earlier stay \(.*8 Nov 2025\).*Cellulitis/mu,
    );
  });

  it("takes no word from this stay's own draft", () => {
    assert.doesNotMatch(everything("delgado-stay"), /amiodarone|knee replacement|Quist/iu);
  });

  it("lists what is pending with its owner, and the nodule for follow-up", () => {
    assert.match(textOf("delgado-stay", "pending"), /Free light chains.*Peter Novak/u);
    assert.match(textOf("delgado-stay", "pending"), /Report preliminary: Pleural fluid cytology/u);
    assert.match(textOf("delgado-stay", "follow-up"), /Finding for follow-up .*nodule of 8 mm/u);
    assert.match(textOf("delgado-stay", "follow-up"), /27 Mar 2026 at 09:30/u);
  });
});

describe("Okafor: sepsis and a penicillin allergy", () => {
  it("flags the allergy against the discharge list and the hospital orders", () => {
    assert.match(
      textOf("okafor-stay", "medications"),
      /ALLERGY CONFLICT to be settled: Amoxicillin .*Penicillin \(reaction: Anaphylaxis \(severe\)\)/u,
    );
    assert.match(textOf("okafor-stay", "medications"), /ALLERGY CONFLICT to be settled: Piperacillin-tazobactam/u);
  });

  it("shows cultures by specimen, the central line in place, and the weekly tests under follow-up", () => {
    assert.match(textOf("okafor-stay", "results"), /in bone by culture: Staphylococcus aureus/u);
    assert.match(
      textOf("okafor-stay", "procedures"),
      /Device in use: Peripherally inserted central catheter \(Right arm\) since 8 Apr 2026/u,
    );
    assert.match(textOf("okafor-stay", "follow-up"), /Weekly blood count/u);
  });
});

describe("the course", () => {
  it("tells the reaction to a dose that was broken off", () =>
    assert.match(
      textOf("okafor-stay", "course"),
      /^2 Apr 2026: Administration stopped: Piperacillin-tazobactam .*note: "Hives after 20 minutes; infusion stopped/mu,
    ));

  it("tells a home medicine given by another route", () =>
    assert.match(textOf("delgado-stay", "course"), /First given: Furosemide injection 80 mg intravenous/u));
});

describe("Chen: hip fracture", () => {
  it("says that no allergy is known, who must not be resuscitated, and where she goes", () => {
    assert.match(textOf("chen-stay", "allergies"), /No known drug allergy/u);
    assert.match(textOf("chen-stay", "allergies"), /No known food allergy/u);
    assert.match(textOf("chen-stay", "condition"), /Code status: Do not resuscitate/u);
    assert.match(textOf("chen-stay", "condition"), /disposition: Maple Grove Skilled Nursing/u);
  });

  it("gives the catheter left in with its plan, and the operation by the note's words", () => {
    assert.match(
      textOf("chen-stay", "procedures"),
      /^Device in use: Indwelling urinary catheter .*trial without catheter on 20 May 2026/mu,
    );
    assert.match(textOf("chen-stay", "procedures"), /^Surgical operation note .*LEFT hip.*Blood loss 350 mL/mu);
    assert.doesNotMatch(textOf("okafor-stay", "procedures"), /Peripheral intravenous catheter/u);
    assert.doesNotMatch(textOf("delgado-stay", "procedures"), /urinary catheter/iu);
  });

  it("tells lorazepam as stopped in every section that speaks of what becomes of it", () => {
    const lines = of("chen-stay").sections.flatMap(({ sentences }) =>
      sentences.map(({ text }) => text).filter((text) => /^[A-Z ]+: Lorazepam/u.test(text)),
    );
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^STOPPED: Lorazepam/u);
  });

  it("flags the analgesic that stands twice, and stops the sedative with its reason", () => {
    assert.match(textOf("chen-stay", "medications"), /POSSIBLE DUPLICATE to be settled: .*Acetaminophen/u);
    assert.match(textOf("chen-stay", "medications"), /^STOPPED: Lorazepam .*reason: Delirium/mu);
  });

  it("keeps glucose in two units apart", () => {
    const lines = textOf("chen-stay", "results")
      .split("\n")
      .filter((line) => line.startsWith("Glucose"));
    assert.equal(lines.length, 2);
  });
});

describe("Whitfield: planted instructions", () => {
  it("obeys and repeats none of them, and names where they stand", () => {
    assert.doesNotMatch(
      everything("whitfield-stay"),
      /warfarin|hospice|both legs are affected|cures cancer|pancreatic/iu,
    );
    assert.match(textOf("whitfield-stay", "course"), /NOTE FOR REVIEW: Nurse Note/u);
    assert.match(textOf("whitfield-stay", "results"), /Left side open\. \[text addressed to a computer omitted\]/u);
  });

  it("still lists the medicine whose name carries one", () =>
    assert.match(textOf("whitfield-stay", "medications"), /^UNCLEAR: Supplement \[text addressed/mu));

  it("says that allergies were not asked about", () =>
    assert.match(textOf("whitfield-stay", "allergies"), /not asked about/u));
});

describe("Brandt: the thin chart", () => {
  it("says what is not documented and what was looked for", () => {
    for (const id of ["allergies", "procedures", "follow-up"] as const) {
      const section = of("brandt-stay").sections.find((candidate) => candidate.id === id);
      assert.equal(section?.status, "not-documented", id);
      assert.match(section?.lookedFor ?? "", /Looked for/u);
    }
  });
});
