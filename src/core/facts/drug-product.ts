/**
 * Which product of a medicine a name means: how strong, how released, as which salt. A patch of 50 mcg an hour is no
 * continued patch of 25, though both are "1 patch"; a succinate taken once is no tartrate.
 */

interface Amount {
  readonly value: number;
  /** `mg`, `U`, `mg/mL` ...; absent where a name has bare numbers (`250/50`). */
  readonly unit?: string;
  /** The number as the name has it. */
  readonly face: number;
}

const perMg: Readonly<Record<string, number>> = { g: 1000, mg: 1, mcg: 0.001, ug: 0.001, µg: 0.001 };
const units: ReadonlySet<string> = new Set(["unt", "unit", "units", "iu"]);
const number = String.raw`\d+(?:\.\d+)?`;
const united = new RegExp(
  String.raw`(?<![\p{L}\d.])(?<value>${number})\s*-?(?<unit>mg|mcg|ug|µg|g|unt|units?|iu|meq|mmol|%)(?:\s?(?:\/|per)\s?(?<per>${number})?\s*(?<perUnit>ml|l|hr|hour|h|actuat|actuation|puff|spray|dose|g))?(?![\p{L}\d])`,
  "gu",
);
const barePair = new RegExp(
  String.raw`(?<![\p{L}\d.])(?<a>${number})\s?[-/]\s?(?<b>${number})(?![\p{L}\d.])(?!\s?(?:ml|hr|hour)\b)`,
  "gu",
);
const oneName: Readonly<Record<string, string>> = { hr: "h", hour: "h", actuation: "actuat", puff: "actuat" };

function amountOf(groups: Readonly<Record<string, string | undefined>>): Amount {
  const face = Number(groups["value"]);
  const unit = groups["unit"] ?? "";
  const factor = perMg[unit];
  const base = factor === undefined ? (units.has(unit) ? "U" : unit) : "mg";
  const perUnit = groups["perUnit"];
  const value = (face * (factor ?? 1)) / Number(groups["per"] ?? 1);
  return { value, face, unit: perUnit === undefined ? base : `${base}/${oneName[perUnit] ?? perUnit}` };
}

/** All strengths in a name, those with units if it has any. */
function strengthsOf(name: string): readonly Amount[] {
  const plain = name
    .toLowerCase()
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/gu, "")
    .replaceAll(/(?<=\d),(?=\d{1,2}(?!\d))/gu, ".");
  const withUnits = [...plain.matchAll(united)].map(({ groups = {} }) => amountOf(groups));
  if (withUnits.length > 0) return withUnits;
  return [...plain.matchAll(barePair)].flatMap(({ groups = {} }) =>
    [groups["a"], groups["b"]].map((face) => ({ value: Number(face), face: Number(face) })),
  );
}

const isClose = (a: number, b: number): boolean => Math.abs(a - b) <= Math.max(Math.abs(a), Math.abs(b)) * 1e-6;

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  const [left, right] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  return left.length === right.length && left.every((value, index) => isClose(value, right[index] ?? Number.NaN));
}

const kindsOf = (amounts: readonly Amount[]): string =>
  amounts
    .map(({ unit = "" }) => unit)
    .toSorted((a, b) => a.localeCompare(b))
    .join(" ");

/**
 * True where both names say how strong the product is, and say it differently. A name that is silent, or that counts in
 * another kind of unit (40 mg beside 100 mg/mL), says nothing that could differ.
 */
export function differsInStrength(a: string, b: string): boolean {
  const [left, right] = [strengthsOf(a), strengthsOf(b)];
  if (left.length === 0 || right.length === 0) return false;
  const isBare = [...left, ...right].some(({ unit }) => unit === undefined);
  if (isBare)
    return !sameNumbers(
      left.map(({ face }) => face),
      right.map(({ face }) => face),
    );
  if (kindsOf(left) !== kindsOf(right)) return false;
  return !sameNumbers(
    left.map(({ value }) => value),
    right.map(({ value }) => value),
  );
}

const extended =
  /\b(?:(?:extended|sustained|prolonged|controlled)[\s-]release|er|xr|xl|sr|cr|la|(?:12|24)[\s-]?h(?:ou)?rs?|retard)\b|\bmetoprolol\s+succinate\b/iu;
const delayed = /\b(?:delayed[\s-]release|dr|ec|enteric[\s-]coated)\b/iu;
const plain = /\b(?:tablets?|tabs?|capsules?|caps?)\b/iu;

function releaseOf(name: string): "extended" | "delayed" | "plain" | undefined {
  if (extended.test(name)) return "extended";
  if (delayed.test(name)) return "delayed";
  return plain.test(name) ? "plain" : undefined;
}

const salt =
  /\b(?:hydrochloride|hcl|sodium|potassium|calcium|succinate|tartrate|besylate|mesylate|maleate|fumarate|citrate|phosphate|sulfate|sulphate|acetate|pamoate|decanoate|lactate|nitrate)\b/giu;
const saltNames: Readonly<Record<string, string>> = { hcl: "hydrochloride", sulphate: "sulfate" };

const saltsOf = (name: string): ReadonlySet<string> =>
  new Set([...name.toLowerCase().matchAll(salt)].map(([word]) => saltNames[word] ?? word));

/** True where both names say how the product is released, or as which salt, and an amount of one is not one of the other. */
export function differsInForm(a: string, b: string): boolean {
  const [left, right] = [releaseOf(a), releaseOf(b)];
  // Enteric coating changes no dose; an extended release does.
  if (left !== undefined && right !== undefined && left !== right && [left, right].includes("extended")) return true;
  const [one, other] = [saltsOf(a), saltsOf(b)];
  return one.size > 0 && other.size > 0 && one.isDisjointFrom(other);
}
