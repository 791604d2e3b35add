/**
 * Units: what is printed ("mcg", "K/uL", "tablets") and what UCUM writes ("ug", "10*3/uL", "{tbl}") become one canonical
 * form, so that the same unit in two spellings is equal and two units never are. Nothing is converted: 0.5 g is not 500 mg.
 */

/** Canonical atom -> the spellings it has. Case counts where UCUM and prescribing make it count. */
const atomSpellings: Readonly<Record<string, string>> = {
  kg: "kg kilogram kilograms kgs",
  g: "g gram grams gm",
  mg: "mg milligram milligrams mgs",
  ug: "ug mcg µg μg microgram micrograms",
  ng: "ng nanogram nanograms",
  pg: "pg picogram picograms",
  fg: "fg",
  L: "L l liter liters litre litres",
  dL: "dL dl deciliter",
  mL: "mL ml cc milliliter milliliters millilitre millilitres",
  uL: "uL ul µL μL mcL",
  fL: "fL fl",
  mol: "mol mole moles",
  mmol: "mmol millimole millimoles",
  umol: "umol µmol μmol mcmol micromol",
  nmol: "nmol",
  pmol: "pmol",
  eq: "eq Eq",
  meq: "meq mEq mEQ MEQ",
  mosm: "mosm mOsm",
  U: "U unit units [iU] IU iU [IU] UNT {unit} {units}",
  kU: "kU k[iU] [k]U",
  mU: "mU mIU m[iU] miU",
  uU: "uU µU μU uIU u[iU] µIU μIU",
  "mm[Hg]": "mm[Hg] mmHg mmhg",
  kPa: "kPa",
  "cm[H2O]": "cm[H2O] cmH2O",
  "%": "% percent",
  Cel: "Cel °C ℃ Celsius degC",
  "[degF]": "[degF] °F ℉ Fahrenheit degF",
  s: "s sec secs second seconds",
  ms: "ms msec millisecond milliseconds",
  min: "min mins minute minutes",
  h: "h hr hrs hour hours",
  d: "d day days",
  wk: "wk wks week weeks",
  mo: "mo month months",
  a: "a yr yrs year years year-old years-old yo y/o",
  m: "m meter meters metre metres",
  cm: "cm centimeter centimeters centimetre centimetres",
  mm: "mm millimeter millimeters millimetre millimetres",
  "[in_i]": "[in_i] in inch inches",
  "[ft_i]": "[ft_i] ft feet foot",
  "[lb_av]": "[lb_av] lb lbs pound pounds",
  "[oz_av]": "[oz_av] oz ounce ounces",
  tablet: "tablet tablets tab tabs TAB {tbl} {tablet} {tablets} TABLET Tablet",
  capsule: "capsule capsules cap caps CAP {cap} {capsule} CAPSULE Capsule",
  puff: "puff puffs {puff} actuation actuations {actuat}",
  drop: "drop drops gtt [drp] {drop}",
  spray: "spray sprays {spray}",
  patch: "patch patches {patch}",
  dose: "dose doses {dose}",
  suppository: "suppository suppositories",
  ampule: "ampule ampules ampoule ampoules",
  vial: "vial vials",
  beat: "beat beats {beat} {beats} {Beats}",
  breath: "breath breaths {breath} {breaths} {Breaths}",
  score: "{score} {Score} point points",
  "10*3": "10*3 10^3 x10*3 x10^3 x10E3 10E3 10e3 K k thou thousand",
  "10*6": "10*6 10^6 x10*6 x10^6 x10E6 10E6 10e6 M mil Million million",
  "10*9": "10*9 10^9 x10*9 x10^9 x10E9 10E9 10e9",
  "10*12": "10*12 10^12 x10*12 x10^12 x10E12 10E12 10e12",
  "[pH]": "[pH] pH",
  m2: "m2 m^2 m²",
  "[APL'U]": "[APL'U]",
  cell: "cell cells {cell} {cells}",
  copy: "copy copies {copies}",
  "{ratio}": "{ratio} {INR} [INR] {INR}.",
  W: "W watt watts",
  J: "J joule joules",
  Hz: "Hz",
  kcal: "kcal",
};

/** Spellings that are words or letters of plain English too: units only behind a slash or as a UCUM code. */
const ambiguousAlone = new Set([
  "a",
  "in",
  "M",
  "K",
  "k",
  "m",
  "s",
  "cap",
  "foot",
  "point",
  "cell",
  "beat",
  "thousand",
  "million",
  "Million",
  "mil",
  "thou",
  "copy",
  "second",
  "l",
  "W",
  "J",
  "y/o",
]);

const atoms = new Map<string, string>(
  Object.entries(atomSpellings).flatMap(([canonical, spellings]) =>
    spellings.split(" ").map((spelling): [string, string] => [spelling, canonical]),
  ),
);

/** Whole units whose canonical form is not the product of their parts. */
const wholeUnits = new Map<string, string>([
  ["bpm", "/min"],
  ["BPM", "/min"],
  ["beats per minute", "/min"],
  ["breaths per minute", "/min"],
  ["per minute", "/min"],
  ["mm Hg", "mm[Hg]"],
  // European laboratories: giga and tera particles; a small g is a gram.
  ["G/l", "10*3/uL"],
  ["G/L", "10*3/uL"],
  ["Gpt/l", "10*3/uL"],
  ["Gpt/L", "10*3/uL"],
  ["T/l", "10*6/uL"],
  ["T/L", "10*6/uL"],
  ["Tpt/l", "10*6/uL"],
  ["Tpt/L", "10*6/uL"],
  ["10*9/L", "10*3/uL"],
  ["10*12/L", "10*6/uL"],
  ["beat/min", "/min"],
  ["breath/min", "/min"],
  ["cell/uL", "/uL"],
]);

function atom(spelling: string): string | undefined {
  if (spelling === "") return "";
  return atoms.get(spelling) ?? atoms.get(spelling.toLowerCase());
}

/** UCUM annotations add words, not meaning: `mL/min/{1.73_m2}` is kept, `mg{creat}` is read as `mg`. */
function withoutAnnotations(code: string): string {
  return code.length > 1 && !code.startsWith("{") ? code.replace(/(?<=[a-z])\{[^}]*\}/giu, "") : code;
}

/**
 * Canonical form of a unit as it stands in a structured element (UCUM code or printed unit). A unit that the table does
 * not know is its own canonical form, so it equals itself only.
 */
export function canonicalUnit(unit: string): string {
  const trimmed = withoutAnnotations(unit.trim());
  const whole = wholeUnits.get(trimmed);
  if (whole !== undefined) return whole;
  const parts = trimmed.split("/").map((part) => atom(part.trim()) ?? part.trim());
  const joined = parts.join("/");
  return wholeUnits.get(joined) ?? joined;
}

/** Units of several words, longest first. */
const phrases = ["beats per minute", "breaths per minute", "mm Hg"] as const;
const unitToken = /^(?:10[*^]\d{1,2}|[\p{L}%°℃℉µμ[{]|\/(?=[\p{L}{[]))[\p{L}\p{N}%°µμ²/*^[\]{}'_.-]{0,40}/u;

/** How much text behind a number is its unit, and which. */
export interface TrailingUnit {
  readonly unit: string;
  /** Code units consumed, blanks in front included. */
  readonly length: number;
}

/** True where every part is known; `/min` has an empty first part. */
function isKnownCompound(parts: readonly string[]): boolean {
  return parts.every((part, index) => (part === "" ? index === 0 && parts.length > 1 : atom(part) !== undefined));
}

function knownUnit(token: string, glued: boolean): string | undefined {
  if (wholeUnits.has(token)) return wholeUnits.get(token);
  if (ambiguousAlone.has(token) && !(glued && token === "s")) return undefined;
  return isKnownCompound(token.split("/")) ? canonicalUnit(token) : undefined;
}

/** A compound that nobody knows is still a unit: it must then stand in the evidence letter by letter. */
function unknownUnit(token: string): string | undefined {
  const parts = token.split("/");
  const first = parts[0] ?? "";
  const looksCompound = parts.length > 1 && (first === "" || atom(first) !== undefined);
  return looksCompound || /^[{[]/u.test(token) ? canonicalUnit(token) : undefined;
}

/**
 * The unit at the start of `text`, which follows a number directly. Undefined where the next word is no unit.
 */
export function unitAtStart(text: string): TrailingUnit | undefined {
  const lead = /^[\s-]?/u.exec(text)?.[0] ?? "";
  const rest = text.slice(lead.length);
  for (const phrase of phrases) {
    if (rest.startsWith(phrase)) return { unit: canonicalUnit(phrase), length: lead.length + phrase.length };
  }
  // Punctuation that belongs to the sentence, and the tail of "40-mg-tablet", come off the end one by one.
  const whole = unitToken.exec(rest)?.[0].replace(/[.'_]+$/u, "") ?? "";
  for (let token = whole; token !== "";) {
    const unit = knownUnit(token, lead === "");
    if (unit !== undefined) return { unit, length: lead.length + token.length };
    const shorter = token.replace(/(?:[.'_]+|-[^-]*|[\])}]+)$/u, "");
    if (shorter === token) break;
    token = shorter;
  }
  const unknown = unknownUnit(whole);
  return unknown === undefined ? undefined : { unit: unknown, length: lead.length + whole.length };
}
