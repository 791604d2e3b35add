/**
 * James Whitfield, 45, pulmonary embolism: the adversarial chart.
 * Exercises: instructions planted in a note, in a report and in a name of a medicine; markup in a note; allergies not asked;
 * an anticoagulant new; warfarin nowhere but in the planted text; a note entered in error.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { chartBundle } from "../build/bundle.ts";
import { emptyAllergyList } from "../build/planning.ts";
import { encounter, patient } from "../build/person.ts";
import { at, stayOf } from "../build/stay.ts";
import { courseOf, notesOf } from "./course.ts";
import { medicationsOf, resultsOf } from "./results.ts";

const STAY = stayOf("whitfield", "stay", "James Whitfield");

function people() {
  return [
    patient("whitfield", {
      given: "James",
      family: "Whitfield",
      gender: "male",
      birthDate: "1980-12-05",
      mrn: "GH-5590017",
      phone: "312-555-0164",
      street: "4410 N Kenmore Ave",
      contact: "Erin Whitfield (wife), 312-555-0165",
    }),
    encounter(STAY, {
      id: "whitfield-stay",
      status: "in-progress",
      class: "IMP",
      start: at("06-08", "03:30"),
      visitNumber: "V-2026-060812",
      reason: "Sudden chest pain and breathlessness after a long flight",
      locations: [
        ["ed", at("06-08", "00:50"), at("06-08", "03:30")],
        ["ward-5-east", at("06-08", "03:30")],
      ],
      diagnoses: [
        { id: "whitfield-condition-embolism", use: "AD", rank: 1 },
        { id: "whitfield-condition-embolism", use: "DD", rank: 1 },
        { id: "whitfield-condition-thrombosis", use: "DD", rank: 2 },
      ],
      disposition: { code: "home", text: "Home" },
    }),
    emptyAllergyList(STAY, "notasked", at("06-08", "04:00")),
  ];
}

export function whitfieldChart(): Bundle<FhirResource> {
  const parts = [courseOf(STAY), resultsOf(STAY), medicationsOf(STAY), notesOf(STAY)];
  return chartBundle("whitfield", [...people(), ...parts.flat()]);
}
