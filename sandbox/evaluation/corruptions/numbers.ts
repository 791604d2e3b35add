/** Wrong values, units and tests. */
import type { Corruption, CorruptionKinds } from "./corruption.ts";
import { append, exchange, onPattern, pick, replaceOne, swapTwo } from "./corruption.ts";

const valueWithUnit =
  /(?<![\p{L}\d.,/])\d+(?:\.\d+)?(?=\s?(?:mg|g|mcg|mL|mEq|units?|mmol|mEq|pg|ng|U|kg|mm|x10|%|\/min|°C|µmol|K\/|mIU)\b|\s?%)/gu;

const onValue =
  (change: (value: string, random: () => number) => string): Corruption =>
  ({ text, random }) =>
    replaceOne(text, valueWithUnit, random, (value) => change(value, random));

const spelledWords: readonly (readonly [number, string])[] = [
  [3, "three"],
  [11, "eleven"],
  [26, "twenty-six"],
  [47, "forty-seven"],
  [99, "ninety-nine"],
  [112, "one hundred and twelve"],
  [12, "a dozen"],
];

/** A value, its unit or the test it belongs to is wrong. */
export const numberCorruptions: CorruptionKinds = {
  "number: digit": {
    critical: true,
    make: onValue((value, random) =>
      value.replace(/\d(?!.*\d)/u, (digit) => String((Number(digit) + 1 + Math.floor(random() * 8)) % 10)),
    ),
  },
  "number: decimal point": {
    critical: true,
    make: onValue((value, random) => String(Number((Number(value) * (random() < 0.5 ? 10 : 0.1)).toPrecision(6)))),
  },
  "number: spelled out": {
    critical: true,
    make: onValue(
      (value, random) =>
        pick(
          spelledWords.filter(([number]) => number !== Number(value)),
          random,
        )?.[1] ?? "three",
    ),
  },
  "number: range": {
    critical: true,
    make: onValue((value) => `${value}-${String(Math.round(Number(value) * 3 + 5))}`),
  },
  "number: between": {
    critical: true,
    make: onValue((value) => `between ${value} and ${String(Math.round(Number(value) * 2 + 3))}`),
  },
  "number: comparator": {
    critical: true,
    make: onValue(
      (value, random) =>
        `${pick(["less than", "more than", "<", "at least", "below", "above", "under", "over"], random) ?? "<"} ${value}`,
    ),
  },
  "number: about": {
    critical: false,
    make: onValue(
      (value, random) =>
        `${pick(["about", "nearly", "approximately", "almost", "~"], random) ?? "about"} ${String(Math.ceil(Number(value) * 1.1) + 1)}`,
    ),
  },
  "number: doubled": {
    critical: true,
    make: append(
      ", which had doubled",
      ", a threefold increase",
      ", twice the earlier value",
      ", halved since admission",
      ", up by a third",
    ),
  },
  unit: {
    critical: true,
    make: onPattern(
      /(?<=\d\s?)(?:mg|mcg|g|mL|mEq|mmol|mm|kg|pg|ng|µmol)\b|(?<=\d)%/gu,
      (unit) =>
        ({
          mg: "g",
          g: "mg",
          mcg: "mg",
          mL: "L",
          mEq: "mg",
          mmol: "mg",
          mm: "cm",
          kg: "lb",
          pg: "ng",
          ng: "mg",
          µmol: "mmol",
          "%": " g/dL",
        })[unit] ?? "mg",
    ),
  },
  "value: swapped between tests": {
    critical: true,
    make: ({ text }) =>
      / and | with /u.test(text) && !/rose|fell|creased|between|showed|revealed/u.test(text)
        ? swapTwo(
            text,
            /(?<=was |\p{L} )(?!\d+ [A-Z][a-z]{2,8} \d{4})\d+(?:\.\d+)? ?(?:[\p{L}µ%/][\p{L}\d/^*µ%]*|%)(?=[ ,.])(?<!\d{4})/gu,
          )
        : undefined,
  },
  "value: wrong test": {
    critical: true,
    make: exchange({
      creatinine: "potassium",
      potassium: "sodium",
      sodium: "potassium",
      glucose: "calcium",
      hemoglobin: "platelets",
      leukocytes: "lymphocytes",
      platelets: "hemoglobin",
      lactate: "glucose",
      "heart rate": "respiratory rate",
    }),
  },
};
