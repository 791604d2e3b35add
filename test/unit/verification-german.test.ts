/** The verifier on German: what stands in the record is borne out in its German forms, and each false twin is not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FhirResource } from "fhir/r4.js";
import type { Chart } from "../../src/core/chart/chart.ts";
import { verifySentence } from "../../src/core/verification/verify-sentence.ts";

const subject = { reference: "Patient/p" };
const note = (id: string, text: string): FhirResource => ({
  resourceType: "DocumentReference",
  id,
  status: "current",
  subject,
  date: "2026-04-05T09:00:00+02:00",
  content: [{ attachment: { contentType: "text/plain", data: Buffer.from(text).toString("base64") } }],
});
const result = (id: string, text: string, value: number, unit: string, time: string): FhirResource => ({
  resourceType: "Observation",
  id,
  status: "final",
  subject,
  code: { text },
  effectiveDateTime: time,
  valueQuantity: { value, unit },
});

const resources: readonly FhirResource[] = [
  result("krea", "Kreatinin", 2.4, "mg/dl", "2026-04-03T08:00:00+02:00"),
  result("leuko", "Leukozyten", 11_400, "/µl", "2026-04-03T08:00:00+02:00"),
  { resourceType: "Condition", id: "pneu", subject, code: { text: "Pneumonie" }, onsetDateTime: "2026-04-03" },
  {
    resourceType: "Condition",
    id: "embolie",
    subject,
    code: { text: "Lungenembolie" },
    verificationStatus: { coding: [{ code: "refuted" }] },
  },
  {
    resourceType: "MedicationRequest",
    id: "meto",
    subject,
    status: "active",
    intent: "order",
    medicationCodeableConcept: { text: "Metoprolol" },
    authoredOn: "2026-04-04",
    dosageInstruction: [{ text: "47,5 mg 1-0-1" }],
  },
  {
    resourceType: "MedicationRequest",
    id: "rami",
    subject,
    status: "active",
    intent: "order",
    medicationCodeableConcept: { text: "Ramipril" },
    authoredOn: "2026-04-04",
    dosageInstruction: [
      {
        timing: { repeat: { frequency: 2, period: 1, periodUnit: "d" } },
        doseAndRate: [{ doseQuantity: { value: 2.5, unit: "mg" } }],
      },
    ],
  },
  {
    resourceType: "Procedure",
    id: "hueft",
    subject,
    status: "completed",
    code: { text: "Hüft-TEP links" },
    performedDateTime: "2026-04-04",
  },
  note(
    "ct",
    "CT Thorax vom 3.4.2026: Kein Anhalt für Lungenembolie. Infiltrat im linken Unterlappen. Erguss rechts nicht nachweisbar. Größter Rundherd 8 mm.",
  ),
  note(
    "anamnese",
    "Die Patientin verneint Fieber. Seit drei Tagen Husten. Z. n. Appendektomie 1998. Aufnahme am 3. April 2026.",
  ),
];

const chart: Chart = {
  patient: { resourceType: "Patient", id: "p", birthDate: "1950-05-01" },
  encounter: {
    resourceType: "Encounter",
    id: "e",
    status: "finished",
    class: { code: "IMP" },
    period: { start: "2026-04-03T07:00:00+02:00", end: "2026-04-10T11:00:00+02:00" },
  },
  resources,
  gaps: [],
};

const options = { timeZone: "Europe/Berlin", language: "de" } as const;
const judge = (text: string, reference: string) => verifySentence({ text, evidence: [{ reference }] }, chart, options);

type Twins = readonly [reference: string, said: string, ...falseTwins: string[]];

const cases: readonly Twins[] = [
  [
    "Observation/krea",
    "Kreatinin 2,4 mg/dl am 3.4.2026.",
    "Kreatinin 2,5 mg/dl am 3.4.2026.",
    "Kreatinin 24 mg/dl am 3.4.2026.",
    "Kreatinin 2,4 mmol/l am 3.4.2026.",
    "Kreatinin 2,4 mg/dl am 4.4.2026.",
    "Kreatinin 2,4 mg/dl am 3.4.2025.",
    "Kreatinin 2,4 mg/dl am 4.3.2026.",
    "Kreatinin 0,24 mg/dl am 3.4.2026.",
  ],
  [
    "Observation/krea",
    "Das Kreatinin lag am 3. April 2026 bei 2,4 mg/dl.",
    "Das Kreatinin lag am 3. Mai 2026 bei 2,4 mg/dl.",
    "Das Kreatinin lag am 13. April 2026 bei 2,4 mg/dl.",
    "Das Kreatinin lag am 3. April 2026 bei zwei mg/dl.",
    "Das Kreatinin lag am 3. April bei 2,3 mg/dl.",
  ],
  [
    "Observation/krea",
    "Kreatinin 2,4 mg/dl am 03.04.26.",
    "Kreatinin 2,4 mg/dl am 03.04.25.",
    "Kreatinin 2,4 mg/dl am 04.03.26.",
  ],
  [
    "Observation/leuko",
    "Leukozyten 11.400 /µl am 03.04.2026.",
    "Leukozyten 11.500 /µl am 03.04.2026.",
    "Leukozyten 11,4 /µl am 03.04.2026.",
    "Leukozyten 1.400 /µl am 03.04.2026.",
  ],
  [
    "Condition/pneu",
    "Pneumonie seit dem 3.4.2026.",
    "Keine Pneumonie.",
    "Kein Anhalt für Pneumonie.",
    "Pneumonie nicht nachweisbar.",
    "Eine Pneumonie wurde ausgeschlossen.",
    "Ausschluss einer Pneumonie.",
    "Ohne Pneumonie.",
    "Pneumonie links.",
    "Pneumonie beidseits.",
    "Frei von Pneumonie.",
  ],
  ["Condition/embolie", "Eine Lungenembolie wurde ausgeschlossen.", "Lungenembolie."],
  ["Condition/embolie", "Kein Anhalt für eine Lungenembolie.", "Anhalt für eine Lungenembolie."],
  [
    "MedicationRequest/meto",
    "Metoprolol 47,5 mg 1-0-1.",
    "Metoprolol 47,5 mg 1-0-0.",
    "Metoprolol 47,5 mg 1-1-1.",
    "Metoprolol 95 mg 1-0-1.",
    "Metoprolol 4,75 mg 1-0-1.",
    "Bisoprolol 47,5 mg 1-0-1.",
    "Metoprolol 47,5 mg 2-0-1.",
    "Metoprolol 47,5 mg zweimal täglich, angeordnet am 5.4.2026.",
  ],
  [
    "MedicationRequest/rami",
    "Ramipril 2,5 mg zweimal täglich.",
    "Ramipril 2,5 mg dreimal täglich.",
    "Ramipril 2,5 mg einmal täglich.",
    "Ramipril 2,5 mg alle 12 Stunden.",
    "Ramipril 2,5 mg zweimal wöchentlich.",
    "Ramipril 25 mg zweimal täglich.",
    "Ramipril 2,5 g zweimal täglich.",
    "Ramipril 2,5 mg 1-0-0.",
    "Ramipril 2,5 mg abends.",
    "Ramipril 2,5 mg bei Bedarf.",
    "Enalapril 2,5 mg zweimal täglich.",
    "Ramipril 2,5 mg stündlich.",
  ],
  [
    "Procedure/hueft",
    "Hüft-TEP links am 4.4.2026.",
    "Hüft-TEP rechts am 4.4.2026.",
    "Hüft-TEP re. am 4.4.2026.",
    "Hüft-TEP bds. am 4.4.2026.",
    "Hüft-TEP beidseits am 4.4.2026.",
    "Hüft-TEP der rechten Seite am 4.4.2026.",
    "Hüft-TEP nicht durchgeführt.",
  ],
  [
    "DocumentReference/ct",
    "Kein Anhalt für Lungenembolie, Infiltrat im linken Unterlappen, Rundherd von 8 mm.",
    "Kein Anhalt für ein Infiltrat.",
    "Kein Nachweis eines Infiltrats.",
    "Infiltrat nicht nachweisbar.",
    "Infiltrat im linken Unterlappen nicht nachweisbar.",
    "Keinerlei Infiltrat.",
    "Infiltrat im linken Unterlappen, Rundherd von 8 cm.",
    "Rundherd von 18 mm.",
    "Rundherd von acht cm.",
  ],
  [
    "DocumentReference/anamnese",
    "Die Patientin verneint Fieber; seit drei Tagen Husten.",
    "Die Patientin verneint Husten.",
    "Kein Husten.",
    "Seit zwei Tagen Husten.",
    "Seit drei Wochen Husten.",
    "Z. n. Appendektomie 1989.",
  ],
];

describe("German sentences", () => {
  for (const [reference, said, ...twins] of cases) {
    it(`${said} is borne out`, () => assert.deepEqual(judge(said, reference).failures, []));
    for (const twin of twins) it(`${twin} is not`, () => assert.equal(judge(twin, reference).verified, false));
  }

  it("are read in linear time, however hostile", () => {
    const read = (text: string): number => {
      const begun = performance.now();
      judge(text, "Observation/krea");
      return performance.now() - begun;
    };
    read("Kreatinin 2,4 mg/dl.");
    for (const piece of ["A", "Kein Anhalt ", "1.111.", "nicht ", "Erguss rechts ", "drei ", "3.4.", "alle 3 "]) {
      const [short, long] = [4_000, 32_000].map((length) => read(piece.repeat(length / piece.length)));
      // Eight times the text: sixty-four times the time would be quadratic. A floor for what a busy machine adds.
      assert.ok((long ?? 0) < 32 * Math.max(short ?? 0, 40), `${piece}: ${short} ms, then ${long} ms`);
    }
  });
});
