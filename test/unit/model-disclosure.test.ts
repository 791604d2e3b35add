/** What is taken out of a text before a model sees it, and put back after: days for dates, marks for names and great ages. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { createDatePrinter } from "../../src/core/facts/dates.ts";
import { createDisclosure, personFact } from "../../src/generation/model/disclosure/disclosure.ts";
import { createPseudonyms } from "../../src/generation/model/disclosure/pseudonyms.ts";
import { createRelativeDays } from "../../src/generation/model/disclosure/relative-days.ts";
import { createRestoringStream } from "../../src/generation/model/disclosure/restoring-stream.ts";
import type { Chart } from "../../src/core/chart/chart.ts";
import { chart } from "../support/course-fixture.ts";

const timeZone = "America/Chicago";
/** 23:30 on the 14th in Chicago, already the 15th in UTC. */
const days = createRelativeDays("2026-03-15T04:30:00Z", timeZone);

describe("dates as days of the stay", () => {
  it("counts the day of admission, in the hospital's zone, as day 1", () => {
    assert.equal(days.hide("Admitted on 14 Mar 2026"), "Admitted on [day 1]");
    assert.equal(
      days.hide("Creatinine 1.71 mg/dL on 16 Mar 2026 at 09:30"),
      "Creatinine 1.71 mg/dL on [day 3] at 09:30",
    );
    assert.equal(days.hide("Echo 13 Mar 2026, 1 Jan 2026"), "Echo [day 0], [day -71]");
  });

  it("reads every form in which notes write a date, a missing year and a range included", () => {
    for (const [text, hidden] of [
      ["on 2026-03-16", "on [day 3]"],
      ["on March 16, 2026", "on [day 3]"],
      ["on 3/16/2026", "on [day 3]"],
      ["on 16.3.2026", "on [day 3]"],
      ["seen Mar 16", "seen [day 3*]"],
      ["16-18 Mar 2026", "[day 3] to [day 5]"],
      ["since March 2019", "since [month -84]"],
      ["since 2019", "since 2019"],
      ["Lisinopril 10 mg, BP 117/67", "Lisinopril 10 mg, BP 117/67"],
    ] as const)
      assert.equal(days.hide(text), hidden);
  });

  it("a date without a year comes back without one", () => {
    assert.equal(days.restore(days.hide("afebrile since 16 March")), "afebrile since 16 Mar");
  });

  it("shows no date that it cannot read: nothing could put it back", () => {
    assert.equal(days.hide("seen 03/04/2026"), "seen ⟨date⟩");
    const unadmitted = createRelativeDays(undefined, timeZone);
    assert.equal(unadmitted.hide("seen 2026-03-16"), "seen ⟨date⟩");
  });

  it("puts back the very day that a fact printed", () => {
    const print = createDatePrinter(timeZone);
    fc.assert(
      fc.property(fc.integer({ min: -40_000, max: 4_000 }), (offset) => {
        const iso = new Date(Date.UTC(2026, 2, 14) + offset * 86_400_000).toISOString().slice(0, 10);
        const text = `Potassium 4.2 mmol/L on ${print.date(iso) ?? ""}`;
        const hidden = days.hide(text);
        // The recognisers read years from 1900 on: nothing in a living patient's chart is older.
        if (iso >= "1900") assert.match(hidden, /^Potassium 4\.2 mmol\/L on \[day -?\d+\]$/u);
        assert.equal(days.restore(hidden), text);
      }),
    );
  });
});

describe("names and ages", () => {
  it("come back as they were, and identifiers never", () => {
    const { hide, restore } = createPseudonyms(chart);
    const hidden = hide(
      "Ms Quillfeather (MRN-4471-XK) saw Dr. Jane Okonkwo; a 93-year-old. Call 555-867-5309 or a@b.example.",
    );
    assert.equal(hidden, "Ms [name 1] (⟨removed⟩) saw Dr. [name 2]; a [age 3]-year-old. Call ⟨removed⟩ or ⟨removed⟩.");
    assert.match(restore(hidden), /^Ms Quillfeather \(⟨removed⟩\) saw Dr\. Jane Okonkwo; a 93-year-old/u);
  });

  describe("are told in every spelling, by whoever names them", () => {
    const person: Chart = {
      ...chart,
      patient: {
        resourceType: "Patient",
        birthDate: "1931-03-14",
        name: [{ family: "NG-FÄRBER", given: ["ROSÁRIA"] }],
        identifier: [{ value: "MRN-556677" }],
      },
      encounter: {
        ...chart.encounter,
        participant: [{ individual: { reference: "Practitioner/9", display: "Hannah Weiss, MD" } }],
      },
    };
    const { hide } = createPseudonyms(person);
    for (const text of [
      // A register in capitals, a note in small letters, without accents, with the umlaut in two letters, in two letters.
      "Rosária walked",
      "rosaria ng-farber walked",
      "ng-faerber, rosaria",
      "ROSARIA WALKED",
      "Faerber walked",
      "Ng walked",
      // Staff that the EHR sends as a display only; people that it sends nowhere.
      "Seen by Hannah Weiss",
      "Discussed with Weiss",
      "Signed: Anna Kowalska, RN",
      "Electronically signed by Peter Novak MD",
      "Her daughter Elena Ruiz was told",
      "Son: Miguel",
      "Social worker Kim Lee called",
      "lives at 77 Lake Shore Drive",
      "phone 3125550188",
      "call 312 555 0188",
      "record 556677",
      "mrn 0042417",
      "SSN 123 45 6789",
      "Medicare 1EG4-TE5-MK73",
      "DOB 14MAR1931",
      "DOB: 3/14/31",
      "aged 95",
      "a 95 y.o. woman",
      "95F with a cough",
      "ninety-five-year-old woman",
    ])
      it(text, () => {
        const hidden = hide(text);
        const gone =
          /ros[aá]ria|f[aä]e?rber|\bng\b|hannah|weiss|anna|kowal|peter|novak|elena|ruiz|miguel|kim|lee|lake|shore|\d{4}|\b95|ninety|MAR1931|3\/14|TE5/iu;
        assert.doesNotMatch(hidden.replaceAll(/\[(?:name|age) \d+\]/gu, ""), gone);
      });

    it("and values stay: temperatures, doses, laboratory values", () => {
      const text = "Temperature 98F, 97.3 F, heparin 5000 units, WBC 12.4, 90 mg, BP 117/67, saturation 95 %";
      assert.equal(hide(text), text);
    });
  });

  it("a mark that a note or the model made up is not given a meaning", () => {
    const { hide, restore } = createPseudonyms(chart);
    assert.equal(hide("[name 1] and [day 2]"), "(name 1] and (day 2]");
    assert.equal(restore("[name 7]"), "[name 7]");
  });

  it("the age goes as a band, and comes back in years", () => {
    const disclosure = createDisclosure(chart, timeZone);
    const person = personFact({ ...chart, patient: { ...chart.patient, gender: "female" } }, timeZone);
    assert.equal(person?.text, "A 68-year-old woman on admission on 14 Mar 2026");
    const shown = disclosure.show(person, person.text);
    assert.equal(shown.text, "A [age]-year-old woman on admission on [day 1]");
    assert.deepEqual(disclosure.patient, { ageBand: "60-69" });
    assert.equal(
      disclosure.restore("A [age]-year-old woman, admitted on [day 1]."),
      "A 68-year-old woman, admitted on 14 Mar 2026.",
    );
  });
});

describe("text that comes back in pieces", () => {
  it("says the same however it is cut, and never shows half a mark", () => {
    const whole = "On [day 1] creatinine was 1.7 mg/dL [high]; on [day 5] it was 1.2 mg/dL (see [day";
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 60 }), (sizes) => {
        const stream = createRestoringStream(days.restore);
        let shown = "";
        let at = 0;
        for (let index = 0; at < whole.length; index += 1) {
          const piece = whole.slice(at, at + (sizes[index % sizes.length] ?? 1));
          at += piece.length;
          const now = stream.push(piece);
          assert.ok(!/\[day[^\]]*$/u.test(now), now);
          shown += now;
        }
        assert.equal(shown + stream.flush(), days.restore(whole));
      }),
    );
  });
});
