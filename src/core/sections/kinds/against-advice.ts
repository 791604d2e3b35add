/** Leaving against medical advice: what was said, what was explained, and what was not documented, as documented. */
import type { SectionContext, SectionDraft } from "../context.ts";
import type { Topic } from "./told.ts";
import { missing, toldOn } from "./told.ts";

const leaving: Topic = {
  lead: "againstAdvice.leaving",
  title: /^(?:against medical advice|ama(?: discharge| note)?|leaving against advice|gegen ärztlichen rat)$/iu,
  words:
    /\bagainst (?:medical |physician'?s? |our )?advice\b|\bAMA\b|\b(?:wants|insists|wishes|decided) (?:to leave|on leaving)\b|gegen ärztlichen rat/iu,
};
const risks: Topic = {
  lead: "againstAdvice.risks",
  title: /^(?:risks?(?: (?:explained|discussed|of leaving))?|aufklärung)/iu,
  words:
    /\brisks?\b[^.]{0,80}\b(?:explained|discussed|reviewed|told|informed|understand|understood|understands|including)\b|\b(?:explained|discussed|informed|warned)\b[^.]{0,60}\brisks?\b|(?:über|auf)[^.]{0,60}risiken|risiken[^.]{0,60}(?:aufgeklärt|besprochen)/iu,
};
const capacity: Topic = {
  lead: "againstAdvice.capacity",
  title: /^(?:capacity|decision-making capacity|einwilligungsfähigkeit)/iu,
  words:
    /\b(?:has|had|lacks?|lacked|with|demonstrat\w+|retains?)\b[^.]{0,30}\bcapacity\b|\bdecision-?making capacity\b|\balert and oriented\b[^.]{0,60}\b(?:decision|understands?)\b|einwilligungsfähig/iu,
};
const form: Topic = {
  lead: "againstAdvice.form",
  title: /^(?:ama form|consent form|erklärung)$/iu,
  words:
    /\bform\b[^.]{0,40}\bsign\w*|\bsign\w*\b[^.]{0,60}\bform\b|(?:unterschrieb\w*|unterschrift)[^.]{0,60}(?:erklärung|formular)|(?:erklärung|formular)[^.]{0,60}unterschrieben/iu,
};

/** Writes `against-advice`. */
export function againstAdviceSection(context: SectionContext): SectionDraft {
  const told = [leaving, risks, capacity, form].map((topic) => toldOn(context, topic));
  const [left = [], explained = [], capable = [], signed = []] = told;
  return {
    sentences: [
      ...left,
      ...explained,
      ...capable,
      ...signed,
      ...missing(context, [
        ["againstAdvice.missingRisks", explained],
        ["againstAdvice.missingCapacity", capable],
        ["againstAdvice.missingForm", signed],
      ]),
    ],
    lookedFor: "againstAdvice.lookedFor",
  };
}
