/** Which facts a place in a sentence speaks of: "hemoglobin A1c" is the one test, "hemoglobin" the other. */
import type { Fact } from "../../chart/facts.ts";
import { ingredientsOf } from "../../facts/drug-name.ts";
import type { Word } from "./words.ts";
import { stemOf, stemsOf } from "./words.ts";
import { isNarrative, synonymStems } from "./narrative-words.ts";

export interface Mention {
  readonly start: number;
  readonly end: number;
  /** Labels that fit the words here best. */
  readonly labels: ReadonlySet<string>;
  readonly kinds: ReadonlySet<Fact["kind"]>;
  /** Of medicines their ingredients, in one key: an entry under a brand name is an entry of the same medicine. */
  readonly medicines: ReadonlySet<string>;
  /** Stems of the words here that the labels hold. */
  readonly stems: readonly string[];
}

interface Name {
  readonly label: string;
  readonly kind: Fact["kind"];
  readonly medicine?: string;
  readonly stems: readonly string[];
}

const small = new Set(
  "the and for with not due from other of in on to a an by as or at mg ml mcg unit tablet oral injection solution capsule film coated extended release disorder finding situation unspecified"
    .split(" ")
    .map(stemOf),
);
/** What a stay's own events are called in a sentence. */
const stayWords: Readonly<Record<string, readonly string[]>> = {
  Admission: ["admitted", "presented", "presenting", "hospitalized", "hospitalised", "arrived", "came"],
  Discharge: ["discharged"],
};

const telling = (text: string): readonly string[] => {
  const stems = stemsOf(text);
  const rest = stems.filter((stem) => !small.has(stem));
  return rest.length > 0 ? rest : stems;
};

const medicineOf = ({ ingredients }: { readonly ingredients: readonly string[] }): string => ingredients.join("+");

/** True where the mention names this fact, or the same medicine under another name. */
export function isNamedAt(fact: Fact, { labels, medicines }: Mention): boolean {
  return labels.has(fact.label) || (fact.medication !== undefined && medicines.has(medicineOf(fact.medication)));
}

function namesOf({ label, kind, medication, status }: Fact): readonly Name[] {
  const stay = kind === "stay" ? stayWords[label] : undefined;
  // A ward is called by its short name: "4 West" of "4 West, Cardiac Telemetry".
  if (status === "location" && label.includes(","))
    return [label, label.slice(0, label.indexOf(","))].map((name) => ({ label, kind, stems: telling(name) }));
  if (stay !== undefined) return stay.map((word) => ({ label, kind, stems: [stemOf(word)] }));
  const drug = medication?.ingredients.flatMap((name) => telling(name)) ?? [];
  const first =
    medication === undefined
      ? telling(label)
      : telling(label)
          .filter((stem) => !/^\d/u.test(stem))
          .slice(0, 2);
  const medicine = medication === undefined ? {} : { medicine: medicineOf(medication) };
  const all = drug.length > 0 ? [first, drug] : [first];
  return all.map((stems) => ({ label, kind, stems, ...medicine }));
}

interface NameIndex {
  readonly names: readonly Name[];
  readonly byStem: ReadonlyMap<string, readonly number[]>;
}

const indexes = new WeakMap<ReadonlyMap<string, Fact>, NameIndex>();

function indexOf(facts: ReadonlyMap<string, Fact>): NameIndex {
  const known = indexes.get(facts);
  if (known !== undefined) return known;
  const unique = new Map<string, Name>();
  for (const fact of facts.values())
    for (const name of namesOf(fact)) unique.set(`${name.kind}|${name.label}|${name.stems.join(" ")}`, name);
  const names = [...unique.values()];
  const byStem = new Map<string, number[]>();
  names.forEach(({ stems }, position) => {
    for (const stem of new Set(stems.flatMap(synonymStems))) byStem.set(stem, [...(byStem.get(stem) ?? []), position]);
  });
  const made = { names, byStem };
  indexes.set(facts, made);
  return made;
}

interface Candidate {
  readonly name: Name;
  readonly first: number;
  readonly last: number;
  readonly hits: number;
}

/** Words of one name stand close together: no more than three others between them. */
const widestGap = 4;

/** From every place on, as long as each word of the name is taken once. */
function candidates(name: Name, places: readonly number[], words: readonly Word[]): readonly Candidate[] {
  return places.flatMap((first, index): readonly Candidate[] => {
    const used = new Set<string>();
    let last = first;
    for (const place of places.slice(index)) {
      const stem = words[place]?.stem ?? "";
      if (place - last > widestGap || used.has(stem)) break;
      used.add(stem);
      last = place;
    }
    return used.size * 2 >= name.stems.length ? [{ name, first, last, hits: used.size }] : [];
  });
}

/** More words of the name, then a fuller name, then words that stand closer. */
const fit = ({ hits, name, first, last }: Candidate): number =>
  hits + hits / (name.stems.length + 1) - (last - first) / 1000;

/** The best fitting names come first and take their words; a lesser fit on a taken word is no mention. */
function choose(all: readonly Candidate[]): readonly Candidate[] {
  const owner = new Map<number, number>();
  return all
    .toSorted((a, b) => fit(b) - fit(a))
    .filter((candidate) => {
      const own = fit(candidate);
      for (let place = candidate.first; place <= candidate.last; place += 1)
        if ((owner.get(place) ?? own) > own) return false;
      for (let place = candidate.first; place <= candidate.last; place += 1) owner.set(place, own);
      return true;
    });
}

const shortestBrand = 5;

/** A brand that no fact names stands for the ingredients behind it. */
function positionsOf({ text, stem }: Word, byStem: NameIndex["byStem"]): readonly number[] {
  const own = byStem.get(stem);
  if (own !== undefined || text.length < shortestBrand || isNarrative(text)) return own ?? [];
  return ingredientsOf(text).flatMap((name) => telling(name).flatMap((part) => byStem.get(part) ?? []));
}

/** All mentions of facts' names in the words of a sentence, in the order of their places. `facts` are those shown. */
export function findMentions(words: readonly Word[], facts: ReadonlyMap<string, Fact>): readonly Mention[] {
  const { names, byStem } = indexOf(facts);
  const places = new Map<number, number[]>();
  words.forEach((word, place) => {
    for (const position of positionsOf(word, byStem)) places.set(position, [...(places.get(position) ?? []), place]);
  });
  const found = [...places].flatMap(([position, at]) => {
    const name = names[position];
    return name === undefined ? [] : candidates(name, at, words);
  });
  const bySpan = Map.groupBy(choose(found), ({ first, last }) => `${first}-${last}`);
  return [...bySpan.values()]
    .map((same): Mention => {
      const { first, last } = same[0] ?? { first: 0, last: 0 };
      const inside = words.slice(first, last + 1);
      const stems = new Set(same.flatMap(({ name }) => name.stems.flatMap(synonymStems)));
      return {
        start: inside[0]?.start ?? 0,
        end: inside.at(-1)?.end ?? 0,
        labels: new Set(same.map(({ name }) => name.label)),
        kinds: new Set(same.map(({ name }) => name.kind)),
        medicines: new Set(same.flatMap(({ name }) => name.medicine ?? [])),
        stems: inside.map(({ stem }) => stem).filter((stem) => stems.has(stem)),
      };
    })
    .toSorted((a, b) => a.start - b.start);
}
