/** A cited fact with all that it and its resources contain, read once for as long as the fact lives. */
import type { Fact } from "../../chart/facts.ts";
import { hospitalDaysOf } from "../derived.ts";
import type { EvidenceLookup } from "../evidence.ts";
import { ingredientsOf } from "../../facts/drug-name.ts";
import { valuesOfText } from "../resource-values.ts";
import { canonicalUnit } from "../../facts/units.ts";
import type { ValueSet } from "../value-set.ts";
import { emptyCollector, unite } from "../value-set.ts";
import { calendarDate } from "../zoned-date.ts";
import type { GateContext } from "./check.ts";
import { stemsOf } from "./words.ts";

export interface CitedFact {
  readonly fact: Fact;
  readonly values: ValueSet;
  /** Stems of every word of the fact and its resources, and of the ingredients behind its brand names. */
  readonly stems: ReadonlySet<string>;
}

/** What a fact says of itself: its statement, its quantity under both spellings of the unit, its time, its ingredients. */
function valuesOfFact(fact: Fact, timeZone: string): ValueSet {
  const { quantity, time, medication } = fact;
  const date = time === undefined ? undefined : calendarDate(time, timeZone);
  const units = [quantity?.unit, quantity?.code].filter((unit) => unit !== undefined).map(canonicalUnit);
  const decimals = /\.(\d+)/u.exec(String(quantity?.value ?? ""))?.[1]?.length ?? 0;
  const ingredients = medication?.ingredients ?? (fact.kind === "medication" ? ingredientsOf(fact.label) : []);
  const own: ValueSet = {
    ...emptyCollector(),
    numbers: quantity === undefined ? [] : [{ value: quantity.value, decimals, units }],
    dates: date === undefined ? [] : [date],
    keys: new Set([
      ...(fact.laterality === undefined ? [] : [`laterality:${fact.laterality}`]),
      ...(medication?.frequency === undefined ? [] : [`frequency:${medication.frequency}`]),
    ]),
    words: new Set(ingredients.flatMap((name) => name.split(" "))),
    negative: fact.assertion === "absent",
  };
  return unite([own, valuesOfText(`${fact.text}\n${fact.label}`)]);
}

/** One resource holds several days (moves of a stay, issue of a report); what happened on a day happened on the fact's own. */
const ownDaysOnly = new Set<Fact["kind"]>([
  "stay",
  "reason",
  "disposition",
  "diagnosis",
  "device",
  "result",
  "vital",
  "administration",
  "procedure",
  "report",
]);

/** The stay's resource holds wards, reason and way home at once: of each of them only its own statement speaks. */
const ownWordsOnly = new Set<Fact["kind"]>(["stay", "disposition"]);

/** What such a status says in words. */
const awaited = new Set(["registered", "partial", "preliminary", "active"]);
const awaitedWords = ["pending", "awaited", "outstanding"].flatMap(stemsOf);

/** A chart's reading is one lookup; its facts are read under it. */
const readings = new WeakMap<EvidenceLookup, WeakMap<Fact, CitedFact>>();

/** The fact with its evidence. A bound of a reference range is no value of the patient's, and is left out. */
export function readFact(
  fact: Fact,
  lookup: EvidenceLookup,
  { chart, timeZone }: Pick<GateContext, "chart" | "timeZone">,
): CitedFact {
  const known = readings.get(lookup) ?? new WeakMap<Fact, CitedFact>();
  readings.set(lookup, known);
  const before = known.get(fact);
  if (before !== undefined) return before;
  const own = valuesOfFact(fact, timeZone);
  const all = unite([own, ...fact.evidence.flatMap((entry) => lookup.values(entry) ?? [])]);
  const dates = ownDaysOnly.has(fact.kind) && own.dates.length > 0 ? own.dates : all.dates;
  const values: ValueSet = {
    ...all,
    dates,
    words: ownWordsOnly.has(fact.kind) ? own.words : all.words,
    keys: new Set([...all.keys, ...hospitalDaysOf(dates, chart, timeZone)]),
    numbers: all.numbers.filter(({ ofRange }) => ofRange !== true),
  };
  const unfinished =
    awaited.has(fact.status ?? "") && (fact.kind === "report" || fact.kind === "order") ? awaitedWords : [];
  const cited = {
    fact,
    values,
    stems: new Set([...values.words].flatMap(stemsOf).concat(stemsOf(fact.text), unfinished)),
  };
  known.set(fact, cited);
  return cited;
}
