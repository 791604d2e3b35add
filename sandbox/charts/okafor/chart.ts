/**
 * Harold Okafor, 58, sepsis from a diabetic foot infection.
 * Exercises: a penicillin allergy against piperacillin-tazobactam; cultures preliminary, corrected and final; a PICC left in
 * place; an intravenous medicine at home with weekly laboratory orders; pathology and mycobacterial culture pending; insulin changed.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { chartBundle } from "../build/bundle.ts";
import { encounter, patient } from "../build/person.ts";
import { at, stayOf } from "../build/stay.ts";
import { courseOf } from "./course.ts";
import { medicationsOf } from "./medications.ts";
import { notesOf } from "./notes.ts";
import { resultsOf } from "./results.ts";

const STAY = stayOf("okafor", "stay", "Harold Okafor");

function people() {
  return [
    patient("okafor", {
      given: "Harold",
      family: "Okafor",
      gender: "male",
      birthDate: "1967-11-02",
      mrn: "GH-3310558",
      phone: "312-555-0171",
      street: "918 W Argyle St",
      contact: "Ngozi Okafor (daughter), 312-555-0172",
    }),
    encounter(STAY, {
      id: "okafor-stay",
      status: "in-progress",
      class: "IMP",
      start: at("04-02", "16:20"),
      visitNumber: "V-2026-040263",
      reason: "Fever and a purulent ulcer of the right foot",
      locations: [
        ["ed", at("04-02", "13:05"), at("04-02", "16:20")],
        ["icu", at("04-02", "16:20"), at("04-04", "10:00")],
        ["ward-5-east", at("04-04", "10:00")],
      ],
      diagnoses: [
        { id: "okafor-condition-sepsis", use: "AD", rank: 1 },
        { id: "okafor-condition-osteomyelitis", use: "DD", rank: 1 },
        { id: "okafor-condition-sepsis", use: "DD", rank: 2 },
        { id: "okafor-condition-foot-ulcer", use: "DD", rank: 3 },
      ],
      disposition: { code: "home", text: "Home with home infusion" },
    }),
  ];
}

export function okaforChart(): Bundle<FhirResource> {
  const parts = [courseOf(STAY), resultsOf(STAY), medicationsOf(STAY), notesOf(STAY)];
  return chartBundle("okafor", [...people(), ...parts.flat()]);
}
