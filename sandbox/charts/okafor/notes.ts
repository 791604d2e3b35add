/** Harold Okafor: his notes. */
import type { FhirResource } from "fhir/r4.js";
import { note } from "../build/notes.ts";
import { at } from "../build/stay.ts";
import type { Stay } from "../build/stay.ts";

const ED = `EMERGENCY DEPARTMENT NOTE
58-year-old man with diabetes, fever of 39.4 °C and a draining ulcer under the right fifth toe for three weeks.
Blood pressure 84/46 mmHg, lactate 4.6 mmol/L. Septic shock. 30 mL/kg of fluid, norepinephrine for 18 hours.
Piperacillin-tazobactam was started before the allergy was seen: hives after 20 minutes, stopped.`;

const OPERATIVE = `OPERATIVE NOTE
Procedure: excisional debridement of the right fifth metatarsal head. Surgeon: Becker. Estimated blood loss 40 mL.
Findings: abscess of 14 mm, soft bone. Bone sent for bacterial and mycobacterial culture and for pathology.
Complications: none. Sutures to stay two weeks.`;

const ID = `INFECTIOUS DISEASE CONSULT
Methicillin-susceptible Staphylococcus aureus in blood (2 of 2 sets) and bone. Repeat cultures of 5 April without growth.
No vegetation by echocardiography. Penicillin anaphylaxis in 2003; tolerates cefazolin, whose side chain is not shared.
Cefazolin 2 g every 8 hours for six weeks from debridement, to 15 May 2026. Weekly laboratory tests to our clinic.`;

const PROGRESS = `PROGRESS NOTE, HOSPITAL DAY 7
Afebrile since 5 April. Creatinine back to 1.1 mg/dL. The vancomycin level of 4 April was drawn during the infusion.
Glucose still above 170 mg/dL in the morning: glargine raised to 26 units. PICC placed today.`;

export function notesOf(stay: Stay): readonly FhirResource[] {
  return [
    note(stay, "ed", { type: "ed", time: at("04-02", "15:40"), by: "dr-amara-singh", text: ED }),
    note(stay, "operative", { type: "operative", time: at("04-03", "17:00"), by: "dr-tom-becker", text: OPERATIVE }),
    note(stay, "consult", { type: "consult", time: at("04-07", "12:00"), by: "dr-lucia-romano", text: ID }),
    note(stay, "progress-7", { type: "progress", time: at("04-08", "13:00"), by: "dr-amara-singh", text: PROGRESS }),
  ];
}
