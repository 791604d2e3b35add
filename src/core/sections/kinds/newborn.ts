/** A newborn: birth data, feeding, screenings, bilirubin, and what matters of the mother. */
import type { Fact } from "../../chart/facts.ts";
import type { MessageKey } from "../../language/messages.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "../context.ts";
import { say } from "../context.ts";
import type { Topic } from "./told.ts";
import { lastValues, missing, readings, toldOn } from "./told.ts";

/** LOINC codes and names of what is measured at birth. */
const weight = { codes: ["8339-4", "56056-5"], name: /\bbirth ?weight\b|geburtsgewicht/iu };
const age = { codes: ["11884-4", "11885-1", "76516-4"], name: /\bgestational age\b|gestationsalter/iu };
const atBirth = {
  codes: ["89269-5", "8302-2", "9843-4", "8287-5", "9272-6", "9274-2", "9271-8", "3155-9"],
  name: /\bapgar\b|\bhead (?:occipital-frontal )?circumference\b|\bbirth length\b|\bbody length\b|kopfumfang|nabelarterien/iu,
};
const bilirubin = { codes: ["1975-2", "58941-6", "1968-7", "49563-2"], name: /bilirubin/iu };
const screening = {
  codes: ["54089-8", "73700-7", "54108-6", "54109-4", "57700-7"],
  name: /\b(?:newborn|hearing|metabolic|pulse oximetry|cchd|critical congenital)[\w ,-]{0,30}\bscreen\w*|neugeborenenscreening|hörscreening/iu,
};

const feeding: Topic = {
  lead: "newborn.feeding",
  title: /^(?:feeding|nutrition|feeds|ernährung|fütterung)$/iu,
  words:
    /\bbreast-?fe\w+|\bfeed(?:s|ing) (?:well|poorly|slowly)\b|\b(?:feeds|feeding)\b[^.]{0,40}\b(?:breast|formula|bottle)\b|\bformula[- ]fe\w+|\b(?:takes|taking|took)\b[^.]{0,40}\b(?:formula|bottle|breast)\b|\bbottle-?fe\w+|\bgestillt\b|\bstillen\b/iu,
};
const mother: Topic = {
  lead: "newborn.mother",
  title:
    /^(?:maternal (?:history|data)|mother|prenatal (?:history|care)|pregnancy|birth history|mutter|schwangerschaft)/iu,
  words:
    /\b(?:mother|maternal)\b[^.]{0,80}\b(?:group b|gbs|hepatitis|hiv|syphilis|rubella|diabetes|blood (?:type|group)|rh|antibiotics|fever|positive|negative)\b/iu,
};

function birth(context: SectionContext): readonly SentenceDraft[] {
  const { patient } = context.chart;
  const date = context.dates.date(patient.birthDate);
  return date === undefined
    ? []
    : [
        say(context.words.text("newborn.born", { date }), {
          reference: `Patient/${patient.id}`,
          path: "birthDate",
        }),
      ];
}

/** The weight at birth, or the first weight of the day of birth where it stands as any other weight. */
function birthWeights(context: SectionContext): readonly Fact[] {
  const named = readings(context, weight.codes, weight.name);
  if (named.length > 0) return named;
  const onDay = readings(context, ["29463-7", "3141-9"], /^(?:body )?weight$/iu).filter(
    (fact) => context.dates.day(fact.time) === context.chart.patient.birthDate,
  );
  return onDay.slice(0, 1);
}

const valueText = (fact: Fact): string => `${fact.label} ${fact.result?.printed ?? ""}`;

function birthData(context: SectionContext, facts: readonly Fact[]): readonly SentenceDraft[] {
  const shown = lastValues(facts);
  return shown.length === 0
    ? []
    : [say(context.words.text("newborn.birthData", { values: shown.map(valueText).join("; ") }), shown)];
}

function listed(context: SectionContext, lead: MessageKey, facts: readonly Fact[]): readonly SentenceDraft[] {
  return facts.map((fact) => {
    const value = valueText(fact);
    return say(
      context.words.text("kind.reading", { name: context.words.raw(lead), value, date: context.dates.date(fact.time) }),
      fact,
    );
  });
}

function screenings(context: SectionContext): readonly SentenceDraft[] {
  const measured = readings(context, screening.codes, screening.name);
  const done = context
    .of("procedure", "report")
    .filter((fact) => fact.period === "this-stay" && screening.name.test(fact.label) && fact.assertion === "present");
  const names = [...new Set(done.map((fact) => fact.label))];
  const { words } = context;
  return [
    ...listed(context, "newborn.screening", lastValues(measured)),
    ...(names.length === 0
      ? []
      : [say(words.text("kind.list", { lead: words.raw("newborn.screening"), values: words.list(names) }), done)]),
  ];
}

function nourishment(context: SectionContext): readonly SentenceDraft[] {
  const planned = context
    .of("plan")
    .filter((fact) => fact.period === "this-stay" && /\b(?:feed|breast|formula|milk)|ernähr|still/iu.test(fact.label))
    .map((fact) => say(fact.label, fact));
  const observed = readings(context, ["63895-7", "67704-7"], /\b(?:infant )?feeding\b|ernährung/iu);
  return [...listed(context, "newborn.feeding", lastValues(observed)), ...planned, ...toldOn(context, feeding)];
}

function ofMother(context: SectionContext): readonly SentenceDraft[] {
  const history = context
    .of("diagnosis")
    .filter((fact) => fact.assertion === "family" && /mother|mutter/iu.test(fact.diagnosis?.relative ?? ""));
  const measured = readings(context, [], /\b(?:mother|maternal)\b|mutter/iu);
  const names = [...new Set(history.map((fact) => fact.label)), ...lastValues(measured).map(valueText)];
  return [
    ...(names.length === 0
      ? []
      : [say(context.words.text("newborn.motherHistory", { names: names.join("; ") }), history, measured)]),
    ...toldOn(context, mother),
  ];
}

/** Writes `newborn`. */
export function newbornSection(context: SectionContext): SectionDraft {
  const ages = readings(context, age.codes, age.name);
  const weights = birthWeights(context);
  const more = readings(context, atBirth.codes, atBirth.name);
  const levels = readings(context, bilirubin.codes, bilirubin.name);
  const [fed, screened] = [nourishment(context), screenings(context)];
  return {
    sentences: [
      ...birth(context),
      ...birthData(context, [...ages, ...weights, ...more]),
      ...fed,
      ...screened,
      ...listed(context, "newborn.bilirubin", levels.slice(-2)),
      ...ofMother(context),
      ...missing(context, [
        ["newborn.missingAge", ages],
        ["newborn.missingWeight", weights],
        ["newborn.missingFeeding", fed],
        ["newborn.missingScreening", screened],
        ["newborn.missingBilirubin", levels],
      ]),
    ],
    lookedFor: "newborn.lookedFor",
  };
}
