/**
 * Dosage instructions as text. The prescriber's own words win over the coded dose wherever the two say different things:
 * a converter that read `875/125mg` as 125 mg must not change a prescription. The difference is then shown.
 */
import type { Dosage, Timing } from "fhir/r4.js";
import type { FactQuantity } from "../chart/facts.ts";
import { list, numberOf, textOf } from "../chart/readable.ts";
import { cleanName, codeOf, conceptName } from "./concept.ts";
import type { MessageKey } from "../language/messages.ts";
import type { Wording } from "../language/wording.ts";
import { english } from "../language/wording.ts";
import { defined } from "./defined.ts";
import { joined } from "./draft.ts";
import { amountOf, amountOfQuantity, contradictsAmount, isDoseLike, isSameAmount, wordsOf } from "./dose-words.ts";
import { printNumber, printQuantity, readQuantity } from "./quantity.ts";

export interface DosageText {
  /** `500 mg oral twice daily`. */
  readonly text?: string;
  /** `500 mg by mouth twice daily`; absent where the prescriber's words say more than the codes. */
  readonly plain?: string;
  readonly dose?: FactQuantity;
  readonly route?: string;
  readonly frequency?: string;
  readonly asNeeded: boolean;
  readonly patientInstruction?: string;
}

type Route = Extract<MessageKey, `route.${string}`> extends `route.${infer Name}` ? Name : never;

const routes: readonly (readonly [RegExp, Route])[] = [
  [/^(?:po|p\.o\.|by mouth|oral(?: route)?|per oral)$/iu, "oral"],
  [/^(?:iv|intravenous(?: route)?)$/iu, "intravenous"],
  [/^(?:sc|sq|subq|subcutaneous(?: route)?)$/iu, "subcutaneous"],
  [/^(?:im|intramuscular(?: route)?)$/iu, "intramuscular"],
  [/^(?:inh|inhaled|inhalation(?: route)?|respiratory tract(?: route)?)$/iu, "inhaled"],
  [/^(?:neb|nebuli[sz]ed|nebuli[sz]er)$/iu, "nebulized"],
  [/^(?:sl|sublingual(?: route)?)$/iu, "sublingual"],
  [/^(?:top|topical(?: route)?)$/iu, "topical"],
  [/^(?:pr|rectal(?: route)?)$/iu, "rectal"],
];

/** Route by its full English name, by which routes are compared; abbreviations that are misread (SC, IN) are never printed. */
export function routeName(route: string | undefined): string | undefined {
  if (route === undefined) return undefined;
  return routes.find(([pattern]) => pattern.test(route))?.[1] ?? route.toLowerCase();
}

/** A route's name in the language, where it has one. */
export function printRoute(name: string | undefined, words: Wording): string | undefined {
  const known = routes.find(([, route]) => route === name)?.[1];
  return known === undefined ? name : words.text(`route.${known}`);
}

type FrequencyKey = Extract<MessageKey, `frequency.${string}`>;

/** Abbreviations of timing codes and free text, with the canonical key `times/period`. */
const frequencies: readonly (readonly [RegExp, FrequencyKey, string])[] = [
  [/^(?:qd|q ?day|daily|od|once daily|every day|q24h|dly)$/iu, "frequency.onceDaily", "1/1d"],
  [/^(?:bid|b\.i\.d\.|twice daily|2x daily)$/iu, "frequency.twiceDaily", "2/1d"],
  [/^(?:tid|t\.i\.d\.|three times daily|3x daily)$/iu, "frequency.threeTimesDaily", "3/1d"],
  [/^(?:qid|q\.i\.d\.|four times daily|4x daily)$/iu, "frequency.fourTimesDaily", "4/1d"],
  [/^(?:weekly|qw|once weekly|q ?week)$/iu, "frequency.onceWeekly", "1/1wk"],
  [/^(?:qhs|hs|at bedtime|nightly)$/iu, "frequency.HS", "1/1d"],
  [/^(?:qam|every morning|in the morning)$/iu, "frequency.MORN", "1/1d"],
  [/^(?:qod|every other day)$/iu, "frequency.everyOtherDay", "1/2d"],
];

const periodUnits = ["s", "min", "h", "d", "wk", "mo", "a"] as const;
const whenCodes = ["HS", "MORN", "AFT", "EVE", "NIGHT", "NOON", "AC", "PC", "WAKE", "C"] as const;
const timesInWords = [1, 2, 3, 4, 5, 6] as const;

interface Frequency {
  readonly words: string;
  readonly key: string;
}

function coded(text: string | undefined, words: Wording): Frequency | undefined {
  if (text === undefined) return undefined;
  const plain = text.replaceAll("_", " ").trim();
  const every =
    /^q ?(\d+)(?: ?- ?(\d+))? ?h(?:r|ours?)?$/iu.exec(plain) ??
    /^every (\d+)(?: ?(?:-|to) ?(\d+))? hours?$/iu.exec(plain);
  if (every !== null) {
    const [low = "", high] = every.slice(1);
    const span = high === undefined ? low : words.text("number.range", { low, high });
    return { words: words.text("every.h", { span }), key: `1/${low}h` };
  }
  const found = frequencies.find(([pattern]) => pattern.test(plain));
  return found === undefined ? undefined : { words: words.text(found[1]), key: found[2] };
}

function timesText(times: number, most: number | undefined, words: Wording): string {
  if (most !== undefined) return words.text("times.range", { low: String(times), high: String(most) });
  const spoken = timesInWords.find((count) => count === times);
  return spoken === undefined ? words.text("times.many", { count: String(times) }) : words.text(`times.${spoken}`);
}

function repeated(repeat: Timing["repeat"], words: Wording): Frequency | undefined {
  const whens = whenTexts(repeat, words);
  const when = whens.join(words.raw("dosage.and"));
  const [times, period] = [numberOf(repeat?.frequency) ?? 1, numberOf(repeat?.period) ?? 1];
  const unit = periodUnits.find((known) => known === textOf(repeat?.periodUnit));
  // The key is compared, never printed: it is English in every language.
  if (unit === undefined)
    return when === "" ? undefined : { words: when, key: whenTexts(repeat, english).join(" and ") };
  const most = numberOf(repeat?.frequencyMax);
  const longest = numberOf(repeat?.periodMax);
  const often = timesText(times, most, words);
  const every = words.text(`every.${unit}`, { span: spanText(period, longest, words) });
  const text =
    period === 1 && longest === undefined
      ? words.text(`often.${unit}`, { times: often })
      : times === 1
        ? every
        : words.text("timesEvery", { times: often, every });
  const shown = when !== "" && times === 1 && period === 1 && unit === "d" ? when : joined([text, when], " ");
  return { words: shown, key: `${times}${most === undefined ? "" : `-${most}`}/${period}${unit}` };
}

function whenTexts(repeat: Timing["repeat"], words: Wording): readonly string[] {
  return list(repeat?.when).flatMap((code) => {
    const known = whenCodes.find((when) => when === code);
    return known === undefined ? [] : [words.text(`frequency.${known}`)];
  });
}

function spanText(period: number, longest: number | undefined, words: Wording): string {
  const low = printNumber(period, words);
  return longest === undefined ? low : words.text("number.range", { low, high: printNumber(longest, words) });
}

function frequencyOf(timing: Timing | undefined, words: Wording): Frequency | undefined {
  return (
    repeated(timing?.repeat, words) ?? coded(cleanName(timing?.code?.text), words) ?? coded(codeOf(timing?.code), words)
  );
}

/** Times a day, where the key says so; `1/6h` and `4/1d` are the same frequency. */
export function timesPerDay(key: string | undefined): number | undefined {
  const match = /^(\d+)\/(\d+(?:\.\d+)?)(h|d|wk)$/u.exec(key ?? "");
  if (match === null) return undefined;
  const hours: Readonly<Record<string, number>> = { h: 1, d: 24, wk: 168 };
  return (Number(match[1]) * 24) / (Number(match[2]) * (hours[match[3] ?? ""] ?? 24));
}

interface Coded {
  readonly dose?: FactQuantity;
  readonly printedDose?: string;
  readonly route?: string;
  readonly frequency?: Frequency;
  readonly asNeeded: boolean;
  readonly reason?: string;
}

function doseOf(dosage: Dosage, words: Wording): Pick<Coded, "dose" | "printedDose"> {
  const rate = list(dosage.doseAndRate)[0];
  const dose = readQuantity(rate?.doseQuantity);
  // "1 once daily" reads like a misprint, so a dose without a unit says so.
  if (dose !== undefined) {
    const printed = printQuantity(dose, words);
    const bare = dose.unit === undefined && dose.code === undefined;
    return { dose, printedDose: bare ? words.text("dosage.unitNotStated", { dose: printed }) : printed };
  }
  const [low, high] = [readQuantity(rate?.doseRange?.low), readQuantity(rate?.doseRange?.high)];
  if (low === undefined || high === undefined) return {};
  const bounds = { low: printNumber(low.value, words), high: printQuantity(high, words) };
  return { dose: low, printedDose: words.text("number.range", bounds) };
}

function readCoded(dosage: Dosage, words: Wording): Coded {
  const reason = conceptName(dosage.asNeededCodeableConcept);
  return defined<Coded>({
    ...doseOf(dosage, words),
    route: routeName(cleanName(dosage.route?.text)) ?? routeName(conceptName(dosage.route)),
    frequency: frequencyOf(dosage.timing, words),
    asNeeded: dosage.asNeededBoolean === true || dosage.asNeededCodeableConcept !== undefined,
    reason,
  });
}

const codedText = (dosage: Coded, words: Wording): string =>
  joined(
    [
      dosage.printedDose,
      printRoute(dosage.route, words),
      dosage.frequency?.words,
      dosage.asNeeded ? words.text("dosage.asNeeded", { reason: dosage.reason }) : undefined,
    ],
    " ",
  );

/** The coded elements as one tells them to a patient; undefined without dose or frequency. */
function plainText(dosage: Coded, words: Wording): string | undefined {
  const isTimed = dosage.frequency !== undefined || dosage.asNeeded;
  if (dosage.printedDose === undefined || !isTimed) return undefined;
  const route = routes.find(([, name]) => name === dosage.route)?.[1];
  if (dosage.route !== undefined && route === undefined) return undefined;
  return joined(
    [
      dosage.printedDose,
      route === undefined ? undefined : words.text(`plainRoute.${route}`),
      dosage.frequency?.words,
      dosage.asNeeded ? words.text("plain.asNeeded", { reason: dosage.reason }) : undefined,
    ],
    " ",
  );
}

interface Reading {
  /** Words that no coded element explains. */
  readonly rest: readonly string[];
  /** Coded elements that the text does not mention. */
  readonly unsaid: Coded;
  /** The text states an amount of the same kind that is not the coded one. */
  readonly contradicts: boolean;
}

/** Holds the prescriber's words against the coded elements. */
function compared(text: string, dosage: Coded): Reading {
  const own = dosage.dose === undefined ? undefined : amountOfQuantity(dosage.dose);
  const rest: string[] = [];
  const said = { dose: false, route: false, frequency: false, asNeeded: false };
  const reason = new Set(dosage.reason === undefined ? [] : ["for", ...wordsOf(dosage.reason)]);
  for (const word of wordsOf(text)) {
    const times = timesPerDay(coded(word, english)?.key);
    if (own !== undefined && isSameAmount(own, amountOf(word))) said.dose = true;
    // A second timing ("once daily at bedtime") says more than the code, so the text is then printed as it stands.
    else if (!said.frequency && times !== undefined && times === timesPerDay(dosage.frequency?.key))
      said.frequency = true;
    else if (dosage.route !== undefined && routeName(word) === dosage.route) said.route = true;
    else if (word === "prn" && dosage.asNeeded) said.asNeeded = true;
    else if (!reason.has(word)) rest.push(word);
  }
  // A continuous infusion has no frequency; converters that need one make it up.
  const continuous = rest.some((word) => /^(?:continuous|infusion|drip)/u.test(word));
  const unsaid = defined<Coded>({
    ...(said.dose ? {} : { dose: dosage.dose, printedDose: dosage.printedDose }),
    route: said.route ? undefined : dosage.route,
    frequency: said.frequency || continuous ? undefined : dosage.frequency,
    asNeeded: dosage.asNeeded && !said.asNeeded,
  });
  return { rest, unsaid, contradicts: own !== undefined && rest.some((word) => contradictsAmount(word, own)) };
}

/** The text's own way to say the frequency (`q6h` rather than "four times daily"), where it agrees with the coded one. */
function preferWritten(text: string, dosage: Coded, words: Wording): Coded {
  for (const word of wordsOf(text)) {
    const written = coded(word, words);
    if (written !== undefined && timesPerDay(written.key) === timesPerDay(dosage.frequency?.key)) {
      return { ...dosage, frequency: { ...written, key: dosage.frequency?.key ?? written.key } };
    }
  }
  return dosage;
}

function printed(text: string | undefined, dosage: Coded, words: Wording): string | undefined {
  const fromCodes = codedText(dosage, words);
  if (text === undefined) return fromCodes === "" ? undefined : fromCodes;
  const { rest, unsaid, contradicts } = compared(text, dosage);
  if (rest.length === 0) return codedText(preferWritten(text, dosage, words), words);
  if (contradicts) return words.text("dosage.check", { written: text, coded: fromCodes });
  // "1 tablet" and "10 mg" are two ways to say a dose; behind the words the coded one needs its name.
  const byForm = unsaid.dose !== undefined && rest.some(isDoseLike);
  const plain = byForm ? text.replace(/\.$/u, "") : text;
  const more = codedText(unsaid, words);
  return joined([plain, byForm ? words.text("dosage.codedAs", { coded: more }) : more]);
}

/** True where the codes say all that the text does. */
function saysNoMore(text: string | undefined, dosage: Coded): boolean {
  return text === undefined || compared(text, dosage).rest.length === 0;
}

/** `5.0mg` as `5mg`, `.5 mg` as `0.5 mg`, `10ug` as `10mcg`: what is misread makes a tenfold or thousandfold dose. */
export function safeNumbers(text: string | undefined): string | undefined {
  return text
    ?.replaceAll(/(?<![\d.])(\d+)\.0+(?=\s?[a-zµ%])/giu, "$1")
    .replaceAll(/(?<![\d.])\.(\d)/gu, "0.$1")
    .replaceAll(/(?<=\d)(\s?)[uµμ]g\b/gu, "$1mcg");
}

const countedForm = /^(?:puff|tab|cap|drop|spray|patch)/u;
const writtenDose = /^(\d+(?:\.\d+)?)(\D\S*)$/u;

/**
 * Dose, route and frequency of directions in words alone (`10 mg by mouth once daily`), where every word is one of them and
 * none comes twice: what says anything more is no regimen that can be compared.
 */
function readWritten(text: string | undefined): Pick<DosageText, "dose" | "route" | "frequency"> {
  const found: { dose?: FactQuantity; route?: string; frequency?: string } = {};
  for (const word of wordsOf(text ?? "")) {
    const [, value, unit] = writtenDose.exec(word) ?? [];
    // A tablet is no amount that could be held against milligrams.
    if (unit !== undefined && countedForm.test(unit)) return {};
    const [route, frequency] = [routes.find(([pattern]) => pattern.test(word))?.[1], coded(word, english)?.key];
    if (amountOf(word) !== undefined && value !== undefined && unit !== undefined && found.dose === undefined)
      found.dose = { value: Number(value), unit };
    else if (route !== undefined && found.route === undefined) found.route = route;
    else if (frequency !== undefined && found.frequency === undefined) found.frequency = frequency;
    else if (word !== "prn") return {};
  }
  return found;
}

/** One dosage instruction as text and as comparable parts. */
export function readDosage(dosage: Dosage | undefined, words: Wording = english): DosageText {
  if (dosage === undefined) return { asNeeded: false };
  const read = readCoded(dosage, words);
  const text = safeNumbers(textOf(dosage.text)?.replaceAll("_", " "));
  const written = readWritten(text);
  return defined<DosageText>({
    text: printed(text, read, words),
    plain: saysNoMore(text, read) ? plainText(read, words) : undefined,
    dose: read.dose ?? written.dose,
    route: read.route ?? written.route,
    frequency: read.frequency?.key ?? written.frequency,
    asNeeded: read.asNeeded || /\bprn\b|as needed/iu.test(text ?? ""),
    patientInstruction: textOf(dosage.patientInstruction),
  });
}
