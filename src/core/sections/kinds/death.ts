/** A death in hospital: when, of what, how, and who was told. */
import type { Fact } from "../../chart/facts.ts";
import type { SectionContext, SectionDraft, SentenceDraft } from "../context.ts";
import { encounterEvidence, say } from "../context.ts";
import { gradedName } from "../diagnosis-name.ts";
import type { Topic } from "./told.ts";
import { missing, readings, toldOn } from "./told.ts";

const causeNoted: Topic = {
  lead: "death.causeNoted",
  title: /^(?:(?:immediate |presumed |probable )?cause of death|todesursache)$/iu,
  words:
    /\b(?:cause of death|died (?:of|from)|death (?:was )?(?:due to|attributed to|from))\b|todesursache|verstarb an/iu,
};
const circumstances: Topic = {
  lead: "death.circumstances",
  title:
    /^(?:circumstances(?: of (?:the )?death)?|death (?:note|summary|pronouncement)|pronouncement|todesumstände|todesfeststellung)$/iu,
  words:
    /\b(?:pronounced (?:dead|deceased)|time of death|asystole was confirmed|comfort (?:care|measures)|resuscitation (?:was )?(?:stopped|unsuccessful|not attempted)|found (?:pulseless|unresponsive)|passed away)\b|todesfeststellung|verstarb|reanimation (?:beendet|erfolglos)/iu,
};
const notification: Topic = {
  lead: "death.notification",
  title: /^(?:notification|notifications|family notification|family informed|benachrichtigung)/iu,
  words:
    /\b(?:family|next of kin|relatives|wife|husband|partner|spouse|son|daughter|mother|father|coroner|medical examiner|primary care|chaplain)\b[^.]{0,80}\b(?:notified|informed|told|contacted|called|aware|present|bedside)\b|\b(?:notified|informed|called)\b[^.]{0,40}\b(?:family|next of kin|coroner|medical examiner|wife|husband|son|daughter)\b|angehörige[^.]{0,80}(?:informiert|benachrichtigt|verständigt|anwesend)/iu,
};
const autopsy: Topic = {
  lead: "death.autopsy",
  title: /^(?:autopsy|post-?mortem|organ donation|obduktion)/iu,
  words:
    /\b(?:autopsy|post-?mortem|organ (?:donation|procurement)|tissue donation|(?:medical examiner|coroner)(?:'s)? (?:case|declin\w+|accept\w+|releas\w+|waiv\w+))\b|obduktion|organspende|staatsanwalt/iu,
};

function timeOfDeath(context: SectionContext): readonly SentenceDraft[] {
  const { patient } = context.chart;
  const stated = context.dates.dateTime(patient.deceasedDateTime);
  if (stated !== undefined)
    return [
      say(context.words.text("death.time", { time: stated }), {
        reference: `Patient/${patient.id}`,
        path: "deceasedDateTime",
      }),
    ];
  const observed = readings(context, ["81956-5", "31211-6"], /^(?:date and )?time of death|^date of death/iu).at(-1);
  if (observed?.result !== undefined)
    return [say(context.words.text("death.time", { time: observed.result.printed }), observed)];
  return [];
}

const isCause = (fact: Fact): boolean =>
  fact.diagnosis?.roles.some(({ use = "" }) => /^(?:death|cause-of-death|CD|underlying)$/iu.test(use)) === true;

function causes(context: SectionContext): readonly SentenceDraft[] {
  const { words, dates } = context;
  const coded = context
    .of("diagnosis")
    .filter(isCause)
    .map((fact) =>
      say(words.text("death.cause", { cause: gradedName(fact) }), fact, encounterEvidence(context, "diagnosis")),
    );
  const observed = readings(context, ["69453-9", "79378-6"], /\bcause of death\b|todesursache/iu).map((fact) =>
    say(words.text("death.cause", { cause: fact.result?.printed ?? "", date: dates.date(fact.time) }), fact),
  );
  return [...coded, ...observed, ...toldOn(context, causeNoted)];
}

/** A clock beside the pronouncement: the note tells the time of death, and is quoted with it. */
const statesTime =
  /\b(?:pronounced|time of death|died|todes\w*|verst\w+)\b.*\b\d{1,2}:\d\d\b|\b\d{4} ?h(?:rs?|ours)?\b/iu;

/** Writes `death`. */
export function deathSection(context: SectionContext): SectionDraft {
  const [time, cause] = [timeOfDeath(context), causes(context)];
  const [how, told] = [toldOn(context, circumstances), toldOn(context, notification)];
  return {
    sentences: [
      ...time,
      ...cause,
      ...how,
      ...told,
      ...toldOn(context, autopsy),
      ...missing(context, [
        ["death.missingTime", [...time, ...how.filter(({ text }) => statesTime.test(text))]],
        ["death.missingCause", cause],
        ["death.missingCircumstances", how],
        ["death.missingNotification", told],
      ]),
    ],
    lookedFor: "death.lookedFor",
  };
}
