/**
 * Makes true sentences false, by kind. Works on words alone and knows nothing of the product, so that both cannot be
 * wrong in the same way. A corruption that leaves the sentence true, or has nothing to take hold of, gives undefined.
 */
export interface CorruptionInput {
  readonly text: string;
  /** All that the cited resources and facts hold, lower case: what is added from it would be true. */
  readonly evidence: string;
  /** Every true wording of the chart: what another sentence says may make a corrupted one true again. */
  readonly truths: ReadonlySet<string>;
  /** Drug names that the chart does not hold. */
  readonly foreignDrugs: readonly string[];
  /** Drug names that the chart holds and this sentence does not. */
  readonly otherDrugs: readonly string[];
  /** True sentences of other patients' charts; none where there is only one chart. */
  readonly strangers?: readonly string[];
  readonly random: () => number;
}

export type Corruption = (input: CorruptionInput) => string | undefined;

const pick = <T>(values: readonly T[], random: () => number): T | undefined =>
  values[Math.floor(random() * values.length)];
const months =
  "January|February|March|April|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";
const monthList = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const date = new RegExp(`\\b(?:\\d{1,2} (?:${months}) \\d{4}|(?:${months}) \\d{1,2}, \\d{4})`, "gu");
const dateSource = date.source;
const valueWithUnit =
  /(?<![\p{L}\d.,/])\d+(?:\.\d+)?(?=\s?(?:mg|g|mcg|mL|mEq|units?|mmol|mEq|pg|ng|U|kg|mm|x10|%|\/min|°C|µmol|K\/|mIU)\b|\s?%)/gu;

/** Replaces one match, chosen by chance, unless nothing changes. */
function replaceOne(
  text: string,
  pattern: RegExp,
  random: () => number,
  change: (match: string) => string,
): string | undefined {
  const match = pick([...text.matchAll(pattern)], random);
  if (match === undefined) return undefined;
  const by = change(match[0]);
  return by === match[0] ? undefined : text.slice(0, match.index) + by + text.slice(match.index + match[0].length);
}

const onValue =
  (change: (value: string, random: () => number) => string): Corruption =>
  ({ text, random }) =>
    replaceOne(text, valueWithUnit, random, (value) => change(value, random));

const onPattern =
  (pattern: RegExp, change: (match: string, random: () => number) => string): Corruption =>
  ({ text, random }) =>
    replaceOne(text, pattern, random, (match) => change(match, random));

const onDate = (
  change: (day: number, month: string, year: number, random: () => number) => readonly [number, string, number],
): Corruption =>
  onPattern(new RegExp(dateSource, "gu"), (match, random) => {
    const [day, month, year] = [
      /\b\d{1,2}\b/u.exec(match)?.[0] ?? "",
      /\p{L}+/u.exec(match)?.[0] ?? "",
      /\d{4}/u.exec(match)?.[0] ?? "",
    ];
    const [d, m, y] = change(Number(day), month, Number(year), random);
    return match
      .replace(/\d{4}/u, String(y))
      .replace(/\p{L}+/u, m)
      .replace(/\b\d{1,2}\b/u, String(d));
  });

function nextMonth(name: string): string {
  const at = monthList.findIndex((month) => month.startsWith(name.slice(0, 3)));
  const next = monthList[(at + 1) % 12] ?? "January";
  return name.length <= 3 ? next.slice(0, 3) : next;
}

/** "80 mg" and "40 mEq" change places; so do two dates. */
function swapTwo(text: string, pattern: RegExp): string | undefined {
  const found = [...text.matchAll(pattern)];
  const [first, second] = [found[0], found.find(({ 0: match }) => match !== found[0]?.[0])];
  if (first === undefined || second === undefined) return undefined;
  return (
    text.slice(0, first.index) +
    second[0] +
    text.slice(first.index + first[0].length, second.index) +
    first[0] +
    text.slice(second.index + second[0].length)
  );
}

const append =
  (...tails: readonly string[]): Corruption =>
  ({ text, evidence, random }) => {
    // One telling word that the evidence holds may make the addition true.
    const isForeign = (tail: string): boolean =>
      (tail.match(/\p{L}{5,}/gu) ?? []).every((word) => !evidence.includes(word.toLowerCase()));
    const untrue = tails.filter(isForeign);
    const tail = pick(untrue, random);
    return tail === undefined ? undefined : text.replace(/\.$/u, `${tail}.`);
  };

const exchange = (pairs: Readonly<Record<string, string>>): Corruption => {
  const pattern = new RegExp(`\\b(?:${Object.keys(pairs).join("|")})\\b`, "giu");
  return onPattern(pattern, (match) => {
    const by = pairs[match.toLowerCase()] ?? match;
    return /^\p{Lu}/u.test(match) && !/^\p{Lu}+$/u.test(by) ? by.charAt(0).toUpperCase() + by.slice(1) : by;
  });
};

const drugPattern = (names: readonly string[]): RegExp => new RegExp(`\\b(?:${names.join("|")})\\b`, "giu");
const spelledWords: readonly (readonly [number, string])[] = [
  [3, "three"],
  [11, "eleven"],
  [26, "twenty-six"],
  [47, "forty-seven"],
  [99, "ninety-nine"],
  [112, "one hundred and twelve"],
  [12, "a dozen"],
];

const addSide = onPattern(
  /(?<!\b(?:left|right) )\b(?:pneumonia|effusion|embolism|femur|foot|lung|kidney)\b/gu,
  (word, random) => `${pick(["left", "right", "bilateral"], random) ?? "left"} ${word}`,
);

/** By kind. `critical` kinds must be caught without exception. */
export const corruptions: Readonly<Record<string, { readonly critical: boolean; readonly make: Corruption }>> = {
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
  "date: day": {
    critical: true,
    make: onDate((day, month, year, random) => [((day + Math.floor(random() * 9)) % 28) + 1, month, year]),
  },
  "date: month": { critical: true, make: onDate((day, month, year) => [Math.min(day, 28), nextMonth(month), year]) },
  "date: year": {
    critical: true,
    make: onDate((day, month, year, random) => [day, month, year - 1 - Math.floor(random() * 3)]),
  },
  "date: hospital day": {
    critical: true,
    make: onPattern(
      new RegExp(`(?:On|on) ${dateSource}`, "gu"),
      (match, random) =>
        `${match.startsWith("O") ? "On" : "on"} hospital day ${String(19 + Math.floor(random() * 20))}`,
    ),
  },
  "date: relative": {
    critical: true,
    make: onPattern(
      new RegExp(`(?:On|on) ${dateSource}`, "gu"),
      (match, random) =>
        `${match.startsWith("O") ? "T" : "t"}${pick(["he next day", "hree days later", "wo days before discharge", "he day before admission"], random) ?? "he next day"}`,
    ),
  },
  "date: swapped": {
    critical: true,
    make: ({ text }) => (/\b(?:first|from)\b/u.test(text) ? swapTwo(text, new RegExp(dateSource, "gu")) : undefined),
  },
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
  "diagnosis: new, lower case": {
    critical: false,
    make: append(
      ", complicated by sepsis",
      " and delirium tremens",
      " in the setting of cirrhosis",
      " with cardiogenic shock",
      ", consistent with sarcoidosis",
      " and metastatic carcinoma",
      " and stroke",
      " with gout",
    ),
  },
  "diagnosis: new, capitals": {
    critical: false,
    make: append(", complicated by Sepsis", " and Addison disease", " with ARDS", " and COPD", " due to DVT"),
  },
  "diagnosis: replaced": {
    critical: false,
    make: ({ text, random }) =>
      replaceOne(
        text,
        /(?<=(?:found to have|notable for|history of|evidence of) )[^.]+/gu,
        random,
        () =>
          pick(["septic shock", "gastrointestinal bleeding", "myocarditis", "acute pancreatitis"], random) ??
          "septic shock",
      ),
  },
  "diagnosis: other organ": {
    critical: false,
    make: exchange({
      kidney: "liver",
      heart: "respiratory",
      pulmonary: "splenic",
      urinary: "gastric",
      femur: "humerus",
      foot: "hand",
      hip: "shoulder",
    }),
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
  "symptom: new": {
    critical: false,
    make: append(
      " with chest pain",
      ", and the patient was confused",
      " after a seizure",
      " with haemoptysis",
      ", with vomiting",
    ),
  },
  "procedure: new": {
    critical: false,
    make: append(
      " and was intubated",
      ", followed by dialysis",
      ", and a stent was placed",
      " and underwent laparotomy",
      ", after a blood transfusion",
    ),
  },
  "outcome: false": {
    critical: false,
    make: append(
      " and died",
      " and recovered fully",
      ", with complete resolution",
      ", which worsened",
      ", and remained unstable",
      " and was cured",
      " and deteriorated",
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
  "name: person": {
    critical: false,
    make: append(
      " under Dr Ferreira",
      " as advised by Professor Lindqvist",
      " by Dr. smithson",
      ", seen by Nurse Okonkwo",
    ),
  },
  "patient: another's sentence": {
    critical: true,
    make: ({ strangers, truths, evidence, random }) => {
      // Only what says something that this chart does not: "the patient had hypertension" may be true of both.
      const foreign = (strangers ?? []).filter(
        (text) =>
          !truths.has(text) &&
          (text.match(/\d+(?:\.\d+)?|\p{L}{6,}/gu) ?? []).filter((word) => !evidence.includes(word.toLowerCase()))
            .length > 1,
      );
      return pick(foreign, random);
    },
  },
  "follow-up: invented": {
    critical: false,
    make: append(
      ", with a cardiology visit arranged for 2 weeks later",
      " and a repeat scan was booked",
      ", to be seen by the home nurse",
      "; a colonoscopy is planned",
    ),
  },
  "name: place": {
    critical: false,
    make: append(" at Saint Bartholomew Hospital", " in Boston", " at the mayo clinic", " on ward Kingfisher"),
  },
  duration: {
    critical: true,
    make: append(
      " for 10 days",
      " for three weeks",
      " over 48 hours",
      " for a fortnight",
      " for a further month",
      " for several days",
      " overnight",
    ),
  },
  "duration: of another fact": {
    critical: true,
    make: ({ text }) => {
      const length = /\bfor \w+ (?:days|weeks|hours)\b/u.exec(text)?.[0];
      const told = /\breceived\b.* (?<day>on \d{1,2} [A-Z][a-z]{2} \d{4})\.$/u.exec(text)?.groups?.["day"];
      return length === undefined || told === undefined ? undefined : text.replace(`${told}.`, `${length}.`);
    },
  },
  "date: a second day": {
    critical: true,
    make: ({ text, random }) => {
      const { test, value, one, other } =
        /^(?<test>.+) (?:rose|fell) from (?<value>.+) on (?<one>\d+ [A-Z][a-z]{2} \d{4}) to .+ on (?<other>\d+ [A-Z][a-z]{2} \d{4})\.$/u.exec(
          text,
        )?.groups ?? {};
      if (test === undefined) return undefined;
      return pick(
        [
          `${test} was ${value} on ${one} and on ${other}.`,
          `${test} was ${value} on ${one}, and again on ${other}.`,
          `On ${one} and ${other}, ${test} was ${value}.`,
        ],
        random,
      );
    },
  },
  "cause: indication": {
    critical: false,
    make: ({ text, random }) =>
      / and received /u.test(text) && /found to have/u.test(text)
        ? text.replace(
            " and received ",
            pick(
              [
                ", which was treated with ",
                ", for which the patient received ",
                " and was treated with ",
                ", so the patient received ",
              ],
              random,
            ) ?? "",
          )
        : undefined,
  },
  "time order": {
    critical: false,
    make: exchange({
      "first given": "last given",
      "last on": "first on",
      "before admission": "after discharge",
      "at discharge": "before admission",
      "on admission": "at discharge",
    }),
  },
  cause: {
    critical: false,
    make: append(
      " because of noncompliance",
      " due to a drug reaction",
      " as a result of trauma",
      " caused by contrast",
    ),
  },
};

/** The corrupted sentence; undefined where this kind finds nothing, or where what it made is true. */
export function corrupt(kind: string, input: CorruptionInput): string | undefined {
  const made = corruptions[kind]?.make(input);
  return made === undefined || made === input.text || input.truths.has(made) ? undefined : made;
}
