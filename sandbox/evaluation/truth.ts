/**
 * What is true of a synthetic chart, known because it was put there. The same shape is written as `<chart>.truth.json`, so
 * that somebody else's charts can bring a truth of their own.
 */
import type { Bundle, FhirResource } from "fhir/r4.js";

export const stayKinds = [
  "home",
  "nursing-facility",
  "transfer",
  "death",
  "against-advice",
  "observation",
  "newborn",
] as const;
export type StayKind = (typeof stayKinds)[number];

export type PlantedAssertion = "present" | "absent" | "possible" | "historical" | "family";

/** Text that must stand in a sentence; of several, any one will do. Letter case does not count. */
export type Words = string | readonly string[];

export interface PlantedFact {
  readonly id: string;
  /** Sections by their ids; the fact must stand in one of them. */
  readonly sections: readonly string[];
  readonly kind: string;
  /** `Type/id`, any of which the sentence must cite. */
  readonly resources: readonly string[];
  readonly words: readonly Words[];
  /** `YYYY-MM-DD` in the stay's zone, to be printed in the sentence. */
  readonly days?: readonly string[];
  readonly assertion: PlantedAssertion;
  /** Whether leaving it out of a summary would be an omission. */
  readonly key: boolean;
}

export type PlantedClass = "new" | "changed" | "continued" | "stopped" | "held" | "unclear" | "hospital-only";

export interface PlantedMedicine {
  readonly id: string;
  readonly drug: string;
  readonly class: PlantedClass;
  readonly resources: readonly string[];
  /** Dose before and after, reason: what the line must hold besides the name. */
  readonly words: readonly Words[];
}

export interface PlantedPending {
  readonly id: string;
  readonly resources: readonly string[];
  readonly words: readonly Words[];
}

/** What must stand nowhere in a summary, and why. */
export interface ForbiddenText {
  readonly text: string;
  readonly why: string;
}

/** A true sentence in words of the builder's own, with what it rests on. */
export interface TrueStatement {
  readonly text: string;
  readonly resources: readonly string[];
}

export interface Truth {
  readonly stay: StayKind;
  readonly encounter: string;
  /** IANA zone in which days are meant. */
  readonly timeZone: string;
  /** Why the chart must be refused as a whole; then nothing else is asked of it. */
  readonly refused?: string;
  readonly challenges: readonly string[];
  readonly facts: readonly PlantedFact[];
  readonly medicines: readonly PlantedMedicine[];
  readonly pending: readonly PlantedPending[];
  /** Orders and reports that have their result and must not be listed as pending. */
  readonly answered: readonly string[];
  /** Sections for which the chart holds nothing: they must say so. */
  readonly empty: readonly string[];
  readonly forbidden: readonly ForbiddenText[];
  /** Findings that the chart only denies: a sentence that names one denies it too. */
  readonly denied: readonly string[];
  /** Things of another stay: a sentence that names one says that it is not of this stay. */
  readonly elsewhere: readonly string[];
  /** Strings that tell who the patient is. */
  readonly identifiers: readonly string[];
  readonly statements: readonly TrueStatement[];
}

export interface SyntheticChart {
  readonly name: string;
  readonly bundle: Bundle<FhirResource>;
  readonly truth: Truth;
}
