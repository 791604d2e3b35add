/** Whether something was done: planned, put off, refused and done are four things, and a repeat is another than the first. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import { failEach } from "./check.ts";
import { isNamedAt } from "./mentions.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import type { Span } from "../value.ts";
import type { Word } from "./words.ts";
import { stemsOf } from "./words.ts";

const putOff =
  /\b(?:refus(?:ed|al|es)|abandoned|aborted|postponed|deferred|delayed|(?:she|he|patient)\s+declined|against\s+advice)\b/giu;

/** "Refused" of what was not done for another reason: who or what kept it from being done is the record's to say. */
export const saysWhyNotDone: GateCheck = ({ text, cited }): readonly GateFailure[] =>
  failEach("contradiction", text, putOff).filter(({ value }) => {
    const stem = stemsOf(value).at(-1) ?? "";
    return !cited.some(({ stems }) => stems.has(stem));
  });

const planning =
  /\b(?:was|were|is|are|had\s+been|has\s+been)\s+(?:then\s+|also\s+|still\s+)?(?:planned|scheduled|arranged|booked|postponed|deferred|requested|awaited|due)\b/giu;
const doneStatus = new Set(["completed", "final", "amended", "corrected", "done"]);
const doneKinds = new Set<Fact["kind"]>(["procedure", "report", "administration"]);

const isDone = ({ kind, status }: Fact): boolean =>
  doneKinds.has(kind) && (status === undefined || doneStatus.has(status));

/** What has been done is not told as a plan, unless the record itself tells of its planning. */
export const plansNothingDone: GateCheck = ({ text, mentions, cited }): readonly GateFailure[] =>
  failEach("contradiction", text, planning).filter(({ value, span }) => {
    const mention = mentions.findLast(({ end }) => end <= span.start);
    if (mention === undefined) return false;
    const named = cited.filter(({ fact }) => isNamedAt(fact, mention));
    const word = stemsOf(value).at(-1) ?? "";
    const inWords = cited.some(({ stems }) => stems.has(word));
    return named.length > 0 && named.every(({ fact }) => isDone(fact)) && !inWords;
  });

const doing =
  /\b(?:was|were|had\s+been|has\s+been)\s+(?:then\s+|also\s+)?(?:done|performed|obtained|completed|carried\s+out|taken)\b/giu;
const studies = new Set<Fact["kind"]>(["report", "procedure", "result", "order"]);
const imaging =
  /\b(?:ct|mri?|ultrasound|radiograph|x-?ray|scan|echocardiogra\p{L}*|endoscopy|colonoscopy|biopsy|angiogra\p{L}*|culture|ecg|ekg)\b/iu;
const again = /\b(?:follow[\s-]?up|repeat(?:ed)?|second|control)\s+(?=\p{L})/iu;
const clauseStart = /[.;:](?=\s)|,\s+(?:and|while|but)\s|\band\s+(?=the\s)/giu;

/** The study is named by its own word ("MRI"); where and how may stand in the record besides. */
const isNamedBy = ({ fact, stems }: CitedFact, subject: readonly Word[]): boolean => {
  const label = new Set(stemsOf(`${fact.label} ${fact.status ?? ""}`).flatMap(synonymStems));
  return (
    studies.has(fact.kind) &&
    subject.every(({ text, stem }) => label.has(stem) || (stems.has(stem) && !imaging.test(text)))
  );
};

/** A record of that study, or a note that tells of it other than as something to come. */
function isRecorded(place: Span, { cited, chartFacts, text, words, values }: CitedSentence): boolean {
  const phrase = text.slice(place.start, place.end);
  const skipped = again.exec(phrase);
  const from = place.start + (skipped === null ? 0 : skipped.index + skipped[0].length);
  const subject = words.filter(
    (word) =>
      word.start >= from &&
      word.end <= place.end &&
      !isNarrative(word.text) &&
      !values.some(({ span }) => word.start >= span.start && word.end <= span.end),
  );
  const own = cited.filter((part) => isNamedBy(part, subject));
  const note = cited.some(({ fact, stems }) => fact.kind === "note" && subject.every(({ stem }) => stems.has(stem)));
  if (skipped === null) return own.length > 0 || note;
  // A repeat is a second record of the study, or one that calls itself that.
  const [repeat = ""] = stemsOf(skipped[0]);
  const called = own.some(({ fact }) => stemsOf(fact.label).some((stem) => synonymStems(repeat).includes(stem)));
  const kin = chartFacts.filter((fact) => own.some((part) => part.fact.label === fact.label && part.fact !== fact));
  return called || kin.length > 0;
}

/** "Follow-up CT was done" of a report that asks for one: a study that was done has a record of its own. */
export const doesWhatIsRecorded: GateCheck = (sentence): readonly GateFailure[] =>
  failEach("contradiction", sentence.text, doing).filter(({ span }) => {
    const before = sentence.text.slice(0, span.start);
    const start = Math.max(0, ...[...before.matchAll(clauseStart)].map(({ index, 0: match }) => index + match.length));
    return imaging.test(before.slice(start)) && !isRecorded({ start, end: span.start }, sentence);
  });
