/** Properties of the clinical rules on charts made at random: order of input, evidence, verification, and bad input. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { FhirResource } from "fhir/r4.js";
import { buildChart } from "../../src/core/chart/build-chart.ts";
import { AdapterError } from "../../src/core/errors.ts";
import { extractFacts } from "../../src/core/facts/extract.ts";
import { templateSections } from "../../src/core/sections/template-sections.ts";
import type { Section } from "../../src/core/summary/summary.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";
import {
  allergyTo,
  chartOf,
  diagnosis,
  encounter,
  lab,
  noteOf,
  ofStay,
  order,
  patient,
  subject,
  taken,
  timeZone,
} from "../support/stay-chart.ts";
import { us } from "../support/jurisdictions.ts";

function write(resources: readonly FhirResource[]): readonly Section[] {
  const chart = chartOf(resources);
  return templateSections(chart, extractFacts(chart, { timeZone }), { timeZone, jurisdiction: us });
}

const drug = fc.constantFrom(
  "Furosemide",
  "Lasix 40 mg tablet",
  "Apixaban",
  "Warfarin",
  "Amoxicillin",
  "Oxycodone/Acetaminophen",
  "Acetaminophen",
);
const dose = fc.tuple(fc.constantFrom(5, 10, 12.5, 40, 0.125), fc.constantFrom("mg", "g", "mcg"));
const fields = fc.record(
  { dose, timesDaily: fc.integer({ min: 1, max: 6 }), route: fc.constantFrom("PO", "IV", "oral") },
  { requiredKeys: [] },
);
const hour = fc
  .integer({ min: -48, max: 140 })
  .map((offset) => new Date(Date.parse("2026-03-14T17:00:00Z") + offset * 3_600_000).toISOString());
const number = fc.integer({ min: 1, max: 40_000 }).map((value) => value / 100);

const resource: fc.Arbitrary<FhirResource> = fc.oneof(
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom("Creatinine", "Sodium", "Hemoglobin A1c", "Lactate"),
      number,
      fc.constantFrom("mg/dL", "mmol/L", "%", "10*3/uL"),
      hour,
      fc.constantFrom("final" as const, "corrected" as const, "preliminary" as const),
    )
    .map(([id, name, value, unit, time, status]) =>
      lab(id, name, value, unit, time, { status, referenceRange: [{ low: { value: 2 }, high: { value: 200 } }] }),
    ),
  fc
    .tuple(
      fc.uuid(),
      drug,
      fc.constantFrom("discharge", "inpatient", "community"),
      fields,
      hour,
      fc.constantFrom("active" as const, "stopped" as const, "on-hold" as const),
    )
    .map(([id, name, category, given, authoredOn, status]) => order(id, name, category, given, { authoredOn, status })),
  fc.tuple(fc.uuid(), drug, fields).map(([id, name, given]) => taken(id, name, given)),
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom("Sepsis", "Pneumonia", "Left hip fracture", "Gout"),
      fc.constantFrom("confirmed", "refuted", "provisional"),
    )
    .map(([id, name, code]) => diagnosis(id, name, { verificationStatus: { coding: [{ code }] } })),
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom("Penicillin", "Latex", "No known allergies"),
      fc.constantFrom("active", "resolved"),
      fc.constantFrom("confirmed", "refuted", "unconfirmed"),
    )
    .map(([id, name, clinical, code]) =>
      allergyTo(id, name, {
        clinicalStatus: { coding: [{ code: clinical }] },
        verificationStatus: { coding: [{ code }] },
      }),
    ),
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom("Thoracentesis, right", "Depression screening", "Oxygen therapy"),
      fc.constantFrom("completed" as const, "not-done" as const, "in-progress" as const),
      hour,
    )
    .map(([id, text, status, performedDateTime]): FhirResource => ({
      resourceType: "Procedure",
      id,
      status,
      code: { text },
      subject,
      encounter: ofStay,
      performedDateTime,
    })),
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom("Blood culture", "SpO2", "Referral to podiatry", "CT chest in 6 months"),
      fc.constantFrom("active" as const, "completed" as const),
      hour,
    )
    .map(([id, text, status, authoredOn]): FhirResource => ({
      resourceType: "ServiceRequest",
      id,
      status,
      intent: "order",
      code: { text },
      subject,
      encounter: ofStay,
      authoredOn,
    })),
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom("CT chest", "Cytology"),
      fc.constantFrom("final" as const, "preliminary" as const, "registered" as const),
      fc.constantFrom("No embolism. Incidental nodule of 8 mm; CT recommended in 6 months.", "Normal."),
      hour,
    )
    .map(([id, text, status, conclusion, effectiveDateTime]): FhirResource => ({
      resourceType: "DiagnosticReport",
      id,
      status,
      code: { text },
      subject,
      encounter: ofStay,
      conclusion,
      effectiveDateTime,
    })),
  fc
    .tuple(
      fc.uuid(),
      fc.constantFrom("Progress note", "Nurse note", "History and physical note"),
      fc.constantFrom(
        "S: Feels better, BP 120/70.",
        "Chief complaint: fever",
        "Plain words on 16 March 2026.",
        "Allergies: None known",
      ),
      hour,
    )
    .map(([id, type, text, time]) => noteOf(id, type, text, time)),
);

const charts = fc.uniqueArray(resource, { maxLength: 25, selector: ({ resourceType, id }) => `${resourceType}/${id}` });

describe("random charts", () => {
  it("give the same bytes in whatever order their resources come", () => {
    fc.assert(
      fc.property(
        charts.chain((resources) =>
          fc.tuple(fc.constant(resources), fc.shuffledSubarray(resources, { minLength: resources.length })),
        ),
        ([resources, shuffled]) => {
          assert.equal(JSON.stringify(write(shuffled)), JSON.stringify(write(resources)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("give sentences that all cite the chart and pass the verifier", () => {
    fc.assert(
      fc.property(charts, (resources) => {
        const chart = chartOf(resources);
        for (const sentence of write(resources).flatMap(({ sentences }) => sentences)) {
          assert.deepEqual(verifySentence(sentence, chart, { timeZone }).failures, [], sentence.text);
        }
      }),
      { numRuns: 80 },
    );
  });

  it("name every medicine that will be, was, or may be taken", () => {
    fc.assert(
      fc.property(charts, (resources) => {
        const cited = new Set(
          write(resources)
            .filter(({ id }) => id === "medications")
            .flatMap(({ sentences }) =>
              sentences.flatMap(({ evidence }) => evidence.map(({ reference }) => reference)),
            ),
        );
        for (const { resourceType, id } of resources) {
          if (resourceType === "MedicationStatement") assert.ok(cited.has(`${resourceType}/${id}`), id);
        }
      }),
      { numRuns: 60 },
    );
  });
});

const junk = fc.anything({
  maxDepth: 3,
  values: [
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constant({ coding: "x" }),
    fc.constant([{ text: 5 }]),
  ],
});
const types = [
  "Observation",
  "Condition",
  "AllergyIntolerance",
  "MedicationRequest",
  "MedicationStatement",
  "MedicationAdministration",
  "Procedure",
  "DiagnosticReport",
  "ServiceRequest",
  "DocumentReference",
  "Composition",
  "CarePlan",
  "Appointment",
  "Task",
  "Immunization",
  "Device",
  "List",
] as const;
const elements = [
  "code",
  "status",
  "category",
  "valueQuantity",
  "referenceRange",
  "interpretation",
  "component",
  "dosageInstruction",
  "dosage",
  "medicationCodeableConcept",
  "reaction",
  "content",
  "section",
  "activity",
  "participant",
  "performedPeriod",
  "effectiveDateTime",
  "onsetDateTime",
  "statusReason",
  "result",
  "basedOn",
  "presentedForm",
  "type",
  "emptyReason",
  "bodySite",
  "stage",
  "note",
] as const;

describe("resources that are not valid R4", () => {
  it("never break the summary of the others", () => {
    const broken = fc
      .tuple(fc.constantFrom(...types), fc.dictionary(fc.constantFrom(...elements), junk, { maxKeys: 6 }))
      .map(([resourceType, body]): unknown => ({
        ...body,
        resourceType,
        id: "broken",
        subject,
        patient: subject,
        for: subject,
        encounter: { reference: "Encounter/e1" },
      }));
    fc.assert(
      fc.property(broken, (odd) => {
        try {
          const chart = buildChart({
            resources: [patient, encounter, diagnosis("c", "Sepsis"), odd as FhirResource],
            encounterId: "e1",
          });
          const sections = templateSections(chart, extractFacts(chart, { timeZone }), { timeZone, jurisdiction: us });
          assert.match(JSON.stringify(sections), /Also diagnosed during this stay: Sepsis/u);
        } catch (error) {
          // A participant that is another Patient is refused; nothing else may be thrown.
          assert.ok(error instanceof AdapterError && error.code === "wrong_patient", String(error));
        }
      }),
      { numRuns: 400 },
    );
  });
});
