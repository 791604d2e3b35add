/** Directions that are coded and not written: days, hours, length, limits and advice are a part of the prescription. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Dosage, FhirResource } from "fhir/r4.js";
import { wordingOf } from "../../src/core/language/wording.ts";
import { readDosage } from "../../src/core/facts/dosage.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import { chartOf, order, sectionOf, taken, textsOf, timeZone } from "../support/stay-chart.ts";

const dose = (value: number, unit = "mg"): Pick<Dosage, "doseAndRate"> => ({
  doseAndRate: [{ doseQuantity: { value, unit, code: unit } }],
});
const daily = { frequency: 1, period: 1, periodUnit: "d" } as const;
const discharged = (drug: string, ...dosageInstruction: Dosage[]): FhirResource =>
  order("d", drug, "discharge", {}, { dosageInstruction });

describe("directions in codes alone say", () => {
  for (const [what, dosage, text, german] of [
    [
      "the days of the week, and never 'daily' of some of them",
      { ...dose(5), timing: { repeat: { ...daily, dayOfWeek: ["mon", "wed", "fri"] } } },
      "5 mg on Monday, Wednesday and Friday",
      "5 mg am Montag, Mittwoch und Freitag",
    ],
    [
      "the day of a weekly dose",
      { ...dose(15), timing: { repeat: { frequency: 1, period: 1, periodUnit: "wk", dayOfWeek: ["mon"] } } },
      "15 mg once weekly on Monday",
      "15 mg einmal wöchentlich am Montag",
    ],
    [
      "the hours",
      { ...dose(100), timing: { repeat: { ...daily, frequency: 2, timeOfDay: ["08:00:00", "16:00:00"] } } },
      "100 mg twice daily at 08:00 and 16:00",
      "100 mg zweimal täglich um 08:00 und 16:00 Uhr",
    ],
    [
      "for how long",
      { ...dose(40), timing: { repeat: { ...daily, boundsDuration: { value: 1, unit: "wk", code: "wk" } } } },
      "40 mg once daily for 1 week",
      "40 mg einmal täglich für 1 Woche",
    ],
    [
      "how fast",
      { ...dose(1, "g"), timing: { repeat: { ...daily, duration: 90, durationUnit: "min" } } },
      "1 g once daily over 90 minutes",
      "1 g einmal täglich über 90 Minuten",
    ],
    [
      "how much at most",
      {
        ...dose(5),
        asNeededBoolean: true,
        maxDosePerPeriod: { numerator: { value: 60, unit: "mg" }, denominator: { value: 1, code: "d" } },
      },
      "5 mg as needed, at most 60 mg/day",
      "5 mg bei Bedarf, höchstens 60 mg/Tag",
    ],
    [
      "a dose of which only the upper bound is given",
      { doseAndRate: [{ doseRange: { high: { value: 10, unit: "mg" } } }], timing: { repeat: daily } },
      "up to 10 mg once daily",
      "bis 10 mg einmal täglich",
    ],
    [
      "where, and what to mind",
      {
        ...dose(1, "drop"),
        site: { text: "left eye" },
        timing: { repeat: daily },
        additionalInstruction: [{ text: "remove contact lenses" }],
      },
      "1 drop (left eye) once daily, remove contact lenses",
      "1 Tropfen (left eye) einmal täglich, remove contact lenses",
    ],
  ] as const satisfies readonly (readonly [string, Dosage, string, string])[])
    it(what, () => {
      assert.equal(readDosage(dosage).text, text);
      assert.equal(readDosage(dosage, wordingOf("de")).text, german);
    });

  it("nothing twice that the prescriber's own words say", () => {
    for (const [text, repeat] of [
      ["5 mg Mon, Wed, Fri", { ...daily, dayOfWeek: ["mon", "wed", "fri"] }],
      ["Take 5 mg daily for 7 days", { ...daily, boundsDuration: { value: 7, unit: "d", code: "d" } }],
    ] as const satisfies readonly (readonly [string, NonNullable<Dosage["timing"]>["repeat"]])[])
      assert.equal(readDosage({ text, ...dose(5), timing: { repeat } }).text, text);
    const silent = { text: "15 mg once weekly", ...dose(15) };
    const repeat = { frequency: 1, period: 1, periodUnit: "wk", dayOfWeek: ["mon"] } as const;
    assert.equal(
      readDosage({ ...silent, timing: { repeat: { ...repeat, dayOfWeek: ["mon"] } } }).text,
      "15 mg once weekly on Monday",
    );
  });
});

describe("a regimen of such terms", () => {
  const taper = discharged(
    "Prednisone",
    { sequence: 1, ...dose(40), timing: { repeat: { ...daily, boundsDuration: { value: 3, unit: "d", code: "d" } } } },
    { sequence: 2, ...dose(20), timing: { repeat: { ...daily, boundsDuration: { value: 4, unit: "d", code: "d" } } } },
  );

  it("is a taper with its lengths, for clinician and patient", () => {
    assert.match(
      textsOf("medications", [taper])[0] ?? "",
      /40 mg once daily for 3 days; then 20 mg once daily for 4 days/u,
    );
    const told = textsOf("patient-information", [taper]).join(" ");
    assert.match(told, /40 mg once daily for 3 days; then 20 mg once daily for 4 days/u);
  });

  it("is CHANGED when the days or the upper bound of a range differ", () => {
    const before = { dose: [40, "mg"], timesDaily: 1 } as const;
    const onDays = discharged("Furosemide", {
      ...dose(40),
      timing: { repeat: { ...daily, dayOfWeek: ["mon", "fri"] } },
    });
    assert.match(
      textsOf("medications", [taken("h", "Furosemide", before), onDays])[0] ?? "",
      /^CHANGED: Furosemide 40 mg on Monday and Friday; frequency changed, before admission: 40 mg once daily/u,
    );
    const range = discharged("Oxycodone", {
      doseAndRate: [{ doseRange: { low: { value: 40, unit: "mg" }, high: { value: 60, unit: "mg" } } }],
      timing: { repeat: daily },
    });
    assert.match(
      textsOf("medications", [taken("h", "Oxycodone", before), range])[0] ?? "",
      /^CHANGED: .*dose changed/u,
    );
  });

  it("is borne out by the order that it cites, and by no other days or limits", () => {
    const resources = [
      discharged("Warfarin", {
        ...dose(5),
        timing: { repeat: { ...daily, dayOfWeek: ["mon", "fri"], duration: 90, durationUnit: "min" } },
        maxDosePerPeriod: { numerator: { value: 60, unit: "mg" }, denominator: { value: 1, code: "d" } },
      }),
    ];
    const chart = chartOf(resources);
    const [sentence] = sectionOf("medications", resources).sentences;
    assert.ok(sentence);
    const stands = (text: string): boolean => verifySentence({ ...sentence, text }, chart, { timeZone }).verified;
    assert.equal(stands(sentence.text), true, sentence.text);
    for (const [from, to] of [
      ["Friday", "Tuesday"],
      ["90 minutes", "90 hours"],
      ["at most 60 mg/day", "at most 90 mg/day"],
      ["at most 60 mg/day", "60 mg/day"],
    ] as const)
      assert.equal(stands(sentence.text.replace(from, to)), false, to);
  });
});
