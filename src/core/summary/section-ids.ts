/** Names of the sections. */
import type { ExtraSectionId, SectionId } from "./summary.ts";

/** The sections of an ordinary stay, in the order in which every rendering prints them. */
export const sectionIds = [
  "reason",
  "course",
  "diagnoses",
  "procedures",
  "results",
  "allergies",
  "medications",
  "condition",
  "instructions",
  "follow-up",
  "pending",
  "patient-information",
] as const satisfies readonly SectionId[];

/** Those that only some kinds of stay have. */
export const extraSectionIds = [
  "death",
  "observation",
  "newborn",
  "delivery",
  "against-advice",
  "handover",
] as const satisfies readonly ExtraSectionId[];

/** Every section that any stay has, in reading order. */
export const allSectionIds = [
  "reason",
  "death",
  "observation",
  "newborn",
  "delivery",
  "course",
  "diagnoses",
  "procedures",
  "results",
  "allergies",
  "medications",
  "condition",
  "against-advice",
  "handover",
  "instructions",
  "follow-up",
  "pending",
  "patient-information",
] as const satisfies readonly SectionId[];
