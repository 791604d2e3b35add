/** Rosa Delgado: her notes, an earlier stay's summary, and this stay's own draft that must not feed itself. */
import type { FhirResource } from "fhir/r4.js";
import { note } from "../build/notes.ts";
import { at, to } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

const ED = `EMERGENCY DEPARTMENT NOTE
Chief complaint: shortness of breath, leg swelling.
67-year-old woman with heart failure, atrial fibrillation, diabetes and chronic kidney disease. Five days of worsening
breathlessness, now at rest; sleeps in a chair. Took ibuprofen for knee pain for two weeks. No chest pain, no fever.
Oxygen saturation 86 % on room air. Crackles to mid-zones, dull right base, pitting oedema to the thighs.
Plan: oxygen, furosemide 80 mg intravenously, admit. Pneumonia cannot be excluded: ceftriaxone until imaging.`;

const ADMISSION = `HISTORY AND PHYSICAL
Reason for admission: acute on chronic systolic heart failure with acute kidney injury.
History: ejection fraction 40 % in 2024. Weight at home 71 kg in February.
Likely precipitant: ibuprofen and dietary salt. Troponin 31 ng/L without change on the ECG: no acute coronary syndrome.
Home medicines taken from the patient and from the pharmacy's list; the pharmacy lists Lasix, which is her furosemide.
Assessment and plan: diuresis with daily weights; stop ibuprofen; hold metformin; continue apixaban. Full code.`;

const PROGRESS = `PROGRESS NOTE, HOSPITAL DAY 4
Breathing much better. Weight 74.2 kg. Creatinine peaked at 2.4 mg/dL on 16 March and is falling.
Right thoracentesis on 15 March drained 900 mL, transudate by Light's criteria.
CT showed no pneumonia: ceftriaxone stopped after two doses. Incidental nodule of 8 mm, right upper lobe.
Potassium 3.3 mmol/L replaced by mouth. Start spironolactone and empagliflozin. Oral furosemide from tomorrow.`;

const CARDIOLOGY = `CARDIOLOGY CONSULT
Ejection fraction 32 %, walls 15 mm thick, low voltage on the ECG. Consider cardiac amyloidosis: free light chains sent
on 18 March; I will follow the result. Left heart catheterization deferred because of kidney function.
Lisinopril caused cough in 2019: do not use. Sacubitril/valsartan to be considered in clinic.`;

const NURSING = `NURSING DISCHARGE NOTE
Teaching on daily weights, salt and medicines done with patient and husband in Spanish; both repeated it back correctly.
Urinary catheter was removed on 16 March; voiding without difficulty. Influenza vaccine given on 19 March.`;

const INSTRUCTIONS = `INSTRUCTIONS FOR YOU
Weigh yourself every morning. Call 312-555-0188 if you gain 1.5 kg in two days, or if you are short of breath.
Do not take ibuprofen or naproxen. Do not take metformin until Dr. Weiss tells you.
Eat less than 2 g of sodium a day. Have your blood test on 24 March 2026.`;

const EARLIER = `DISCHARGE SUMMARY, 4 to 8 November 2025
Cellulitis of the right lower leg, treated with cefazolin, then cephalexin for 7 days. Discharged home in good condition.
Creatinine at discharge 1.3 mg/dL.`;

/** Says what nothing else in the chart says: if a word of it turns up in a summary, the draft fed itself. */
const OWN_DRAFT = `DISCHARGE SUMMARY (draft of an earlier system)
Discharged on amiodarone 200 mg daily. Ejection fraction 55 %. Left total knee replacement performed on 15 March 2026.
Follow-up with Dr. Zebulon Quist.`;

export function notesOf(stay: Stay, earlierStay: string): readonly FhirResource[] {
  return [
    note(stay, "ed", { type: "ed", time: at("03-14", "10:40"), by: "dr-peter-novak", text: ED }),
    note(stay, "admission", { type: "admission", time: at("03-14", "12:40"), by: "dr-amara-singh", text: ADMISSION }),
    note(stay, "progress-4", { type: "progress", time: at("03-17", "11:15"), by: "dr-amara-singh", text: PROGRESS }),
    note(stay, "cardiology", { type: "consult", time: at("03-18", "09:45"), by: "dr-peter-novak", text: CARDIOLOGY }),
    note(stay, "nursing", { type: "nursing", time: at("03-19", "17:20"), by: "nurse-daniel-park", text: NURSING }),
    note(stay, "instructions", {
      type: "instructions",
      time: at("03-20", "08:50"),
      by: "dr-amara-singh",
      text: INSTRUCTIONS,
    }),
    note(stay, "summary-2025", {
      type: "discharge-summary",
      time: "2025-11-08T13:00:00-06:00",
      by: "dr-amara-singh",
      text: EARLIER,
      encounter: to("Encounter", earlierStay),
    }),
    note(stay, "own-draft", {
      type: "discharge-summary",
      time: at("03-19", "23:00"),
      by: "dr-amara-singh",
      text: OWN_DRAFT,
      docStatus: "preliminary",
    }),
  ];
}
