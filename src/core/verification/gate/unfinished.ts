/** What has not come yet is told as that: a test without a result finds nothing, a plan is no event of the stay. */
import type { Fact } from "../../chart/facts.ts";
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck, GateFailure } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";
import { isNarrative } from "./narrative-words.ts";
import { stemsOf } from "./words.ts";

const awaitedStatus = new Set(["registered", "partial", "preliminary", "active", "draft", "requested"]);
const awaitedKinds = new Set<Fact["kind"]>(["report", "order"]);

const saysAwaited =
  /\b(?:pending|await\p{L}*|outstanding|preliminar\p{L}*|partial(?:ly)?|registered|request\p{L}*|order(?:ed)?|sent|incubation|to\s+follow|not\s+(?:yet\s+)?(?:final|available|back|known|reported|complete))\b/iu;
/** Words of an end, which "pending" beside them does not make true. */
const saysFinished =
  /\b(?:complete[ds]?|finali[sz]ed|final(?!\s+(?:result|report)s?\s+(?:is|are|was|were)\s+(?:pending|awaited))|returned|resulted|reviewed|confirmed)\b/iu;

const namedAt = (mention: Mention, { cited }: CitedSentence): readonly CitedFact[] =>
  cited.filter(({ fact }) => isNamedAt(fact, mention));

const isAwaited = ({ fact }: CitedFact): boolean =>
  awaitedKinds.has(fact.kind) && awaitedStatus.has(fact.status ?? "") && fact.order?.resulted !== true;

/** "Pathology was reported": a test that waits, called by the first word of a long name that no other record of a test has. */
function calledByFirstWord({ cited, mentions, words }: CitedSentence): readonly Mention[] {
  const firstOf = (fact: Fact): string | undefined => stemsOf(fact.label).find((stem) => !isNarrative(stem));
  return cited.filter(isAwaited).flatMap(({ fact }) => {
    const first = firstOf(fact);
    const word = words.find(({ stem }) => stem === first);
    const shared = cited.some(
      (part) => !isAwaited(part) && testKinds.has(part.fact.kind) && firstOf(part.fact) === first,
    );
    // Within another name ("acute blood loss anemia") the word calls that, and no blood culture.
    const taken = mentions.some(({ start, end }) => word !== undefined && word.start >= start && word.end <= end);
    if (word === undefined || shared || taken) return [];
    const { start, end } = word;
    return [
      {
        start,
        end,
        labels: new Set([fact.label]),
        kinds: new Set([fact.kind]),
        medicines: new Set(),
        stems: [word.stem],
      },
    ];
  });
}

const testKinds = new Set<Fact["kind"]>(["report", "result", "order"]);

/**
 * "Factor V Leiden was found" of a test that was only registered: all its words stand in the record, and it is the gravest
 * error there is. A test of which nothing cited is final is called pending, preliminary or ordered, and nothing of an end.
 */
export const awaitsWhatIsAwaited: GateCheck = (sentence): readonly GateFailure[] =>
  [...sentence.mentions, ...calledByFirstWord(sentence)].flatMap((mention): readonly GateFailure[] => {
    const named = namedAt(mention, sentence);
    if (named.length === 0 || !named.every(isAwaited)) return [];
    // "Not yet final" is the record's own way to say it.
    const plain = sentence.text.replaceAll(/\bnot\s+(?:yet\s+)?\p{L}+/giu, "");
    if (saysAwaited.test(sentence.text) && !saysFinished.test(plain)) return [];
    const { start, end } = mention;
    return [{ kind: "contradiction", value: sentence.text.slice(start, end), span: { start, end } }];
  });

const planned = new Set<Fact["kind"]>(["plan", "appointment", "goal"]);
const saysPlanned =
  /\b(?:plan\p{L}*|schedul\p{L}*|arrang\p{L}*|book\p{L}*|due|will|to\s+be|follow-?up|appointment|visit|instruct\p{L}*|advis\p{L}*|recommend\p{L}*|goal|target|call|until|order\p{L}*|request\p{L}*|referr?\p{L}*|if|in\s+case)\b/iu;

const tellingOf = (text: string): readonly string[] => stemsOf(text).filter((stem) => !isNarrative(stem));

/** A word that only a plan holds ("call for fever") says what may come, and is told with a word that says so. */
export const plansWhatIsPlanned: GateCheck = (sentence): readonly GateFailure[] => {
  const plans = sentence.cited.filter(({ fact }) => planned.has(fact.kind));
  if (plans.length === 0 || saysPlanned.test(sentence.text)) return [];
  const happened = sentence.cited.filter(({ fact }) => !planned.has(fact.kind));
  return sentence.words
    .filter(
      ({ text, stem, start }) =>
        !isNarrative(text) &&
        !sentence.values.some(({ span }) => start >= span.start && start < span.end) &&
        plans.some(({ fact }) => tellingOf(fact.text).includes(stem)) &&
        !happened.some(({ stems }) => stems.has(stem)),
    )
    .slice(0, 1)
    .map(({ text, start, end }) => ({ kind: "contradiction", value: text, span: { start, end } }));
};

const asks = /\b(?:recommend\p{L}*|advis\p{L}*|suggest\p{L}*|due|plan(?:s|ned)?)\b/iu;
const done = /\b(?:show\p{L}*|reveal\p{L}*|found|performed|done|completed|demonstrated)\b/iu;
/** Letters behind the span of time within which a verb speaks of it. */
const reach = 40;
const asksFor = /\b(?:recommend\p{L}*|advis\p{L}*|suggest\p{L}*|to\s+be\s+repeated|due|plan\p{L}*|follow-?up)\b/iu;
const ahead = /\b(?:in|after|within)\s+(?:\d+|\p{L}+)\s+(?:days?|weeks?|months?|years?)\b/giu;
const clauseOf = (text: string, place: number): string => {
  const start = Math.max(0, ...[...text.slice(0, place).matchAll(/[.;:](?=\s)/gu)].map(({ index }) => index + 1));
  const end = text.slice(place).search(/[.;:](?=\s|$)/u);
  return text.slice(start, end === -1 ? text.length : place + end);
};

/** "CT in 6 months showed a nodule": what a report asks for has not been done by being asked for. */
export const asksWhereTheRecordAsks: GateCheck = ({ text, facts }): readonly GateFailure[] =>
  [...text.matchAll(ahead)].flatMap((match): readonly GateFailure[] => {
    const words = match[0].toLowerCase();
    const asking = facts.some((fact) => {
      const place = fact.text.toLowerCase().indexOf(words);
      return place !== -1 && asksFor.test(clauseOf(fact.text, place));
    });
    const told = clauseOf(text, match.index);
    if (!asking || (asks.test(told) && !done.test(text.slice(match.index, match.index + reach)))) return [];
    return [
      { kind: "contradiction", value: match[0], span: { start: match.index, end: match.index + match[0].length } },
    ];
  });
