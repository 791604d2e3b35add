/** The model card's sentences in English. */
export const english = {
  name: "Handover discharge summary",
  intendedUse: [
    "Drafting the discharge summary of one hospital stay from that stay's record, for a clinician who knows the patient.",
    "Showing beside each sentence the records that it rests on, so that the clinician can check its basis independently.",
  ],
  notFor: [
    "Use without a clinician's review and signature.",
    "Diagnosis, triage, alarms or anything that must be acted on at once.",
    "Recommending treatment: the draft tells what the record holds and adds no advice of its own.",
    "Research, billing or coding, for which it was not evaluated.",
  ],
  inputs: [
    "The stay's FHIR R4 resources: encounter, conditions, allergies, medications, procedures, observations, reports, notes, orders, appointments, care plans, devices, immunizations.",
    "Of other stays only what matters before this one, labelled as such. Entries made in error and other patients' records are left out.",
  ],
  byRules: [
    "All sections are computed from coded entries by fixed rules: the same chart gives the same bytes.",
    "What only a note says is told with its place in the note, and overrides no coded entry.",
    "What is not there is said to be not documented, with what was looked for.",
  ],
  byModel: [
    "A language model writes the narrative parts only, from facts with ids and without names, numbers or dates of the person.",
    "Medicines, allergies, results, pending results and follow-up are computed by fixed rules, never written by the model.",
    "Each of its sentences must cite facts, and is shown as verified only if every number, unit, date, medicine, dose, side and negation in it stands in what it cites; else the rules' sentence takes its place.",
  ],
  safeguards: [
    "Nothing leaves as final without an explicit signature by a named person with a signer's role.",
    "Before a signature the cited records are read again, and what changed or came since is named.",
    "A second look lists what the chart holds and the draft does not.",
    "Notes are data: text in them that addresses a machine is left out of the draft and flagged.",
    "Every change of a text is kept as a difference, in a chain of hashes from the draft to the last amendment.",
  ],
  limits: [
    "It knows what the EHR holds and gives: what was only said, or stands on paper, is missing without a trace.",
    "Errors in the record are repeated. A wrong entry with a record behind it counts as evidence.",
    "Medicines are matched by code, name and ingredient without a terminology server; what cannot be matched is shown as unclear.",
    "The published figures come from synthetic charts made by the same authors as the product. They are no substitute for an evaluation on the hospital's own charts.",
    "It has not been evaluated for differences between groups of patients, because its synthetic charts do not carry them faithfully.",
  ],
  users: "Physicians and advanced practitioners who discharge the patient and are trained in reviewing drafts.",
  humanOversight:
    "The clinician reads, edits, and signs or discards. The signer is responsible for the text; a draft that nobody signs goes nowhere.",
};

/** What a card says of its own, the same for every hospital. */
export type CardTexts = typeof english;
