/**
 * Rosa Delgado, 67, heart failure with kidney injury: the demo's main character.
 * Exercises: medicines new, changed, stopped with a reason, continued, held, unclear, undated, listed twice; a corrected and
 * an entered-in-error result; a refuted diagnosis; one analyte in two units; results pending with an owner; an incidental
 * nodule; an earlier stay's summary (history) and this stay's own draft (never a source).
 */
import type { Bundle, FhirResource } from "fhir/r4.js";
import { chartBundle } from "../build/bundle.ts";
import { encounter, patient } from "../build/person.ts";
import { at, stayOf } from "../build/stay.ts";
import { courseOf } from "./course.ts";
import { medicationsOf } from "./medications.ts";
import { notesOf } from "./notes.ts";
import { resultsOf } from "./results.ts";

const STAY = stayOf("delgado", "stay", "Rosa Delgado");
const EARLIER = "delgado-stay-2025";

function people() {
  return [
    patient("delgado", {
      given: "Rosa",
      family: "Delgado",
      gender: "female",
      birthDate: "1958-07-23",
      mrn: "GH-4471902",
      phone: "312-555-0142",
      street: "2215 N Seminary Ave",
      contact: "Miguel Delgado (husband), 312-555-0143",
      language: "Spanish; English",
    }),
    encounter(STAY, {
      id: "delgado-stay",
      status: "in-progress",
      class: "IMP",
      start: at("03-14", "11:40"),
      visitNumber: "V-2026-031477",
      reason: "Worsening shortness of breath and leg swelling for five days",
      locations: [
        ["ed", at("03-14", "08:10"), at("03-14", "11:40")],
        ["icu", at("03-14", "11:40"), at("03-15", "15:20")],
        ["ward-4-west", at("03-15", "15:20")],
      ],
      diagnoses: [
        { id: "delgado-condition-heart-failure", use: "AD", rank: 1 },
        { id: "delgado-condition-heart-failure", use: "DD", rank: 1 },
        { id: "delgado-condition-kidney-injury", use: "DD", rank: 2 },
        { id: "delgado-condition-nodule", use: "DD", rank: 3 },
      ],
      disposition: { code: "home", text: "Home with home health nursing" },
    }),
    encounter(STAY, {
      id: "delgado-ed",
      status: "finished",
      class: "EMER",
      start: at("03-14", "08:10"),
      end: at("03-14", "11:40"),
      visitNumber: "V-2026-031476",
      reason: "Shortness of breath",
      attending: "dr-peter-novak",
    }),
    encounter(STAY, {
      id: EARLIER,
      status: "finished",
      class: "IMP",
      start: "2025-11-04T19:05:00-06:00",
      end: "2025-11-08T13:30:00-06:00",
      visitNumber: "V-2025-118820",
      reason: "Cellulitis of the right lower leg",
      disposition: { code: "home", text: "Home" },
    }),
    encounter(STAY, {
      id: "delgado-clinic-2026",
      status: "finished",
      class: "AMB",
      start: "2026-02-11T09:00:00-06:00",
      end: "2026-02-11T09:25:00-06:00",
      visitNumber: "V-2026-014410",
      reason: "Diabetes follow-up",
      attending: "dr-hannah-weiss",
    }),
  ];
}

/** The chart as a collection Bundle; the same bytes each time. */
export function delgadoChart(): Bundle<FhirResource> {
  return chartBundle("delgado", [
    ...people(),
    ...courseOf(STAY),
    ...resultsOf(STAY),
    ...medicationsOf(STAY),
    ...notesOf(STAY, EARLIER),
  ]);
}
