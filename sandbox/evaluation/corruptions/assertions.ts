/** What was found denied, what was denied found; the other side, another degree, the opposite. */
import type { CorruptionKinds } from "./corruption.ts";
import { append, exchange, onPattern, pick } from "./corruption.ts";

const addSide = onPattern(
  /(?<!\b(?:left|right) )\b(?:pneumonia|effusion|embolism|femur|foot|lung|kidney)\b/gu,
  (word, random) => `${pick(["left", "right", "bilateral"], random) ?? "left"} ${word}`,
);

/** The same fact with another assertion, side, degree or direction. */
export const assertionCorruptions: CorruptionKinds = {
  laterality: { critical: true, make: exchange({ left: "right", right: "left", bilateral: "left" }) },
  "laterality: added": {
    critical: false,
    make: (input) => (/\b(?:left|right)\b/u.test(input.text) ? undefined : addSide(input)),
  },
  "negation: removed": {
    critical: false,
    make: ({ text }) =>
      /\b(?:no evidence of|was ruled out)\b/u.test(text)
        ? text.replace("There was no evidence of", "There was evidence of").replace("was ruled out", "was confirmed")
        : undefined,
  },
  "negation: added": {
    critical: false,
    make: ({ text }) =>
      /\b(?:found to have|notable for|underwent|showed)\b/u.test(text)
        ? text
            .replace("found to have", "found not to have")
            .replace("notable for", "notable for no")
            .replace("underwent", "did not undergo")
            .replace("showed", "did not show")
        : undefined,
  },
  "negation: denial elsewhere": {
    critical: false,
    make: append(
      " without fever",
      " and no bleeding",
      ", with no complications",
      " without known allergies",
      ", negative for malignancy",
    ),
  },
  "assertion: made doubtful": {
    critical: false,
    make: exchange({ "found to have": "thought to possibly have", "was diagnosed": "was suspected" }),
  },
  "assertion: made certain": {
    critical: false,
    make: exchange({ "was suspected": "was confirmed", "history of": "new" }),
  },
  "assertion: a relative's": {
    critical: false,
    make: ({ text }) =>
      text.startsWith("The patient") ? text.replace("The patient", "The patient's mother") : undefined,
  },
  severity: {
    critical: false,
    make: exchange({
      mild: "severe",
      severe: "mild",
      acute: "chronic",
      moderate: "massive",
      small: "large",
      chronic: "terminal",
    }),
  },
  "severity: added": {
    critical: false,
    make: onPattern(
      /(?<=found to have |notable for |history of )/gu,
      (_empty, random) => pick(["severe ", "recurrent ", "metastatic ", "refractory "], random) ?? "severe ",
    ),
  },
  direction: {
    critical: false,
    make: exchange({
      rose: "fell",
      fell: "rose",
      increased: "decreased",
      decreased: "increased",
      elevated: "low",
      low: "elevated",
      peaked: "bottomed out",
    }),
  },
  "direction: normal": { critical: false, make: exchange({ elevated: "normal", low: "normal" }) },
  "contradiction: therapy": {
    critical: false,
    make: exchange({
      "was stopped": "was continued",
      "was held": "was continued",
      "was prescribed at discharge": "was stopped at discharge",
      "was discharged on": "was taken off",
      received: "declined",
      "was administered": "was withheld",
    }),
  },
  "contradiction: disposition": {
    critical: false,
    make: onPattern(
      /(?<=was discharged to: )[^.]+/gu,
      (own, random) =>
        pick(
          ["hospice", "an acute rehabilitation hospital", "prison", "the care of his brother"].filter(
            (place) => place !== own,
          ),
          random,
        ) ?? "hospice",
    ),
  },
};
