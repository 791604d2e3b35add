/** Words that are easy to misread: denials, German, other scripts, and references that look like nothing. */
import type { Bundle, FhirResource } from "fhir/r4.js";
import type { ChartDraft } from "../chart-draft.ts";
import { add, plant } from "../chart-draft.ts";
import { coding, concept, hl7, ICD10 } from "../codes.ts";
import { addDischargeDiagnosis } from "../parts/discharge-diagnosis.ts";
import { addNote } from "../parts/notes.ts";

/** What a note denies must not turn up as found. */
export function denials(draft: ChartDraft): void {
  addNote(draft, {
    title: "Progress note",
    loinc: "11506-3",
    day: 1,
    hour: 19,
    text: "Assessment: No endocarditis on echocardiography. Denies hemoptysis. Meningismus absent, without photophobia.\nPlan: Continue.",
  });
  draft.denied.push("endocarditis", "hemoptysis", "meningismus", "photophobia");
}

function namedAtDischarge(draft: ChartDraft, name: string, icd: string): void {
  addDischargeDiagnosis(draft, { name, codings: [coding(ICD10, icd)], rank: 9, day: 0 });
}

export function otherScripts(draft: ChartDraft): void {
  namedAtDischarge(draft, "Sjögren–Larsson syndrome", "Q87.1");
  namedAtDischarge(draft, "Ménière’s disease", "H81.09");
}

/** A hospital that writes German: diagnoses, directions and notes keep their words. */
export function german(draft: ChartDraft): void {
  namedAtDischarge(draft, "Dekompensierte Herzinsuffizienz bei Vorhofflimmern", "I50.1");
  const order = add(draft, {
    resourceType: "MedicationRequest",
    id: draft.id("discharge-order"),
    meta: { versionId: "1" },
    status: "active",
    intent: "order",
    category: [concept("discharge", coding(hl7("medicationrequest-category"), "discharge"))],
    subject: draft.subject,
    encounter: draft.ofStay,
    authoredOn: draft.time.at(draft.time.nights, 11),
    medicationCodeableConcept: concept("Torasemid"),
    dosageInstruction: [{ text: "10 mg morgens und 5 mg mittags" }],
  });
  const words = ["Torasemid", "10 mg morgens"];
  draft.medicines.push({
    id: `medicine-${draft.medicines.length + 1}`,
    drug: "Torasemid",
    class: "new",
    resources: [order],
    words,
  });
  plant(draft, { sections: ["medications"], kind: "medicine", resources: [order], words });
  addNote(draft, {
    title: "Verlaufsnotiz",
    loinc: "11506-3",
    day: 1,
    hour: 18,
    text: "Beurteilung: Kein Anhalt für Lungenembolie. Übelkeit verneint, Ödeme rückläufig.\nProzedere: Weiter wie bisher.",
  });
  draft.denied.push("Lungenembolie");
}

/** Every reference by `urn:uuid:`, as a transaction Bundle has it. */
export function byUrn(bundle: Bundle<FhirResource>): Bundle<FhirResource> {
  const names = new Map(
    (bundle.entry ?? []).flatMap(({ resource }, index): readonly (readonly [string, string])[] =>
      resource === undefined
        ? []
        : [
            [
              `${resource.resourceType}/${resource.id}`,
              `urn:uuid:00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
            ],
          ],
    ),
  );
  const rewritten: Bundle<FhirResource> = JSON.parse(
    JSON.stringify(bundle).replaceAll(/"reference":"([^"]+)"/gu, (whole, name: string) => {
      const urn = names.get(name);
      return urn === undefined ? whole : `"reference":"${urn}"`;
    }),
  );
  const entry = (rewritten.entry ?? []).map((one) => {
    const fullUrl = names.get(`${one.resource?.resourceType}/${one.resource?.id}`);
    return fullUrl === undefined ? one : { ...one, fullUrl };
  });
  return { ...rewritten, entry };
}
