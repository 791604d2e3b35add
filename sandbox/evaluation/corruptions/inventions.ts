/** What the chart does not say at all: diagnoses, events, causes, persons, plans. */
import type { CorruptionKinds } from "./corruption.ts";
import { append, exchange, pick, replaceOne } from "./corruption.ts";

/** Something is told that the chart does not hold. */
export const inventedCorruptions: CorruptionKinds = {
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
