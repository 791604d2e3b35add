/**
 * A value belongs to what it is said of: dose, route, frequency and date of a drug, value and date of a test stand together
 * in ONE cited fact that is about that drug or test. Where two facts are cited, each value alone may be true and the
 * sentence false.
 */
import type { CitedFact } from "./cited-facts.ts";
import type { CitedSentence, GateCheck } from "./check.ts";
import type { Mention } from "./mentions.ts";
import { isNamedAt } from "./mentions.ts";
import { routesIn, supportsRoute } from "./routes.ts";
import type { RouteValue } from "./routes.ts";
import { supportsValue } from "../support.ts";
import type { Value } from "../value.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";
import type { Word } from "./words.ts";
import { stemsOf } from "./words.ts";

type Anchored = Value | RouteValue;

/** Values told together: a number, and the date, frequency and route that follow it. */
interface Statement {
  readonly mention: Mention | undefined;
  readonly values: Anchored[];
}

const anchoredKinds = new Set(["number", "date", "relative", "frequency", "route"]);
/** What happens on a day and has values of its own; a diagnosis in the same sentence seldom does. */
const events = new Set([
  "result",
  "vital",
  "administration",
  "procedure",
  "report",
  "medication",
  "stay",
  "device",
  "immunization",
]);
/** Their labels are names of things measured or given: only a fact of that name speaks of it. */
const named = new Set(["result", "vital", "administration", "medication"]);
const pairSign = /^\s?[/]\s?$/u;
const timeUnits = new Set(["d", "wk", "mo", "a", "h", "min", "s"]);

function speaksOf({ fact, stems }: CitedFact, mention: Mention): boolean {
  if (isNamedAt(fact, mention)) return true;
  // "Held for a pressure below 95": why a dose was held is told in the dose's own record.
  const why = fact.medication?.statusReason;
  if (why !== undefined && mention.stems.every((stem) => stemsOf(why).includes(stem))) return true;
  const isText = fact.quantity === undefined && fact.medication === undefined;
  return (isText || !named.has(fact.kind)) && mention.stems.every((stem) => stems.has(stem));
}

const isDay = ({ kind }: Anchored): boolean => kind === "date" || kind === "relative";

const supports = (value: Anchored, part: CitedFact): boolean =>
  value.kind === "route" ? supportsRoute(value, part.stems) : supportsValue(value, part.values);

/** "For 7 days": counted over what it is told of, be that the stay. */
const isDuration = (value: Anchored): boolean => value.kind === "number" && timeUnits.has(value.unit ?? "");

/** "A 67-year-old woman was admitted on 14 March": who it is, and no value of that day. */
const isAge = (value: Value): boolean => value.kind === "number" && /years?[-\s]old$/iu.test(value.text);

const hasEvent = ({ kinds }: Mention): boolean => [...kinds].some((kind) => events.has(kind));
const isStay = ({ kinds }: Mention): boolean => kinds.has("stay") && kinds.size === 1;

/** What a value is said of: the nearest name in front of it, else the first behind. Days are told of events first. */
function anchorOf(value: Anchored, mentions: readonly Mention[], text: string): Mention | undefined {
  // "Twelve hours of vomiting": what lasted stands behind.
  const lasted = isDuration(value) && /^\s+of\s/u.test(text.slice(value.span.end));
  const whatLasted = lasted ? mentions.find(({ start }) => start > value.span.end) : undefined;
  if (whatLasted !== undefined) return whatLasted;
  const fitting = mentions.filter((mention) => isDay(value) || isDuration(value) || !isStay(mention));
  const before = fitting.filter(({ start }) => start <= value.span.start);
  const inFront = isDay(value) ? (before.findLast(hasEvent) ?? before.at(-1)) : before.at(-1);
  return inFront ?? fitting.find(({ start }) => start > value.span.start);
}

function statementsOf(text: string, values: readonly Anchored[], mentions: readonly Mention[]): readonly Statement[] {
  const statements: Statement[] = [];
  let lead: Anchored | undefined;
  for (const value of values) {
    const mention = anchorOf(value, mentions, text);
    const open = statements.at(-1);
    const last = open?.values.at(-1);
    const paired = last !== undefined && pairSign.test(text.slice(last.span.end, value.span.start));
    const leads = isDay(value) && !mentions.some(({ start }) => start <= value.span.start);
    if (leads) lead = value;
    const joins =
      open !== undefined &&
      open.mention === mention &&
      (paired || value.kind !== "number") &&
      !holdsKind(open, value, paired);
    if (joins) open.values.push(value);
    else statements.push({ mention, values: [value] });
  }
  return lead === undefined ? statements : withLead(statements, lead);
}

const holdsKind = ({ values }: Statement, value: Anchored, paired: boolean): boolean =>
  !paired && values.some(({ kind }) => kind === value.kind);

/** "On 14 March, A was 1 and B was 2": the day is told of both, as long as no other day is named. */
function withLead(statements: readonly Statement[], lead: Anchored): readonly Statement[] {
  const other = statements.findIndex(({ values }) => values.some((value) => isDay(value) && value !== lead));
  return statements.map((statement, index) =>
    (other === -1 || index < other) &&
    statement.mention !== undefined &&
    hasEvent(statement.mention) &&
    !statement.values.includes(lead)
      ? { ...statement, values: [...statement.values, lead] }
      : statement,
  );
}

/** "A was 1, with B 2, on 14 March": the day behind is told of every measurement since the day before it. */
function withTrailing(statements: readonly Statement[]): readonly Statement[] {
  let behind: Anchored | undefined;
  let of: Mention | undefined;
  return statements
    .toReversed()
    .map((statement) => {
      const date = statement.values.find(isDay);
      if (date !== undefined) {
        [behind, of] = [date, statement.mention];
        return statement;
      }
      const measured =
        statement.mention !== undefined &&
        (statement.mention.kinds.has("result") || statement.mention.kinds.has("vital"));
      const sameTest = of !== undefined && statement.mention === of;
      return behind === undefined || !measured || sameTest
        ? statement
        : { ...statement, values: [...statement.values, behind] };
    })
    .toReversed();
}

const coordinating = /^(?:\s|,|\b(?:and|or|again|also|then|as\s+well\s+as|on|at|the)\b)*$/iu;
const opensRange = /\b(?:between|from)\s+(?:the\s+)?$/iu;

/** "On 14 and 15 March": the days behind the first one, by the first. A range ("between A and B") claims no value for its ends. */
function furtherDays(text: string, values: readonly Anchored[]): ReadonlyMap<Anchored, readonly Anchored[]> {
  const further = new Map<Anchored, Anchored[]>();
  let first: Anchored | undefined;
  values.forEach((value, index) => {
    const before = values[index - 1];
    if (!isDay(value)) first = undefined;
    else if (
      first === undefined ||
      before === undefined ||
      opensRange.test(text.slice(0, first.span.start)) ||
      !coordinating.test(text.slice(before.span.end, value.span.start))
    )
      first = value;
    else further.set(first, [...(further.get(first) ?? []), value]);
  });
  return further;
}

/** What is told of several days is told of each. */
function onEachDay(statement: Statement, further: ReadonlyMap<Anchored, readonly Anchored[]>): readonly Statement[] {
  const day = statement.values.find((value) => further.has(value));
  const others = day === undefined ? [] : (further.get(day) ?? []);
  return [
    statement,
    ...others.map((other) => ({
      ...statement,
      values: statement.values.map((value) => (value === day ? other : value)),
    })),
  ];
}

/** Derived values (age, length of stay) belong to no single fact. */
function isDerived({ values }: Statement, { derived }: CitedSentence): boolean {
  return values.every((value) => value.kind !== "route" && supportsValue(value, derived));
}

/**
 * Of a day or value that stands beside no full name, the nearest telling word in front: "debridement" alone names no fact whose
 * label has six words, and still no other procedure.
 */
function nearestWord(value: Anchored | undefined, { words, values }: CitedSentence): string | undefined {
  if (value === undefined) return undefined;
  const isTelling = ({ text, start, end }: Word): boolean =>
    text.length > 3 && !isNarrative(text) && !values.some(({ span }) => start >= span.start && end <= span.end);
  return words.findLast((word) => word.end <= value.span.start && isTelling(word))?.stem;
}

function holds(statement: Statement, sentence: CitedSentence): boolean {
  const { mention, values } = statement;
  if (isDerived(statement, sentence)) return true;
  const near = mention === undefined ? nearestWord(values[0], sentence) : undefined;
  return sentence.cited.some(
    (part) =>
      (mention === undefined || speaksOf(part, mention)) &&
      (near === undefined || synonymStems(near).some((stem) => part.stems.has(stem))) &&
      values.every((value) => supports(value, part)),
  );
}

/** Every statement of values is one cited fact's. */
export const keepsValuesTogether: GateCheck = (sentence) => {
  const { text, values, mentions } = sentence;
  // Whoever is 84 years old is so in every record: an age belongs to no event.
  const told = values.filter((value) => anchoredKinds.has(value.kind) && !isAge(value));
  const anchored: Anchored[] = [...told, ...routesIn(text)];
  const inOrder = anchored.toSorted((a, b) => a.span.start - b.span.start);
  const further = furtherDays(text, inOrder);
  const led = new Set([...further.values()].flat());
  const statements = withTrailing(
    statementsOf(
      text,
      inOrder.filter((value) => !led.has(value)),
      mentions,
    ),
  );
  return statements
    .flatMap((statement) => onEachDay(statement, further))
    .filter((statement) => !holds(statement, sentence))
    .map(({ values: [first], values: all }) => ({
      kind: "mispaired",
      value: all.map((value) => value.text).join(" "),
      span: first?.span ?? { start: 0, end: text.length },
    }));
};
