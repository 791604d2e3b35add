/**
 * Mei-Ling Chen, 84, fracture of the left hip; discharged to a nursing facility yesterday: the stay is finished.
 * Exercises: laterality, no known drug allergy (asserted), not for resuscitation, a medicine stopped with its reason, a duplicate
 * analgesic, a catheter left in, one analyte in two units, a transfusion, an outside facility.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { chartBundle } from "../build/bundle.ts";
import { encounter, patient } from "../build/person.ts";
import { at, stayOf } from "../build/stay.ts";
import { courseOf } from "./course.ts";
import { medicationsOf } from "./medications.ts";
import { notesOf, resultsOf } from "./results.ts";

const STAY = stayOf("chen", "stay", "Mei-Ling Chen");

function people() {
  return [
    patient("chen", {
      given: "Mei-Ling",
      family: "Chen",
      gender: "female",
      birthDate: "1941-09-30",
      mrn: "GH-1002846",
      phone: "312-555-0119",
      street: "2338 S Wentworth Ave",
      contact: "David Chen (son, power of attorney), 312-555-0120",
      language: "Mandarin",
    }),
    encounter(STAY, {
      id: "chen-stay",
      status: "finished",
      class: "IMP",
      start: at("05-06", "22:15"),
      end: at("05-13", "11:00"),
      visitNumber: "V-2026-050691",
      reason: "Fall at home with pain of the left hip",
      attending: "dr-tom-becker",
      locations: [
        ["ed", at("05-06", "19:40"), at("05-06", "22:15")],
        ["ward-6-ortho", at("05-06", "22:15"), at("05-13", "11:00")],
      ],
      diagnoses: [
        { id: "chen-condition-fracture", use: "AD", rank: 1 },
        { id: "chen-condition-fracture", use: "DD", rank: 1 },
        { id: "chen-condition-delirium", use: "DD", rank: 2 },
        { id: "chen-condition-anemia", use: "DD", rank: 3 },
        { id: "chen-condition-retention", use: "DD", rank: 4 },
      ],
      disposition: { code: "snf", text: "Maple Grove Skilled Nursing" },
    }),
  ];
}

export function chenChart(): Bundle<FhirResource> {
  const parts = [courseOf(STAY), resultsOf(STAY), medicationsOf(STAY), notesOf(STAY)];
  return chartBundle("chen", [...people(), ...parts.flat()]);
}
