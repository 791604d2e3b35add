/** Wrong drugs, doses, routes and frequencies. */
import type { CorruptionKinds } from "./corruption.ts";
import { append, exchange, pick, replaceOne, swapTwo } from "./corruption.ts";

const drugPattern = (names: readonly string[]): RegExp => new RegExp(`\\b(?:${names.join("|")})\\b`, "giu");

/** A drug, or how it is taken, is wrong. */
export const medicineCorruptions: CorruptionKinds = {
  "drug: foreign": {
    critical: true,
    make: ({ text, otherDrugs, foreignDrugs, random }) =>
      replaceOne(
        text,
        drugPattern([
          "furosemide",
          "ceftriaxone",
          "carvedilol",
          "apixaban",
          "enoxaparin",
          "heparin",
          "vancomycin",
          "oxycodone",
          ...otherDrugs,
        ]),
        random,
        () => pick(foreignDrugs, random) ?? "warfarin",
      ),
  },
  "drug: another of the chart": {
    critical: true,
    make: ({ text, otherDrugs, random }) => {
      const own = [...text.matchAll(/\b\p{L}+(?= \d+(?:\.\d+)? (?:mg|g|mcg|units?|mEq)\b)/gu)].map(
        ({ 0: word }) => word,
      );
      return own.length === 0
        ? undefined
        : replaceOne(text, drugPattern(own), random, () => pick(otherDrugs, random) ?? "warfarin");
    },
  },
  "drug: added": {
    critical: true,
    make: ({ text, foreignDrugs, random }) => text.replace(/\.$/u, ` and ${pick(foreignDrugs, random) ?? "warfarin"}.`),
  },
  "drug: class": {
    critical: true,
    make: append(
      " and a beta blocker was added",
      ", with empirical antibiotics",
      ", and steroids were given",
      " with anticoagulation",
      ", covered by a diuretic",
    ),
  },
  "dose: swapped between drugs": {
    critical: true,
    make: ({ text }) => (/ and /u.test(text) ? swapTwo(text, /\d+(?:\.\d+)? (?:mg|g|mcg|units?|mEq)\b/gu) : undefined),
  },
  "frequency: swapped between drugs": {
    critical: true,
    make: ({ text }) =>
      / and /u.test(text) ? swapTwo(text, /\b(?:once|twice|three times|four times) daily\b/gu) : undefined,
  },
  route: {
    critical: true,
    make: exchange({
      oral: "intravenous",
      "by mouth": "rectally",
      intravenous: "oral",
      iv: "PO",
      subcutaneous: "intramuscular",
      subcutaneously: "intravenously",
    }),
  },
  frequency: {
    critical: true,
    make: exchange({
      "once daily": "twice daily",
      "twice daily": "three times daily",
      bid: "QID",
      daily: "weekly",
      "three times daily": "once daily",
      "three times a day": "once a day",
      "every 6 hours": "every 4 hours",
      q6h: "q8h",
      q8h: "q4h",
      q12h: "q6h",
    }),
  },
};
