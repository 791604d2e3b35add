/** Kinds of stay: told from the encounter, each with sections of its own, in both languages (docs/clinical-rules.md). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CodeableConcept, Encounter, FhirResource, Patient } from "fhir/r4.js";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { renderDocument } from "../../src/core/document/render.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import type { Language } from "../../src/core/language/language.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import type { StayKind } from "../../src/core/stay/stay-kind.ts";
import { stayKindOf, stayKinds } from "../../src/core/stay/stay-kind.ts";
import { allSectionIds, kindOfSections, sectionHeading, sectionsOfKind } from "../../src/core/summary/sections.ts";
import type { Section, SectionId } from "../../src/core/summary/summary.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import { draft, inputOf } from "../support/document-fixture.ts";
import { diagnosis, encounter, lab, noteOf, ofStay, order, patient, subject, timeZone } from "../support/stay-chart.ts";
import { eu, us } from "../support/jurisdictions.ts";

const disposition = (
  code: string,
  text?: string,
  system = "http://terminology.hl7.org/CodeSystem/discharge-disposition",
) => ({
  dischargeDisposition: {
    coding: [{ system, code }],
    ...(text === undefined ? {} : { text }),
  } satisfies CodeableConcept,
});
const left = (hospitalization: Encounter["hospitalization"]): Encounter => ({
  ...encounter,
  ...(hospitalization === undefined ? {} : { hospitalization }),
});
const entlassungsgrund = (code: string): Encounter["hospitalization"] => ({
  dischargeDisposition: {
    extension: [
      {
        url: "http://fhir.de/StructureDefinition/Entlassungsgrund",
        extension: [
          {
            url: "ErsteUndZweiteStelle",
            valueCoding: { system: "http://fhir.de/CodeSystem/dkgev/EntlassungsgrundErsteUndZweiteStelle", code },
          },
        ],
      },
    ],
  },
});

describe("the kind of a stay", () => {
  const delivery: FhirResource = {
    resourceType: "Procedure",
    id: "d",
    status: "completed",
    subject,
    encounter: ofStay,
    code: { text: "Lower segment cesarean section" },
  };
  const cases: readonly (readonly [string, StayKind, Partial<Patient>, Encounter, readonly FhirResource[]])[] = [
    ["home", "ordinary", {}, left(disposition("home")), []],
    ["expired, by HL7's code", "death", {}, left(disposition("exp")), []],
    [
      "dead by NUBC's status 20",
      "death",
      {},
      left(disposition("20", undefined, "https://www.nubc.org/CodeSystem/PatDischargeStatus")),
      [],
    ],
    [
      "a death in the stay, and no disposition",
      "death",
      { deceasedDateTime: "2026-03-18T09:00:00-05:00" },
      encounter,
      [],
    ],
    ["a death years later", "ordinary", { deceasedDateTime: "2029-01-01" }, encounter, []],
    [
      "against advice, in words",
      "against-advice",
      {},
      left({ dischargeDisposition: { text: "Left against medical advice" } }),
      [],
    ],
    [
      "NUBC 07 is against advice",
      "against-advice",
      {},
      left(disposition("07", undefined, "https://www.nubc.org/CodeSystem/PatDischargeStatus")),
      [],
    ],
    ["and German 07 is a death", "death", {}, left(entlassungsgrund("07")), []],
    ["German 04 is against advice", "against-advice", {}, left(entlassungsgrund("04")), []],
    ["German 06 is a transfer", "transfer", {}, left(entlassungsgrund("06")), []],
    ["another hospital", "transfer", {}, left(disposition("other-hcf")), []],
    [
      "home with care is none",
      "ordinary",
      {},
      left({ dischargeDisposition: { text: "Home with home health nursing" } }),
      [],
    ],
    ["class OBSENC", "observation", {}, { ...encounter, class: { code: "OBSENC" } }, []],
    ["admitted as born", "newborn", {}, left({ admitSource: { coding: [{ code: "born" }] } }), []],
    ["admitted on the day of birth", "newborn", { birthDate: "2026-03-14" }, encounter, []],
    ["a delivery in the stay", "delivery", { gender: "female" }, encounter, [delivery]],
    ["a newborn who died", "death", { birthDate: "2026-03-14" }, left(disposition("exp")), []],
  ];
  for (const [what, kind, person, stay, resources] of cases) {
    it(`${what}: ${kind}`, () =>
      assert.equal(stayKindOf({ patient: { ...patient, ...person }, encounter: stay, resources }), kind));
  }

  it("reads a chart without a class", () => {
    const { class: _class, ...bare } = encounter;
    assert.equal(stayKindOf({ patient, encounter: bare as Encounter }), "ordinary");
  });
});

describe("sections of a kind", () => {
  it("stand in one reading order, and tell the kind again", () => {
    for (const kind of stayKinds) {
      const ids = sectionsOfKind(kind);
      assert.deepEqual(
        ids,
        allSectionIds.filter((id) => ids.includes(id)),
        kind,
      );
      assert.equal(kindOfSections(ids.map((id) => ({ id }))), kind);
    }
  });

  it("has no instructions for the dead", () => {
    assert.ok(!sectionsOfKind("death").some((id) => id === "instructions" || id === "follow-up"));
    assert.equal(sectionHeading("medications", eu, "en", "death").code, "75311-1");
    assert.equal(sectionHeading("medications", us, "de", "death").title, "Medikation vor Aufnahme und im Krankenhaus");
  });
});

interface Stay {
  readonly kind: StayKind;
  readonly extra: SectionId;
  readonly person?: Partial<Patient>;
  readonly stay: Encounter;
  readonly resources: readonly FhirResource[];
  /** What the section says, by language. */
  readonly says: Readonly<Record<Language, readonly RegExp[]>>;
}

const stays: readonly Stay[] = [
  {
    kind: "death",
    extra: "death",
    person: { deceasedDateTime: "2026-03-18T09:42:00-05:00" },
    stay: left(disposition("exp", "Expired")),
    resources: [
      diagnosis("c1", "Pneumonia"),
      order("m1", "Ceftriaxone 1 g", "inpatient", { dose: [1, "g"], timesDaily: 1, route: "IV" }),
      order("m2", "Amlodipine 5 mg", "community", { dose: [5, "mg"], timesDaily: 1 }, { authoredOn: "2025-11-01" }),
      noteOf(
        "n1",
        "Death note",
        "CAUSE OF DEATH\nHypoxic respiratory failure due to pneumonia.\n\nCOURSE\nPronounced dead at 09:42. The wife was called and informed by telephone. The family declined an autopsy.",
        "2026-03-18T10:00:00-05:00",
      ),
    ],
    says: {
      en: [
        /^Died on 18 Mar 2026 at 09:42\.$/mu,
        /^Cause of death \(Death note, 18 Mar 2026\): "Hypoxic respiratory failure due to pneumonia\."$/mu,
        /^Circumstances .*"Pronounced dead at 09:42\."$/mu,
        /^Notification .*"The wife was called and informed by telephone\."$/mu,
        /^Autopsy and donation .*declined an autopsy/mu,
      ],
      de: [
        /^Verstorben am 18\.03\.2026 um 09:42 Uhr\.$/mu,
        /^Todesursache \(Death note, 18\.03\.2026\)/mu,
        /^Benachrichtigung/mu,
      ],
    },
  },
  {
    kind: "against-advice",
    extra: "against-advice",
    stay: left(disposition("aadvice", "Left against advice")),
    resources: [
      noteOf(
        "n1",
        "Progress note",
        "Patient insists on leaving. Risks including death were explained and understood. He has decision-making capacity.",
      ),
    ],
    says: {
      en: [
        /^Leaving against advice .*insists on leaving/mu,
        /^Risks explained .*"Risks including death/mu,
        /^Capacity .*capacity\."$/mu,
        /^Not documented: a signed form\.$/mu,
      ],
      de: [/^Aufklärung über Risiken /mu, /^Nicht dokumentiert: unterschriebene Erklärung\.$/mu],
    },
  },
  {
    kind: "transfer",
    extra: "handover",
    stay: left({ ...disposition("other-hcf"), destination: { display: "Lakeside Burn Center" } }),
    resources: [
      order("m1", "Norepinephrine", "inpatient", { text: "0.1 mcg/kg/min IV continuous" }),
      order("m2", "Cefazolin", "inpatient", { text: "2 g IV q8h" }, { status: "stopped" }),
      noteOf(
        "n1",
        "Transfer note",
        "REASON FOR TRANSFER\nBurn care that is not offered here.\n\nPRECAUTIONS\nContact precautions for MRSA.",
      ),
    ],
    says: {
      en: [
        /^Transferred to Lakeside Burn Center\.$/mu,
        /^Reason for transfer .*Burn care/mu,
        /^Running when the stay ended: Norepinephrine: 0\.1 mcg\/kg\/min IV continuous\.$/mu,
        /^Isolation and precautions .*MRSA/mu,
      ],
      de: [/^Verlegt nach Lakeside Burn Center\.$/mu, /^Bei Ende des Aufenthalts laufend: Norepinephrine/mu],
    },
  },
  {
    kind: "observation",
    extra: "observation",
    stay: { ...encounter, class: { code: "OBSENC" }, reasonCode: [{ text: "Chest pain" }] },
    resources: [],
    says: {
      en: [
        /^Observed from 14 Mar 2026 at 12:00 until 18 Mar 2026 at 11:00\.$/mu,
        /^Reason for the observation: Chest pain\.$/mu,
        /^Not documented: diagnosis at its end\.$/mu,
      ],
      de: [/^Beobachtet von 14\.03\.2026 um 12:00 Uhr bis 18\.03\.2026 um 11:00 Uhr\.$/mu],
    },
  },
  {
    kind: "newborn",
    extra: "newborn",
    person: { birthDate: "2026-03-14" },
    stay: encounter,
    resources: [
      lab("o1", "Birth weight", 3240, "g", "2026-03-14T12:10:00-05:00"),
      lab("o2", "Gestational age", 39, "wk", "2026-03-14T12:10:00-05:00"),
      lab("o3", "1 minute Apgar Score", 8, "{score}", "2026-03-14T12:01:00-05:00"),
      lab("o4", "5 minute Apgar Score", 10, "{score}", "2026-03-14T12:05:00-05:00"),
      lab("o5", "Transcutaneous bilirubin", 6.4, "mg/dL", "2026-03-16T08:00:00-05:00"),
      noteOf(
        "n1",
        "Newborn note",
        "MATERNAL HISTORY\nGroup B streptococcus positive, treated with penicillin.\n\nFEEDING\nBreastfed every 3 hours.",
      ),
    ],
    says: {
      en: [
        /^Born on 14 Mar 2026\.$/mu,
        /^Birth data: Gestational age 39 weeks; Birth weight 3240 g; 1 minute Apgar Score 8; 5 minute Apgar Score 10\.$/mu,
        /^Feeding .*Breastfed every 3 hours/mu,
        /^Bilirubin: Transcutaneous bilirubin 6\.4 mg\/dL \(16 Mar 2026\)\.$/mu,
        /^Mother .*Group B streptococcus positive/mu,
        /^Not documented: screening\.$/mu,
      ],
      de: [
        /^Geboren am 14\.03\.2026\.$/mu,
        /^Geburtsdaten: Gestational age 39 Wochen; /mu,
        /^Nicht dokumentiert: Screening\.$/mu,
      ],
    },
  },
  {
    kind: "delivery",
    extra: "delivery",
    person: { gender: "female", birthDate: "1994-05-06" },
    stay: encounter,
    resources: [
      {
        resourceType: "Procedure",
        id: "pr1",
        status: "completed",
        subject,
        encounter: ofStay,
        code: { text: "Spontaneous vaginal delivery" },
        performedDateTime: "2026-03-15T04:12:00-05:00",
      },
      lab("o1", "Estimated blood loss", 350, "mL", "2026-03-15T05:00:00-05:00"),
      noteOf("n1", "Delivery note", "INFANT\nLiveborn girl, Apgar 9 and 10."),
    ],
    says: {
      en: [
        /^Spontaneous vaginal delivery on 15 Mar 2026\.$/mu,
        /^Recorded of pregnancy and delivery: Estimated blood loss 350 mL\.$/mu,
        /^Child .*Liveborn girl/mu,
      ],
      de: [/^Spontaneous vaginal delivery am 15\.03\.2026\.$/mu, /^Kind \(/mu],
    },
  },
];

describe("a chart of each kind", () => {
  for (const { kind, extra, person, stay, resources, says } of stays) {
    for (const language of ["en", "de"] as const) {
      it(`${kind} in ${language}: its section tells it, every sentence is verified, the document names the kind`, () => {
        const chart = buildChart({ resources: [{ ...patient, ...person }, stay, ...resources], encounterId: "e1" });
        const options = { timeZone, jurisdiction: us, language } as const;
        const sections: readonly Section[] = templateSections(chart, extractFacts(chart, options), options);
        assert.deepEqual(
          sections.map(({ id }) => id),
          sectionsOfKind(kind),
        );
        for (const sentence of sections.flatMap((section) => section.sentences))
          assert.deepEqual(verifySentence(sentence, chart, options).failures, [], sentence.text);
        const text =
          sections
            .find(({ id }) => id === extra)
            ?.sentences.map((sentence) => sentence.text)
            .join("\n") ?? "";
        for (const pattern of says[language]) assert.match(text, pattern);
        const document = renderDocument(inputOf({ ...draft, sections }, { language }), "text/plain");
        assert.match(document, language === "en" ? /^Kind of stay: /mu : /^Art des Aufenthalts: /mu);
      });
    }
  }

  it("tells the dead of no medicine to take", () => {
    const [death] = stays;
    const chart = buildChart({
      resources: [{ ...patient, ...death?.person }, death?.stay ?? encounter, ...(death?.resources ?? [])],
      encounterId: "e1",
    });
    const options = { timeZone, jurisdiction: us } as const;
    const sections = templateSections(chart, extractFacts(chart, options), options);
    const texts = sections.flatMap(({ sentences }) => sentences.map(({ text }) => text));
    assert.ok(
      texts.some((text) => text.startsWith("BEFORE ADMISSION: Amlodipine 5 mg")),
      texts.join("\n"),
    );
    assert.ok(texts.some((text) => text.startsWith("IN HOSPITAL ONLY: Ceftriaxone 1 g")));
    assert.ok(
      !texts.some((text) => /^(?:NEW|CONTINUED|UNCLEAR|STOPPED|Discharged)\b|discharge medication list/u.test(text)),
    );
  });
});

describe("what is not asked for twice", () => {
  const of = (id: SectionId, stay: Encounter, resources: readonly FhirResource[]): readonly string[] => {
    const chart = buildChart({ resources: [patient, stay, ...resources], encounterId: "e1" });
    const sections = templateSections(chart, extractFacts(chart, { timeZone }), { timeZone, jurisdiction: us });
    return sections.find((section) => section.id === id)?.sentences.map(({ text }) => text) ?? [];
  };

  it("is the time of a death that the note tells, nor the coroner's answer", () => {
    const note = "Patient pronounced dead at 10:40. Medical examiner declined the case.";
    const told = of("death", left(disposition("exp")), [noteOf("n", "Death note", note, "2026-03-18T10:00:00-05:00")]);
    assert.ok(
      told.some((line) => line.startsWith("Autopsy and donation") && line.includes("declined")),
      told.join("\n"),
    );
    assert.match(told.at(-1) ?? "", /^Not documented: cause of death and notification/u);
    const timeless = of("death", left(disposition("exp")), [noteOf("n", "Death note", "Patient pronounced dead.")]);
    assert.match(timeless.at(-1) ?? "", /^Not documented: time of death/u);
  });

  it("is isolation that was ordered, at a transfer", () => {
    const isolation: FhirResource = {
      resourceType: "ServiceRequest",
      id: "i",
      status: "active",
      intent: "order",
      code: { text: "Contact isolation" },
      subject,
      encounter: ofStay,
      authoredOn: "2026-03-15T08:00:00-05:00",
    };
    const told = of("handover", left(disposition("other-hcf")), [isolation]);
    assert.ok(told.includes("Isolation and precautions, orders still active: Contact isolation."), told.join("\n"));
  });
});
