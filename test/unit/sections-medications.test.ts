/** Medication reconciliation: every fate of a medicine, and the flags on the discharge list. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FhirResource, MedicationStatement } from "fhir/r4.js";
import type { OrderFields } from "../support/stay-chart.ts";
import { allergyTo, noteOf, order, sectionOf, taken, textsOf } from "../support/stay-chart.ts";

const texts = (...resources: readonly FhirResource[]): readonly string[] => textsOf("medications", resources);
const noList = "No discharge medication list is documented: what is to be taken after discharge is to be settled.";
/** One tablet, twice a day; fifty milligrams, once. */
const one: OrderFields = { dose: [1, "tablet"], timesDaily: 2 };
const fifty: OrderFields = { dose: [50, "mg"], timesDaily: 1 };
const home = { dose: [20, "mg"], timesDaily: 1, route: "oral" } as const;

describe("what becomes of a medicine", () => {
  it("is NEW when nothing was taken before", () => {
    assert.deepEqual(
      texts(
        taken("a", "Aspirin", home),
        order("d", "Apixaban", "discharge", { dose: [5, "mg"], timesDaily: 2, route: "oral" }),
      )[0],
      "NEW: Apixaban 5 mg oral twice daily.",
    );
  });

  it("does not claim NEW outright when the chart has no list from before", () => {
    assert.deepEqual(texts(order("d", "Apixaban", "discharge", { dose: [5, "mg"], timesDaily: 2 })), [
      "NEW, or continued (no list from before admission is documented): Apixaban 5 mg twice daily.",
    ]);
  });

  it("is CONTINUED when dose, route and frequency agree, across spellings and units", () => {
    const before = taken("a", "Lasix 40 mg tablet", { dose: [0.04, "g"], timesDaily: 1, route: "PO" });
    const after = order("d", "Furosemide", "discharge", { dose: [40, "mg"], route: "oral", timesDaily: 1 });
    assert.deepEqual(texts(before, after), [
      "CONTINUED: Furosemide 40 mg oral once daily; before admission recorded as Lasix 40 mg tablet.",
    ]);
  });

  it("is CONTINUED when one list is in words and the other in codes", () => {
    const inWords = (resource: FhirResource, text: string): FhirResource =>
      Object.assign(
        resource,
        resource.resourceType === "MedicationStatement" ? { dosage: [{ text }] } : { dosageInstruction: [{ text }] },
      );
    for (const [text, coded] of [
      ["20 mg by mouth once daily", home],
      ["Take 0.02 g PO every day", home],
      ["10 units under the skin once daily", { dose: [10, "units"], timesDaily: 1, route: "subcutaneous" }],
    ] as const)
      assert.match(
        texts(inWords(taken("a", "Furosemide"), text), order("d", "Furosemide", "discharge", coded))[0] ?? "",
        /^CONTINUED:/u,
        text,
      );
  });

  it("is CHANGED when words say another dose, route or frequency than the codes, or more than a regimen", () => {
    for (const [text, change] of [
      ["40 mg by mouth once daily", "dose"],
      ["20 mg intravenously once daily", "route"],
      ["20 mg by mouth twice daily", "frequency"],
      ["20 mg by mouth once daily, 40 mg on Sundays", "directions"],
    ] as const) {
      const before = Object.assign(taken("a", "Furosemide"), { dosage: [{ text }] });
      const [line = ""] = texts(before, order("d", "Furosemide", "discharge", home));
      assert.match(line, new RegExp(`^CHANGED: .*; ${change} changed`, "u"));
    }
  });

  for (const [what, after, change] of [
    ["dose", { dose: [40, "mg"], timesDaily: 1, route: "oral" }, "dose"],
    ["frequency", { dose: [20, "mg"], timesDaily: 2, route: "oral" }, "frequency"],
    ["route", { dose: [20, "mg"], timesDaily: 1, route: "intravenous" }, "route"],
  ] as const) {
    it(`is CHANGED when the ${what} differs, and says so`, () => {
      const [text = ""] = texts(taken("a", "Furosemide", home), order("d", "Furosemide", "discharge", after));
      assert.match(
        text,
        new RegExp(`^CHANGED: Furosemide .*; ${change} changed, before admission: 20 mg oral once daily\\.$`, "u"),
      );
    });
  }

  it("is CHANGED, never CONTINUED, when one patch, tablet, puff or millilitre is another amount, or another release or salt", () => {
    const pairs: readonly (readonly [string, string, OrderFields, string])[] = [
      [
        "Fentanyl 25 mcg/hr transdermal patch",
        "Fentanyl 50 mcg/hr transdermal patch",
        { dose: [1, "patch"] },
        "strength",
      ],
      [
        "oxycodone 5 mg / acetaminophen 325 mg tablet",
        "oxycodone 10 mg / acetaminophen 325 mg tablet",
        one,
        "strength",
      ],
      ["Percocet 5-325", "Percocet 10-325", one, "strength"],
      ["Advair Diskus 250/50", "fluticasone 500 mcg / salmeterol 50 mcg inhaler", { dose: [1, "puff"] }, "strength"],
      ["morphine 10 mg/5 mL oral solution", "morphine 20 mg/mL oral solution", { dose: [5, "mL"] }, "strength"],
      ["insulin glargine 100 units/mL", "Toujeo SoloStar 300 units/mL", { dose: [20, "units"] }, "strength"],
      ["insulin lispro 100 units/mL", "insulin lispro 75/25", { dose: [20, "units"] }, "strength"],
      ["metoprolol tartrate 50 mg tablet", "metoprolol succinate 50 mg tablet", fifty, "form"],
      ["oxycodone 10 mg tablet", "oxycodone 10 mg extended-release tablet", { dose: [10, "mg"] }, "form"],
      [
        "divalproex sodium 500 mg delayed release tablet",
        "divalproex sodium 500 mg ER tablet",
        { dose: [500, "mg"] },
        "form",
      ],
    ];
    for (const [before, after, fields, what] of pairs) {
      const line =
        texts(taken("a", before, fields), order("b", after, "discharge", fields)).find((text) =>
          text.includes(after),
        ) ?? "";
      assert.ok(line.startsWith(`CHANGED: ${after}`), line);
      assert.ok(line.includes(`${what} changed, before admission: ${before}`), line);
    }
  });

  it("is CONTINUED where one strength is written in two units, or the coating alone is named", () => {
    for (const [before, after] of [
      ["levothyroxine 100 mcg tablet", "levothyroxine 0.1 mg tablet"],
      ["aspirin 81 mg tablet", "aspirin EC 81 mg tablet"],
      ["Metformin 1,000 mg oral tablet", "metformin hydrochloride 1000 mg oral tablet"],
      ["Advair Diskus 250/50", "fluticasone 250 mcg / salmeterol 50 mcg inhaler"],
      ["enoxaparin 100 mg/mL injection", "enoxaparin 40 mg prefilled syringe"],
    ] as const)
      assert.match(texts(taken("a", before, one), order("b", after, "discharge", one))[0] ?? "", /^CONTINUED: /u);
  });

  it("is NEW where the patient did not take what was listed before, and says what contradicts a discharge order", () => {
    const before = (status: MedicationStatement["status"], reason: string) =>
      taken("a", "atorvastatin 40 mg tablet", fifty, { status, statusReason: [{ text: reason }] });
    const ordered = order("b", "atorvastatin 40 mg tablet", "discharge", fifty);
    assert.match(
      texts(before("not-taken", "muscle pain"), ordered)[0] ?? "",
      /^NEW: .*marked not-taken, reason: muscle pain/u,
    );
    assert.match(texts(before("stopped", "liver"), ordered)[0] ?? "", /^CONTINUED: .*marked stopped, reason: liver/u);
    assert.match(texts(before("on-hold", "liver"), ordered)[0] ?? "", /^CONTINUED: .*marked on-hold, reason: liver/u);
  });

  it("is CHANGED when only the product's strength differs", () => {
    const [text] = texts(
      taken("a", "lisinopril 10 MG Oral Tablet"),
      order("d", "lisinopril 20 MG Oral Tablet", "discharge"),
    );
    assert.match(
      text ?? "",
      /^CHANGED: lisinopril 20 MG Oral Tablet.*strength changed, before admission: lisinopril 10 MG/u,
    );
  });

  it("is no change when one side does not say", () => {
    assert.match(texts(taken("a", "Furosemide"), order("d", "Furosemide", "discharge", home))[0] ?? "", /^CONTINUED/u);
  });

  it("is STOPPED with its reason, and says when none is documented", () => {
    const stopped = (more: object): FhirResource => ({
      ...taken("a", "Ibuprofen", home),
      status: "stopped",
      effectivePeriod: { end: "2026-03-14" },
      ...more,
    });
    assert.deepEqual(texts(stopped({ statusReason: [{ text: "Kidney injury" }] })), [
      noList,
      "STOPPED: Ibuprofen 20 mg oral once daily, until 14 Mar 2026; reason: Kidney injury.",
    ]);
    assert.match(texts(stopped({}))[1] ?? "", /no reason documented\.$/u);
  });

  it("is STOPPED when the discharge order forbids it", () => {
    const forbidden = order(
      "d",
      "Ibuprofen",
      "discharge",
      {},
      { doNotPerform: true, statusReason: { text: "Bleeding" } },
    );
    assert.match(
      texts(taken("a", "Ibuprofen", home), forbidden)[0] ?? "",
      /^STOPPED: .*ordered not to be taken; reason: Bleeding\.$/u,
    );
  });

  it("is HELD when it is on hold, with the reason", () => {
    const held: FhirResource = {
      ...taken("a", "Metformin", home),
      status: "on-hold",
      statusReason: [{ text: "Kidney function" }],
    };
    assert.deepEqual(texts(held), [
      noList,
      "HELD (paused, to be decided): Metformin 20 mg oral once daily; reason: Kidney function.",
    ]);
  });

  it("is UNCLEAR, never stopped, when it is merely absent from the discharge list", () => {
    const [, text = ""] = texts(taken("a", "Apixaban", home), order("d", "Aspirin", "discharge", home));
    assert.equal(
      text,
      "UNCLEAR: Apixaban 20 mg oral once daily, of 14 Mar 2026; not listed at discharge, and no stop is documented.",
    );
  });

  it("is UNCLEAR when there is no discharge list at all, when its order is a draft, and when it was not taken", () => {
    assert.match(texts(taken("a", "Apixaban", home))[0] ?? "", /no discharge medication list is documented/u);
    assert.match(
      texts(order("d", "Alendronate", "discharge", {}, { status: "draft" }))[0] ?? "",
      /^UNCLEAR: .*the discharge order is a draft/u,
    );
    assert.match(
      texts({ ...taken("a", "Apixaban"), status: "not-taken" })[1] ?? "",
      /^UNCLEAR: .*recorded as not taken/u,
    );
  });

  it("is neither stopped nor to be taken when its discharge order was withdrawn and nobody took it before", () => {
    const withdrawn = (status: "cancelled" | "stopped", more: object = {}): FhirResource =>
      order("d", "Amiodarone", "discharge", home, { status, ...more });
    assert.deepEqual(
      texts(taken("a", "Aspirin", home), withdrawn("cancelled", { statusReason: { text: "Error" } }))[1],
      [
        "DISCHARGE ORDER CANCELLED: Amiodarone 20 mg oral once daily; reason: Error; not documented as taken before admission.",
      ][0],
    );
    assert.match(texts(withdrawn("stopped"))[0] ?? "", /^DISCHARGE ORDER STOPPED: Amiodarone/u);
    assert.match(
      texts(order("d", "Ibuprofen", "discharge", {}, { doNotPerform: true }))[0] ?? "",
      /^NOT TO BE TAKEN BY ORDER: Ibuprofen/u,
    );
    assert.match(
      texts(taken("a", "Amiodarone", home), withdrawn("cancelled"))[0] ?? "",
      /^UNCLEAR: .*the discharge order is marked cancelled/u,
    );
  });

  it("is judged the same whether the list was taken before or after the minute of admission", () => {
    for (const dateAsserted of ["2026-03-14T09:00:00-05:00", "2026-03-14T15:00:00-05:00"])
      assert.match(
        texts({ ...taken("a", "Lorazepam", home, { dateAsserted }), status: "stopped" })[1] ?? "",
        /^STOPPED: Lorazepam/u,
      );
  });

  it("gives the hospital's reason where the home entry has none", () => {
    const inpatient = order(
      "i",
      "Lorazepam",
      "inpatient",
      {},
      { status: "stopped", statusReason: { text: "Delirium" } },
    );
    const list = order("d", "Aspirin", "discharge", home);
    assert.match(
      texts({ ...taken("a", "Lorazepam", home), status: "stopped" }, inpatient, list)[1] ?? "",
      /^STOPPED: .*; hospital order stopped, reason: Delirium\.$/u,
    );
    assert.match(
      texts(taken("a", "Lorazepam", home), inpatient, list)[1] ?? "",
      /^UNCLEAR: .*no stop is documented; hospital order stopped, reason: Delirium\.$/u,
    );
  });

  it("says that no discharge list is there when only hospital medicines are known", () =>
    assert.deepEqual(texts(order("i", "Ceftriaxone", "inpatient", { dose: [1, "g"] })), [
      noList,
      "IN HOSPITAL ONLY, not listed at discharge: Ceftriaxone 1 g.",
    ]));

  it("shows undated medicines and says that they are", () => {
    const { dateAsserted: _date, ...undated } = taken("a", "Ginkgo biloba", { text: "Dose unknown" });
    assert.deepEqual(texts(undated), [
      "UNCLEAR: Ginkgo biloba: Dose unknown; no date recorded; no discharge medication list is documented.",
    ]);
  });

  it("gives hospital medicines their own line with the reason for a stop, and the hospital regimen of one that goes on", () => {
    const ceftriaxone = order(
      "i",
      "Ceftriaxone",
      "inpatient",
      { dose: [1, "g"], route: "IV", timesDaily: 1 },
      { status: "stopped", statusReason: { text: "Pneumonia ruled out" } },
    );
    const iv = order("j", "Ciprofloxacin", "inpatient", { dose: [400, "mg"], route: "IV", timesDaily: 2 });
    const oral = order("d", "Ciprofloxacin", "discharge", { dose: [500, "mg"], route: "PO", timesDaily: 2 });
    assert.deepEqual(
      texts(ceftriaxone, iv, oral, taken("a", "Aspirin", home)).filter((text) => /Cef|Cipro/u.test(text)),
      [
        "NEW: Ciprofloxacin 500 mg oral twice daily; in hospital: 400 mg intravenous twice daily.",
        "IN HOSPITAL ONLY, not listed at discharge: Ceftriaxone 1 g intravenous once daily, reason: Pneumonia ruled out.",
      ],
    );
  });

  it("matches by RxNorm code where the names say nothing to each other", () => {
    const medicationCodeableConcept = (text: string) => ({
      text,
      coding: [{ system: "http://www.nlm.nih.gov/research/umls/rxnorm", code: "4603" }],
    });
    const before = taken("a", "water pill", home, {
      medicationCodeableConcept: medicationCodeableConcept("water pill"),
    });
    const after = order("d", "Furosemide", "discharge", home, {
      medicationCodeableConcept: medicationCodeableConcept("Furosemide"),
    });
    assert.match(texts(before, after)[0] ?? "", /^CONTINUED: Furosemide .*recorded as water pill/u);
  });

  it("shows that the home list disagrees with itself", () => {
    const two = [
      taken("a", "Gabapentin", { dose: [300, "mg"], timesDaily: 3 }),
      taken("b", "Gabapentin", { text: "1 capsule daily" }),
      order("d", "Gabapentin", "discharge", { dose: [300, "mg"], timesDaily: 3 }),
    ];
    assert.deepEqual(texts(...two), [
      "CONTINUED: Gabapentin 300 mg three times daily; another entry from before admission reads 1 capsule daily.",
    ]);
  });

  it("leaves out what had ended before the admission and what was ordered after the stay", () => {
    const past: FhirResource = {
      ...taken("a", "Amoxicillin"),
      status: "completed",
      effectivePeriod: { end: "2025-05-01" },
    };
    const later = order(
      "l",
      "Statin",
      "community",
      {},
      { authoredOn: "2026-09-01", encounter: { reference: "Encounter/e9" } },
    );
    assert.equal(sectionOf("medications", [past, later]).status, "not-documented");
  });

  it("names what only a note says was taken at home", () => {
    const note = noteOf("n", "History and physical note", "Medications at home: Atorvastatin; Candesartan; none other");
    assert.deepEqual(
      texts(taken("a", "Atorvastatin", home), order("d", "Atorvastatin", "discharge", home), note).slice(1),
      [
        "UNCLEAR: taken before admission by the notes (History and physical note, 15 Mar 2026), no order or statement documented: Candesartan.",
      ],
    );
  });

  it("does not take a dose given at an earlier visit for a medicine taken at home, unless a note does", () => {
    const earlier = { encounter: { reference: "Encounter/e0" }, authoredOn: "2026-03-10T10:00:00-05:00" };
    const propofol = order("o", "Propofol", "outpatient", {}, { ...earlier, status: "stopped" });
    const given: FhirResource = {
      resourceType: "MedicationAdministration",
      id: "g",
      status: "completed",
      medicationCodeableConcept: { text: "Propofol" },
      subject: { reference: "Patient/p1" },
      context: { reference: "Encounter/e0" },
      effectiveDateTime: "2026-03-10T10:05:00-05:00",
    };
    assert.match(texts(propofol)[1] ?? "", /^UNCLEAR: Propofol/u);
    assert.equal(sectionOf("medications", [propofol, given]).status, "not-documented");
    const note = noteOf("n", "History and physical note", "Medications at home: Propofol");
    assert.deepEqual(texts(propofol, given, note).slice(1), [
      "UNCLEAR: taken before admission by the notes (History and physical note, 15 Mar 2026), but its entries in the chart had ended: Propofol.",
    ]);
  });

  it("cites every entry it speaks of, its name and how it is taken", () => {
    const section = sectionOf("medications", [
      taken("a", "Furosemide", home),
      order("i", "Furosemide", "inpatient"),
      order("d", "Furosemide", "discharge", home),
    ]);
    assert.deepEqual(
      section.sentences[0]?.evidence.map(({ reference, path }) => `${reference} ${path}`),
      [
        "MedicationRequest/d medicationCodeableConcept",
        "MedicationRequest/d dosageInstruction",
        "MedicationStatement/a medicationCodeableConcept",
        "MedicationStatement/a dosage",
        "MedicationRequest/i medicationCodeableConcept",
      ],
    );
  });
});

describe("flags", () => {
  const flagged = (...resources: readonly FhirResource[]): readonly string[] =>
    texts(...resources).filter((text) => /ALLERGY|DUPLICATE/u.test(text));
  const discharge = (drug: string, id = drug): FhirResource => order(id, drug, "discharge", home);

  it("holds an allergy to the ingredient, and to its class, against the discharge list", () => {
    const reaction = [{ manifestation: [{ text: "Anaphylaxis" }], severity: "severe" as const }];
    assert.deepEqual(flagged(discharge("Amoxicillin"), allergyTo("x", "Penicillin", { reaction })), [
      "ALLERGY CONFLICT to be settled: Amoxicillin is on the discharge list, and the chart records an allergy to Penicillin (reaction: Anaphylaxis (severe)).",
    ]);
    assert.equal(flagged(discharge("Bactrim"), allergyTo("x", "Sulfonamide")).length, 1);
    assert.equal(flagged(discharge("Ibuprofen"), allergyTo("x", "Aspirin")).length, 1);
  });

  it("holds it against hospital orders too", () => {
    assert.match(
      flagged(order("i", "Piperacillin-tazobactam", "inpatient"), allergyTo("x", "Penicillin"))[0] ?? "",
      /among the hospital orders/u,
    );
  });

  it("does not cry at refuted, resolved or unrelated allergies", () => {
    const verificationStatus = { coding: [{ code: "refuted" }] };
    assert.deepEqual(flagged(discharge("Amoxicillin"), allergyTo("x", "Penicillin", { verificationStatus })), []);
    assert.deepEqual(
      flagged(
        discharge("Amoxicillin"),
        allergyTo("x", "Penicillin", { clinicalStatus: { coding: [{ code: "resolved" }] } }),
      ),
      [],
    );
    assert.deepEqual(flagged(discharge("Spironolactone"), allergyTo("x", "Iron"), allergyTo("y", "Shellfish")), []);
  });

  it("flags one ingredient in two entries, alone or in a combination", () => {
    assert.match(
      flagged(discharge("Oxycodone/Acetaminophen"), discharge("Acetaminophen"))[0] ?? "",
      /^POSSIBLE DUPLICATE to be settled: the discharge list holds the same ingredient in several entries/u,
    );
  });

  it("flags two of one class, also where the other is a home medicine nobody stopped", () => {
    assert.match(
      flagged(discharge("Lisinopril"), discharge("Losartan"))[0] ?? "",
      /several medicines of the class ACE inhibitors/u,
    );
    assert.deepEqual(flagged(discharge("Rivaroxaban"), taken("a", "Apixaban", home)), [
      "POSSIBLE DUPLICATE to be settled: several medicines of the class anticoagulants, namely Rivaroxaban on the discharge list and Apixaban from before admission with no stop documented.",
    ]);
    assert.deepEqual(flagged(discharge("Lisinopril"), discharge("Metoprolol")), []);
  });
});

describe("a list that tells one medicine in two ways", () => {
  const combination = "Lisinopril-hydrochlorothiazide 20-12.5 mg tablet";
  const daily: OrderFields = { dose: [1, "tablet"], timesDaily: 1 };

  it("says what of a combination was taken before, and that nobody stopped the other", () => {
    for (const [before, after] of [
      [combination, "Lisinopril 20 mg tablet"],
      ["Lisinopril 20 mg tablet", combination],
    ] as const) {
      const lines = texts(taken("h", before, daily), order("d", after, "discharge", daily));
      assert.deepEqual(lines.slice(0, 2), [
        `POSSIBLE DUPLICATE to be settled: the same ingredient in ${after} on the discharge list and ${before} from before admission with no stop documented.`,
        `NEW: ${after}: 1 tablet once daily; an ingredient of it was taken before admission, in ${before}.`,
      ]);
      assert.match(lines[2] ?? "", /^UNCLEAR: /u);
    }
  });

  it("flags one shared ingredient once, and not once more as a class", () => {
    const lines = texts(
      taken("h", "Sacubitril/valsartan 49/51 mg", daily),
      order("d", "Valsartan 80 mg", "discharge", daily),
    );
    assert.equal(lines.filter((line) => line.startsWith("POSSIBLE DUPLICATE")).length, 1);
  });

  it("is CHANGED when a second entry of the medicine came to the one from before", () => {
    const lines = texts(
      taken("h", "Furosemide 40 mg", fifty),
      order("d", "Lasix 40 mg", "discharge", fifty),
      order("e", "Furosemide 20 mg", "discharge", { dose: [20, "mg"], timesDaily: 2 }),
    );
    assert.match(
      lines.find((line) => line.startsWith("CHANGED")) ?? "",
      /Lasix .* and Furosemide .*; dose and frequency/u,
    );
  });

  it("is CONTINUED when both entries of a regimen stand as before", () => {
    const entries = [
      ["Warfarin 5 mg tablet", "5 mg Mon/Wed/Fri"],
      ["Warfarin 2.5 mg tablet", "2.5 mg Tue/Thu/Sat/Sun"],
    ] as const;
    const lines = texts(
      ...entries.map(([drug, text], index) => Object.assign(taken(`h${index}`, drug), { dosage: [{ text }] })),
      ...entries.map(([drug, text], index) => order(`d${index}`, drug, "discharge", { text })),
    );
    assert.ok(
      lines.some((line) => line.startsWith("CONTINUED: Warfarin 5 mg tablet")),
      lines.join("\n"),
    );
  });
});

describe("a hold of the hospital's own order", () => {
  const held = order("i", "Lisinopril 10 mg", "inpatient", fifty, {
    status: "on-hold",
    statusReason: { text: "acute kidney injury" },
  });
  const hold = "hospital order on hold, reason: acute kidney injury";

  it("is told with a home medicine of which nobody decided", () => {
    const lines = texts(taken("h", "Lisinopril 10 mg", fifty), held, order("d", "Aspirin", "discharge", one));
    assert.ok(lines.find((line) => line.startsWith("UNCLEAR: Lisinopril"))?.includes(hold));
  });

  it("is told with one that goes on, for the hold was never lifted", () => {
    const goesOn = order("d", "Lisinopril 10 mg", "discharge", fifty);
    const [line = ""] = texts(taken("h", "Lisinopril 10 mg", fifty), held, goesOn);
    assert.ok(line.startsWith("CONTINUED") && line.includes(hold), line);
  });
});

describe("names that say one medicine", () => {
  const conflict = (allergy: string, drug: string): boolean =>
    texts(allergyTo("a", allergy), order("d", drug, "discharge", one)).some((line) =>
      line.startsWith("ALLERGY CONFLICT"),
    );

  it("meet the allergy behind a brand's strength, a German name or a brand on the allergy's own side", () => {
    for (const [allergy, drug] of [
      ["Sulfa drugs", "Bactrim DS"],
      ["Acetylsalicylsäure", "ASS 100 mg"],
      ["Ceftriaxon", "Ceftriaxone 1 g"],
      ["Bactrim", "Sulfamethoxazol/Trimethoprim 960 mg"],
      ["Lasix", "Furosemid 40 mg"],
      ["Ondansetron", "Ondansetron 4 mg"],
      ["Linezolid", "Linezolid 600 mg"],
    ] as const)
      assert.equal(conflict(allergy, drug), true, `${allergy}, ${drug}`);
    assert.equal(conflict("Iron", "Spironolacton 25 mg"), false);
  });

  it("are matched across German and English, decimal commas and joined salts", () => {
    for (const [before, after] of [
      ["Torasemid 10 mg", "Torsemide 10 mg"],
      ["Metoprololsuccinat 47,5 mg Retardtabletten", "Metoprolol succinate ER 47.5 mg"],
      ["Humulin N 100 units/mL", "NPH insulin 100 units/mL"],
    ] as const)
      assert.match(texts(taken("h", before, one), order("d", after, "discharge", one))[0] ?? "", /^CONTINUED/u, after);
  });

  it("tell another strength in percent", () => {
    const lines = texts(
      taken("h", "Timolol 0.5 % ophthalmic", one),
      order("d", "Timolol 0.25 % ophthalmic", "discharge", one),
    );
    assert.match(lines[0] ?? "", /^CHANGED: .*strength changed/u);
  });
});
